"""A result's table as a Word document."""

from __future__ import annotations

from pathlib import Path

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.files import atomic_file
from valuestats.reporting.pandoc import run_pandoc
from valuestats.results.exports import html_table
from valuestats.results.result import Result


@checked
def write_word(
    result: Result,
    path: str | Path,
    *,
    caption: str | None = None,
    digits: int = 2,
    rows: int | None = None,
) -> Path:
    """Write the printed table, its caption and the verdict under it as ``.docx``, by pandoc.

    Parameters
    ----------
    result
        Any result.
    path
        The file; it is replaced whole or not at all.
    caption
        A caption; the method where omitted.
    digits, rows
        Decimals, and the first rows only.

    Raises
    ------
    SpecificationError
        The name does not end in ``.docx``.
    """
    target = Path(path)
    if target.suffix != ".docx":
        raise SpecificationError(
            "a Word document has another name",
            parameter="path",
            got=target.name,
            expected="a name that ends in .docx",
        )
    text = html_table(result, caption=caption, digits=digits, rows=rows)
    with atomic_file(target) as temporary:
        run_pandoc(text, "html", "docx", "--output", str(temporary))
    return target
