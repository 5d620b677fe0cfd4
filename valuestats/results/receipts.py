"""What a run wrote beside its products: receipts of steps and the manifest, read as data that may be damaged."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from valuestats.base.errors import InputError, StudyError
from valuestats.base.files import combined_sha256, file_hashes, read_json
from valuestats.base.labels import capitalised, listed, readable

RECEIPT = "step.json"
MANIFEST = "manifest.json"
NAME = re.compile(r"[a-z][a-z0-9_]*")
"""Names of studies and steps: each is also that of a folder."""
REPORT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
"""Names of reports: each is also that of files."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_AGAIN = "run the study again: what is damaged is worked out anew"
_TEXTS = ("study", "title", "description", "study_file", "study_path", "study_sha256", "valuestats", "python",
          "code_sha256", "finished")  # fmt: skip


def write_receipt(folder: Path, content: Mapping[str, Any]) -> dict[str, Any]:
    """Write the receipt of a step whose product is in a folder: what it says, and the hash of every file.

    Returns
    -------
    dict
        The receipt, with ``outputs_sha256`` and ``files``.
    """
    files = file_hashes(folder)
    receipt = {**content, "outputs_sha256": combined_sha256(files), "files": files}
    (folder / RECEIPT).write_bytes(orjson.dumps(receipt, option=orjson.OPT_INDENT_2))
    return receipt


def read_receipt(place: Path) -> dict[str, Any] | None:
    """The receipt of the step whose folder it is; None where there is none.

    Raises
    ------
    StudyError
        It is damaged.
    """
    file = place / RECEIPT
    if not file.is_file():
        return None
    try:
        receipt = read_json(file)
    except InputError as error:
        raise StudyError("a step's receipt is damaged", file=file, got=error.got, hint=_AGAIN) from error
    files = receipt.get("files", {})
    fits = (
        all(isinstance(receipt.get(name), str) for name in ("step", "verb", "key"))
        and _is_number(receipt.get("seconds"))
        and _is_sha256(receipt.get("outputs_sha256"))
        and isinstance(files, dict)
        and all(map(_is_sha256, files.values()))
    )
    if not fits:
        raise StudyError(
            "a step's receipt is damaged",
            file=file,
            got=str(receipt)[:200],
            expected="step, verb, key, seconds, outputs_sha256, files",
            hint=_AGAIN,
        )
    return receipt


def product_faults(place: Path, receipt: Mapping[str, Any]) -> list[str]:
    """In which files a step's folder differs from what its receipt says; empty where it is as it was written."""
    found = file_hashes(place, leave_out=RECEIPT)
    links = [f"{name} is a link" for name, digest in found.items() if digest is None]
    if links:
        return links
    if combined_sha256(found) == receipt["outputs_sha256"]:
        return []
    said = receipt.get("files", {})
    if not said:  # written before receipts named the files
        return ["its files are not those that were written"]
    faults = [f"{name} is missing" for name in said if name not in found]
    faults += [f"{name} was added" for name in found if name not in said]
    faults += [f"{name} was changed" for name in said if name in found and found[name] != said[name]]
    return faults or ["the receipt contradicts itself"]


def require_product(place: Path, expected: str | None = None) -> None:
    """Raise unless a step's folder holds what was written into it.

    Parameters
    ----------
    place
        The step's folder.
    expected
        What the manifest says of it (``outputs_sha256``), where there is one.

    Raises
    ------
    StudyError
        There is no such step, its receipt is damaged, a file differs, or another run wrote it.
    """
    receipt = read_receipt(place)
    if receipt is None:
        raise StudyError("these results hold no such step", file=place, parameter="step", got=place.name)
    faults = product_faults(place, receipt)
    if faults:
        raise StudyError(
            "a stored step is not what was written", file=place, got="; ".join(faults[:5]), hint=_AGAIN
        )
    if expected is not None and receipt["outputs_sha256"] != expected:
        raise StudyError(
            "a stored step is not the one that the manifest names",
            file=place,
            got=receipt["outputs_sha256"],
            expected=expected,
            hint="a run may have been broken off, or be under way: run the study again",
        )


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a finished run, of which nothing but its form is believed.

    Raises
    ------
    StudyError
        There is none, or it is damaged.
    """
    file = folder / MANIFEST
    if not file.is_file():
        raise StudyError(
            "this folder holds no finished run", file=folder, hint="valuestats run STUDY writes one"
        )
    try:
        manifest = read_json(file)
    except InputError as error:
        raise StudyError("the manifest is damaged", file=file, got=error.got, hint=_AGAIN) from error
    fault = _manifest_fault(manifest)
    if fault is not None:
        raise StudyError("the manifest is damaged", file=file, parameter=fault, hint=_AGAIN)
    return manifest


def _manifest_fault(manifest: dict[str, Any]) -> str | None:
    for name in _TEXTS:
        if not isinstance(manifest.get(name), str):
            return name
    for name in ("system", "notice"):
        if not isinstance(manifest.get(name), str | None):
            return name
    for name in ("seed", "level", "seconds"):
        if not _is_number(manifest.get(name)):
            return name
    reports, deviations = manifest.get("reports"), manifest.get("deviations")
    if not _are(reports, str) or not all(REPORT.fullmatch(name) for name in reports or ()):
        return "reports"
    if not _are(deviations, str):
        return "deviations"
    datasets, steps = manifest.get("datasets"), manifest.get("steps")
    if not isinstance(datasets, dict) or not all(
        isinstance(d, dict)
        and isinstance(d.get("licence"), str)
        and isinstance(d.get("citation"), str)
        and isinstance(d.get("files"), dict)
        for d in datasets.values()
    ):
        return "datasets"
    if not isinstance(steps, dict) or not NAME.fullmatch(manifest["study"]):
        return "steps" if NAME.fullmatch(manifest["study"]) else "study"
    for name, step in steps.items():
        fits = (
            NAME.fullmatch(name)
            and isinstance(step, dict)
            and all(isinstance(step.get(key), str) for key in ("step", "verb"))
            and _is_number(step.get("seconds"))
            and _is_sha256(step.get("outputs_sha256"))
        )
        if not fits:
            return f"steps.{name}"
    return None


def told_deviations(deviations: Sequence[str]) -> str:
    """What a run did otherwise than planned, each thing once with the steps that it holds for.

    Examples
    --------
    >>> told_deviations(["train: x is not at hand; another was used", "test: x is not at hand; another was used"])
    'X is not at hand; another was used (steps train and test).'
    """
    steps: dict[str, list[str]] = {}
    for said in deviations:
        step, _, what = said.partition(": ")
        steps.setdefault(what or step, []).extend([readable(step)] if what else [])
    where = {
        what: f" ({'steps' if len(names) > 1 else 'step'} {listed(names)})" if names else ""
        for what, names in steps.items()
    }
    return " ".join(f"{capitalised(what)}{told}." for what, told in where.items())


def _are(values: object, kind: type) -> bool:
    return isinstance(values, list) and all(isinstance(v, kind) for v in values)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_sha256(value: object) -> bool:
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None
