"""Lists written into the cells of a CSV file, as JSON or as Python literals; read and never evaluated."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from valuestats.errors import InputError


def read_table(path: str | Path, columns: Sequence[str]) -> pd.DataFrame:
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


def literal(text: Any, column: str, path: str | Path, row: int, parse: Callable[[str], Any]) -> list[Any]:
    try:
        value = parse(str(text))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        value = None
    if not isinstance(value, list):
        raise InputError(
            "a list can't be read", parameter=column, got=str(text)[:120], expected="[…]", file=path, row=row
        )
    return value


def texts(
    text: Any, column: str, path: str | Path, row: int, parse: Callable[[str], Any]
) -> tuple[str, ...]:
    return tuple(str(v) for v in literal(text, column, path, row, parse))


def numbers(
    text: Any, column: str, path: str | Path, row: int, parse: Callable[[str], Any]
) -> tuple[float, ...]:
    return _asnumbers(literal(text, column, path, row, parse), column, path, row)


def _asnumbers(values: Any, column: str, path: str | Path, row: int) -> tuple[float, ...]:
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


def selections(text: Any, path: str | Path, row: int) -> dict[str, Any]:
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
    return {str(country): shares for country, shares in value.items()}


def require_equal(options: Sequence[str], shares: Sequence[float], path: str | Path, row: int) -> None:
    if len(options) != len(shares):
        raise InputError(
            "a question has a different number of options than of shares",
            parameter="options",
            got=f"{len(options)} options, {len(shares)} shares",
            file=path,
            row=row,
        )
