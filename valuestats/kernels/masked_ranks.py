"""Spearman correlations where every item has its own raters: ranks within each pair from sums over tied scores."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.stats import rankdata

Array = NDArray[np.float64]

_ROWS = 256  # items at a time: what is held stays in the processor's cache
_LEVELS = 32  # ratings with more levels than this are ranked by sorting


def masked_spearman(ratings: Array, scores: Array) -> tuple[Array, NDArray[np.int64]]:
    r"""Spearman correlations of every row with every column over pairwise complete respondents.

    The mid-rank of a respondent's score among the raters of item i is
    :math:`b_{iu} + (c_{iu} + 1)/2`, with :math:`c_{iu}` the raters of i that hold the u-th distinct score and
    :math:`b_{iu}` those below it. With :math:`S_{iu}` the sum of the ratings' ranks over the same raters,
    the sum of the products of both ranks is :math:`\sum_u S_{iu} (b_{iu} + (c_{iu}+1)/2)`; c and S of all items
    and dimensions are one product of a sparse indicator with the masked ratings, and no score is sorted
    more than once. All sums are of whole numbers (ranks doubled), so that the result is exact.

    Parameters
    ----------
    ratings
        Shape ``(items, respondents)``, NaN where unrated.
    scores
        Shape ``(respondents, dimensions)``, NaN where unknown.

    Returns
    -------
    tuple of numpy.ndarray
        r (NaN where fewer than three pairs are complete or one side is constant) and n, each
        ``(items, dimensions)``.

    Examples
    --------
    >>> import numpy as np
    >>> r, n = masked_spearman(np.array([[1.0, 2, 3, np.nan], [1, 2, 2, 9]]), np.array([[3.0], [2], [1], [9]]))
    >>> r.round(3).ravel(), n.ravel()
    (array([-1.   ,  0.316]), array([3, 4]))
    """
    shape = (ratings.shape[0], scores.shape[1])
    r, n = np.full(shape, np.nan), np.zeros(shape, dtype=np.int64)
    patterns, member = np.unique(~np.isnan(scores), axis=1, return_inverse=True)
    code = _coded(ratings)
    for g, pattern in enumerate(patterns.T):
        columns, people = np.flatnonzero(member.ravel() == g), np.flatnonzero(pattern)
        if len(people) == 0:
            continue
        tied = [_tied(scores[people, column]) for column in columns]
        for start in range(0, shape[0], _ROWS):
            rows = slice(start, start + _ROWS)
            ranked = _doubled_ranks(ratings[rows][:, people], None if code is None else code[rows][:, people])
            r[rows, columns], n[rows, columns] = _correlate(*ranked, tied)
    return r, n


def _correlate(
    rank: Array, seen: Array, variance: Array, tied: list[sparse.csr_array]
) -> tuple[Array, NDArray[np.int64]]:
    """Correlations and complete pairs of some rows with the scores that each indicator in `tied` stands for."""
    n = seen.sum(axis=1)
    stacked = np.ascontiguousarray(np.concatenate([seen, rank]).T)
    items = len(rank)
    r = np.empty((items, len(tied)))
    for d, indicator in enumerate(tied):
        sums = indicator @ stacked
        count, rank_sum = sums[:, :items], sums[:, items:]
        middle = np.cumsum(count, axis=0)  # twice the mid-rank is 2 (below + count) - count + 1
        middle *= 2
        middle -= count
        middle += 1
        product = np.einsum("ui,ui->i", rank_sum, middle)
        cubes = np.einsum("ui,ui->i", count * count, count)
        scatter = product - n * (n + 1.0) ** 2  # four times the centred sum of products
        spread = np.sqrt(variance * ((n**3 - cubes) / 3))
        usable = (n >= 3) & (spread > 0)
        r[:, d] = np.divide(scatter, spread, out=np.full(items, np.nan), where=usable)
    return np.clip(r, -1.0, 1.0), np.repeat(n[:, None].astype(np.int64), len(tied), axis=1)


def _tied(scores: Array) -> sparse.csr_array:
    """Which respondent holds which of the distinct scores, in rising order: ``(distinct, respondents)``."""
    _, place = np.unique(scores, return_inverse=True)
    people = len(scores)
    return sparse.csr_array((np.ones(people), (place.ravel(), np.arange(people))))


def _coded(ratings: Array) -> NDArray[np.intp] | None:
    """Whole ratings of few levels as places from 1 (0 where missing); None where they are not of that kind."""
    missing = np.isnan(ratings)
    low, high = np.fmin.reduce(ratings, axis=None), np.fmax.reduce(ratings, axis=None)
    if not high - low < _LEVELS:  # also where nothing is rated
        return None
    filled = np.where(missing, low - 1, ratings)
    code = (filled - (low - 1)).astype(np.intp)
    return code if (code + (low - 1) == filled).all() else None


def _doubled_ranks(ratings: Array, code: NDArray[np.intp] | None) -> tuple[Array, Array, Array]:
    """Twice the mid-ranks within each row (0 where missing), presence as 0 and 1, and four times the scatter."""
    if code is None:
        missing = np.isnan(ratings)
        rank = np.where(missing, 0.0, 2 * rankdata(ratings, axis=1, nan_policy="omit"))
        n = (~missing).sum(axis=1).astype(float)
        scatter = np.einsum("ij,ij->i", rank, rank) - n * (n + 1.0) ** 2
        return rank, (~missing).astype(float), scatter
    rows, places = len(code), _LEVELS + 1
    cell = code + np.arange(rows)[:, None] * places
    count = np.bincount(cell.ravel(), minlength=rows * places).reshape(rows, places).astype(float)
    count[:, 0] = 0
    twice = 2 * np.cumsum(count, axis=1) - count + 1
    twice[:, 0] = 0
    n = count.sum(axis=1)
    return twice.ravel()[cell], (code > 0).astype(float), (n**3 - (count**3).sum(axis=1)) / 3
