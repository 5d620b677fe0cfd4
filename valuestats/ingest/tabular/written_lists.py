"""Lists written into the cells of a CSV file, as JSON or as Python literals; read and never evaluated."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from valuestats.base.errors import InputError
from valuestats.ingest.answers.texts import without_surrogates

Parse = Callable[[str], Any]


def read_table(path: str | Path, columns: Sequence[str]) -> pd.DataFrame:
    """A CSV file in UTF-8 as text, with the columns that must be there."""
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError("no such file", file=path, hint="the dataset must be placed by hand") from None
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError("not a readable CSV file in UTF-8", got=error, file=path) from None
    missing = [c for c in columns if c not in frame.columns]
    if missing:
        raise InputError(
            "a column is missing",
            parameter=", ".join(missing),
            got=", ".join(map(str, frame.columns[:20])),
            expected=", ".join(columns),
            file=path,
        )
    return frame


def list_in(text: Any, column: str, path: str | Path, row: int, parse: Parse) -> list[Any]:
    """The list written in a cell, read by `parse` (``json.loads`` or ``ast.literal_eval``)."""
    try:
        value = parse(str(text))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        value = None
    if not isinstance(value, list):
        raise InputError(
            "a list can't be read", parameter=column, got=str(text)[:120], expected="[…]", file=path, row=row
        )
    return value


def texts_in(text: Any, column: str, path: str | Path, row: int, parse: Parse) -> tuple[str, ...]:
    """A list of texts written in a cell."""
    return tuple(without_surrogates(str(v)) for v in list_in(text, column, path, row, parse))


def numbers_in(text: Any, column: str, path: str | Path, row: int, parse: Parse) -> tuple[float, ...]:
    """A list of finite numbers written in a cell."""
    return as_numbers(list_in(text, column, path, row, parse), column, path, row)


def as_numbers(values: Any, column: str, path: str | Path, row: int) -> tuple[float, ...]:
    """A list as finite numbers."""
    if not isinstance(values, list) or not all(
        isinstance(v, int | float) and not isinstance(v, bool) and np.isfinite(v) for v in values
    ):
        raise InputError(
            "a list of shares holds something else",
            parameter=column,
            got=str(values)[:120],
            expected="finite numbers",
            file=path,
            row=row,
        )
    return tuple(float(v) for v in values)


def selections_in(text: Any, path: str | Path, row: int) -> dict[str, Any]:
    """The dictionary of lists within the repr of a ``defaultdict``: country -> shares.

    Examples
    --------
    >>> selections_in("defaultdict(<class 'list'>, {'Chile': [0.4, 0.6]})", "a.csv", 0)
    {'Chile': [0.4, 0.6]}
    """
    written = str(text)
    start, end = written.find("{"), written.rfind("}")
    try:
        value = ast.literal_eval(written[start : end + 1]) if 0 <= start < end else None
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise InputError(
            "the selections can't be read",
            parameter="selections",
            got=written[:120],
            expected="defaultdict(<class 'list'>, {'country': [shares], …})",
            file=path,
            row=row,
        )
    return {without_surrogates(str(country)): shares for country, shares in value.items()}


def require_same_length(options: Sequence[str], shares: Sequence[float], path: str | Path, row: int) -> None:
    """Raise unless there are as many options as shares."""
    if len(options) != len(shares):
        raise InputError(
            "a question has a different number of options than of shares",
            parameter="options",
            got=f"{len(options)} options, {len(shares)} shares",
            file=path,
            row=row,
        )
