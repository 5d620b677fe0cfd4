r"""What replicates of few clusters stand for: their error, their interval, and intervals of several that hold together.

Replicate b of a statistic of n clusters is :math:`\hat\theta+\tau_b x_b`, with :math:`x_b` the influences of its clusters
times standard normal numbers and :math:`\tau_b^2=(n-1)/\chi^2_{n-1}` (`valuestats.statistics.clusters`). The quantiles
behind :math:`\tau_b` are the same for all plans of so many replicates, so :math:`x_b` can be had back from the replicates.
The numbers are orthonormal over replicates, so that the root mean square of :math:`x_b`, or of any difference of them, is
the jackknife's error exactly; quantiles are then those of Student's t and not of a few thousand draws.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Array = NDArray[np.float64]

_GOLDEN = (np.sqrt(5.0) - 1) / 2
_STUDIES = 4000
_MANY = 50
"""From so many clusters on errors are known so well that each column's t says enough."""
_STILL = 1e-9
"""Replicates and their mirror images are as far from their centre, to this share of the furthest."""


def quantiles(half: int) -> Array:
    """One quantile of each of so many strata of equal size, in an order of which any first part is spread out too.

    Examples
    --------
    >>> import numpy as np
    >>> np.sort(quantiles(4)).tolist()
    [0.125, 0.375, 0.625, 0.875]
    """
    order = np.mod((np.arange(half) + 0.5) * _GOLDEN, 1.0)
    return (np.argsort(np.argsort(order)) + 0.5) / max(half, 1)


def normal_numbers(
    half: int, clusters: int, rng: np.random.Generator, dtype: type[np.floating[Any]] = np.float64
) -> NDArray[Any]:
    """Standard normal numbers ``(half, clusters)``, columns orthonormal over rows where there are rows enough."""
    if not 0 < clusters <= half:
        return rng.standard_normal((half, clusters), dtype=dtype)
    q, r = np.linalg.qr(rng.standard_normal((half, clusters)))
    return np.asarray(q * np.sign(np.diag(r)) * np.sqrt(half), dtype=dtype)


def student_numbers(
    replicates: int, clusters: int, rng: np.random.Generator, dtype: type[np.floating[Any]] = np.float64
) -> tuple[NDArray[Any], Array]:
    """Normal numbers of clusters and quantiles of a scale for half the replicates, of which the others are mirror images.

    Examples
    --------
    >>> import numpy as np
    >>> normal, quantile = student_numbers(5, 2, np.random.default_rng(0))
    >>> normal.shape, quantile.shape
    ((3, 2), (3,))
    """
    half, pairs = (replicates + 1) // 2, replicates // 2
    z = normal_numbers(pairs, clusters, rng, dtype)
    if half > pairs:  # of an odd number the last has no mirror image, and is no part of the orthonormal ones
        z = np.concatenate([z, rng.standard_normal((1, clusters)).astype(dtype)])
    return z, quantiles(half)


def scales(quantile: Array, df: float) -> Array:
    r""":math:`\sqrt{df/\chi^2_{df}}` at each quantile of the chi-square."""
    return np.asarray(np.sqrt(df / (2 * special.gammaincinv(df / 2, quantile))))


def normal_part(draws: NDArray[Any], units: ArrayLike) -> Array:
    r""":math:`x_b` of each replicate, of which linear combinations are those of combined estimates.

    Parameters
    ----------
    draws
        Student's t replicates, each followed half the way on by its mirror image, shape ``(replicates, ...)``.
    units
        Clusters behind each, one number or shape ``(...)``.

    Returns
    -------
    numpy.ndarray
        Shape ``(replicates // 2, ...)``; NaN where the replicates aren't their own mirror images, as those of a
        coefficient that was worked out on another scale, and below two clusters.
    """
    values = np.asarray(draws, dtype=float)
    n = np.broadcast_to(np.asarray(units, dtype=float), values.shape[1:])
    half, pairs = (len(values) + 1) // 2, len(values) // 2
    one, other = values[:pairs], values[half : half + pairs]
    found = np.full(one.shape, np.nan)
    if not pairs:
        return found
    with np.errstate(invalid="ignore"):
        twice = (one + other).mean(axis=0)
        off = np.abs(one + other - twice).max(axis=0)
        linear = off <= _STILL * (np.abs(one - other).max(axis=0) + np.abs(twice))
    quantile = quantiles(half)[:pairs]
    for size in np.unique(n[linear & (n > 1)]):
        here = linear & (n == size)
        found[:, here] = (one[:, here] - twice[here] / 2) / scales(quantile, size - 1)[:, None]
    return found


def error_of(normal: Array) -> Array:
    """The jackknife's error that normal parts stand for: their root mean square, shape ``(...)``."""
    if not len(normal):
        return np.full(normal.shape[1:], np.nan)
    return np.asarray(np.sqrt((normal**2).mean(axis=0)))


def reach(units: ArrayLike, level: float) -> Array:
    """Errors on either side of an estimate by Student's t with ``units - 1`` degrees of freedom."""
    df = np.asarray(units, dtype=float) - 1
    return np.asarray(special.stdtrit(np.where(df > 0, df, np.nan), (1 + level) / 2))


def joint_reach(normal: Array, units: int, level: float) -> float:
    r"""Errors on either side that hold all columns at once, each by its own error.

    Each column over its jackknife's error is Student's t, but errors of several columns are estimated apart: of n clusters
    that vary as the normal parts do, c is the quantile of :math:`\max_k |\bar x_k| / (s_k/\sqrt n)`, s the standard
    deviation over these n. A multivariate t, which has one scale for all, is too short here: with 4 equal models some pair
    would differ in .115 of studies of 4 items and .089 of 6, where it is so in .059 and .053
    (``benchmarks/joint_pairs_coverage.py``). c lies between the t of one column and Bonferroni's.

    Parameters
    ----------
    normal
        Normal parts of what is compared, shape ``(replicates, columns)``, none of them constant.
    units
        Clusters behind, at least 2.
    level
        Probability that all hold.

    Examples
    --------
    >>> import numpy as np
    >>> round(joint_reach(np.random.default_rng(0).normal(size=(50, 1)), 5, 0.95), 3)
    2.776
    """
    single, columns = float(reach(units, level)), normal.shape[1]
    if columns == 1:
        return single
    most = float(reach(units, 1 - (1 - level) / columns))
    scaled = normal / error_of(normal)
    if units > _MANY:
        largest = np.quantile(np.abs(scaled).max(axis=1), level)
        return float(np.clip(special.stdtrit(units - 1, special.ndtr(largest)), single, most))
    pick = np.random.default_rng(0).integers(0, len(scaled), (_STUDIES, units))
    total, squares = np.zeros((_STUDIES, columns)), np.zeros((_STUDIES, columns))
    for k in range(units):
        own = scaled[pick[:, k]]
        total += own
        squares += own**2
    spread = np.sqrt(np.maximum(squares - total**2 / units, 0.0) / (units - 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        largest = np.nanmax(np.abs(total) / (np.sqrt(units) * spread), axis=1)
    return float(np.clip(np.quantile(largest, level), single, most))
