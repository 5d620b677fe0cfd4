"""What the plans alone say of a share: profile likelihood, whatever the other weights are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.optimize import brentq, minimize

from valuestats.plans.process import Array, Process
from valuestats.plans.soft import derivatives

_LARGEST = 40.0
"""Length of the weights, in scales of the prior, beyond which they are not looked for."""
_NEAR, _PRECISE = 1e-4, 1e-3


@dataclass(frozen=True)
class Profile:
    """Intervals of shares by profile likelihood.

    Attributes
    ----------
    lower, upper
        Ends, ``(values,)``.
    p_zero
        P-value of the share being 0: half of a chi-squared of one degree, as 0 is on the edge (Self and Liang 1987).
    log_likelihood
        At the maximum.
    """

    lower: Array
    upper: Array
    p_zero: Array
    log_likelihood: float


def maximum(
    process: Process, counts: Array, scale: float, horizon: int, discount: float, start: Array
) -> tuple[Array, float]:
    """Weights of 0 or more at which the likelihood of the plans is largest, and its logarithm there."""

    def loss(w: Array) -> tuple[float, Array]:
        value, slope, _ = derivatives(process, counts, w, horizon, discount, informed=False)
        return -value, -slope

    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.0, _LARGEST * scale)] * len(start))
    return np.asarray(found.x), -float(found.fun)


def share_profile(
    process: Process, counts: Array, scale: float, horizon: int, discount: float, start: Array, level: float
) -> Profile:
    r"""Shares c of each value at which :math:`2(\ell(\hat w) - \max_{w_k = c\sum w}\ell(w))` is at most chi-squared's
    quantile of one degree.

    Unlike a posterior it does not hold a share away from 0, nor from 1.
    """
    best, top = maximum(process, counts, scale, horizon, discount, start)
    k = len(best)
    reach = float(stats.chi2.ppf(level, 1))
    ends, p_zero = np.full((2, k), [[0.0], [1.0]]), np.ones(k)
    if k == 1:
        return Profile(np.ones(1), np.ones(1), np.zeros(1), top)
    for at in range(k):
        total = best.sum()
        middle = float(best[at] / total) if total > 0 else 1.0 / k
        gone = _constrained(process, counts, scale, horizon, discount, at, np.delete(best, at))

        def short(c: float, of: Callable[[float], float] = gone, known: float = middle) -> float:
            return -reach if c == known else 2.0 * (top - of(c)) - reach

        worse = max(short(0.0) + reach, 0.0)
        p_zero[at] = float(stats.chi2.sf(worse, 1)) / (2.0 if middle > _NEAR else 1.0)
        if worse > reach and middle > _NEAR:
            ends[0, at] = brentq(short, 0.0, middle, xtol=_PRECISE)
        if middle < 1.0 - _NEAR and short(1.0 - _NEAR) > 0:
            ends[1, at] = brentq(short, middle, 1.0 - _NEAR, xtol=_PRECISE)
    return Profile(ends[0], ends[1], p_zero, top)


def _constrained(
    process: Process, counts: Array, scale: float, horizon: int, discount: float, at: int, others: Array
) -> Callable[[float], float]:
    """The largest log likelihood with a given share of the value in place `at`; from where it last ended, or `others`."""
    last = {"u": others}

    def value(c: float) -> float:
        ratio = c / (1.0 - c)
        most = _LARGEST * scale / max(ratio, 1.0)

        def loss(u: Array) -> tuple[float, Array]:
            w = np.insert(u, at, ratio * u.sum())
            found, slope, _ = derivatives(process, counts, w, horizon, discount, informed=False)
            return -found, -(np.delete(slope, at) + ratio * slope[at])

        even = np.full(len(others), 0.01 * most)
        starts = [np.clip(u, 0.0, most) for u in (last["u"], others, even)]
        start = min((u for u in starts if u.any()), key=lambda u: loss(u)[0])
        found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.0, most)] * len(start))
        last["u"] = np.asarray(found.x)
        return -float(found.fun)

    return value
