"""Distances of many pairs of rows out of tables of distributions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from valuestats.kernels.distances import (
    CHUNK,
    CLOSE,
    TINY,
    Array,
    Measure,
    as_pair,
    check_measure,
    divergence_ratio,
    negative_entropy,
)
from valuestats.kernels.row_measures import PLAIN_MEASURES

Index = NDArray[np.signedinteger[Any]]


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
        table, _ = as_pair(shares, shares)
        return cls(table, negative_entropy(table))


def row_distances(
    p: Rows,
    q: Rows,
    p_rows: Index,
    q_rows: Index,
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
    one, two = np.asarray(p_rows, dtype=np.intp), np.asarray(q_rows, dtype=np.intp)
    out = np.empty(len(one))
    step = max(CHUNK // p.shares.shape[-1], 1)
    parts = [slice(start, start + step) for start in range(0, len(out), step)]
    if measure not in ("jensen_shannon", "jensen_shannon_divergence"):
        for part in parts:
            out[part] = PLAIN_MEASURES[measure](p.shares[one[part]], q.shares[two[part]])
        return out
    buffers = np.empty((2, min(step, len(out)), p.shares.shape[-1]))
    for part in parts:
        _gathered_divergence(p, q, one[part], two[part], buffers, out[part])
    out *= 1 / np.log(base)
    return np.sqrt(out, out=out) if measure == "jensen_shannon" else out


def _gathered_divergence(p: Rows, q: Rows, one: Index, two: Index, buffers: Array, out: Array) -> None:
    """As `_divergence_rows`, in two buffers that stay in cache and without any other large array."""
    mixed, work = buffers[0, : len(one)], buffers[1, : len(one)]
    p.shares.take(one, axis=0, out=mixed, mode="clip")
    q.shares.take(two, axis=0, out=work, mode="clip")
    mixed += work
    np.maximum(mixed, TINY, out=work)
    np.log(work, out=work)
    work *= mixed
    np.matmul(work, np.ones(work.shape[-1]), out=out)
    np.subtract(p.negative_entropy.take(one) + q.negative_entropy.take(two), out, out=out)
    out *= 0.5
    out += np.log(2.0)
    close = np.flatnonzero(out < CLOSE)
    if close.size:
        out[close] = divergence_ratio(p.shares[one[close]], q.shares[two[close]])
    np.minimum(out, np.log(2.0), out=out)


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
    for size in np.unique(lengths).tolist():
        rows = np.flatnonzero(lengths == size)
        block = np.array([distributions[row] for row in rows.tolist()], dtype=np.float64)
        yield rows, block.reshape(len(rows), size)
