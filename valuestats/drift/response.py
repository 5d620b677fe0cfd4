"""Whether answers came, apart from what they said: refusal drift is not opinion drift."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.drift.families import NEITHER, PRIMARY, SECONDARY, gated, over_topics, within_topic
from valuestats.drift.flips import flip_share, flipped_sums
from valuestats.drift.replicates import replicates_tree
from valuestats.drift.shares import Sums, added, plan_of, response_change, weighted
from valuestats.drift.stances import ALL, Cube, stance_cube
from valuestats.results.meta import make_meta
from valuestats.results.result import Result
from valuestats.statistics.clusters import ClusterPlan, few_warnings
from valuestats.statistics.multiplicity import Adjustment, least_flip_p
from valuestats.statistics.ratios import ratio
from valuestats.tables.responses import Responses

Array = NDArray[np.float64]
RATE, CHANGED, AVERAGE = "response rate", "changed", "mean"
TOTAL, RESPONSE, OPINION, SELECTION = "total", "response", "opinion", "who answers"
CITATIONS = (
    "Kitagawa (1955), Journal of the American Statistical Association 50",
    "Chen, Zaharia & Zou (2023), How Is ChatGPT's Behavior Changing over Time?",
    "Holm (1979)",
)


@checked
def response_drift(
    stances: pd.DataFrame | Responses,
    *,
    step: str = "step",
    first: str | float | None = None,
    last: str | float | None = None,
    steps: Sequence[str | float] | None = None,
    by: str | None = None,
    values: Mapping[str, float] | None = None,
    adjust: Adjustment | None = "holm",
    replicates: int = 2000,
    permutations: int = 9999,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""What changed between two steps: whether answers came, who gave them, or what they said.

    Estimand: of all answers asked for at step t a share :math:`r_t` took a stance, and a share :math:`q_{tk}=r_t p_{tk}`
    stance k. The change of q is, without remainder (Kitagawa 1955),

    .. math:: q_{1k} - q_{0k} = \underbrace{(r_1 - r_0)\tfrac{p_{0k}+p_{1k}}{2}}_{\text{response}}
              + \underbrace{\tfrac{r_0+r_1}{2}\,(p^B_{1k} - p^B_{0k})}_{\text{opinion}}
              + \underbrace{\tfrac{r_0+r_1}{2}\,\bigl[(p_{1k}-p_{0k}) - (p^B_{1k}-p^B_{0k})\bigr]}_{\text{who answers}}

    with :math:`p^B` the shares among items that both steps answered, each weighing by the smaller of its two response rates.
    Beside these parts stand the change of the response rate, and ``changed``: how likely two answers of such an item, one of
    each step, take another stance. Where an item is asked once at each step that is the share of changed answers; with
    repeats its ``baseline`` is how often repeats at one step differ: answers change where nothing did, so that ``changed``
    says nothing without it. Of stances that are numbers ``mean`` is the change of their mean among what both answered,
    :math:`\sum_k v_k (p^B_{1k} - p^B_{0k})`. What was said by who no longer answers is not known;
    nothing here imputes it.

    Parameters
    ----------
    stances, step, steps, by, values
        As `valuestats.stance_drift` takes them; one stance is enough here.
    first, last
        Two steps; the first and the last where omitted.
    adjust
        Adjustment of the p-values: of response rates over the groups; of opinions by one primary test per group, of the mean
        where stances are numbers, else of the share that moved most, adjusted over the groups; shares are held together
        within their group by the largest of them.
    replicates, permutations, level, seed
        Of the bootstrap over clusters, the sign flips and the intervals.

    Returns
    -------
    Result
        Kind ``"response_drift"``, keys ``("part", "stance")`` or ``(by, "part", "stance")``: rows for the response rate
        and for what changed (stance ``"all"``), and for each stance and part; ``first`` and ``last`` values,
        ``baseline``, ``p_value`` (sign flips of clusters; none for the parts that are not linear), ``p_adjusted``,
        ``p_least``, ``test``, ``n_scored`` of ``n_asked`` answers, ``n_units`` clusters.

    Raises
    ------
    InputError
        As `valuestats.stance_drift`.
    SpecificationError
        One step, two times the same, a step that is missing, no item that both answered.

    References
    ----------
    Kitagawa (1955); Chen, Zaharia and Zou (2023).

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"item": [1, 2, 3, 4] * 2, "step": [0] * 4 + [1] * 4,
    ...     "stance": ["yes", "no", "no", "yes", "yes", "no", None, None]})
    >>> found = response_drift(frame, replicates=0).estimates.set_index(["part", "stance"])["estimate"]
    >>> float(found["response rate", "all"]), float(found["changed", "all"]), float(found["response", "no"])
    (-0.5, 0.0, -0.25)
    """
    started = time.perf_counter()
    cube = stance_cube(stances, step, steps, by, several=False, values=values)
    ends = _ends(cube, first, last)
    rng = np.random.default_rng(seed)
    given = cube.given[:, :, ends]
    behind = np.array([len(np.unique(cube.member[x.any(axis=1)])) for x in cube.asked[:, :, ends]])
    plan, lot = plan_of(cube, behind, replicates, rng)
    rows: list[dict[str, Any]] = []
    draws: list[Array] = []
    for g, name in enumerate(cube.groups):
        found, drawn = _group(cube, g, ends, given[g], lot, plan, permutations, level, rng)
        rows += [{**({} if by is None else {by: name}), **row} for row in found]
        draws += drawn
    frame = pd.DataFrame(rows)
    _adjusted(frame, pd.Series("" if by is None else frame[by], index=frame.index), adjust, permutations)
    frame.insert(0, "estimand", frame["part"].map(_ESTIMANDS))
    meta = make_meta(
        "change of response and of stance (Kitagawa 1955), clusters resampled",
        {
            "step": step,
            "first": cube.steps[ends[0]],
            "last": cube.steps[ends[1]],
            "by": by,
            "stances": list(cube.stances),
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
    )
    keys = ("part", "stance") if by is None else (by, "part", "stance")
    return Result(
        "response_drift", frame, keys, meta, replicates_tree(frame, keys, draws) if replicates else None
    )


_ESTIMANDS = {
    RATE: "change of the response rate",
    CHANGED: "answers that take another stance",
    AVERAGE: "change of the mean stance, among what both answered",
    TOTAL: "change of the share of all asked",
    RESPONSE: "part of response",
    OPINION: "part of opinion, among what both answered",
    SELECTION: "part of who answers",
}


def _adjusted(frame: pd.DataFrame, topic: pd.Series, adjust: Adjustment | None, permutations: int) -> None:
    """Adjust in place: response rates and means over topics, shares of opinion within and over topics."""
    part, ordered = frame["part"], bool((frame["part"] == AVERAGE).any())
    share = (part == OPINION).to_numpy()
    first = AVERAGE if ordered else OPINION
    tested = part.isin([RATE, AVERAGE, OPINION])
    frame["test"] = np.where(part.isin([RATE, first]), PRIMARY, np.where(tested, SECONDARY, NEITHER))
    frame["p_least"] = [
        least_flip_p(int(n), permutations) if t else np.nan
        for n, t in zip(frame["n_units"], tested, strict=True)
    ]
    kind = part.where(part.isin([RATE, AVERAGE]))
    for raw, together, to in (("p_value", "p_within", "p_adjusted"), ("p_least", "p_least", "p_least")):
        p = frame[raw].to_numpy(dtype=float)
        own = p if adjust is None else gated(frame[together].to_numpy(dtype=float), topic, share, adjust)
        frame[to] = np.where(share, own, over_topics(p, kind, adjust))
    del frame["p_within"]


def _ends(cube: Cube, first: object, last: object) -> list[int]:
    found = []
    for name, wanted, default in (("first", first, 0), ("last", last, len(cube.steps) - 1)):
        if wanted is not None and str(wanted) not in cube.steps:
            raise SpecificationError(
                "no such step", parameter=name, got=wanted, expected=", ".join(cube.steps)
            )
        found.append(default if wanted is None else cube.steps.index(str(wanted)))
    if found[0] == found[1]:
        raise SpecificationError(
            "a step can't be held against itself",
            parameter="last",
            got=cube.steps[found[1]],
            expected="another step",
        )
    return found


def _group(
    cube: Cube,
    g: int,
    ends: list[int],
    given: Array,
    lot: NDArray[np.int64],
    plan: ClusterPlan,
    permutations: int,
    level: float,
    rng: np.random.Generator,
) -> tuple[list[dict[str, Any]], list[Array]]:
    taken, asked = cube.taken[g][:, ends], cube.asked[g][:, ends].astype(float)
    own = ratio(taken, given[..., None])
    both = given.min(axis=1)
    seen = both > 0
    if not seen.any():
        raise SpecificationError(
            "no item was answered at both steps",
            parameter="stances",
            got=f"group {cube.groups[g]}",
            expected="one item or more that took a stance at both",
        )
    n = plan.weights.shape[1]
    weights = plan.with_all
    sums = {
        "taken": taken,
        "given": given,
        "asked": asked,
        "matched": np.where(seen[:, None, None], own, 0.0) * both[:, None, None],
        "both": both,
        "unlike": np.where(seen, 1.0 - np.nan_to_num(own[:, 0] * own[:, 1]).sum(axis=1), 0.0) * both,
    }
    total = {name: weighted(weights, added(lot, value, n)) for name, value in sums.items()}
    rate = ratio(total["given"], total["asked"])
    shares = ratio(total["taken"], total["given"][..., None])
    matched = ratio(total["matched"], total["both"][:, None, None])
    middle = rate.mean(axis=1)[:, None]
    moved, same = shares[:, 1] - shares[:, 0], matched[:, 1] - matched[:, 0]
    of_all = ratio(total["taken"], total["asked"][..., None])
    parts = {
        TOTAL: of_all[:, 1] - of_all[:, 0],
        RESPONSE: (rate[:, 1] - rate[:, 0])[:, None] * shares.mean(axis=1),
        OPINION: middle * same,
        SELECTION: middle * (moved - same),
    }
    counts = {
        "n_scored": int(cube.answered[g][:, ends].sum()),
        "n_asked": int(cube.answers[g][:, ends].sum()),
        "level": level,
    }
    of_both = {
        **counts,
        "n_scored": int(cube.answered[g][seen][:, ends].sum()),
        "n_units": len(np.unique(cube.member[seen])),
    }
    counts["n_units"] = len(np.unique(cube.member[asked.any(axis=1)]))
    of_steps = Sums(*(added(lot, x, n) for x in (taken, given, asked)))
    chance = response_change(of_steps, [0, 1], permutations, rng)["p_value"]
    opinions, together, mean_chance = _opinion_chances(
        sums["matched"], cube.numbers, lot, n, permutations, rng
    )
    rows, draws = [], []

    def add(part: str, stance: str, value: Array, row: dict[str, Any], within: tuple[float, float]) -> None:
        found = plan.finish(value[1:], value[0], row["n_units"], level, within=within, what=cube.unit)
        known = bool(found.std_error > 1e-12)
        rows.append(
            {"part": part, "stance": stance, "estimate": float(value[0])}
            | {
                "std_error": float(found.std_error) if known else np.nan,
                "lower": float(found.lower) if known else np.nan,
                "upper": float(found.upper) if known else np.nan,
                "interval": str(found.interval) if known else "none",
            }
            | row
        )
        draws.append(found.draws)

    add(
        RATE,
        ALL,
        rate[:, 1] - rate[:, 0],
        counts | {"first": rate[0, 0], "last": rate[0, 1], "baseline": 0.0, "p_value": chance},
        (-1.0, 1.0),
    )
    repeats = _repeats(cube, g, ends, own, both)
    add(
        CHANGED,
        ALL,
        ratio(total["unlike"], total["both"]),
        of_both | {"baseline": repeats, "p_value": np.nan},
        (0.0, 1.0),
    )
    if cube.numbers is not None:
        means = matched @ cube.numbers
        reach = float(np.ptp(cube.numbers))
        ends_of = {"first": float(means[0, 0]), "last": float(means[0, 1])}
        row = of_both | ends_of | {"baseline": 0.0, "p_value": mean_chance}
        add(AVERAGE, ALL, means[:, 1] - means[:, 0], row, (-reach, reach))
    for part, value in parts.items():
        for k, stance in enumerate(cube.stances):
            row = of_both if part in (OPINION, SELECTION) else counts
            before, after = (of_all if part == TOTAL else matched if part == OPINION else shares)[0, :, k]
            p = opinions[k] if part == OPINION else np.nan
            add(
                part,
                stance,
                value[:, k],
                row
                | {"first": float(before), "last": float(after), "baseline": 0.0, "p_value": p}
                | {"p_within": float(together[k]) if part == OPINION else np.nan},
                (-1.0, 1.0),
            )
    return rows, draws


def _opinion_chances(
    matched: Array,
    numbers: Array | None,
    lot: NDArray[np.int64],
    n: int,
    permutations: int,
    rng: np.random.Generator,
) -> tuple[list[float], Array, float]:
    """P-values of no change among what both steps answered: of each stance, of all held together, and of the mean."""
    each = added(lot, matched, n)
    moved = each[:, 1] - each[:, 0]
    flips, whole = flipped_sums(moved, permutations, rng)
    total = moved.sum(axis=0)
    alone = [flip_share(abs(float(t)), np.abs(flips[:, k]), whole) for k, t in enumerate(total)]
    mean = (
        float("nan")
        if numbers is None
        else flip_share(abs(float(total @ numbers)), np.abs(flips @ numbers), whole)
    )
    return alone, within_topic(total, flips, whole), mean


def _repeats(cube: Cube, g: int, ends: list[int], own: Array, both: Array) -> float:
    """How often two repeats of an item at one step differ, where there are repeats."""
    n = cube.answered[g][:, ends]
    pairs = (n > 1) & (both > 0)[:, None]
    if not pairs.any():
        return float("nan")
    alike = (own**2).sum(axis=-1)
    unlike = np.where(pairs, (1.0 - alike) * n / np.maximum(n - 1, 1), 0.0)
    weight = pairs * both[:, None]
    return float((unlike * weight).sum() / weight.sum())
