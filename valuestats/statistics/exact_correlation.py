"""p-values of correlations between few pairs, by every order in which one side could have stood."""

from __future__ import annotations

from functools import cache
from itertools import permutations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from valuestats.statistics.correlation import Correlations, correlation_p_value

Array = NDArray[np.float64]

FEW = 10
"""Below so many pairs, the p-value is exact."""
_SAME = 1e-9  # sums that differ by rounding only are the same


def pairwise_p_value(found: Correlations, ratings: Array, scores: Array, *, ranks: bool) -> Array:
    r"""Two-sided p-values of correlations: exact below `FEW` pairs, else from Student's t.

    With n complete pairs, twice the share of the n! orders of one side whose r is at least (or at most, whichever are
    fewer) the one found: the permutation test, exact whatever the distributions and the ties (Pitman 1937). Of four pairs
    none is below 2/24, of three 2/6.

    Parameters
    ----------
    found
        Correlations of `ratings` and `scores`.
    ratings, scores
        As in `valuestats.statistics.correlation.spearman_matrix`.
    ranks
        Whether the correlations are of ranks.

    Returns
    -------
    numpy.ndarray
        Shape ``(items, dimensions)``.

    References
    ----------
    Pitman (1937), Significance tests which may be applied to samples from any populations II, JRSS supplement 4.

    Examples
    --------
    >>> import numpy as np
    >>> from valuestats.statistics.correlation import spearman_matrix
    >>> x, y = np.array([[1.0, 2, 3, 4]]), np.array([[1.0], [2], [3], [4]])
    >>> float(pairwise_p_value(spearman_matrix(x, y), x, y, ranks=True).round(4)[0, 0])
    0.0833
    """
    p = correlation_p_value(found.r, found.n)
    known: dict[tuple[bytes, bytes], Array] = {}
    for i, d in np.argwhere((found.n < FEW) & ~np.isnan(found.r)):
        both = ~np.isnan(ratings[i]) & ~np.isnan(scores[:, d])
        x, y = ratings[i][both], scores[both, d]
        if ranks:
            x, y = rankdata(x), rankdata(y)
        p[i, d] = _permutation_p(x, y, known)
    return p


def rank_p_value(r: Array, n: NDArray[np.int64]) -> Array:
    """Two-sided p-values of Spearman correlations of which only r and n are known: exact without ties below `FEW` pairs.

    Examples
    --------
    >>> import numpy as np
    >>> rank_p_value(np.array([1.0, 0.5]), np.array([5, 40])).round(4).tolist()
    [0.0167, 0.001]
    """
    p = correlation_p_value(r, n)
    for size in range(3, FEW):
        at = (n == size) & ~np.isnan(r)
        if at.any():
            ranks = np.arange(1.0, size + 1)
            null = _null(ranks, ranks)
            centred = ((ranks - ranks.mean()) ** 2).sum()
            p[at] = _two_sided(null, r[at] * centred)
    return p


def _permutation_p(x: Array, y: Array, known: dict[tuple[bytes, bytes], Array]) -> float:
    key = np.sort(x).tobytes(), np.sort(y).tobytes()
    if key not in known:  # rated on few codes, most pairs share the ties of another
        known[key] = _null(x, y)
    here = float((x - x.mean()) @ (y - y.mean()))
    return float(_two_sided(known[key], np.array([here]))[0])


def _null(x: Array, y: Array) -> Array:
    """Sums of products of deviations over all orders, rising."""
    a, b = x - x.mean(), y - y.mean()
    return np.sort(b[_orders(len(b))] @ a)


def _two_sided(null: Array, found: Array) -> Array:
    same = _SAME * max(float(np.abs(null).max()), 1e-300)
    above = len(null) - np.searchsorted(null, found - same, side="left")
    below = np.searchsorted(null, found + same, side="right")
    return np.asarray(np.minimum(1.0, 2 * np.minimum(above, below) / len(null)))


@cache
def _orders(n: int) -> NDArray[np.int8]:
    return np.array(list(permutations(range(n))), dtype=np.int8)
