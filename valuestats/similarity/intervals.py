"""Intervals of means over questions from replicates that resample questions."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuestats.statistics.distances import Array
from valuestats.statistics.resampling import (
    bootstrap_standard_error,
    expanded_interval,
)


def with_interval(frame: pd.DataFrame, draws: Array, level: float) -> pd.DataFrame:
    """Standard error and equal-tailed ends, at quantiles widened for the number of questions."""
    flat = draws.reshape(len(draws), len(frame))
    n = frame["n_scored"].to_numpy()
    lower, upper = expanded_interval(flat if len(draws) > 1 else flat[:0], level, n)
    error = np.where(np.isnan(lower), np.nan, bootstrap_standard_error(flat))
    named = np.where(np.isnan(lower), "none", "cluster bootstrap, equal-tailed")
    frame = frame.assign(std_error=error, lower=lower, upper=upper, level=level, interval=named)
    first = ["estimand", "model", "group", "estimate", "std_error", "lower", "upper", "level", "interval"]
    return frame[[*first, *(c for c in frame.columns if c not in first)]]
