"""Thresholds as functions of log category shares, which keep them ascending, with first and second derivatives."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_ndtr, ndtri

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ThresholdShares:
    """Category shares behind thresholds, with what their derivatives need; leading axes are free."""

    below: Floats  # share of category j among those up to k, (..., K - 1, K)
    above: Floats  # its share among those above k
    slope: Floats  # of the threshold by its logit
    bend: Floats  # second derivative by its logit

    def jacobian(self) -> Floats:
        """Derivatives of the thresholds by the log shares, ``(..., K - 1, K)``."""
        return self.slope[..., None] * (self.below - self.above)

    def pull_back(self, d_cut: Floats) -> Floats:
        """Gradient by the log shares from that by the thresholds."""
        return np.asarray(((d_cut * self.slope)[..., None] * (self.below - self.above)).sum(axis=-2))

    def curvature(self, d_cut: Floats) -> Floats:
        """Sum over thresholds of `d_cut` times their second derivatives by the log shares, ``(..., K, K)``."""
        first = d_cut * self.slope
        size = self.below.shape[-1]
        out = np.einsum("...k,...ka,ab->...ab", first, self.below - self.above, np.eye(size))
        out -= np.einsum("...k,...ka,...kb->...ab", first, self.below, self.below)
        out += np.einsum("...k,...ka,...kb->...ab", first, self.above, self.above)
        both = self.below - self.above
        return np.asarray(out + np.einsum("...k,...ka,...kb->...ab", d_cut * self.bend, both, both))


@cache
def _up_to(size: int) -> Floats:
    """Which categories lie below each threshold, shape ``(K - 1, K)``."""
    return np.tril(np.ones((size - 1, size)))


def share_sums(logs: Floats, link: str) -> tuple[Floats, ThresholdShares]:
    """Thresholds of log shares, and the shares."""
    share = np.exp(logs - logs.max(axis=-1, keepdims=True))
    lower = np.cumsum(share, axis=-1)[..., :-1]
    upper = np.cumsum(share[..., ::-1], axis=-1)[..., ::-1][..., 1:]
    up_to = _up_to(share.shape[-1])
    below = share[..., None, :] * up_to / lower[..., None]
    above = share[..., None, :] * (1.0 - up_to) / upper[..., None]
    logit = np.log(lower) - np.log(upper)
    if link == "logit":
        return logit, ThresholdShares(below, above, np.ones_like(logit), np.zeros_like(logit))
    if link == "cloglog":
        # c = log(-log(1 - expit(t))) = log(softplus(t))
        softplus = np.logaddexp(0.0, logit)
        slope = expit(logit) / softplus
        return np.log(softplus), ThresholdShares(below, above, slope, slope * (expit(-logit) - slope))
    total = lower + upper
    cut = np.where(lower < upper, ndtri(lower / total), -ndtri(upper / total))
    # dc/dt of Phi(c) = expit(t) is F (1 - F) / phi(c), in logs so that the tails keep it.
    slope = np.exp(log_ndtr(cut) + log_ndtr(-cut) + 0.5 * cut**2 + 0.5 * np.log(2.0 * np.pi))
    return cut, ThresholdShares(below, above, slope, slope * (1.0 - 2.0 * expit(logit) + cut * slope))
