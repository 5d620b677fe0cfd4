"""Hamiltonian Monte Carlo of many chains at once, for a posterior in coordinates that are about standard normal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Density = Callable[[Array], tuple[Array, Array]]

_QUARTER_ORBIT = 1.5
_MOST_LEAPS = 24


@dataclass(frozen=True)
class Chains:
    """What `whitened_hmc` draws.

    Attributes
    ----------
    draws
        Shape ``(coordinates, chains, draws)``.
    accepted
        Mean acceptance rate after adaptation.
    """

    draws: Array
    accepted: float


def whitened_hmc(
    density: Density,
    start: Array,
    *,
    draws: int,
    tune: int = 100,
    target_accept: float = 0.8,
    between: Callable[[Array, np.random.Generator], Array] | None = None,
    rng: np.random.Generator,
) -> Chains:
    """Draw from a density by jittered trajectories of a quarter orbit (Neal 2011; Mackenzie 1989).

    All chains share the step size (dual averaging, Hoffman and Gelman 2014) and, from half of the adaptation on, a unit
    of each coordinate: its standard deviation over the points seen.

    Parameters
    ----------
    density
        Log density ``(chains,)`` and gradient ``(coordinates, chains)`` at points ``(coordinates, chains)``.
    start
        First point of each chain, shape ``(coordinates, chains)``.
    draws, tune
        Draws kept and adaptation steps of each chain.
    target_accept
        Acceptance rate that the step size aims at.
    between
        A further move after each trajectory that leaves the density as it is (Gibbs draws of some coordinates, say).
    rng
        Source of random numbers.

    Returns
    -------
    Chains

    Examples
    --------
    >>> found = whitened_hmc(lambda q: (-0.5 * (q**2).sum(axis=0), -q), np.zeros((2, 20)), draws=100,
    ...     rng=np.random.default_rng(0))
    >>> found.draws.shape, found.draws.std().round(1)
    ((2, 20, 100), np.float64(1.0))
    """
    q = np.array(start, dtype=float)
    size, chains = q.shape
    value, gradient = density(q)
    log_step = averaged = float(np.log(max(size, 1) ** -0.25))
    anchor, error, accepted, count = log_step + np.log(2.0), 0.0, 0.0, 0
    kept, seen, unit = np.empty((size, chains, draws)), [], np.ones((size, 1))
    for turn in range(tune + draws):
        step = float(np.exp(log_step if turn < tune else averaged))
        leaps = int(np.clip(round(_QUARTER_ORBIT * rng.uniform(0.6, 1.4) / step), 1, _MOST_LEAPS))
        p = rng.normal(size=q.shape)
        energy = value - 0.5 * (p**2).sum(axis=0)
        at, slope = q, gradient
        p = p + 0.5 * step * unit * slope
        for leap in range(leaps):
            at = at + step * unit * p
            there, slope = density(at)
            p = p + (step if leap < leaps - 1 else 0.5 * step) * unit * slope
        change = there - 0.5 * (p**2).sum(axis=0) - energy
        probability = np.exp(np.minimum(np.where(np.isfinite(change), change, -np.inf), 0.0))
        moved = rng.random(chains) < probability
        q, value = np.where(moved, at, q), np.where(moved, there, value)
        gradient = np.where(moved, slope, gradient)
        if between is not None:
            q = between(q, rng)
            value, gradient = density(q)
        if turn < tune:
            count += 1
            error += (target_accept - probability.mean() - error) / (count + 10.0)
            log_step = float(anchor - np.sqrt(count) / 0.05 * error)
            averaged += count**-0.75 * (log_step - averaged)
            seen.append(q)
            if turn == tune // 2:
                points = np.concatenate(seen[len(seen) // 4 :], axis=1)
                unit = (points.std(axis=1, keepdims=True) * points.shape[1] + 20.0) / (points.shape[1] + 20.0)
                log_step, anchor, error, count = averaged, averaged + np.log(2.0), 0.0, 0
        else:
            kept[:, :, turn - tune] = q
            accepted += float(probability.mean()) / draws
    return Chains(kept, accepted)


def split_rhat(values: Array) -> Array:
    """R-hat of half chains (Gelman et al. 2013, section 11.4), for values ``(..., chains, draws)``; 1 where all are equal.

    Examples
    --------
    >>> stuck = np.array([[0.0, 0.1, 0.0, 0.1], [1.0, 1.1, 1.0, 1.1]])
    >>> bool(split_rhat(stuck) > 2)
    True
    """
    half = values.shape[-1] // 2
    parts = np.concatenate([values[..., :half], values[..., half : 2 * half]], axis=-2)
    within = parts.var(axis=-1, ddof=1).mean(axis=-1)
    between = parts.mean(axis=-1).var(axis=-1, ddof=1)
    ratio = np.divide(between, within, out=np.zeros_like(within), where=within > 0)
    return np.asarray(
        np.sqrt((half - 1) / half + ratio) * np.where(within > 0, 1.0, np.sqrt(half / (half - 1)))
    )
