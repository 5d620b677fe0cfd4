"""How far a distribution of stances drifts along an axis, and when."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.drift.apart import jensen_shannon_apart, total_variation_apart
from valuestats.drift.curves import crossing_times, strays
from valuestats.drift.flips import flip_share, flipped_sums
from valuestats.drift.published import published_drift
from valuestats.drift.replicates import replicates_tree
from valuestats.drift.shares import Sums, plan_of, response_change, sums_of
from valuestats.drift.stances import ALL, Cube, stance_cube
from valuestats.results.meta import make_meta
from valuestats.results.result import Result
from valuestats.statistics.clusters import BOOTSTRAP, JACKKNIFE, ClusterPlan, few_warnings, replicate_interval
from valuestats.statistics.multiplicity import Adjustment, adjusted_p
from valuestats.tables.responses import Responses

Array = NDArray[np.float64]
MAGNITUDE, VARIATION, DIVERGENCE = "magnitude", "total variation", "Jensen-Shannon"
ONSET, SETTLING = "onset", "settling"
TIMES = (ONSET, SETTLING)
CITATIONS = (
    "Bhatia et al. (2025), Value Drifts",
    "Lin (1991), IEEE Transactions on Information Theory 37",
    "Chernozhukov, Lee & Rosen (2013), Econometrica 81",
    "Robertson, Wright & Dykstra (1988)",
    "Holm (1979)",
)


@checked
def stance_drift(
    stances: pd.DataFrame | Responses,
    *,
    step: str = "step",
    steps: Sequence[str | float] | None = None,
    by: str | None = None,
    share: float = 0.1,
    compat: Literal["published"] | None = None,
    adjust: Adjustment | None = "holm",
    replicates: int = 2000,
    permutations: int = 9999,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""How far the stances have moved from the first step to the last, and when they did.

    Estimand: with :math:`p_{tk}` the share of stance k among the answers at step t that took any stance,

    .. math:: M_k = p_{Tk} - p_{1k}, \qquad \mathrm{TV} = \tfrac12\sum_k |M_k|, \qquad
              \mathrm{JS} = \mathrm{H}\bigl(\tfrac{p_1 + p_T}{2}\bigr) - \tfrac{\mathrm{H}(p_1) + \mathrm{H}(p_T)}{2}

    (magnitude; total variation; Jensen-Shannon divergence, in bits). Onset is when the monotone curve closest to
    :math:`p_{tk}` has gone `share` of its way, settling when all but `share`, both linear between steps and on the axis'
    own scale; for all stances together of the progress :math:`\sum_k (p_{tk}-p_{1k})M_k`. Times need three steps, and a
    change that can be told from none (adjusted p-value): where there is no change there is no time of it.

    Answers that took no stance do not count here; `valuestats.response_drift` tells them apart from a change of stance.
    Each item counts as one answer, repeats averaged; intervals resample the items' clusters. P-values flip the signs of the
    clusters' parts of the change, of total variation and divergence as well, whose ``baseline`` is what flips give.

    Parameters
    ----------
    stances
        One row per answer: ``item``, the step, ``stance`` (null where none was taken; a categorical keeps its order);
        optionally ``cluster`` (the topic or question of the item), ``epoch`` and `by`. With ``share``, rows are parts of one
        answer: a judge's or the model's own probabilities; what they leave of 1 took no stance. Or `Responses`.
    step
        Column of the axis: checkpoints, versions, doses.
    steps
        Its values in order; numbers are sorted where omitted.
    by
        Column whose values drift one by one (models, topics).
    share
        Part of the way at which a change has set in, or is left to go when it has settled; below .5.
    compat
        ``"published"``: the rules of Bhatia et al. (2025): magnitude, and drift time as the number of steps until the
        share first enters the 95% interval of its extremum, over all steps. Known faults: a wide interval holds the first
        step, so that few items give a time of 0; items are taken as independent; no interval, no test.
    adjust
        Adjustment of the p-values over all of the table.
    replicates, permutations, level, seed
        Of the bootstrap over clusters, the sign flips and the intervals.

    Returns
    -------
    Result
        Kind ``"stance_drift"``, keys ``("measure", "stance")`` or ``(by, "measure", "stance")``, with ``first`` and
        ``last`` (shares), ``baseline``, ``astray`` (of times: how far the shares stray from the monotone curve, as a part of
        the way), ``p_value``, ``p_adjusted``, ``n_scored`` of ``n_asked`` answers at both ends (for times at all steps),
        ``n_units`` clusters. ``meta["response"]`` has the response rate at both ends.

    Raises
    ------
    InputError
        A missing column, a null identifier, a share beyond [0, 1]; with the row.
    SpecificationError
        One step, a step that is missing, of unknown order, one stance only, `share` from .5 on.

    References
    ----------
    Bhatia et al. (2025); Lin (1991); Chernozhukov, Lee and Rosen (2013); Robertson, Wright and Dykstra (1988).

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"item": [1, 2, 3, 4, 5] * 2, "step": [0] * 5 + [100] * 5,
    ...     "stance": ["oppose", "oppose", "oppose", "support", "support", "support", "support"] + ["support"] * 3})
    >>> found = stance_drift(frame, replicates=50).estimates.set_index(["measure", "stance"])["estimate"]
    >>> float(found["magnitude", "support"].round(2)), float(found["total variation", "all"].round(2))
    (0.6, 0.6)
    """
    started = time.perf_counter()
    if not share < 0.5:
        raise SpecificationError(
            "a change settles after it has set in", parameter="share", got=share, expected="below .5"
        )
    cube = stance_cube(stances, step, steps, by)
    spec = {
        "step": step,
        "steps": list(cube.steps),
        "at": cube.places.tolist(),
        "stances": list(cube.stances),
        "by": by,
        "share": share,
        "compat": compat,
        "adjust": adjust,
        "level": level,
        "replicates": replicates,
        "permutations": permutations,
        "unit": cube.unit,
    }
    if compat == "published":
        return published_drift(cube, spec, by, level, started)
    rng = np.random.default_rng(seed)
    behind = np.array([cube.behind(g, 0, -1) for g in range(len(cube.groups))])
    plan, lot = plan_of(cube, behind, replicates, rng)
    rows: list[dict[str, Any]] = []
    draws: list[Array] = []
    response: dict[str, dict[str, float]] = {}
    for g, name in enumerate(cube.groups):
        sums = sums_of(cube, g, lot)
        found, drawn = _group(cube, g, sums, plan, int(behind[g]), share, permutations, level, rng)
        rows += [{**({} if by is None else {by: name}), **row} for row in found]
        draws += drawn
        response[name] = response_change(sums, [0, len(cube.steps) - 1], permutations, rng)
    frame = pd.DataFrame(rows)
    raw = frame["p_value"].to_numpy(dtype=float)
    frame["p_adjusted"] = raw if adjust is None else adjusted_p(raw, adjust)
    _without_change(frame, draws, [*([by] if by else []), "stance"], level)
    frame.insert(0, "estimand", frame["measure"].map(_ESTIMANDS))
    keys = ("measure", "stance") if by is None else (by, "measure", "stance")
    front = ["estimand", *keys, "estimate", "std_error", "lower", "upper"]
    frame = frame[[*front, *(c for c in frame.columns if c not in front)]]
    meta = make_meta(
        "change of shares from the first step to the last, clusters resampled",
        spec,
        citations=CITATIONS,
        seed=seed,
        warnings=_notes(frame, cube, plan, behind),
        seconds=time.perf_counter() - started,
        response=response,
    )
    tree = replicates_tree(frame, keys, draws) if replicates else None
    return Result("stance_drift", frame, keys, meta, tree)


_ESTIMANDS = {
    MAGNITUDE: "change of a share",
    VARIATION: "total variation",
    DIVERGENCE: "Jensen-Shannon divergence (bits)",
    ONSET: "when the change had set in",
    SETTLING: "when the change had settled",
}


def _group(
    cube: Cube,
    g: int,
    sums: Sums,
    plan: ClusterPlan,
    units: int,
    share: float,
    permutations: int,
    level: float,
    rng: np.random.Generator,
) -> tuple[list[dict[str, Any]], list[Array]]:
    """Rows of one group, and the replicates of each."""
    curves = sums.shares(plan.with_all)
    first, last = curves[:, 0], curves[:, -1]
    ends = [0, len(cube.steps) - 1]
    common = {
        "level": level,
        "n_scored": int(cube.answered[g][:, ends].sum()),
        "n_asked": int(cube.answers[g][:, ends].sum()),
        "n_units": units,
    }
    parts = sums.null_parts(_pooled(sums, ends))
    moved_parts = parts[:, -1] - parts[:, 0]
    flips, whole = flipped_sums(moved_parts, permutations, rng)
    moved = last - first
    found = plan.finish(moved[1:], moved[0], units, level, within=(-1.0, 1.0), what=cube.unit)
    rows, draws = [], []
    for k, stance in enumerate(cube.stances):
        known = found.std_error[k] > 1e-12
        rows.append(
            common
            | {
                "measure": MAGNITUDE,
                "stance": stance,
                "estimate": float(moved[0, k]),
                "std_error": float(found.std_error[k]) if known else np.nan,
                "lower": float(found.lower[k]) if known else np.nan,
                "upper": float(found.upper[k]) if known else np.nan,
                "interval": str(found.interval[k]) if known else "none",
                "first": float(first[0, k]),
                "last": float(last[0, k]),
                "baseline": 0.0,
                "p_value": flip_share(abs(moved[0, k]), np.abs(flips[:, k]), whole),
            }
        )
        draws.append(found.draws[:, k])
    base = (first[0] + last[0]) / 2
    for measure, work, chance in (
        (VARIATION, total_variation_apart, 0.5 * np.abs(flips).sum(axis=1)),
        (DIVERGENCE, jensen_shannon_apart, _near_divergence(flips, base)),
    ):
        one = work(first, last, plan, units, level)
        seen = one.estimate if measure == VARIATION else float(_near_divergence(moved[:1], base)[0])
        ended = np.isfinite(one.lower)
        rows.append(
            common
            | {
                "measure": measure,
                "stance": ALL,
                "estimate": one.estimate,
                "std_error": one.std_error,
                "lower": one.lower,
                "upper": one.upper,
                "interval": "simultaneous bounds" if ended else "none",
                "baseline": float(chance.mean()),
                "p_value": flip_share(seen, chance, whole),
            }
        )
        draws.append(one.draws)
    if len(cube.steps) > 2:
        more, drawn = _times(cube, g, curves, plan, share, level)
        rows, draws = rows + more, draws + drawn
    return rows, draws


def _pooled(sums: Sums, ends: list[int]) -> Array:
    """Shares over both ends."""
    return Sums(sums.taken[:, ends], sums.given[:, ends], sums.asked[:, ends]).pooled()


def _near_divergence(moved: Array, base: Array) -> Array:
    """Jensen-Shannon divergence (bits) of a small change about `base`: its second-order term."""
    scale = np.divide(1.0, 8 * base * np.log(2), out=np.zeros(len(base)), where=base > 0)
    return np.asarray((moved**2) @ scale)


def _times(
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
                    "astray": float(astray[s]),
                }
            )
            kept.append(again[:, s, k])
    return found, kept


def _without_change(frame: pd.DataFrame, draws: list[Array], keys: list[str], level: float) -> None:
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


def _notes(frame: pd.DataFrame, cube: Cube, plan: ClusterPlan, behind: NDArray[np.int64]) -> list[str]:
    notes = few_warnings(behind, cube.unit, jackknife=plan.jackknife) if plan.replicates else []
    if len(cube.steps) < 3:
        notes.append("two steps say how far, not when: no onset or settling")
    lost = frame["measure"].isin(TIMES) & frame["estimate"].isna()
    if lost.any():
        notes.append(
            f"{int(lost.sum())} of {int(frame['measure'].isin(TIMES).sum())} times belong to a change that can't be told "
            "from none, and are not given"
        )
    return notes
