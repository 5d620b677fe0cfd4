"""Rows of a grid, how they add up to what is reported, and the outcomes at several versions of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError
from valuestats.regression.effects_draws import row_probabilities
from valuestats.regression.fitted import OrdinalFit, require_in_formula
from valuestats.regression.grid_columns import COUNT, GridColumns
from valuestats.regression.prediction_results import draws_with_point, label_of

Floats = NDArray[np.float64]
_AT_ONCE = 4_000_000  # numbers of one pass over draws x rows x categories
_MOST_ROWS = 5_000


@dataclass(frozen=True)
class Asked:
    """Rows, the names of what is reported of them, and how rows add up to it (None: each stands for itself)."""

    rows: pd.DataFrame
    by: list[str]
    keys: tuple[str, ...]
    labels: pd.DataFrame
    weights: Floats | None
    at: str


def answers_asked(fit: OrdinalFit, grid: pd.DataFrame | None, by: Sequence[str] | str | None) -> Asked:
    """What is asked of a grid (the fitted answers where there is none), averaged within `by`."""
    whole = fit.design.cells.assign(**{COUNT: fit.design.counts.sum(axis=1)}) if grid is None else grid
    return rows_asked(list(fit.design.cells.columns), whole, by, "answers" if grid is None else "grid")


def rows_asked(columns: Sequence[str], grid: pd.DataFrame, by: Sequence[str] | str | None, at: str) -> Asked:
    """What is asked of rows with the columns of a formula, averaged within `by`."""
    missing = [c for c in columns if c not in grid.columns]
    if missing or grid.empty:
        raise SpecificationError(
            "the grid lacks columns of the formula" if missing else "the grid has no rows",
            parameter="grid",
            got=", ".join(missing) or "0 rows",
            expected=", ".join(columns),
            hint="datagrid(fit, {...}) makes one",
        )
    grid = grid.reset_index(drop=True)
    if by is None:
        if len(grid) > _MOST_ROWS:
            raise SpecificationError(
                "too many rows to report one by one",
                parameter="by",
                got=f"{len(grid):,} rows",
                expected=f"at most {_MOST_ROWS:,}",
                hint="average them by some columns, or give a smaller grid",
            )
        shown = grid.drop(columns=[COUNT], errors="ignore") if COUNT not in columns else grid
        labels = shown.assign(row=[str(i) for i in range(len(grid))])
        return Asked(grid, [], ("row",), labels[["row", *shown.columns]], None, at)
    names = listed_names(by)
    unknown = [c for c in names if c not in grid.columns]
    if unknown:
        raise SpecificationError(
            "no such column in the grid",
            parameter="by",
            got=", ".join(unknown),
            expected=", ".join(map(str, grid.columns)),
        )
    weighed = COUNT in grid.columns and COUNT not in columns
    own = grid[COUNT].to_numpy(dtype=float) if weighed else np.ones(len(grid))
    if not names:
        return Asked(grid, [], ("row",), pd.DataFrame({"row": ["all"]}), (own / own.sum())[None], at)
    place = grid.groupby(names, sort=True, observed=True, dropna=False).ngroup().to_numpy()
    weights = np.zeros((place.max() + 1, len(grid)))
    weights[place, np.arange(len(grid))] = own
    weights /= weights.sum(axis=1, keepdims=True)
    labels = grid[names].assign(_place=place).drop_duplicates("_place").sort_values("_place")[names]
    return Asked(grid, names, tuple(names), labels.map(label_of).reset_index(drop=True), weights, at)


def listed_names(names: Sequence[str] | str) -> list[str]:
    """One name, or several, as a list."""
    return [names] if isinstance(names, str) else list(names)


def require_columns(fit: OrdinalFit, names: Sequence[str] | Mapping[str, Any], parameter: str) -> None:
    """Refuse names that are no columns of the formula, or none at all."""
    require_in_formula(fit.design, names, parameter)
    if not names:
        raise SpecificationError(
            "no column to change",
            parameter=parameter,
            got="nothing",
            expected=", ".join(fit.design.cells.columns),
        )


def passes(
    fit: OrdinalFit,
    frames: Sequence[pd.DataFrame],
    asked: Asked,
    outcome: str,
    groups: str,
    most: int,
    function: Callable[[list[Floats]], Floats],
    *,
    row_by_row: bool = False,
) -> Floats:
    """A function of the outcomes at several versions of the rows, ``(S, reported)`` or ``(S, reported, K)``.

    Rows are averaged first, or, `row_by_row`, after the function. New group effects are the same in all versions.
    """
    design, draws = fit.design, draws_with_point(fit, most)
    codes = design.codes.astype(float)
    columns = list(design.cells.columns)
    rows = [design.evaluate(frame[columns]) for frame in frames]
    size = max(1, _AT_ONCE // max(1, len(asked.rows) * len(codes) * len(rows)))
    parts = []
    for start in range(0, draws.size, size):
        some = draws.part(slice(start, start + size))
        p = [row_probabilities(design, some, r, groups=groups, seed=start) for r in rows]
        y = [one @ codes if outcome == "score" else one for one in p]
        if asked.weights is not None and not row_by_row:
            y = [weighed(asked.weights, one) for one in y]
        value = function(y)
        parts.append(weighed(asked.weights, value) if row_by_row and asked.weights is not None else value)
    return np.concatenate(parts)


def weighed(weights: Floats, values: Floats) -> Floats:
    """Averages over rows, the second axis."""
    return np.moveaxis(np.tensordot(weights, values, axes=(1, 1)), 0, 1)


def labelled(contrasts: Sequence[tuple[str, str]], asked: Asked) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Labels and keys of several contrasts, by column and name, each at all that is reported."""
    averaged = asked.keys == ("row",) and asked.weights is not None
    labels = pd.concat(
        [
            (
                pd.DataFrame({"contrast": [name], "variable": column})
                if averaged
                else (asked.labels.assign(contrast=name, variable=column))
            )
            for column, name in contrasts
        ],
        ignore_index=True,
    )
    keys = ("contrast",) if averaged else ("contrast", *asked.keys)
    return labels[[*keys, "variable", *(c for c in labels.columns if c not in (*keys, "variable"))]], keys


def changes_of(
    columns: GridColumns, column: str, change: Any, rows: pd.DataFrame, sign: str
) -> list[tuple[str, Any, Any]]:
    """Name, upper and lower value of each change of one column."""
    if isinstance(change, Sequence) and not isinstance(change, str):
        low, high = _pair(change)
        if not columns.is_number(column):
            _require_levels(columns, column, (low, high))
        return [(f"{label_of(high)}{sign}{label_of(low)}", high, low)]
    if columns.is_number(column):
        x = rows[column].astype(float)
        if change == "sd":
            half = columns.spread(column) / 2
            return [(f"{column}, a standard deviation up", x + half, x - half)]
        if change == "range":
            low, high = columns.values(column, "range")
            return [(f"{label_of(high)}{sign}{label_of(low)}", high, low)]
        up = 1.0 if change is None else change
        if isinstance(up, bool) or not isinstance(up, int | float) or not np.isfinite(up) or up == 0:
            raise SpecificationError(
                f"no change of a number: {column}",
                parameter="variables",
                got=repr(change),
                expected="a number, sd, range, or a pair of values",
            )
        return [(f"{column} {up:+g}", x + up, x)]
    levels = columns.levels(column)
    if change in (None, "reference"):
        pairs = [(v, levels[0]) for v in levels[1:]]
    elif change == "pairwise":
        pairs = [(b, a) for a, b in combinations(levels, 2)]
    elif change == "sequential":
        pairs = [(b, a) for a, b in pairwise(levels)]
    else:
        raise SpecificationError(
            f"no change of levels: {column}",
            parameter="variables",
            got=repr(change),
            expected="reference, pairwise, sequential, or a pair of levels",
        )
    return [(f"{label_of(high)}{sign}{label_of(low)}", high, low) for high, low in pairs]


def _pair(change: Sequence[Any]) -> tuple[Any, Any]:
    if len(change) != 2:
        raise SpecificationError(
            "a change is between two values", parameter="variables", got=repr(list(change)), expected="a pair"
        )
    return change[0], change[1]


def _require_levels(columns: GridColumns, column: str, levels: Sequence[Any]) -> None:
    known = columns.levels(column)
    unknown = [v for v in levels if v not in known]
    if unknown:
        raise SpecificationError(
            f"no such {column}",
            parameter="variables",
            got=", ".join(map(str, unknown)),
            expected=", ".join(map(str, known)),
        )
