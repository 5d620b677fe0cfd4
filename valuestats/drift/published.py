"""Magnitude and drift time by the rules of Bhatia et al. (2025), with what is wrong with them said."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.drift.stances import Cube
from valuestats.results.meta import make_meta
from valuestats.results.result import Result
from valuestats.statistics.ratios import ratio

_NORMAL = float(stats.norm.ppf(0.975))
FAULTS = (
    "published rule: no intervals, and items are taken as independent",
    "published rule: where the extremum's interval is wide it holds the first step, and the drift time is 0",
)


def published_drift(
    cube: Cube, spec: Mapping[str, Any], by: str | None, level: float, started: float
) -> Result:
    """Magnitude, and the first step within the extremum's 95% interval over the number of steps; for each stance."""
    rows = []
    for g, name in enumerate(cube.groups):
        given = cube.given[g]
        there = given > 0
        each = np.where(there[..., None], ratio(cube.taken[g], given[..., None]), np.nan)
        n = there.sum(axis=0)
        mean, spread = np.nanmean(each, axis=0), np.nanstd(each, axis=0, ddof=1)
        for k, stance in enumerate(cube.stances):
            curve = mean[:, k]
            peak = int(np.abs(curve - curve[0]).argmax())
            half = _NORMAL * spread[peak, k] / np.sqrt(n[peak])
            entered = int((np.abs(curve - curve[peak]) <= half + 1e-12).argmax())
            for measure, value in (
                ("magnitude", curve[-1] - curve[0]),
                ("drift time", entered / (len(curve) - 1)),
            ):
                rows.append(
                    {
                        "estimand": f"{measure}, published rule",
                        **({} if by is None else {by: name}),
                        "measure": measure,
                        "stance": stance,
                        "estimate": float(value),
                        "std_error": np.nan,
                        "lower": np.nan,
                        "upper": np.nan,
                        "level": level,
                        "interval": "none",
                        "n_scored": int(cube.answered[g].sum()),
                        "n_asked": int(cube.answers[g].sum()),
                        "n_units": cube.behind(g),
                        "first": float(curve[0]),
                        "last": float(curve[-1]),
                        "baseline": np.nan,
                        "p_value": np.nan,
                        "p_adjusted": np.nan,
                    }
                )
    meta = make_meta(
        "stance magnitude and drift time, published rules",
        spec,
        citations=("Bhatia et al. (2025), Value Drifts",),
        warnings=list(FAULTS),
        seconds=time.perf_counter() - started,
    )
    return Result(
        "stance_drift",
        pd.DataFrame(rows),
        ("measure", "stance") if by is None else (by, "measure", "stance"),
        meta,
    )
