"""Nested Laplace approximation of a latent design's posterior, with importance weights against the exact one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import chi2, norm, qmc

from valuestats.models.arrow import ArrowFactor, Curvature
from valuestats.models.latent_design import LatentDesign
from valuestats.models.latent_posterior import LatentPosterior

Floats = NDArray[np.float64]
_PROBES, _PROBES_LARGE, _LARGE = 100, 30, 4_000  # antithetic pairs behind the moments of the coefficients
_GRID_UP_TO = 3  # hyperparameters that are integrated over a grid
# Spacing of the grid by the number of hyperparameters, and its radius, in standard deviations.
_SPACING, _RADIUS = {0: 1.0, 1: 0.5, 2: 1.0, 3: 1.6}, 3.25
_SECANT_BELOW = 1.0  # Newton decrement
_GOOD_K = 0.5  # below it weighted means have a finite variance (Vehtari et al. 2024)
_MORE = 4  # times the points of the Student density where the weights are uneven
_SOBOL_UP_TO = 2_000  # dimensions
_STRIDES = (2.0, 0.8)  # of Metropolis steps on the hyperparameters, in their standard deviations
_SWEEPS = 8  # of such steps given the coefficients
_STRETCHES, _FEW = (2, 4), 1e6  # of them together with the coefficients; the more with few draws x cells
# Effects that keep so much of their prior variance say little about its scale: far less than the grid's spacing.
# Effects as small as that on the latent scale change no answer, whatever their scale.
_WEAK, _SMALL = 0.25, 0.02
_DEGREES = 7.0  # of the Student proposal of more hyperparameters


@dataclass(frozen=True)
class LaplaceFit:
    """Normal approximation around the mode of the hyperparameters.

    Attributes
    ----------
    phi
        Mode of the hyperparameters' coordinates, shape ``(h,)``.
    hyper_root
        Root of their covariance: ``phi + hyper_root @ z`` with z standard normal.
    x
        Conditional mode of the coefficients there, shape ``(n,)``.
    slope
        Its derivative by the coordinates, shape ``(n, h)``.
    factor
        Factor of the coefficients' precision there.
    variance
        Posterior variance of the coefficients given the hyperparameters over their prior variance, ``(n,)``.
    """

    phi: Floats
    hyper_root: Floats
    x: Floats
    slope: Floats
    factor: ArrowFactor
    variance: Floats


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
    """

    x: Floats
    phi: Floats
    weights: Floats
    pareto_k: float
    effective: float


def fit_laplace(posterior: LatentPosterior, *, seed: int = 0, steps: int = 40) -> LaplaceFit:
    """Mode of the hyperparameters with the coefficients integrated out, and the curvature there.

    The gradient of the log marginal is the expectation of the complete-data score under the normal
    approximation of the coefficients (Fisher's identity), its curvature that of Louis (1982); both need the
    approximation's second moments only: exact variances, so that a spread near 0 is not drawn further by their noise, and
    antithetic draws for the rest.

    Parameters
    ----------
    posterior
        The posterior.
    seed
        Seed of those draws.
    steps
        At most so many Newton steps on the hyperparameters.

    Returns
    -------
    LaplaceFit
    """
    d = posterior.design
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(d.size, _PROBES if d.size < _LARGE else _PROBES_LARGE))
    phi, x = np.zeros(d.hyper_size), np.zeros(d.size)
    damping, previous = 1.0, np.inf
    at, slope = phi, np.zeros(d.hyper_size)
    information = np.eye(d.hyper_size)
    for turn in range(steps):
        if turn == 0:
            x, factor, _ = posterior.conditional_mode(x, phi, tolerance=1e-4)
        else:
            x, factor = _chord_mode(posterior, x, phi, posterior.curvature(x))
        spread = factor.back(noise)
        if d.hyper_size == 0:
            break
        gradient, louis = _hyper_newton(posterior, phi, x, spread, factor.variances(spread))
        # Near the mode Louis' information, noisy as the draws, would make the steps go back and forth.
        close = previous < _SECANT_BELOW
        information = _secant(information, phi - at, slope - gradient) if close else louis
        step = np.linalg.solve(information, gradient)
        decrement = float(gradient @ step)
        if decrement < 0.0:
            information, step = louis, np.linalg.solve(louis, gradient)
            decrement = float(gradient @ step)
        at, slope = phi, gradient
        if decrement < (1e-4 if d.hyper_size <= _GRID_UP_TO else 1e-2):
            break
        damping = max(0.25, damping * 0.5) if decrement > previous else min(1.0, damping * 1.5)
        previous = decrement
        phi = phi + damping * step / max(1.0, float(np.abs(step).max()))
    column = phi[:, None]
    x, factor, _ = posterior.conditional_mode(x, phi)
    spread = factor.back(noise)
    log_sd = d.log_sd(d.unconstrained(column))
    variances = factor.variances(spread)
    variance = variances * np.exp(-2.0 * log_sd[:, 0])
    if d.hyper_size == 0:
        return LaplaceFit(phi, np.zeros((0, 0)), x, np.zeros((d.size, 0)), factor, variance)
    _, information = _hyper_newton(posterior, phi, x, spread, variances)
    root = np.linalg.cholesky(np.linalg.inv(information))
    away = 2.0 * x[:, None] * np.exp(-2.0 * log_sd) * _scale_slopes(posterior, phi)
    return LaplaceFit(phi, root, x, factor.solve(away), factor, variance)


def _secant(information: Floats, step: Floats, fall: Floats) -> Floats:
    """The information that explains by how much the gradient fell over a step (symmetric rank one)."""
    missed = fall - information @ step
    along = float(missed @ step)
    if abs(along) <= 1e-8 * float(np.linalg.norm(missed) * np.linalg.norm(step)):
        return information
    return np.asarray(information + np.outer(missed, missed) / along)


def _hyper_newton(
    posterior: LatentPosterior, phi: Floats, x: Floats, spread: Floats, variances: Floats
) -> tuple[Floats, Floats]:
    """Gradient and (positive) information of the log marginal of the hyperparameters' coordinates."""
    d = posterior.design
    moments = (x**2 + variances)[:, None]

    def score(at: Floats, squares: Floats) -> Floats:
        u, slope = d.mapped(at)
        by_sd = squares * np.exp(-2.0 * d.log_sd(u)) - 1.0
        return np.asarray(d.pull_back(at, d.by_hyper(u, by_sd), slope) + d.hyper_prior(at)[1])

    column = phi[:, None]
    gradient = score(column, moments)[:, 0]
    h = 1e-4 * np.eye(len(phi))
    complete = -(score(column + h, moments) - score(column - h, moments)) / 2e-4
    draws = np.concatenate([x[:, None] + spread, x[:, None] - spread], axis=1)
    scores = score(column, draws**2)
    missing = np.atleast_2d(np.cov(scores))
    complete = 0.5 * (complete + complete.T)
    values, vectors = np.linalg.eigh(complete)
    root = vectors * np.sqrt(np.maximum(values, 0.05))
    # In units of the complete information what is left of it lies between 0 and 1.
    inverse = np.linalg.inv(root)
    left, turned = np.linalg.eigh(inverse @ (complete - missing) @ inverse.T)
    whole = root @ turned
    return gradient, (whole * np.clip(left, 0.05, 1.0)) @ whole.T


def _scale_slopes(posterior: LatentPosterior, phi: Floats) -> Floats:
    """Derivative of the log standard deviations by the coordinates, shape ``(n, h)``."""
    d, h = posterior.design, 1e-5 * np.eye(len(phi))
    up = d.log_sd(d.unconstrained(phi[:, None] + h))
    down = d.log_sd(d.unconstrained(phi[:, None] - h))
    return (up - down) / 2e-5


@dataclass(frozen=True)
class _Point:
    """A point of the hyperparameters with the normal approximation of the coefficients there."""

    phi: Floats
    x: Floats
    factor: ArrowFactor
    log_marginal: float


def nested_laplace(
    posterior: LatentPosterior, fit: LaplaceFit, *, draws: int = 2048, points: int = 64, seed: int = 0
) -> WeightedDraws:
    """Draws of the nested Laplace approximation with importance weights against the exact posterior.

    Up to three hyperparameters are integrated over a grid along the axes of their curvature, each side of an axis
    scaled for skewness (INLA: Rue, Martino and Chopin 2009); more of them by importance sampling from a Student
    density that is adapted once (Cornuet et al. 2012), at more points where the weights are uneven. At each point
    the coefficients are normal around their conditional mode, with the curvature of the likelihood at the mode of
    all or, should the weights then be uneven, at their own. Every draw is weighted by the exact density over its
    proposal's; the weights are Pareto-smoothed (Vehtari, Simpson, Gelman, Yao and Gabry 2024).

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
    found = _over_points(
        posterior, fit, _Near(posterior, fit, posterior.curvature(fit.x)), draws, points, rng
    )
    if found.pareto_k > _GOOD_K or found.effective < 0.5 * draws:
        found = _over_points(posterior, fit, _Near(posterior, fit, None), draws, points, rng)
    if found.pareto_k > _GOOD_K and len(fit.phi) > _GRID_UP_TO:
        more = _over_points(posterior, fit, _Near(posterior, fit, None), draws, _MORE * points, rng)
        found = min(found, more, key=lambda w: w.pareto_k)
    if not len(fit.phi):
        return found
    x, phi = _rescaled(posterior, fit, found.x, _refreshed(posterior, fit, found, rng), rng)
    return replace(found, x=x, phi=phi)


@dataclass(frozen=True)
class _Near:
    """Finds the normal approximation at points near the mode.

    Attributes
    ----------
    curvature
        The likelihood's at the mode, to be taken at all points; None to take it at each.
    """

    posterior: LatentPosterior
    fit: LaplaceFit
    curvature: Curvature | None

    @np.errstate(all="ignore")  # far out densities overflow: such points have no mass
    def __call__(self, phi: Floats) -> _Point:
        start = self.fit.x + self.fit.slope @ (phi - self.fit.phi)
        try:
            x, factor = _chord_mode(
                self.posterior, start, phi, self.curvature or self.posterior.curvature(start)
            )
        except np.linalg.LinAlgError:  # so far out that there is no mode to be found: without mass
            return _Point(phi, self.fit.x, self.fit.factor, -np.inf)
        log_marginal = (
            float(self.posterior.log_values(x[:, None], phi[:, None])[0]) - 0.5 * factor.log_determinant
        )
        return _Point(phi, x, factor, log_marginal if np.isfinite(log_marginal) else -np.inf)


def _over_points(
    posterior: LatentPosterior,
    fit: LaplaceFit,
    near: _Near,
    draws: int,
    points: int,
    rng: np.random.Generator,
) -> WeightedDraws:
    few = len(fit.phi) <= _GRID_UP_TO
    found, log_volume = _grid(fit, near) if few else _student_points(fit, near, points, rng)
    log_mass = np.array([p.log_marginal for p in found]) + log_volume
    mass = np.exp(log_mass - log_mass.max())
    # Systematic: each point gets its share of the draws, to within one.
    cuts = (np.arange(draws) + rng.random()) / draws
    number = np.bincount(np.searchsorted(np.cumsum(mass) / mass.sum(), cuts), minlength=len(found))
    number = number[: len(found)]
    normal = _quasi_normal(posterior.design.size, draws, rng)
    x, log_q = np.empty_like(normal), -0.5 * (normal**2).sum(axis=0)
    ends = np.cumsum(number)
    for point, n, end, volume, share in zip(found, number, ends, log_volume, mass, strict=True):
        if n:
            at = slice(end - n, end)
            x[:, at] = point.x[:, None] + point.factor.back(normal[:, at])
            # The density of the coefficients times the probability of the point, which is its mass.
            log_q[at] += 0.5 * point.factor.log_determinant + np.log(share) - volume
    phi = np.repeat(np.stack([p.phi for p in found], axis=1), number, axis=1)
    with np.errstate(all="ignore"):
        exact = posterior.log_values(x, phi)
    weighted = _weighted(x, phi, np.where(np.isfinite(exact), exact, -np.inf) - log_q)
    # Draws of one point share its hyperparameters: a single point with most of the mass is no integration.
    alone = not few and mass.max() > 0.5 * mass.sum()
    return replace(weighted, pareto_k=float("inf")) if alone else weighted


def _weighted(x: Floats, phi: Floats, log_ratios: Floats) -> WeightedDraws:
    from arviz_stats.base import array_stats

    with np.errstate(all="ignore"):
        # psislw takes log-likelihoods that leave-one-out divides by, and turns their sign itself.
        smoothed, k_hat = array_stats.psislw(log_ratios.max() - log_ratios)
    weights = np.exp(smoothed - smoothed.max())
    weights /= weights.sum()
    return WeightedDraws(x, phi, weights, float(k_hat), float(1.0 / (weights**2).sum()))


def _quasi_normal(size: int, draws: int, rng: np.random.Generator) -> Floats:
    """Standard normal columns from scrambled Sobol points, shape ``(size, draws)``.

    Coefficients are drawn from the last to the first, so the last get the best, lowest dimensions of the points;
    far dimensions are plain random numbers.
    """
    near = min(size, _SOBOL_UP_TO)
    points = qmc.Sobol(near, rng=rng).random_base2(max(1, int(np.ceil(np.log2(draws)))))[:draws]
    points += 2.0**-31  # middle of their cells: they may hold 0
    out = np.empty((size, draws), order="F")
    out[: size - near] = rng.normal(size=(size - near, draws))
    out[size - near :] = ndtri(points, out=points).T[::-1]
    return out


def _refreshed(
    posterior: LatentPosterior, fit: LaplaceFit, found: WeightedDraws, rng: np.random.Generator
) -> Floats:
    """Hyperparameters moved by Metropolis steps that leave their density given the coefficients unchanged."""
    d = posterior.design
    density = d.spread_density(found.x)
    phi, reach = found.phi.copy(), np.sqrt((fit.hyper_root**2).sum(axis=1))
    u = d.unconstrained(phi)
    value = density(phi, u)
    for turn in range(_SWEEPS * len(phi)):
        tried = phi.copy()
        axis = turn % len(phi)
        tried[axis] += (
            _STRIDES[turn // len(phi) % len(_STRIDES)] * reach[axis] * rng.normal(size=phi.shape[1])
        )
        tried_u = d.moved(tried, u, axis)
        there = density(tried, tried_u)
        moved = np.log(rng.random(phi.shape[1])) < there - value
        phi, u, value = (
            np.where(moved, new, old) for new, old in ((tried, phi), (tried_u, u), (there, value))
        )
    return phi


def _rescaled(
    posterior: LatentPosterior, fit: LaplaceFit, x: Floats, phi: Floats, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draws moved by Metropolis steps that stretch effects with their scale, where they say little about it.

    Effects over their standard deviation stay as they are, so only the likelihood and the scale's prior decide.
    """
    d = posterior.design
    weak = [at for at in range(len(phi)) if _weak(d, fit, at)]
    if not weak:
        return x, phi
    reach = np.sqrt((fit.hyper_root**2).sum(axis=1))
    u = d.unconstrained(phi)
    value = posterior.log_likelihoods(x)
    for turn in range(_STRETCHES[len(d.counts) * phi.shape[1] < _FEW]):
        for axis in weak:
            tried = phi.copy()
            tried[axis] += _STRIDES[turn % len(_STRIDES)] * reach[axis] * rng.normal(size=phi.shape[1])
            tried_u = d.moved(tried, u, axis)
            with np.errstate(all="ignore"):
                stretched = d.stretched(x, u, tried_u)
                there = posterior.log_likelihoods(stretched)
            gain = there - value + 0.5 * (phi[axis] ** 2 - tried[axis] ** 2)
            moved = np.log(rng.random(phi.shape[1])) < gain
            pairs = ((tried, phi), (tried_u, u), (stretched, x), (there, value))
            phi, u, x, value = (np.where(moved, new, old) for new, old in pairs)
    return x, phi


def _weak(design: LatentDesign, fit: LaplaceFit, axis: int) -> bool:
    """Whether effects under a hyperparameter keep more than `_WEAK` of their prior variance, and are not all but nothing."""
    name = next(n for n, at in design.hyper_slices.items() if at.start <= axis < at.stop)
    under = {h.name for h in design.hypers if name in (h.name, h.centre, h.spread)}
    prior = np.exp(design.log_sd(design.unconstrained(fit.phi[:, None])))[:, 0]
    for block in design.blocks:
        if any(scale.hyper in under for scale in block.scales):
            at = design.slices[block.name]
            kept = float(np.median(fit.variance[at]))
            if kept > _WEAK and float(np.median(prior[at])) * np.sqrt(kept) > _SMALL:
                return True
    return False


def _grid(fit: LaplaceFit, near: _Near) -> tuple[list[_Point], Floats]:
    """Points of a grid in a ball around the mode (3.2 standard deviations; the sum over a grid with such spacing
    is within 0.1 % of the integral of a normal density), and the log volumes of their cells.
    """
    h = len(fit.phi)
    lower, upper = _axes(fit, near)
    reach = int(_RADIUS / _SPACING[h])
    places = list(product(range(-reach, reach + 1), repeat=h))
    steps = _SPACING[h] * np.array(places, dtype=float).reshape(len(places), h)
    steps = steps[(steps**2).sum(axis=1) <= _RADIUS**2]
    sides = np.where(steps < 0, lower, upper)
    found = [near(fit.phi + fit.hyper_root @ row) for row in sides * steps]
    widths = np.where(steps == 0, 0.5 * (lower + upper), sides)
    return found, np.log(widths).sum(axis=1)


def _student_points(
    fit: LaplaceFit, near: _Near, points: int, rng: np.random.Generator
) -> tuple[list[_Point], Floats]:
    """Quasi-random points of a Student density, adapted once, and minus their log-densities."""
    h = len(fit.phi)
    centre, root = fit.phi, 1.2 * fit.hyper_root
    for turn in range(2):
        uniform = np.clip(qmc.Sobol(h + 1, rng=rng).random(points), 1e-6, 1 - 1e-6)
        z = norm.ppf(uniform[:, :h]) / np.sqrt(chi2.ppf(uniform[:, h:], _DEGREES) / _DEGREES)
        found = [near(centre + root @ row) for row in z]
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


def _chord_mode(
    posterior: LatentPosterior, start: Floats, phi: Floats, curvature: Curvature
) -> tuple[Floats, ArrowFactor]:
    """Conditional mode from a start nearby, by steps that all take one curvature of the likelihood."""
    d = posterior.design
    column, x = phi[:, None], start
    factor = curvature.factor(np.exp(-2.0 * d.log_sd(d.unconstrained(column)))[:, 0])
    for _ in range(6):
        gradient = posterior.log_density(x[:, None], column)[1]
        step = factor.solve(gradient)
        gain = float((gradient * step).sum())
        if not np.isfinite(gain) or gain > 1e3:  # too far for the chord: start over with Newton's own steps
            return posterior.conditional_mode(start, phi)[:2]
        x = x + step[:, 0]
        if gain < 1e-2:  # before this step; far less is left after it
            break
    return x, factor


def _axes(fit: LaplaceFit, near: _Near) -> tuple[Floats, Floats]:
    """Standard deviation to either side of the mode along each axis, in units of the hyperparameters' root.

    From the fall of the marginal at a point where it is near to that at 2 standard deviations: a spread that the
    data hardly tell from 0 has a long, flat side, which its curvature at the mode does not show.
    """
    here = near(fit.phi).log_marginal if len(fit.phi) else 0.0
    sides = np.ones((2, len(fit.phi)))
    for axis, column in enumerate(fit.hyper_root.T):
        for side, sign in enumerate((-1.0, 1.0)):
            reach = 1.5
            for _ in range(4):
                fall = float(np.clip(here - near(fit.phi + sign * reach * column).log_marginal, 0.1, 8.0))
                sides[side, axis] = np.clip(reach / np.sqrt(2.0 * fall), 0.4, 3.0)
                if 0.8 < fall < 2.5:
                    break
                reach = 2.0 * sides[side, axis]
    return sides[0], sides[1]
