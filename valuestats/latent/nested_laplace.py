"""Nested Laplace approximation of a latent design's posterior, with importance weights against the exact one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import qmc

from valuestats.latent.design import LatentDesign
from valuestats.latent.hyper_moves import refreshed, rescaled, weak_axes
from valuestats.latent.laplace import GRID_UP_TO, LaplaceFit
from valuestats.latent.laplace_points import Cell, Near, Points, Rise, grid, student_points
from valuestats.latent.paired_draws import paired_draws, tilt
from valuestats.latent.posterior import LatentPosterior
from valuestats.latent.precision import LikelihoodCurvature
from valuestats.latent.straightened import may_straighten, straighten

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_SCATTERED = 0.5  # share of its prior variance that an effect keeps, from which it says too little to fill its scale's cells
_GOOD_K = 0.5  # below it weighted means have a finite variance (Vehtari et al. 2024)
# Draws of clusters that say where the others are to be moved, at least and for each direction; how often, until what is left
# of the hyperparameters' move and (its square) of what clusters share is small, in standard deviations; the farthest.
_PILOT, _EACH, _PILOTS, _CENTRED, _SETTLED, _FARTHEST = 512, 8, 4, 0.3, 0.5, 3.0
_LEFT, _EFFECTIVE = (
    0.8,
    500.0,
)  # variance of log weights at which half of the draws are effective, and how many suffice
_EVEN = 1.5  # times the mean weight, below which the shape of the largest weights is that of rounding errors
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
        Shape of the weights' tail: below 0.7 the weighted means may be trusted (Vehtari et al. 2024). The shape knows no
        scale: where no weight is 1.5 times the mean it is 0 at most.
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
    the likelihood at the mode of all or, should the weights then be uneven, at their own; where they stay so, thresholds are
    drawn along straight lines of their own (`valuestats.latent.straightened`). Scales of which their effects
    say little are scattered over the cells of the grid, the effects with them. Every draw is weighted by the exact
    density over its proposal's; the weights are Pareto-smoothed (Vehtari, Simpson, Gelman, Yao and Gabry 2024).

    The normal draws are quasi-random (scrambled Sobol points: Owen 1998), which on models of some hundred
    coefficients halves the error of interval ends against independent draws; a power of 2 suits them best. At
    last the hyperparameters that are still those of the points are drawn anew given the coefficients, and without a grid
    moved together with coefficients that say little about them.

    Where a design declares clusters, and they are many or the weights uneven, draws are weighted cluster by cluster
    (`valuestats.latent.paired_draws`), after a few of them have shown by how much the normal approximation of what clusters
    share, and Laplace's marginal of the hyperparameters, are off.

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
    if posterior.clusters is not None:
        return _by_clusters(posterior, fit, draws, points, rng)
    scattered = weak_axes(posterior.design, fit, _SCATTERED) if h <= GRID_UP_TO else []

    def over(curvature: LikelihoodCurvature | None, points: int, straight: bool = False) -> WeightedDraws:
        near = Near(posterior, fit, curvature, straight=straight)
        there = grid(near) if h <= GRID_UP_TO else student_points(near, points, rng)
        return _over(there, near, draws, scattered, rng)

    found = over(posterior.curvature(fit.x), points)
    if _uneven(found) and posterior.design.clusters is None:
        found = over(None, points)
    straight = False
    if _uneven(found) and may_straighten(posterior):
        tried = over(None, points, straight=True)
        straight = tried.pareto_k < found.pareto_k
        found = tried if straight else found
    if _uneven(found) and posterior.design.clusters is not None:
        return _by_clusters(posterior.by_clusters(), fit, draws, points, rng, straight)
    if found.pareto_k > _GOOD_K and h > GRID_UP_TO:
        found = min(found, over(None, _MORE * points, straight), key=lambda w: w.pareto_k)
    return _moved(posterior, fit, found, [axis for axis in range(h) if axis not in scattered], rng)


def _uneven(found: WeightedDraws) -> bool:
    return found.pareto_k > _GOOD_K or found.effective < 0.5 * len(found.weights)


def _moved(
    posterior: LatentPosterior,
    fit: LaplaceFit,
    found: WeightedDraws,
    axes: list[int],
    rng: np.random.Generator,
) -> WeightedDraws:
    """The draws with hyperparameters moved along `axes` given the coefficients, and without a grid together with them."""
    phi = refreshed(posterior, fit, found.x, found.phi, axes, rng)
    if len(fit.phi) <= GRID_UP_TO:
        return replace(found, phi=phi)
    x, phi, value = rescaled(posterior, fit, found.x, phi, found.log_likelihood, rng)
    return replace(found, x=x, phi=phi, log_likelihood=value)


def _by_clusters(
    posterior: LatentPosterior,
    fit: LaplaceFit,
    draws: int,
    points: int,
    rng: np.random.Generator,
    straight: bool = False,
) -> WeightedDraws:
    """Draws that are weighted cluster by cluster, with more pairs of candidates and points where weights are uneven.

    A few of them first say by how much the normal approximation of what clusters share, and the marginal of the
    hyperparameters, are off: those of many clusters add up what Laplace's method errs in each.
    """
    h, clusters = len(fit.phi), posterior.clusters
    assert clusters is not None
    near = Near(posterior, fit, None, straight=straight)
    shift, found = np.zeros(len(clusters.rest)), None

    def laid(near: Near, many: int) -> Points:
        return grid(near) if h <= GRID_UP_TO else student_points(near, many, rng)

    there = laid(near, points)
    pilot = max(_PILOT, _EACH * (len(shift) + 2 * h))
    for _ in range(_PILOTS):
        seen = _paired(near, there, shift, pilot, 1, rng)
        shift = shift + seen.shift
        if float(np.abs(seen.slope).max(initial=0.0)) > _CENTRED:
            near = _recentred(near, seen)
            there = laid(near, points)
        elif float((seen.shift**2).sum()) < _SETTLED:
            break
    # Each pair halves, thirds, … what is left of the log weights' variance.
    first = int(np.clip(np.ceil(seen.left / _LEFT), 1, _MORE))
    for pairs in dict.fromkeys((first, _MORE)):
        if found is not None and h > GRID_UP_TO:
            there = laid(near, _MORE * points)
        seen = _paired(near, there, shift, draws, pairs, rng)
        shift = shift + seen.shift
        if found is None or seen.draws.effective > found.effective:
            found = seen.draws
        if found.pareto_k <= _GOOD_K and found.effective >= min(_EFFECTIVE, 0.5 * draws):
            break
    assert found is not None
    return _moved(posterior, near.fit, found, list(range(h)), rng)


@dataclass(frozen=True)
class _Paired:
    """Draws by clusters; by how much their log weights rise with standardised hyperparameters, bend, and what is shared.

    `left` is the variance of log weights that is none of these.
    """

    draws: WeightedDraws
    slope: Floats
    bend: Floats
    shift: Floats
    left: float


def _paired(
    near: Near, there: Points, shift: Floats, draws: int, pairs: int, rng: np.random.Generator
) -> _Paired:
    mass, number = _shares(there, draws, rng)
    shared = _quasi_normal(len(shift), draws, rng)
    with np.errstate(all="ignore"):
        x, ratios, value = paired_draws(
            near.posterior, there.found, number, shared, shift, pairs, rng, straight=near.straight
        )
    ratios += np.repeat(there.log_volume - np.log(mass), number)
    phi = np.repeat(there.each("phi"), number, axis=1)
    along = np.linalg.solve(near.fit.hyper_root, phi - near.fit.phi[:, None])
    alone = len(phi) > GRID_UP_TO and bool(mass.max() > 0.5 * mass.sum())
    weighted, h = _weighted(x, phi, ratios, value, alone=alone), len(phi)
    moves = np.concatenate([along, along**2 - 1.0, shared])
    rise, left = tilt(moves, ratios)
    return _Paired(weighted, rise[:h], 2.0 * rise[h : 2 * h], rise[2 * h :], left)


def _recentred(near: Near, seen: _Paired) -> Near:
    """The marginal with a correction, and the approximation at its mode."""
    posterior, fit = near.posterior, near.fit
    bend = np.clip(seen.bend, -1.0, 0.5)
    move = fit.hyper_root @ np.clip(seen.slope / (1.0 - bend), -_FARTHEST, _FARTHEST)
    x, factor, _ = posterior.conditional_mode(fit.x + fit.slope @ move, fit.phi + move)
    rises = (*near.rises, Rise(fit.phi, fit.hyper_root, seen.slope, bend))
    return replace(near, fit=replace(fit, phi=fit.phi + move, x=x, factor=factor), rises=rises)


def _shares(points: Points, draws: int, rng: np.random.Generator) -> tuple[Floats, Ints]:
    """Mass of each point, and how many of the draws it gets: its share, to within one."""
    log_mass = points.each("log_marginal") + points.log_volume
    mass = np.exp(log_mass - log_mass.max())
    cuts = (np.arange(draws) + rng.random()) / draws
    number = np.bincount(np.searchsorted(np.cumsum(mass) / mass.sum(), cuts), minlength=len(mass))
    return mass, number[: len(mass)]


def _weighted(x: Floats, phi: Floats, ratios: Floats, likelihood: Floats, *, alone: bool) -> WeightedDraws:
    """Draws with smoothed weights; `alone` where a single point has most of the mass, which is no integration."""
    weights, k_hat = _smoothed(np.where(np.isfinite(ratios), ratios, -np.inf))
    effective = float(1.0 / (weights**2).sum())
    return WeightedDraws(x, phi, weights, float("inf") if alone else k_hat, effective, likelihood)


def _over(
    points: Points,
    near: Near,
    draws: int,
    scattered: list[int],
    rng: np.random.Generator,
) -> WeightedDraws:
    posterior, fit = near.posterior, near.fit
    mass, number = _shares(points, draws, rng)
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
            if near.straight:
                log_q[at] -= straighten(posterior, point.x[:, None], x[:, at])
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
    alone = len(fit.phi) > GRID_UP_TO and bool(mass.max() > 0.5 * mass.sum())
    return _weighted(x, phi, exact - log_q, likelihood, alone=alone)


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
    """Pareto-smoothed weights, summing to 1, and the shape of their tail, which has no length where all are about even."""
    from arviz_stats.base import array_stats

    with np.errstate(all="ignore"):
        # psislw takes log-likelihoods that leave-one-out divides by, and turns their sign itself.
        smoothed, k_hat = array_stats.psislw(log_ratios.max() - log_ratios)
    weights = np.exp(smoothed - smoothed.max())
    weights /= weights.sum()
    even = weights.max() * len(weights) < _EVEN
    return weights, min(float(k_hat), 0.0) if even else float(k_hat)
