"""The conditional logit in features: Newton's method, and weights held above zero, on the likelihood of `fit_choice`.

That is `valuestats.latent.likelihoods.choices.ChoiceStages`, of stages whose alternatives are single options.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from valuestats.base.errors import SpecificationError
from valuestats.latent.likelihoods.choices import ChoiceStages
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
    columns = beta.reshape(-1, beta.shape[-1]).T
    eta = sets.flat @ columns
    each = sets.stages.values_by(eta, np.zeros((0, eta.shape[1])), sets.choice_of, len(sets))
    return np.asarray(each.T.reshape(*beta.shape[:-1], len(sets)))


def _slopes(sets: FeatureSets, stages: ChoiceStages, beta: Array) -> Array:
    """Derivatives by the utilities of the offered options."""
    return stages.gradient((sets.flat @ beta)[:, None], np.zeros((0, 1)))[1][:, 0]


def _information(sets: FeatureSets, stages: ChoiceStages, beta: Array) -> Array:
    rows = stages.curvature(sets.flat @ beta, np.zeros(0)).rows
    return np.asarray(sets.flat.T @ (rows @ sets.flat))


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
    stages = sets.stages if weights is None else sets.stages.reweighted(weights)

    def value(b: Array) -> float:
        eta = (sets.flat @ b)[:, None]
        return float(stages.values(eta, np.zeros((0, 1)))[0] - precision / 2 * b @ b)

    at = value(beta)
    for _ in range(_STEPS):
        information = _information(sets, stages, beta) + precision * np.eye(len(beta))
        gradient = sets.flat.T @ _slopes(sets, stages, beta) - precision * beta
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
    information = _information(sets, stages, beta) + precision * np.eye(len(beta))
    by_row = _slopes(sets, sets.stages, beta)[:, None] * sets.flat
    scores = np.add.reduceat(by_row, sets.stages.start[:-1], axis=0)
    far = np.abs(beta) * np.sqrt((sets.differences**2).mean(axis=0)) > _FINITE
    if precision == 0 and (far.any() or np.linalg.cond(_scaled(information)) > 1e12):
        raise _apart(sets, information, far)
    return Fitted(beta, np.linalg.inv(information), value(beta) + precision / 2 * float(beta @ beta), scores)


def maximise_above_zero(sets: FeatureSets, precision: float = 0.0) -> Array:
    """The penalised maximum among weights of 0 or more."""

    def value(b: Array) -> tuple[float, Array]:
        found, slopes, _ = sets.stages.gradient((sets.flat @ b)[:, None], np.zeros((0, 1)))
        return (
            float(-found[0] + precision / 2 * b @ b),
            -sets.flat.T @ slopes[:, 0] + precision * b,
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
