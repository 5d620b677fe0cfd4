r"""Exact segmentation of counts along an axis: the best by dynamic programming, and the posterior of all.

A segment of steps has one distribution of stances. Both the best segmentation with a given number of changes and the
posterior over all of them are exact: sums over segments are carried from left to right (Auger and Lawrence 1989; Fearnhead
2006).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, logsumexp, xlogy

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


def segment_costs(counts: Array, least: int = 1) -> Array:
    r"""Negative log-likelihood of each segment at its own shares, :math:`-\sum_k N_k\log(N_k/N)`.

    Parameters
    ----------
    counts
        Shape ``(..., steps, stances)``; need not be whole numbers.
    least
        Fewest steps of a segment.

    Returns
    -------
    numpy.ndarray
        Shape ``(..., steps, steps + 1)``: of steps s to t - 1 at ``[..., s, t]``; infinite where too short.

    Examples
    --------
    >>> segment_costs(np.array([[2.0, 2.0], [4.0, 0.0]])).round(3).tolist()
    [[inf, 2.773, 4.499], [inf, inf, 0.0]]
    """

    def cost(n: Array) -> Array:
        whole = n.sum(axis=-1)
        return np.asarray(xlogy(whole, whole) - xlogy(n, n).sum(axis=-1))

    return _over_segments(counts, least, cost, np.inf)


def squared_costs(counts: Array, least: int = 1) -> Array:
    r"""Sum of squares of each segment about its own share of the first of two columns, steps weighing by their counts.

    :math:`\sum_t n_t (y_t - \bar y)^2` with :math:`y_t = N_{t1}/n_t`. It is quadratic in the counts, so that counts that
    flips of signs drive below zero need not be cut off, as they must for a likelihood.

    Parameters
    ----------
    counts
        Shape ``(..., steps, 2)``.
    least
        Fewest steps of a segment.

    Returns
    -------
    numpy.ndarray
        As of `segment_costs`.

    Examples
    --------
    >>> squared_costs(np.array([[1.0, 1.0], [4.0, 0.0]])).round(3).tolist()
    [[inf, 0.0, 0.333], [inf, inf, 0.0]]
    """
    up, whole = counts[..., 0], counts.sum(axis=-1)
    square = np.divide(up**2, whole, out=np.zeros(np.shape(up)), where=whole > 0)
    sums = [
        np.concatenate([np.zeros((*x.shape[:-1], 1)), np.cumsum(x, axis=-1)], axis=-1)
        for x in (square, up, whole)
    ]
    steps = counts.shape[-2]
    found = np.full((*counts.shape[:-2], steps, steps + 1), np.inf)
    for start in range(steps - least + 1):
        a, b, n = (x[..., start + least :] - x[..., [start]] for x in sums)
        mean = np.divide(b**2, n, out=np.zeros(np.shape(b)), where=n > 0)
        found[..., start, start + least :] = np.maximum(a - mean, 0.0)
    return found


def segment_evidence(counts: Array, prior: Array, least: int = 1) -> Array:
    r"""Log evidence of each segment with Dirichlet shares, :math:`\log B(a+N) - \log B(a)`; -inf where too short.

    Parameters
    ----------
    counts
        Shape ``(steps, stances)``.
    prior
        a, shape ``(stances,)``.
    least
        Fewest steps of a segment.
    """
    base = gammaln(prior).sum() - gammaln(prior.sum())

    def evidence(n: Array) -> Array:
        whole = n + prior
        return np.asarray(gammaln(whole).sum(axis=-1) - gammaln(whole.sum(axis=-1)) - base)

    return _over_segments(counts, least, evidence, -np.inf)


def _over_segments(counts: Array, least: int, work: Callable[[Array], Array], empty: float) -> Array:
    steps = counts.shape[-2]
    total = np.concatenate(
        [np.zeros((*counts.shape[:-2], 1, counts.shape[-1])), np.cumsum(counts, axis=-2)], axis=-2
    )
    found = np.full((*counts.shape[:-2], steps, steps + 1), empty)
    for start in range(steps - least + 1):
        inside = total[..., start + least :, :] - total[..., [start], :]
        found[..., start, start + least :] = work(np.maximum(inside, 0.0))
    return found


def best_costs(costs: Array, most: int) -> Array:
    """Least cost with 0 to `most` changes, shape ``(..., most + 1)``; infinite where the steps do not suffice."""
    return np.stack([row[..., -1] for row in _forward(costs, most)], axis=-1)


def best_changes(costs: Array, changes: int) -> list[int]:
    """First steps of the segments after the first in the best segmentation with so many changes.

    Examples
    --------
    >>> counts = np.array([[9.0, 1.0], [8.0, 2.0], [1.0, 9.0], [2.0, 8.0]])
    >>> best_changes(segment_costs(counts), 1)
    [2]
    """
    rows = _forward(costs, changes)
    end, found = costs.shape[-1] - 1, []
    for m in range(changes, 0, -1):
        end = int(np.argmin(rows[m - 1][:-1] + costs[:, end]))
        found.append(end)
    return found[::-1]


def _forward(costs: Array, most: int) -> list[Array]:
    """Least cost of the steps before each place with 0 to `most` changes, each of shape ``(..., steps + 1)``."""
    rows = [costs[..., 0, :]]
    for _ in range(most):
        before = rows[-1][..., :-1, None]
        rows.append((before + costs).min(axis=-2))
    return rows


@dataclass(frozen=True)
class Segmentations:
    """Posterior over segmentations.

    Attributes
    ----------
    numbers
        Probability of 0, 1, … changes, shape ``(most + 1,)``.
    places
        Probability that a new segment starts at each step, whatever the number, shape ``(steps,)``; 0 at the first.
    each
        With m changes, at ``[m][j]`` the probability of each first step of the j-th new segment, shape ``(m, steps)``.
    """

    numbers: Array
    places: Array
    each: tuple[Array, ...]


def posterior(evidence: Array, most: int, log_prior: Array) -> Segmentations:
    """Exact posterior over all segmentations with up to `most` changes.

    Parameters
    ----------
    evidence
        As `segment_evidence` gives it, shape ``(steps, steps + 1)``.
    most
        Most changes.
    log_prior
        Of the number of changes, shape ``(most + 1,)``; all segmentations with one number are equally likely before.
    """
    steps = len(evidence)
    ahead = [evidence[0]]
    for _ in range(most):
        ahead.append(logsumexp(ahead[-1][:-1, None] + evidence, axis=0))
    possible = np.where(np.isfinite(evidence), 0.0, -np.inf)
    ways = [possible[0]]
    for _ in range(most):
        ways.append(logsumexp(ways[-1][:-1, None] + possible, axis=0))
    behind = [evidence[:, -1]]
    for _ in range(most):
        behind.append(logsumexp(evidence[:, 1:-1] + behind[-1][None, 1:], axis=1))
    whole = np.array([a[-1] for a in ahead])
    many = np.array([w[-1] for w in ways])
    with np.errstate(invalid="ignore"):
        log = np.where(np.isfinite(whole), whole - many + log_prior, -np.inf)
    numbers = np.exp(log - logsumexp(log))
    each = [np.zeros((0, steps))]
    places = np.zeros(steps)
    for m in range(1, most + 1):
        found = np.zeros((m, steps))
        if np.isfinite(whole[m]):
            for j in range(m):
                found[j] = np.exp(ahead[j][:-1] + behind[m - 1 - j] - whole[m])
        each.append(found)
        places += numbers[m] * found.sum(axis=0)
    return Segmentations(numbers, places, tuple(each))
