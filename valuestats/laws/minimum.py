"""Many minimisations at once: BFGS with analytic gradients, vectorised over starts, replicates and profiled values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Objective = Callable[[Array, Index], tuple[Array, Array]]
"""Values and gradients at parameters ``(k, p)``; the second argument says which of the problems they belong to."""

_LONGEST = 2.0
_HALVINGS = 30


@dataclass(frozen=True)
class Minima:
    """Where each problem ended.

    Attributes
    ----------
    theta
        Parameters, shape ``(problems, parameters)``.
    value
        Objective, shape ``(problems,)``.
    gradient
        Largest absolute derivative.
    steps
        Steps taken.
    """

    theta: Array
    value: Array
    gradient: Array
    steps: Index


def minimise(
    objective: Objective,
    start: Array,
    *,
    free: NDArray[np.bool_] | None = None,
    inverse: Array | None = None,
    steps: int = 400,
    tolerance: float = 1e-12,
) -> Minima:
    """Minimise one objective from many starts, or many objectives, side by side.

    Parameters
    ----------
    objective
        Values and gradients, see `Objective`.
    start
        Shape ``(problems, parameters)``.
    free
        Parameters that move, of shape ``(parameters,)`` or ``(problems, parameters)``; all without.
    inverse
        A guess of each problem's inverse Hessian, shape ``(problems, parameters, parameters)``, zero where nothing moves.
    steps
        Steps at most.
    tolerance
        A problem ends where a step promises less than this share of 1 + its value.

    References
    ----------
    Nocedal and Wright (2006), Numerical Optimization, chapter 6.
    """
    x = np.array(start, dtype=float)
    n, p = x.shape
    moves = np.broadcast_to(np.ones(p, dtype=bool) if free is None else free, (n, p))
    value, gradient = objective(x, np.arange(n))
    gradient = np.where(moves, gradient, 0.0)
    known = inverse is not None
    bend = np.broadcast_to(np.eye(p) if inverse is None else inverse, (n, p, p)).copy()
    fresh = np.full(n, not known)
    taken = np.zeros(n, dtype=np.int64)
    live = np.flatnonzero(np.isfinite(value))
    for _ in range(steps):
        if not live.size:
            break
        taken[live] += 1
        g = gradient[live]
        move = -np.einsum("kij,kj->ki", bend[live], g)
        down = np.einsum("ki,ki->k", move, g)
        reset = ~(down < 0)
        if reset.any():
            bend[live[reset]] = np.eye(p)
            fresh[live[reset]] = True
            move[reset], down[reset] = -g[reset], -(g[reset] ** 2).sum(axis=1)
        length = np.minimum(1.0, _LONGEST / np.maximum(np.abs(move).max(axis=1), 1e-300))
        length = np.where(
            fresh[live], np.minimum(length, 0.5 / np.maximum(np.abs(g).sum(axis=1), 1e-300)), length
        )
        found, slope, reached = value[live].copy(), g.copy(), np.zeros(live.size, dtype=bool)
        waiting = np.arange(live.size)
        for _ in range(_HALVINGS):
            who = live[waiting]
            v, s = objective(x[who] + length[waiting, None] * move[waiting], who)
            good = v <= value[who] + 1e-4 * length[waiting] * down[waiting]
            here = waiting[good]
            found[here], slope[here], reached[here] = v[good], np.where(moves[live[here]], s[good], 0.0), True
            waiting = waiting[~good]
            if not waiting.size:
                break
            length[waiting] /= 2
        step = length[:, None] * move
        gained = value[live] - found
        went = live[reached]
        x[went] += step[reached]
        change = slope - g
        bent = np.einsum("ki,ki->k", step, change)
        size = np.sqrt((step**2).sum(axis=1) * (change**2).sum(axis=1))
        curved = reached & (bent > 1e-10 * size)
        if curved.any():
            _update(bend, live[curved], step[curved], change[curved], bent[curved], fresh)
        value[went], gradient[went] = found[reached], slope[reached]
        small = (gained <= tolerance * (1 + np.abs(found))) & (-down <= 1e3 * tolerance * (1 + np.abs(found)))
        stuck = ~reached & fresh[live]
        again = ~reached & ~fresh[live]
        bend[live[again]], fresh[live[again]] = np.eye(p), True
        live = live[~((small & reached) | stuck)]
    return Minima(x, value, np.abs(gradient).max(axis=1), taken)


def _update(inverse: Array, who: Index, s: Array, y: Array, sy: Array, fresh: NDArray[np.bool_]) -> None:
    """The inverse Hessian after a step, first scaled to the curvature seen."""
    new = fresh[who]
    if new.any():
        scale = sy[new] / (y[new] ** 2).sum(axis=1)
        inverse[who[new]] = scale[:, None, None] * np.eye(s.shape[1])
        fresh[who] = False
    h = inverse[who]
    hy = np.einsum("kij,kj->ki", h, y)
    yhy = np.einsum("ki,ki->k", y, hy)
    outer = np.einsum("ki,kj->kij", hy, s)
    inverse[who] = (
        h
        + ((sy + yhy) / sy**2)[:, None, None] * np.einsum("ki,kj->kij", s, s)
        - (outer + outer.transpose(0, 2, 1)) / sy[:, None, None]
    )
