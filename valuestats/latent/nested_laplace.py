"""Nested Laplace approximation of a latent design's posterior, with importance weights against the exact one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import qmc

from valuestats.latent.arrow import Curvature
from valuestats.latent.design import LatentDesign
from valuestats.latent.hyper_moves import refreshed, rescaled, weak_axes
from valuestats.latent.laplace import GRID_UP_TO, LaplaceFit
from valuestats.latent.laplace_points import Cell, Near, Points, grid, student_points
from valuestats.latent.posterior import LatentPosterior

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_SCATTERED = 0.5  # share of its prior variance that an effect keeps, from which it says too little to fill its scale's cells
_GOOD_K = 0.5  # below it weighted means have a finite variance (Vehtari et al. 2024)
_MORE = 4  # times the points of the Student density where the weights are uneven
_SOBOL_UP_TO = 2_000  # dimensions


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
    last the hyperparameters that are still those of the points are drawn anew given the coefficients, and without a grid
    moved together with coefficients that say little about them.

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
        near = Near(posterior, fit, curvature)
        there = grid(near) if h <= GRID_UP_TO else student_points(near, points, rng)
        return _over(there, posterior, fit, draws, scattered, rng)

    found = over(posterior.curvature(fit.x), points)
    if found.pareto_k > _GOOD_K or found.effective < 0.5 * draws:
        found = over(None, points)
    if found.pareto_k > _GOOD_K and h > GRID_UP_TO:
        found = min(found, over(None, _MORE * points), key=lambda w: w.pareto_k)
    axes = [axis for axis in range(h) if axis not in scattered]
    phi = refreshed(posterior, fit, found.x, found.phi, axes, rng)
    if h <= GRID_UP_TO:
        return replace(found, phi=phi)
    x, phi, value = rescaled(posterior, fit, found.x, phi, found.log_likelihood, rng)
    return replace(found, x=x, phi=phi, log_likelihood=value)


def _over(
    points: Points,
    posterior: LatentPosterior,
    fit: LaplaceFit,
    draws: int,
    scattered: list[int],
    rng: np.random.Generator,
) -> WeightedDraws:
    log_mass = points.each("log_marginal") + points.log_volume
    mass = np.exp(log_mass - log_mass.max())
    # Systematic: each point gets its share of the draws, to within one.
    cuts = (np.arange(draws) + rng.random()) / draws
    number = np.bincount(np.searchsorted(np.cumsum(mass) / mass.sum(), cuts), minlength=len(mass))
    number = number[: len(mass)]
    x = _quasi_normal(posterior.design.size, draws, rng)
    log_q = -0.5 * np.einsum("nd,nd->d", x, x)
    ends = np.cumsum(number)
    for point, n, end, volume, share in zip(points.found, number, ends, points.log_volume, mass, strict=True):
        if n:
            at = slice(end - n, end)
            x[:, at] = point.factor.back(x[:, at])
            x[:, at] += point.x[:, None]
            # The density of the coefficients times the probability of the point, which is its mass.
            log_q[at] += 0.5 * point.factor.log_determinant + np.log(share) - volume
    phi, modes = np.repeat(points.each("phi"), number, axis=1), points.each("x")
    with np.errstate(all="ignore"):
        for axis in scattered:
            away, log_density = _within_cells(
                np.repeat(points.steps[:, axis], number), points.cells[axis], rng
            )
            phi, log_volume = _scatter(posterior.design, fit, axis, phi, away, x, modes, number)
            log_q += log_density - log_volume
        likelihood = posterior.log_likelihoods(x)
        exact = likelihood + posterior.log_priors(x, phi)
    ratios = np.where(np.isfinite(exact), exact, -np.inf) - log_q
    weights, k_hat = _smoothed(ratios)
    effective = float(1.0 / (weights**2).sum())
    # Draws of one point share its hyperparameters: a single point with most of the mass is no integration.
    alone = len(fit.phi) > GRID_UP_TO and mass.max() > 0.5 * mass.sum()
    return WeightedDraws(x, phi, weights, float("inf") if alone else k_hat, effective, likelihood)


def _within_cells(steps: Ints, cells: dict[int, Cell], rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Distances from the points at these steps along an axis, and the log density over that of their points' volumes."""
    away, log_density = np.empty(len(steps)), np.empty(len(steps))
    for step in np.unique(steps):
        here = steps == step
        away[here], log_density[here] = cells[step].drawn(rng.random(here.sum()))
    return away, log_density


def _scatter(
    design: LatentDesign,
    fit: LaplaceFit,
    axis: int,
    phi: Floats,
    away: Floats,
    x: Floats,
    modes: Floats,
    number: Ints,
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


def _smoothed(log_ratios: Floats) -> tuple[Floats, float]:
    """Pareto-smoothed weights, summing to 1, and the shape of their tail."""
    from arviz_stats.base import array_stats

    with np.errstate(all="ignore"):
        # psislw takes log-likelihoods that leave-one-out divides by, and turns their sign itself.
        smoothed, k_hat = array_stats.psislw(log_ratios.max() - log_ratios)
    weights = np.exp(smoothed - smoothed.max())
    return weights / weights.sum(), float(k_hat)
