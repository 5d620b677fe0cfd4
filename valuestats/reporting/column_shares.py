"""Relative widths of a table's columns, by what stands in them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

# Characters of the tables' type across the line, and what the space between two columns takes of it.
_LINE, _GAP = 108, 3
# Of a longer word the page breaks up (assets/quarto/before.typ); no column is kept wide for it.
_WORD = 24
# Labels are set bold: so much wider than the cells under them.
_BOLD = 1.2


def column_shares(cells: Sequence[Sequence[str]]) -> list[float]:
    r"""Shares of the line that let no word run into the next column, as far as the line allows.

    A column gets the room of its longest word; what is left goes to the columns whose longest cell needs more.

    Parameters
    ----------
    cells
        Rows of one-line markdown, labels included.

    Returns
    -------
    list of float
        One for each column, adding up to 1.

    Examples
    --------
    >>> [round(s, 2) for s in column_shares([["model", "why"], ["a", "x " * 100]])]
    [0.08, 0.92]
    """
    columns = [[_shown(cell) for cell in column] for column in zip(*cells, strict=True)]
    words = [
        max(_longest(c[1:]), math.ceil(_BOLD * _longest(c[:1]))) if len(c) > 1 else _longest(c)
        for c in columns
    ]
    least = [min(_WORD, word) + _GAP for word in words]
    whole = [max(len(cell) for cell in column) + _GAP for column in columns]
    if sum(whole) <= _LINE:
        given = [float(w) for w in whole]
    else:
        spare = max(0, _LINE - sum(least))
        wanted = sum(w - m for w, m in zip(whole, least, strict=True) if w > m)
        given = [m + spare * max(0, w - m) / max(wanted, 1) for w, m in zip(whole, least, strict=True)]
    return [g / sum(given) for g in given]


def _longest(cells: Sequence[str]) -> int:
    return max(1, *(len(word) for cell in cells for word in cell.split() or [""]))


def _shown(markdown: str) -> str:
    """The text that a cell's inert markdown shows, to a character or two."""
    return re.sub(r"\\(.)|\*\*", r"\1", re.sub(r"&#x[0-9A-F]+;", "x", markdown))
