"""Markdown that a page may print: untrusted text made inert, and tables written cell by cell."""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from valuestats.base.errors import RenderError
from valuestats.base.labels import as_sentence
from valuestats.reporting.column_shares import column_shares

Align = Literal["left", "right", "center"]

_PUNCTUATION = {ord(c): f"\\{c}" for c in string.punctuation}
# U+200C and U+200D shape Persian, Indic scripts and emoji; every other format character can hide or reorder text.
_KEPT_FORMAT = {"\u200c", "\u200d"}


_BLANKS = re.compile(r"[ \t\f\v]+")  # no-break spaces stay: an interval is not split over lines


def escape_markdown(text: object, *, newline: str = " ↵ ") -> str:
    r"""Make any text inert: it is shown as it is, and is never markup, link, formula, shortcode or code.

    Every ASCII punctuation character is escaped with a backslash, which pandoc and Quarto read as the character
    itself. Control characters become spaces, and characters that hide or reorder text (bidirectional
    overrides, zero-width characters) are named in brackets instead of being obeyed.

    Parameters
    ----------
    text
        Anything; ``str()`` of it is taken.
    newline
        What stands for a line break, as markdown.

    Returns
    -------
    str
        One line of markdown.

    Examples
    --------
    >>> print(escape_markdown("<b>#read($x$)</b>"))
    \<b\>\#read\(\$x\$\)\<\/b\>
    """
    lines = [_BLANKS.sub(" ", _visible(line)).strip(" ") for line in str(text).splitlines()]
    return newline.join(line.translate(_PUNCTUATION) for line in lines if line)


def _visible(line: str) -> str:
    if line.isascii() and line.isprintable():
        return line
    return "".join(_visible_character(c) for c in line)


def _visible_character(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cs":
        return "\ufffd"
    if category in ("Cc", "Zl", "Zp"):
        return " "
    if category in ("Cf", "Co", "Cn") and character not in _KEPT_FORMAT:
        return f"[U+{ord(character):04X}]"
    return character


def visible_text(text: str) -> str:
    """Text in which characters that hide or reorder other text are named instead; line breaks stay.

    Examples
    --------
    >>> visible_text("a\u202eb")
    'a[U+202E]b'
    """
    return "\n".join(_visible(line) for line in text.split("\n"))


@dataclass(frozen=True)
class Column:
    """One column of a markdown table; `label` and the cells of it are already markdown."""

    label: str
    align: Align = "left"
    spanner: str | None = None


def remarks(texts: Iterable[str]) -> str:
    r"""A list of remarks, each a sentence and told once; names and texts are made inert.

    Examples
    --------
    >>> print(remarks(["items are few", "items are few", "<b> is left out"]))
    - Items are few\.
    - \<b\> is left out\.
    """
    return "\n".join(f"- {escape_markdown(as_sentence(text))}" for text in dict.fromkeys(texts))


def table_markdown(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], shares: Sequence[float] | None = None
) -> str:
    """Write a pipe table, or a grid table where a column stands under a spanner.

    The lines of dashes (or the cells of a grid) are as long as the columns should be wide, which is how Quarto
    takes it where a line of the table is longer than 72 characters; the embedded engine fits columns to their content.

    Parameters
    ----------
    columns
        Labels, alignments and spanners.
    rows
        Cells as one-line markdown, as many in each row as there are columns.
    shares
        Relative widths of the columns; by what stands in them where None.

    Returns
    -------
    str
        A markdown table without a caption.

    Examples
    --------
    >>> print(table_markdown([Column("model"), Column("score", "right")], [["a", "1.5"]], [1, 1]))
    | model | score |
    |:----------------------------------------------|----------------------------------------------:|
    | a     |   1.5 |
    """
    for row in rows:
        if len(row) != len(columns):
            raise RenderError(
                "a table row has the wrong number of cells", got=len(row), expected=f"{len(columns)} cells"
            )
    shares = shares or column_shares([[c.label for c in columns], *rows])
    if any(column.spanner for column in columns):
        return _grid(columns, rows, shares)
    widths = _widths(columns, rows)
    dashes = [max(1, round(_DASHES * share / sum(shares))) for share in shares]
    lines = [
        _pipe_line([c.label for c in columns], columns, widths),
        "|" + "|".join(_dashes(c.align, w) for c, w in zip(columns, dashes, strict=True)) + "|",
    ]
    return "\n".join([*lines, *(_pipe_line(row, columns, widths) for row in rows)])


_DASHES = 90


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[int]:
    cells = [[c.label for c in columns], *rows]
    return [max(3, *(len(row[i]) for row in cells)) for i in range(len(columns))]


def _dashes(align: Align, width: int) -> str:
    left, right = (":" if align in (side, "center") else "-" for side in ("left", "right"))
    return left + "-" * width + right


def _pipe_line(cells: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> str:
    padded = (_pad(cell, c.align, w) for cell, c, w in zip(cells, columns, widths, strict=True))
    return "| " + " | ".join(padded) + " |"


def _pad(cell: str, align: Align, width: int) -> str:
    if align == "right":
        return cell.rjust(width)
    return cell.center(width) if align == "center" else cell.ljust(width)


def _grid(columns: Sequence[Column], rows: Sequence[Sequence[str]], shares: Sequence[float]) -> str:
    columns = [Column(_narrow(c.label), c.align, c.spanner and _narrow(c.spanner)) for c in columns]
    rows = [[_narrow(cell) for cell in row] for row in rows]
    spans = _spans(columns)
    widths = _grid_widths(columns, rows, spans)
    per_share = max(width / share for width, share in zip(widths, shares, strict=True))
    widths = [max(w, round(per_share * share)) for w, share in zip(widths, shares, strict=True)]
    inner = [sum(widths[a : b + 1]) + 3 * (b - a + 1) - 1 for _, a, b in spans]

    head, under = "", ""
    for (label, first, last), width in zip(spans, inner, strict=True):
        name = columns[first].label if label is None else label
        head += "| " + name.ljust(width - 1)
        rule = "+".join("-" * (widths[i] + 2) for i in range(first, last + 1))
        edge = "+" if label is not None or under.endswith("-") else "|"
        under += edge + (" " * width if label is None else rule)
    spanned = {i for label, a, b in spans if label is not None for i in range(a, b + 1)}
    lines = [
        "+" + "+".join("-" * width for width in inner) + "+",
        head + "|",
        under + ("+" if under.endswith("-") else "|"),
        _grid_line([c.label if i in spanned else "" for i, c in enumerate(columns)], widths),
        "+" + "+".join(_grid_dashes(c.align, w) for c, w in zip(columns, widths, strict=True)) + "+",
    ]
    for row in rows:
        lines += [_grid_line(row, widths), "+" + "+".join("-" * (w + 2) for w in widths) + "+"]
    return "\n".join(lines)


def _narrow(text: str) -> str:
    """Write characters whose display width is doubtful as references: a grid table counts columns."""
    return "".join(c if ord(c) < 0x250 else f"&#x{ord(c):X};" for c in text)


def _grid_line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(c.ljust(w) for c, w in zip(cells, widths, strict=True)) + " |"


def _grid_dashes(align: Align, width: int) -> str:
    return _dashes(align, width).replace("-", "=")


def _spans(columns: Sequence[Column]) -> list[tuple[str | None, int, int]]:
    """Runs of neighbouring columns under one spanner; a column without one is a run of its own."""
    runs: list[tuple[str | None, int, int]] = []
    for i, column in enumerate(columns):
        if column.spanner and runs and runs[-1][0] == column.spanner:
            runs[-1] = (column.spanner, runs[-1][1], i)
        else:
            runs.append((column.spanner or None, i, i))
    return runs


def _grid_widths(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], spans: Sequence[tuple[str | None, int, int]]
) -> list[int]:
    widths = _widths(columns, rows)
    for label, first, last in spans:
        if label is not None:
            missing = len(label) - (sum(widths[first : last + 1]) + 3 * (last - first))
            widths[last] += max(0, missing)
    return widths
