"""How much a small file may become in memory: declared limits, asked where a file is opened.

A file of some kilobytes can stand for gigabytes: a stream of zeros compresses a thousandfold, three bytes of JSON are an
object of sixty-four, and a header can claim any number of rows. Whoever has a file beyond a limit unpacks or splits it.
"""

from __future__ import annotations

from pathlib import Path

from valuestats.base.errors import InputError

FREE = 64 << 20
"""Bytes to which anything may unpack."""
MAX_RATIO = 200
"""Beyond that, so many times its own size; deflate could go to 1032 times, text rarely goes beyond 30."""
MAX_PARTS = 10_000_000
"""Objects and lists of a JSON text that is held whole; each takes some 60 to 230 bytes in memory."""


def unpacked_limit(packed: int) -> int:
    """Bytes to which so many compressed bytes may unpack.

    Examples
    --------
    >>> unpacked_limit(1000) == FREE, unpacked_limit(1_000_000)
    (True, 200000000)
    """
    return max(FREE, MAX_RATIO * packed)


def require_few_parts(text: bytes, path: Path) -> None:
    """Raise where a JSON text holds more objects and lists than are held in memory at once.

    Brackets within texts are counted too: what is counted is never less than what there is.

    Raises
    ------
    InputError
        More than `MAX_PARTS`.
    """
    parts = text.count(b"{") + text.count(b"[")
    if parts > MAX_PARTS:
        raise InputError(
            "the JSON holds too many objects and lists to be read whole",
            got=f"{parts:,} in {len(text):,} bytes",
            expected=f"at most {MAX_PARTS:,}",
            hint="write it as JSON Lines, which is read in batches, or split it",
            file=path,
        )


def require_possible_rows(rows: int | None, columns: int | None, file: Path, path: Path) -> None:
    """Raise where a statistical package's file claims more cells than its bytes can hold.

    A cell takes a byte at least: eight, unless the file is compressed by SPSS's codes of one byte. Where those are
    compressed once more (``$FL3``), they may be as many as `unpacked_limit` allows.

    Parameters
    ----------
    rows, columns
        What its header says; None where it doesn't.
    file, path
        The unpacked file, and the one it was unpacked from.

    Raises
    ------
    InputError
        It can't hold so many.
    """
    size = file.stat().st_size
    with file.open("rb") as handle:
        most = unpacked_limit(size) if handle.read(4) == b"$FL3" else size
    cells = (rows or 0) * max(1, columns or 0)
    if cells > most:
        raise InputError(
            "the file claims more rows than its bytes can hold",
            got=f"{rows:,} rows of {columns or 0:,} variables in {size:,} bytes",
            expected=f"at most {most:,} cells",
            hint="its header is damaged: fetch the file again",
            file=path,
        )
