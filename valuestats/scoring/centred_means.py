"""Centred scores of keyed items, and their cluster bootstrap as matrix products."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from valuestats.statistics.ratios import ratio

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Scores:
    """Scores of models on dimensions, each array of shape ``(models, dimensions)``.

    Attributes
    ----------
    centred
        Mean over the keyed items minus the mean over all items.
    raw
        Mean over the keyed items, reversed items turned.
    spread
        SD over the keyed items, ddof 0.
    n_items
        Keyed items with a mean.
    """

    centred: Array
    raw: Array
    spread: Array
    n_items: NDArray[np.int64]


def reverse(y: Array, sign: Array, middle: float) -> Array:
    """Item means per dimension, reversed about `middle` where the key is negative.

    Parameters
    ----------
    y
        Shape ``(models, items)``, NaN where missing.
    sign
        Shape ``(items, dimensions)``, in {-1, 0, 1}.
    middle
        Middle of the answer scale.

    Returns
    -------
    numpy.ndarray
        Shape ``(models, items, dimensions)``, NaN where not keyed or missing.
    """
    turned = np.where(sign < 0, 2 * middle - y[:, :, None], y[:, :, None])
    return np.where(sign != 0, turned, np.nan)


def centred_scores(y: Array, sign: Array, middle: float) -> Scores:
    """Score each model on each dimension; arguments as for `reverse`.

    Examples
    --------
    >>> import numpy as np
    >>> y, sign = np.array([[5.0, 3.0, 1.0]]), np.array([[1, 0], [1, 0], [0, 1]])
    >>> centred_scores(y, sign, 3.5).centred
    array([[ 1., -2.]])
    """
    keyed = reverse(y, sign, middle)
    seen = ~np.isnan(keyed)
    n = seen.sum(axis=1)
    raw = ratio(np.where(seen, keyed, 0.0).sum(axis=1), n)
    squares = np.where(seen, (keyed - raw[:, None, :]) ** 2, 0.0).sum(axis=1)
    present = ~np.isnan(y)
    centre = ratio(np.where(present, y, 0.0).sum(axis=1), present.sum(axis=1))
    return Scores(raw - centre[:, None], raw, np.sqrt(ratio(squares, n)), n)


def bootstrap_scores(
    y: Array, sign: Array, middle: float, cluster: NDArray[np.int64], weights: Array
) -> Array:
    """Centred scores under each row of cluster weights.

    Every score is a ratio of sums over clusters, so all replicates are a few matrix products.

    Parameters
    ----------
    y, sign, middle
        As for `reverse`.
    cluster
        Cluster number of each item, from 0, shape ``(items,)``.
    weights
        Shape ``(replicates, clusters)``, see `valuestats.statistics.resampling.cluster_weights`.

    Returns
    -------
    numpy.ndarray
        Shape ``(replicates, models, dimensions)``; NaN where a replicate holds no keyed item.
    """
    models, dimensions = y.shape[0], sign.shape[1]
    keyed = reverse(y, sign, middle).transpose(1, 0, 2).reshape(len(cluster), -1)
    present = y.T
    total, count = _by_cluster(keyed, cluster, weights.shape[1])
    all_total, all_count = _by_cluster(present, cluster, weights.shape[1])
    raw = ratio(weights @ total, weights @ count).reshape(-1, models, dimensions)
    centre = ratio(weights @ all_total, weights @ all_count)
    return raw - centre[:, :, None]


def _by_cluster(values: Array, cluster: NDArray[np.int64], clusters: int) -> tuple[Array, Array]:
    """Sums and counts of the non-missing values per cluster, each ``(clusters, columns)``."""
    indicator = np.zeros((clusters, len(cluster)))
    indicator[cluster, np.arange(len(cluster))] = 1.0
    seen = ~np.isnan(values)
    return indicator @ np.where(seen, values, 0.0), indicator @ seen
