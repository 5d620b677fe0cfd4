"""Resampling as weights: cluster bootstrap and equal-tailed intervals."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from valuestats.base.errors import SpecificationError

Array = NDArray[np.float64]


def cluster_weights(n_clusters: int, replicates: int, rng: np.random.Generator) -> Array:
    """How often each cluster is drawn in each bootstrap replicate.

    Each row is one multinomial draw of `n_clusters` clusters with replacement (Efron 1979; Cameron, Gelbach
    and Miller 2008 for clusters), so a statistic that is a ratio of sums over clusters costs one matrix
    product for all replicates.

    Parameters
    ----------
    n_clusters
        Number of clusters, at least 1.
    replicates
        Number of bootstrap replicates.
    rng
        Source of random numbers.

    Returns
    -------
    numpy.ndarray
        Counts, shape ``(replicates, n_clusters)``, each row summing to `n_clusters`.

    Examples
    --------
    >>> import numpy as np
    >>> cluster_weights(4, 3, np.random.default_rng(0)).sum(axis=1)
    array([4., 4., 4.])
    """
    if n_clusters < 1:
        raise SpecificationError(
            "nothing to resample", parameter="n_clusters", got=n_clusters, expected="at least 1"
        )
    return rng.multinomial(n_clusters, np.full(n_clusters, 1.0 / n_clusters), size=replicates).astype(float)


def equal_tailed(draws: NDArray[Any], level: float) -> tuple[Array, Array]:
    """Equal-tailed interval over the first axis, ignoring NaN replicates.

    Parameters
    ----------
    draws
        Draws or replicates, shape ``(draw, ...)``.
    level
        Probability inside the interval, in (0, 1).

    Returns
    -------
    tuple of numpy.ndarray
        Lower and upper ends, shape ``(...)``; NaN where every replicate is NaN.

    Examples
    --------
    >>> import numpy as np
    >>> lower, upper = equal_tailed(np.arange(101.0), 0.9)
    >>> round(float(lower), 9), round(float(upper), 9)
    (5.0, 95.0)
    """
    if not 0 < level < 1:
        raise SpecificationError("impossible level", parameter="level", got=level, expected="in (0, 1)")
    tail = (1 - level) / 2
    values = np.asarray(draws, dtype=float)
    if not np.isnan(values).any():
        lower, upper = np.quantile(values, [tail, 1 - tail], axis=0)
        return lower, upper
    filled = np.ma.masked_invalid(values)
    empty = filled.count(axis=0) == 0
    safe = np.where(empty, 0.0, values)
    lower, upper = np.nanquantile(safe, [tail, 1 - tail], axis=0)
    return np.where(empty, np.nan, lower), np.where(empty, np.nan, upper)


def expanded_interval(draws: NDArray[Any], level: float, units: ArrayLike) -> tuple[Array, Array]:
    """Equal-tailed interval at the level that few units ask for; what every verb that resamples clusters reports.

    Parameters
    ----------
    draws
        Replicates, shape ``(replicate, ...)``.
    level
        Probability that the interval is to have, in (0, 1).
    units
        Units resampled behind each statistic, one number or shape ``(...)``, infinite where none were; see
        `expanded_level`.

    Returns
    -------
    tuple of numpy.ndarray
        Lower and upper ends, shape ``(...)``; NaN without replicates, or where fewer than two units were resampled.

    Examples
    --------
    >>> import numpy as np
    >>> lower, upper = expanded_interval(np.arange(1001.0)[:, None] / 1000, 0.9, np.array([10]))
    >>> lower.round(3), upper.round(3)
    (array([0.027]), array([0.973]))
    """
    values = np.asarray(draws, dtype=float)
    shape = values.shape[1:]
    flat = values.reshape(len(values), int(np.prod(shape)))
    n = np.broadcast_to(np.asarray(units, dtype=float), shape).ravel()
    ends = np.full((2, n.size), np.nan)
    for size in np.unique(n[n > 1]) if len(values) else ():
        wide = expanded_level(level, int(size)) if np.isfinite(size) else level
        ends[:, n == size] = equal_tailed(flat[:, n == size], wide)
    return ends[0].reshape(shape), ends[1].reshape(shape)


def bootstrap_standard_error(draws: NDArray[Any]) -> Array:
    """Standard deviation over the first axis (ddof 1), NaN replicates left out, NaN where fewer than two stay.

    Examples
    --------
    >>> import numpy as np
    >>> bootstrap_standard_error(np.array([[1.0, np.nan], [3.0, np.nan]])).round(3)
    array([1.414,   nan])
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # fewer than two replicates
        return np.nanstd(np.asarray(draws, dtype=float), axis=0, ddof=1)


def expanded_level(level: float, n: int) -> float:
    r"""Level at which the percentile interval of a mean of n units is as wide as Student's t interval.

    :math:`1 - 2\,\Phi\bigl(-\sqrt{n/(n-1)}\;t_{n-1,(1+level)/2}\bigr)`: the plain percentile interval is too
    short when units are few (Hesterberg 2015, The American Statistician 69, "expanded percentile").

    Parameters
    ----------
    level
        Probability that the interval is to have.
    n
        Number of resampled units, at least 2.

    Examples
    --------
    >>> round(expanded_level(0.95, 30), 4), round(expanded_level(0.95, 1000), 4)
    (0.9625, 0.9504)
    """
    if n < 2:
        raise SpecificationError("no interval from one unit", parameter="n", got=n, expected="at least 2")

    wide = np.sqrt(n / (n - 1)) * stats.t.ppf((1 + level) / 2, n - 1)
    return float(min(2 * stats.norm.cdf(wide) - 1, 1 - 1e-12))
