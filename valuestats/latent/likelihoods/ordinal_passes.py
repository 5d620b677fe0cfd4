"""One pass over the counted cells: the cumulative-link log-likelihood with both first derivatives, compiled.

These passes serve PyTensor (`valuestats.regression.profile_pymc_op`) and the whitened sampler; numba keeps the compiled
code beside this file, or in its cache folder, between runs.
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np

Arrays = tuple[Any, Any, Any]


def _logit_pass(cut: Any, eta: Any, counts: Any, group: Any) -> Arrays:
    n_groups, n_cut = cut.shape
    value = 0.0
    d_cut = np.zeros((n_groups, n_cut))
    d_eta = np.zeros(eta.shape[0])
    inner = np.zeros((n_groups, n_cut))
    scale = np.exp(cut)
    near = np.zeros(n_groups, dtype=np.bool_)
    for g in range(n_groups):
        near[g] = np.abs(cut[g]).max() < 300.0
    for cell in range(eta.shape[0]):
        g = group[cell]
        if near[g] and abs(eta[cell]) < 300.0:
            # One exponential per threshold and one per cell; their product can't overflow.
            shift = math.exp(-eta[cell])
            for k in range(n_cut):
                below = counts[cell, k]
                both = below + counts[cell, k + 1]
                odds = 1.0 + scale[g, k] * shift
                value += below * (cut[g, k] - eta[cell]) - both * math.log(odds)
                slope = both / odds - counts[cell, k + 1]
                d_cut[g, k] += slope
                d_eta[cell] -= slope
                if k > 0:
                    inner[g, k] += below
            continue
        for k in range(n_cut):
            below = counts[cell, k]
            above = counts[cell, k + 1]
            if below + above > 0.0:
                z = cut[g, k] - eta[cell]
                e = math.exp(-abs(z))
                value -= below * max(-z, 0.0) + above * max(z, 0.0) + (below + above) * math.log1p(e)
                rest = (e if z > 0.0 else 1.0) / (1.0 + e)
                slope = (below + above) * rest - above
                d_cut[g, k] += slope
                d_eta[cell] -= slope
            if k > 0:
                inner[g, k] += below
    for g in range(n_groups):
        for k in range(1, n_cut):
            if inner[g, k] > 0.0:
                gap = cut[g, k] - cut[g, k - 1]
                if not gap > 0.0:
                    return np.asarray(-np.inf), d_cut, d_eta
                value += inner[g, k] * math.log(-math.expm1(-gap))
                slope = inner[g, k] / math.expm1(gap) if gap < 700.0 else 0.0
                d_cut[g, k] += slope
                d_cut[g, k - 1] -= slope
    return np.asarray(value), d_cut, d_eta


@numba.njit(cache=True)
def _log_upper_tail(x: float) -> float:
    """Log of 1 - Phi(x); beyond 10 by the asymptotic series (Abramowitz and Stegun 1964, 26.2.12)."""
    if x < 10.0:
        return math.log(0.5 * math.erfc(x / math.sqrt(2.0)))
    q = 1.0 / (x * x)
    series = 1.0 - q * (1.0 - 3.0 * q * (1.0 - 5.0 * q * (1.0 - 7.0 * q)))
    return -0.5 * x * x - math.log(x * math.sqrt(2.0 * math.pi)) + math.log(series)


def _probit_pass(cut: Any, eta: Any, counts: Any, group: Any) -> Arrays:
    n_groups, n_cut = cut.shape
    value = 0.0
    d_cut = np.zeros((n_groups, n_cut))
    d_eta = np.zeros(eta.shape[0])
    half_log_2pi = 0.5 * math.log(2.0 * math.pi)
    for cell in range(eta.shape[0]):
        g = group[cell]
        for k in range(n_cut + 1):
            n = counts[cell, k]
            if n <= 0.0:
                continue
            low = cut[g, k - 1] - eta[cell] if k > 0 else -np.inf
            high = cut[g, k] - eta[cell] if k < n_cut else np.inf
            if not high > low:
                return np.asarray(-np.inf), d_cut, d_eta
            # Work in the upper tail: P = Q(near) - Q(far) with near the end closer to that tail's start.
            near, far = (low, high) if low > 0.0 else (-high, -low)
            log_p = _log_upper_tail(near) if near > -np.inf else 0.0
            if far < np.inf:
                log_p += math.log(-math.expm1(_log_upper_tail(far) - log_p))
            value += n * log_p
            if k < n_cut:
                slope = n * math.exp(-0.5 * high * high - half_log_2pi - log_p)
                d_cut[g, k] += slope
                d_eta[cell] -= slope
            if k > 0:
                slope = n * math.exp(-0.5 * low * low - half_log_2pi - log_p)
                d_cut[g, k - 1] -= slope
                d_eta[cell] += slope
    return np.asarray(value), d_cut, d_eta


PASSES = {"logit": _logit_pass, "probit": _probit_pass}

_COMPILED: dict[str, Any] = {}


def compiled_pass(link: str) -> Any:
    """The pass of a link, compiled: ``(cut, eta, counts, group) -> (value, d_cut, d_eta)``."""
    if link not in _COMPILED:
        _COMPILED[link] = numba.njit(cache=True, nogil=True)(PASSES[link])
    return _COMPILED[link]
