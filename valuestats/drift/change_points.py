"""Where a distribution of stances changes along an axis, and whether it changes at all."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import Whole, checked
from valuestats.base.errors import SpecificationError
from valuestats.drift.segmented import Segmented
from valuestats.drift.shares import plan_of, response_change, sums_of
from valuestats.drift.stances import Cube, stance_cube
from valuestats.results.meta import make_meta
from valuestats.results.result import Result
from valuestats.statistics.clusters import LEAST
from valuestats.statistics.multiplicity import Adjustment, adjusted_p
from valuestats.tables.responses import Responses

Array = NDArray[np.float64]
NONE = "none"
"""Label of the row of a group in which nothing changes."""
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
    stances, step, steps, by
        As `valuestats.stance_drift` takes them; three steps are needed.
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
        Kind ``"change_points"``, keys ``("change",)`` or ``(by, "change")``: for each change found ``estimate`` (first step
        with the new shares), its ends, ``size`` (total variation between both sides), ``stance`` that moved most and by how
        much (``moved``), ``probability`` (posterior of as many changes as were found), ``p_value`` of one change fewer; a
        row ``"none"`` where nothing changes. ``meta["numbers"]`` and ``meta["places"]`` hold the posterior of the number of
        changes and of a change at each step, ``meta["curves"]`` the shares and the segments.

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
    cube = stance_cube(stances, step, steps, by, least=3)
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
        Segmented.of(sums_of(cube, g, lot), most, shortest, permutations, rng)
        for g in range(len(cube.groups))
    ]
    raw = np.array([one.tests[0] for one in found])
    first = raw if adjust is None else adjusted_p(raw, adjust)
    rows, numbers, places, curves, response = [], [], [], [], {}
    for g, (name, one) in enumerate(zip(cube.groups, found, strict=True)):
        key = {} if by is None else {by: name}
        number = _number(one.tests, float(first[g]), 1 - level)
        common = {
            "n_scored": int(cube.answered[g].sum()),
            "n_asked": int(cube.answers[g].sum()),
            "n_units": int(behind[g]),
            "dispersion": one.dispersion,
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
        response[name] = response_change(one.sums, [0, len(cube.steps) - 1], permutations, rng)
    frame = pd.DataFrame(rows)
    keys = ("change",) if by is None else (by, "change")
    front = ["estimand", *keys, "estimate", "std_error", "lower", "upper"]
    frame.insert(0, "estimand", "first step with new shares")
    frame = frame[[*front, *(c for c in frame.columns if c not in front)]]
    meta = make_meta(
        "exact segmentation of counts, tests by sign flips of clusters, exact posterior of all segmentations",
        {
            "step": step,
            "steps": list(cube.steps),
            "at": cube.places.tolist(),
            "stances": list(cube.stances),
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
        warnings=_notes(cube, behind),
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
        top = int(np.abs(moved).argmax())
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
                "moved": float(moved[top]),
                "p_value": p,
                "p_adjusted": first if j == 0 else max(p, first),
            }
        )
    return rows


def _curves(one: Segmented, cube: Cube, number: int) -> list[dict[str, Any]]:
    """Shares at each step, and those of its segment."""
    at = one.changes(number)
    segment = np.searchsorted(at, np.arange(len(cube.steps)), side="right")
    fitted, seen = one.shares(at)[segment], one.seen
    return [
        {
            "step": cube.steps[t],
            "place": float(cube.places[t]),
            "stance": stance,
            "share": float(seen[t, k]),
            "fitted": float(fitted[t, k]),
        }
        for t in range(len(cube.steps))
        for k, stance in enumerate(cube.stances)
    ]


def _notes(cube: Cube, behind: NDArray[np.int64]) -> list[str]:
    few = int(behind.min())
    least = int(np.ceil(1 - np.log2(0.05)))
    if few > least:
        return []
    return [
        f"{few} {cube.unit} have {2**few} patterns of signs: no p-value lies below {2.0 ** (1 - few):.3f}"
    ]
