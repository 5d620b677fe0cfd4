"""Shapes of a response to dose: flat, linear, monotone, a threshold, Emax, and any."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

Array = NDArray[np.float64]
FLAT, LINEAR, MONOTONE, THRESHOLD, EMAX, ANY = "flat", "linear", "monotone", "threshold", "Emax", "any"
SHAPES = (FLAT, LINEAR, THRESHOLD, EMAX, MONOTONE, ANY)
PLACES = 60
"""Half-effect doses that are tried."""


@dataclass(frozen=True)
class Fit:
    """A shape fitted to mean profiles (each with mean 0).

    Attributes
    ----------
    value
        Fitted profiles, shape ``(profiles, doses)``.
    place
        Dose at which a threshold steps up, or half of Emax is reached, shape ``(profiles,)``; NaN for the others.
    """

    value: Array
    place: Array


def fitted(shape: str, profiles: Array, dose: Array) -> Fit:
    r"""Least squares of each profile, all doses of equal weight.

    ``threshold``: :math:`a\,1(d \ge c)`, c between two doses; ``Emax``: :math:`E\,d/(\delta + d)`, :math:`\delta` of
    `PLACES` between a tenth of the smallest dose above 0 and ten times the largest; ``monotone``: isotonic either way.
    """
    nothing = np.full(len(profiles), np.nan)
    if shape == FLAT:
        return Fit(np.zeros_like(profiles), nothing)
    if shape == ANY:
        return Fit(profiles, nothing)
    if shape == LINEAR:
        return Fit(_best(profiles, (dose - dose.mean())[None])[0], nothing)
    if shape == THRESHOLD:
        steps = np.array([(dose >= c).astype(float) for c in dose[1:]])
        value, at = _best(profiles, steps - steps.mean(axis=1, keepdims=True))
        return Fit(value, (dose[1:] + dose[:-1])[at] / 2)
    if shape == EMAX:
        halves = half_effect_doses(dose)
        curves = dose / (halves[:, None] + dose)
        value, at = _best(profiles, curves - curves.mean(axis=1, keepdims=True))
        return Fit(value, halves[at])
    ways = [np.array([isotonic_regression(p, increasing=up).x for p in profiles]) for up in (True, False)]
    worse = [((profiles - w) ** 2).sum(axis=1) for w in ways]
    return Fit(np.where((worse[0] <= worse[1])[:, None], ways[0], ways[1]), nothing)


def half_effect_doses(dose: Array) -> Array:
    """Half-effect doses that are tried."""
    return np.geomspace(dose[dose > 0].min() / 10, dose.max() * 10, PLACES)


def _best(profiles: Array, basis: Array) -> tuple[Array, NDArray[np.int64]]:
    """Projection on the direction of the basis that explains most."""
    unit = basis / np.linalg.norm(basis, axis=1, keepdims=True)
    along = profiles @ unit.T
    at = np.abs(along).argmax(axis=1)
    return along[np.arange(len(at)), at][:, None] * unit[at], at.astype(np.int64)


def explained(shape: str, profiles: Array, dose: Array) -> Array:
    """Sum of squares that a shape explains of each profile."""
    return np.asarray(
        (profiles**2).sum(axis=1) - ((profiles - fitted(shape, profiles, dose).value) ** 2).sum(axis=1)
    )
