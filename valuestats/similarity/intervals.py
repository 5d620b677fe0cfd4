"""Intervals of means over questions from replicates that resample questions."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuestats.base.errors import SpecificationError
from valuestats.statistics.distances import Array
from valuestats.statistics.resampling import bootstrap_standard_error, equal_tailed, expanded_level


def with_interval(frame: pd.DataFrame, draws: Array, level: float) -> pd.DataFrame:
    """Standard error and equal-tailed ends, at quantiles widened for the number of questions."""
    if not 0 < level < 1:
        raise SpecificationError("impossible level", parameter="level", got=level, expected="in (0, 1)")
    flat = draws.reshape(len(draws), len(frame))
    n = frame["n_scored"].to_numpy()
    error, lower, upper = np.full((3, len(frame)), np.nan)
    if len(draws) > 1:
        for size in np.unique(n[n > 1]):
            rows = np.flatnonzero(n == size)
            error[rows] = bootstrap_standard_error(flat[:, rows])
            lower[rows], upper[rows] = equal_tailed(flat[:, rows], expanded_level(level, int(size)))
    named = np.where(np.isnan(lower), "none", "cluster bootstrap, equal-tailed")
    frame = frame.assign(std_error=error, lower=lower, upper=upper, level=level, interval=named)
    first = ["estimand", "model", "group", "estimate", "std_error", "lower", "upper", "level", "interval"]
    return frame[[*first, *(c for c in frame.columns if c not in first)]]
