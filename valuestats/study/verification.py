"""Stored results held against what their manifest, their receipts and their pages' record say of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from valuestats.base.errors import StudyError
from valuestats.base.files import sha256_file
from valuestats.base.labels import counted
from valuestats.results.receipts import product_faults, read_manifest, read_receipt
from valuestats.study.page_receipts import known_pages


@dataclass(frozen=True)
class Verification:
    """What `verify_results` found.

    Attributes
    ----------
    folder
        The results folder.
    steps, pages
        Number of steps that the manifest names, and of pages made from them.
    faults
        Each file or folder that is not what was written, in a few words.
    """

    folder: Path
    steps: int
    pages: int
    faults: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether all is as it was written."""
        return not self.faults

    def to_text(self) -> str:
        """The outcome in a few lines."""
        what = f"{self.folder}: {self.steps:,} steps, {self.pages:,} pages"
        if self.passed:
            return f"{what}; every file is the one that was written"
        lines = [f"{what}; {counted(len(self.faults), 'fault')}", *(f"  {fault}" for fault in self.faults)]
        return "\n".join([*lines, "run the study again: what is damaged is worked out anew"])


def verify_results(results: str | Path) -> Verification:
    """Hold the files of a finished run against the hashes that were kept when they were written.

    It finds damage and careless changes. Someone who changes a file and all that is said of it is not found out:
    hashes are no signature.

    Parameters
    ----------
    results
        Results folder of a finished run.

    Returns
    -------
    Verification

    Raises
    ------
    StudyError
        The folder holds no finished run, or its manifest is damaged.

    Examples
    --------
    ::

        print(verify_results("results/demo").to_text())
    """
    folder = Path(results)
    manifest = read_manifest(folder)
    faults = []
    for name, said in manifest["steps"].items():
        place = folder / name
        try:
            receipt = read_receipt(place)
        except StudyError as error:
            faults.append(f"{name}: {error.message}")
            continue
        if receipt is None:
            faults.append(f"{name}: it is missing")
            continue
        faults += [f"{name}: {fault}" for fault in product_faults(place, receipt)]
        if receipt["outputs_sha256"] != said["outputs_sha256"]:
            faults.append(f"{name}: it is not the one that the manifest names")
    pages = known_pages(folder / "reports")
    for page, digest in pages.items():
        file = folder / "reports" / page
        if not file.is_file() or sha256_file(file) != digest:
            faults.append(f"reports/{page} was changed or is missing")
    return Verification(folder, len(manifest["steps"]), len(pages), tuple(faults))
