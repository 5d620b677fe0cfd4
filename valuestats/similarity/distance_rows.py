"""Distances of many pairs of rows out of tables of distributions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from valuestats.statistics.distances import (
    CHUNK,
    CLOSE,
    Array,
    Measure,
    as_pair,
    check_measure,
    negative_entropy,
)
from valuestats.statistics.row_measures import PLAIN_MEASURES, SCALE_MEASURES

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
    gaps
        Spacing of the options of each row's question (`valuestats.statistics.row_measures.spacing`), shape
        ``(rows, options - 1)``; None where all are evenly spaced.

    Examples
    --------
    >>> Rows.of([[2.0, 2.0], [0.0, 0.0]]).shares.tolist()
    [[0.5, 0.5], [nan, nan]]
    """

    shares: Array
    negative_entropy: Array
    gaps: Array | None = None

    @classmethod
    def of(cls, shares: ArrayLike, gaps: Array | None = None) -> Rows:
        """Check and normalise a table of shape ``(rows, options)``."""
        table, _ = as_pair(shares, shares)
        return cls.normalised(np.ascontiguousarray(table), gaps)

    @classmethod
    def normalised(cls, shares: Array, gaps: Array | None = None) -> Rows:
        """A table whose rows sum to one already."""
        return cls(shares, negative_entropy(shares), gaps)


def row_distances(
    p: Rows,
    q: Rows,
    p_rows: Index,
    q_rows: Index,
    measure: Measure = "jensen_shannon",
    base: float = 2.0,
) -> Array:
    """Distances of many pairs of rows of two tables, gathered in blocks that stay in cache.

    The Jensen–Shannon measures run as a compiled loop that leaves other threads free.

    Parameters
    ----------
    p, q
        Tables with the same number of options; the spacing is that of `p`.
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
    if measure not in ("jensen_shannon", "jensen_shannon_divergence"):
        for start in range(0, len(out), step):
            part = slice(start, start + step)
            left, right = p.shares[one[part]], q.shares[two[part]]
            if measure in SCALE_MEASURES:
                gaps = None if p.gaps is None else p.gaps[one[part]]
                out[part] = SCALE_MEASURES[measure](left, right, gaps)
            else:
                out[part] = PLAIN_MEASURES[measure](left, right)
        return out
    from valuestats.similarity.divergence_loop import gathered_divergence  # numba takes long to import

    known = p.negative_entropy, q.negative_entropy
    wrong = gathered_divergence(p.shares, q.shares, *known, one, two, CLOSE, out)
    if wrong >= 0:
        raise IndexError(f"pair {wrong} names a row that is not in its table")
    out *= 1 / np.log(base)
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
    for size in np.unique(lengths).tolist():
        rows = np.flatnonzero(lengths == size)
        block = np.array([distributions[row] for row in rows.tolist()], dtype=np.float64)
        yield rows, block.reshape(len(rows), size)
