"""Correlations of every item with every score, each with its interval and p-value, as arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.keying.polychoric_pairs import crossed_polychoric, polychoric_interval
from valuestats.statistics.correlation import (
    correlation_standard_error,
    pearson_interval,
    pearson_matrix,
    pearson_standard_error,
    spearman_interval,
    spearman_matrix,
    spearman_standard_error,
)
from valuestats.statistics.exact_correlation import pairwise_p_value
from valuestats.statistics.polychoric import BOUND, polyserial_matrix

Array = NDArray[np.float64]
Method = Literal["spearman", "pearson", "polyserial", "polychoric"]

FEW = 20
"""A score of more categories than this is no ordered score for the polychoric correlation."""


@dataclass(frozen=True)
class ItemCorrelations:
    """Correlations of items with scores; every array is ``(items, dimensions)``, NaN where there is none.

    Attributes
    ----------
    r, n
        Correlation and complete pairs.
    std_error, lower, upper
        Standard error (delta method) and interval (Fisher z).
    p
        Two-sided p-value of no association, not adjusted.
    """

    r: Array
    n: NDArray[np.int64]
    std_error: Array
    lower: Array
    upper: Array
    p: Array


@checked
def correlate_items(
    ratings: ArrayLike, scores: ArrayLike, *, method: Method = "spearman", level: float = 0.95
) -> ItemCorrelations:
    r"""Correlate every item with every score over the respondents who have both, with intervals and p-values.

    Estimand and intervals are those of `valuestats.item_values`, which says them in words and takes long tables;
    this takes and returns arrays.

    Parameters
    ----------
    ratings
        Shape ``(items, respondents)``, NaN where unrated.
    scores
        Shape ``(respondents, dimensions)``, NaN where unknown.
    method
        ``"spearman"``, ``"pearson"``, ``"polyserial"`` (rating ordered, score continuous) or ``"polychoric"``
        (both ordered, in at most 20 categories each).
    level
        Probability inside the intervals.

    Returns
    -------
    ItemCorrelations

    Raises
    ------
    SpecificationError
        An unknown method, a level outside (0, 1), arrays that do not fit together, or too many categories.

    References
    ----------
    Fisher (1921); Bonett and Wright (2000); Olsson (1979); Olsson, Drasgow and Dorans (1982).

    Examples
    --------
    >>> import numpy as np
    >>> ratings = np.array([[1.0, 2, 2, 4, np.nan], [6, 5, np.nan, 2, 1]])
    >>> correlate_items(ratings, np.array([[-1.0], [0], [1], [2], [3]])).r.round(3)
    array([[ 0.949],
           [-1.   ]])
    """
    x, y = np.asarray(ratings, dtype=float), np.asarray(scores, dtype=float)
    if method not in METHODS:
        raise SpecificationError(
            "no such correlation", parameter="method", got=method, expected=", ".join(METHODS)
        )
    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[0]:
        raise SpecificationError(
            "ratings and scores do not fit together",
            parameter="ratings, scores",
            got=f"{x.shape}, {y.shape}",
            expected="(items, respondents), (respondents, dimensions)",
        )
    return METHODS[method](x, y, level)


def _spearman(ratings: Array, scores: Array, level: float) -> ItemCorrelations:
    found = spearman_matrix(ratings, scores)
    z_error = spearman_standard_error(found.r, found.n)
    error = correlation_standard_error(found.r, found.n, z_error, ranks=True)
    lower, upper = spearman_interval(found.r, found.n, level)
    p = pairwise_p_value(found, ratings, scores, ranks=True)
    return ItemCorrelations(found.r, found.n, error, lower, upper, p)


def _pearson(ratings: Array, scores: Array, level: float) -> ItemCorrelations:
    found = pearson_matrix(ratings, scores)
    z_error = pearson_standard_error(found.r, found.n)
    error = correlation_standard_error(found.r, found.n, z_error, ranks=False)
    lower, upper = pearson_interval(found.r, found.n, level)
    p = pairwise_p_value(found, ratings, scores, ranks=False)
    return ItemCorrelations(found.r, found.n, error, lower, upper, p)


def _polyserial(ratings: Array, scores: Array, level: float) -> ItemCorrelations:
    plain = _pearson(ratings, scores, level)
    r = polyserial_matrix(scores, ratings.T)[0].T
    factor = np.divide(r, plain.r, out=np.full_like(r, np.nan), where=np.abs(plain.r) > 1e-12)
    # at the bound, and where both are zero, the ratio isn't the margin's factor
    lower, upper = (np.clip(factor * end, -BOUND, BOUND) for end in (plain.lower, plain.upper))
    return ItemCorrelations(r, plain.n, factor * plain.std_error, lower, upper, plain.p)


def _polychoric(ratings: Array, scores: Array, level: float) -> ItemCorrelations:
    for name, codes in (("ratings", ratings[None]), ("scores", scores.T)):
        most = max((len(np.unique(one[~np.isnan(one)])) for one in codes), default=0)
        if most > FEW:
            raise SpecificationError(
                f"the {name} have too many categories to be taken as ordered",
                parameter="method",
                got=f"polychoric, {most} categories",
                expected=f"at most {FEW}",
                hint='method="polyserial" takes the scores as continuous',
            )
    plain, found = pearson_matrix(ratings, scores), crossed_polychoric(ratings, scores)
    n = plain.n
    usable = (n > 3) & ~np.isnan(plain.r)
    r = np.where(usable, found.r, np.nan)
    error, lower, upper = polychoric_interval(r, np.where(usable, found.std_error, np.nan), n, level)
    p = pairwise_p_value(plain, ratings, scores, ranks=False)
    return ItemCorrelations(r, n, error, lower, upper, p)


METHODS: dict[str, Callable[[Array, Array, float], ItemCorrelations]] = {
    "spearman": _spearman,
    "pearson": _pearson,
    "polyserial": _polyserial,
    "polychoric": _polychoric,
}
