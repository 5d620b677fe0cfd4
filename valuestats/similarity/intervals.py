"""Intervals of means over questions from replicates that resample questions."""

from __future__ import annotations

import pandas as pd

from valuestats.statistics.clusters import Resampled


def with_interval(frame: pd.DataFrame, found: Resampled, level: float) -> pd.DataFrame:
    """The estimates of each row with their standard error and interval."""
    frame = frame.assign(
        std_error=found.std_error.ravel(),
        lower=found.lower.ravel(),
        upper=found.upper.ravel(),
        level=level,
        interval=found.interval.ravel(),
    )
    first = ["estimand", "model", "group", "estimate", "std_error", "lower", "upper", "level", "interval"]
    return frame[[*first, *(c for c in frame.columns if c not in first)]]
