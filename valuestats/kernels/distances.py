"""Distances between answer distributions.

All functions take two arrays of shape ``(..., options)`` that broadcast against each other, each row a
distribution, and return an array of shape ``(...)``. Rows of different numbers of options are never padded:
the caller groups them by number of options (`by_options` does it), so no artefact of padding can arise.
A row that is all zero, or holds NaN, has no distance: the result is NaN there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from valuestats.errors import SpecificationError

Array = NDArray[np.float64]

Measure = Literal[
    "jensen_shannon", "jensen_shannon_divergence", "total_variation", "hellinger", "wasserstein"
]
MEASURES: tuple[str, ...] = get_args(Measure)

_CLOSE = 1e-3
"""Below this divergence (nats) the entropy form has lost digits and the ratio form takes over."""

_CHUNK = 1 << 16
"""Numbers per block: intermediate arrays then stay in the processor's cache."""

_TINY = np.finfo(float).tiny


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
    a, b = _pair(p, q)
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
    0.177099
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
    return _total_variation(*_pair(p, q))


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
    return _hellinger(*_pair(p, q))


def wasserstein(p: ArrayLike, q: ArrayLike) -> Array:
    r"""Wasserstein-1 distance between answers on an ordered scale, in [0, 1].

    The options stand at positions 0 to K-1 and the cost is divided by K-1, as in the representativeness of
    OpinionQA (Santurkar et al. 2023): :math:`\sum_{k<K} |F_k - G_k| / (K-1)` with cumulative shares F, G.

    Parameters
    ----------
    p, q
        Distributions in the order of the scale, shape ``(..., options)``; rows are normalised.

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
    """
    return _wasserstein(*_pair(p, q))


def distance(p: ArrayLike, q: ArrayLike, measure: Measure = "jensen_shannon", base: float = 2.0) -> Array:
    """The distance named by `measure`; `base` is used by the Jensen–Shannon measures only.

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
    return _MEASURES[measure](*_pair(p, q))


@dataclass(frozen=True)
class Rows:
    """A table of distributions, checked and normalised once for use in many pairs.

    Attributes
    ----------
    shares
        Shape ``(rows, options)``; each row sums to one, or is NaN where it was all zero.
    negative_entropy
        Sum of p log p of each row, in nats; shape ``(rows,)``.

    Examples
    --------
    >>> Rows.of([[2.0, 2.0], [0.0, 0.0]]).shares.tolist()
    [[0.5, 0.5], [nan, nan]]
    """

    shares: Array
    negative_entropy: Array

    @classmethod
    def of(cls, shares: ArrayLike) -> Rows:
        """Check and normalise a table of shape ``(rows, options)``."""
        table, _ = _pair(shares, shares)
        return cls(table, _negative_entropy(table))


def row_distances(
    p: Rows,
    q: Rows,
    p_rows: NDArray[np.integer[Any]],
    q_rows: NDArray[np.integer[Any]],
    measure: Measure = "jensen_shannon",
    base: float = 2.0,
) -> Array:
    """Distances of many pairs of rows of two tables, gathered in blocks that stay in cache.

    Parameters
    ----------
    p, q
        Tables with the same number of options.
    p_rows, q_rows
        Rows of the pairs, shape ``(pairs,)``.
    measure, base
        As in `distance`.

    Returns
    -------
    numpy.ndarray
        Shape ``(pairs,)``; NaN where a row was all zero.

    Examples
    --------
    >>> import numpy as np
    >>> p, q = Rows.of([[1.0, 0.0], [0.5, 0.5]]), Rows.of([[0.0, 1.0], [1.0, 0.0]])
    >>> row_distances(p, q, np.array([0, 0, 1]), np.array([0, 1, 1]), "total_variation").tolist()
    [1.0, 0.0, 0.5]
    """
    check_measure(measure, base)
    divergence = measure in ("jensen_shannon", "jensen_shannon_divergence")
    out = np.empty(len(p_rows))
    step = max(_CHUNK // p.shares.shape[-1], 1)
    for start in range(0, len(out), step):
        part = slice(start, start + step)
        one, two = p.shares.take(p_rows[part], axis=0), q.shares.take(q_rows[part], axis=0)
        if divergence:
            known = p.negative_entropy.take(p_rows[part]) + q.negative_entropy.take(q_rows[part])
            out[part] = _divergence_rows(one, two, known)
        else:
            out[part] = _MEASURES[measure](one, two)
    if divergence:
        out /= np.log(base)
    return np.sqrt(out, out=out) if measure == "jensen_shannon" else out


def by_options(distributions: Sequence[Sequence[float]]) -> Iterator[tuple[NDArray[np.intp], Array]]:
    """Group ragged distributions by their number of options.

    Parameters
    ----------
    distributions
        Distributions of any lengths.

    Yields
    ------
    tuple
        Positions in `distributions`, shape ``(n,)``, and their shares, shape ``(n, options)``; by rising
        number of options.

    Examples
    --------
    >>> [(rows.tolist(), block.shape) for rows, block in by_options([[1, 0], [0.2, 0.3, 0.5], [0.5, 0.5]])]
    [([0, 2], (2, 2)), ([1], (1, 3))]
    """
    lengths = np.fromiter((len(d) for d in distributions), dtype=np.intp, count=len(distributions))
    for size in np.unique(lengths):
        rows = np.flatnonzero(lengths == size)
        yield rows, np.array([distributions[row] for row in rows], dtype=float).reshape(len(rows), size)


def _divergence(a: Array, b: Array) -> Array:
    """Jensen–Shannon divergence in nats of normalised rows of any shape."""
    shape = np.broadcast_shapes(a.shape, b.shape)
    one = np.broadcast_to(a, shape).reshape(-1, shape[-1])
    two = np.broadcast_to(b, shape).reshape(-1, shape[-1])
    out = np.empty(len(one))
    step = max(_CHUNK // shape[-1], 1)
    for start in range(0, len(out), step):
        part = slice(start, start + step)
        known = _negative_entropy(one[part]) + _negative_entropy(two[part])
        out[part] = _divergence_rows(one[part], two[part], known)
    return out.reshape(shape[:-1])


def _divergence_rows(a: Array, b: Array, negative_entropies: Array) -> Array:
    # JS = sum(p log p + q log q - (p+q) log(p+q)) / 2 + log 2: one logarithm per number, but it subtracts
    # near-equal sums, so rows that come out close are redone in the ratio form.
    out = 0.5 * (negative_entropies - _negative_entropy(a + b)) + np.log(2.0)
    close = np.flatnonzero(out < _CLOSE)
    if close.size:
        out[close] = _divergence_ratio(a[close], b[close])
    return np.minimum(out, np.log(2.0), out=out)


def _negative_entropy(x: Array) -> Array:
    """Sum of x log x over the last axis; the floor inside the logarithm makes 0 log 0 zero."""
    logs = np.maximum(x, _TINY)
    np.log(logs, out=logs)
    np.multiply(logs, x, out=logs)
    return logs @ np.ones(x.shape[-1])


def _divergence_ratio(a: Array, b: Array) -> Array:
    # With s = p+q and t = (p-q)/s every term is s/4 [(1+t) log(1+t) + (1-t) log(1-t)]
    # = s/4 [log(1-t²) + 2t artanh t], which keeps its relative accuracy as t goes to 0.
    total = a + b
    t = np.divide(a - b, total, out=np.zeros_like(total), where=total > 0)
    inner = np.where(np.abs(t) < 1, t, 0.0)
    terms = np.where(np.abs(t) < 1, np.log1p(-inner * inner) + 2 * inner * np.arctanh(inner), 2 * np.log(2.0))
    return np.maximum(0.25 * (total * terms).sum(axis=-1), 0.0)


def _pair(p: ArrayLike, q: ArrayLike) -> tuple[Array, Array]:
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


def _total_variation(a: Array, b: Array) -> Array:
    return np.minimum(0.5 * np.abs(a - b).sum(axis=-1), 1.0)


def _hellinger(a: Array, b: Array) -> Array:
    difference = np.sqrt(a) - np.sqrt(b)
    return np.minimum(np.sqrt(0.5 * np.square(difference).sum(axis=-1)), 1.0)


def _wasserstein(a: Array, b: Array) -> Array:
    steps = max(a.shape[-1] - 1, 1)
    gaps = np.cumsum(a - b, axis=-1)[..., :-1]
    return np.minimum(np.abs(gaps).sum(axis=-1) / steps, 1.0)


_MEASURES: dict[str, Callable[[Array, Array], Array]] = {
    "total_variation": _total_variation,
    "hellinger": _hellinger,
    "wasserstein": _wasserstein,
}
"""The measures without a base, on normalised rows."""
