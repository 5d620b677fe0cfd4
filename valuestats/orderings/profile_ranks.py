"""Whether a profile has the order of its target: rank correlation over dimensions, the judge's own error carried through."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special
from scipy.stats import rankdata

from valuestats.statistics.clusters import ClusterPlan
from valuestats.statistics.resampling import bootstrap_standard_error

Array = NDArray[np.float64]


def rank_correlations(levels: Array, targets: Array) -> Array:
    """Spearman correlation over dimensions of each profile with its target.

    Parameters
    ----------
    levels
        Shape ``(..., models, dimensions)``.
    targets
        Shape ``(models, dimensions)``; a dimension without either is left out.

    Returns
    -------
    numpy.ndarray
        Shape ``(..., models)``; NaN of fewer than three dimensions, or where one side is the same throughout.

    Examples
    --------
    >>> rank_correlations(np.array([[1.0, 2.0, 4.0]]), np.array([[0.0, 3.0, 1.0]]))
    array([0.5])
    """
    found = np.full(levels.shape[:-1], np.nan)
    for m in range(levels.shape[-2]):
        own = levels[..., m, :]
        known = ~np.isnan(targets[m]) & ~np.isnan(own).all(axis=tuple(range(own.ndim - 1)))
        if known.sum() < 3 or np.ptp(targets[m, known]) == 0:
            continue
        one = rankdata(own[..., known], axis=-1)
        two = rankdata(targets[m, known])
        one, two = one - one.mean(axis=-1, keepdims=True), two - two.mean()
        length = np.sqrt((one**2).sum(axis=-1) * (two**2).sum())
        found[..., m] = np.divide(one @ two, length, out=np.full(length.shape, np.nan), where=length > 1e-9)
    return found


def ranks_against_target(
    score: Array, values: Array, shaken: Array, targets: Array, plan: ClusterPlan, units: int, level: float
) -> pd.DataFrame:
    """Rank correlation of each model's profile with its target, and its interval.

    Parameters
    ----------
    score
        Mean true level, shape ``(models, dimensions)``.
    values
        The same under each evaluation of the plan.
    shaken
        The same of all units with the judge's confusion drawn anew, where few units are left out one by one: shape
        ``(replicates, models, dimensions)``, 0 throughout where there is no judge.
    targets
        Mean target, shape ``(models, dimensions)``.
    plan, units, level
        Of the resampling.

    Returns
    -------
    pandas.DataFrame
        ``correlation``, ``correlation_lower``, ``correlation_upper`` by model.
    """
    point = rank_correlations(score, targets)
    found = plan.finish(
        rank_correlations(values, targets), point, units, level, within=(-1, 1), correlation=True
    )
    lower, upper = found.lower, found.upper
    if plan.jackknife and shaken.any():
        own = bootstrap_standard_error(rank_correlations(shaken, targets))
        reach = special.ndtri((1 + level) / 2) * own
        lower = np.maximum(point - np.hypot(point - lower, reach), -1.0)
        upper = np.minimum(point + np.hypot(upper - point, reach), 1.0)
    return pd.DataFrame({"correlation": point, "correlation_lower": lower, "correlation_upper": upper})
