"""Rank and product-moment correlations with missing data, for all pairs at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special
from scipy.stats import rankdata

from valuestats.kernels.masked_ranks import masked_spearman

Array = NDArray[np.float64]

_CONSTANT = 1e-12
_SHARED = 8  # items per pattern of raters from which ranking by pattern is quicker


@dataclass(frozen=True)
class Correlations:
    """Correlations between the rows of one matrix and the columns of another.

    Attributes
    ----------
    r
        Correlation, shape ``(items, dimensions)``; NaN where undefined (fewer than three complete pairs,
        or one side constant).
    n
        Complete pairs behind each correlation, same shape.
    """

    r: Array
    n: NDArray[np.int64]


def pearson_matrix(ratings: Array, scores: Array) -> Correlations:
    r"""Product-moment correlations of every item with every dimension over pairwise complete respondents.

    With M and K the presence of ratings and scores (0 or 1) and X, Y the two matrices centred on their own
    means with 0 where missing, all sums that a pair needs are entries of
    :math:`MK,\; MY,\; MY^{2},\; XK,\; XY,\; X^{2}K`: three matrix products for all pairs, whatever the pattern
    of the missing.

    Parameters
    ----------
    ratings, scores
        As for `spearman_matrix`.

    Returns
    -------
    Correlations

    Examples
    --------
    >>> import numpy as np
    >>> found = pearson_matrix(np.array([[1.0, 2.0, 4.0, np.nan]]), np.array([[3.0], [2.0], [0.0], [9.0]]))
    >>> found.r.round(12), found.n
    (array([[-1.]]), array([[3]]))
    """
    rated, known = ~np.isnan(ratings), ~np.isnan(scores)
    x, y = _centred(ratings, rated, 1), _centred(scores, known, 0)
    k = scores.shape[1]
    m, present = rated.astype(float), known.astype(float)
    first, second = m @ np.hstack([present, y, y**2]), x @ np.hstack([present, y])
    n, sum_y, square_y = first[:, :k], first[:, k : 2 * k], first[:, 2 * k :]
    sum_x, product, square_x = second[:, :k], second[:, k:], x**2 @ present
    count = np.maximum(n, 1)
    scatter_x, scatter_y = square_x - sum_x**2 / count, square_y - sum_y**2 / count
    # what is left of a constant's scatter is rounding error of its squares
    usable = (n >= 3) & (scatter_x > _CONSTANT * square_x) & (scatter_y > _CONSTANT * square_y)
    spread = np.sqrt(np.where(usable, scatter_x * scatter_y, 1.0))
    r = np.where(usable, (product - sum_x * sum_y / count) / spread, np.nan)
    return Correlations(np.clip(r, -1.0, 1.0), n.astype(np.int64))


def _centred(values: Array, present: NDArray[np.bool_], axis: int) -> Array:
    n = present.sum(axis=axis, keepdims=True)
    filled = np.where(present, values, 0.0)
    mean = filled.sum(axis=axis, keepdims=True) / np.maximum(n, 1)
    return np.where(present, values - mean, 0.0)


def spearman_matrix(ratings: Array, scores: Array) -> Correlations:
    r"""Spearman correlations of every item with every dimension over pairwise complete respondents.

    For item i and dimension d let :math:`C_{id}` be the respondents with both. Both sides are replaced by
    their mid-ranks *within* :math:`C_{id}` and correlated (Spearman 1904). Where many items were rated by the
    same people they share the ranks of the scores, and each block of them costs one matrix product; where
    every item has its own raters, see `valuestats.kernels.masked_ranks.masked_spearman`.

    Parameters
    ----------
    ratings
        Shape ``(items, respondents)``, NaN where unrated.
    scores
        Shape ``(respondents, dimensions)``, NaN where unknown.

    Returns
    -------
    Correlations

    Examples
    --------
    >>> import numpy as np
    >>> found = spearman_matrix(np.array([[1.0, 2.0, 3.0, np.nan]]), np.array([[3.0], [2.0], [1.0], [9.0]]))
    >>> found.r, found.n
    (array([[-1.]]), array([[3]]))
    """
    patterns = np.unique(np.packbits(~np.isnan(ratings), axis=1), axis=0)
    if len(patterns) * _SHARED > len(ratings):
        return Correlations(*masked_spearman(ratings, scores))
    shape = (ratings.shape[0], scores.shape[1])
    r, n = np.full(shape, np.nan), np.zeros(shape, dtype=np.int64)
    for block in _ranked_blocks(ratings, scores):
        cells = np.ix_(block.items, block.dimensions)
        n[cells] = block.n
        if block.n >= 3:
            r[cells] = np.clip(block.left @ block.right.T, -1.0, 1.0)
    return Correlations(r, n)


def permuted_exceedances(
    ratings: Array, scores: Array, threshold: float, permutations: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """How many Spearman correlations exceed a threshold when people's scores are shuffled among them.

    Scores are permuted among the people who rated the same items, all dimensions together, so that the
    correlations among items and among dimensions stay as they are and only their link is broken.

    Parameters
    ----------
    ratings, scores
        As for `spearman_matrix`.
    threshold
        Counted where ``r > threshold``.
    permutations
        Number of permutations.
    rng
        Source of random numbers.

    Returns
    -------
    numpy.ndarray
        Counts, shape ``(permutations, dimensions)``.
    """
    counts = np.zeros((permutations, scores.shape[1]), dtype=np.int64)
    for block in _ranked_blocks(ratings, scores):
        if block.n < 3:
            continue
        for replicate in range(permutations):
            shuffled = block.right[:, rng.permutation(block.n)]
            counts[replicate, block.dimensions] += (block.left @ shuffled.T > threshold).sum(axis=0)
    return counts


@dataclass(frozen=True)
class _Block:
    """Items and dimensions complete for the same people, as unit-length centred ranks."""

    items: NDArray[np.int64]
    dimensions: NDArray[np.int64]
    n: int
    left: Array
    right: Array


def _ranked_blocks(ratings: Array, scores: Array) -> Iterator[_Block]:
    known = ~np.isnan(scores)
    for items, who in _blocks(~np.isnan(ratings)):
        for columns, subset in _blocks(known[who].T):
            people = np.flatnonzero(who)[subset]
            left = _standardised(rankdata(ratings[np.ix_(items, people)], axis=1))
            right = _standardised(rankdata(scores[np.ix_(people, columns)].T, axis=1))
            yield _Block(items, columns, len(people), left, right)


def _blocks(present: NDArray[np.bool_]) -> list[tuple[NDArray[np.int64], NDArray[np.bool_]]]:
    """Rows that share one pattern of presence, and that pattern."""
    packed = np.packbits(present, axis=1)  # eight times less to sort
    _, first, member = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    return [(np.flatnonzero(member.ravel() == g), present[row]) for g, row in enumerate(first)]


def _standardised(rows: Array) -> Array:
    """Rows centred and scaled to unit length; a constant row becomes NaN."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    length = np.sqrt((centred**2).sum(axis=1, keepdims=True))
    return np.divide(centred, length, out=np.full_like(centred, np.nan), where=length > 0)


def pearson_interval(r: Array, n: NDArray[np.int64], level: float) -> tuple[Array, Array]:
    r"""Interval of a product-moment correlation, :math:`\tanh(\operatorname{artanh} r \pm q/\sqrt{n-3})` (Fisher 1921).

    Examples
    --------
    >>> import numpy as np
    >>> low, high = pearson_interval(np.array([0.4]), np.array([47]), 0.95)
    >>> round(float(low[0]), 3), round(float(high[0]), 3)
    (0.127, 0.616)
    """
    return _fisher_interval(r, pearson_standard_error(r, n), level)


def pearson_standard_error(r: Array, n: NDArray[np.int64]) -> Array:
    r"""Standard error of Fisher's z of a product-moment correlation, :math:`1/\sqrt{n-3}`."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((n > 3) & ~np.isnan(r), 1 / np.sqrt(n - 3.0), np.nan)


def spearman_standard_error(r: Array, n: NDArray[np.int64]) -> Array:
    r"""Standard error of Fisher's z of a Spearman correlation.

    :math:`\sqrt{(1 + r^2/2)/(n-3)}` (Bonett and Wright 2000, Psychometrika 65, 23-28).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(n > 3, np.sqrt((1 + r**2 / 2) / (n - 3)), np.nan)


def spearman_interval(r: Array, n: NDArray[np.int64], level: float) -> tuple[Array, Array]:
    r"""Interval of a Spearman correlation, :math:`\tanh(\operatorname{artanh} r \pm q\,se)`.

    `se` is `spearman_standard_error`, `q` the normal quantile. At \|r\| = 1 the interval is that point.

    Examples
    --------
    >>> import numpy as np
    >>> low, high = spearman_interval(np.array([0.4]), np.array([47]), 0.95)
    >>> round(float(low[0]), 3), round(float(high[0]), 3)
    (0.116, 0.624)
    """
    return _fisher_interval(r, spearman_standard_error(r, n), level)


def _fisher_interval(r: Array, error: Array, level: float) -> tuple[Array, Array]:
    with np.errstate(divide="ignore", invalid="ignore"):
        z, half = np.arctanh(r), special.ndtri(0.5 + level / 2) * error
        return np.tanh(z - half), np.tanh(z + half)


def correlation_p_value(r: Array, n: NDArray[np.int64]) -> Array:
    r"""Two-sided p-value of a correlation from Student's t with n - 2 degrees of freedom.

    :math:`t = r\sqrt{(n-2)/(1-r^2)}`: exact for normal data, approximate for ranks (Kendall and Stuart 1973).
    """
    degrees = np.asarray(n, dtype=float) - 2
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(r) * np.sqrt(degrees / ((1 - r) * (1 + r)))
        p = 2 * special.stdtr(degrees, -t)
    return np.where(degrees > 0, p, np.nan)
