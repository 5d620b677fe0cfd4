"""Pointwise and group-wise log-likelihoods of an ordinal regression, and its log-prior."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, polygamma

from valuestats.kernels.family_probabilities import induced_moments, log_probabilities
from valuestats.kernels.ordinal_families import Family, FamilyLink, cell_derivatives
from valuestats.models.effects_draws import LINK_SCALE, EffectDraws, EffectPriors, distances, locations
from valuestats.models.effects_formula import EffectsDesign, Matrices
from valuestats.models.effects_latent import column_scales

Floats = NDArray[np.float64]
_NODES, _NEWTON = 15, 12


def group_log_likelihood(
    design: EffectsDesign, draws: EffectDraws, counts: Floats, rows: Matrices, term: int
) -> Floats:
    """Log-likelihood of one group's answers with its effect integrated over its distribution, ``(S,)``.

    ``log integral prod_c p(y_c | theta, u) N(u | 0, sd) du`` for each draw, by adaptive Gauss-Hermite quadrature with
    15 nodes around the mode of the integrand (Pinheiro and Bates 1995).

    Parameters
    ----------
    design, draws
        The regression and its draws.
    counts, rows
        Answers ``(rows, K)`` and matrices of the group's rows.
    term
        The group term, which has one effect per group.
    """
    spec = design.spec
    z = distances(draws, rows, locations(draws, rows, skip=term))
    covariate = rows.z[term][:, 0]
    # The distances' slope by the effect: the discrimination times the covariate.
    slope = z - distances(draws, rows, locations(draws, rows, skip=term) + covariate)
    slope = slope[:, :, 0]
    sd = np.maximum(draws.sds[term][:, 0], 1e-6)
    size = len(z)
    many = np.tile(counts, (size, 1))
    u = np.zeros(size)
    for _ in range(_NEWTON):
        gradient, curvature = _derivatives(z, slope, u, many, spec.family, spec.link)
        gradient, curvature = gradient - u / sd**2, curvature + 1.0 / sd**2
        step = gradient / curvature
        u = u + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-6:
            break
    curvature = _derivatives(z, slope, u, many, spec.family, spec.link)[1] + 1.0 / sd**2
    width = 1.0 / np.sqrt(curvature)
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    terms = []
    for node, weight in zip(nodes, weights, strict=True):
        at = u + width * node
        log_p = log_probabilities(z - (slope * at[:, None])[..., None], family=spec.family, link=spec.link)
        inside = np.where(counts > 0, counts * log_p, 0.0).sum(axis=(1, 2))
        prior = -0.5 * (at / sd) ** 2 - np.log(sd) - 0.5 * np.log(2.0 * np.pi)
        terms.append(inside + prior + 0.5 * node**2 + np.log(weight) + np.log(width))
    return np.asarray(logsumexp(np.stack(terms), axis=0))


def _derivatives(
    z: Floats, slope: Floats, u: Floats, counts: Floats, family: Family, link: FamilyLink
) -> tuple[Floats, Floats]:
    size, cells, steps = z.shape
    at = (z - (slope * u[:, None])[..., None]).reshape(-1, steps)
    _, gradient, hessian = cell_derivatives(counts, at, family=family, link=link)
    first = -(gradient.sum(axis=1).reshape(size, cells) * slope).sum(axis=1)
    second = (hessian.sum(axis=(1, 2)).reshape(size, cells) * slope**2).sum(axis=1)
    return first, np.maximum(-second, 0.0)


def log_prior(design: EffectsDesign, draws: EffectDraws, priors: EffectPriors) -> Floats:
    """Log density of the priors at the top of the model, up to a constant, ``(S,)``.

    Fixed, monotonic and category-specific effects, spreads, correlations, log discriminations, and the thresholds where
    there is one set of them. What varies over groups belongs to the model, not to its prior.
    """
    spec, weights = design.spec, design.counts.sum(axis=1)
    unit = LINK_SCALE[spec.link]
    total = np.zeros(draws.size)

    def normal(values: Floats, scale: float) -> Floats:
        return np.asarray(-0.5 * (values.reshape(draws.size, -1) / scale) ** 2).sum(axis=1)

    total += normal(draws.beta * column_scales(design.matrices.x, weights), priors.effect * unit)
    for sds, correlation in zip(draws.sds, draws.correlations, strict=True):
        total += normal(sds, priors.group * unit)
        if correlation is not None:
            total += (priors.lkj - 1.0) * np.linalg.slogdet(correlation)[1]
    if draws.threshold_sd is not None:
        total += normal(draws.threshold_sd, priors.thresholds * unit)
    else:
        total += _threshold_prior(design, draws, priors)
    if draws.disc is not None:
        total += normal(draws.disc * column_scales(design.matrices.disc, weights), priors.disc)
    if draws.disc_sd is not None:
        total += normal(draws.disc_sd, priors.disc)
    if draws.specific is not None:
        scale = column_scales(design.matrices.specific, weights)[:, None]
        total += normal(draws.specific * scale, priors.specific * unit)
    if draws.monotonic is not None:
        total += normal(draws.monotonic, priors.effect * unit)
    return total


def _threshold_prior(design: EffectsDesign, draws: EffectDraws, priors: EffectPriors) -> Floats:
    spec, cut = design.spec, draws.cut[:, 0]
    if spec.family == "cumulative":
        reference = int(design.counts.sum(axis=0).argmax())
        logs = log_probabilities(cut, family=spec.family, link=spec.link)
        away = np.delete(logs - logs[:, [reference]], reference, axis=1)
        covariance = (np.eye(cut.shape[1]) + 1.0) * float(polygamma(1, priors.concentration))
    else:
        mean, covariance = induced_moments(
            cut.shape[1] + 1, priors.concentration, family=spec.family, link=spec.link
        )
        away = cut - mean
    return np.asarray(-0.5 * (away * np.linalg.solve(covariance, away.T).T).sum(axis=1))
