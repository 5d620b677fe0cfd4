"""Rank and product-moment correlations with missing data, for all pairs at once.

By hand: pandas' `corrwith` agrees to 1e-15 and takes 200 times as long or more (docs/choices.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special
from scipy.stats import rankdata

from valuestats.statistics.masked_ranks import column_patterns, masked_spearman

Array = NDArray[np.float64]

_CONSTANT = 1e-12
_CACHED = 1 << 16  # ratings at a time: what is held stays in the processor's cache
_LEAST = -np.finfo(np.float64).max


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
    of the missing, with one column of K for all dimensions known of the same people.

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
    known = ~np.isnan(scores)
    patterns, member = column_patterns(known)
    present, y = patterns.astype(float), _centred_scores(scores, known)
    left, k = np.hstack([present, y, y**2]), scores.shape[1]
    right, g = np.ascontiguousarray(left[:, : present.shape[1] + k]), present.shape[1]
    items = len(ratings)
    first, second, square = np.empty((items, g + 2 * k)), np.empty((items, g + k)), np.empty((items, g))
    step = max(1, _CACHED // max(1, ratings.shape[1]))
    for start in range(0, items, step):
        rows = slice(start, start + step)
        part = ratings[rows]
        rated = (part == part).astype(float)
        x = np.fmax(part, _LEAST) * rated  # as `where`, but quick where the missing have no pattern
        x -= x.sum(axis=1, keepdims=True) / np.maximum(rated.sum(axis=1, keepdims=True), 1)
        x *= rated
        np.matmul(rated, left, out=first[rows])
        np.matmul(x, right, out=second[rows])
        np.matmul(x * x, present, out=square[rows])
    n, sum_y, square_y = first[:, :g][:, member], first[:, g : g + k], first[:, g + k :]
    sum_x, product, square_x = second[:, :g][:, member], second[:, g:], square[:, member]
    count = np.maximum(n, 1)
    scatter_x, scatter_y = square_x - sum_x**2 / count, square_y - sum_y**2 / count
    # what is left of a constant's scatter is rounding error of its squares
    usable = (n >= 3) & (scatter_x > _CONSTANT * square_x) & (scatter_y > _CONSTANT * square_y)
    spread = np.sqrt(np.where(usable, scatter_x * scatter_y, 1.0))
    r = np.where(usable, (product - sum_x * sum_y / count) / spread, np.nan)
    return Correlations(np.clip(r, -1.0, 1.0), n.astype(np.int64))


def _centred_scores(scores: Array, known: NDArray[np.bool_]) -> Array:
    filled = np.where(known, scores, 0.0)
    mean = filled.sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return np.where(known, scores - mean, 0.0)


def spearman_matrix(ratings: Array, scores: Array) -> Correlations:
    r"""Spearman correlations of every item with every dimension over pairwise complete respondents.

    For item i and dimension d let :math:`C_{id}` be the respondents with both. Both sides are replaced by
    their mid-ranks *within* :math:`C_{id}` and correlated (Spearman 1904); how, see
    `valuestats.statistics.masked_ranks.masked_spearman`.

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
    return Correlations(*masked_spearman(ratings, scores))


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

    At \|r\| = 1, which has no artanh, it is worked out at `largest_correlation` and reaches to r.

    Examples
    --------
    >>> import numpy as np
    >>> low, high = pearson_interval(np.array([0.4]), np.array([47]), 0.95)
    >>> round(float(low[0]), 3), round(float(high[0]), 3)
    (0.127, 0.616)
    """
    return _fisher_interval(r, _short_of_one(r, n), pearson_standard_error(r, n), level)


def pearson_standard_error(r: Array, n: NDArray[np.int64]) -> Array:
    r"""Standard error of Fisher's z of a product-moment correlation, :math:`1/\sqrt{n-3}`."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((n > 3) & ~np.isnan(r), 1 / np.sqrt(n - 3.0), np.nan)


def spearman_standard_error(r: Array, n: NDArray[np.int64]) -> Array:
    r"""Standard error of Fisher's z of a Spearman correlation.

    :math:`\sqrt{(1 + r^2/2)/(n-3)}` (Bonett and Wright 2000, Psychometrika 65, 23-28), r at most `largest_correlation`.
    """
    most = largest_correlation(n)
    r = np.clip(r, -most, most)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(n > 3, np.sqrt((1 + r**2 / 2) / (n - 3)), np.nan)


def spearman_interval(r: Array, n: NDArray[np.int64], level: float) -> tuple[Array, Array]:
    r"""Interval of a Spearman correlation, :math:`\tanh(\operatorname{artanh} r \pm q\,se)`.

    `se` is `spearman_standard_error`, `q` the normal quantile. Beyond `largest_correlation`, which is where ranks stop to
    tell a correlation from 1, it is worked out there and reaches to r: four people in the same order say little.

    Examples
    --------
    >>> import numpy as np
    >>> low, high = spearman_interval(np.array([0.4]), np.array([47]), 0.95)
    >>> round(float(low[0]), 3), round(float(high[0]), 3)
    (0.116, 0.624)
    """
    most = largest_correlation(n)
    return _fisher_interval(r, np.clip(r, -most, most), spearman_standard_error(r, n), level)


def _fisher_interval(r: Array, short: Array, error: Array, level: float) -> tuple[Array, Array]:
    with np.errstate(divide="ignore", invalid="ignore"):
        z, half = np.arctanh(short), special.ndtri(0.5 + level / 2) * error
        low, high = np.tanh(z - half), np.tanh(z + half)
    beyond = np.abs(r) > np.abs(short)
    return np.where(beyond & (r < 0), -1.0, low), np.where(beyond & (r > 0), 1.0, high)


def largest_correlation(n: NDArray[np.int64]) -> Array:
    r"""Midway between a rank correlation of 1 and the next below it, :math:`1 - 6/(n^3-n)`.

    Two neighbours that change places lower a Spearman correlation of n untied pairs by :math:`12/(n^3-n)`.

    Examples
    --------
    >>> import numpy as np
    >>> largest_correlation(np.array([4, 47])).round(5).tolist()
    [0.9, 0.99994]
    """
    size = np.maximum(np.asarray(n, dtype=float), 2.0)
    return np.asarray(1 - 6 / (size**3 - size))


def _short_of_one(r: Array, n: NDArray[np.int64]) -> Array:
    """Correlations of exactly 1 in absolute value, rounding aside, at `largest_correlation`."""
    most = largest_correlation(n)
    return np.where(np.abs(r) > 1 - _CONSTANT, np.sign(r) * most, r)


def correlation_standard_error(r: Array, n: NDArray[np.int64], error: Array, *, ranks: bool) -> Array:
    """Standard error of a correlation from that of its Fisher z, by the delta method; not 0 at 1."""
    most = largest_correlation(n)
    short = np.clip(r, -most, most) if ranks else _short_of_one(r, n)
    return np.asarray(error * (1 - short**2))


def correlation_p_value(r: Array, n: NDArray[np.int64]) -> Array:
    r"""Two-sided p-value of a correlation from Student's t with n - 2 degrees of freedom.

    :math:`t = r\sqrt{(n-2)/(1-r^2)}`: exact for normal data, approximate for ranks (Kendall and Stuart 1973).
    """
    degrees = np.asarray(n, dtype=float) - 2
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(r) * np.sqrt(degrees / ((1 - r) * (1 + r)))
        p = 2 * special.stdtr(degrees, -t)
    return np.where(degrees > 0, p, np.nan)
