"""When a drift of stances set in, and when it had settled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.drift.curves import crossing_times, strays
from valuestats.drift.stances import ALL, Cube
from valuestats.statistics.clusters import BOOTSTRAP, JACKKNIFE, ClusterPlan, replicate_interval

Array = NDArray[np.float64]
MAGNITUDE, VARIATION = "magnitude", "total variation"
ONSET, SETTLING = "onset", "settling"
TIMES = (ONSET, SETTLING)


def times_of(
    cube: Cube,
    g: int,
    curves: Array,
    plan: ClusterPlan,
    share: float,
    level: float,
) -> tuple[list[dict[str, Any]], list[Array]]:
    """Onset and settling of each stance and of all."""
    units = cube.behind(g)
    # curves are resampled, not times: a time that jumps between steps has no jackknife
    drawn = plan.finish(curves[1:], curves[0], units, level).draws
    when, again = (
        crossing_times(_progress(x, curves[0]), cube.places, np.array([share, 1 - share]))
        for x in (curves[:1], drawn)
    )
    astray = strays(_progress(curves[:1], curves[0]))[0]
    again = _unsettled(again, cube)
    lower = upper = error = np.full(again.shape[1:], np.nan)
    if len(again):
        lower, upper, error = replicate_interval(again, level, units, plan.jackknife)
    name = "none" if np.isnan(lower).all() else JACKKNIFE if plan.jackknife else BOOTSTRAP
    found, kept = [], []
    for s, stance in enumerate([*cube.stances, ALL]):
        for k, measure in enumerate(TIMES):
            found.append(
                {
                    "measure": measure,
                    "stance": stance,
                    "estimate": float(when[0, s, k]),
                    "std_error": float(error[s, k]),
                    "lower": float(lower[s, k]),
                    "upper": float(upper[s, k]),
                    "level": level,
                    "interval": name,
                    "n_scored": int(cube.answered[g].sum()),
                    "n_asked": int(cube.answers[g].sum()),
                    "n_units": units,
                    "baseline": np.nan,
                    "p_value": np.nan,
                    "p_least": np.nan,
                    "astray": float(astray[s]),
                }
            )
            kept.append(again[:, s, k])
    return found, kept


def without_change(frame: pd.DataFrame, draws: list[Array], keys: list[str], level: float) -> None:
    """Take out the times of changes that can't be told from none."""
    whole = frame["measure"].isin([MAGNITUDE, VARIATION])
    moved = set(frame.loc[whole & (frame["p_adjusted"] < 1 - level), keys].itertuples(index=False, name=None))
    for row in np.flatnonzero(frame["measure"].isin(TIMES)):
        if tuple(frame.loc[row, keys]) not in moved:
            frame.loc[row, ["estimate", "std_error", "lower", "upper", "astray"]] = np.nan
            frame.loc[row, "interval"] = "none"
            draws[row] = np.full(len(draws[row]), np.nan)


def _progress(curves: Array, point: Array) -> Array:
    """How far each stance, and all, have gone the way of the point estimates, shape ``(rows, stances + 1, steps)``."""
    away = curves - curves[:, :1]
    way = np.sign(point[-1] - point[0])
    whole = (away * away[:, -1:]).sum(axis=-1, keepdims=True)
    return np.concatenate([away * way, whole], axis=-1).transpose(0, 2, 1)


def _unsettled(times: Array, cube: Cube) -> Array:
    """Times of replicates in which a share did not go its way: either end of the axis, in turn."""
    ends = np.where(np.arange(len(times)) % 2, cube.places[0], cube.places[-1])[:, None, None]
    return np.where(np.isnan(times), ends, times)
