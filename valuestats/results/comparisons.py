"""Differences and ranks along one key, from the draws or resamples that all estimates share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from valuestats.results.joint import Drawn, joint
from valuestats.statistics.ranking import posterior_ranks
from valuestats.statistics.resampling import equal_tailed


def difference(result: Drawn, dimension: str, first: Any, second: Any, level: float) -> pd.DataFrame:
    """See `Result.contrast`; the labels are those of the draws."""
    points = result.points()
    others = [k for k in result.keys if k != dimension]
    centre = points.sel({dimension: first}, drop=True) - points.sel({dimension: second}, drop=True)
    centre = centre.transpose(*others)
    labels = result.replicates()[dimension].to_numpy()
    weights = ((labels == first).astype(float) - (labels == second).astype(float))[None, :]
    apart = joint(result, [*others, dimension]).combined(weights)
    lower, upper, error = apart.alone(level)
    frame = (
        centre.rename("estimate").to_dataframe().reset_index()
        if others
        else pd.DataFrame({"estimate": [float(centre)]})
    )
    frame["std_error"] = error.ravel()
    frame["lower"], frame["upper"] = lower.ravel(), upper.ravel()
    frame["level"], frame["interval"] = level, named(result, lower)
    frame["probability_positive"] = _share_positive(apart.values).ravel()
    frame.insert(0, "contrast", f"{first} - {second}")
    return frame


def ranking(result: Drawn, dimension: str, level: float, *, descending: bool) -> pd.DataFrame:
    """See `Result.rank`."""
    rest = [k for k in result.keys if k != dimension]
    draws = result.replicates().transpose("draw", *rest, dimension)
    points = result.points().transpose(*rest, dimension)
    ranks = posterior_ranks(draws.to_numpy(), descending=descending)
    point_ranks = posterior_ranks(points.to_numpy()[None], descending=descending)[0]
    lower, upper = equal_tailed(ranks, level)
    frame = points.rename("estimate").to_dataframe().reset_index()
    frame["rank"] = point_ranks.ravel()
    frame["rank_median"] = np.median(ranks, axis=0).ravel()
    frame["rank_lower"], frame["rank_upper"] = lower.ravel(), upper.ravel()
    first = (ranks == 1).mean(axis=0)
    frame["probability_first"] = np.where(np.isnan(ranks).all(axis=0), np.nan, first).ravel()
    frame["level"], frame["interval"] = level, named(result, lower)
    frame["together"] = False
    return frame


def named(result: Drawn, lower: np.ndarray) -> np.ndarray:
    """How the interval of each row is made; "none" where there is none."""
    return np.where(np.isnan(lower).ravel(), "none", interval_name(result)).astype(object)


def interval_name(result: Drawn) -> str:
    """How the intervals of a result are made, of all its rows alike, else by its draws."""
    named = set(result.estimates["interval"]) - {"none"}
    if len(named) == 1:
        return str(named.pop())
    posterior = result.draws is not None and "posterior" in result.draws.children
    return "posterior, equal-tailed" if posterior else "cluster bootstrap, equal-tailed"


def _share_positive(draws: np.ndarray) -> np.ndarray:
    """Share of draws above zero, ties half, among those that are not missing; NaN where all are."""
    seen = (~np.isnan(draws)).sum(axis=0)
    above = ((draws > 0) + 0.5 * (draws == 0)).sum(axis=0)
    return np.divide(above, seen, out=np.full(above.shape, np.nan), where=seen > 0)
