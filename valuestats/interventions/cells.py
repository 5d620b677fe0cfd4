"""From outcomes to matched pairs, and errors of their means where items and roles both repeat."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from valuestats.base.errors import InputError, SpecificationError
from valuestats.statistics.clusters import LEAST
from valuestats.tables.choosers import require_one_chooser
from valuestats.tables.units import resampling_units

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
OVER = "all"
"""The group of all pairs: of one model, or the mean over several."""


@dataclass(frozen=True)
class Cell:
    """One condition held against the control on one dimension: pairs of the same item and role.

    Attributes
    ----------
    treated, control
        Outcomes of the pairs that have both, shape ``(pairs,)``.
    unit, role
        Number of each pair's unit (question) and role.
    pair
        Number of the pair among all, the same under all conditions.
    asked
        Pairs that were asked under both conditions.
    outside, outside_control
        Share of the answer that lay outside the options, by pair (NaN where not known).
    group
        Number of the group (model) of each pair.
    """

    treated: Array
    control: Array
    unit: Whole
    role: Whole
    pair: Whole
    asked: int
    outside: Array
    outside_control: Array
    group: Whole

    @property
    def change(self) -> Array:
        """Treated less control."""
        return np.asarray(self.treated - self.control)

    @property
    def weight(self) -> Array:
        """Weight of each pair, which sum to 1: all groups weigh the same, and the pairs within each."""
        code, size = np.unique(self.group, return_inverse=True, return_counts=True)[1:]
        return np.asarray(1.0 / (size[code] * max(len(size), 1)))

    def mean(self, y: Array) -> float:
        """Mean over groups of the mean over their pairs."""
        if not len(y) or (self.group == self.group[0]).all():
            return float(np.mean(y)) if len(y) else float("nan")
        return float(self.weight @ y)


@dataclass(frozen=True)
class Matched:
    """All cells of a table, by group, condition and dimension.

    Attributes
    ----------
    cells
        By ``(group, condition, dimension)``; `OVER` is the group of all pairs.
    groups, conditions, dimensions, units, roles
        Names; the groups are `OVER` and, where a column tells them apart, each of them.
    crossed
        Whether several roles answer the same items, so that both are clusters.
    clustered
        Whether a column named the units.
    fixed
        Whether the items are taken as given, so that roles are the units.
    answers, answered
        Answers asked for, and those that gave an outcome.
    """

    cells: dict[tuple[str, str, str], Cell]
    groups: list[str]
    conditions: list[str]
    dimensions: list[str]
    units: tuple[str, ...]
    roles: list[str]
    crossed: bool
    clustered: bool
    fixed: bool
    answers: int
    answered: int


def matched(
    outcomes: pd.DataFrame,
    control: str,
    limits: tuple[float, float] | None,
    by: str | None = None,
    fixed: bool = False,
) -> Matched:
    """Pairs of the same item and role, of one group, under each condition and under the control, repeats averaged.

    Raises
    ------
    InputError
        A missing column, a null name, an outcome that is no number or beyond the limits, a share outside 0 to 1, by row.
    SpecificationError
        No such control, no condition beside it, a condition that shares no item with the control.
    """
    frame = _checked(outcomes, limits, by)
    known = _names(frame, "condition")
    conditions = sorted(set(known) - {control})
    if control not in known:
        raise SpecificationError(
            "no control", parameter="control", got=control, expected=", ".join(sorted(known))
        )
    if not conditions:
        raise SpecificationError(
            "nothing beside the control",
            parameter="outcomes",
            got=control,
            expected="a condition that was intervened on",
        )
    dimensions, names, groups = (_names(frame, c) for c in ("dimension", "role", "group"))
    items = sorted(_names(frame, "item"))
    units = resampling_units(outcomes, items)
    item = pd.Index(items).get_indexer(pd.Index(_names(frame, "item")))[frame["item"].cat.codes]
    role, place, group = (frame[c].cat.codes.to_numpy(dtype=np.int64) for c in ("role", "dimension", "group"))
    pair = ((place * len(items) + item) * len(names) + role) * len(groups) + group
    row, at = np.unique(pair, return_inverse=True)
    where = pd.Index([control, *conditions]).get_indexer(pd.Index(known))[frame["condition"].cat.codes]
    value, asked = _means(frame["value"].to_numpy(), at, where, len(row), len(conditions) + 1)
    outside, _ = _means(frame["outside"].to_numpy(), at, where, len(row), len(conditions) + 1)
    row, of_group = np.divmod(row, len(groups))
    if fixed and len(names) < 2:
        raise SpecificationError(
            "where the items are given, roles are what is resampled",
            parameter="fixed_items",
            got="one role" if "role" in outcomes.columns else "no column role",
            expected="several roles (personas) that answer the same items",
        )
    dimension, unit, who = (
        row // (len(items) * len(names)),
        units.member[row // len(names) % len(items)],
        row % len(names),
    )
    cells: dict[tuple[str, str, str], Cell] = {}
    told = [OVER] if by is None else [OVER, *groups]
    for g, (d, name) in product(range(len(told)), enumerate(dimensions)):
        own = np.flatnonzero((dimension == d) & ((of_group == g - 1) if g else True))
        for k, condition in enumerate(conditions, start=1):
            both = own[asked[own, k] & asked[own, 0]]
            if not len(both):
                continue
            seen = both[~np.isnan(value[both, k]) & ~np.isnan(value[both, 0])]
            cells[told[g], condition, name] = Cell(
                value[seen, k],
                value[seen, 0],
                (who if fixed else unit)[seen].astype(np.int64),
                np.zeros(len(seen), dtype=np.int64) if fixed else who[seen].astype(np.int64),
                seen.astype(np.int64),
                len(both),
                outside[seen, k],
                outside[seen, 0],
                of_group[seen],
            )
    lost = [k for k in conditions if not any((OVER, k, d) in cells for d in dimensions)]
    if lost:
        raise SpecificationError(
            "a condition without a matched control",
            parameter="control",
            got=f"{lost[0]} shares no item and role with {control}",
            expected="the same items, and roles, under both",
        )
    return Matched(
        cells,
        told,
        conditions,
        dimensions,
        tuple(names) if fixed else units.names,
        ["none"] if fixed else list(names),
        len(names) > 1 and not fixed,
        units.clustered and not fixed,
        fixed,
        len(frame),
        int(frame["value"].notna().sum()),
    )


def _names(frame: pd.DataFrame, column: str) -> list[str]:
    """Names in a column, in the order in which they are met."""
    return list(map(str, frame[column].cat.categories.to_numpy(dtype=object)))


def _means(
    value: Array, row: Whole, column: Whole, rows: int, columns: int
) -> tuple[Array, NDArray[np.bool_]]:
    """Mean of what is there by row and column (NaN where nothing is), and where a row was asked at all."""
    at = row * columns + column
    there = np.bincount(at, minlength=rows * columns) > 0
    seen = ~np.isnan(value)
    n = np.bincount(at[seen], minlength=rows * columns)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(at[seen], value[seen], minlength=rows * columns) / n
    return np.where(n > 0, mean, np.nan).reshape(rows, columns), there.reshape(rows, columns)


def _require_choosers(outcomes: pd.DataFrame, by: str | None) -> None:
    if by is not None and (by not in outcomes.columns or by in ("item", "condition", "dimension", "value")):
        raise SpecificationError(
            "no such column to tell apart",
            parameter="by",
            got=by,
            expected=f"one of {', '.join(str(c) for c in outcomes.columns)}, that names who answered",
        )
    require_one_chooser(outcomes, "condition", by, "one that did not answer can't make an effect")


def _checked(outcomes: pd.DataFrame, limits: tuple[float, float] | None, by: str | None) -> pd.DataFrame:
    missing = [c for c in ("item", "condition", "value") if c not in outcomes.columns]
    if missing:
        raise InputError(
            "outcomes: a column is missing",
            parameter="outcomes",
            got=", ".join(map(str, outcomes.columns)),
            expected=", ".join(missing),
        )
    if outcomes.empty:
        raise InputError("the table has no rows", parameter="outcomes", got=0)
    _require_choosers(outcomes, by)
    names: dict[str, Any] = {}
    n, coded = len(outcomes), cast(Any, pd.Categorical.from_codes)
    columns = {c: c for c in ("item", "condition", "dimension", "role")} | {"group": by or ""}
    for own, column in columns.items():
        rest = {"dimension": "all", "role": "none", "group": OVER}.get(own)
        if column not in outcomes.columns or (own == "role" and by == "role"):
            names[own] = coded(np.zeros(n, dtype=np.int64), categories=[str(rest)])
            continue
        null = outcomes[column].isna().to_numpy()
        if null.any():
            raise InputError("a row without a name", parameter=column, got="null", row=int(null.argmax()))
        code, known = pd.factorize(outcomes[column])
        again, told = pd.factorize(pd.Index(known).astype(str))  # 1 and "1" are one name
        names[own] = coded(again[code], categories=np.asarray(told, dtype=object))
    frame = pd.DataFrame(names, index=range(n))
    low, high = (-np.inf, np.inf) if limits is None else limits
    if not low < high:
        raise SpecificationError(
            "impossible limits",
            parameter="limits",
            got=f"{low:g}, {high:g}",
            expected="the least below the greatest",
        )
    for column, ends in (("value", (low, high)), ("outside", (0.0, 1.0))):
        if column not in outcomes.columns:
            frame[column] = np.nan
            continue
        number = pd.to_numeric(outcomes[column], errors="coerce").to_numpy(dtype=float)
        wrong = np.isnan(number) & outcomes[column].notna().to_numpy()
        wrong |= np.isinf(number) | (number < ends[0]) | (number > ends[1])
        if wrong.any():
            row = int(wrong.argmax())
            within = "" if np.isinf(ends).any() else f" from {ends[0]:g} to {ends[1]:g}"
            raise InputError(
                "outcomes: not a number in its range",
                parameter=column,
                got=outcomes[column].iloc[row],
                expected=f"a number{within}",
                row=row,
            )
        frame[column] = number
    return frame


@dataclass(frozen=True)
class Error:
    """Standard error of a mean of pairs, its degrees of freedom, and what each cluster adds to it.

    Attributes
    ----------
    value
        The error; NaN where it can't be known.
    df
        Clusters of the rarer kind less one.
    parts
        Influence of each unit, and of each role, on the mean; scaled so that the squares sum to the squared error.
    """

    value: float
    df: int
    parts: tuple[Array, Array]


def error_of(
    change: Array, unit: Whole, role: Whole, n_units: int, n_roles: int, group: Whole | None = None
) -> Error:
    r"""Error of a mean whose terms repeat by unit and by role; with groups, of the mean of their means.

    :math:`V = V_{unit} + V_{role} - V_{unit\times role}` (Cameron, Gelbach and Miller 2011), each with G/(G-1), never below
    the larger of the two: their difference may be negative by chance. One role: :math:`V_{unit}`.
    """
    code = (
        np.zeros(len(change), dtype=np.int64) if group is None else np.unique(group, return_inverse=True)[1]
    )
    size = np.bincount(code)
    u = (change - (np.bincount(code, change) / size)[code]) / (size[code] * len(size))
    sums, sizes = [], []
    for code, many in ((unit, n_units), (role, n_roles)):
        sums.append(np.bincount(code, u, minlength=many))
        sizes.append(int(np.count_nonzero(np.bincount(code))))
    variance = [g / (g - 1) * float(s @ s) if g > 1 else np.nan for s, g in zip(sums, sizes, strict=True)]
    if n_roles == 1:
        total, df, sums[1] = variance[0], sizes[0] - 1, np.zeros(1)
    else:
        both_codes = unit * n_roles + role
        pair, g = np.bincount(both_codes, u), int(np.count_nonzero(np.bincount(both_codes)))
        both = g / (g - 1) * float(pair @ pair) if g > 1 else np.nan
        total = (
            float(np.nanmax([sum(variance) - both, *variance])) if not np.isnan(variance).all() else np.nan
        )
        df = min(sizes) - 1
    if df + 1 < LEAST or not np.isfinite(total):
        return Error(float("nan"), df, (sums[0] * np.nan, sums[1] * np.nan))
    spread = float(sums[0] @ sums[0] + sums[1] @ sums[1])
    scale = np.sqrt(total / spread) if spread > 0 else 0.0
    return Error(float(np.sqrt(total)), df, (sums[0] * scale, sums[1] * scale))


def two_sided(mean: float, error: Error) -> float:
    """P-value of no mean change by Student's t."""
    return float(2 * stats.t.sf(abs(mean) / error.value, error.df))
