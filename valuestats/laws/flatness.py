"""Whether a flat line is excluded, by what a law that bends about one point can't feign."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from valuestats.laws.curves import Array
from valuestats.laws.fitting import Optimum, Problem
from valuestats.laws.points import Measured
from valuestats.statistics.clusters import ClusterPlan

RARE = 0.001
"""P-value of the law against a flat line below which it counts where a straight line of logs shows no slope."""
_TURNS = 30
_FAR = 4.5
"""Times the middle distance from the law that an outcome counts to be off at most, with Huber's loss (three deviations)."""


def flat_line(
    problem: Problem, optimum: Optimum, part: Measured, plan: ClusterPlan, level: float
) -> dict[str, Any]:
    r"""Whether the points exclude a flat line: by a straight line of logs, or by how much closer the law is.

    Of a flat outcome a law with a floor follows whatever point at either end lies off the others, with an exponent so steep
    that it touches no other; without one unit after another it does so again, so that the exponent seems well known. A
    straight line of logs has one optimum: :math:`\log y = b_0 - \sum_k b_k \log x_k`, by least squares weighted as the law's
    loss weighs, each :math:`b_k` with the interval of the same resamples (of Student's t by rows, where they are none). A
    law that falls early and is flat then may have no such slope; there
    :math:`F = \frac{(RSS_0-RSS)/2K}{RSS/(n-1-2K)}` of K sizes counts, over the design effect
    :math:`1+(\bar m-1)\rho` of the residuals of units, where its p-value is below `RARE`.

    Returns
    -------
    dict
        ``exponent``, ``lower``, ``upper`` (lists by size, of the straight line), ``p_value`` (of F), ``excluded`` (None
        where there is no interval).
    """
    curve, points = problem.curve, problem.points
    law = curve.at(optimum.theta[None, : curve.size], points.u)[0][0]
    x = np.column_stack([np.ones(len(points.y)), -points.u[:, list(curve.inputs)]])
    own, y = _weights(problem, optimum, x), points.y
    slope, error = _least_squares(x, points.y, own)
    n, k = len(points.y), len(curve.inputs)
    if plan.replicates and not len(plan.weights):
        lower = upper = np.full(k, np.nan)
    elif plan.replicates:
        drawn = np.stack([_least_squares(x, points.y, own * w)[0] for w in plan.weights[:, part.member]])
        found = plan.finish(drawn[:, 1:], slope[1:], len(np.unique(part.member)), level)
        lower, upper = found.lower, found.upper
    else:
        reach = stats.t.ppf((1 + level) / 2, max(n - k - 1, 1)) * error
        lower, upper = slope[1:] - reach[1:], slope[1:] + reach[1:]
    if problem.loss.fit == "huber":
        far = _FAR * float(np.median(np.abs(y - law)))
        middle = float(np.median(y))
        y, weight = np.clip(y, np.minimum(law, middle) - far, np.maximum(law, middle) + far), np.ones(n)
    else:
        weight = own
    p = _closer(y, law, weight, part.member, 2 * k)
    known = not np.isnan(lower).any()
    return {
        "exponent": slope[1:].tolist(),
        "lower": lower.tolist(),
        "upper": upper.tolist(),
        "p_value": p,
        "excluded": bool(((lower > 0) | (upper < 0)).any() or p < RARE) if known else None,
    }


def _weights(problem: Problem, optimum: Optimum, x: Array) -> Array:
    """Weight of each point of a straight line, about 1; for Huber's loss those of its least absolute deviations."""
    if problem.loss.fit == "huber":
        y, weight = problem.points.y, np.ones(len(x))
        for _ in range(_TURNS):
            r = np.abs(y - x @ _least_squares(x, y, weight)[0])
            weight = 1 / np.maximum(r, max(problem.loss.delta, 1e-3 * float(r.mean())))
    else:
        weight = 1 / (np.exp(2 * optimum.theta[-1]) + problem.points.error**2)
    return np.asarray(weight / weight.mean())


def _least_squares(x: Array, y: Array, weight: Array) -> tuple[Array, Array]:
    root = np.sqrt(weight)[:, None]
    found = np.linalg.lstsq(x * root, y * root[:, 0], rcond=None)[0]
    r = y - x @ found
    variance = float((weight * r**2).sum()) / max(len(y) - x.shape[1], 1)
    return found, np.sqrt(np.maximum(np.diag(np.linalg.pinv((x * weight[:, None]).T @ x)) * variance, 0.0))


def _closer(y: Array, law: Array, weight: Array, member: np.ndarray, more: int) -> float:
    """P-value of the law's squares against those of a flat line, with units worth fewer than their points."""
    unit = np.unique(member, return_inverse=True)[1]
    r, size = y - law, np.bincount(unit).astype(float)
    n, units = len(y), len(size)
    effect = 1.0
    if 1 < units < n:
        means = np.bincount(unit, r) / size
        inner = float((np.bincount(unit, r**2) - size * means**2).sum()) / (n - units)
        outer = float((size * (means - r.mean()) ** 2).sum()) / (units - 1)
        usual = (n - float((size**2).sum()) / n) / (units - 1)
        rho = max((outer - inner) / (outer + (usual - 1) * inner), 0.0) if outer + inner > 0 else 0.0
        effect = 1 + (float((size**2).sum()) / n - 1) * rho
    flat = float((weight * (y - np.average(y, weights=weight)) ** 2).sum())
    left, free = float((weight * r**2).sum()), n / effect - 1 - more
    if free <= 0:
        return 1.0
    f = (flat - left) / more * (n - 1 - more) / max(left, 1e-300) / effect
    return float(stats.f.sf(f, more, free))
