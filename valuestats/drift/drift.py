"""How far a distribution of stances drifts along an axis, and when."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.drift.apart import jensen_shannon_apart, total_variation_apart
from valuestats.drift.families import NEITHER, PRIMARY, SECONDARY, over_topics, within_topic
from valuestats.drift.flips import flip_share, flipped_sums
from valuestats.drift.published import published_drift
from valuestats.drift.replicates import replicates_tree
from valuestats.drift.shares import Sums, plan_of, response_change, sums_of
from valuestats.drift.stances import ALL, Cube, stance_cube
from valuestats.drift.times import MAGNITUDE, ONSET, SETTLING, TIMES, VARIATION, times_of, without_change
from valuestats.results.meta import make_meta
from valuestats.results.result import Result
from valuestats.statistics.clusters import ClusterPlan, few_warnings
from valuestats.statistics.multiplicity import Adjustment, least_flip_p
from valuestats.statistics.ratios import ratio
from valuestats.tables.responses import Responses

Array = NDArray[np.float64]
DIVERGENCE, AVERAGE = "Jensen-Shannon", "mean"
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
    values: Mapping[str, float] | None = None,
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

    Of stances that are numbers (the codes of an answer scale) the change of the mean stands beside it,
    :math:`\sum_k v_k M_k`.

    **One test per topic.** Shares add up to 1, and total variation and divergence are functions of them, so that they are
    not so many tests: the primary one is of the mean where stances are numbers, else of total variation, adjusted over
    the groups. The others are secondary (column ``test``): each measure is adjusted over the groups for itself; shares
    are held together within their group by the largest of them (Westfall and Young 1993), and none is told before the
    total variation of its group is.

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
        Its values in order; numbers and dates (2024-03, 2024-03-15) are sorted where omitted. Dates lie one step apart.
    by
        Column whose values drift one by one (models, topics).
    values
        Numbers of the stances; their names where these are numbers. ``{}``: codes are names only.
    share
        Part of the way at which a change has set in, or is left to go when it has settled; below .5.
    compat
        ``"published"``: the rules of Bhatia et al. (2025): magnitude, and drift time as the number of steps until the
        share first enters the 95% interval of its extremum, over all steps. Known faults: a wide interval holds the first
        step, so that few items give a time of 0; items are taken as independent; no interval, no test.
    adjust
        Adjustment of the p-values, see above.
    replicates, permutations, level, seed
        Of the bootstrap over clusters, the sign flips and the intervals.

    Returns
    -------
    Result
        Kind ``"stance_drift"``, keys ``("measure", "stance")`` or ``(by, "measure", "stance")``, with ``first`` and
        ``last`` (shares), ``among_both`` (of the mean: its change among the items that took a stance at both ends, which
        other items answering does not move), ``baseline``, ``astray`` (of times: how far the shares stray from the monotone
        curve, as a part of the way), ``p_value``, ``p_adjusted``, ``p_least`` (what that could be at least), ``test``
        (primary, secondary), ``n_scored`` of ``n_asked`` answers at both ends (for times all steps), ``n_units`` clusters.
        ``meta["response"]`` has the response rate at both ends.

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
    cube = stance_cube(stances, step, steps, by, values=values)
    spec = {
        "step": step,
        "steps": list(cube.steps),
        "at": cube.places.tolist(),
        "stances": list(cube.stances),
        "values": None if cube.numbers is None else cube.numbers.tolist(),
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
    _adjusted(frame, pd.Series("" if by is None else frame[by], index=frame.index), adjust, cube)
    without_change(frame, draws, [*([by] if by else []), "stance"], level)
    frame.insert(0, "estimand", frame["measure"].map(_ESTIMANDS))
    keys = ("measure", "stance") if by is None else (by, "measure", "stance")
    front = ["estimand", *keys, "estimate", "std_error", "lower", "upper"]
    frame = frame[[*front, *(c for c in frame.columns if c not in front)]]
    meta = make_meta(
        "change of shares from the first step to the last, clusters resampled",
        spec,
        citations=CITATIONS,
        seed=seed,
        warnings=[*cube.notes, *_notes(frame, cube, plan, behind)],
        seconds=time.perf_counter() - started,
        response=response,
    )
    tree = replicates_tree(frame, keys, draws) if replicates else None
    return Result("stance_drift", frame, keys, meta, tree)


_ESTIMANDS = {
    MAGNITUDE: "change of a share",
    AVERAGE: "change of the mean stance",
    VARIATION: "total variation",
    DIVERGENCE: "Jensen-Shannon divergence (bits)",
    ONSET: "when the change had set in",
    SETTLING: "when the change had settled",
}


def _adjusted(frame: pd.DataFrame, topic: pd.Series, adjust: Adjustment | None, cube: Cube) -> None:
    """Adjust the tests of a table in place: one primary per topic, the others beside it."""
    measure, share = frame["measure"], (frame["measure"] == MAGNITUDE).to_numpy()
    first = VARIATION if cube.numbers is None else AVERAGE
    frame["test"] = np.where(measure == first, PRIMARY, np.where(measure.isin(TIMES), NEITHER, SECONDARY))
    kinds = measure.where(measure.isin([AVERAGE, VARIATION, DIVERGENCE]))
    for raw, together, to in (("p_value", "p_within", "p_adjusted"), ("p_least", "p_least", "p_least")):
        whole = over_topics(frame[raw].to_numpy(dtype=float), kinds, adjust)
        gate = topic.map(dict(zip(topic[measure == VARIATION], whole[measure == VARIATION], strict=True)))
        own = frame[raw if adjust is None else together].to_numpy(dtype=float)
        own = own if adjust is None else np.maximum(own, gate.to_numpy(dtype=float))
        frame[to] = np.where(share, own, whole)
    del frame["p_within"]


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
        "p_least": least_flip_p(units, permutations),
    }
    parts = sums.null_parts(_pooled(sums, ends))
    moved_parts = parts[:, -1] - parts[:, 0]
    flips, whole = flipped_sums(moved_parts, permutations, rng)
    moved = last - first
    found = plan.finish(moved[1:], moved[0], units, level, within=(-1.0, 1.0), what=cube.unit)
    rows, draws = [], []
    together = within_topic(moved[0], flips, whole)
    if cube.numbers is not None:
        row, drawn = _mean_row(cube, g, first, last, flips, whole, plan, units, level)
        rows.append(common | row)
        draws.append(drawn)
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
                "p_within": float(together[k]),
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
        more, later = times_of(cube, g, curves, plan, share, level)
        rows, draws = rows + more, draws + later
    return rows, draws


def _mean_row(
    cube: Cube,
    g: int,
    first: Array,
    last: Array,
    flips: Array,
    whole: bool,
    plan: ClusterPlan,
    units: int,
    level: float,
) -> tuple[dict[str, Any], Array]:
    """Change of the mean of stances that are numbers."""
    numbers = np.asarray(cube.numbers)
    before, after = first @ numbers, last @ numbers
    moved, reach = after - before, float(np.ptp(numbers))
    found = plan.finish(moved[1:], moved[0], units, level, within=(-reach, reach), what=cube.unit)
    known = bool(found.std_error > 1e-12)
    row = {
        "measure": AVERAGE,
        "stance": ALL,
        "estimate": float(moved[0]),
        "std_error": float(found.std_error) if known else np.nan,
        "lower": float(found.lower) if known else np.nan,
        "upper": float(found.upper) if known else np.nan,
        "interval": str(found.interval) if known else "none",
        "first": float(before[0]),
        "last": float(after[0]),
        "among_both": _among_both(cube, g),
        "baseline": 0.0,
        "p_value": flip_share(abs(float(moved[0])), np.abs(flips @ numbers), whole),
    }
    return row, found.draws


def _among_both(cube: Cube, g: int) -> float:
    """Change of the mean among the items that took a stance at both ends, each by how much of it answered at either."""
    ends = [0, len(cube.steps) - 1]
    given = cube.given[g][:, ends]
    both = given.min(axis=1)
    means = np.nan_to_num(ratio(cube.taken[g][:, ends], given[..., None])) @ np.asarray(cube.numbers)
    return float(ratio(((means[:, 1] - means[:, 0]) * both).sum(), both.sum()))


def _pooled(sums: Sums, ends: list[int]) -> Array:
    """Shares over both ends."""
    return Sums(sums.taken[:, ends], sums.given[:, ends], sums.asked[:, ends]).pooled()


def _near_divergence(moved: Array, base: Array) -> Array:
    """Jensen-Shannon divergence (bits) of a small change about `base`: its second-order term."""
    scale = np.divide(1.0, 8 * base * np.log(2), out=np.zeros(len(base)), where=base > 0)
    return np.asarray((moved**2) @ scale)


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
