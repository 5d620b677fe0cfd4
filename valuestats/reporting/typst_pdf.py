"""Typst markup to PDF, in a folder of its own and with the shipped font."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from valuestats.base.errors import RenderError
from valuestats.base.extras import from_extra
from valuestats.base.files import atomic_file
from valuestats.base.scratch import scratch_folder
from valuestats.reporting.charting import FONTS
from valuestats.reporting.pandoc import transform
from valuestats.reporting.typst_blocks import typst_word

_FIT, _PLACED, _TIGHT = "#let vs-fit = 1.0", "#let vs-placed = (:)", "#let vs-tight = 1.0"
# How far pictures shrink, and then the room between lines and rows and, by less than is seen, the letters.
_FITS = ((1.0, 1.0), (0.95, 1.0), (0.9, 1.0), (0.85, 1.0), (0.95, 0.94), (0.85, 0.94), (0.85, 0.9))
# Of a page's height: what ends above it is the rest of a page that could have been saved.
_REST = 0.4


def typst_metadata(meta: dict[str, Any]) -> dict[str, Any]:
    """Metadata whose text is safe in Typst."""
    return {key: transform([value], typst_word)[0] for key, value in meta.items()}


def compile_pdf(text: str, files: Mapping[str, bytes], target: Path, date: dt.date | None) -> None:
    """Compile Typst markup and the pictures it names.

    The compiler sees one temporary folder and nothing else of the machine. The creation time in the file is
    the document's date, so that the same input gives the same bytes.

    Raises
    ------
    RenderError
        When Typst refuses the markup.
    """
    with from_extra("reports", "a PDF"):
        import typst

    with scratch_folder() as scratch:
        root = scratch
        for name, content in files.items():
            (root / name).write_bytes(content)
        main = root / "page.typ"
        moment = dt.datetime.combine(date, dt.time(), dt.UTC) if date else None
        options: dict[str, Any] = {"timestamp": int(moment.timestamp())} if moment else {}
        try:
            pdf = _without_a_rest(text, main, {"root": str(root), "font_paths": [str(FONTS)]}, options)
        except typst.TypstError as error:
            raise RenderError(
                "Typst could not set the PDF",
                got=f"{error.message}: {str(getattr(error, 'diagnostic', ''))[:600]}",
                hint="this is a fault of valuestats unless the document was changed by hand",
            ) from error
    with atomic_file(target) as temporary:
        temporary.write_bytes(pdf)


def _without_a_rest(text: str, main: Path, world: dict[str, Any], options: dict[str, Any]) -> bytes:
    """The PDF; where its last page would hold a few lines, pictures a little smaller or lines a little closer.

    Where a picture stands depends on where those before it do. Typst gives up on that after five rounds, so what it found
    is read and then held fixed.
    """
    import typst

    def asked(mark: str) -> list[Any]:
        found: list[Any] = json.loads(typst.query(str(main), f"<{mark}>", field="value", **world))
        return found

    if _FIT not in text:  # a figure by itself
        main.write_text(text, encoding="utf-8")
        return bytes(typst.compile(str(main), **world, **options))
    best, fewest = b"", 0
    for fit, tight in _FITS:
        fitted = text.replace(_FIT, f"#let vs-fit = {fit}", 1).replace(_TIGHT, f"#let vs-tight = {tight}", 1)
        main.write_text(fitted, encoding="utf-8")
        placed = "".join(f'"{name}": {place}, ' for name, place in asked("vs-placement"))
        main.write_text(fitted.replace(_PLACED, f"#let vs-placed = ({placed or ':'})", 1), encoding="utf-8")
        (end,) = asked("vs-end")
        if not best or end["page"] < fewest:
            best, fewest = typst.compile(str(main), **world, **options), end["page"]
        if end["page"] == 1 or end["y"] > _REST:
            break
    return best
