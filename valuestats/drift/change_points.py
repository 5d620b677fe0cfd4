"""Where a distribution of stances changes along an axis, and whether it changes at all."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.allowed import Whole
from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.drift.segmented import Segmented
from valuestats.drift.shares import plan_of, response_change, sums_of
from valuestats.drift.stances import ANSWERED, MEAN, Cube, stance_cube
from valuestats.results.meta import make_meta
from valuestats.results.result import Result
from valuestats.statistics.clusters import LEAST
from valuestats.statistics.multiplicity import Adjustment, adjusted_p, least_flip_p
from valuestats.tables.responses import Responses

Array = NDArray[np.float64]
NONE = "none"
"""Label of the row of a group in which nothing changes."""
Of = Literal["mean", "stances", "response"]
CITATIONS = (
    "Auger & Lawrence (1989), Bulletin of Mathematical Biology 51",
    "Fearnhead (2006), Statistics and Computing 16",
    "Rao & Scott (1981), Journal of the American Statistical Association 76",
    "Bai & Perron (1998), Econometrica 66",
    "Holm (1979)",
)


@checked
def change_points(
    stances: pd.DataFrame | Responses,
    *,
    step: str = "step",
    steps: Sequence[str | float] | None = None,
    by: str | None = None,
    of: Of | None = None,
    values: Mapping[str, float] | None = None,
    changes: Annotated[int, Whole(1)] = 3,
    shortest: Annotated[int, Whole(1)] = 1,
    adjust: Adjustment | None = "holm",
    permutations: int = 999,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""Steps at which the shares of the stances change, "nowhere" among the answers.

    Estimand: the first steps :math:`\tau_1 < \dots < \tau_m` of the segments of a piecewise constant distribution,
    :math:`p_t = \theta_j` for :math:`\tau_j \le t < \tau_{j+1}`, with m from 0 to `changes`.

    What changes is the shares of all stances, or, where stances are numbers, their mean (``of="mean"``, taken there where
    nothing is said): five shares of an ordered scale ask about every way in which a distribution may change, and find a
    shift of the mean less often (docs/calibration.md). A change that leaves the mean alone, such as answers that part, is
    found by ``of="stances"`` only. ``of="response"`` asks when answers came to be refused: the share that took any
    stance.

    The best segmentation with m changes is exact: the least :math:`-\sum_j\sum_k N_{jk}\log(N_{jk}/N_j)` over all of them,
    by dynamic programming. How many there are is decided by tests of m against m + 1 changes, from none on, until one is not
    rejected (Bai and Perron 1998): the statistic is what the best further change saves, its distribution is that of the
    saving when the signs of whole clusters' departures from the m segments are flipped, so that how an item's answers hang
    together along the axis does not matter. Too many changes are found with probability :math:`1 - \text{level}` at most.

    Beside it stands a posterior over all segmentations, exact as well (Fearnhead 2006): Dirichlet shares with
    :math:`a_k = 1/2`, m changes with probability :math:`2^{-m}` up to a constant, all places alike. Counts enter divided by
    the dispersion that clusters show (Rao and Scott 1981), which is below 1 where the same items are asked at each step.
    ``lower`` and ``upper`` are the ends of the smallest set of steps that holds the change with probability `level`, given
    the number found.

    Parameters
    ----------
    stances, step, steps, by, values
        As `valuestats.stance_drift` takes them; three steps are needed.
    of
        ``"mean"``, ``"stances"`` or ``"response"``. The mean counts as the share of the way from the least number to the
        greatest, with the dispersion of the answers in place of that of yes and no.
    changes
        Most changes to look for in a group.
    shortest
        Fewest steps of a segment.
    adjust
        Adjustment over groups of the p-value of no change at all.
    permutations, level, seed
        Of the sign flips, and of the tests and the sets of places.

    Returns
    -------
    Result
        Kind ``"change_points"``, keys ``("change",)`` or ``(by, "change")``: for each change found ``estimate`` (first
        step with the new shares), its ends, ``size`` (total variation between both sides; of the mean, as a part of the
        scale), ``stance`` that moved most and by how much (``moved``), ``probability`` (posterior of as many changes as
        were found), ``p_value`` of one change fewer; a row ``"none"`` where nothing changes. ``meta["numbers"]`` and
        ``meta["places"]`` hold the posterior of the number of changes and of a change at each step, ``meta["curves"]``
        the shares and the segments.

    Raises
    ------
    InputError
        As `valuestats.stance_drift`.
    SpecificationError
        Fewer than three steps, segments longer than the axis, one stance only, fewer than four clusters.

    References
    ----------
    Auger and Lawrence (1989); Fearnhead (2006); Rao and Scott (1981); Bai and Perron (1998).

    Examples
    --------
    >>> from valuestats.drift.simulate import course, draw_stances
    >>> import numpy as np
    >>> frame = draw_stances(course(6, shift=(-2.0, 0.0, 2.0)), np.random.default_rng(1), topics=30)
    >>> found = change_points(frame, permutations=99).estimates
    >>> found["change"].tolist(), found["estimate"].tolist(), found["stance"].tolist()
    (['1'], [300.0], ['support'])
    """
    started = time.perf_counter()
    cube = stance_cube(stances, step, steps, by, least=3, several=of != "response", values=values)
    told: Of = of or ("stances" if cube.numbers is None else "mean")
    if told == "mean" and cube.numbers is None:
        raise SpecificationError(
            "stances without numbers have no mean",
            parameter="of",
            got="mean",
            expected="stances that are numbers, or values={stance: number}",
        )
    named = list(cube.stances)
    cube = cube.on_mean() if told == "mean" else cube.on_response() if told == "response" else cube
    if 2 * shortest > len(cube.steps):
        raise SpecificationError(
            "no room for a change",
            parameter="shortest",
            got=f"{shortest} of {len(cube.steps)} steps",
            expected=f"{len(cube.steps) // 2} or less",
        )
    most = min(changes, len(cube.steps) // shortest - 1)
    rng = np.random.default_rng(seed)
    behind = np.array([cube.behind(g) for g in range(len(cube.groups))])
    _require_units(cube, behind)
    _, lot = plan_of(cube, behind, 0, rng)
    found = [
        Segmented.of(sums_of(cube, g, lot), most, shortest, permutations, rng, squared=told != "stances")
        for g in range(len(cube.groups))
    ]
    raw = np.array([one.tests[0] for one in found])
    least = np.array([least_flip_p(int(n), permutations) for n in behind])
    first, least = (p if adjust is None else adjusted_p(p, adjust) for p in (raw, least))
    rows, numbers, places, curves, response = [], [], [], [], {}
    for g, (name, one) in enumerate(zip(cube.groups, found, strict=True)):
        key = {} if by is None else {by: name}
        number = _number(one.tests, float(first[g]), 1 - level)
        common = {
            "n_scored": round(float(cube.answered[g].sum())),
            "n_asked": int(cube.answers[g].sum()),
            "n_units": int(behind[g]),
            "dispersion": one.dispersion,
            "p_least": float(least[g]),
            "probability": float(one.posterior.numbers[number]),
        }
        rows += [{**key, **row, **common} for row in _rows(one, cube, number, float(first[g]), level)]
        numbers += [
            {**key, "changes": m, "probability": float(x)} for m, x in enumerate(one.posterior.numbers)
        ]
        places += [
            {**key, "step": s, "place": float(at), "probability": float(x)}
            for s, at, x in zip(cube.steps, cube.places, one.posterior.places, strict=True)
        ]
        curves += [{**key, **row} for row in _curves(one, cube, number)]
        if told != "response":
            response[name] = response_change(one.sums, [0, len(cube.steps) - 1], permutations, rng)
    frame = pd.DataFrame(rows)
    keys = ("change",) if by is None else (by, "change")
    front = ["estimand", *keys, "estimate", "std_error", "lower", "upper"]
    what = {"mean": "a new mean", "stances": "new shares", "response": "a new response rate"}[told]
    frame.insert(0, "estimand", f"first step with {what}")
    frame = frame[[*front, *(c for c in frame.columns if c not in front)]]
    meta = make_meta(
        "exact segmentation of counts, tests by sign flips of clusters, exact posterior of all segmentations",
        {
            "step": step,
            "steps": list(cube.steps),
            "at": cube.places.tolist(),
            "stances": named,
            "of": told,
            "by": by,
            "changes": most,
            "shortest": shortest,
            "adjust": adjust,
            "level": level,
            "permutations": permutations,
            "unit": cube.unit,
        },
        citations=CITATIONS,
        seed=seed,
        warnings=[*cube.notes, *_notes(cube, behind)],
        seconds=time.perf_counter() - started,
        numbers=numbers,
        places=places,
        curves=curves,
        response=response,
    )
    return Result("change_points", frame, keys, meta)


def _require_units(cube: Cube, behind: NDArray[np.int64]) -> None:
    for name, n in zip(cube.groups, behind, strict=True):
        if n < LEAST:
            raise SpecificationError(
                f"too few {cube.unit} to tell a change from chance",
                parameter="stances",
                got=f"{n} in {name}",
                expected=f"{LEAST} or more",
            )


def _number(tests: Array, first: float, alpha: float) -> int:
    """How many changes are found: tests in turn, the first one adjusted over groups."""
    if not first <= alpha:
        return 0
    number = 1
    while number < len(tests) and tests[number] <= alpha:
        number += 1
    return number


def _rows(one: Segmented, cube: Cube, number: int, first: float, level: float) -> list[dict[str, Any]]:
    common: dict[str, Any] = {"std_error": np.nan, "level": level}
    if not number:
        nothing = {"change": NONE, "estimate": np.nan, "lower": np.nan, "upper": np.nan, "interval": "none"}
        chance = {"p_value": float(one.tests[0]), "p_adjusted": first}
        return [{**nothing, **common, "size": np.nan, "stance": "", "moved": np.nan, **chance}]
    rows = []
    at = one.changes(number)
    shares = one.shares(at)
    for j, start in enumerate(at):
        low, high = one.ends(number, j, level)
        moved = shares[j + 1] - shares[j]
        top = 0 if cube.stances[0] in (MEAN, ANSWERED) else int(np.abs(moved).argmax())
        p = float(one.tests[j])
        rows.append(
            {
                "change": str(j + 1),
                "estimate": float(cube.places[start]),
                "lower": float(cube.places[low]),
                "upper": float(cube.places[high]),
                "interval": "posterior, highest",
                **common,
                "size": float(np.abs(moved).sum() / 2),
                "stance": cube.stances[top],
                "moved": float(moved[top] * _scale(cube)[1]),
                "p_value": p,
                "p_adjusted": first if j == 0 else max(p, first),
            }
        )
    return rows


def _scale(cube: Cube) -> tuple[float, float]:
    """What is added to a share and what it is multiplied by, so that the mean is in units of the answers."""
    if cube.stances[0] != MEAN or cube.numbers is None:
        return 0.0, 1.0
    return float(cube.numbers.min()), float(np.ptp(cube.numbers))


def _curves(one: Segmented, cube: Cube, number: int) -> list[dict[str, Any]]:
    """Shares (or the mean) at each step, and those of its segment."""
    low, size = _scale(cube)
    shown = cube.stances[:1] if cube.stances[0] in (MEAN, ANSWERED) else cube.stances
    at = one.changes(number)
    segment = np.searchsorted(at, np.arange(len(cube.steps)), side="right")
    fitted, seen = one.shares(at)[segment], one.seen
    return [
        {
            "step": cube.steps[t],
            "place": float(cube.places[t]),
            "stance": stance,
            "share": low + size * float(seen[t, k]),
            "fitted": low + size * float(fitted[t, k]),
        }
        for t in range(len(cube.steps))
        for k, stance in enumerate(shown)
    ]


def _notes(cube: Cube, behind: NDArray[np.int64]) -> list[str]:
    few = int(behind.min())
    least = int(np.ceil(1 - np.log2(0.05)))
    if few > least:
        return []
    return [
        f"{few} {cube.unit} have {2**few} patterns of signs: no p-value lies below {2.0 ** (1 - few):.3f}"
    ]
