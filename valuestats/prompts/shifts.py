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
    means = _item_means(filled, blocks)
    pairs = [np.abs(means[..., a] - means[..., b]) for a, b in combinations(range(means.shape[-1]), 2)]
    return np.mean(pairs, axis=0)


def _item_means(filled: Array, blocks: Array) -> Array:
    """Means of each item at each level, ``(..., items, levels)``."""
    totals = filled.sum(axis=-2)
    return ratio(totals, np.broadcast_to(blocks, totals.shape))


def common_shift(y: Array) -> float:
    r"""How far the items move together: the mean over items of each level, compared over pairs of levels.

    Of two levels the difference of the second from the first, with its sign; of more the mean over pairs of the absolute
    difference. Items that move in opposite directions cancel here, and count in `item_shift`.

    Parameters
    ----------
    y
        Shape ``(items, blocks, levels)``, NaN where missing; complete blocks enter.

    Examples
    --------
    >>> import numpy as np
    >>> y = np.array([[[1.0, 3.0]], [[4.0, 2.0]], [[1.0, 4.0]]])
    >>> common_shift(y), item_shift(y).mean().round(2)
    (1.0, np.float64(2.33))
    """
    filled, blocks = _complete(y)
    some = blocks[..., 0] > 0
    return _together(filled[some], blocks[some]) if some.any() else float("nan")


def _together(filled: Array, blocks: Array) -> float:
    means = _item_means(filled, blocks).mean(axis=0)
    if len(means) == 2:
        return float(means[1] - means[0])
    return float(np.mean([abs(means[a] - means[b]) for a, b in combinations(range(len(means)), 2)]))


def shuffled_shift(y: Array, permutations: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """`item_shift` and `common_shift` after shuffling the levels within each block, for a baseline of no effect.

    Returns
    -------
    tuple of numpy.ndarray
        Mean of the item shifts, and the common shift, of each permutation, shape ``(permutations,)``. The former is NaN
        where no item has two complete blocks, since shuffling one block does not change its size; both where none is
        complete.

    Examples
    --------
    >>> import numpy as np
    >>> y = np.array([[[1.0, 3.0], [1.0, 3.0]]])  # half of the shuffles keep the shift of 2, half cancel it
    >>> apart, together = shuffled_shift(y, 4000, np.random.default_rng(0))
    >>> round(float(apart.mean()), 1), sorted(set(together.tolist()))
    (1.0, [-2.0, 0.0, 2.0])
    """
    filled, blocks = _complete(y)
    some = blocks[..., 0] > 0
    if not some.any():
        return np.full(permutations, np.nan), np.full(permutations, np.nan)
    filled, blocks = filled[some], blocks[some]
    apart, together = np.empty(permutations), np.empty(permutations)
    for n in range(permutations):
        shuffled = rng.permuted(filled, axis=-1)
        apart[n], together[n] = _between_levels(shuffled, blocks).mean(), _together(shuffled, blocks)
    return (apart if (blocks > 1).any() else np.full(permutations, np.nan)), together


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
