"""Log-likelihoods of counted ordered answers with first and second derivatives, for five ordinal families.

Every family here is a function of ``z_k = c_k - eta``, the distance of a cell's location `eta` to its K - 1
thresholds. A family therefore states only the log-likelihood of a cell and its derivatives by ``z``
(`cell_derivatives`); those by thresholds and locations follow by the chain rule (`count_derivatives`).

**A new family** is one function ``(counts, z) -> (value, gradient, hessian)`` of shapes ``(cells,)``,
``(cells, K - 1)``, ``(cells, K - 1, K - 1)`` and an entry in ``_FAMILIES``; **a new link** is one function
``z -> (log F, log (1 - F), log f, (log f)')`` in ``_LINKS`` (and, for the cumulative family, the log of a difference
of its distribution function that keeps its precision in both tails, in ``_LOG_DIFFERENCES``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, log_expit, log_ndtr, logsumexp

from valuestats.base.errors import SpecificationError

Array = NDArray[np.float64]
Family = Literal["cumulative", "sequential", "adjacent"]
FamilyLink = Literal["logit", "probit", "cloglog"]
_LOG_ROOT_2PI = 0.5 * np.log(2.0 * np.pi)


@dataclass(frozen=True)
class CountDerivatives:
    """Log-likelihood of counted cells and its derivatives by thresholds and locations.

    Attributes
    ----------
    value
        Log-likelihood per cell without the multinomial coefficient, shape ``(cells,)``.
    d_eta, d_cut
        First derivatives, shapes ``(cells,)`` and ``(sets, K - 1)``.
    d_eta_eta
        Second derivative of each cell by its own location, shape ``(cells,)`` (other cells: 0).
    d_eta_cut
        By the cell's location and the thresholds of its set, shape ``(cells, K - 1)``.
    d_cut_cut
        By the thresholds of one set, shape ``(sets, K - 1, K - 1)`` (between sets: 0).
    """

    value: Array
    d_eta: Array
    d_cut: Array
    d_eta_eta: Array
    d_eta_cut: Array
    d_cut_cut: Array


def check_family(family: str, link: str) -> None:
    """Refuse an unknown family or link, and a link that the family does not have."""
    for name, got, known in (("family", family, get_args(Family)), ("link", link, get_args(FamilyLink))):
        if got not in known:
            raise SpecificationError(f"unknown {name}", parameter=name, got=got, expected=" or ".join(known))
    if family == "adjacent" and link != "logit":
        raise SpecificationError(
            "adjacent categories are compared by their log odds", parameter="link", got=link, expected="logit"
        )


def cell_derivatives(
    counts: ArrayLike, distance: ArrayLike, *, family: Family = "cumulative", link: FamilyLink = "logit"
) -> tuple[Array, Array, Array]:
    """Log-likelihood of each cell with gradient and Hessian by the distances ``z_k = c_k - eta``.

    With F the link's distribution function:

    - ``cumulative``: ``P(y <= k) = F(z_k)`` (McCullagh 1980); thresholds must ascend;
    - ``sequential`` (continuation or stopping ratio): ``P(y = k | y >= k) = F(z_k)`` (Tutz 1991);
    - ``adjacent``: ``log P(y = k) / P(y = k + 1) = z_k`` (Agresti 2010), logit only.

    Parameters
    ----------
    counts
        Answers per cell and category, shape ``(cells, K)``.
    distance
        ``z``, shape ``(cells, K - 1)``.
    family, link
        Which probabilities. ``cloglog`` is ``F(z) = 1 - exp(-exp(z))``, a proportional hazards model.

    Returns
    -------
    tuple
        Value ``(cells,)``, gradient ``(cells, K - 1)``, Hessian ``(cells, K - 1, K - 1)``. The value is ``-inf``
        where answers were given to a category that descending thresholds leave no room for.

    Raises
    ------
    SpecificationError
        Unknown family or link, or shapes that do not fit.

    Examples
    --------
    >>> value, gradient, _ = cell_derivatives([[0, 2, 0]], [[-1.0, 1.0]])
    >>> value.round(4), gradient.round(4)
    (array([-1.5439]), array([[-0.8509,  0.8509]]))
    """
    check_family(family, link)
    n, z = np.atleast_2d(np.asarray(counts, dtype=float)), np.atleast_2d(np.asarray(distance, dtype=float))
    if n.shape[1] < 2 or z.shape != (n.shape[0], n.shape[1] - 1):
        raise SpecificationError(
            "the distances do not fit the counts",
            parameter="distance",
            got=z.shape,
            expected=(n.shape[0], n.shape[1] - 1),
        )
    return _FAMILIES[family](n, z, link)


def count_derivatives(
    counts: ArrayLike,
    cutpoints: ArrayLike,
    eta: ArrayLike,
    group: ArrayLike | None = None,
    *,
    family: Family = "cumulative",
    link: FamilyLink = "logit",
) -> CountDerivatives:
    """Log-likelihood and derivatives by thresholds (possibly several sets) and locations.

    Parameters
    ----------
    counts
        Shape ``(cells, K)``.
    cutpoints
        Shape ``(sets, K - 1)``, or ``(K - 1,)`` for one set.
    eta
        Location of each cell, shape ``(cells,)``.
    group
        Threshold set of each cell, shape ``(cells,)``; all of the first set if not given.
    family, link
        See `cell_derivatives`.

    Returns
    -------
    CountDerivatives

    Examples
    --------
    >>> found = count_derivatives([[3, 1], [1, 3]], [0.0], [0.0, 0.0])
    >>> found.d_eta.round(3), found.d_eta_eta.round(3)
    (array([-1.,  1.]), array([-1., -1.]))
    """
    cut, location = np.atleast_2d(np.asarray(cutpoints, dtype=float)), np.asarray(eta, dtype=float)
    index = np.zeros(len(location), dtype=np.int64) if group is None else np.asarray(group, dtype=np.int64)
    value, gradient, hessian = cell_derivatives(
        counts, cut[index] - location[:, None], family=family, link=link
    )
    sets, steps = cut.shape
    by_step = hessian.sum(axis=2)
    flat = hessian.reshape(len(location), -1)
    return CountDerivatives(
        value=value,
        d_eta=-gradient.sum(axis=1),
        d_cut=_add_up(gradient, index, sets),
        d_eta_eta=by_step.sum(axis=1),
        d_eta_cut=-by_step,
        d_cut_cut=_add_up(flat, index, sets).reshape(sets, steps, steps),
    )


def _add_up(values: Array, index: NDArray[np.int64], size: int) -> Array:
    return np.stack([np.bincount(index, column, minlength=size) for column in values.T], axis=1)


def _logit_parts(z: Array) -> tuple[Array, Array, Array, Array]:
    low, high = log_expit(z), log_expit(-z)
    return low, high, low + high, 1.0 - 2.0 * expit(z)


def _probit_parts(z: Array) -> tuple[Array, Array, Array, Array]:
    return log_ndtr(z), log_ndtr(-z), -0.5 * z**2 - _LOG_ROOT_2PI, -z


def _cloglog_parts(z: Array) -> tuple[Array, Array, Array, Array]:
    hazard = np.exp(np.minimum(z, 700.0))
    return _log_of_expm1(hazard), -hazard, z - hazard, 1.0 - hazard


_LINKS: dict[str, Callable[[Array], tuple[Array, Array, Array, Array]]] = {
    "logit": _logit_parts,
    "probit": _probit_parts,
    "cloglog": _cloglog_parts,
}


def _log_of_expm1(x: Array) -> Array:
    """``log(1 - exp(-x))`` of positive x; -inf where x is not positive."""
    safe = np.where(x > 0, x, 1.0)
    return np.where(x > 0, np.log(-np.expm1(-safe)), -np.inf)


def _logit_difference(low: Array, high: Array) -> Array:
    return log_expit(high) + log_expit(-low) + _log_of_expm1(high - low)


def _probit_difference(low: Array, high: Array) -> Array:
    # In the tail where both terms are small, so that their difference keeps its relative precision.
    flip = low > 0
    larger, smaller = log_ndtr(np.where(flip, -low, high)), log_ndtr(np.where(flip, -high, low))
    return larger + np.where(high > low, _log_of_expm1(larger - smaller), -np.inf)


def _cloglog_difference(low: Array, high: Array) -> Array:
    first, second = np.exp(np.minimum(low, 700.0)), np.exp(np.minimum(high, 700.0))
    return -first + _log_of_expm1(second - first)


_LOG_DIFFERENCES: dict[str, Callable[[Array, Array], Array]] = {
    "logit": _logit_difference,
    "probit": _probit_difference,
    "cloglog": _cloglog_difference,
}


def _cumulative(n: Array, z: Array, link: str) -> tuple[Array, Array, Array]:
    below, above, density, slope = _LINKS[link](z)
    inner = _LOG_DIFFERENCES[link](z[:, :-1], z[:, 1:])
    log_p = np.concatenate([below[:, :1], inner, above[:, -1:]], axis=1)
    value = np.where(n > 0, n * log_p, 0.0).sum(axis=1)
    with np.errstate(over="ignore", invalid="ignore"):
        # Density at a threshold over the probability of the category below and above it.
        lower = np.where(n[:, :-1] > 0, np.exp(density - log_p[:, :-1]), 0.0)
        upper = np.where(n[:, 1:] > 0, np.exp(density - log_p[:, 1:]), 0.0)
        gradient = n[:, :-1] * lower - n[:, 1:] * upper
        steps = np.arange(z.shape[1])
        hessian = np.zeros((*z.shape, z.shape[1]))
        hessian[:, steps, steps] = n[:, :-1] * lower * (slope - lower) - n[:, 1:] * upper * (slope + upper)
        beside = n[:, 1:-1] * lower[:, 1:] * upper[:, :-1]
    hessian[:, steps[1:], steps[:-1]] = beside
    hessian[:, steps[:-1], steps[1:]] = beside
    return value, gradient, hessian


def _sequential(n: Array, z: Array, link: str) -> tuple[Array, Array, Array]:
    below, above, density, slope = _LINKS[link](z)
    stopped, went_on = n[:, :-1], np.cumsum(n[:, ::-1], axis=1)[:, ::-1][:, 1:]
    terms = np.where(stopped > 0, stopped * below, 0.0) + np.where(went_on > 0, went_on * above, 0.0)
    with np.errstate(over="ignore", invalid="ignore"):
        lower = np.where(stopped > 0, np.exp(density - below), 0.0)
        upper = np.where(went_on > 0, np.exp(density - above), 0.0)
        gradient = stopped * lower - went_on * upper
        diagonal = stopped * lower * (slope - lower) - went_on * upper * (slope + upper)
    hessian = np.zeros((*z.shape, z.shape[1]))
    steps = np.arange(z.shape[1])
    hessian[:, steps, steps] = diagonal
    return terms.sum(axis=1), gradient, hessian


def _adjacent(n: Array, z: Array, link: str) -> tuple[Array, Array, Array]:
    weight = np.concatenate([np.zeros((len(z), 1)), -np.cumsum(z, axis=1)], axis=1)
    log_p = weight - logsumexp(weight, axis=1, keepdims=True)
    total = n.sum(axis=1)
    p = np.exp(log_p)
    higher = np.cumsum(p[:, ::-1], axis=1)[:, ::-1][:, 1:]
    lower = np.cumsum(p, axis=1)[:, :-1]
    seen = np.cumsum(n[:, ::-1], axis=1)[:, ::-1][:, 1:]
    gradient = total[:, None] * higher - seen
    # Covariance of "above j" and "above l": P(above the larger) P(not above the smaller).
    steps = np.arange(z.shape[1])
    large, small = np.maximum.outer(steps, steps), np.minimum.outer(steps, steps)
    hessian = -total[:, None, None] * higher[:, large] * lower[:, small]
    return (n * log_p).sum(axis=1), gradient, hessian


_FAMILIES: dict[str, Callable[[Array, Array, str], tuple[Array, Array, Array]]] = {
    "cumulative": _cumulative,
    "sequential": _sequential,
    "adjacent": _adjacent,
}
