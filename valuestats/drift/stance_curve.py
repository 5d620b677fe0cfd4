"""Smooth and monotone curves of stances along an axis, beside the raw shares."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.drift.curves import isotonic_rows, strays
from valuestats.drift.replicates import replicates_tree
from valuestats.drift.shares import Sums, plan_of, response_change, sums_of
from valuestats.drift.smoothing import Smoothed, smooth_shares
from valuestats.drift.stances import MEAN, Cube, stance_cube
from valuestats.latent.walks import Walk
from valuestats.results.meta import make_meta
from valuestats.results.result import Result
from valuestats.statistics.clusters import LEAST, few_warnings
from valuestats.statistics.ratios import ratio
from valuestats.statistics.resampling import equal_tailed
from valuestats.tables.responses import Responses

Array = NDArray[np.float64]
SPREAD = 0.25
"""Scale of the half-normal prior of a curve's typical distance from its mean or line, in shares."""
_DRAWS = 2000
_PERMUTATIONS = 999
CITATIONS = (
    "Fay & Herriot (1979), JASA 74",
    "Mercer et al. (2014), Spatial Statistics 8",
    "Sorbye & Rue (2014), Spatial Statistics 8",
    "Schäfer & Strimmer (2005), Statistical Applications in Genetics and Molecular Biology 4",
    "Lin & Dunson (2014), Biometrika 101",
)


@checked
def stance_curve(
    stances: pd.DataFrame | Responses,
    *,
    step: str = "step",
    steps: Sequence[str | float] | None = None,
    by: str | None = None,
    values: Mapping[str, float] | None = None,
    smooth: Walk = "rw1",
    monotone: bool = False,
    spread: float = SPREAD,
    draws: int = _DRAWS,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""The smooth curve of each stance's share along the axis, and of the mean stance, beside the raw shares.

    Estimand: :math:`p_{tk}`, the share of stance k among the answers at step t that took any, over the population that
    the clusters of items are from; the mean stance is :math:`\sum_k v_k p_{tk}`. The raw shares :math:`\hat p` scatter about
    a curve with the covariance V that the clusters show (over steps and stances together):

    .. math:: H'\hat p_t = f_t + e_t, \quad e \sim N(0, V), \quad f \sim \text{scaled random walk or spline}(\sigma), \quad
              \sigma \sim \text{half-normal}(\texttt{spread}),

    H turning shares into orthonormal coordinates, all with one spread, so that curves of shares add up to 1. Posterior in
    closed form on a grid of the spread; `valuestats.drift.smoothing` has the details. Where the spread is drawn to 0 the
    curve is level (``rw1``) or straight (``rw2``, ``s``): no change, or a steady one. With `monotone` the nearest curve that
    goes one way, that of the smooth curve from end to end, takes each draw's place (Lin and Dunson 2014); shares then need
    not add up to 1 exactly.

    Parameters
    ----------
    stances, step, steps, by
        As `valuestats.stance_drift` takes them; four steps are needed.
    values
        Number of each stance, for the mean stance. Stances that are numbers stand for themselves; others have no mean.
    smooth
        ``"rw1"``: neighbouring shares are alike (any steps, gaps counted); ``"rw2"``: neighbouring slopes are (evenly
        spaced steps); ``"s"``: a smoothing spline (any steps).
    monotone
        Whether the curves may only rise or only fall.
    spread
        Scale of the half-normal prior of a curve's typical distance from its mean (or line), in shares.
    draws, level, seed
        Draws of the posterior, probability inside the intervals, random numbers.

    Returns
    -------
    Result
        Kind ``"stance_curve"``, keys ``("stance", "step")`` or ``(by, "stance", "step")``: ``estimate`` of the curve (the
        mean of its draws; ends of intervals stay within 0 and 1), ``raw`` share with ``raw_lower`` and ``raw_upper``
        (clusters resampled), ``place`` on the axis, ``n_scored`` of ``n_asked`` answers, ``n_units`` clusters.
        ``meta["moved"]`` has the change of each curve from first to last step; ``meta["spread"]`` the spread and how far V
        was shrunk.

    Raises
    ------
    InputError
        As `valuestats.stance_drift`.
    SpecificationError
        Fewer than four steps or four clusters, one stance only, `values` that lack a stance, uneven steps under ``"rw2"``.

    References
    ----------
    Fay and Herriot (1979); Mercer et al. (2014); Sorbye and Rue (2014); Schaefer and Strimmer (2005); Lin and Dunson (2014).

    Examples
    --------
    >>> import pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> items, at = (a.ravel() for a in np.indices((60, 8)))
    >>> yes = rng.random(480) < 0.2 + 0.08 * at
    >>> frame = pd.DataFrame({"item": items, "step": at, "stance": np.where(yes, "yes", "no")})
    >>> found = stance_curve(frame, seed=1).estimates.set_index(["stance", "step"])
    >>> bool(found.loc[("yes", "7"), "lower"] > found.loc[("yes", "0"), "upper"])
    True
    """
    started = time.perf_counter()
    if not spread > 0:
        raise SpecificationError(
            "a scale of a prior must be positive", parameter="spread", got=spread, expected="> 0"
        )
    cube = stance_cube(stances, step, steps, by, least=4, values=values)
    numbers = cube.numbers
    _require_even(cube, smooth)
    behind = np.array([cube.behind(g) for g in range(len(cube.groups))])
    if behind.min() < LEAST:
        few = cube.groups[int(behind.argmin())]
        raise SpecificationError(
            f"too few {cube.unit} to tell a curve from their scatter",
            parameter="stances",
            got=f"{int(behind.min())}{'' if by is None else f' of {by} {few}'}",
            expected=f"{LEAST} or more",
        )
    rng = np.random.default_rng(seed)
    plan, lot = plan_of(cube, behind, draws, rng)
    rows: list[dict[str, Any]] = []
    drawn: list[Array] = []
    moved: list[dict[str, Any]] = []
    told: dict[str, dict[str, float]] = {}
    response: dict[str, dict[str, float]] = {}
    for g, name in enumerate(cube.groups):
        sums = sums_of(cube, g, lot)
        of = {} if by is None else {by: name}
        raw = sums.shares(plan.with_all)
        found = smooth_shares(
            raw[0], _influence(sums), cube.places, walk=smooth, scale=spread, draws=draws, rng=rng
        )
        told[name] = _spread(found, level)
        curves, raw = (_with_mean(x, numbers) for x in (found.shares, raw))
        turned = _one_way(curves) if monotone else curves
        resampled = plan.finish(raw[1:], raw[0], behind[g], level, what=cube.unit)
        names = [*cube.stances, *([MEAN] if numbers is not None else [])]
        for k, stance in enumerate(names):
            ends = (0.0, 1.0) if stance != MEAN else (-np.inf, np.inf)
            lower, upper = (np.clip(x, *ends) for x in equal_tailed(turned[:, :, k], level))
            known = resampled.std_error[:, k] > 1e-12
            for t, label in enumerate(cube.steps):
                rows.append(
                    {
                        "estimand": "mean stance along the axis"
                        if stance == MEAN
                        else "share along the axis",
                        **of,
                        "stance": stance,
                        "step": label,
                        "place": float(cube.places[t]),
                        "estimate": float(np.clip(turned[:, t, k].mean(), *ends)),
                        "std_error": float(turned[:, t, k].std(ddof=1)),
                        "lower": float(lower[t]),
                        "upper": float(upper[t]),
                        "level": level,
                        "interval": "posterior, equal-tailed",
                        "raw": float(raw[0, t, k]),
                        "raw_lower": float(np.clip(resampled.lower[t, k], *ends)) if known[t] else np.nan,
                        "raw_upper": float(np.clip(resampled.upper[t, k], *ends)) if known[t] else np.nan,
                        "n_scored": int(cube.answered[g][:, t].sum()),
                        "n_asked": int(cube.answers[g][:, t].sum()),
                        "n_units": int(behind[g]),
                    }
                )
                drawn.append(turned[:, t, k])
            moved.append({**of, "stance": stance, **_moved(curves[:, :, k], turned[:, :, k], level)})
        response[name] = response_change(sums, [0, len(cube.steps) - 1], _PERMUTATIONS, rng)
    frame = pd.DataFrame(rows)
    keys = ("stance", "step") if by is None else (by, "stance", "step")
    meta = make_meta(
        f"shares smoothed by a scaled {_NAMES[smooth]}, clusters' covariance{', monotone' if monotone else ''}",
        {
            "step": step,
            "steps": list(cube.steps),
            "at": cube.places.tolist(),
            "stances": list(cube.stances),
            "by": by,
            "values": None if numbers is None else dict(zip(cube.stances, numbers.tolist(), strict=True)),
            "smooth": smooth,
            "monotone": monotone,
            "spread": spread,
            "draws": draws,
            "level": level,
            "unit": cube.unit,
        },
        citations=CITATIONS,
        seed=seed,
        warnings=[*cube.notes, *few_warnings(behind, cube.unit, jackknife=plan.jackknife)],
        seconds=time.perf_counter() - started,
        response=response,
        moved=moved,
        spread=told,
    )
    return Result("stance_curve", frame, keys, meta, replicates_tree(frame, keys, drawn, "posterior"))


_NAMES = {"rw1": "random walk", "rw2": "random walk of second order", "s": "smoothing spline"}


def _require_even(cube: Cube, smooth: Walk) -> None:
    gaps = np.diff(cube.places)
    if smooth == "rw2" and np.ptp(gaps) > 1e-6 * gaps.min():
        raise SpecificationError(
            "a random walk of second order needs evenly spaced steps",
            parameter="smooth",
            got=f"rw2 over gaps from {gaps.min():g} to {gaps.max():g}",
            expected='"rw1" or "s"',
        )


def _influence(sums: Sums) -> Array:
    """What each lot adds to the error of the shares, ``(lots, steps, stances)``."""
    shares = sums.shares(np.ones((1, len(sums.given))))[0]
    total = sums.given.sum(axis=0)[:, None]
    parts = sums.taken - shares * sums.given[..., None]
    found = np.nan_to_num(ratio(parts, np.broadcast_to(total, parts.shape)))
    return np.asarray(found[sums.given.sum(axis=1) > 0])


def _with_mean(shares: Array, numbers: Array | None) -> Array:
    if numbers is None:
        return shares
    return np.concatenate([shares, (shares @ numbers)[..., None]], axis=-1)


def _one_way(curves: Array) -> Array:
    """The nearest monotone curve of each draw, rising or falling as the mean of the draws does from end to end."""
    centre = curves.mean(axis=0)
    way = np.where(centre[-1] >= centre[0], 1.0, -1.0)
    return isotonic_rows((curves * way).transpose(0, 2, 1)).transpose(0, 2, 1) * way


def _moved(smooth: Array, shown: Array, level: float) -> dict[str, float]:
    """Change of one curve from the first step to the last, and how far the smooth curve strays from a monotone one."""
    moved = shown[:, -1] - shown[:, 0]
    lower, upper = equal_tailed(smooth[:, -1] - smooth[:, 0], level)
    centre = smooth.mean(axis=0)
    astray = strays((centre * np.sign(centre[-1] - centre[0]))[None])[0]
    return {
        "estimate": float(moved.mean()),
        "lower": float(lower),
        "upper": float(upper),
        "astray": float(astray),
    }


def _spread(found: Smoothed, level: float) -> dict[str, float]:
    lower, upper = equal_tailed(found.spread, level)
    return {
        "estimate": float(found.spread.mean()),
        "lower": float(lower),
        "upper": float(upper),
        "shrunk": found.shrunk,
    }
