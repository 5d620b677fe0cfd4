"""Refusal rates as a table, and what a reader must know of them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.labels import listed
from valuestats.latent.convergence import convergence
from valuestats.latent.gate import Gate, judge
from valuestats.latent.likelihoods.rates import Array, MultilevelRates
from valuestats.missing.levels import ALL
from valuestats.statistics.ratios import ratio
from valuestats.statistics.resampling import bootstrap_standard_error, equal_tailed

LEAST_EFFECTIVE = 100.0
"""Draws below which a spread is not told: its median is then off by more than an eighth of the posterior's deviation."""
_MOST_JUDGED = 1000  # rates, whose diagnostics take milliseconds each


def rates_frame(
    cells: pd.DataFrame, levels: dict[str, list[str]], units: list[str], rates: Array, level: float
) -> pd.DataFrame:
    """Rates of every level and combination of levels, with their intervals."""
    factors = list(levels)
    index = pd.MultiIndex.from_product([[*names, ALL] for names in levels.values()], names=factors)
    shape = [len(names) for names in levels.values()]
    place = tuple(pd.Index(names).get_indexer(pd.Index(cells[f])) for f, names in levels.items())
    counts = []
    for column in ("events", "trials"):
        table = np.zeros(shape)
        np.add.at(table, place, cells[column].to_numpy())
        for axis in range(table.ndim):
            table = np.concatenate([table, table.sum(axis=axis, keepdims=True)], axis=axis)
        counts.append(table.ravel())
    events, trials = counts
    lower, upper = equal_tailed(rates, level)
    flat = rates.reshape(len(rates), -1)
    frame = index.to_frame(index=False)
    frame.insert(0, "estimand", "rate")
    return frame.assign(
        estimate=np.median(flat, axis=0),
        std_error=bootstrap_standard_error(flat),
        lower=lower.ravel(),
        upper=upper.ravel(),
        level=level,
        interval="posterior, equal-tailed",
        n_scored=(trials - events).astype(np.int64),
        n_asked=trials.astype(np.int64),
        n_events=events.astype(np.int64),
        raw_rate=ratio(events, trials),
        n_units=_units_per_rate(cells, levels, units, index),
    )


def _units_per_rate(
    cells: pd.DataFrame, levels: dict[str, list[str]], units: list[str], index: pd.MultiIndex
) -> NDArray[np.int64]:
    """Distinct clusters asked in each cell and margin."""
    if not units:
        return np.zeros(len(index), dtype=np.int64)
    asked = cells.loc[cells["trials"] > 0, [*levels, units[-1]]]
    found = pd.Series(0, index=index)
    for n in range(len(levels) + 1):
        for kept in itertools.combinations(levels, n):
            part = asked.assign(**{f: ALL for f in levels if f not in kept})
            number = part.groupby(list(levels), observed=True)[units[-1]].nunique()
            found.loc[number.index] = number.to_numpy()
    return np.asarray(found, dtype=np.int64)


def judge_rates(rates: Array, diverging: NDArray[np.bool_], gate: Gate | None) -> dict[str, Any]:
    """The gate's verdict on rates of all draws, ``(chains * draws, levels, …)`` with the mean last on each axis.

    With more than 1,000 rates on those that are a mean over all factors but one.
    """
    import xarray as xr

    flat = rates.reshape(*diverging.shape, -1)
    if flat.shape[2] > _MOST_JUDGED:
        sizes = np.reshape(rates.shape[1:], (-1, *[1] * (rates.ndim - 1)))
        away = (np.indices(rates.shape[1:]) < sizes - 1).sum(axis=0)  # factors of which it is one level
        flat = flat[:, :, away.ravel() <= 1]
    sets = {
        "posterior": xr.Dataset({"rates": (("chain", "draw", "rate"), flat)}),
        "sample_stats": xr.Dataset({"diverging": (("chain", "draw"), diverging)}),
    }
    return judge(xr.DataTree.from_dict(sets), ["rates"], gate=gate)


def spread_row(
    names: tuple[str, ...], size: int, fit: MultilevelRates, f: int, level: float
) -> dict[str, object]:
    """Standard deviation of one factor's effects, null where too few draws are as good as independent."""
    lower, upper = equal_tailed(fit.scales[:, f], level)
    chains = fit.chains.scales[:, f].reshape(fit.chains.diverging.shape)
    effective = float(convergence(chains[None])[1][0])
    told = effective >= LEAST_EFFECTIVE
    return {
        "effect": " x ".join(names),
        "levels": size,
        "estimate": float(np.median(fit.scales[:, f])) if told else None,
        "lower": float(lower) if told else None,
        "upper": float(upper) if told else None,
        "effective": round(effective),
    }


def rate_warnings(
    cells: pd.DataFrame,
    levels: dict[str, list[str]],
    units: list[str],
    spreads: Sequence[Mapping[str, Any]],
    total: pd.Series,
    frame: pd.DataFrame,
) -> list[str]:
    """What a reader must know of these rates."""
    found = []
    if total["events"] == 0 or total["events"] == total["trials"]:
        which = "no answer" if total["events"] == 0 else "every answer"
        found.append(f"{which} is such an event, so the rates rest on the prior and the number asked alone")
    single = [f for f, names in levels.items() if len(names) == 1]
    if single:
        found.append(f"one level only, so no differences between levels: {listed(single)}")
    empty = int(np.prod([len(v) for v in levels.values()]))
    asked = cells.loc[cells["trials"] > 0, list(levels)].drop_duplicates()
    if empty > len(asked):
        found.append(f"{empty - len(asked)} of {empty} cells were never asked; the others stand in for them")
    outside = _raw_outside(frame, list(levels))
    if outside:
        found.append(
            f"the raw rate of {listed(outside[:5])} lies outside the interval: weights of levels differ, or missing answers "
            "gather in clusters in some models and not in others, which one spread for all does not follow"
        )
    few = [u for u in units if cells[u].nunique() < 6]
    if few:
        found.append(f"fewer than six clusters: {listed(few)}")
    lost = [f"{s['effect']} ({s['effective']})" for s in spreads if s["estimate"] is None]
    if lost:
        found.append(
            f"the standard deviations of {listed(lost)} rest on fewer than {LEAST_EFFECTIVE:.0f} effective draws and are "
            "not told; intervals of rates may be too short"
        )
    return found


def _raw_outside(frame: pd.DataFrame, factors: list[str]) -> list[str]:
    """Levels whose raw rate over everything else lies outside the interval."""
    found = []
    for factor in factors:
        others = [f for f in factors if f != factor]
        rows = frame[(frame[others] == ALL).all(axis=1) & (frame[factor] != ALL)]
        # no event says little of how small a rate is, and every event little of how near to 1
        told = (rows["n_events"] > 0) & (rows["n_scored"] > 0)
        out = told & ((rows["raw_rate"] < rows["lower"]) | (rows["raw_rate"] > rows["upper"]))
        found += list(rows.loc[out, factor])
    return found
