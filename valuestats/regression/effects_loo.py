"""Pointwise and group-wise log-likelihoods of an ordinal regression, and its log-prior."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, polygamma

from valuestats.latent.likelihoods.families import Family, FamilyLink, cell_derivatives
from valuestats.latent.likelihoods.family_probabilities import induced_moments, log_probabilities
from valuestats.regression.effects_design import EffectsDesign, Matrices
from valuestats.regression.effects_draws import LINK_SCALE, EffectDraws, EffectPriors, distances, locations
from valuestats.regression.effects_latent import column_scales

Floats = NDArray[np.float64]
_NODES, _NEWTON, _PAIRS = 15, 12, 16


def group_log_likelihood(
    design: EffectsDesign, draws: EffectDraws, counts: Floats, rows: Matrices, terms: tuple[int, ...]
) -> Floats:
    """Log-likelihood of one group's answers with its effects integrated over their distribution, ``(S,)``.

    ``log integral prod_c p(y_c | theta, u) N(u | 0, Sigma) du`` for each draw. A single effect by adaptive
    Gauss-Hermite quadrature with 15 nodes around the mode of the integrand (Pinheiro and Bates 1995); several by
    the Laplace approximation at the mode, with importance weights of 32 antithetic draws from it.

    Parameters
    ----------
    design, draws
        The regression and its draws.
    counts, rows
        Answers ``(rows, K)`` and matrices of the group's rows.
    terms
        The group terms whose effects the group has for itself.
    """
    spec = design.spec
    z = distances(draws, rows, locations(draws, rows, skip=terms))
    slope = (z - distances(draws, rows, locations(draws, rows, skip=terms) + 1.0))[:, :, 0]  # discrimination
    effects = _own_effects(rows, terms)
    precision, half_log = _precision(draws, rows, terms)
    size, dimension = len(z), effects.shape[1]
    many = np.tile(counts, (size, 1))
    u = np.zeros((size, dimension))

    def curvature() -> tuple[Floats, Floats]:
        gradient, weight = _derivatives(z, slope, u @ effects.T, many, spec.family, spec.link)
        inner = np.einsum("nd,sn,ne->sde", effects, weight, effects, optimize=True) + precision
        return gradient @ effects - np.einsum("sde,se->sd", precision, u), inner

    for _ in range(_NEWTON):
        gradient, inner = curvature()
        step = np.linalg.solve(inner, gradient[..., None])[..., 0]
        u = u + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-6:
            break
    root = np.linalg.cholesky(np.linalg.inv(curvature()[1]))  # standard normals to draws around the mode
    log_root = np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
    if dimension == 1:
        points, weights = np.polynomial.hermite_e.hermegauss(_NODES)
        nodes, log_weights = points[:, None], np.log(weights) - 0.5 * np.log(2.0 * np.pi)
    else:
        half = np.random.default_rng(0).normal(size=(_PAIRS, dimension))
        nodes, log_weights = np.concatenate([half, -half]), np.full(2 * _PAIRS, -np.log(2.0 * _PAIRS))
    terms_found = []
    for node, log_weight in zip(nodes, log_weights, strict=True):
        at = u + root @ node
        moved = z - (slope * (at @ effects.T))[..., None]
        log_p = log_probabilities(moved, family=spec.family, link=spec.link)
        inside = np.where(counts > 0, counts * log_p, 0.0).sum(axis=(1, 2))
        prior = half_log - 0.5 * np.einsum("sd,sde,se->s", at, precision, at)
        terms_found.append(inside + prior + 0.5 * node @ node + log_weight + log_root)
    return np.asarray(logsumexp(np.stack(terms_found), axis=0))


def _own_effects(rows: Matrices, terms: tuple[int, ...]) -> Floats:
    """The effects on the rows of every level that they have, ``(rows, effects)``."""
    parts = []
    for n in terms:
        _, level = np.unique(rows.index[n], return_inverse=True)
        member = np.eye(level.max() + 1)[level]
        parts.append((member[:, :, None] * rows.z[n][:, None, :]).reshape(len(level), -1))
    return np.concatenate(parts, axis=1)


def _precision(draws: EffectDraws, rows: Matrices, terms: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Prior precision of those effects, ``(S, effects, effects)``, and half its log determinant."""
    levels = [len(np.unique(rows.index[n])) for n in terms]
    sizes = [k * draws.sds[n].shape[1] for k, n in zip(levels, terms, strict=True)]
    found, half_log, start = np.zeros((draws.size, sum(sizes), sum(sizes))), np.zeros(draws.size), 0
    for n, k, size in zip(terms, levels, sizes, strict=True):
        sd, correlation = np.maximum(draws.sds[n], 1e-6), draws.correlations[n]
        one = np.eye(sd.shape[1]) if correlation is None else correlation
        inverse = np.linalg.inv(one * sd[:, :, None] * sd[:, None, :])
        at = slice(start, start + size)
        found[:, at, at] = np.einsum("kl,sab->skalb", np.eye(k), inverse).reshape(draws.size, size, size)
        half_log += 0.5 * k * np.linalg.slogdet(inverse)[1]
        start += size
    return found, half_log


def _derivatives(
    z: Floats, slope: Floats, shift: Floats, counts: Floats, family: Family, link: FamilyLink
) -> tuple[Floats, Floats]:
    """Gradient of the log-likelihood by each row's shift, and minus its second derivative, ``(S, rows)``."""
    size, cells, steps = z.shape
    at = (z - (slope * shift)[..., None]).reshape(-1, steps)
    _, gradient, hessian = cell_derivatives(counts, at, family=family, link=link)
    first = -gradient.sum(axis=1).reshape(size, cells) * slope
    second = hessian.sum(axis=(1, 2)).reshape(size, cells) * slope**2
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
    for curve, own, sd in zip(design.curves, draws.curves, draws.curve_sds, strict=True):
        total += normal(sd, priors.curve * unit)
        if curve.part.straight:
            total += normal(own[:, :, -1], priors.effect * unit)
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
