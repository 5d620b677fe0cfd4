"""Profile likelihood intervals of the parameters of a law."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import stats

from valuestats.laws.curves import LOWEST, Array
from valuestats.laws.fitting import Optimum, Problem

_WIDER = 40
_CLOSER = 60


def information(problem: Problem, theta: Array) -> Array:
    """Expected information of the curve's parameters and the log scatter."""
    size = problem.curve.size
    slope = problem.curve.at(theta[None, :size], problem.points.u)[1][0]
    own = np.exp(2 * theta[size])
    variance = own + problem.points.error**2
    found = np.zeros((problem.size, problem.size))
    found[:size, :size] = (slope / variance) @ slope.T
    found[size, size] = 2 * ((own / variance) ** 2).sum()
    return found


def covariance(problem: Problem, theta: Array) -> Array:
    """Inverse of the expected information of the curve's parameters, NaN where it is singular."""
    size = problem.curve.size
    try:
        return np.linalg.inv(information(problem, theta)[:size, :size])
    except np.linalg.LinAlgError:
        return np.full((size, size), np.nan)


def cutoff(problem: Problem, level: float) -> float:
    r"""What the log likelihood may fall, times two.

    Without known errors :math:`n\log(1 + t^2_{n-p}/(n-p))`, which is Student's t where the curve is linear (Bates and
    Watts 1988, chapter 6); with them :math:`\chi^2_1`.
    """
    n, free = len(problem.points.y), len(problem.points.y) - problem.curve.size
    if problem.points.error.any():
        return float(stats.chi2.ppf(level, 1))
    return float(n * np.log1p(stats.t.ppf((1 + level) / 2, free) ** 2 / free))


def profile_ends(problem: Problem, optimum: Optimum, level: float, alike: float = 1.0) -> tuple[Array, Array]:
    """Ends of each parameter of the curve, coefficients at a size of 1; infinite where the likelihood never falls enough.

    Parameters
    ----------
    problem, optimum, level
        What is profiled, where it is best, and the probability inside.
    alike
        Points that count for one.

    Returns
    -------
    tuple of numpy.ndarray
        Lower and upper, each of shape ``(parameters of the curve,)``.
    """
    most = alike * cutoff(problem, level)
    size = problem.curve.size
    ends = np.empty((2, size))
    for j in range(size):
        own, theta = _uncentred(problem, optimum.theta, j)
        error = covariance(own, theta)[j, j]
        step = np.sqrt(error) if np.isfinite(error) and error > 0 else 0.1
        ends[:, j] = _ends(own, theta, optimum.value, j, most, 2.0 * float(np.clip(step, 1e-6, 5.0)))
    return ends[0], ends[1]


def _uncentred(problem: Problem, theta: Array, j: int) -> tuple[Problem, Array]:
    """For a log coefficient: the problem in which its size is not centred, so that the parameter is the coefficient."""
    curve = problem.curve
    k = j - int(curve.floor)
    if curve.shape != "power" or k < 0 or k % 2:
        return problem, theta
    column = curve.inputs[k // 2]
    points = problem.points
    shift = np.zeros(len(points.centre))
    shift[column] = points.centre[column]
    moved = theta.copy()
    moved[j] += theta[j + 1] * shift[column]
    return replace(problem, points=replace(points, u=points.u + shift, centre=points.centre - shift)), moved


def _ends(problem: Problem, theta: Array, best: float, j: int, most: float, reach: float) -> Array:
    """Where the profiled deviance reaches `most`, below and above the optimum: bracketed, then halved by secants."""
    free = np.ones(problem.size, dtype=bool)
    free[j] = False
    sides = np.array([-1.0, 1.0])
    bottom = problem.points.y.min() - LOWEST if problem.curve.floor and j == 0 else -np.inf
    theta = theta.copy()
    theta[j] = max(theta[j], bottom)  # below it the floor is none, and every place the same

    def fallen(at: Array, start: Array) -> tuple[Array, Array]:
        tried = start.copy()
        tried[:, j] = at
        found = problem.solve(tried, free=free, tolerance=1e-11)
        return 2 * (found.value - best) - most, found.theta

    inner, outer = np.full(2, theta[j]), theta[j] + sides * reach
    low = np.full(2, -most)
    start = np.tile(theta, (2, 1))
    high, warm = fallen(outer, start)
    for _ in range(_WIDER):
        more = (high < 0) & (outer > bottom)
        if not more.any():
            break
        inner, low = np.where(more, outer, inner), np.where(more, high, low)
        outer = np.where(more, theta[j] + 1.6 * (outer - theta[j]), outer)
        high, warm = fallen(outer, warm)
    open_ended = high < 0
    for step in range(_CLOSER):
        width = np.abs(outer - inner)
        if (open_ended | (width < 1e-5 * np.abs(outer - theta[j]))).all():
            break
        share = np.clip(-low / np.where(high > low, high - low, 1.0), 0.05, 0.95) if step % 3 else 0.5
        at = inner + share * (outer - inner)
        value, warm = fallen(at, warm)
        beyond = value >= 0
        outer, high = np.where(beyond, at, outer), np.where(beyond, value, high)
        inner, low = np.where(beyond, inner, at), np.where(beyond, low, value)
    return np.where(open_ended, sides * np.inf, (inner + outer) / 2)
