"""Render the report templates of a finished run; a page is made again only when something behind it changed."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import orjson

import valuestats
from valuestats.base.errors import StudyError
from valuestats.base.files import atomic_file, sha256_file
from valuestats.base.progress import say
from valuestats.study.reach import code_sha256
from valuestats.study.runner import MANIFEST

PAGES = "pages.json"


def templates_folder() -> Path:
    """The report templates: in the package or at the checkout's root."""
    package = Path(valuestats.__file__).resolve().parent
    installed = package / "_reports"
    return installed if installed.exists() else package.parent / "reports"


def render_reports(
    results: str | Path, *, engine: str = "auto", output: str | Path | None = None
) -> list[Path]:
    """Render every report a study asks for from its stored results.

    Parameters
    ----------
    results
        Results folder of a finished run.
    engine
        ``"auto"``, ``"quarto"`` or ``"embedded"``.
    output
        Where the pages go; ``<results>/reports`` where None.

    Returns
    -------
    list of pathlib.Path
        The pages, HTML and PDF.

    Raises
    ------
    StudyError
        The folder holds no finished run, or a report has no template.
    RenderError
        A page could not be rendered; pages finished before it are kept.
    """
    folder = Path(results).resolve()
    manifest_file = folder / MANIFEST
    if not manifest_file.is_file():
        raise StudyError(
            "this folder holds no finished run", file=folder, hint="valuestats run STUDY writes one"
        )
    manifest = orjson.loads(manifest_file.read_bytes())
    target = Path(output).resolve() if output is not None else folder / "reports"
    receipts = _receipts(target)
    pages: list[Path] = []
    for name in manifest["reports"]:
        source = _source(name, Path(manifest["study_path"]))
        key = _key(source, manifest, engine)
        receipt = receipts.get(name)
        if receipt is not None and receipt["key"] == key and _whole(target, receipt["files"]):
            say(f"{name}: unchanged, reused")
        else:
            say(f"{name}: rendering …")
            receipt = {"key": key, "files": _render(source, manifest, folder, target, engine)}
            receipts[name] = receipt
            with atomic_file(target / PAGES) as temporary:
                temporary.write_bytes(orjson.dumps(receipts, option=orjson.OPT_INDENT_2))
        pages += [target / file for file in receipt["files"]]
    return pages


def _source(name: str, study_file: Path) -> Path:
    """A page of the study itself (``<name>.qmd`` beside its file), else a template."""
    own = study_file.parent / f"{name}.qmd"
    template = templates_folder() / name / f"{name}.qmd"
    for candidate in (own, template):
        if candidate.is_file():
            return candidate
    known = sorted(p.parent.name for p in templates_folder().glob("*/*.qmd"))
    raise StudyError("no such report", parameter="reports", got=name, expected=", ".join(known))


def _render(
    source: Path, manifest: dict[str, Any], folder: Path, target: Path, engine: Any
) -> dict[str, str]:
    from valuestats.reporting import render

    data = ", ".join(f"{name} ({d['licence']})" for name, d in manifest["datasets"].items())
    metadata = {
        "study": manifest["title"],
        "date": manifest["finished"][:10],
        "provenance": f"Data: {data or 'files of the study'}. Study file {manifest['study_sha256'][:12]}…, "
        f"seed {manifest['seed']}.",
    }
    outcome = render(
        source, output_dir=target, engine=engine, params={"results": str(folder)}, metadata=metadata
    )
    return {path.name: sha256_file(path) for path in outcome.paths.values()}


def _receipts(target: Path) -> dict[str, Any]:
    file = target / PAGES
    return dict(orjson.loads(file.read_bytes())) if file.is_file() else {}


def _whole(target: Path, files: dict[str, str]) -> bool:
    return all(
        (target / name).is_file() and sha256_file(target / name) == digest for name, digest in files.items()
    )


def _key(source: Path, manifest: dict[str, Any], engine: str) -> str:
    digest = hashlib.sha256(engine.encode())
    for step in sorted(manifest["steps"]):
        digest.update(f"{step} {manifest['steps'][step]['outputs_sha256']}\n".encode())
    digest.update(f"{manifest['study_sha256']} {manifest['notice']} {manifest['deviations']}".encode())
    digest.update(sha256_file(source).encode())
    for part in sorted(source.parent.glob("_*.qmd")):  # pages may include them
        digest.update(f"{part.name} {sha256_file(part)}".encode())
    digest.update(code_sha256().encode())
    return digest.hexdigest()
