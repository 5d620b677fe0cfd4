"""Whether shares of stances rise or fall along an axis, by clusters and by the order of the steps."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from itertools import permutations as orders
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.drift.families import PRIMARY, SECONDARY, gated, least_order_p, over_topics, within_topic
from valuestats.drift.flips import flip_share, flipped_sums
from valuestats.drift.replicates import replicates_tree
from valuestats.drift.shares import Sums, plan_of, response_change, sums_of
from valuestats.drift.stances import MEAN, stance_cube
from valuestats.results.meta import make_meta
from valuestats.results.result import Result
from valuestats.statistics.clusters import few_warnings
from valuestats.statistics.multiplicity import Adjustment, least_flip_p
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
    values: Mapping[str, float] | None = None,
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
    odd as a whole), the first does not; with few steps the second can't be small, as T steps have T! orders: four steps or
    fewer are no test at level .95. Only what both reject is called a trend.

    Of stances that are numbers the slope of the mean stands first (stance ``"mean stance"``), and is the one primary test
    of a group, adjusted over groups. Slopes of shares, which add up to 0, are held together within their group by the
    largest of them (Westfall and Young 1993), and over groups by the surest of each: primary of stances that are names,
    else secondary.

    Parameters
    ----------
    stances, step, steps, by, values
        As `valuestats.stance_drift` takes them; three steps are needed.
    adjust
        Adjustment of either p-value over groups, see above.
    replicates, permutations, level, seed
        Of the bootstrap over clusters, of both tests, and of the intervals.

    Returns
    -------
    Result
        Kind ``"drift_trend"``, keys ``("stance",)`` or ``(by, "stance")``: ``estimate`` per unit of the axis, ``over``
        (the change of the fitted line from the first step to the last), ``p_value``, ``p_steps``, ``p_adjusted`` (the
        greater of both, each adjusted), ``p_least`` (what that could be at least), ``test`` (primary, secondary),
        ``n_scored`` of ``n_asked`` answers, ``n_units`` clusters.

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
    cube = stance_cube(stances, step, steps, by, least=3, values=values)
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
        names = list(cube.stances)
        if cube.numbers is not None:
            slope = np.concatenate([(slope @ cube.numbers)[:, None], slope], axis=1)
            names = [MEAN, *names]
        found = plan.finish(slope[1:], slope[0], behind[g], level, what=cube.unit)
        chances = _chances(sums, cube.numbers, weight, order, permutations, rng)
        response[name] = response_change(sums, [0, len(cube.steps) - 1], permutations, rng)
        for k, stance in enumerate(names):
            known = bool(found.std_error[k] > 1e-15)
            rows.append(
                {
                    "estimand": "slope of the mean stance" if stance == MEAN else "slope of a share",
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
                    **{name: float(p[k]) for name, p in chances.items()},
                    "least_flips": least_flip_p(int(behind[g]), permutations),
                    "least_orders": least_order_p(weight, permutations, order[1]),
                }
            )
            draws.append(found.draws[:, k])
    frame = pd.DataFrame(rows)
    _adjusted(frame, pd.Series("" if by is None else frame[by], index=frame.index), adjust)
    meta = make_meta(
        "least-squares slopes of shares, clusters resampled; flips of clusters and orders of the steps",
        {
            "step": step,
            "steps": list(cube.steps),
            "at": cube.places.tolist(),
            "stances": list(cube.stances),
            "values": None if cube.numbers is None else cube.numbers.tolist(),
            "by": by,
            "adjust": adjust,
            "level": level,
            "replicates": replicates,
            "permutations": permutations,
            "unit": cube.unit,
        },
        citations=CITATIONS,
        seed=seed,
        warnings=[
            *cube.notes,
            *(few_warnings(behind, cube.unit, jackknife=plan.jackknife) if replicates else []),
        ],
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


def _adjusted(frame: pd.DataFrame, topic: pd.Series, adjust: Adjustment | None) -> None:
    """Adjust both tests in place, and take the greater: the mean over topics, shares within and over topics."""
    mean = (frame["stance"] == MEAN).to_numpy()
    frame["test"] = np.where(mean | (not mean.any()), PRIMARY, SECONDARY)
    kind = frame["stance"].where(mean)
    for to, columns in (
        ("p_adjusted", (("p_value", "within_clusters"), ("p_steps", "within_steps"))),
        ("p_least", (("least_flips", "least_flips"), ("least_orders", "least_orders"))),
    ):
        found = []
        for raw, together in columns:
            p = frame[raw].to_numpy(dtype=float)
            shares = (
                p if adjust is None else gated(frame[together].to_numpy(dtype=float), topic, ~mean, adjust)
            )
            found.append(np.where(mean, over_topics(p, kind, adjust), shares))
        frame[to] = np.maximum(*found)
    for column in ("within_clusters", "within_steps", "least_flips", "least_orders"):
        del frame[column]


def _chances(
    sums: Sums,
    numbers: Array | None,
    weight: Array,
    order: tuple[Array, bool],
    permutations: int,
    rng: np.random.Generator,
) -> dict[str, Array]:
    """P-values by flips of clusters and by orders of the steps, each alone and the shares' held together."""
    parts = np.einsum("t,ctk->ck", weight, sums.null_parts(sums.pooled()))
    flips, whole = flipped_sums(parts, permutations, rng)
    shares = sums.shares(np.ones((1, len(parts))))[0]
    other, all_orders = order
    # scaled, as slopes per unit of a long axis are small
    scale = 1.0 / np.abs(weight).sum()
    found = {}
    for name, together, again, full in (
        ("p_value", "within_clusters", flips, whole),
        ("p_steps", "within_steps", other @ shares, all_orders),
    ):
        slope, drawn = (weight @ shares) * scale, again * scale
        within = within_topic(slope, drawn, full)
        if numbers is not None:
            slope, drawn = np.r_[slope @ numbers, slope], np.column_stack([drawn @ numbers, drawn])
            within = np.r_[np.nan, within]
        found[name] = np.array(
            [flip_share(abs(float(s)), np.abs(drawn[:, k]), full) for k, s in enumerate(slope)]
        )
        found[together] = within
    return found
