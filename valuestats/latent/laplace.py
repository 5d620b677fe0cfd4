"""Mode of a latent design's hyperparameters with the coefficients integrated out by Laplace's method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from valuestats.latent.design import LatentDesign
from valuestats.latent.posterior import LatentPosterior
from valuestats.latent.precision import LikelihoodCurvature, PrecisionFactor
from valuestats.latent.straightened import straighten

Floats = NDArray[np.float64]
GRID_UP_TO = 3  # hyperparameters that are integrated over a grid, whose mode is wanted more exactly
_PROBES, _PROBES_LARGE, _LARGE = 100, 30, 4_000  # antithetic pairs behind the moments of the coefficients
# With more hyperparameters than these few draws would spread the eigenvalues of their information far apart: pairs for
# each of them, on the way and at last; and how near to the mode, in decrement for each, a sampler finds the rest.
_MANY, _PROBES_EACH, _PROBES_LAST, _SAMPLED_BELOW = 16, 5, 20, 0.02
_SECOND_LOOK = 10.0  # decrement below which the steps take all draws
_SECANT_BELOW = 1.0  # Newton decrement
# Of the coordinates, whose prior is standard normal: steps of differences, and the least information along any of them.
_DIFFERENCE, _LEAST_INFORMATION = 0.1, 0.2
_FAR, _NEAR_ENOUGH, _CHORDS = (
    1e3,
    1e-2,
    6,
)  # decrements of steps by a curvature of nearby, and how many of them


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
    factor: PrecisionFactor
    variance: Floats


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
    probes, many = _PROBES if d.size < _LARGE else _PROBES_LARGE, d.hyper_size > _MANY
    noise = rng.normal(size=(d.size, max(probes, _PROBES_EACH * d.hyper_size) if many else probes))
    enough = _SAMPLED_BELOW * d.hyper_size if many else 1e-3 if d.hyper_size <= GRID_UP_TO else 1e-2
    phi, x = np.zeros(d.hyper_size), np.zeros(d.size)
    damping, previous, cut_short = 1.0, np.inf, False
    at, slope = phi, np.zeros(d.hyper_size)
    information = np.eye(d.hyper_size)
    for turn in range(steps):
        if turn == 0:
            x, factor, _ = posterior.conditional_mode(x, phi, tolerance=1.0)
        else:
            modes, factors = chord_modes(posterior, x[:, None], phi[:, None], [posterior.curvature(x)])
            if factors[0] is None:
                raise np.linalg.LinAlgError("no mode of the coefficients here")
            x, factor = modes[:, 0], factors[0]
        spread = factor.back(noise[:, :probes] if previous > _SECOND_LOOK else noise)
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
        if decrement < enough:
            break
        # Far from the mode decrements rise as steps become good ones; near it a rise says that a step went too far.
        overshot = decrement > previous and not cut_short
        damping = max(0.25, damping * 0.5) if overshot else min(1.0, damping * 1.5)
        previous, cut_short = decrement, float(np.abs(step).max()) > 1.0
        phi = phi + damping * step / max(1.0, float(np.abs(step).max()))
    column = phi[:, None]
    x, factor, _ = posterior.conditional_mode(x, phi, tolerance=1e-5)
    spread = factor.back(noise)
    log_sd = d.log_sd(d.unconstrained(column))
    variances = factor.variances(spread)
    variance = variances * np.exp(-2.0 * log_sd[:, 0])
    if d.hyper_size == 0:
        return LaplaceFit(phi, np.zeros((0, 0)), x, np.zeros((d.size, 0)), factor, variance)
    if many:
        spread = factor.back(rng.normal(size=(d.size, _PROBES_LAST * d.hyper_size)))
    if d.hyper_size <= GRID_UP_TO:
        information = _information(posterior, phi, x, noise)
    else:
        information = _at_least(_LEAST_INFORMATION, _hyper_newton(posterior, phi, x, spread, variances)[1])
    root = np.linalg.cholesky(np.linalg.inv(information))
    away = 2.0 * x[:, None] * np.exp(-2.0 * log_sd) * scale_slopes(posterior, phi)
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
    d, shared = posterior.design, posterior.spreads
    moments = shared.added((x**2 + variances)[:, None])
    column = phi[:, None]
    gradient = _score(posterior, column, moments)[:, 0]
    h = 1e-4 * np.eye(len(phi))
    complete = -(_score(posterior, column + h, moments) - _score(posterior, column - h, moments)) / 2e-4
    # squares of antithetic draws: (x + z)^2 and (x - z)^2
    middle, away = (
        shared.added(x[:, None] ** 2) + shared.added(spread**2),
        shared.added(2.0 * x[:, None] * spread),
    )
    scores = _score(posterior, column, np.concatenate([middle + away, middle - away], axis=1))
    missing = np.atleast_2d(np.cov(scores))
    complete = 0.5 * (complete + complete.T)
    values, vectors = np.linalg.eigh(complete)
    root = vectors * np.sqrt(np.maximum(values, 0.05))
    # In units of the complete information what is left of it lies between 0 and 1.
    inverse = np.linalg.inv(root)
    left, turned = np.linalg.eigh(inverse @ (complete - missing) @ inverse.T)
    whole = root @ turned
    return _spreads_averaged(d, phi, gradient, (whole * np.clip(left, 0.05, 1.0)) @ whole.T)


def _spreads_averaged(
    design: LatentDesign, phi: Floats, gradient: Floats, information: Floats
) -> tuple[Floats, Floats]:
    """Gradient and information with the score of a centred hyperparameter's spread averaged over its elements.

    Their joint mode with their spread lies at spread 0. Given the rest they are near normal with variance V_m, and
    by Fisher's identity ``E sum z_m^2 = sum (mode of z_m)^2 + sum V_m exp(-2 spread)``, as for the coefficients.
    """
    u, slope = design.mapped(phi[:, None])
    gradient, information = gradient.copy(), information.copy()
    for hyper in design.hypers:
        if hyper.centred:
            own, spread = design.hyper_slices[hyper.name], design.hyper_slices[hyper.spread].start
            within = np.diag(np.linalg.inv(information[own, own])).sum() * np.exp(-2.0 * u[spread, 0])
            gradient[spread] += within * slope[spread, 0]
            information[spread, spread] += 2.0 * within * slope[spread, 0] ** 2
    return gradient, information


def _score(posterior: LatentPosterior, phi: Floats, squares: Floats) -> Floats:
    """Gradient of the complete data's log-density by the coordinates, ``(h, columns)``, given sums of squares.

    They are those of the coefficients that share a standard deviation, as `SharedSpreads.added` gives them.
    """
    d, shared = posterior.design, posterior.spreads
    u, slope = d.mapped(phi)
    by_sd = squares * np.exp(-2.0 * shared.log_sd(u)) - shared.sizes[:, None]
    return np.asarray(d.pull_back(phi, shared.by_hyper(u, by_sd), slope) + d.hyper_prior(phi)[1])


def _information(posterior: LatentPosterior, phi: Floats, x: Floats, noise: Floats) -> Floats:
    """Information of the log marginal by differences of its gradient, which unlike Louis' hardly knows of the draws."""
    h = len(phi)
    away = _DIFFERENCE * np.concatenate([np.eye(h), -np.eye(h)], axis=1)
    columns, starts = phi[:, None] + away, np.repeat(x[:, None], 2 * h, axis=1)
    modes, factors = chord_modes(posterior, starts, columns, [posterior.curvature(x)] * (2 * h))
    if any(factor is None for factor in factors):
        raise np.linalg.LinAlgError("no mode of the coefficients here")
    variances = [factor.variances(factor.back(noise)) for factor in factors if factor is not None]
    moments = posterior.spreads.added(modes**2 + np.column_stack(variances))
    gradients = _score(posterior, columns, moments)
    return _at_least(_LEAST_INFORMATION, (gradients[:, h:] - gradients[:, :h]) / (2.0 * _DIFFERENCE))


def _at_least(least: float, matrix: Floats) -> Floats:
    """The symmetric part with eigenvalues of at least so much."""
    values, vectors = np.linalg.eigh(0.5 * (matrix + matrix.T))
    return np.asarray((vectors * np.maximum(values, least)) @ vectors.T)


def chord_modes(
    posterior: LatentPosterior,
    starts: Floats,
    phi: Floats,
    curvatures: Sequence[LikelihoodCurvature],
    *,
    straight: bool = False,
) -> tuple[Floats, list[PrecisionFactor | None]]:
    """Conditional modes from starts nearby, by steps that all take one curvature of the likelihood per column.

    Parameters
    ----------
    posterior
        The posterior.
    starts, phi
        Coefficients and coordinates of the hyperparameters, shapes ``(n, columns)`` and ``(h, columns)``.
    curvatures
        Of the likelihood, one per column.
    straight
        Whether steps are straight in thresholds (`valuestats.latent.straightened`).

    Returns
    -------
    tuple
        The modes, and the factors of the coefficients' precision; None, and the start, where no mode was found.
    """
    d = posterior.design
    precision = np.exp(-2.0 * d.log_sd(d.unconstrained(phi)))
    x, going = starts.copy(), np.arange(phi.shape[1])
    factors: list[PrecisionFactor | None] = []
    for k, curvature in enumerate(curvatures):
        try:
            factors.append(curvature.factor(precision[:, k]))
        except np.linalg.LinAlgError:
            factors.append(None)
    for turn in range(_CHORDS):
        usable = [(k, factor) for k in going if (factor := factors[k]) is not None]
        if not usable:
            break
        going = np.array([k for k, _ in usable])
        gradient = posterior.log_density(x[:, going], phi[:, going])[1]
        step = np.column_stack([factor.solve(gradient[:, [n]]) for n, (_, factor) in enumerate(usable)])
        gain = (gradient * step).sum(axis=0)
        # Too far for the chord: start over with Newton's own steps. The first step is mostly that of the prior, which a
        # chord knows as it is.
        far = ~(gain <= (_FAR if turn else np.inf))
        for k in going[far]:
            try:
                x[:, k], factors[k], _ = posterior.conditional_mode(
                    starts[:, k], phi[:, k], straight=straight
                )
            except np.linalg.LinAlgError:
                x[:, k], factors[k] = starts[:, k], None
        before = x[:, going[~far]]
        after = before + step[:, ~far]
        if straight:
            straighten(posterior, before, after)
        x[:, going[~far]] = after
        going = going[
            ~far & (gain >= _NEAR_ENOUGH)
        ]  # decrements of before this step; far less is left after it
    return x, factors


def scale_slopes(posterior: LatentPosterior, phi: Floats) -> Floats:
    """Derivative of the log standard deviations by the coordinates, shape ``(n, h)``."""
    d, h = posterior.design, 1e-5 * np.eye(len(phi))
    up = d.log_sd(d.unconstrained(phi[:, None] + h))
    down = d.log_sd(d.unconstrained(phi[:, None] - h))
    return (up - down) / 2e-5
