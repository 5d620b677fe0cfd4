"""The conditional logit in features: likelihood, derivatives, Newton's method, and weights held above zero."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from valuestats.base.errors import SpecificationError
from valuestats.weights.feature_sets import Array, FeatureSets

_STEPS = 60
_FINITE = 12.0
"""Logits for one standard deviation of a feature's differences, beyond which a weight has run away."""


@dataclass(frozen=True)
class Fitted:
    """A maximum.

    Attributes
    ----------
    beta
        Weights.
    covariance
        Inverse information.
    log_likelihood
        Without the prior.
    scores
        Derivatives by choice, shape ``(choices, features)``.
    """

    beta: Array
    covariance: Array
    log_likelihood: float
    scores: Array


def log_probabilities(sets: FeatureSets, beta: Array) -> Array:
    """Log probability of the option taken, shape ``(..., choices)`` for weights ``(..., features)``."""
    if sets.x.shape[1] == 2:  # pairs: the taken option's features are the origin
        u = sets.x[:, 1] @ beta.T
        return np.asarray(-np.logaddexp(0.0, u.T if beta.ndim > 1 else u))
    u = np.moveaxis(sets.x @ beta.T, -1, 0) if beta.ndim > 1 else sets.x @ beta
    u = np.where(sets.offered, u, -np.inf)
    top = u.max(axis=-1)
    return np.asarray(-top - np.log(np.exp(u - top[..., None]).sum(axis=-1)))


def derivatives(sets: FeatureSets, beta: Array) -> tuple[Array, Array, Array]:
    """Probabilities ``(choices, options)``, scores ``(choices, features)`` and the information."""
    u = np.where(sets.offered, sets.x @ beta, -np.inf)
    p = np.exp(u - u.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    mean = np.einsum("nj,njk->nk", p, sets.x)
    return p, -mean, _information(sets.x, p, mean, np.ones(len(p)))


def _information(x: Array, p: Array, mean: Array, w: Array) -> Array:
    flat = x.reshape(-1, x.shape[2])
    return (flat * (p * w[:, None]).ravel()[:, None]).T @ flat - (mean * w[:, None]).T @ mean


def maximise(
    sets: FeatureSets, precision: float = 0.0, weights: Array | None = None, start: Array | None = None
) -> Fitted:
    r"""Newton's method on :math:`\sum_i w_i\log p_i(\beta) - \tfrac\lambda2\beta'\beta`.

    Raises
    ------
    SpecificationError
        Features that can't be told apart, or that decide every choice.
    """
    beta = np.zeros(len(sets.names)) if start is None else start.copy()
    w = np.ones(len(sets)) if weights is None else weights

    def value(b: Array) -> float:
        return float(w @ log_probabilities(sets, b) - precision / 2 * b @ b)

    at = value(beta)
    for _ in range(_STEPS):
        p, score, _ = derivatives(sets, beta)
        information = _information(sets.x, p, -score, w) + precision * np.eye(len(beta))
        gradient = w @ score - precision * beta
        try:
            step = np.linalg.solve(information, gradient)
        except np.linalg.LinAlgError:
            raise _apart(sets, information) from None
        length = 1.0
        while length > 1e-10 and not value(beta + length * step) >= at - 1e-12 * abs(at):
            length /= 2
        beta = beta + length * step
        at = value(beta)
        if float(gradient @ step) < 1e-12 * (1 + abs(at)):
            break
    p, score, _ = derivatives(sets, beta)
    information = _information(sets.x, p, -score, w) + precision * np.eye(len(beta))
    far = np.abs(beta) * np.sqrt((sets.differences**2).mean(axis=0)) > _FINITE
    if precision == 0 and (far.any() or np.linalg.cond(_scaled(information)) > 1e12):
        raise _apart(sets, information, far)
    return Fitted(beta, np.linalg.inv(information), float(w @ log_probabilities(sets, beta)), score)


def maximise_above_zero(sets: FeatureSets, precision: float = 0.0) -> Array:
    """The penalised maximum among weights of 0 or more."""

    def value(b: Array) -> tuple[float, Array]:
        _, score, _ = derivatives(sets, b)
        return (
            float(-log_probabilities(sets, b).sum() + precision / 2 * b @ b),
            -score.sum(axis=0) + precision * b,
        )

    n = len(sets.names)
    found = minimize(value, np.full(n, 0.1), jac=True, method="L-BFGS-B", bounds=[(0, None)] * n)
    return np.asarray(found.x)


def collinearity(sets: FeatureSets) -> tuple[Array, float]:
    """Variance inflation of each feature's differences, about zero, and the condition number of their correlation."""
    d = sets.differences
    scaled = d / np.sqrt((d**2).sum(axis=0))
    r = scaled.T @ scaled
    values = np.linalg.eigvalsh(r)
    condition = float(np.sqrt(values[-1] / max(values[0], 1e-300)))
    inflation = np.diag(np.linalg.pinv(r, hermitian=True)) if values[0] > 1e-12 else np.full(len(r), np.inf)
    return np.asarray(inflation), condition


def _scaled(information: Array) -> Array:
    size = np.sqrt(np.maximum(np.diag(information), 1e-300))
    return information / size[:, None] / size[None]


def _apart(sets: FeatureSets, information: Array, far: NDArray[np.bool_] | None = None) -> SpecificationError:
    _, vectors = np.linalg.eigh(_scaled(information))
    share = np.abs(vectors[:, 0]) > 0.1 if far is None or not far.any() else far
    names = [name for name, s in zip(sets.names, share, strict=True) if s]
    return SpecificationError(
        "weights have no finite estimate",
        parameter="features",
        got=", ".join(names or sets.names),
        expected="features that can be told apart and don't decide every choice",
        hint="pass prior_sd, or leave a feature out",
    )
