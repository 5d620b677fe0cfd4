"""Measures on normalised rows that `valuestats.statistics.distances` offers by name.

By hand: SciPy's distances of ordered options agree and take 200 times as long or more (docs/choices.md).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def total_variation_rows(a: Array, b: Array) -> Array:
    """Half the sum of absolute differences."""
    return np.minimum(0.5 * np.abs(a - b).sum(axis=-1), 1.0)


def hellinger_rows(a: Array, b: Array) -> Array:
    """Hellinger distance."""
    difference = np.sqrt(a) - np.sqrt(b)
    return np.minimum(np.sqrt(0.5 * np.square(difference).sum(axis=-1)), 1.0)


def spacing(positions: ArrayLike) -> Array | None:
    """Distances of neighbouring options as shares of the whole scale; None where all are the same.

    Parameters
    ----------
    positions
        Rising numbers, shape ``(..., options)``.

    Examples
    --------
    >>> spacing([1, 2.5, 4]) is None, spacing([0, 1, 4]).tolist()
    (True, [0.25, 0.75])
    """
    steps = np.diff(np.asarray(positions, dtype=float), axis=-1)
    whole = steps.sum(axis=-1, keepdims=True)
    even = np.abs(steps - whole / max(steps.shape[-1], 1)) <= 1e-12 * whole
    return None if even.all() else np.asarray(steps / whole)


def wasserstein_rows(a: Array, b: Array, gaps: Array | None = None) -> Array:
    """Wasserstein-1 distance over the longest way; `gaps` as `spacing` returns them, None for even ones."""
    apart = np.abs(np.cumsum(a - b, axis=-1)[..., :-1])
    total = apart.sum(axis=-1) / max(a.shape[-1] - 1, 1) if gaps is None else (apart * gaps).sum(axis=-1)
    return np.minimum(total, 1.0)


def energy_rows(a: Array, b: Array, gaps: Array | None = None) -> Array:
    r"""Energy distance on ordered options, :math:`\sqrt{\sum_{k<K} g_k (F_k - G_k)^2}`.

    :math:`g_k` is the share of the scale between options k and k+1, :math:`1/(K-1)` where they are evenly spaced
    (`gaps` None). Székely and Rizzo (2013): :math:`2E|X-Y| - E|X-X'| - E|Y-Y'| = 2\int (F-G)^2`; the root is
    divided by its largest value, so that the two ends of the scale are at distance 1.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(energy_rows(np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]))), 6)
    0.707107
    """
    apart = np.square(np.cumsum(a - b, axis=-1)[..., :-1])
    total = apart.sum(axis=-1) / max(a.shape[-1] - 1, 1) if gaps is None else (apart * gaps).sum(axis=-1)
    return np.minimum(np.sqrt(total), 1.0)


def top_choice_rows(a: Array, b: Array) -> Array:
    """One minus the Jaccard index of the two sets of most frequent options (one option each without ties).

    Examples
    --------
    >>> import numpy as np
    >>> a = np.array([[0.6, 0.4], [0.5, 0.5]])
    >>> top_choice_rows(a, np.array([0.9, 0.1])).tolist()
    [0.0, 0.5]
    """
    top_a = a == a.max(axis=-1, keepdims=True)
    top_b = b == b.max(axis=-1, keepdims=True)
    both = (top_a & top_b).sum(axis=-1)
    either = (top_a | top_b).sum(axis=-1)
    known = top_a.any(axis=-1) & top_b.any(axis=-1)
    return np.divide(either - both, either, out=np.full(both.shape, np.nan), where=known)


PLAIN_MEASURES: dict[str, Callable[[Array, Array], Array]] = {
    "total_variation": total_variation_rows,
    "hellinger": hellinger_rows,
    "wasserstein": wasserstein_rows,
    "energy": energy_rows,
    "top_choice": top_choice_rows,
}
"""The measures without a base, on normalised rows."""

SCALE_MEASURES: dict[str, Callable[[Array, Array, Array | None], Array]] = {
    "wasserstein": wasserstein_rows,
    "energy": energy_rows,
}
"""The measures of ordered options, which take the spacing of the options."""
