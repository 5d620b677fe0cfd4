"""Whether shares of stances rise or fall along an axis, by clusters and by the order of the steps."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import permutations as orders
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.drift.flips import flip_share, flipped_sums
from valuestats.drift.replicates import replicates_tree
from valuestats.drift.shares import Sums, plan_of, response_change, sums_of
from valuestats.drift.stances import stance_cube
from valuestats.results.meta import make_meta
from valuestats.results.result import Result
from valuestats.statistics.clusters import few_warnings
from valuestats.statistics.multiplicity import Adjustment, adjusted_p
from valuestats.tables.responses import Responses

Array = NDArray[np.float64]
_WHOLE = 8
"""With up to so many steps all of their orders are looked at."""
CITATIONS = ("Cameron, Gelbach & Miller (2008)", "Fisher (1935), The Design of Experiments", "Holm (1979)")


@checked
def drift_trend(
    stances: pd.DataFrame | Responses,
    *,
    step: str = "step",
    steps: Sequence[str | float] | None = None,
    by: str | None = None,
    adjust: Adjustment | None = "holm",
    replicates: int = 2000,
    permutations: int = 9999,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""Slope of each stance's share along the axis, and two tests of none.

    Estimand: with :math:`x_t` the place of step t and :math:`p_{tk}` the share of stance k among its answers,

    .. math:: b_k = \frac{\sum_t (x_t - \bar x)\,p_{tk}}{\sum_t (x_t - \bar x)^2},

    the least-squares slope of the steps' shares per unit of the axis. ``p_value`` flips the signs of the clusters' parts of
    it: could clusters like these show such a slope though none is there? ``p_steps`` permutes the steps: would a random
    order of the same steps show it? The second sees noise that a step brings to all clusters at once (a checkpoint that is
    odd as a whole), the first does not; with few steps the second can't be small, as T steps have T! orders. Only what both
    reject is called a trend.

    Parameters
    ----------
    stances, step, steps, by
        As `valuestats.stance_drift` takes them; three steps are needed.
    adjust
        Adjustment of either p-value over the table.
    replicates, permutations, level, seed
        Of the bootstrap over clusters, of both tests, and of the intervals.

    Returns
    -------
    Result
        Kind ``"drift_trend"``, keys ``("stance",)`` or ``(by, "stance")``: ``estimate`` per unit of the axis, ``over`` (the
        change of the fitted line from the first step to the last), ``p_value``, ``p_steps``, ``p_adjusted`` (the greater of
        both, each adjusted), ``n_scored`` of ``n_asked`` answers, ``n_units`` clusters.

    Raises
    ------
    InputError
        As `valuestats.stance_drift`.
    SpecificationError
        Fewer than three steps, one stance only.

    References
    ----------
    Cameron, Gelbach and Miller (2008); Fisher (1935).

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"item": [1, 2, 3, 4] * 3, "step": [0] * 4 + [1] * 4 + [2] * 4,
    ...     "stance": ["no"] * 4 + ["yes", "yes", "no", "no"] + ["yes"] * 4})
    >>> drift_trend(frame, replicates=0).estimates[["stance", "estimate"]].to_numpy().tolist()
    [['no', -0.5], ['yes', 0.5]]
    """
    started = time.perf_counter()
    cube = stance_cube(stances, step, steps, by, least=3)
    rng = np.random.default_rng(seed)
    behind = np.array([cube.behind(g) for g in range(len(cube.groups))])
    plan, lot = plan_of(cube, behind, replicates, rng)
    away = cube.places - cube.places.mean()
    weight = away / (away @ away)
    order = _orders(weight, permutations, rng)
    rows: list[dict[str, Any]] = []
    draws: list[Array] = []
    response: dict[str, dict[str, float]] = {}
    for g, name in enumerate(cube.groups):
        sums = sums_of(cube, g, lot)
        slope = np.einsum("t,btk->bk", weight, sums.shares(plan.with_all))
        found = plan.finish(slope[1:], slope[0], behind[g], level, what=cube.unit)
        by_clusters, by_steps = _chances(sums, weight, order, permutations, rng)
        response[name] = response_change(sums, [0, len(cube.steps) - 1], permutations, rng)
        for k, stance in enumerate(cube.stances):
            known = bool(found.std_error[k] > 1e-15)
            rows.append(
                {
                    "estimand": "slope of a share",
                    **({} if by is None else {by: name}),
                    "stance": stance,
                    "estimate": float(slope[0, k]),
                    "std_error": float(found.std_error[k]) if known else np.nan,
                    "lower": float(found.lower[k]) if known else np.nan,
                    "upper": float(found.upper[k]) if known else np.nan,
                    "level": level,
                    "interval": str(found.interval[k]) if known else "none",
                    "over": float(slope[0, k] * (cube.places[-1] - cube.places[0])),
                    "n_scored": int(cube.answered[g].sum()),
                    "n_asked": int(cube.answers[g].sum()),
                    "n_units": int(behind[g]),
                    "p_value": by_clusters[k],
                    "p_steps": by_steps[k],
                }
            )
            draws.append(found.draws[:, k])
    frame = pd.DataFrame(rows)
    both = [frame[c].to_numpy(dtype=float) for c in ("p_value", "p_steps")]
    frame["p_adjusted"] = np.maximum(*(both if adjust is None else [adjusted_p(p, adjust) for p in both]))
    meta = make_meta(
        "least-squares slopes of shares, clusters resampled; flips of clusters and orders of the steps",
        {
            "step": step,
            "steps": list(cube.steps),
            "at": cube.places.tolist(),
            "stances": list(cube.stances),
            "by": by,
            "adjust": adjust,
            "level": level,
            "replicates": replicates,
            "permutations": permutations,
            "unit": cube.unit,
        },
        citations=CITATIONS,
        seed=seed,
        warnings=few_warnings(behind, cube.unit, jackknife=plan.jackknife) if replicates else [],
        seconds=time.perf_counter() - started,
        response=response,
    )
    keys = ("stance",) if by is None else (by, "stance")
    tree = replicates_tree(frame, keys, draws) if replicates else None
    return Result("drift_trend", frame, keys, meta, tree)


def _orders(weight: Array, permutations: int, rng: np.random.Generator) -> tuple[Array, bool]:
    """Weights of the steps in other orders, and whether these are all."""
    if len(weight) <= _WHOLE:
        return np.array(list(orders(weight))), True
    return rng.permuted(np.tile(weight, (permutations, 1)), axis=1), False


def _chances(
    sums: Sums, weight: Array, order: tuple[Array, bool], permutations: int, rng: np.random.Generator
) -> tuple[list[float], list[float]]:
    """P-values by flips of clusters, and by orders of the steps."""
    parts = np.einsum("t,ctk->ck", weight, sums.null_parts(sums.pooled()))
    flips, whole = flipped_sums(parts, permutations, rng)
    shares = sums.shares(np.ones((1, len(parts))))[0]
    slope = np.abs(weight @ shares)
    other, all_orders = order
    again = np.abs(other @ shares)
    # scaled, as slopes per unit of a long axis are small
    scale = 1.0 / np.abs(weight).sum()
    return (
        [flip_share(float(s) * scale, np.abs(flips[:, k]) * scale, whole) for k, s in enumerate(slope)],
        [flip_share(float(s) * scale, again[:, k] * scale, all_orders) for k, s in enumerate(slope)],
    )
