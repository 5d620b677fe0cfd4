"""Draws from a log-concave posterior of a few weights, with or without bounds: slices along random principal directions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def slice_draws(
    log_density: Callable[[Array], Array],
    start: Array,
    covariance: Array,
    *,
    above_zero: bool,
    draws: int,
    tune: int,
    rng: np.random.Generator,
) -> Array:
    """Hit-and-run with slices, all chains side by side.

    Directions of a draw are the principal axes of `covariance`, and with bounds the coordinates too; along each a point is
    drawn from the slice by stepping out and shrinking (Neal 2003), within the bounds.

    Parameters
    ----------
    log_density
        Of weights ``(chains, features)``.
    start
        Shape ``(chains, features)``.
    covariance
        A guess of the posterior's.
    above_zero
        Whether weights are 0 or more.
    draws, tune
        Draws kept, and thrown away before them.

    Returns
    -------
    numpy.ndarray
        Shape ``(chains, draws, features)``.

    References
    ----------
    Neal (2003), Annals of Statistics 31, 705-767; Smith (1984), Operations Research 32, 1296-1308.
    """
    x = start.copy()
    chains, p = x.shape
    values, vectors = np.linalg.eigh(covariance)
    scale = np.sqrt(np.maximum(values, 1e-12))
    axes = (vectors * scale).T
    if above_zero:
        axes = np.concatenate([axes, np.diag(np.sqrt(np.diag(covariance)))])
    kept = np.empty((chains, draws, p))
    level = log_density(x)
    for t in range(tune + draws):
        for axis in axes:
            x, level = _along(log_density, x, level, axis, above_zero, rng)
        if t >= tune:
            kept[:, t - tune] = x
    return kept


def _along(
    log_density: Callable[[Array], Array],
    x: Array,
    level: Array,
    axis: Array,
    above_zero: bool,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    chains = len(x)
    height = level - rng.exponential(size=chains)
    low, high = -np.full(chains, np.inf), np.full(chains, np.inf)
    if above_zero:
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = -x / axis
        low = np.where(axis > 0, reach, -np.inf).max(axis=1)
        high = np.where(axis < 0, reach, np.inf).min(axis=1)
    width = 2.5
    begin = rng.random(chains) * width
    left, right = np.maximum(-begin, low), np.minimum(width - begin, high)
    for side, bound in ((left, low), (right, high)):
        for _ in range(50):
            out = (log_density(x + side[:, None] * axis) > height) & (side != bound)
            if not out.any():
                break
            moved = side + np.where(side is left, -width, width)
            side[out] = np.clip(moved, low, high)[out]
    new, found = x.copy(), level.copy()
    waiting = np.ones(chains, dtype=bool)
    for _ in range(100):
        at = left + rng.random(chains) * (right - left)
        tried = np.maximum(x + at[:, None] * axis, 0.0) if above_zero else x + at[:, None] * axis
        value = log_density(tried)
        good = waiting & (value > height)
        new[good], found[good] = tried[good], value[good]
        waiting &= ~good
        if not waiting.any():
            break
        left = np.where(waiting & (at < 0), at, left)
        right = np.where(waiting & (at >= 0), at, right)
    return new, found
