"""Spearman correlations over pairwise complete respondents: ranks within each pair from sums over tied scores."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Array = NDArray[np.float64]

_SHORT = 40_000
"""Up to so many respondents the sums of their doubled ranks are below 2^31."""


def masked_spearman(ratings: Array, scores: Array) -> tuple[Array, NDArray[np.int64]]:
    r"""Spearman correlations of every row with every column over pairwise complete respondents.

    The mid-rank of a respondent's score among the raters of item i is
    :math:`b_{iu} + (c_{iu} + 1)/2`, with :math:`c_{iu}` the raters of i that hold the u-th distinct score and
    :math:`b_{iu}` those below it. With :math:`S_{iu}` the sum of the ratings' ranks over the same raters,
    the sum of the products of both ranks is :math:`\sum_u S_{iu} (b_{iu} + (c_{iu}+1)/2)`. Each score is sorted once for
    all items, and respondents are passed through in its order with the sums of many items side by side
    (`valuestats.statistics.rank_loop`). All sums are of whole numbers (ranks doubled), so that the result is exact.

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
    from valuestats.statistics.rank_loop import rank_correlations  # numba takes long to import

    shape = (ratings.shape[0], scores.shape[1])
    r, n = np.full(shape, np.nan), np.zeros(shape, dtype=np.int64)
    patterns, member = column_patterns(~np.isnan(scores))
    for g, pattern in enumerate(patterns.T):
        columns = np.flatnonzero(member == g)
        whole = pattern.all()
        rank, scatter = _doubled_ranks(ratings if whole else ratings[:, pattern])
        order, last = _sorted_scores(scores[:, columns] if whole else scores[np.ix_(pattern, columns)])
        found, seen = np.empty((shape[0], len(columns))), np.zeros(shape[0], dtype=np.int64)
        rank_correlations(rank, scatter, order, last, found, seen)
        r[:, columns], n[:, columns] = found, seen[:, None]
    return r, n


def column_patterns(known: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Distinct columns of presence, shape ``(respondents, patterns)``, and the pattern of each column.

    Examples
    --------
    >>> import numpy as np
    >>> patterns, member = column_patterns(np.array([[True, True, True], [True, False, True]]))
    >>> patterns.T.tolist(), member.tolist()
    ([[True, True], [True, False]], [0, 1, 0])
    """
    places: dict[bytes, int] = {}
    packed = np.packbits(known, axis=0).T  # far quicker than numpy.unique over columns
    member = np.array([places.setdefault(column.tobytes(), len(places)) for column in packed], dtype=np.intp)
    first = [int(np.argmax(member == g)) for g in range(len(places))]
    return known[:, first], member


def _sorted_scores(scores: Array) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Respondents in rising order of each score, and whether one is the last of those with the same score."""
    order = np.ascontiguousarray(np.argsort(scores, axis=0).T)
    value = np.take_along_axis(scores.T, order, axis=1)
    last = np.ones(value.shape, dtype=bool)
    last[:, :-1] = value[:, 1:] != value[:, :-1]
    return order, last


def _doubled_ranks(ratings: Array) -> tuple[NDArray[np.generic], Array]:
    """Twice the mid-ranks within each row (0 where missing), transposed, and their scatter about the mean."""
    from valuestats.statistics.rank_loop import counted_ranks

    items, people = ratings.shape
    rank = np.empty((people, items), dtype=np.int32 if people <= _SHORT else np.float64)
    scatter = np.empty(items)
    if not counted_ranks(np.ascontiguousarray(ratings), rank, scatter):
        twice = np.where(np.isnan(ratings), 0.0, 2 * rankdata(ratings, axis=1, nan_policy="omit"))
        n = (twice > 0).sum(axis=1)
        scatter = np.einsum("ij,ij->i", twice, twice) - n * (n + 1.0) ** 2
        rank[:] = twice.T
    return rank, scatter
