"""Render the report templates of a finished run; a page is made again only when something behind it changed."""

from __future__ import annotations

import hashlib
from concurrent.futures import as_completed
from pathlib import Path
from typing import Any

import orjson

import valuestats
from valuestats.base.errors import StudyError
from valuestats.base.files import atomic_file, sha256_file
from valuestats.base.labels import nearest
from valuestats.base.progress import say
from valuestats.base.scratch import sweep
from valuestats.base.workers import cores, side_by_side
from valuestats.results.receipts import read_manifest
from valuestats.study.fields import PAGE_FORMATS
from valuestats.study.index_page import INDEX, write_index
from valuestats.study.page_receipts import PAGES, page_receipts
from valuestats.study.reach import code_sha256
from valuestats.study.spec import Study, load_study, shipped_studies


def templates_folder() -> Path:
    """The report templates: in the package or at the checkout's root."""
    package = Path(valuestats.__file__).resolve().parent
    installed = package / "_reports"
    return installed if installed.exists() else package.parent / "reports"


def render_reports(
    results: str | Path,
    *,
    study: str | Path | None = None,
    engine: str = "auto",
    output: str | Path | None = None,
    jobs: int = 1,
) -> list[Path]:
    """Render every report a study asks for from its stored results.

    A page is a program. It comes from the package, or from beside the study file that the caller names: whatever a
    results folder says of where its pages are, it is not asked.

    Parameters
    ----------
    results
        Results folder of a finished run.
    study
        The study file of the run, whose own pages may be rendered; pages of the package only where None.
    engine
        ``"auto"``, ``"quarto"`` or ``"embedded"``.
    output
        Where the pages go; ``<results>/reports`` where None.
    jobs
        Pages that may be made side by side; see `valuestats.run_study`.

    Returns
    -------
    list of pathlib.Path
        The pages, HTML and PDF.

    Raises
    ------
    StudyError
        The folder holds no finished run, a report has no template, or `study` is another one than was run.
    RenderError
        A page could not be rendered; pages finished before it are kept.
    """
    folder = Path(results).resolve()
    manifest = read_manifest(folder)
    places = _page_folders(manifest["study"], study)
    target = Path(output).resolve() if output is not None else folder / "reports"
    if output is None and target.is_symlink():
        raise StudyError(
            "a link stands where the pages should be", file=target, hint="name a folder for them"
        )
    sweep(target)
    receipts = page_receipts(target)
    todo: dict[str, tuple[str, Path]] = {}
    for name in manifest["reports"]:
        source = _source(name, places)
        key = _key(source, manifest, engine)
        receipt = receipts.get(name)
        if receipt is not None and receipt["key"] == key and _whole(target, receipt["files"]):
            say(f"{name}: unchanged, reused")
        else:
            todo[name] = key, source

    def keep(name: str, files: dict[str, str]) -> None:
        receipts[name] = {"key": todo[name][0], "files": files}
        with atomic_file(target / PAGES) as temporary:
            temporary.write_bytes(orjson.dumps(receipts, option=orjson.OPT_INDENT_2))

    number = min(jobs, cores(), len(todo))
    if number > 1:
        say(f"{', '.join(todo)}: rendering …")
        with side_by_side(number) as workers:
            made = {
                workers.submit(_render, source, manifest, folder, target, engine): name
                for name, (_, source) in todo.items()
            }
            for done in as_completed(made):
                keep(made[done], done.result())
    else:
        for name, (_, source) in todo.items():
            say(f"{name}: rendering …")
            keep(name, _render(source, manifest, folder, target, engine))
    write_index(folder, target)
    return [target / file for name in manifest["reports"] for file in receipts[name]["files"]]


def require_pages(study: Study) -> None:
    """Raise where a study asks for a page that neither stands beside its file nor ships.

    Raises
    ------
    StudyError
        A report has no template.
    """
    for name in study.reports:
        if f"{name}.html" == INDEX:
            raise StudyError(
                "the index of the pages has this name", file=study.path, parameter="reports", got=name
            )
        _source(name, [study.path.parent, *_page_folders(study.name, None)])


def _page_folders(name: str, study: str | Path | None) -> list[Path]:
    """Where the pages of a study may come from: from beside its file, where that is the caller's or ships."""
    if study is None:
        return [file.parent for file in shipped_studies().values() if load_study(file).name == name]
    own = load_study(study)
    if own.name != name:
        raise StudyError(
            "these are the results of another study",
            file=own.path,
            parameter="study",
            got=own.name,
            expected=name,
        )
    return [own.path.parent]


def _source(name: str, places: list[Path]) -> Path:
    """A page of the study itself (``<name>.qmd`` beside its file), else a template."""
    for candidate in [
        *(place / f"{name}.qmd" for place in places),
        templates_folder() / name / f"{name}.qmd",
    ]:
        if candidate.is_file():
            return candidate
    known = sorted(p.parent.name for p in templates_folder().glob("*/*.qmd"))
    near = nearest(name, known)
    raise StudyError(
        "no such report",
        parameter="reports",
        got=name,
        expected=", ".join(known),
        hint=f"did you mean {near}?"
        if near
        else "a page of the study's own is rendered where its file is named: valuestats render FOLDER --study FILE",
    )


def _render(
    source: Path, manifest: dict[str, Any], folder: Path, target: Path, engine: Any
) -> dict[str, str]:
    from valuestats.reporting import render
    from valuestats.reporting.stored_study import provenance_line

    metadata = {
        "study": manifest["title"],
        "date": manifest["finished"][:10],
        "provenance": provenance_line(manifest),
    }
    outcome = render(
        source,
        formats=manifest.get("formats", PAGE_FORMATS),
        output_dir=target,
        engine=engine,
        params={"results": str(folder)},
        metadata=metadata,
    )
    return {path.name: sha256_file(path) for path in outcome.paths.values()}


def _whole(target: Path, files: dict[str, str]) -> bool:
    return all(
        (target / name).is_file() and sha256_file(target / name) == digest for name, digest in files.items()
    )


def _key(source: Path, manifest: dict[str, Any], engine: str) -> str:
    digest = hashlib.sha256(engine.encode())
    for step in sorted(manifest["steps"]):
        digest.update(f"{step} {manifest['steps'][step]['outputs_sha256']}\n".encode())
    digest.update(f"{manifest.get('formats', PAGE_FORMATS)}".encode())
    digest.update(f"{manifest['study_sha256']} {manifest['notice']} {manifest['deviations']}".encode())
    digest.update(sha256_file(source).encode())
    for part in sorted(source.parent.glob("_*.qmd")):  # pages may include them
        digest.update(f"{part.name} {sha256_file(part)}".encode())
    digest.update(code_sha256().encode())
    return digest.hexdigest()
