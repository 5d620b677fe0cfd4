"""Whatever a parser raises at a stranger's file becomes one error of ours, with file, row and reason."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from valuestats.base.errors import InputError, ValuestatsError

UNEXPECTED = "the reader can't make anything of it"
"""Message of an error that no rule of a reader foresaw."""


@contextmanager
def one_error(path: str | Path | None, row: int | None = None) -> Iterator[None]:
    """Turn errors that a library raises at a file, or at one of its records, into an `InputError`.

    Errors of the disk, too little memory and interruptions go through: they say nothing of the file.

    Parameters
    ----------
    path, row
        The file, and the record where it is known.

    Raises
    ------
    InputError
        In place of any other error that is not of this package.

    Examples
    --------
    >>> try:
    ...     with one_error("a.json", row=3):
    ...         {}["missing"]
    ... except InputError as error:
    ...     error.got, error.row
    ("KeyError: 'missing'", 3)
    """
    try:
        yield
    except (ValuestatsError, OSError, MemoryError):
        raise
    except Exception as error:
        raise unexpected(error, path, row) from error


def unexpected(error: BaseException, path: str | Path | None, row: int | None = None) -> InputError:
    """The error that stands for one of a library."""
    first = next(iter(str(error).strip().splitlines()), "")
    return InputError(
        UNEXPECTED,
        got=f"{type(error).__name__}: {first[:200]}",
        hint="if the file is right, this is a fault of valuestats: please report it with the file",
        file=path,
        row=row,
    )


def place_of(unit: Any) -> tuple[Path | None, int | None]:
    """File and row of a record, or of the first of a group of them."""
    first = unit[0] if isinstance(unit, list | tuple) and unit else unit
    source, row = getattr(first, "source", None), getattr(first, "row", None)
    return getattr(source, "path", None), row if isinstance(row, int) else None
