"""Rendering a report: one document, either engine, HTML and PDF."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from valuestats.base.arguments import checked
from valuestats.base.errors import RenderError
from valuestats.base.extras import require_extra
from valuestats.base.files import raise_disk_error
from valuestats.base.progress import say

Format = Literal["html", "pdf", "docx"]
Engine = Literal["auto", "quarto", "embedded"]


@dataclass(frozen=True)
class RenderOutcome:
    """What a rendering made and by which engine.

    Attributes
    ----------
    paths
        File by format.
    engine
        ``quarto`` or ``embedded``.
    version
        Version of the engine, or of what it is made of.
    seconds
        Time from reading the document to its last file.
    parts
        Seconds by part; parts of the two formats overlap.
    """

    paths: Mapping[str, Path]
    engine: str
    version: str
    seconds: float
    parts: Mapping[str, float] = field(default_factory=dict)


@checked
def render(
    source: str | Path,
    *,
    formats: Sequence[Format] = ("html", "pdf"),
    output_dir: str | Path | None = None,
    engine: Engine = "auto",
    params: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    quarto_path: str | Path | None = None,
) -> RenderOutcome:
    r"""Render a Quarto document of the profile to HTML, PDF and Word.

    Parameters
    ----------
    source
        A ``.qmd`` file, or a folder with ``_quarto.yml`` and ``index.qmd``.
    formats
        Some of ``html``, ``pdf`` and ``docx``; the document is run once for all. Word is made by the embedded engine.
    output_dir
        Where the files go, named like the document; beside it by default.
    engine
        ``auto`` takes the Quarto named by `quarto_path` or ``QUARTO_PATH``, else ``quarto`` on the search
        path if it is 1.9 or newer, else the embedded engine.
    params
        Values for the variables of the cell tagged ``parameters``.
    metadata
        Front matter that takes the place of the document's own (``title``, ``study``, ``provenance``,
        ``date`` …), as plain text.
    quarto_path
        The Quarto executable to use.

    Returns
    -------
    RenderOutcome
        Where the files are, and what made them.

    Raises
    ------
    RenderError
        When the document leaves the profile, a cell fails, or the engine fails.
    ValuestatsError
        When the disk is full or fails; the files of an earlier rendering are as they were.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from valuestats import render
    >>> page = pathlib.Path(tempfile.mkdtemp(), "page.qmd")
    >>> _ = page.write_text("---\ntitle: A page\nlang: en\n---\n\nOne and one is `{python} 1 + 1`.\n")
    >>> outcome = render(page, formats=["html"], engine="embedded")
    >>> outcome.paths["html"].name, "One and one is 2." in outcome.paths["html"].read_text(encoding="utf-8")
    ('page.html', True)
    """
    from valuestats.reporting.profile import read_document

    start = time.perf_counter()
    _check_choices(formats, engine)
    require_extra("reports", "rendering")
    overrides = dict(metadata or {})
    document = read_document(source, overrides)
    folder = Path(output_dir) if output_dir is not None else document.path.parent
    targets: dict[str, Path] = {
        name: folder / f"{document.path.stem}.{name}" for name in dict.fromkeys(formats)
    }
    quarto = None
    if engine == "quarto" and "docx" in targets:
        raise RenderError(
            "Word documents are made by the embedded engine",
            parameter="engine",
            got=engine,
            expected="auto or embedded",
        )
    if engine != "embedded" and "docx" not in targets:
        from valuestats.reporting.quarto import find_quarto, render_quarto

        quarto = find_quarto(quarto_path, required=engine == "quarto")
    parts: dict[str, float] = {}
    try:
        if quarto is not None:
            parts = render_quarto(quarto, document, targets, params)
            name, version = "quarto", quarto.version
        else:
            from valuestats.reporting.embedded import embedded_version, render_embedded

            parts = render_embedded(document, targets, params)
            name, version = "embedded", embedded_version()
    except OSError as error:
        raise_disk_error(error, folder)
    outcome = RenderOutcome(targets, name, version, time.perf_counter() - start, parts)
    where = ", ".join(str(path) for path in targets.values())
    say(f"rendered with the {name} engine ({version}) in {outcome.seconds:.1f} s: {where}")
    return outcome


def _check_choices(formats: Sequence[str], engine: str) -> None:
    known = get_args(Format)
    if isinstance(formats, str) or not formats or not set(formats) <= set(known):
        raise RenderError("unknown format", parameter="formats", got=formats, expected=", ".join(known))
    if engine not in get_args(Engine):
        raise RenderError(
            "unknown engine", parameter="engine", got=engine, expected=", ".join(get_args(Engine))
        )
