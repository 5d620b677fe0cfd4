"""Entropy of shares: plug-in, corrected for its bias at small counts, and its Dirichlet posterior."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, polygamma
from scipy.stats import entropy

Array = NDArray[np.float64]


@dataclass(frozen=True)
class EntropyPosterior:
    """Mean and standard deviation of the entropy (nats) under a Dirichlet posterior; shapes ``(...)``."""

    mean: Array
    std: Array


def plugin_entropy(counts: Array) -> Array:
    r"""Entropy :math:`-\sum_k p_k\log p_k` (nats) of the observed shares along the last axis.

    It is too low on average, by about :math:`(K-1)/2n` for n independent observations (Miller 1955).

    Parameters
    ----------
    counts
        Counts or rates from 0, shape ``(..., K)``.

    Returns
    -------
    numpy.ndarray
        Shape ``(...)``; null where all counts are 0.

    Examples
    --------
    >>> import numpy as np
    >>> plugin_entropy(np.array([[1.0, 1.0], [3.0, 0.0], [0.0, 0.0]])).round(4).tolist()
    [0.6931, 0.0, nan]
    """
    with np.errstate(invalid="ignore"):  # of rows that are all 0
        return np.asarray(entropy(counts, axis=-1) + 0.0)


def dirichlet_entropy(counts: Array, concentration: float = 0.5) -> EntropyPosterior:
    r"""Posterior mean and deviation of the entropy under a symmetric Dirichlet prior, in closed form.

    With :math:`\alpha_k=n_k+a`, :math:`A=\sum\alpha_k`: mean :math:`\psi(A+1)-\sum_k\frac{\alpha_k}{A}\psi(\alpha_k+1)`,
    and the second moment of Wolpert and Wolf (1995).

    Parameters
    ----------
    counts
        Counts of independent observations, shape ``(..., K)``.
    concentration
        a, the prior's weight of each category; .5 is Jeffreys' prior.

    Examples
    --------
    >>> import numpy as np
    >>> bool(dirichlet_entropy(np.array([1e9, 1e9]), 1.0).mean.round(6) == np.log(2).round(6))
    True
    """
    alpha = np.asarray(counts, dtype=float) + concentration
    total = alpha.sum(axis=-1)
    mean = digamma(total + 1) - (alpha * digamma(alpha + 1)).sum(axis=-1) / total
    level = digamma(alpha + 1) - digamma(total + 2)[..., None]
    crossed = (alpha * level).sum(axis=-1) ** 2 - (alpha**2 * level**2).sum(axis=-1)
    crossed -= polygamma(1, total + 2) * (total**2 - (alpha**2).sum(axis=-1))
    own = digamma(alpha + 2) - digamma(total + 2)[..., None]
    squared = own**2 + polygamma(1, alpha + 2) - polygamma(1, total + 2)[..., None]
    second = (crossed + (alpha * (alpha + 1) * squared).sum(axis=-1)) / (total * (total + 1))
    return EntropyPosterior(np.asarray(mean), np.sqrt(np.maximum(second - mean**2, 0.0)))


def jackknife_entropy(sums: Array) -> Array:
    r"""Entropy corrected by leaving out one cluster at a time (Zahl 1977, with clusters in place of observations).

    :math:`G\,H-\frac{G-1}{G}\sum_g H_{(-g)}` with the plug-in entropies of all G clusters and of all but one; it removes
    the bias of order 1/G, also where observations of one cluster depend on each other.

    Parameters
    ----------
    sums
        Counts per cluster, shape ``(..., G, K)``.

    Returns
    -------
    numpy.ndarray
        Shape ``(...)``. With one cluster nothing can be left out, and the plug-in entropy is returned.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(jackknife_entropy(np.array([[2.0, 0], [0, 1], [1, 1]]))), 3)
    0.795
    """
    whole = sums.sum(axis=-2)
    clusters = sums.shape[-2]
    full = plugin_entropy(whole)
    if clusters < 2:
        return full
    without = plugin_entropy(whole[..., None, :] - sums)
    left = np.where(np.isnan(without), full[..., None], without)
    return np.asarray(clusters * full - (clusters - 1) / clusters * left.sum(axis=-1))


def without_one(counts: Array, statistic: Callable[[Array], Array]) -> Array:
    r"""A statistic of shares corrected by leaving out one observation at a time (Zahl 1977), from counts.

    :math:`n\,\hat\theta - \frac{n-1}{n}\sum_k n_k\,\hat\theta(n - e_k)`, the sum over observations taken by category.

    Parameters
    ----------
    counts
        Whole counts, shape ``(..., K)``.
    statistic
        From counts of shape ``(..., K)`` to ``(...)``, the same for counts and shares.

    Returns
    -------
    numpy.ndarray
        Shape ``(...)``; null below two observations.

    Examples
    --------
    >>> import numpy as np
    >>> without_one(np.array([3.0, 1.0]), lambda n: 1 - ((n / n.sum(-1, keepdims=True)) ** 2).sum(-1))  # n/(n - 1) of it
    array(0.5)
    """
    n = counts.sum(axis=-1)
    left = np.zeros(n.shape)
    for k in range(counts.shape[-1]):
        fewer = counts.copy()
        fewer[..., k] -= 1
        some = counts[..., k] > 0
        found = statistic(np.where(some[..., None], fewer, 1.0))
        left = left + np.where(some, counts[..., k] * found, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        corrected = n * statistic(counts) - (n - 1) / n * left
    return np.asarray(np.where(n > 1, corrected, np.nan))


def true_rate(observed: Array, sensitivity: Array | float, specificity: Array | float) -> Array:
    r"""Rate behind the rate that an imperfect judge reports, :math:`(p+s_p-1)/(s_e+s_p-1)`, kept within 0 and 1.

    Source: Rogan and Gladen (1978).

    Examples
    --------
    >>> import numpy as np
    >>> true_rate(np.array([0.3, 0.05]), 0.8, 0.9).round(4).tolist()
    [0.2857, 0.0]
    """
    gain = np.asarray(sensitivity) + np.asarray(specificity) - 1
    return np.asarray(np.clip((observed + np.asarray(specificity) - 1) / gain, 0.0, 1.0))
