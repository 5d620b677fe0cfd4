"""Posterior of weights on the simplex by importance sampling about the mode."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.optimize import minimize
from scipy.special import gammaln

from valuestats.plans.process import Array, Process
from valuestats.plans.soft import derivatives, log_likelihoods

_BATCH = 1000
_TAIL = 5.0
"""Degrees of freedom of the proposal."""
_TRIES = 200
LARGEST_K = 0.7
LEAST_EFFECTIVE = 200.0


@dataclass(frozen=True)
class Found:
    """Draws of one group's weights.

    Attributes
    ----------
    weights
        Shape ``(draws, values)``, 0 or more: scale times share.
    mode, information
        Where the penalised likelihood is largest, and the information of the steps there.
    log_likelihood, at_zero
        At the mode, and of steps taken at random.
    pareto_k, effective
        Shape of the importance weights' tail, and draws that they are worth.
    """

    weights: Array
    mode: Array
    information: Array
    log_likelihood: float
    at_zero: float
    pareto_k: float
    effective: float


def log_prior(w: Array, scale: float) -> Array:
    """Shares uniform on the simplex, and a half-normal length (their sum) in units of `scale`; of ``(draws, values)``."""
    total = np.maximum(w.sum(axis=-1), 1e-300)
    return np.asarray(-0.5 * (total / scale) ** 2 - (w.shape[-1] - 1) * np.log(total))


def posterior(
    process: Process,
    counts: Array,
    scale: float,
    horizon: int,
    discount: float,
    draws: int,
    rng: np.random.Generator,
) -> Found:
    """Draws of the weights behind counted steps, see `valuestats.plan_weights`."""
    k = len(process.values)

    def objective(w: Array) -> tuple[float, Array]:
        value, slope, _ = derivatives(process, counts, w, horizon, discount)
        total = w.sum() / scale
        return -value + 0.5 * total**2, -slope + total / scale

    start = np.full(k, 0.1 * scale / k)
    found = minimize(objective, start, jac=True, method="L-BFGS-B", bounds=[(0.0, None)] * k)
    mode = np.asarray(found.x)
    best, _, information = derivatives(process, counts, mode, horizon, discount)
    at_zero = float(log_likelihoods(process, counts[None], np.zeros((1, k)), horizon, discount)[0, 0])
    precision = information + np.eye(k) / scale**2
    covariance = 1.5 * np.linalg.inv(precision)
    w, proposal = _proposed(mode, covariance, draws, rng)
    likely = np.concatenate(
        [
            log_likelihoods(process, counts[None], w[i : i + _BATCH], horizon, discount)[0]
            for i in range(0, len(w), _BATCH)
        ]
    )
    smoothed, pareto_k = _smoothed(likely + log_prior(w, scale) - proposal)
    chosen = rng.choice(len(w), size=draws, p=smoothed)
    return Found(w[chosen], mode, information, best, at_zero, pareto_k, float(1 / (smoothed**2).sum()))


def _proposed(mode: Array, covariance: Array, draws: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Twice `draws` from a t about the mode, cut at 0, as many from shares without knowledge; log density of the mixture.

    The second part is there where the plans say little: the prior's density of w has a peak at 0 that no t reaches.
    """
    k = len(mode)
    about = stats.multivariate_t(loc=mode, shape=covariance, df=int(_TAIL), seed=rng)
    kept: list[Array] = []
    tried = 0
    while sum(map(len, kept)) < 2 * draws and tried < _TRIES:
        w = np.asarray(about.rvs(4 * draws)).reshape(-1, k)
        kept.append(w[(w >= 0).all(axis=1)])
        tried += 1
    inside = np.concatenate(kept)
    accepted = max(len(inside), 1) / (tried * 4 * draws)
    inside = inside[: 2 * draws]
    length = float(np.hypot(mode.sum(), np.sqrt(covariance.sum())))
    spread = np.abs(rng.normal(size=2 * draws))[:, None] * length * rng.dirichlet(np.ones(k), size=2 * draws)
    w = np.concatenate([inside, spread])
    total = np.maximum(w.sum(axis=1), 1e-300)
    share = len(inside) / len(w)
    one = np.log(max(share, 1e-300)) + about.logpdf(w) - np.log(accepted)
    two = np.log1p(-share) + stats.halfnorm.logpdf(total, scale=length) + gammaln(k) - (k - 1) * np.log(total)
    return w, np.logaddexp(one, two)


def _smoothed(log_ratios: Array) -> tuple[Array, float]:
    from arviz_stats.base import array_stats

    with np.errstate(all="ignore"):
        # psislw takes log-likelihoods that leave-one-out divides by, and turns their sign itself
        smoothed, k_hat = array_stats.psislw(log_ratios.max() - log_ratios)
    weights = np.exp(smoothed - smoothed.max())
    return weights / weights.sum(), float(k_hat)
