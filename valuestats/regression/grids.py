"""Rows at which a regression is asked for predictions: typical ones, all combinations, or the data with columns set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, Literal

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.regression.effects_design import EffectsDesign
from valuestats.regression.fitted import OrdinalFit, require_in_formula

Others = Literal["typical", "balanced", "observed"]
COUNT = "count"
"""Column of a grid that says how many answers a row stands for."""


@checked
def datagrid(
    fit: OrdinalFit,
    at: Mapping[str, Any] | Sequence[str] | str | None = None,
    *,
    others: Others = "typical",
) -> pd.DataFrame:
    """Rows for `predictions`, `comparisons` and `slopes`: every combination of the values of some columns.

    Parameters
    ----------
    fit
        What `valuestats.fit_ordinal` gave.
    at
        Column to its values: one, a list, or ``"levels"`` (all that were fitted), ``"range"`` (least and greatest),
        ``"quartiles"`` (the three quartiles of the answers' values), ``"sd"`` (the mean, and one standard deviation to
        either side). A list of columns, or one, stands for their levels (of a number: the quartiles).
    others
        What the other columns of the formula are. ``"typical"``: of a number the mean over the answers, of anything else
        the most frequent level (as in most software). ``"balanced"``: all combinations of levels, numbers at their mean.
        ``"observed"``: the data as they are, once for each combination (counterfactual); ``count`` then says how many
        answers a row stands for, by which averages over the grid are weighted.

    Returns
    -------
    pandas.DataFrame
        The columns of the formula, those of `at` varying slowest.

    Raises
    ------
    SpecificationError
        A column that is not in the formula, ``"range"``, ``"quartiles"`` or ``"sd"`` of what is no number, more than a
        million rows.

    References
    ----------
    Arel-Bundock, Greifer and Heiss (2024), How to interpret statistical models using marginaleffects, JSS 111(9).

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.regression.fit import fit_ordinal
    >>> data = pd.DataFrame({"model": ["a", "a", "b", "b"] * 3, "length": [1.0, 3.0] * 6, "answer": [1, 2, 3] * 4})
    >>> fit = fit_ordinal("answer ~ model + length", data, seed=1)
    >>> datagrid(fit, {"length": "range"}).to_dict("list")
    {'length': [1.0, 3.0], 'model': ['a', 'a']}
    >>> datagrid(fit, "model", others="observed")["count"].tolist()
    [6.0, 6.0, 6.0, 6.0]
    """
    design = fit.design
    cells, total = design.cells, design.counts.sum(axis=1)
    if isinstance(at, str):
        asked: dict[str, Any] = {at: None}
    elif isinstance(at, Mapping):
        asked = dict(at)
    else:
        asked = dict.fromkeys(at or ())
    require_in_formula(design, asked, "at")
    values = {c: _values(design, c, v, total) for c, v in asked.items()}
    rest = [c for c in cells.columns if c not in values]
    if others == "observed":
        kept = cells[rest].assign(**{COUNT: total})
        kept = (
            kept.groupby(rest, sort=False, observed=True, dropna=False)[COUNT].sum().reset_index()
            if rest
            else (pd.DataFrame({COUNT: [total.sum()]}))
        )
    else:
        own = {c: _typical(design, c, total, others == "balanced") for c in rest}
        kept = (
            pd.DataFrame(list(product(*own.values())), columns=list(own)) if own else pd.DataFrame(index=[0])
        )
    combinations = list(product(*values.values()))
    if len(combinations) * len(kept) > 1_000_000:
        raise SpecificationError(
            "too large a grid",
            parameter="at",
            got=f"{len(combinations) * len(kept):,} rows",
            expected="a million",
        )
    parts = [kept.assign(**dict(zip(values, row, strict=True))) for row in combinations]
    frame = pd.concat(parts, ignore_index=True)
    columns = [*values, *rest, *([COUNT] if others == "observed" else [])]
    return frame[columns].astype({c: cells[c].dtype for c in rest})


def is_number(design: EffectsDesign, column: str) -> bool:
    """Whether a column enters as a number: not as levels, groups or a monotonic scale."""
    return (
        pd.api.types.is_numeric_dtype(design.cells[column])
        and column not in design.monotonic_names
        and column not in {c for g in design.groups for c in g.factor}
    )


def weighted_sd(design: EffectsDesign, column: str) -> float:
    """Standard deviation of a number over the answers."""
    x, times = design.cells[column].to_numpy(dtype=float), design.counts.sum(axis=1)
    return float(np.sqrt(times @ (x - np.average(x, weights=times)) ** 2 / (times.sum() - 1)))


def _values(design: EffectsDesign, column: str, asked: Any, total: np.ndarray) -> list[Any]:
    seen, number = design.cells[column], is_number(design, column)
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
        x = seen.to_numpy(dtype=float)
        if asked == "range":
            return [float(x.min()), float(x.max())]
        if asked == "quartiles":
            found = np.quantile(x, [0.25, 0.5, 0.75], weights=total, method="inverted_cdf")
            return sorted(set(found.tolist()))
        middle, spread = float(np.average(x, weights=total)), weighted_sd(design, column)
        return [middle - spread, middle, middle + spread]
    if isinstance(asked, str) and asked == "levels" and "levels" not in set(seen):
        return sorted(seen.unique())
    if isinstance(asked, str) or not isinstance(asked, Sequence | np.ndarray | pd.Series | pd.Index):
        return [asked]
    return list(asked)


def _typical(design: EffectsDesign, column: str, total: np.ndarray, balanced: bool) -> list[Any]:
    seen = design.cells[column]
    if is_number(design, column):
        return [float(np.average(seen.to_numpy(dtype=float), weights=total))]
    if balanced:
        return sorted(seen.unique())
    by_level = pd.Series(total).groupby(seen.to_numpy(), sort=True).sum()
    return [by_level.idxmax()]
