"""Typst markup to PDF, in a folder of its own and with the shipped font."""

from __future__ import annotations

import datetime as dt
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
        main.write_text(text, encoding="utf-8")
        moment = dt.datetime.combine(date, dt.time(), dt.UTC) if date else None
        options: dict[str, Any] = {"timestamp": int(moment.timestamp())} if moment else {}
        try:
            pdf = typst.compile(str(main), root=str(root), font_paths=[str(FONTS)], **options)
        except typst.TypstError as error:
            raise RenderError(
                "Typst could not set the PDF",
                got=f"{error.message}: {str(getattr(error, 'diagnostic', ''))[:600]}",
                hint="this is a fault of valuestats unless the document was changed by hand",
            ) from error
    with atomic_file(target) as temporary:
        temporary.write_bytes(pdf)
