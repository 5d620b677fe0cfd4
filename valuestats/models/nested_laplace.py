"""Nested Laplace approximation of a latent design's posterior, with importance weights against the exact one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.special import ndtri
from scipy.stats import chi2, norm, qmc

from valuestats.models.arrow import ArrowFactor, Curvature
from valuestats.models.hyper_moves import refreshed, rescaled, weak_axes
from valuestats.models.laplace import GRID_UP_TO, LaplaceFit, chord_modes
from valuestats.models.latent_design import LatentDesign
from valuestats.models.latent_posterior import LatentPosterior

Floats = NDArray[np.float64]
_FARTHEST = 8.0  # of a grid's points, in standard deviations of a side of an axis
_LEAST_MASS = 30.0  # the farthest that a log marginal is taken to fall
_PARTS = 33  # of a cell, within which the marginal is taken for constant: their ends
_SCATTERED = 0.5  # share of its prior variance that an effect keeps, from which it says too little to fill its scale's cells
_GOOD_K = 0.5  # below it weighted means have a finite variance (Vehtari et al. 2024)
_MORE = 4  # times the points of the Student density where the weights are uneven
_DEGREES = 7.0  # of that density
_SOBOL_UP_TO = 2_000  # dimensions


@dataclass(frozen=True)
class _Fineness:
    """A grid's spacing by the number of hyperparameters, in standard deviations, and how far the log marginal falls."""

    spacing: dict[int, float]
    fall: float


_FINE = _Fineness({1: 0.5, 2: 1.0, 3: 1.0}, 6.5)
# With many coefficients, of which each point needs a factor. The fall is that of a normal density at 3.25 deviations.
_COARSE, _MANY = _Fineness({1: 0.5, 2: 1.0, 3: 1.6}, 5.3), 200


@dataclass(frozen=True)
class WeightedDraws:
    """Draws of a proposal with importance weights.

    Attributes
    ----------
    x, phi
        Shapes ``(n, draws)`` and ``(h, draws)``.
    weights
        Pareto-smoothed, summing to 1.
    pareto_k
        Shape of the weights' tail: below 0.7 the weighted means may be trusted (Vehtari et al. 2024).
    effective
        ``1 / sum(weights^2)``.
    log_likelihood
        Of every draw, shape ``(draws,)``.
    """

    x: Floats
    phi: Floats
    weights: Floats
    pareto_k: float
    effective: float
    log_likelihood: Floats


def nested_laplace(
    posterior: LatentPosterior, fit: LaplaceFit, *, draws: int = 2048, points: int = 64, seed: int = 0
) -> WeightedDraws:
    """Draws of the nested Laplace approximation with importance weights against the exact posterior.

    Up to three hyperparameters are integrated over a grid along the axes of their curvature, each side of an axis
    scaled for skewness and followed as far as there is mass (INLA: Rue, Martino and Chopin 2009); more of them by
    importance sampling from a Student density that is adapted once (Cornuet et al. 2012), at more points where the
    weights are uneven. At each point the coefficients are normal around their conditional mode, with the curvature of
    the likelihood at the mode of all or, should the weights then be uneven, at their own. Scales of which their effects
    say little are scattered over the cells of the grid, the effects with them. Every draw is weighted by the exact
    density over its proposal's; the weights are Pareto-smoothed (Vehtari, Simpson, Gelman, Yao and Gabry 2024).

    The normal draws are quasi-random (scrambled Sobol points: Owen 1998), which on models of some hundred
    coefficients halves the error of interval ends against independent draws; a power of 2 suits them best. At
    last the hyperparameters, so far those of the points, are drawn anew given the coefficients, and where these say little
    about their scale, moved together with it.

    Parameters
    ----------
    posterior, fit
        The posterior and its fit by `fit_laplace`.
    draws
        Draws over all points.
    points
        Points of the Student density, a power of 2; a grid has as many as it needs.
    seed
        Seed of points and draws.

    Returns
    -------
    WeightedDraws
    """
    rng = np.random.default_rng(seed)
    h = len(fit.phi)
    scattered = weak_axes(posterior.design, fit, _SCATTERED) if h <= GRID_UP_TO else []

    def over(curvature: Curvature | None, points: int) -> WeightedDraws:
        near = _Near(posterior, fit, curvature)
        return _over_points(posterior, fit, near, draws, points, scattered, rng)

    found = over(posterior.curvature(fit.x), points)
    if found.pareto_k > _GOOD_K or found.effective < 0.5 * draws:
        found = over(None, points)
    if found.pareto_k > _GOOD_K and h > GRID_UP_TO:
        found = min(found, over(None, _MORE * points), key=lambda w: w.pareto_k)
    axes = [axis for axis in range(h) if axis not in scattered]
    phi = refreshed(posterior.design, fit, found.x, found.phi, axes, rng)
    if h <= GRID_UP_TO:
        return replace(found, phi=phi)
    x, phi, value = rescaled(posterior, fit, found.x, phi, found.log_likelihood, rng)
    return replace(found, x=x, phi=phi, log_likelihood=value)


@dataclass(frozen=True)
class _Point:
    """A point of the hyperparameters with the normal approximation of the coefficients there."""

    phi: Floats
    x: Floats
    factor: ArrowFactor
    log_marginal: float


@dataclass(frozen=True)
class _Near:
    """Finds the normal approximation at points near the mode, ``(h, points)``.

    Attributes
    ----------
    curvature
        The likelihood's at the mode, to be taken at all points; None to take it at each.
    """

    posterior: LatentPosterior
    fit: LaplaceFit
    curvature: Curvature | None

    @np.errstate(all="ignore")  # far out densities overflow: such points have no mass
    def __call__(self, phi: Floats) -> list[_Point]:
        posterior, fit = self.posterior, self.fit
        starts = fit.x[:, None] + fit.slope @ (phi - fit.phi[:, None])
        curvatures = [self.curvature or posterior.curvature(start) for start in starts.T]
        x, factors = chord_modes(posterior, starts, phi, curvatures)
        density = posterior.log_values(x, phi)
        found = []
        for k, factor in enumerate(factors):
            # So far out that there is no mode to be found: without mass.
            value = -np.inf if factor is None else float(density[k]) - 0.5 * factor.log_determinant
            mass = value if np.isfinite(value) else -np.inf
            found.append(_Point(phi[:, k], x[:, k], factor or fit.factor, mass))
        return found


def _over_points(
    posterior: LatentPosterior,
    fit: LaplaceFit,
    near: _Near,
    draws: int,
    points: int,
    scattered: list[int],
    rng: np.random.Generator,
) -> WeightedDraws:
    few = len(fit.phi) <= GRID_UP_TO
    if few:
        found, places, cells = _grid(fit, near)
        log_volume = np.zeros(len(found))
        for axis, steps in enumerate(places.T):
            log_volume += np.log([cells[axis][step].volume for step in steps])
    else:
        found, log_volume = _student_points(fit, near, points, rng)
    log_mass = np.array([p.log_marginal for p in found]) + log_volume
    mass = np.exp(log_mass - log_mass.max())
    # Systematic: each point gets its share of the draws, to within one.
    cuts = (np.arange(draws) + rng.random()) / draws
    number = np.bincount(np.searchsorted(np.cumsum(mass) / mass.sum(), cuts), minlength=len(found))
    number = number[: len(found)]
    x = _quasi_normal(posterior.design.size, draws, rng)
    log_q = -0.5 * np.einsum("nd,nd->d", x, x)
    ends = np.cumsum(number)
    for point, n, end, volume, share in zip(found, number, ends, log_volume, mass, strict=True):
        if n:
            at = slice(end - n, end)
            x[:, at] = point.factor.back(x[:, at])
            x[:, at] += point.x[:, None]
            # The density of the coefficients times the probability of the point, which is its mass.
            log_q[at] += 0.5 * point.factor.log_determinant + np.log(share) - volume
    at_points = np.stack([p.phi for p in found], axis=1)
    phi, modes = np.repeat(at_points, number, axis=1), np.stack([p.x for p in found], axis=1)
    with np.errstate(all="ignore"):
        for axis in scattered:
            away, log_density = _within_cells(np.repeat(places[:, axis], number), cells[axis], rng)
            phi, log_volume = _scatter(posterior.design, fit, axis, phi, away, x, modes, number)
            log_q += log_density - log_volume
        likelihood = posterior.log_likelihoods(x)
        exact = likelihood + posterior.log_priors(x, phi)
    ratios = np.where(np.isfinite(exact), exact, -np.inf) - log_q
    weights, k_hat = _smoothed(ratios)
    effective = float(1.0 / (weights**2).sum())
    # Draws of one point share its hyperparameters: a single point with most of the mass is no integration.
    alone = not few and mass.max() > 0.5 * mass.sum()
    return WeightedDraws(x, phi, weights, float("inf") if alone else k_hat, effective, likelihood)


def _scatter(
    design: LatentDesign,
    fit: LaplaceFit,
    axis: int,
    phi: Floats,
    away: Floats,
    x: Floats,
    modes: Floats,
    number: NDArray[np.int64],
) -> tuple[Floats, Floats]:
    """Move draws, so many of each point, `away` along an axis, and in place the effects under it with their normal there.

    That of an effect with prior variance s^2 and information i of its own has the variance ``v = 1 / (1 / s^2 + i)`` and a
    mean proportional to v. Returned: hyperparameters, and the log of the volume by which effects are stretched.
    """
    tried = phi.copy()
    tried[axis] += fit.hyper_root[axis, axis] * away
    u, log_volume = design.unconstrained(phi), np.zeros(phi.shape[1])
    tried_u = design.moved(tried, u, axis)
    at_mode = design.unconstrained(fit.phi[:, None])
    for block in design.blocks_under(axis):
        at = design.slices[block.name]
        # Information in units of the prior's at the mode, prior variances in units of those there.
        information = np.maximum(1.0 / fit.variance[at] - 1.0, 0.0)[:, None]
        before, after = (np.exp(-2.0 * design.log_ratios(block, at_mode, v)) for v in (u, tried_u))
        shrunk = (before + information) / (after + information)
        mean = np.repeat(modes[at], number, axis=1)
        x[at] = mean * shrunk + np.sqrt(shrunk) * (x[at] - mean)
        log_volume += 0.5 * np.log(shrunk).sum(axis=0)
    return tried, log_volume


def _quasi_normal(size: int, draws: int, rng: np.random.Generator) -> Floats:
    """Standard normal columns from scrambled Sobol points, shape ``(size, draws)``.

    Coefficients are drawn from the last to the first, so the last get the best, lowest dimensions of the points;
    far dimensions are plain random numbers.
    """
    near = min(size, _SOBOL_UP_TO)
    engine = qmc.Sobol(near, rng=rng)
    whole = 1 << (draws.bit_length() - 1)  # a first part that is no power of 2 would be warned of
    points = np.concatenate([engine.random(whole), engine.random(draws - whole)])
    points += 2.0**-31  # middle of their cells: they may hold 0
    out = np.empty((size, draws), order="F")
    out[: size - near] = rng.normal(size=(size - near, draws))
    out[size - near :] = ndtri(points, out=points).T[::-1]
    return out


@dataclass(frozen=True)
class _Cell:
    """A point's part of an axis: distances from the point, and the marginal relative to its, summed up to them."""

    away: Floats
    mass: Floats

    @property
    def volume(self) -> float:
        return float(self.mass[-1])

    def drawn(self, uniform: Floats) -> tuple[Floats, Floats]:
        """Distances with that marginal, and its log relative to the point's."""
        height = np.diff(self.mass) / np.diff(self.away)
        at = np.searchsorted(self.mass[1:-1], uniform * self.volume)
        away = self.away[at] + (uniform * self.volume - self.mass[at]) / height[at]
        return away, np.log(height[at])


def _within_cells(
    steps: NDArray[np.int64], cells: dict[int, _Cell], rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Distances from the points at these steps along an axis, and the log density over that of their points' volumes."""
    away, log_density = np.empty(len(steps)), np.empty(len(steps))
    for step in np.unique(steps):
        here = steps == step
        away[here], log_density[here] = cells[step].drawn(rng.random(here.sum()))
    return away, log_density


def _grid(fit: LaplaceFit, near: _Near) -> tuple[list[_Point], NDArray[np.int64], list[dict[int, _Cell]]]:
    """Points of a grid around the mode, their steps ``(points, h)`` along the axes, and each axis' cells by step.

    Each side of an axis is followed until the log marginal has fallen far; points off the axes are taken where the
    falls along their axes add up to no more, as those of independent hyperparameters do. A point stands for the integral
    over its cell of the marginal relative to its own, interpolated along the axes.
    """
    h = len(fit.phi)
    centre = near(fit.phi[:, None])[0]
    if not h:
        return [centre], np.zeros((1, 0), dtype=int), []
    fineness = _FINE if len(fit.x) <= _MANY else _COARSE
    strides = fineness.spacing[h] * _sides(fit, near, centre.log_marginal)
    known, falls = _along_axes(fit, near, centre, strides, fineness)
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
    return [known[p] for p in places], np.array(places), cells


def _cells(falls: dict[int, float], strides: Floats) -> dict[int, _Cell]:
    """Cells along an axis by their steps, with the marginal interpolated between points."""
    steps = np.array(sorted(falls))
    fallen = np.minimum([falls[k] for k in steps], _LEAST_MASS)
    places = np.where(steps < 0, strides[0], strides[1]) * steps
    along = PchipInterpolator(places, fallen)
    cells = {}
    for k, place, fall in zip(steps, places, fallen, strict=True):
        away = np.linspace(-0.5 * strides[int(k > 0)], 0.5 * strides[int(k >= 0)], _PARTS)
        # Beyond the last points nothing is known, and those with mass do not reach there.
        middle = np.clip(place + 0.5 * (away[1:] + away[:-1]), places[0], places[-1])
        height = np.exp(fall - along(middle))
        cells[int(k)] = _Cell(away, np.concatenate([[0.0], np.cumsum(height * np.diff(away))]))
    return cells


def _along_axes(
    fit: LaplaceFit, near: _Near, centre: _Point, strides: Floats, fineness: _Fineness
) -> tuple[dict[tuple[int, ...], _Point], list[dict[int, float]]]:
    """Points along both sides of all axes, by their steps, and of each axis the fall of the log marginal by its steps."""
    h = len(fit.phi)
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


def _sides(fit: LaplaceFit, near: _Near, here: float) -> Floats:
    """Standard deviation to either side of the mode along each axis, ``(2, h)``, in units of the hyperparameters' root.

    From the fall of the marginal at a point where it is near to that at 1.5 standard deviations: a spread that the
    data hardly tell from 0 has a long, flat side, which its curvature at the mode does not show.
    """
    h = len(fit.phi)
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


def _student_points(
    fit: LaplaceFit, near: _Near, points: int, rng: np.random.Generator
) -> tuple[list[_Point], Floats]:
    """Quasi-random points of a Student density, adapted once, and minus their log-densities."""
    h = len(fit.phi)
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
    return found, -log_q


def _smoothed(log_ratios: Floats) -> tuple[Floats, float]:
    """Pareto-smoothed weights, summing to 1, and the shape of their tail."""
    from arviz_stats.base import array_stats

    with np.errstate(all="ignore"):
        # psislw takes log-likelihoods that leave-one-out divides by, and turns their sign itself.
        smoothed, k_hat = array_stats.psislw(log_ratios.max() - log_ratios)
    weights = np.exp(smoothed - smoothed.max())
    return weights / weights.sum(), float(k_hat)
