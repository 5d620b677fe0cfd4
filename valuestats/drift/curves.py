r"""Monotone curves and the times at which they have gone a part of their way."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def isotonic_rows(curves: Array) -> Array:
    r"""Least-squares rising curve of each row: :math:`\max_{i\le t}\min_{j\ge t}` of the mean from i to j.

    Parameters
    ----------
    curves
        Shape ``(..., steps)``; all steps weigh the same.

    Returns
    -------
    numpy.ndarray
        Same shape; a row with NaN stays NaN.

    References
    ----------
    Robertson, Wright and Dykstra (1988), Order Restricted Statistical Inference, 1.4.

    Examples
    --------
    >>> isotonic_rows(np.array([[1.0, 3.0, 2.0, 4.0]])).tolist()
    [[1.0, 2.5, 2.5, 4.0]]
    """
    n = curves.shape[-1]
    total = np.concatenate([np.zeros((*curves.shape[:-1], 1)), np.cumsum(curves, axis=-1)], axis=-1)
    found = np.full(curves.shape, -np.inf)
    for i in range(n):
        means = (total[..., i + 1 :] - total[..., [i]]) / np.arange(1, n - i + 1)
        least = np.minimum.accumulate(means[..., ::-1], axis=-1)[..., ::-1]
        found[..., i:] = np.maximum(found[..., i:], least)
    return found


def strays(curves: Array) -> Array:
    """Largest distance of each row from its monotone curve, as a part of its way from first to last.

    Examples
    --------
    >>> strays(np.array([[0.0, 3.0, 1.0, 2.0]])).tolist()
    [0.5]
    """
    way = np.abs(curves[..., -1] - curves[..., 0])
    far = np.abs(curves - isotonic_rows(curves)).max(axis=-1)
    return np.divide(far, way, out=np.full(way.shape, np.nan), where=way > 0)


def crossing_times(curves: Array, at: Array, parts: Array) -> Array:
    r"""When the monotone curve has gone each part of the way from the first value to the last.

    Estimand: with :math:`m` the rising curve closest to the row :math:`y`, linear between steps, the first place on the
    axis at which :math:`m \ge y_1 + a\,(y_T - y_1)`.

    Parameters
    ----------
    curves
        Shape ``(..., steps)``, rising in all.
    at
        Places of the steps, shape ``(steps,)``.
    parts
        Parts of the way, in (0, 1), shape ``(parts,)``.

    Returns
    -------
    numpy.ndarray
        Shape ``(..., parts)``; NaN where a row does not rise.

    Examples
    --------
    >>> crossing_times(np.array([[0.0, 0.0, 1.0, 1.0]]), np.array([0.0, 1, 2, 3]), np.array([0.1, 0.9])).tolist()
    [[1.1, 1.9]]
    """
    way = curves[..., -1] - curves[..., 0]
    found = np.full((*way.shape, len(parts)), np.nan)
    rising = way > 0
    own = curves[rising]
    y = isotonic_rows(own)
    for k, part in enumerate(parts):
        goal = own[:, 0] + part * way[rising]
        # the curve ends at or above the last value, so that there is such a step; rounding may hide it by a hair
        reached = y >= (goal - 1e-12)[:, None]
        right = np.where(reached.any(axis=1), reached.argmax(axis=1), len(at) - 1)
        left = np.maximum(right - 1, 0)
        rows = np.arange(len(y))
        low, high = y[rows, left], y[rows, right]
        share = np.divide(goal - low, high - low, out=np.ones(len(y)), where=high > low)
        time = at[left] + np.clip(share, 0, 1) * (at[right] - at[left])
        found[rising, k] = np.where(right == 0, at[0], time)
    return found
