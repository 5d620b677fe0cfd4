r"""Likelihood of a rule where opinions are measured with a known error.

Opinions of one row (a person and those listened to) are exchangeable normal about a mean of their own: with spread
:math:`\tau^2` between rows, :math:`\omega^2` within and error e, the true ones given the measured keep
:math:`\lambda=\omega^2/(\omega^2+e^2)` of what is apart from the row's mean and
:math:`A=(J\tau^2+\omega^2)/(J\tau^2+\omega^2+e^2)` of that mean, J opinions in a row. Means and variances of base and
direction are taken over draws of the true opinions, and the outcome is normal with these moments, the scatter and the
outcome's own error: regression calibration with the variance carried (Carroll et al. 2006).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numba
import numpy as np
from scipy.optimize import differential_evolution

from valuestats.base.errors import SpecificationError
from valuestats.opinions.loops import moments_at
from valuestats.opinions.panel import Array, Steps
from valuestats.opinions.rules import Rule

DRAWS = 64
SHAPES, STRENGTHS, FINEST = 81, 41, 3
"""Places of the grid, and how many times as many shapes its last refinement has."""
NEGLIGIBLE = 9.0
"""Log likelihood below its best, beyond which the grid is not refined."""


class Measured(Protocol):
    """What the likelihood asks of steps whose opinions carry error."""

    @property
    def rule(self) -> Rule:
        """The rule."""
        ...

    @property
    def steps(self) -> Steps:
        """The rows."""
        ...

    @property
    def error(self) -> float:
        """Standard deviation of the error of an opinion."""
        ...

    @property
    def reliability(self) -> float:
        """Share of the variance that is not error."""
        ...

    def moments(self, shapes: Array) -> tuple[Array, Array, Array, Array, Array]:
        """Mean and variance of the base; mean and variance of the direction at each shape, and their covariance."""
        ...


@dataclass(frozen=True)
class Noisy:
    """Steps with the error of an opinion, and draws of what lies behind the measured ones."""

    rule: Rule
    steps: Steps
    error: float
    shrink: Array
    keep: float
    centre: float
    own: Array
    others: Array

    @property
    def reliability(self) -> float:
        """Share of the variance within rows that is not error."""
        return self.keep

    def moments(self, shapes: Array) -> tuple[Array, Array, Array, Array, Array]:
        """See `valuestats.opinions.loops.moments_at`."""
        steps = self.steps
        bounds = shapes if self.rule.bounded else np.full(len(shapes), np.inf)
        return moments_at(
            self.rule.kind,
            steps.start,
            steps.weight,
            steps.now,
            steps.others,
            self.own,
            self.others,
            self.shrink,
            np.array([self.keep]),
            self.error,
            self.centre,
            bounds,
        )


def noisy(rule: Rule, steps: Steps, error: float, rng: np.random.Generator) -> Noisy:
    """Spreads between and within rows by the method of moments, and the draws.

    Raises
    ------
    SpecificationError
        An error that leaves nothing of the differences between opinions.
    """
    size = np.diff(steps.start) + 1.0
    total = steps.now + np.add.reduceat(steps.others, steps.start[:-1])
    square = steps.now**2 + np.add.reduceat(steps.others**2, steps.start[:-1])
    middle = total / size
    within = float((square - total**2 / size).sum() / (size - 1).sum())
    centre = float(total.sum() / size.sum())
    if within <= error**2:
        raise SpecificationError(
            "the error of measurement is as large as the differences between opinions",
            parameter="error",
            got=f"{error:g}, with a spread of {np.sqrt(within):.3g} within networks",
            expected="an error below that spread",
        )
    between = max(float(np.mean((middle - centre) ** 2) - np.mean(within / size)), 0.0)
    omega = within - error**2
    shrink = (size * between + omega) / (size * between + omega + error**2)
    half = [rng.standard_normal((DRAWS // 2, k)) for k in (len(steps), len(steps.others))]
    own, others = (np.concatenate([z, -z]) for z in half)
    return Noisy(rule, steps, error, shrink, omega / within, centre, own, others)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def best_scatter(y: Array, mean: Array, known: Array) -> tuple[float, float]:
    """Variance of the scatter that fits best and the log likelihood there, by Newton steps on its logarithm."""
    n = len(y)
    start = 0.0
    for i in range(n):
        start += (y[i] - mean[i]) ** 2 - known[i]
    floor = 1e-8 * np.var(y) + 1e-300
    s2 = max(start / n, 100 * floor)
    value = -np.inf
    for _ in range(40):
        slope, bend, value = 0.0, 0.0, 0.0
        for i in range(n):
            v = known[i] + s2
            r2 = (y[i] - mean[i]) ** 2
            value -= 0.5 * (np.log(v) + r2 / v)
            slope += 0.5 * s2 * (r2 / v - 1.0) / v
            bend += 0.5 * (s2 / v) ** 2
        step = slope / max(bend, 1e-12)
        if abs(step) < 1e-6 or (s2 <= floor and step < 0):
            break
        s2 = max(s2 * np.exp(min(max(step, -2.0), 2.0)), floor)
    return s2, value


@numba.njit(cache=True, nogil=True, error_model="numpy")
def surface(
    y: Array,
    error: float,
    x_mean: Array,
    x_var: Array,
    g_mean: Array,
    g_var: Array,
    both: Array,
    strengths: Array,
) -> tuple[Array, Array]:
    """Log likelihood and variance of the scatter at each shape and strength."""
    n, m, k = len(y), g_mean.shape[1], len(strengths)
    value, scatter = np.empty((m, k)), np.empty((m, k))
    mean, known = np.empty(n), np.empty(n)
    for j in range(m):
        for q in range(k):
            s = strengths[q]
            for i in range(n):
                mean[i] = x_mean[i] + s * g_mean[i, j]
                known[i] = error * error + max(x_var[i] + 2 * s * both[i, j] + s * s * g_var[i, j], 0.0)
            scatter[j, q], value[j, q] = best_scatter(y, mean, known)
    return value, scatter


@dataclass(frozen=True)
class Surface:
    """Log likelihood over a grid of shapes and strengths."""

    shapes: Array
    strengths: Array
    value: Array


def surfaces(own: Measured) -> Surface:
    """The grid, refined twice about what the data support."""
    rule, y = own.rule, own.steps.then
    shapes = np.linspace(*rule.shapes, SHAPES) if rule.shape else np.zeros(1)
    strengths = np.linspace(*rule.strengths, STRENGTHS) if rule.strength else np.ones(1)
    grid = Surface(shapes, strengths, surface(y, own.error, *own.moments(shapes), strengths)[0])
    for finer in (1, FINEST):
        kept = grid.value > grid.value.max() - NEGLIGIBLE
        shapes = _zoomed(grid.shapes, kept.any(axis=1), finer)
        strengths = _zoomed(grid.strengths, kept.any(axis=0))
        grid = Surface(shapes, strengths, surface(y, own.error, *own.moments(shapes), strengths)[0])
    return grid


def _zoomed(places: Array, kept: np.ndarray, finer: int = 1) -> Array:
    if len(places) == 1:
        return places
    at = np.flatnonzero(kept)
    low, high = places[max(at[0] - 1, 0)], places[min(at[-1] + 1, len(places) - 1)]
    return np.linspace(low, high, finer * (len(places) - 1) + 1)


def evolved(own: Measured, grid: Surface, seed: int) -> tuple[Array, float, int]:
    """Best (shape, strength), its log likelihood and the evaluations it took, by differential evolution over all ranges."""
    rule, y = own.rule, own.steps.then
    ranges = [r for p, r in ((rule.shape, rule.shapes), (rule.strength, rule.strengths)) if p]

    def parts(theta: Array) -> tuple[float, float]:
        shape = float(theta[0]) if rule.shape else 0.0
        return shape, float(theta[-1]) if rule.strength else 1.0

    def loss(theta: Array) -> float:
        shape, strength = parts(theta)
        return -float(surface(y, own.error, *own.moments(np.array([shape])), np.array([strength]))[0][0, 0])

    at = np.unravel_index(grid.value.argmax(), grid.value.shape)
    begin = [v for p, v in ((rule.shape, grid.shapes[at[0]]), (rule.strength, grid.strengths[at[1]])) if p]
    found = differential_evolution(
        loss,
        ranges,
        x0=begin,
        popsize=10,
        maxiter=60,
        tol=1e-6,
        polish=False,
        rng=np.random.default_rng(seed),
    )
    return np.array(parts(found.x)), -float(found.fun), int(found.nfev)
