"""Shifts of answers between the levels of a condition, and what shuffled labels would give."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from valuestats.statistics.ratios import ratio

Array = NDArray[np.float64]


def weighted_means(values: Array, cluster: NDArray[np.int64], weights: Array) -> Array:
    """Mean of the non-missing values under each row of cluster weights.

    Parameters
    ----------
    values
        Shape ``(rows, ...)``, NaN where missing.
    cluster
        Cluster number of each row, from 0.
    weights
        Shape ``(replicates, clusters)``.

    Returns
    -------
    numpy.ndarray
        Shape ``(replicates, ...)``, NaN where nothing is left.

    Examples
    --------
    >>> import numpy as np
    >>> weighted_means(np.array([1.0, 3.0, np.nan]), np.array([0, 1, 1]), np.array([[1.0, 1], [2, 0]])).tolist()
    [2.0, 1.0]
    """
    flat = values.reshape(len(values), int(np.prod(values.shape[1:])))
    seen = ~np.isnan(flat)
    size = weights.shape[1]
    total, count = np.zeros((size, flat.shape[1])), np.zeros((size, flat.shape[1]))
    np.add.at(total, cluster, np.where(seen, flat, 0.0))
    np.add.at(count, cluster, seen.astype(float))
    return ratio(weights @ total, weights @ count).reshape(len(weights), *values.shape[1:])


def item_shift(y: Array) -> Array:
    r"""Mean over pairs of levels of the absolute difference of an item's means.

    Only blocks with all levels enter, so that the levels are compared under the same other conditions.

    Parameters
    ----------
    y
        Shape ``(..., items, blocks, levels)``, NaN where missing.

    Returns
    -------
    numpy.ndarray
        Shape ``(..., items)``; NaN where no block is complete.

    Examples
    --------
    >>> import numpy as np
    >>> item_shift(np.array([[[1.0, 3.0], [2.0, 2.0], [np.nan, 6.0]]]))
    array([1.])
    """
    return _between_levels(*_complete(y))


def _complete(y: Array) -> tuple[Array, Array]:
    """Answers of complete blocks, 0 in the others, and how many an item has, ``(..., items, 1)``."""
    whole = ~np.isnan(y).any(axis=-1, keepdims=True)
    return np.where(whole, y, 0.0), whole.sum(axis=-2).astype(float)


def _between_levels(filled: Array, blocks: Array) -> Array:
    totals = filled.sum(axis=-2)
    means = ratio(totals, np.broadcast_to(blocks, totals.shape))
    pairs = [np.abs(means[..., a] - means[..., b]) for a, b in combinations(range(means.shape[-1]), 2)]
    return np.mean(pairs, axis=0)


def shuffled_shift(y: Array, permutations: int, rng: np.random.Generator) -> Array:
    """`item_shift` after shuffling the levels within each block, for a baseline of no effect.

    Returns
    -------
    numpy.ndarray
        Mean over items per permutation, shape ``(permutations,)``; NaN where no item has two complete blocks, since
        shuffling one block changes nothing.

    Examples
    --------
    >>> import numpy as np
    >>> y = np.array([[[1.0, 3.0], [1.0, 3.0]]])  # half of the shuffles keep the shift of 2, half cancel it
    >>> round(float(shuffled_shift(y, 4000, np.random.default_rng(0)).mean()), 1)
    1.0
    """
    filled, blocks = _complete(y)
    if not (blocks > 1).any():
        return np.full(permutations, np.nan)
    some = blocks[..., 0] > 0
    filled, blocks = filled[some], blocks[some]
    return np.array(
        [_between_levels(rng.permuted(filled, axis=-1), blocks).mean() for _ in range(permutations)]
    )


def paired_effects(y: Array) -> Array:
    """Deviation of each level from its block's mean, averaged over an item's complete blocks.

    Parameters
    ----------
    y
        Shape ``(items, blocks, levels)``, NaN where missing.

    Returns
    -------
    numpy.ndarray
        Shape ``(items, levels)``, each row summing to zero; NaN where no block is complete.

    Examples
    --------
    >>> import numpy as np
    >>> paired_effects(np.array([[[1.0, 3.0], [2.0, 2.0]]])).tolist()
    [[-0.5, 0.5]]
    """
    whole = ~np.isnan(y).any(axis=-1)
    kept = np.where(whole[..., None], np.nan_to_num(y), 0)
    deviation = kept - kept.mean(axis=-1, keepdims=True)
    count = np.broadcast_to(whole.sum(axis=-1)[..., None], (y.shape[0], y.shape[-1]))
    return ratio(deviation.sum(axis=1), count)
