"""How a text file writes its table: the delimiter, the line of the header, and the encoding that its first bytes name."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

import pandas as pd

HEAD = 1 << 16
"""Characters, or bytes, of a file that are looked at."""

_DELIMITERS = (",", ";", "\t", "|")
_ROWS = 50
_DECLARED = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
_BOMS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


class Dialect(NamedTuple):
    """The delimiter, and how many lines stand before that of the columns' names."""

    delimiter: str
    skipped: int


def dialect_of(head: str, expected: str, *, is_whole: bool) -> Dialect:
    r"""The dialect that the first characters of a file show.

    The delimiter that the file's name promises is taken unless it gives one column only, or rows of different lengths,
    and another one gives rows of one length. Blank lines before the header are none of the table; a line ``sep=;``, which
    spreadsheets write, names the delimiter.

    Parameters
    ----------
    head
        At most `HEAD` characters.
    expected
        The delimiter that the file's name promises.
    is_whole
        Whether `head` is the whole file, so that its last line is complete.

    Examples
    --------
    >>> dialect_of("a;b\n1,5;2\n", ",", is_whole=True)
    Dialect(delimiter=';', skipped=0)
    >>> dialect_of("\n\na,b\n1;5,2\n", ",", is_whole=True)
    Dialect(delimiter=',', skipped=2)
    """
    lines = list(io.StringIO(head, newline=""))
    if not is_whole and len(lines) > 1:
        lines = lines[:-1]
    skipped = 0
    declared = None
    for line in lines:
        match = _DECLARED.fullmatch(line.strip())
        if line.strip() and not match:
            break
        declared = match[1] if match else declared
        skipped += 1
    lines = lines[skipped:]
    order = [declared or expected, *(d for d in _DELIMITERS if d != (declared or expected))]
    rows = {delimiter: _rows(lines, delimiter) for delimiter in order}
    chosen = order[0]
    if declared is None and not _is_table(rows[chosen]):
        others = [d for d in order[1:] if _is_table(rows[d])]
        chosen = max(others, key=lambda d: len(rows[d][0]), default=chosen)
    return Dialect(chosen, skipped)


def names_in(lines: Iterable[str], dialect: Dialect) -> tuple[str, ...]:
    """The names of the columns, by all lines of a file."""
    rows = csv.reader(islice(lines, dialect.skipped, None), delimiter=dialect.delimiter)
    return tuple(next(rows, []))


def encoding_of(start: bytes, named: str) -> str:
    """The encoding that a byte order mark names, where none but UTF-8 was said.

    Examples
    --------
    >>> encoding_of("a".encode("utf-16"), "utf-8"), encoding_of(b"a", "utf-8"), encoding_of(b"a", "latin-1")
    ('utf-16', 'utf-8', 'latin-1')
    """
    if named.lower().replace("_", "-") not in ("utf-8", "utf8"):
        return named
    return next((encoding for mark, encoding in _BOMS if start.startswith(mark)), named)


def _rows(lines: list[str], delimiter: str) -> list[list[str]]:
    try:
        return [row for row in islice(csv.reader(lines, delimiter=delimiter), _ROWS) if row]
    except csv.Error:
        return []


def _is_table(rows: list[list[str]]) -> bool:
    return bool(rows) and len(rows[0]) > 1 and {len(row) for row in rows} == {len(rows[0])}


def decimal_points(texts: pd.Series, delimiter: str | None) -> pd.Series:
    """Numbers with decimal commas written with points, in files whose delimiter isn't the comma itself.

    Examples
    --------
    >>> decimal_points(pd.Series(["1,5", "a,b", "2"]), ";").tolist(), decimal_points(pd.Series(["1,5"]), ",").tolist()
    (['1.5', 'a,b', '2'], ['1,5'])
    """
    if delimiter in (None, ","):
        return texts
    return texts.str.replace(r"^([-+]?\d*),(\d+)$", r"\1.\2", regex=True)
