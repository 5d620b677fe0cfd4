"""Distances between answer distributions.

All functions take two arrays of shape ``(..., options)`` that broadcast against each other, each row a
distribution, and return an array of shape ``(...)``. Rows of different numbers of options are never padded:
the caller groups them by number of options (`valuestats.similarity.distance_rows.by_options` does it), so no
artefact of padding can arise.
A row that is all zero, or holds NaN, has no distance: the result is NaN there.

By hand: SciPy's `jensenshannon` keeps three digits where shares are 1e-7 apart, and its Wasserstein distance takes
200 times as long (docs/choices.md).
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from valuestats.base.errors import SpecificationError
from valuestats.statistics.row_measures import (
    PLAIN_MEASURES,
    SCALE_MEASURES,
    hellinger_rows,
    spacing,
    total_variation_rows,
    wasserstein_rows,
)

Array = NDArray[np.float64]

Measure = Literal[
    "jensen_shannon",
    "jensen_shannon_divergence",
    "total_variation",
    "hellinger",
    "wasserstein",
    "energy",
    "top_choice",
]
MEASURES: tuple[str, ...] = get_args(Measure)

CLOSE = 1e-3
"""Below this divergence (nats) the entropy form has lost digits and the ratio form takes over."""

CHUNK = 1 << 15
"""Numbers per block: intermediate arrays then stay in the processor's cache."""

TINY = np.finfo(float).tiny


def jensen_shannon_divergence(p: ArrayLike, q: ArrayLike, base: float = 2.0) -> Array:
    r"""Jensen–Shannon divergence between distributions (Lin 1991).

    .. math:: \tfrac12 \sum_k p_k \log\frac{p_k}{m_k} + \tfrac12 \sum_k q_k \log\frac{q_k}{m_k},
              \qquad m = (p + q)/2

    Parameters
    ----------
    p, q
        Distributions, shape ``(..., options)``; rows are normalised to sum to one.
    base
        Base of the logarithm, above 1. With 2 the divergence lies in [0, 1].

    Returns
    -------
    numpy.ndarray
        Divergences in units of `base` (bits for 2), shape ``(...)``; NaN where a row is all zero.

    Raises
    ------
    SpecificationError
        Different numbers of options, a negative share, or a base not above 1.

    Examples
    --------
    >>> float(jensen_shannon_divergence([1.0, 0.0], [0.0, 1.0]))
    1.0
    >>> float(jensen_shannon_divergence([0.5, 0.5], [0.5, 0.5]))
    0.0
    """
    _require_base(base)
    a, b = as_pair(p, q)
    return _divergence(a, b) / np.log(base)


def jensen_shannon_distance(p: ArrayLike, q: ArrayLike, base: float = 2.0) -> Array:
    """Jensen–Shannon distance: the square root of the divergence, a metric (Endres and Schindelin 2003).

    Accurate to about 1e-14 down to identical distributions, where it is exactly zero.

    Parameters
    ----------
    p, q
        Distributions, shape ``(..., options)``; rows are normalised to sum to one.
    base
        Base of the logarithm, above 1. With 2 the distance lies in [0, 1].

    Returns
    -------
    numpy.ndarray
        Distances, shape ``(...)``; NaN where a row is all zero.

    Raises
    ------
    SpecificationError
        Different numbers of options, a negative share, or a base not above 1.

    Examples
    --------
    >>> round(float(jensen_shannon_distance([0.7, 0.3], [0.5, 0.5])), 6)
    0.174084
    """
    return np.sqrt(jensen_shannon_divergence(p, q, base))


def total_variation(p: ArrayLike, q: ArrayLike) -> Array:
    """Total variation distance, half the sum of absolute differences, in [0, 1].

    Parameters
    ----------
    p, q
        Distributions, shape ``(..., options)``; rows are normalised to sum to one.

    Returns
    -------
    numpy.ndarray
        The share of answers that would have to change, shape ``(...)``.

    Examples
    --------
    >>> round(float(total_variation([0.7, 0.3], [0.5, 0.5])), 6)
    0.2
    """
    return total_variation_rows(*as_pair(p, q))


def hellinger(p: ArrayLike, q: ArrayLike) -> Array:
    r"""Hellinger distance, :math:`\sqrt{\tfrac12 \sum_k (\sqrt{p_k} - \sqrt{q_k})^2}`, in [0, 1].

    Parameters
    ----------
    p, q
        Distributions, shape ``(..., options)``; rows are normalised to sum to one.

    Returns
    -------
    numpy.ndarray
        Distances, shape ``(...)``.

    Examples
    --------
    >>> float(hellinger([1.0, 0.0], [0.0, 1.0]))
    1.0
    """
    return hellinger_rows(*as_pair(p, q))


def wasserstein(p: ArrayLike, q: ArrayLike, positions: ArrayLike | None = None) -> Array:
    r"""Wasserstein-1 distance between answers on an ordered scale, in [0, 1].

    :math:`\sum_{k<K} |F_k - G_k| (x_{k+1} - x_k) / (x_K - x_1)` with cumulative shares F, G and options at
    positions x; where they are evenly spaced this is :math:`\sum_{k<K} |F_k - G_k| / (K-1)`, the cost in the
    representativeness of OpinionQA (Santurkar et al. 2023).

    Parameters
    ----------
    p, q
        Distributions in the order of the scale, shape ``(..., options)``; rows are normalised.
    positions
        Where the options stand, rising numbers, shape ``(..., options)``; evenly spaced where omitted.

    Returns
    -------
    numpy.ndarray
        Distances as a share of the longest way, shape ``(...)``; 0 for a scale of one option.

    Examples
    --------
    >>> float(wasserstein([1.0, 0.0, 0.0], [0.0, 0.0, 1.0]))
    1.0
    >>> float(wasserstein([1.0, 0.0, 0.0], [0.0, 1.0, 0.0]))
    0.5
    >>> float(wasserstein([1.0, 0.0, 0.0], [0.0, 1.0, 0.0], positions=[0, 1, 4]))
    0.25
    """
    a, b = as_pair(p, q)
    return wasserstein_rows(a, b, None if positions is None else spacing(_rising(positions, a.shape[-1])))


def distance(
    p: ArrayLike,
    q: ArrayLike,
    measure: Measure = "jensen_shannon",
    base: float = 2.0,
    gaps: Array | None = None,
) -> Array:
    """The distance named by `measure`; `base` is used by the Jensen–Shannon measures only, `gaps` by those on a scale.

    `gaps` is what `valuestats.statistics.row_measures.spacing` makes of the options' positions.

    Examples
    --------
    >>> round(float(distance([0.7, 0.3], [0.5, 0.5], "total_variation")), 6)
    0.2
    """
    check_measure(measure, base)
    if measure == "jensen_shannon":
        return jensen_shannon_distance(p, q, base)
    if measure == "jensen_shannon_divergence":
        return jensen_shannon_divergence(p, q, base)
    if measure in SCALE_MEASURES:
        return SCALE_MEASURES[measure](*as_pair(p, q), gaps)
    return PLAIN_MEASURES[measure](*as_pair(p, q))


def _rising(positions: ArrayLike, options: int) -> Array:
    x = np.asarray(positions, dtype=float)
    if (
        x.ndim == 0
        or x.shape[-1] != options
        or not (np.isfinite(x).all() and (np.diff(x, axis=-1) > 0).all())
    ):
        raise SpecificationError(
            "positions must be rising numbers, one per option",
            parameter="positions",
            got=x.tolist(),
            expected=f"{options} rising numbers",
        )
    return x


def _divergence(a: Array, b: Array) -> Array:
    """Jensen–Shannon divergence in nats of normalised rows of any shape."""
    shape = np.broadcast_shapes(a.shape, b.shape)
    one = np.broadcast_to(a, shape).reshape(-1, shape[-1])
    two = np.broadcast_to(b, shape).reshape(-1, shape[-1])
    out = np.empty(len(one))
    step = max(CHUNK // shape[-1], 1)
    for start in range(0, len(out), step):
        part = slice(start, start + step)
        known = negative_entropy(one[part]) + negative_entropy(two[part])
        out[part] = _divergence_rows(one[part], two[part], known)
    return out.reshape(shape[:-1])


def _divergence_rows(a: Array, b: Array, negative_entropies: Array) -> Array:
    # JS = sum(p log p + q log q - (p+q) log(p+q)) / 2 + log 2: one logarithm per number, but it subtracts
    # near-equal sums, so rows that come out close are redone in the ratio form.
    out = 0.5 * (negative_entropies - negative_entropy(a + b)) + np.log(2.0)
    close = np.flatnonzero(out < CLOSE)
    if close.size:
        out[close] = divergence_ratio(a[close], b[close])
    return np.minimum(out, np.log(2.0), out=out)


def negative_entropy(x: Array) -> Array:
    """Sum of x log x over the last axis; the floor inside the logarithm makes 0 log 0 zero."""
    logs = np.maximum(x, TINY)
    np.log(logs, out=logs)
    np.multiply(logs, x, out=logs)
    return logs @ np.ones(x.shape[-1])


def divergence_ratio(a: Array, b: Array) -> Array:
    """Jensen–Shannon divergence in nats of normalised rows, accurate however close they are."""
    # With s = p+q and t = (p-q)/s every term is s/4 [(1+t) log(1+t) + (1-t) log(1-t)]
    # = s/4 [log(1-t²) + 2t artanh t], which keeps its relative accuracy as t goes to 0.
    total = a + b
    t = np.divide(a - b, total, out=np.zeros_like(total), where=total > 0)
    inner = np.where(np.abs(t) < 1, t, 0.0)
    terms = np.where(np.abs(t) < 1, np.log1p(-inner * inner) + 2 * inner * np.arctanh(inner), 2 * np.log(2.0))
    return np.maximum(0.25 * (total * terms).sum(axis=-1), 0.0)


def as_pair(p: ArrayLike, q: ArrayLike) -> tuple[Array, Array]:
    """Both sides checked and normalised; NaN for rows that are all zero."""
    a, b = np.asarray(p, dtype=float), np.asarray(q, dtype=float)
    if a.ndim == 0 or b.ndim == 0 or a.shape[-1] != b.shape[-1] or a.shape[-1] == 0:
        raise SpecificationError(
            "the two distributions have different numbers of options",
            parameter="p, q",
            got=f"shapes {a.shape} and {b.shape}",
            expected="the same last axis, of at least one option",
            hint="compare only distributions over the same options",
        )
    return _normalised(a), _normalised(b)


def _normalised(x: NDArray[Any]) -> Array:
    if np.any(x < 0) or np.any(np.isinf(x)):
        raise SpecificationError(
            "a distribution holds a number that is no share",
            parameter="p, q",
            got=float(x[(x < 0) | np.isinf(x)][0]),
            expected="finite, from 0",
        )
    sums = x.sum(axis=-1, keepdims=True)
    # A sum within rounding of one is left alone, so that equal rows stay bitwise equal.
    divisor = np.where(np.abs(sums - 1) < 1e-15, 1.0, np.where(sums == 0, np.nan, sums))
    return x / divisor


def check_measure(measure: str, base: float) -> None:
    """Raise unless the measure is known and the base is above 1."""
    if measure not in MEASURES:
        raise SpecificationError(
            "no such measure", parameter="measure", got=measure, expected=", ".join(MEASURES)
        )
    _require_base(base)


def _require_base(base: float) -> None:
    if not base > 1 or not np.isfinite(base):
        raise SpecificationError(
            "impossible base of the logarithm", parameter="base", got=base, expected="a number above 1"
        )
