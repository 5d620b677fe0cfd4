"""A page that Quarto itself executes: what its kernel must know, so that the page is as the embedded engine's."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from valuestats.base.errors import RenderError
from valuestats.reporting.blocks import Cell, Document
from valuestats.reporting.faults import source_error
from valuestats.reporting.host import host
from valuestats.reporting.inline import inline_markdown
from valuestats.reporting.lint import open_alternative_text
from valuestats.reporting.markdown import escape_markdown

_SETUP = re.compile(r"^\s*(?:\w+\.)*setup\(\)", re.MULTILINE)
_running = {"code": ""}
_runs: Counter[str] = Counter()


def prepare(shell: Any) -> None:
    """Make texts inert, and keep in mind which cell runs.

    Quarto writes an inline value as ``text/markdown`` where it has that, else its ``repr()`` with some
    characters escaped, which is markup to whoever wrote the text.
    """
    formatter = shell.display_formatter.formatters["text/markdown"]
    formatter.for_type(str, inline_markdown)
    formatter.for_type_by_name("numpy", "generic", inline_markdown)
    formatter.for_type_by_name("pathlib", "PurePath", inline_markdown)
    shell.events.register("pre_run_cell", lambda info: _starts(info.raw_cell.strip()))


def check_setup() -> None:
    """Refuse a page whose call of `setup` shows nothing.

    Raises
    ------
    RenderError
        With file and line of the cell.
    """
    page = document()
    for cell in page.cells if page is not None else ():
        if _SETUP.search(cell.code) and not (cell.options["include"] and cell.options["output"]):
            raise source_error(
                "the cell that calls setup() must show what it shows",
                cell.file,
                cell.line,
                got="include: false" if not cell.options["include"] else "output: false",
                expected="echo: false, and warning: false",
                hint="Quarto drops what such a cell shows: the chart library, and the lines about study and data",
            )


def _starts(code: str) -> None:
    _running["code"] = code
    _runs[code] += 1


@cache
def document() -> Document | None:
    """The page that Quarto executes, as the profile reads it; None where it can't be had."""
    from valuestats.reporting.profile import read_document

    folder, name = (os.environ.get(f"QUARTO_DOCUMENT_{part}") for part in ("PATH", "FILE"))
    if not host().startswith("quarto") or not folder or not name:
        return None
    try:
        return read_document(Path(folder) / name)
    except (RenderError, OSError, UnicodeDecodeError):
        return None  # Quarto's own page: whether it is in the profile is not asked here


def alternative_text() -> str:
    """The ``fig-alt`` of the cell that runs now, or of the division it stands in; Quarto keeps it for pictures only."""
    code = _running["code"]
    texts = _alternatives().get(code, [])
    return texts[min(_runs[code], len(texts)) - 1] if texts else ""


@cache
def _alternatives() -> Mapping[str, list[str]]:
    """The alternative text of each cell by its code, in the order of the page."""
    found: dict[str, list[str]] = {}
    around = ""
    page = document()
    for block in page.blocks if page is not None else ():
        if isinstance(block, Cell):
            found.setdefault(block.code.strip(), []).append(str(block.options.get("fig-alt") or around))
        else:
            around = open_alternative_text(block.lines, around)
    return found


def page_lines(said: Sequence[str] = ()) -> str:
    """The lines about study and data, as a division: of the page's front matter, or `said`, which is plain text.

    Nothing where neither has any, and nothing of `said` where the front matter has its own.
    """
    page = document()
    front: Mapping[str, Any] = page.front if page is not None else {}
    own = front.get("provenance") or []
    lines = [front.get("study"), *([own] if isinstance(own, str) else own)]
    if said:
        lines = [] if any(lines) else [escape_markdown(line) for line in said]
    shown = "\\\n".join(filter(None, lines))
    return f"::: {{.provenance}}\n{shown}\n:::" if shown else ""
