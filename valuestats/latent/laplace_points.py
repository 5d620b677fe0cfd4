"""Points of the hyperparameters over which a latent design's posterior is integrated: a grid, or a Student density."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.stats import chi2, norm, qmc

from valuestats.latent.laplace import LaplaceFit, chord_modes
from valuestats.latent.posterior import LatentPosterior
from valuestats.latent.precision import LikelihoodCurvature, PrecisionFactor

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_FARTHEST = 8.0  # of a grid's points, in standard deviations of a side of an axis
_DEEPEST = 30.0  # the farthest that a log marginal is taken to fall
_PARTS = 33  # of a cell, within which the marginal is taken for constant: their ends
_DEGREES = 7.0  # of the Student density


@dataclass(frozen=True)
class _Fineness:
    """A grid's spacing by the number of hyperparameters, in standard deviations, and how far the log marginal falls."""

    spacing: dict[int, float]
    fall: float


_FINE = _Fineness({1: 0.5, 2: 1.0, 3: 1.0}, 6.5)
# With many coefficients, of which each point needs a factor. The fall is that of a normal density at 3.25 deviations.
_COARSE, _MANY = _Fineness({1: 0.5, 2: 1.0, 3: 1.6}, 5.3), 200


@dataclass(frozen=True)
class Point:
    """A point of the hyperparameters with the normal approximation of the coefficients there."""

    phi: Floats
    x: Floats
    factor: PrecisionFactor
    log_marginal: float


@dataclass(frozen=True)
class Rise:
    """A correction of a log marginal, ``slope't + t'diag(bend)t / 2`` of ``t = root^-1 (phi - centre)``."""

    centre: Floats
    root: Floats
    slope: Floats
    bend: Floats

    def at(self, phi: Floats) -> float:
        """Its value."""
        t = np.linalg.solve(self.root, phi - self.centre)
        return float(self.slope @ t + 0.5 * self.bend @ t**2)


@dataclass(frozen=True)
class Near:
    """Finds the normal approximation at points near the mode, ``(h, points)``.

    Attributes
    ----------
    curvature
        The likelihood's at the mode, to be taken at all points; None to take it at each.
    rises
        What is added to the log marginal.
    straight
        Whether draws are made along straight lines of thresholds, with the curvature at each point's own mode.
    """

    posterior: LatentPosterior
    fit: LaplaceFit
    curvature: LikelihoodCurvature | None
    rises: tuple[Rise, ...] = ()
    straight: bool = False

    @np.errstate(all="ignore")  # far out densities overflow: such points have no mass
    def __call__(self, phi: Floats) -> list[Point]:
        """The points at these hyperparameters."""
        posterior, fit = self.posterior, self.fit
        starts = fit.x[:, None] + fit.slope @ (phi - fit.phi[:, None])
        curvatures = [self.curvature or posterior.curvature(start) for start in starts.T]
        x, factors = chord_modes(posterior, starts, phi, curvatures, straight=self.straight)
        for k in range(len(factors) if self.straight else 0):
            # A ridge has the direction that it has at the mode, not near it.
            try:
                x[:, k], factors[k] = posterior.exact_mode(x[:, k], phi[:, k])
            except np.linalg.LinAlgError:
                factors[k] = None
        density = posterior.log_values(x, phi)
        found = []
        for k, factor in enumerate(factors):
            # So far out that there is no mode to be found: without mass.
            value = -np.inf if factor is None else float(density[k]) - 0.5 * factor.log_determinant
            value += sum(rise.at(phi[:, k]) for rise in self.rises)
            mass = value if np.isfinite(value) else -np.inf
            found.append(Point(phi[:, k], x[:, k], factor or fit.factor, mass))
        return found


@dataclass(frozen=True)
class Cell:
    """A point's part of an axis: distances from the point, and the marginal relative to its, summed up to them."""

    away: Floats
    mass: Floats

    @property
    def volume(self) -> float:
        """Integral over the cell of the marginal relative to the point's."""
        return float(self.mass[-1])

    def drawn(self, uniform: Floats) -> tuple[Floats, Floats]:
        """Distances with that marginal, and its log relative to the point's."""
        height = np.diff(self.mass) / np.diff(self.away)
        at = np.searchsorted(self.mass[1:-1], uniform * self.volume)
        away = self.away[at] + (uniform * self.volume - self.mass[at]) / height[at]
        return away, np.log(height[at])


@dataclass(frozen=True)
class Points:
    """Points over which the hyperparameters are integrated.

    Attributes
    ----------
    found
        The points.
    log_volume
        Log of the volume that each stands for, shape ``(points,)``.
    steps
        Steps of a grid's points along the axes, shape ``(points, h)``; no columns without a grid.
    cells
        Of each axis of a grid its cells by step.
    """

    found: list[Point]
    log_volume: Floats
    steps: Ints
    cells: list[dict[int, Cell]]

    def each(self, name: Literal["phi", "x", "log_marginal"]) -> Floats:
        """A number, or a column, of each point, points last."""
        return np.stack([getattr(point, name) for point in self.found], axis=-1)


def grid(near: Near) -> Points:
    """Points of a grid around the mode.

    Each side of an axis is followed until the log marginal has fallen far; points off the axes are taken where the
    falls along their axes add up to no more, as those of independent hyperparameters do. A point stands for the integral
    over its cell of the marginal relative to its own, interpolated along the axes.
    """
    fit = near.fit
    h = len(fit.phi)
    centre = near(fit.phi[:, None])[0]
    if not h:
        return Points([centre], np.zeros(1), np.zeros((1, 0), dtype=int), [])
    fineness = _FINE if len(fit.x) <= _MANY else _COARSE
    strides = fineness.spacing[h] * _sides(near, centre.log_marginal)
    known, falls = _along_axes(near, centre, strides, fineness)
    places = [
        p
        for p in product(*(sorted(axis) for axis in falls))
        if sum(axis[k] for axis, k in zip(falls, p, strict=True)) <= fineness.fall
    ]
    off = [p for p in places if p not in known]
    if off:
        steps = np.array(off, dtype=float)
        away = np.where(steps < 0, strides[0], strides[1]) * steps
        known |= dict(zip(off, near(fit.phi[:, None] + fit.hyper_root @ away.T), strict=True))
    cells = [_cells(falls[axis], strides[:, axis]) for axis in range(h)]
    log_volume = np.zeros(len(places))
    for axis, steps_there in enumerate(zip(*places, strict=True)):
        log_volume += np.log([cells[axis][step].volume for step in steps_there])
    return Points([known[p] for p in places], log_volume, np.array(places), cells)


def _cells(falls: dict[int, float], strides: Floats) -> dict[int, Cell]:
    """Cells along an axis by their steps, with the marginal interpolated between points."""
    steps = np.array(sorted(falls))
    fallen = np.minimum([falls[k] for k in steps], _DEEPEST)
    places = np.where(steps < 0, strides[0], strides[1]) * steps
    along = PchipInterpolator(places, fallen)
    cells = {}
    for k, place, fall in zip(steps, places, fallen, strict=True):
        away = np.linspace(-0.5 * strides[int(k > 0)], 0.5 * strides[int(k >= 0)], _PARTS)
        # Beyond the last points nothing is known, and those with mass do not reach there.
        middle = np.clip(place + 0.5 * (away[1:] + away[:-1]), places[0], places[-1])
        height = np.exp(fall - along(middle))
        cells[int(k)] = Cell(away, np.concatenate([[0.0], np.cumsum(height * np.diff(away))]))
    return cells


def _along_axes(
    near: Near, centre: Point, strides: Floats, fineness: _Fineness
) -> tuple[dict[tuple[int, ...], Point], list[dict[int, float]]]:
    """Points along both sides of all axes, by their steps, and of each axis the fall of the log marginal by its steps."""
    fit, h = near.fit, len(near.fit.phi)
    known = {(0,) * h: centre}
    falls: list[dict[int, float]] = [{0: 0.0} for _ in range(h)]
    going = list(product(range(h), (-1, 1)))
    for step in range(1, int(_FARTHEST / fineness.spacing[h]) + 1):
        if not going:
            break
        away = [sign * step * strides[int(sign > 0), axis] * fit.hyper_root[:, axis] for axis, sign in going]
        found = near(fit.phi[:, None] + np.column_stack(away))
        for (axis, sign), point in zip(going, found, strict=True):
            falls[axis][sign * step] = max(0.0, centre.log_marginal - point.log_marginal)
            known[tuple(sign * step * (k == axis) for k in range(h))] = point
        going = [(axis, sign) for axis, sign in going if falls[axis][sign * step] <= fineness.fall]
    return known, falls


def _sides(near: Near, here: float) -> Floats:
    """Standard deviation to either side of the mode along each axis, ``(2, h)``, in units of the hyperparameters' root.

    From the fall of the marginal at a point where it is near to that at 1.5 standard deviations: a spread that the
    data hardly tell from 0 has a long, flat side, which its curvature at the mode does not show.
    """
    fit, h = near.fit, len(near.fit.phi)
    sides, reach = np.ones((2, h)), np.full((2, h), 1.5)
    going = list(product((0, 1), range(h)))
    for _ in range(4):
        away = [(2 * side - 1) * reach[side, axis] * fit.hyper_root[:, axis] for side, axis in going]
        found = near(fit.phi[:, None] + np.column_stack(away))
        left = []
        for (side, axis), point in zip(going, found, strict=True):
            fall = float(np.clip(here - point.log_marginal, 0.1, 8.0))
            sides[side, axis] = np.clip(reach[side, axis] / np.sqrt(2.0 * fall), 0.4, 3.0)
            if not 0.8 < fall < 2.5:
                left.append((side, axis))
                reach[side, axis] = 2.0 * sides[side, axis]
        going = left
        if not going:
            break
    return sides


def student_points(near: Near, points: int, rng: np.random.Generator) -> Points:
    """Quasi-random points of a Student density, adapted once; they stand for one over their density."""
    fit, h = near.fit, len(near.fit.phi)
    centre, root = fit.phi, 1.2 * fit.hyper_root
    for turn in range(2):
        uniform = np.clip(qmc.Sobol(h + 1, rng=rng).random(points), 1e-6, 1 - 1e-6)
        z = norm.ppf(uniform[:, :h]) / np.sqrt(chi2.ppf(uniform[:, h:], _DEGREES) / _DEGREES)
        found = near(centre[:, None] + root @ z.T)
        log_q = -0.5 * (_DEGREES + h) * np.log1p((z**2).sum(axis=1) / _DEGREES)
        if turn == 0:
            log_mass = np.array([p.log_marginal for p in found]) - log_q
            # Tempered, so that the few best points do not shrink the covariance to theirs.
            mass = np.exp(0.5 * (log_mass - log_mass.max()))
            mass /= mass.sum()
            places = np.stack([p.phi for p in found], axis=1)
            moved = places @ mass
            seen = ((places - moved[:, None]) * mass) @ (places - moved[:, None]).T
            centre, root = moved, np.linalg.cholesky(0.5 * seen + 0.5 * root @ root.T)
    return Points(found, -log_q, np.zeros((points, 0), dtype=int), [])
