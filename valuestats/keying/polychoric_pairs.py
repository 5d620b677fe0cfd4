"""Polychoric correlations of every item with every score, and their two-step standard errors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

from valuestats.statistics.polychoric import (
    Polychoric,
    bivariate_normal_cdf,
    category_thresholds,
    polychoric_tables,
)

Array = NDArray[np.float64]

_TABLES = 4096  # tables at a time
_LEAST = 1e-14  # cells below this probability are empty


def crossed_polychoric(ratings: Array, scores: Array) -> Polychoric:
    """Polychoric correlation of every row of one matrix with every column of another, pairwise complete.

    Parameters
    ----------
    ratings
        Ordered codes, shape ``(items, respondents)``, NaN where unrated.
    scores
        Ordered codes, shape ``(respondents, dimensions)``, NaN where unknown.

    Returns
    -------
    Polychoric
        Arrays of shape ``(items, dimensions)``; ``std_error`` is that of `two_step_errors`.

    Examples
    --------
    >>> import numpy as np
    >>> one, two = np.repeat([[0.0, 0], [0, 1], [1, 0], [1, 1]], [40, 10, 10, 40], axis=0).T
    >>> crossed_polychoric(one[None], two[:, None]).r.round(6)
    array([[0.809017]])
    """
    items, dimensions = len(ratings), scores.shape[1]
    r, error, n = (np.full((items, dimensions), np.nan) for _ in range(3))
    bound = np.zeros((items, dimensions), dtype=bool)
    rating_levels, score_levels = (np.unique(codes[~np.isnan(codes)]) for codes in (ratings, scores))
    k, m = len(rating_levels), len(score_levels)
    if k == 0 or m == 0:
        return Polychoric(r, error, np.zeros_like(r), bound)
    # counts of a few respondents are whole numbers below 2^24, which single precision holds exactly
    number = np.float32 if scores.shape[0] < 1 << 24 else np.float64
    columns = (scores[:, :, None] == score_levels).astype(number).reshape(len(scores), -1)
    step = max(1, _TABLES // max(1, dimensions))
    for start in range(0, items, step):
        part = ratings[start : start + step]
        rows = (part[:, None, :] == rating_levels[:, None]).astype(number).reshape(-1, part.shape[1])
        crossed = (rows @ columns).reshape(len(part), k, dimensions, m).transpose(0, 2, 1, 3)
        tables = crossed.reshape(-1, k, m).astype(float)
        found = polychoric_tables(tables)
        shape, at = (len(part), dimensions), slice(start, start + step)
        r[at], n[at], bound[at] = (v.reshape(shape) for v in (found.r, found.n, found.at_bound))
        error[at] = two_step_errors(tables, np.where(found.at_bound, np.nan, found.r)).reshape(shape)
    return Polychoric(r, error, n, bound)


def two_step_errors(tables: Array, r: Array) -> Array:
    r"""Standard errors of two-step polychoric correlations that allow for the estimated thresholds.

    With :math:`u_{ij} = \partial\log\pi_{ij}/\partial\rho` and I its variance, one respondent in cell (i, j) moves
    :math:`\hat\rho` by :math:`\{u_{ij} - \sum_a b_a(1[i \le a] - \Phi(h_a)) - \sum_c d_c(1[j \le c] - \Phi(k_c))\}/(nI)`:
    directly, and through the thresholds h and k of both margins. :math:`b_a = \sum_j
    P(j \mid h_a)(u_{aj} - u_{a+1,j})`, :math:`P(j \mid h_a)` the probability of the second variable's category j given
    that the first is at :math:`h_a`; d likewise. The standard error is the root of the sum of the squares over
    respondents (Olsson 1979; Joreskog 1994).

    Parameters
    ----------
    tables
        Counts, shape ``(tables, categories, categories)``.
    r
        Correlations found, shape ``(tables,)``; the error is NaN where r is, or where r is +-1.

    Returns
    -------
    numpy.ndarray
        Shape ``(tables,)``.

    Examples
    --------
    >>> import numpy as np
    >>> table = np.array([[[40.0, 10.0], [10.0, 40.0]]])
    >>> two_step_errors(table, np.array([0.809017])).round(4)  # pi cos(.3 pi) sqrt(.8 x .2 / 100), in closed form
    array([0.0739])
    """
    error = np.full(len(tables), np.nan)
    fine = np.flatnonzero(np.abs(r) < 1)
    for start in range(0, len(fine), 512):  # bounds the memory of the quadrature
        part = fine[start : start + 512]
        error[part] = _errors(tables[part], r[part])
    return error


def polychoric_interval(
    r: Array, error: Array, n: NDArray[np.integer], level: float
) -> tuple[Array, Array, Array]:
    r"""Standard error and interval of a two-step polychoric correlation, by Fisher's z and the delta method.

    The error is that of `two_step_errors` times :math:`\sqrt{n/(n-3)}`, as in Fisher's z: without it the intervals of
    small samples are too narrow.

    Parameters
    ----------
    r, error, n
        Correlation, its two-step error and complete pairs, of one shape.
    level
        Probability inside the interval.

    Returns
    -------
    tuple of numpy.ndarray
        Standard error, lower and upper end; NaN where the error is, or with three pairs or fewer.

    Examples
    --------
    >>> import numpy as np
    >>> _, low, high = polychoric_interval(np.array([0.5]), np.array([0.1]), np.array([103]), 0.95)
    >>> low.round(3), high.round(3)
    (array([0.277]), array([0.672]))
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        wide = np.where((n > 3) & (error > 0), error * np.sqrt(n / (n - 3.0)), np.nan)
        z, half = np.arctanh(r), special.ndtri(0.5 + level / 2) * wide / (1 - r**2)
    return wide, np.tanh(z - half), np.tanh(z + half)


def _errors(tables: Array, r: Array) -> Array:
    h, k = category_thresholds(tables.sum(axis=2)), category_thresholds(tables.sum(axis=1))
    across, down, rho = h[:, :, None], k[:, None, :], r[:, None, None]
    root = np.sqrt(1 - rho**2)
    corner = np.zeros((len(r), h.shape[1] + 2, k.shape[1] + 2))
    corner[:, 1:-1, 1:-1] = bivariate_normal_cdf(across, down, rho)
    corner[:, -1, 1:-1], corner[:, 1:-1, -1], corner[:, -1, -1] = special.ndtr(k), special.ndtr(h), 1.0
    height = np.zeros_like(corner)
    exponent = -(across**2 + down**2 - 2 * rho * across * down) / (2 * root**2)
    height[:, 1:-1, 1:-1] = np.exp(exponent) / (2 * np.pi * root)
    cell, slope = (np.diff(np.diff(part, axis=1), axis=2) for part in (corner, height))
    cell = np.maximum(cell, _LEAST)
    u = slope / cell
    information = (slope * u).sum(axis=(1, 2))
    ends = np.zeros(
        (len(r), h.shape[1], k.shape[1] + 2)
    )  # P(second <= k | first at h), with both infinite ends
    ends[:, :, 1:-1], ends[:, :, -1] = special.ndtr((down - rho * across) / root), 1.0
    b = -(np.diff(ends, axis=2) * np.diff(u, axis=1)).sum(axis=2)
    ends = np.zeros((len(r), h.shape[1] + 2, k.shape[1]))
    ends[:, 1:-1, :], ends[:, -1, :] = special.ndtr((across - rho * down) / root), 1.0
    d = -(np.diff(ends, axis=1) * np.diff(u, axis=2)).sum(axis=1)
    moved = u - _through(b, h)[:, :, None] - _through(d, k)[:, None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.sqrt((tables * moved**2).sum(axis=(1, 2))) / (tables.sum(axis=(1, 2)) * information)


def _through(weight: Array, thresholds: Array) -> Array:
    """What a respondent in each category moves through the thresholds of one margin: ``(tables, categories)``."""
    below = np.tri(thresholds.shape[1] + 1, thresholds.shape[1], -1) == 0  # category i lies below threshold a
    return np.einsum("ta,ia->ti", weight, below) - (weight * special.ndtr(thresholds)).sum(axis=1)[:, None]
