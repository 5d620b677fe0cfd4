"""A law fitted to points: Huber loss of log outcomes, or their normal likelihood with known errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from valuestats.laws.curves import LOWEST, Array, Curve
from valuestats.laws.minimum import Index, Minima, minimise

Fit = Literal["huber", "likelihood"]

_ROOM = 2_000_000
"""Numbers of one array of derivatives at most; more problems are worked off in parts."""
_REACHED = 1e-4


@dataclass(frozen=True)
class Points:
    """What a law is fitted to.

    Attributes
    ----------
    y
        Log outcomes, shape ``(points,)``.
    u
        Log sizes about their means, shape ``(points, sizes)``.
    centre
        Those means.
    error
        Known standard errors of the log outcomes; zeros where none are known.
    """

    y: Array
    u: Array
    centre: Array
    error: Array

    def without(self, rows: NDArray[np.bool_]) -> Points:
        """All but some points, centred as they were."""
        return Points(self.y[~rows], self.u[~rows], self.centre, self.error[~rows])


@dataclass(frozen=True)
class Loss:
    r"""What is minimised: :math:`\sum_i w_i\rho(r_i)/\delta^2` of Huber, or minus the normal log likelihood.

    With the likelihood a last parameter, the logarithm of the scatter :math:`\tau`, is fitted too:
    :math:`r_i \sim N(0, s_i^2 + \tau^2)`.
    """

    fit: Fit
    delta: float

    @property
    def extra(self) -> int:
        """Parameters beside the curve's."""
        return int(self.fit == "likelihood")

    def at(
        self, r: Array, scatter: Array | None, error: Array, w: Array | None
    ) -> tuple[Array, Array, Array]:
        """Losses ``(sets,)``, their derivatives by the residuals ``(sets, points)``, and by the log scatter ``(sets,)``."""
        weight = np.ones(1) if w is None else w
        if scatter is None:
            size = np.abs(r) / self.delta
            each = np.where(size <= 1, 0.5 * size**2, size - 0.5) * weight
            slope = np.clip(r / self.delta**2, -1 / self.delta, 1 / self.delta) * weight
            return each.sum(axis=1), slope, np.zeros(0)
        own = np.exp(2 * scatter)
        if not error.any():  # one variance for all points: sums are enough
            n = np.full(len(r), float(r.shape[1])) if w is None else w.sum(axis=1)
            slope = r * weight
            z = np.einsum("kn,kn->k", slope, r) / own
            return 0.5 * (z + n * (np.log(2 * np.pi) + 2 * scatter)), slope / own[:, None], n - z
        variance = own[:, None] + error**2
        z = r**2 / variance
        each = 0.5 * (z + np.log(2 * np.pi * variance)) * weight
        return (
            each.sum(axis=1),
            r / variance * weight,
            (own[:, None] / variance * (1 - z) * weight).sum(axis=1),
        )

    def curvature(self, r: Array, scatter: Array | None, error: Array) -> tuple[Array, Array]:
        """Expected second derivatives by a residual ``(sets, points)`` and, of all, by the log scatter ``(sets,)``."""
        if scatter is None:
            inside = (np.abs(r) <= self.delta).mean(axis=1, keepdims=True)
            each = np.maximum(inside, 0.05) / self.delta**2
            return np.broadcast_to(each, r.shape), np.zeros(0)
        own = np.exp(2 * scatter)[:, None]
        # far from an optimum the residuals say more of the scale than the scatter that a start was given
        variance = np.maximum(own + error**2, (r**2).mean(axis=1, keepdims=True))
        return 1 / variance, 2 * ((own / (own + error**2)) ** 2 * np.ones_like(r)).sum(axis=1)


@dataclass(frozen=True)
class Problem:
    """A curve, points and a loss: what is minimised, weighted or not."""

    curve: Curve
    points: Points
    loss: Loss

    @property
    def size(self) -> int:
        """Number of parameters, the scatter included."""
        return self.curve.size + self.loss.extra

    def solve(
        self,
        start: Array,
        *,
        weights: Array | None = None,
        outcomes: Array | None = None,
        free: NDArray[np.bool_] | None = None,
        tolerance: float = 1e-12,
    ) -> Minima:
        """Minima from these starts.

        Parameters
        ----------
        start
            Shape ``(starts, parameters)``.
        weights, outcomes
            Weights of the points, and log outcomes in place of the points' own, for each start:
            shape ``(starts, points)``.
        free, tolerance
            Parameters that move, and when to end, see `valuestats.laws.minimum.minimise`.
        """
        most = max(1, _ROOM // (len(self.points.y) * (self.size + 2)))

        def objective(theta: Array, who: Index) -> tuple[Array, Array]:
            parts = [slice(k, k + most) for k in range(0, len(theta), most)]
            done = [self._value(theta[p], who[p], weights, outcomes) for p in parts]
            return np.concatenate([v for v, _ in done]), np.concatenate([g for _, g in done])

        moves = np.broadcast_to(np.ones(self.size, dtype=bool) if free is None else free, start.shape)
        parts = [np.arange(k, min(k + most, len(start))) for k in range(0, len(start), most)]
        bend = np.concatenate([self._inverse(start[p], moves[p], p, weights, outcomes) for p in parts])
        return minimise(objective, start, free=moves, inverse=bend, tolerance=tolerance)

    def _inverse(
        self,
        theta: Array,
        moves: NDArray[np.bool_],
        who: Index,
        weights: Array | None,
        outcomes: Array | None,
    ) -> Array:
        """Inverse of the expected information at the starts, held regular, zero where nothing moves."""
        size = self.curve.size
        f, slope = self.curve.at(theta[:, :size], self.points.u)
        y = self.points.y if outcomes is None else outcomes[who]
        each, last = self.loss.curvature(
            y - f, theta[:, size] if self.loss.extra else None, self.points.error
        )
        if weights is not None:
            each = each * weights[who]
        found = np.zeros((len(theta), self.size, self.size))
        found[:, :size, :size] = (slope * each[:, None]) @ slope.transpose(0, 2, 1)
        if self.loss.extra:
            found[:, size, size] = last
        found *= moves[:, :, None] * moves[:, None, :]
        diagonal = np.einsum("kii->ki", found)
        least = 1e-6 * diagonal.max(axis=1, keepdims=True) + 1e-12
        diagonal += np.where(moves, 1e-9 * diagonal + least * (diagonal < least), 1.0)
        with np.errstate(over="ignore", invalid="ignore"):
            inverse = np.linalg.inv(found)
        inverse *= moves[:, :, None] * moves[:, None, :]
        fine = np.isfinite(inverse).all(axis=(1, 2))
        return np.where(fine[:, None, None], inverse, np.eye(self.size))

    def _value(
        self, theta: Array, who: Index, weights: Array | None, outcomes: Array | None
    ) -> tuple[Array, Array]:
        points, size = self.points, self.curve.size
        held = np.array(theta[:, :size])
        low = float(points.y.min()) - LOWEST
        bottom = self.curve.floor and held[:, 0] < low
        if self.curve.floor:
            held[:, 0] = np.maximum(held[:, 0], low)
        scatter = np.maximum(theta[:, size], -LOWEST) if self.loss.extra else None
        with np.errstate(over="ignore", invalid="ignore"):
            f, slope = self.curve.at(held, points.u)
            y = points.y if outcomes is None else outcomes[who]
            w = None if weights is None else weights[who]
            value, by_residual, by_scatter = self.loss.at(y - f, scatter, points.error, w)
            gradient = np.empty_like(theta)
            gradient[:, :size] = -(slope @ by_residual[:, :, None])[:, :, 0]
            if self.curve.floor:
                gradient[bottom, 0] = 0.0
            if self.loss.extra:
                gradient[:, size] = np.where(theta[:, size] < -LOWEST, 0.0, by_scatter)
        return np.where(np.isfinite(value), value, np.inf), np.nan_to_num(gradient)


@dataclass(frozen=True)
class Optimum:
    """The best of many starts.

    Attributes
    ----------
    theta
        Parameters, the log scatter last for the likelihood.
    value
        Objective.
    starts, reached
        How many starts there were, and how many ended at the same objective.
    others
        Distinct parameters of the next best ends, for replicates to start from.
    gradient
        Largest absolute derivative.
    """

    theta: Array
    value: float
    starts: int
    reached: int
    others: Array
    gradient: float


def best_of(problem: Problem, starts: int, rng: np.random.Generator, extra: Array | None = None) -> Optimum:
    """The lowest minimum from many starts."""
    y, u = problem.points.y, problem.points.u
    start = problem.curve.starts(y, u, starts, rng)
    if problem.loss.extra:
        scale = np.log(max(float(y.std()), 1e-6))
        start = np.column_stack([start, scale + rng.uniform(-2.0, 0.0, starts)])
    if extra is not None and len(extra):
        start = np.concatenate([extra, start])
    found = problem.solve(start)
    order = np.argsort(found.value)
    best = order[0]
    again = problem.solve(found.theta[[best]])  # a fresh start mends an approximate end
    theta, value = (
        (again.theta[0], again.value[0])
        if again.value[0] < found.value[best]
        else (found.theta[best], found.value[best])
    )
    gap = found.value - value
    near = 0.01 if problem.loss.extra else _REACHED * (1 + abs(value))
    close = 20.0 if problem.loss.extra else 0.2 * (1 + abs(value))  # what a replicate may well prefer
    apart = order[(gap[order] > near) & (gap[order] < close)][:3]
    return Optimum(
        theta,
        float(value),
        len(start),
        int((gap <= near).sum()),
        found.theta[apart],
        float(again.gradient[0]),
    )
