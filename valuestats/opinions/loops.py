"""Compiled passes over ties."""

from __future__ import annotations

import numba
import numpy as np

from valuestats.opinions.panel import Array, Whole


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _direction(kind: int, within: float, moved: float, whole: float) -> float:
    if kind == 1:
        return moved / whole
    if kind == 2:
        return moved / (1.0 + within)
    return moved / within if within > 0 else 0.0


@numba.njit(cache=True, nogil=True, error_model="numpy")
def sums_by_bound(
    kind: int, start: Whole, apart: Array, weight: Array, rest: Array, order: Whole, row: Whole
) -> tuple[Array, Array, Array]:
    """Sums of squares and products of the direction at every distance seen, ties let in from the nearest on.

    Returns
    -------
    tuple
        Distinct distances, and the sums of squared directions and of directions times what is left (`rest`) where all
        ties up to each of them count.
    """
    n, m = len(rest), len(apart)
    within, moved, whole, g = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    for i in range(n):
        for k in range(start[i], start[i + 1]):
            whole[i] += weight[k]
    bounds, squares, products = np.empty(m), np.empty(m), np.empty(m)
    found, gg, gr = 0, 0.0, 0.0
    for place in range(m):
        k = order[place]
        i = row[k]
        within[i] += weight[k]
        moved[i] += weight[k] * apart[k]
        new = _direction(kind, within[i], moved[i], whole[i])
        gg += new * new - g[i] * g[i]
        gr += (new - g[i]) * rest[i]
        g[i] = new
        far = abs(apart[k])
        if place + 1 == m or abs(apart[order[place + 1]]) > far:
            bounds[found], squares[found], products[found] = far, gg, gr
            found += 1
    return bounds[:found], squares[:found], products[:found]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def directions_at(kind: int, start: Whole, apart: Array, weight: Array, bounds: Array) -> Array:
    """The direction of each row at each bound (ascending), shape ``(rows, bounds)``."""
    n, m = len(start) - 1, len(bounds)
    found = np.zeros((n, m))
    for i in range(n):
        whole = 0.0
        for k in range(start[i], start[i + 1]):
            whole += weight[k]
        for j in range(m):
            within, moved = 0.0, 0.0
            for k in range(start[i], start[i + 1]):
                if abs(apart[k]) <= bounds[j]:
                    within += weight[k]
                    moved += weight[k] * apart[k]
            found[i, j] = _direction(kind, within, moved, whole)
    return found


@numba.njit(cache=True, nogil=True, error_model="numpy")
def moments_at(
    kind: int,
    start: Whole,
    weight: Array,
    own: Array,
    others: Array,
    noise_own: Array,
    noise_others: Array,
    shrink: Array,
    keep: Array,
    error: float,
    centre: float,
    bounds: Array,
) -> tuple[Array, Array, Array, Array, Array]:
    """Moments of true opinion and direction given the opinions measured, over draws of the true ones.

    Parameters
    ----------
    own, others
        Opinions measured, by row and by tie.
    noise_own, noise_others
        Standard normal draws, shapes ``(draws, rows)`` and ``(draws, ties)``.
    shrink, keep
        Reliability of a network's mean by row, and of what is apart from it (one number, shape ``(1,)``).
    error, centre
        Standard deviation of the error of an opinion, and the mean of all.

    Returns
    -------
    tuple
        Mean and variance of the true opinion, shape ``(rows,)``; mean and variance of the direction and its covariance
        with the opinion, shape ``(rows, bounds)``.
    """
    n, m, draws = len(own), len(bounds), len(noise_own)
    x_mean, x_var = np.zeros(n), np.zeros(n)
    g_mean, g_var, both = np.zeros((n, m)), np.zeros((n, m)), np.zeros((n, m))
    tau = error * np.sqrt(keep[0])
    for i in range(n):
        first, last = start[i], start[i + 1]
        size = last - first + 1
        middle, whole = own[i], 0.0
        for k in range(first, last):
            middle += others[k]
            whole += weight[k]
        middle /= size
        at = centre + shrink[i] * (middle - centre)
        sigma = error * np.sqrt(shrink[i])
        apart = np.empty(size - 1)
        for b in range(draws):
            z = noise_own[b, i]
            for k in range(first, last):
                z += noise_others[b, k]
            z /= size
            x = at + keep[0] * (own[i] - middle) + sigma * z + tau * (noise_own[b, i] - z)
            for k in range(first, last):
                true = at + keep[0] * (others[k] - middle) + sigma * z + tau * (noise_others[b, k] - z)
                apart[k - first] = true - x
            x_mean[i] += x
            x_var[i] += x * x
            for j in range(m):
                within, moved = 0.0, 0.0
                for k in range(size - 1):
                    if abs(apart[k]) <= bounds[j]:
                        within += weight[first + k]
                        moved += weight[first + k] * apart[k]
                g = _direction(kind, within, moved, whole)
                g_mean[i, j] += g
                g_var[i, j] += g * g
                both[i, j] += g * x
        x_mean[i] /= draws
        x_var[i] = x_var[i] / draws - x_mean[i] ** 2
        for j in range(m):
            g_mean[i, j] /= draws
            g_var[i, j] = g_var[i, j] / draws - g_mean[i, j] ** 2
            both[i, j] = both[i, j] / draws - g_mean[i, j] * x_mean[i]
    return x_mean, x_var, g_mean, g_var, both


@numba.njit(cache=True, nogil=True, error_model="numpy")
def moved_once(
    kind: int, start: Whole, to: Whole, weight: Array, x: Array, bound: float, strength: float
) -> Array:
    """All opinions after one update at once; who listens to nobody stays."""
    found = x.copy()
    for i in range(len(x)):
        if start[i] == start[i + 1]:
            continue
        within, moved, whole = 0.0, 0.0, 0.0
        for k in range(start[i], start[i + 1]):
            d = x[to[k]] - x[i]
            whole += weight[k]
            if abs(d) <= bound:
                within += weight[k]
                moved += weight[k] * d
        found[i] = x[i] + strength * _direction(kind, within, moved, whole)
    return found


@numba.njit(cache=True, nogil=True, error_model="numpy")
def encounters(
    start: Whole,
    to: Whole,
    weight: Array,
    mutual: Whole,
    x: Array,
    bound: float,
    strength: float,
    who: Whole,
    at: Array,
) -> None:
    """One encounter after another, in place: the person moves, and so does the other where the other listens too."""
    for step in range(len(who)):
        i = who[step]
        whole = 0.0
        for k in range(start[i], start[i + 1]):
            whole += weight[k]
        left = at[step] * whole
        k = start[i]
        while k + 1 < start[i + 1] and left >= weight[k]:
            left -= weight[k]
            k += 1
        d = x[to[k]] - x[i]
        if abs(d) <= bound:
            x[i] += strength * d
            if mutual[k] == 1:
                x[to[k]] -= strength * d
