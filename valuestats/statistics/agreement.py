"""Agreement of raters from count matrices, for every row of resampling weights at once.

By hand: the kappas of statsmodels and the package krippendorff agree and take 100 times as long or more (docs/choices.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from valuestats.statistics.ratios import ratio

Array = NDArray[np.float64]

Weighting = Literal["nominal", "linear", "quadratic"]


@dataclass(frozen=True)
class Agreement:
    """A chance-corrected coefficient and its two parts, one entry per row of weights.

    Attributes
    ----------
    estimate
        ``(observed - expected) / (1 - expected)``; NaN where the ratings do not vary at all or nothing was
        rated twice. For distances without an upper bound (interval, ordinal alpha) it is
        ``1 - observed / expected`` of the disagreements.
    observed, expected
        Observed and expected agreement (disagreement for interval and ordinal alpha).
    """

    estimate: Array
    observed: Array
    expected: Array


def count_matrix(
    item: NDArray[np.int64], category: NDArray[np.int64], n_items: int, n_categories: int
) -> Array:
    """How many raters put each item into each category.

    Parameters
    ----------
    item, category
        Numbers from 0, one entry per rating that was given.
    n_items, n_categories
        Shape of the result.

    Returns
    -------
    numpy.ndarray
        Counts, shape ``(n_items, n_categories)``.

    Examples
    --------
    >>> import numpy as np
    >>> count_matrix(np.array([0, 0, 1]), np.array([1, 1, 0]), 2, 2)
    array([[0., 2.],
           [1., 0.]])
    """
    flat = np.bincount(item * n_categories + category, minlength=n_items * n_categories)
    return flat.reshape(n_items, n_categories).astype(float)


def krippendorff_nominal(counts: Array, weights: Array, distance: Array | None = None) -> Agreement:
    r"""Krippendorff's alpha for categories, with any distance between them.

    :math:`\alpha = 1 - D_o/D_e` over the items with at least two ratings, where
    :math:`D_o = \frac1n\sum_i \frac{1}{m_i - 1}\sum_{c,k} n_{ic} n_{ik} \delta_{ck}` and
    :math:`D_e = \frac{1}{n(n-1)}\sum_{c,k} n_c n_k \delta_{ck}`, less the pairs of a rating with itself (whose
    distance is 0); :math:`n_c` counts the pairable ratings of category c (Krippendorff 2011).

    Parameters
    ----------
    counts
        Shape ``(items, categories)``, see `count_matrix`.
    weights
        How often each item counts, shape ``(replicates, items)``; one row of ones for the estimate.
    distance
        Shape ``(categories, categories)``, 0 on the diagonal, symmetric; 1 off the diagonal where omitted.

    Returns
    -------
    Agreement
        Each array of shape ``(replicates,)``.

    Examples
    --------
    >>> import numpy as np
    >>> counts = np.array([[3.0, 0.0], [0.0, 3.0], [2.0, 1.0]])
    >>> krippendorff_nominal(counts, np.ones((1, 3))).estimate.round(3)
    array([0.6])
    """
    size = counts.sum(axis=1)
    paired = np.where((size >= 2)[:, None], counts, 0.0)
    m = paired.sum(axis=1)
    pairs = _crossed(paired, distance)
    n, margin = weights @ m, weights @ paired
    observed = ratio(weights @ _share(pairs, m - 1), n)
    crossed = _crossed(margin, distance)
    expected = ratio(crossed, n * (n - 1))
    return Agreement(1 - ratio(observed, expected), 1 - observed, 1 - expected)


def krippendorff_interval(item: NDArray[np.int64], value: Array, n_items: int, weights: Array) -> Agreement:
    r"""Krippendorff's alpha with the squared difference as distance, from moments per item.

    :math:`\sum_{j,k}(x_j-x_k)^2 = 2(m\sum x^2 - (\sum x)^2)`, so no categories are formed and the cost is
    linear in the ratings.

    Parameters
    ----------
    item, value
        One entry per rating that was given.
    n_items
        Number of items.
    weights
        As for `krippendorff_nominal`.

    Returns
    -------
    Agreement
        ``observed`` and ``expected`` are disagreements, in squared units of the ratings.

    Examples
    --------
    >>> import numpy as np
    >>> item, value = np.array([0, 0, 1, 1]), np.array([1.0, 2.0, 5.0, 5.0])
    >>> krippendorff_interval(item, value, 2, np.ones((1, 2))).estimate.round(4)
    array([0.9412])
    """
    m = np.bincount(item, minlength=n_items).astype(float)
    value = value - value[:1]  # distances don't see the origin; rounding does
    total = np.bincount(item, weights=value, minlength=n_items)
    squares = np.bincount(item, weights=value**2, minlength=n_items)
    single = m < 2
    m[single], total[single], squares[single] = 0, 0, 0
    within = np.maximum(2 * (m * squares - total**2), 0)
    n = weights @ m
    power = n * (weights @ squares)
    between = 2 * (power - (weights @ total) ** 2)
    between = np.where(between > 1e-12 * power, between, 0.0)
    observed = ratio(weights @ _share(within, m - 1), n)
    expected = ratio(between, n * (n - 1))
    return Agreement(1 - ratio(observed, expected), observed, expected)


def krippendorff_ordinal(counts: Array, weights: Array) -> Agreement:
    r"""Krippendorff's alpha for ordered categories.

    The distance :math:`\delta_{ck} = \bigl(\sum_{g=c}^{k} n_g - (n_c+n_k)/2\bigr)^2` is the squared difference
    of the categories' mid-ranks among the pairable ratings; the ranks are those of each replicate.

    Parameters
    ----------
    counts
        Shape ``(items, categories)``, categories in their order.
    weights
        As for `krippendorff_nominal`.

    Returns
    -------
    Agreement
        ``observed`` and ``expected`` are disagreements, in squared ranks.

    Examples
    --------
    >>> import numpy as np
    >>> counts = np.array([[2.0, 0, 0], [0, 1, 1], [0, 0, 2]])
    >>> krippendorff_ordinal(counts, np.ones((1, 3))).estimate.round(4)
    array([0.7778])
    """
    size = counts.sum(axis=1)
    paired = np.where((size >= 2)[:, None], counts, 0.0)
    m = paired.sum(axis=1)
    n, margin = weights @ m, weights @ paired
    ranks = np.cumsum(margin, axis=1) - margin / 2 - n[:, None] / 2
    within = np.empty(len(weights))
    for start in range(0, len(weights), 256):
        rows = slice(start, start + 256)
        linear, square = paired @ ranks[rows].T, paired @ (ranks[rows] ** 2).T
        scaled = 2 * (m[:, None] * square - linear**2) / np.where(m >= 2, m - 1, 1.0)[:, None]
        within[rows] = (weights[rows] * scaled.T).sum(axis=1)
    between = 2 * (n * (margin * ranks**2).sum(axis=1) - ((margin * ranks).sum(axis=1)) ** 2)
    observed, expected = ratio(within, n), ratio(np.maximum(between, 0), n * (n - 1))
    return Agreement(1 - ratio(observed, expected), observed, expected)


def cohen_kappa(
    first: NDArray[np.int64], second: NDArray[np.int64], weights: Array, similarity: Array
) -> Agreement:
    r"""Cohen's kappa of two raters, weighted by a similarity of categories.

    :math:`\kappa_w = (p_o - p_e)/(1 - p_e)`, :math:`p_o = \sum_{ck} s_{ck} p_{ck}` over the objects that both
    rated, :math:`p_e = \sum_{ck} s_{ck} p_{c+} p_{+k}` (Cohen 1960, 1968).

    Parameters
    ----------
    first, second
        Category of each object, from 0; only objects that both rated.
    weights
        Shape ``(replicates, objects)``.
    similarity
        Shape ``(categories, categories)``, 1 on the diagonal; see `category_similarity`.

    Returns
    -------
    Agreement

    Examples
    --------
    >>> import numpy as np
    >>> one, two = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])
    >>> cohen_kappa(one, two, np.ones((1, 4)), np.eye(2)).estimate
    array([0.5])
    """
    labels = np.eye(len(similarity))
    n = weights.sum(axis=1)
    observed = ratio(weights @ similarity[first, second], n)
    one, two = weights @ labels[first], weights @ labels[second]
    expected = ratio(((one @ similarity) * two).sum(axis=1), n**2)
    return Agreement(_corrected(observed, expected), observed, expected)


def fleiss_kappa(counts: Array, weights: Array) -> Agreement:
    r"""Fleiss' kappa for any number of ratings per item.

    :math:`p_o` is the mean over items with at least two ratings of the share of agreeing pairs,
    :math:`p_e = \sum_k \pi_k^2` with :math:`\pi_k` the mean over rated items of the share of category k (Fleiss
    1971; with unequal numbers of ratings Gwet 2014, chapter 2).

    Examples
    --------
    >>> import numpy as np
    >>> fleiss_kappa(np.array([[2.0, 0], [0, 2], [1, 1], [2, 0]]), np.ones((1, 4))).estimate.round(4)
    array([0.4667])
    """
    observed, share = _pairs_and_shares(counts, weights, np.eye(counts.shape[1]))
    expected = (share**2).sum(axis=1)
    return Agreement(_corrected(observed, expected), observed, expected)


def gwet_ac(counts: Array, weights: Array, similarity: Array) -> Agreement:
    r"""Gwet's AC1 (identity similarity) and AC2 (any other), for any number of ratings per item.

    :math:`p_o` as for Fleiss' kappa, with :math:`s_{ck}` for agreement of c with k;
    :math:`p_e = \frac{\sum_{ck} s_{ck}}{q(q-1)}\sum_k \pi_k(1-\pi_k)` over q categories (Gwet 2008, 2014). The
    coefficient depends on q, so categories that could have been used must be counted even if none was.

    Parameters
    ----------
    counts
        Shape ``(items, categories)``.
    weights
        As for `krippendorff_nominal`.
    similarity
        Shape ``(categories, categories)``, see `category_similarity`.

    Returns
    -------
    Agreement
        NaN where there is one category.

    Examples
    --------
    >>> import numpy as np
    >>> gwet_ac(np.array([[2.0, 0], [0, 2], [1, 1], [2, 0]]), np.ones((1, 4)), np.eye(2)).estimate.round(4)
    array([0.5294])
    """
    q = counts.shape[1]
    observed, share = _pairs_and_shares(counts, weights, similarity)
    if q < 2:
        return Agreement(np.full(len(weights), np.nan), observed, np.full(len(weights), np.nan))
    expected = similarity.sum() / (q * (q - 1)) * (share * (1 - share)).sum(axis=1)
    return Agreement(_corrected(observed, expected), observed, expected)


def category_similarity(values: Array, weighting: Weighting) -> Array:
    """Similarity of every two categories: identity, 1 - |difference| or 1 - difference squared, in [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> category_similarity(np.array([1.0, 2.0, 3.0]), "linear")[0]
    array([1. , 0.5, 0. ])
    """
    if weighting == "nominal" or len(values) < 2:
        return np.eye(len(values))
    apart = np.abs(values[:, None] - values) / (values.max() - values.min())
    return 1 - (apart if weighting == "linear" else apart**2)


def set_distance(sets: Sequence[frozenset[object]], kind: Literal["jaccard", "masi"]) -> Array:
    r"""Distance of every two sets of labels.

    Jaccard: :math:`1 - |A\cap B|/|A\cup B|`. MASI: :math:`1 - M\,|A\cap B|/|A\cup B|` with M = 1 for equal sets,
    2/3 where one holds the other, 1/3 where they overlap, 0 where they share nothing (Passonneau 2006). Two
    empty sets are equal.

    Examples
    --------
    >>> set_distance([frozenset("ab"), frozenset("a"), frozenset("bc")], "masi").round(3)[0]
    array([0.   , 0.667, 0.889])
    """
    names = sorted({label for s in sets for label in s}, key=str)
    column = {label: k for k, label in enumerate(names)}
    member = np.zeros((len(sets), len(names)))
    for row, labels in enumerate(sets):
        member[row, [column[label] for label in labels]] = 1.0
    size = member.sum(axis=1)
    shared = member @ member.T
    union = size[:, None] + size - shared
    overlap = np.divide(shared, union, out=np.ones_like(shared), where=union > 0)
    if kind == "jaccard":
        return 1 - overlap
    smaller = np.minimum(size[:, None], size)
    monotone = np.select([overlap == 1, shared == 0, shared == smaller], [1.0, 0.0, 2 / 3], 1 / 3)
    return 1 - overlap * monotone


def _crossed(counts: Array, distance: Array | None) -> Array:
    """Sum of the distances of all pairs within each row of counts; every two categories 1 apart by default."""
    if distance is None:
        return counts.sum(axis=1) ** 2 - (counts**2).sum(axis=1)
    return ((counts @ distance) * counts).sum(axis=1)


def _pairs_and_shares(counts: Array, weights: Array, similarity: Array) -> tuple[Array, Array]:
    """Observed agreement of pairs, and the mean share of each category, per row of weights."""
    m = counts.sum(axis=1)
    alike = (counts * (counts @ similarity - 1)).sum(axis=1)
    twice, rated = (m >= 2).astype(float), (m >= 1).astype(float)
    observed = ratio(weights @ _share(alike, m * (m - 1)), weights @ twice)
    share = weights @ (counts / np.maximum(m, 1)[:, None])
    n = weights @ rated
    return observed, np.divide(share, n[:, None], out=np.full(share.shape, np.nan), where=n[:, None] > 0)


def _corrected(observed: Array, expected: Array) -> Array:
    """(observed - expected) / (1 - expected), NaN where chance alone would agree always."""
    room = 1 - expected
    room = np.where(room > 1e-12, room, 0.0)
    return ratio(observed - expected, room)


def _share(above: Array, below: Array) -> Array:
    """A ratio that is 0 for items with too few ratings to form a pair, so that they add nothing."""
    return np.divide(above, below, out=np.zeros(above.shape), where=below > 0)
