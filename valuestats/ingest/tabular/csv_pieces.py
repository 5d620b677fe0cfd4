"""A CSV text in pieces that end where a row ends."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TextIO

from valuestats.base.errors import InputError

BLOCK = 512 << 10
LIMIT = 128 << 20
"""Characters read at a time, and most of them in one row."""


def csv_pieces(text: TextIO, delimiter: str, path: Path) -> Iterator[str]:
    r"""The text in pieces of whole rows, of about `BLOCK` characters.

    Raises
    ------
    InputError
        A row is longer than `LIMIT`.

    Examples
    --------
    >>> list(csv_pieces(io.StringIO('1,"a\nb"\n2,c\n'), ",", Path("a.csv")))
    ['1,"a\nb"\n2,c\n']
    """
    rest, size = "", BLOCK
    while chunk := text.read(size):
        rest += chunk
        del chunk
        cut = _end_of_rows(rest, delimiter)
        if cut:
            yield rest[:cut]
            rest, size = rest[cut:], BLOCK
        else:
            size = len(rest)  # as much again: a long row is looked through a few times, whatever its length
        if len(rest) > LIMIT:
            raise InputError(
                "a row is too long to be read in batches",
                expected=f"at most {LIMIT >> 20} MB",
                hint="is a quote left open? else save the table as JSON Lines or Parquet",
                file=path,
            )
    if rest:
        yield rest


@lru_cache(maxsize=16)
def _rows(delimiter: str) -> re.Pattern[str]:
    """Whole rows whose quotes stand at the ends of fields only."""
    between = re.escape(delimiter)
    field = rf'(?:"(?:[^"]++|"")*+"|[^"{between}\r\n]*+)'
    return re.compile(rf"(?:{field}(?:{between}{field})*+(?:\r?\n|\r(?!\n|\Z)))*+")


def _end_of_rows(text: str, delimiter: str) -> int:
    """Where the last row ends that is surely whole; 0 where none is."""
    match = _rows(delimiter).match(text)
    if match is not None and match.end():
        return match.end()
    if '"' not in text:
        return 0
    # A quote within a field: the csv module takes such ones as they stand.
    lines = list(io.StringIO(text, newline=""))
    before, end = 0, 0  # lines up to the end of the last row but one, and of the last
    known = csv.field_size_limit(max(LIMIT + BLOCK + 1, len(text)))
    try:
        reader = csv.reader(lines, delimiter=delimiter)
        for _ in reader:
            before, end = end, reader.line_num
    finally:
        csv.field_size_limit(known)
    return sum(map(len, lines[:before]))
