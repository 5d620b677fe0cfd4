"""Maximum likelihood of a choice model by Newton's method, with the information and clustered errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError
from valuestats.choice.pairs import PairSets
from valuestats.choice.sets import ChoiceSets

Array = NDArray[np.float64]
Sets = ChoiceSets | PairSets

_STEPS = 100
_TOLERANCE = 1e-10
_LONGEST = 3.0
"""Longest step of a parameter: far out the likelihood is flat, and Newton's step from there leads nowhere."""
_RUNAWAY = 50.0


@dataclass(frozen=True)
class Maximum:
    """Where the (penalised) likelihood is largest.

    Attributes
    ----------
    beta
        Parameters; the options' utilities sum to zero.
    covariance
        Inverse information within that constraint, shape ``(parameters, parameters)``.
    log_likelihood
        At the maximum, without the penalty.
    steps
        Newton steps.
    gradient
        Largest absolute derivative at the end.
    """

    beta: Array
    covariance: Array
    log_likelihood: float
    steps: int
    gradient: float


def maximise(sets: Sets, n_options: int, precision: float = 0.0) -> Maximum:
    r"""Newton's method on :math:`\ell(\beta) - \tfrac{\lambda}{2}\sum_k \beta_k^2`, the options' utilities summing to zero.

    Only differences of utilities enter the likelihood, so that the information is singular in the direction of a constant;
    adding :math:`\mathbf 1\mathbf 1'/n` of the options' block makes it regular and leaves all contrasts as they are.

    Parameters
    ----------
    sets
        Counted sets of alternatives.
    n_options
        Number of options; theirs are the first parameters.
    precision
        :math:`\lambda`, of a normal prior on every parameter.

    Raises
    ------
    SpecificationError
        The likelihood has no maximum: parameters that can't be told apart, or run away.

    References
    ----------
    Hunter (2004), Annals of Statistics 32, 384-406, for when a maximum exists.
    """
    size = sets.size
    beta = np.zeros(size)
    prior = np.full(size, precision)
    level = np.zeros((size, size))
    level[:n_options, :n_options] = 1.0 / n_options if precision == 0 else 0.0
    scale = max(float(sets.count.sum()), 1.0)
    value = sets.value(beta)
    steps = 0
    while steps < _STEPS:
        steps += 1
        _, gradient, information = sets.derivatives(beta)
        gradient = gradient - prior * beta
        information = information + np.diag(prior)
        try:
            move = np.linalg.solve(information + level * _weight(information, n_options), gradient)
        except np.linalg.LinAlgError:
            raise _unidentified() from None
        furthest = np.abs(move).max()
        if not np.isfinite(furthest) or np.abs(beta).max() > _RUNAWAY:
            raise _unidentified()
        length = min(1.0, _LONGEST / furthest) if furthest > 0 else 1.0
        while length > 1e-8:
            tried = beta + length * move
            found = sets.value(tried)
            if found - 0.5 * prior @ tried**2 >= value - 0.5 * prior @ beta**2 - 1e-12 * scale:
                break
            length /= 2
        beta, value = tried, found
        beta[:n_options] -= beta[:n_options].mean() if precision == 0 else 0.0
        if float(gradient @ move) < _TOLERANCE * max(1.0, 1e-6 * scale):
            break
    else:
        raise _unidentified()
    _, gradient, information = sets.derivatives(beta)
    gradient = gradient - prior * beta
    information = information + np.diag(prior)
    weight = _weight(information, n_options)
    covariance = np.linalg.inv(information + level * weight)
    centre = np.eye(size)
    centre[:n_options, :n_options] -= 1.0 / n_options
    covariance = centre @ covariance @ centre.T
    return Maximum(beta, covariance, value, steps, float(np.abs(gradient).max()))


def sandwich(maximum: Maximum, scores: Array) -> Array:
    """Covariance from the scores of clusters: the inverse information around their sum of squares (HC0)."""
    v = maximum.covariance
    return np.asarray(v @ (scores.T @ scores) @ v)


def widened(posterior: Array, clustered: Array, precision: float) -> Array:
    r"""A posterior's covariance with what clusters add to it in any direction.

    With V the posterior's covariance, P its prior's precision and S the sandwich of the clusters' scores, clusters add
    the positive part of :math:`S - V(V^{-1} - P)V` on the scale on which V is one. It is only added: an option that never
    wins has scores near zero, and the sandwich alone would call it all but known.

    Parameters
    ----------
    posterior, clustered
        V and S, shape ``(parameters, parameters)``.
    precision
        P, the same for all parameters.

    Examples
    --------
    >>> widened(np.diag([1.0, 1.0]), np.diag([3.0, 0.1]), 0.5).round(6).tolist()
    [[3.5, 0.0], [0.0, 1.0]]
    """
    spread, axes = np.linalg.eigh(posterior)
    known = spread > 1e-12 * spread.max()  # centred strengths have no spread in the direction of a constant
    root = axes[:, known] * np.sqrt(spread[known])
    own = root / spread[known]
    values, vectors = np.linalg.eigh(
        own.T @ clustered @ own - np.eye(known.sum()) + precision * np.diag(spread[known])
    )
    out = root @ vectors
    return np.asarray(posterior + (out * np.maximum(values, 0.0)) @ out.T)


def _weight(information: Array, n_options: int) -> float:
    """Size of the added block, so that it neither drowns nor is drowned."""
    return float(np.trace(information[:n_options, :n_options])) / n_options or 1.0


def _unidentified() -> SpecificationError:
    return SpecificationError(
        "the likelihood has no maximum",
        parameter="choices",
        got="parameters that can't be told apart, or run away",
        hint="an option that always or never wins, or a covariate that decides every choice, has no finite estimate: "
        "pass prior_sd",
    )
