"""Priors of hyperparameters as quantile maps, from a standard normal coordinate ``t`` to ``u(t)`` and ``du/dt``."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, erfinv, gammainccinv, gammaincinv, ndtr, ndtri

Floats = NDArray[np.float64]
_LOG_ROOT_2PI = 0.5 * np.log(2.0 * np.pi)

Quantile = tuple[Floats, Floats]


def _half_normal(t: Floats, s: float) -> Quantile:
    # Phi(t) = P(|Z| < y); from the tail that keeps its precision.
    low, y = t < 0, np.zeros_like(t)
    erfinv(ndtr(t), out=y, where=low)
    y *= np.sqrt(2.0)
    ndtri(0.5 * ndtr(-t), out=y, where=~low)
    y = np.abs(y)
    return np.log(s * y), np.exp(0.5 * (y**2 - t**2)) / (2.0 * y)


def _gamma_two(t: Floats, mean: float) -> Quantile:
    low, y = t < 0, np.empty_like(t)
    gammaincinv(2.0, ndtr(t), out=y, where=low)
    gammainccinv(2.0, ndtr(-t), out=y, where=~low)
    return np.log(0.5 * mean * y), np.exp(y - 0.5 * t**2 - _LOG_ROOT_2PI) / y**2


def _beta_two(t: Floats, _: float) -> Quantile:
    low = betaincinv(2.0, 2.0, ndtr(-np.abs(t)))
    u = np.log(low) - np.log1p(-low)
    return np.where(t < 0, u, -u), np.exp(-0.5 * t**2 - _LOG_ROOT_2PI) / (6.0 * (low * (1.0 - low)) ** 2)


def _normal(t: Floats, s: float) -> Quantile:
    return s * t, np.full_like(t, s)


HYPER_PRIORS: dict[str, Callable[[Floats, float], Quantile]] = {
    "half_normal": _half_normal,  # of exp(u), scale s
    "gamma_two": _gamma_two,  # of exp(u), shape 2, mean s
    "beta_two": _beta_two,  # of expit(u), both parameters 2
    "normal": _normal,  # of u, standard deviation s
}
