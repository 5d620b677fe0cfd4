"""Columns of a formula as they were fitted: what grids and changes of predictions are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError

if TYPE_CHECKING:
    from valuestats.regression.effects_design import EffectsDesign

Floats = NDArray[np.float64]
Others = Literal["typical", "balanced", "observed"]
COUNT = "count"
"""Column of a grid that says how many answers a row stands for."""


@dataclass(frozen=True)
class GridColumns:
    """Columns of a formula.

    Attributes
    ----------
    frame
        A row for each cell that was fitted.
    times
        How many answers, or offers of an option, each stands for.
    as_levels
        Columns that are levels although they may be numbers: those of groups, monotonic scales.
    """

    frame: pd.DataFrame
    times: Floats
    as_levels: frozenset[str] = field(default_factory=frozenset)

    def is_number(self, column: str) -> bool:
        """Whether a column enters as a number: not as levels, groups or a monotonic scale."""
        return pd.api.types.is_numeric_dtype(self.frame[column]) and column not in self.as_levels

    def spread(self, column: str) -> float:
        """Standard deviation of a number over the answers."""
        x = self.frame[column].to_numpy(dtype=float)
        mean = np.average(x, weights=self.times)
        return float(np.sqrt(self.times @ (x - mean) ** 2 / (self.times.sum() - 1)))

    def levels(self, column: str) -> list[Any]:
        """Values of a column, as fitted."""
        return sorted(self.frame[column].unique())

    def values(self, column: str, asked: Any) -> list[Any]:
        """What a grid asks for of a column, as values."""
        number = self.is_number(column)
        if asked is None:
            asked = "quartiles" if number else "levels"
        if isinstance(asked, str) and asked in ("range", "quartiles", "sd"):
            if not number:
                raise SpecificationError(
                    f"{asked} is of numbers",
                    parameter="at",
                    got=f"{column}: {asked}",
                    expected="values, or levels",
                )
            x = self.frame[column].to_numpy(dtype=float)
            if asked == "range":
                return [float(x.min()), float(x.max())]
            if asked == "quartiles":
                found = np.quantile(x, [0.25, 0.5, 0.75], weights=self.times, method="inverted_cdf")
                return sorted(set(found.tolist()))
            middle, spread = float(np.average(x, weights=self.times)), self.spread(column)
            return [middle - spread, middle, middle + spread]
        if isinstance(asked, str) and asked == "levels" and "levels" not in set(self.frame[column]):
            return self.levels(column)
        if isinstance(asked, str) or not isinstance(asked, Sequence | np.ndarray | pd.Series | pd.Index):
            return [asked]
        return list(asked)

    def typical(self, column: str) -> Any:
        """Of a number the mean over the answers, of anything else the most frequent level."""
        seen = self.frame[column]
        if self.is_number(column):
            return float(np.average(seen.to_numpy(dtype=float), weights=self.times))
        return pd.Series(self.times).groupby(seen.to_numpy(), sort=True).sum().idxmax()

    def grid(self, asked: Mapping[str, Any], others: Others) -> pd.DataFrame:
        """Every combination of the values asked for, those asked for varying slowest; see `valuestats.datagrid`."""
        values = {c: self.values(c, v) for c, v in asked.items()}
        rest = [c for c in self.frame.columns if c not in values]
        if others == "observed":
            kept = self.frame[rest].assign(**{COUNT: self.times})
            kept = (
                kept.groupby(rest, sort=False, observed=True, dropna=False)[COUNT].sum().reset_index()
                if rest
                else (pd.DataFrame({COUNT: [self.times.sum()]}))
            )
        else:
            balanced = [c for c in rest if others == "balanced" and not self.is_number(c)]
            own = {c: self.levels(c) if c in balanced else [self.typical(c)] for c in rest}
            kept = (
                pd.DataFrame(list(product(*own.values())), columns=list(own))
                if own
                else pd.DataFrame(index=[0])
            )
        combinations = list(product(*values.values()))
        require_size(len(combinations) * len(kept))
        parts = [kept.assign(**dict(zip(values, row, strict=True))) for row in combinations]
        whole = pd.concat(parts, ignore_index=True)
        columns = [*values, *rest, *([COUNT] if others == "observed" else [])]
        return whole[columns].astype({c: self.frame[c].dtype for c in rest})


def columns_of(design: EffectsDesign) -> GridColumns:
    """The columns of an ordinal regression."""
    levels = {*design.monotonic_names, *(c for g in design.groups for c in g.factor)}
    return GridColumns(design.cells, design.counts.sum(axis=1), frozenset(levels))


def asked_of(at: Mapping[str, Any] | Sequence[str] | str | None) -> dict[str, Any]:
    """Columns and what is asked of each; None: its levels, or the quartiles of a number."""
    if isinstance(at, str):
        return {at: None}
    return dict(at) if isinstance(at, Mapping) else dict.fromkeys(at or ())


def require_size(rows: int) -> None:
    """Refuse a grid of more than a million rows."""
    if rows > 1_000_000:
        raise SpecificationError(
            "too large a grid", parameter="at", got=f"{rows:,} rows", expected="a million"
        )


def require_known(known: Iterable[object], names: Iterable[object], parameter: str) -> None:
    """Refuse names that are no columns of the formula."""
    there = [str(name) for name in known]
    unknown = [str(name) for name in names if str(name) not in there]
    if unknown:
        raise SpecificationError(
            "no such column in the formula",
            parameter=parameter,
            got=", ".join(unknown),
            expected=", ".join(there),
        )
