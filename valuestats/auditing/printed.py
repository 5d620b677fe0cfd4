"""Printed numbers as whole multiples of their last decimal, so that what rounding allows is computed exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.auditing.declared import SQUARE, CellKind, Holds
from valuestats.base.errors import InputError, SpecificationError

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Truth = NDArray[np.bool_]

MOST_DECIMALS = 8
_NEAR = 1e-12
"""Relative error of a decimal number kept in binary, with room."""


@dataclass(frozen=True)
class Printed:
    """A table as it is printed.

    Attributes
    ----------
    group
        Which of several tables; empty for one.
    rows, columns
        Labels.
    holds
        What each column holds.
    value, units, decimals, known
        Shape ``(rows, columns)``: the number, the number in units of its last decimal, its decimals, and whether there is
        one.
    n
        Answers behind the cell, 0 where that is not known.
    """

    group: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    holds: tuple[Holds, ...]
    value: Array
    units: Whole
    decimals: Whole
    known: Truth
    n: Whole

    @property
    def half(self) -> Array:
        """How far rounding moves a cell at most; counts and ranks are exact."""
        exact = np.array([h.kind in ("count", "rank") for h in self.holds])
        return np.where(exact, 0.0, 0.5 * 10.0**-self.decimals)

    def of_kind(self, *kinds: CellKind) -> list[int]:
        """Places of the columns of these kinds."""
        return [j for j, h in enumerate(self.holds) if h.kind in kinds]

    def text(self, i: int, j: int) -> str:
        """A cell as it is printed."""
        if not self.known[i, j]:
            return "–"
        shown = f"{self.value[i, j]:.{self.decimals[i, j]}f}"
        return f"−{shown[1:]}" if self.units[i, j] < 0 else shown.removeprefix("-")

    def name(self, i: int, j: int) -> str:
        """A cell by its labels."""
        return f"{self.rows[i]}, {self.columns[j]}"


def printed_tables(
    table: pd.DataFrame,
    holds: Holds | Mapping[str, Holds],
    *,
    row: str | None,
    tidy: tuple[str, str, str] | None,
    by: Sequence[str],
) -> list[Printed]:
    """The tables in a frame, one for each combination of `by`.

    Raises
    ------
    InputError, SpecificationError
        No such column, a cell given twice, a cell that is no number, more decimals than declared, a kind that needs a
        square table of one that is not.
    """
    if not isinstance(holds, Holds) and not (isinstance(holds, Mapping) and holds):
        raise SpecificationError(
            "what the cells hold is not declared",
            parameter="holds",
            got=type(holds).__name__,
            expected="Holds, or Holds by column",
        )
    wanted = [*by, *(tidy or ()), *([row] if row else [])]
    if not isinstance(holds, Holds):
        wanted += list(holds)
    if len(table) == 0:
        raise InputError("an empty table", parameter="table", got="0 rows", expected="at least one row")
    missing = [c for c in wanted if c not in table.columns]
    if missing:
        raise InputError(
            "no such column in the table",
            parameter="table",
            got=", ".join(map(str, missing)),
            expected=", ".join(map(str, table.columns)),
        )
    if not by:
        return [_printed("", table, holds, row, tidy)]
    parts = table.groupby(list(by), sort=False, observed=True)
    return [_printed(", ".join(map(str, key)), part, holds, row, tidy) for key, part in parts]


def _printed(
    group: str,
    table: pd.DataFrame,
    holds: Holds | Mapping[str, Holds],
    row: str | None,
    tidy: tuple[str, str, str] | None,
) -> Printed:
    if tidy is not None:
        if not isinstance(holds, Holds):
            raise SpecificationError(
                "a tidy table holds one kind of cells",
                parameter="holds",
                got=", ".join(holds),
                expected="one Holds",
            )
        return _from_tidy(group, table, holds, tidy)
    labels = table[row] if row else pd.Series(table.index, index=table.index)
    if labels.isna().any():
        raise InputError(
            "a row without a name",
            parameter=row or "index",
            row=int(labels.isna().to_numpy().argmax()),
            got="null",
            expected="a name",
        )
    names = labels.astype(str).tolist()
    _once(names, row or "index")
    chosen = {c: holds for c in table.columns if c != row} if isinstance(holds, Holds) else dict(holds)
    columns = [str(c) for c in chosen]
    parts = [_cells(table[c], h.decimals, str(c)) for c, h in chosen.items()]
    counts = [_behind(table, h) for h in chosen.values()]
    value = np.column_stack([p[0] for p in parts])
    decimals = np.column_stack([p[1] for p in parts])
    if isinstance(holds, Holds) and holds.decimals is None:
        decimals = _together(decimals, [table[c] for c in chosen])
    return _made(group, names, columns, list(chosen.values()), value, decimals, np.column_stack(counts))


def _from_tidy(group: str, table: pd.DataFrame, holds: Holds, tidy: tuple[str, str, str]) -> Printed:
    rows, columns, cell = tidy
    for name in (rows, columns):
        if table[name].isna().any():
            raise InputError(
                "a cell without a name",
                parameter=name,
                row=int(table[name].isna().to_numpy().argmax()),
                got="null",
                expected="a name",
            )
    down, across = table[rows].astype(str), table[columns].astype(str)
    twice = pd.DataFrame({"r": down, "c": across}).duplicated().to_numpy()
    if twice.any():
        at = int(twice.argmax())
        raise InputError(
            "a cell is given twice",
            parameter=f"{rows}, {columns}",
            row=at,
            got=f"{down.iloc[at]}, {across.iloc[at]}",
            expected="each cell once",
            hint="name what tells them apart in by",
        )
    row_names, column_names = list(dict.fromkeys(down)), list(dict.fromkeys(across))
    if holds.kind in SQUARE:  # half of a square table names some labels only in one place
        row_names = column_names = list(dict.fromkeys([*down, *across]))
    i = pd.Index(row_names).get_indexer(pd.Index(down))
    j = pd.Index(column_names).get_indexer(pd.Index(across))
    shape = (len(row_names), len(column_names))
    value, decimals, n = np.full(shape, np.nan), np.zeros(shape, dtype=np.int64), np.zeros(shape, np.int64)
    found, places = _cells(table[cell], holds.decimals, cell)
    value[i, j], decimals[i, j] = found, places
    n[i, j] = _behind(table, holds)
    return _made(group, row_names, column_names, [holds] * shape[1], value, decimals, n)


def _made(
    group: str,
    rows: list[str],
    columns: list[str],
    holds: list[Holds],
    value: Array,
    decimals: Whole,
    n: Whole,
) -> Printed:
    known = ~np.isnan(value)
    units = np.zeros(value.shape, dtype=np.int64)
    scaled = value * 10.0**decimals
    with np.errstate(invalid="ignore"):
        off = known & (np.abs(scaled - np.round(scaled)) > _NEAR * np.abs(scaled) + 1e-6)
    if off.any():
        i, j = (int(x[0]) for x in np.nonzero(off))
        raise InputError(
            "a cell has more decimals than are declared",
            parameter=columns[j],
            row=i,
            got=value[i, j],
            expected=f"{decimals[i, j]} decimals",
            hint="give the table as it is printed, rounded",
        )
    units[known] = np.round(scaled[known]).astype(np.int64)
    if any(h.kind in SQUARE for h in holds) and (
        len({h.kind for h in holds}) > 1 or set(rows) != set(columns)
    ):
        raise SpecificationError(
            "this kind of cells needs a square table",
            parameter="holds",
            got=f"{len(rows)} rows, {len(columns)} columns",
            expected="the same names of rows and columns, and one kind",
        )
    order = [columns.index(r) for r in rows] if holds and holds[0].kind in SQUARE else range(len(columns))
    at = np.array(list(order), dtype=np.int64)
    return Printed(
        group,
        tuple(rows),
        tuple(columns[k] for k in at),
        tuple(holds[k] for k in at),
        value[:, at],
        units[:, at],
        decimals[:, at],
        known[:, at],
        n[:, at],
    )


def _cells(column: pd.Series, decimals: int | None, name: str) -> tuple[Array, Whole]:
    """Numbers of a column and their decimals."""
    text = pd.api.types.is_string_dtype(column) or column.dtype == object
    if text:
        written = column.fillna("").astype(str).str.strip().str.rstrip("%").str.strip().str.replace("−", "-")
        written = written.where(~written.isin(["", "-", "–", "nan", "None"]))
        value = pd.to_numeric(written, errors="coerce").to_numpy(dtype=float)
        wrong = written.notna().to_numpy() & ~np.isfinite(value)
        places = written.str.extract(r"\.(\d*)$")[0].str.len().fillna(0).to_numpy(dtype=np.int64)
    else:
        value = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float)
        wrong = np.isinf(value)
        fewest = _decimals(value, name) if decimals is None else decimals
        places = np.full(len(column), fewest, dtype=np.int64)
    if wrong.any():
        at = int(wrong.argmax())
        raise InputError(
            "a cell is no number", parameter=name, row=at, got=repr(column.iloc[at]), expected="a number"
        )
    if decimals is not None:
        places = np.full(len(column), decimals, dtype=np.int64)
    return np.asarray(value, dtype=np.float64), np.asarray(places, dtype=np.int64)


def _decimals(value: Array, name: str) -> int:
    """Fewest decimals that give every number back."""
    known = value[~np.isnan(value)]
    for d in range(MOST_DECIMALS + 1):
        scaled = known * 10.0**d
        if (np.abs(scaled - np.round(scaled)) <= _NEAR * np.abs(scaled) + 1e-9).all():
            return d
    raise InputError(
        "numbers that were not rounded",
        parameter=name,
        got=f"{known[0]!r}",
        expected=f"at most {MOST_DECIMALS} decimals",
        hint="give the table as it is printed",
    )


def _together(decimals: Whole, columns: list[pd.Series]) -> Whole:
    """One number of decimals for the numbers of a table of one kind; texts keep their own."""
    numeric = np.array([pd.api.types.is_numeric_dtype(c) for c in columns])
    if not numeric.any():
        return decimals
    out = decimals.copy()
    out[:, numeric] = decimals[:, numeric].max()
    return out


def _behind(table: pd.DataFrame, holds: Holds) -> Whole:
    """Answers behind each cell, 0 where not known."""
    if holds.n is None:
        return np.zeros(len(table), dtype=np.int64)
    if not isinstance(holds.n, str):
        return np.full(len(table), holds.n, dtype=np.int64)
    if holds.n not in table.columns:
        raise InputError(
            "no such column of answers behind the cells",
            parameter="n",
            got=holds.n,
            expected=", ".join(map(str, table.columns)),
        )
    found = pd.to_numeric(table[holds.n], errors="coerce").to_numpy(dtype=float)
    wrong = table[holds.n].notna().to_numpy() & ~((found >= 1) & (found == np.round(found)))
    if wrong.any():
        at = int(wrong.argmax())
        raise InputError(
            "impossible number of answers behind a cell",
            parameter=holds.n,
            row=at,
            got=table[holds.n].iloc[at],
            expected="a whole number from 1 on, or null",
        )
    return np.where(np.isnan(found), 0, found).astype(np.int64)


def _once(names: list[str], parameter: str) -> None:
    seen = pd.Series(names)
    if seen.duplicated().any():
        at = int(seen.duplicated().to_numpy().argmax())
        raise InputError(
            "two rows of one name",
            parameter=parameter,
            row=at,
            got=names[at],
            expected="each row once",
            hint="name what tells them apart in by",
        )
