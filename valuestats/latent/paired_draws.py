r"""Draws of the nested Laplace approximation that are weighted cluster by cluster, in pairs around their conditional mean.

Given the coefficients that clusters share and the hyperparameters, clusters are independent, in the posterior and in its
normal approximation. So each cluster j is weighted by itself, with candidates :math:`\mu_j \pm z_j` on either side of its
conditional mean: what of the log-density is odd, skewness first of all, leaves their mean weight

.. math:: \hat Z_j = \tfrac{1}{2P}\sum_{p,\pm} \frac{p(y_j \mid \mu_j \pm z_{jp})\,p(\mu_j \pm z_{jp})}{q(z_{jp})}

to second order only (antithetic variates: Hammersley and Morton 1956). One candidate is kept with probability proportional
to its weight, and the draw has the weight :math:`\prod_j \hat Z_j` times that of what is shared. On the space of all
candidates this is plain importance sampling, exact whatever the approximation (Andrieu and Roberts 2009; Tran, Scharth, Pitt
and Kohn 2013).

The joint mode is not where what is shared is most probable once many clusters are integrated out, nor is Laplace's marginal
of their spread right where each effect is seen a few times (Breslow and Clayton 1993, of penalised quasi-likelihood): log
weights then rise along both. `tilt` measures that slope, by which a next set of draws is moved.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from valuestats.latent.clusters import ClusterFactor
from valuestats.latent.laplace_points import Point
from valuestats.latent.posterior import LatentPosterior
from valuestats.latent.straightened import straighten

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_AT_ONCE = 2_000_000  # coefficients of draws that are made together


def paired_draws(
    posterior: LatentPosterior,
    points: list[Point],
    number: Ints,
    shared: Floats,
    shift: Floats,
    pairs: int,
    rng: np.random.Generator,
    *,
    straight: bool = False,
) -> tuple[Floats, Floats, Floats]:
    """Draws at points of the hyperparameters.

    Parameters
    ----------
    posterior
        With clusters.
    points, number
        The points, with factors by clusters, and how many draws of each.
    shared
        Standard normal numbers of the coefficients that clusters share, ``(rest, draws)``.
    shift
        What is added to them, ``(rest,)``.
    pairs
        Pairs of candidates of each cluster.
    rng
        For those candidates, and which is kept.
    straight
        Whether thresholds are drawn along straight lines of their own.

    Returns
    -------
    tuple
        Coefficients ``(n, draws)``, their log weights without what is the point's, and log-likelihoods ``(draws,)``.
    """
    clusters = posterior.clusters
    assert clusters is not None
    likelihood: Any = posterior.likelihood
    total = int(number.sum())
    out, log_weight, value = np.empty((clusters.size, total)), np.empty(total), np.empty(total)
    ends = np.cumsum(number)
    step = max(1, _AT_ONCE // clusters.size)
    for point, n, end in zip(points, number, ends, strict=True):
        log_sd = posterior.design.log_sd(posterior.design.unconstrained(point.phi[:, None]))
        precision = np.exp(-2.0 * log_sd)
        alone = -log_sd.sum() + float(posterior.design.hyper_prior(point.phi[:, None])[0][0])
        factor: Any = point.factor
        for start in range(end - n, end, step):
            at = slice(start, min(start + step, end))
            found = _candidates(
                posterior,
                likelihood,
                factor,
                point.x[:, None],
                precision,
                shared[:, at],
                shift,
                pairs,
                rng,
                straight,
            )
            out[:, at], log_weight[at], value[at] = found
            log_weight[at] += alone - 0.5 * factor.log_determinant
    return out, log_weight, value


def _candidates(
    posterior: LatentPosterior,
    likelihood: Any,
    factor: ClusterFactor,
    mode: Floats,
    precision: Floats,
    shared: Floats,
    shift: Floats,
    pairs: int,
    rng: np.random.Generator,
    straight: bool,
) -> tuple[Floats, Floats, Floats]:
    """Kept coefficients of some draws, their log weights and log-likelihoods."""
    clusters, of_row = factor.clusters, posterior.design.of_row
    columns, adds = shared.shape[1], clusters.by_cluster
    w = rng.standard_normal((clusters.size, columns))
    w[clusters.rest] = shared + shift[:, None]
    centre, away = factor.drawn(w)
    centre += mode
    log_volume = straighten(posterior, mode, centre) if straight else 0.0
    rest = centre[clusters.rest]
    log_weight = (
        log_volume + 0.5 * (shared**2).sum(axis=0) - 0.5 * (precision[clusters.rest] * rest**2).sum(axis=0)
    )
    own, values, moves = [], [], []
    for pair in range(pairs):
        if pair:
            w = rng.standard_normal((clusters.size, columns))
            away = factor.moved(w)
        drawn = 0.5 * (adds @ w**2)
        for sign in (1.0, -1.0):
            x = centre + sign * away
            eta, a = posterior.locate(x)
            value = likelihood.values_by(eta, a, of_row, clusters.number)
            x *= x
            x *= precision
            own.append(value - 0.5 * (adds @ x) + drawn)
            values.append(value)
        moves.append(away)
    weights = np.stack(own)
    with np.errstate(all="ignore"):
        weights[~np.isfinite(weights)] = -np.inf
        sums = logsumexp(weights, axis=0)
        log_weight += (sums - np.log(len(own))).sum(axis=0)
        reached = np.cumsum(np.exp(weights - sums), axis=0)
    kept = (reached < rng.random(sums.shape) * reached[-1]).sum(axis=0)
    value = np.take_along_axis(np.stack(values), kept[None], axis=0)[0].sum(axis=0)
    for p, away in enumerate(moves):
        signs = np.where(kept // 2 == p, 1.0 - 2.0 * (kept % 2), 0.0)
        away[clusters.inside] *= signs[clusters.of[clusters.inside]]
        centre += away
    return centre, log_weight, value


def tilt(shared: Floats, log_weight: Floats) -> tuple[Floats, float]:
    """Slope of log weights along normal numbers ``(n, draws)``, shrunk where these are many, and the variance left.

    Examples
    --------
    >>> z = np.random.default_rng(0).normal(size=(2, 1000))
    >>> slope, left = tilt(z, 1.0 + 0.5 * z[0])
    >>> slope.round(2).tolist(), round(left, 2)
    ([0.5, 0.0], 0.0)
    """
    there = np.isfinite(log_weight)
    n, draws = len(shared), int(there.sum())
    z, away = shared[:, there], log_weight[there] - log_weight[there].mean()
    z = z - z.mean(axis=1, keepdims=True)
    ridge = (n / draws) * np.eye(n)
    slope = np.asarray(np.linalg.solve(z @ z.T / draws + ridge, z @ away / draws))
    return slope, float(np.mean((away - slope @ z) ** 2)) * draws / max(draws - n, 1)
