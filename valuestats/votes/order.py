"""Cycles and transitivity of a directed graph of majorities, and pairs that were asked both ways round."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, stats
from scipy.sparse import csgraph

from valuestats.votes.edges import WISER

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Triads:
    """Three values of which each pair has a majority.

    Attributes
    ----------
    complete
        How many.
    cyclic
        How many go round in a circle; a quarter would by chance.
    """

    complete: int
    cyclic: int


def cycles(source: NDArray[np.int64], target: NDArray[np.int64], n: int) -> list[list[int]]:
    """Groups of values from each of which every other can be reached (strongly connected, two or more), the largest first.

    Examples
    --------
    >>> cycles(np.array([0, 1, 2, 2]), np.array([1, 2, 0, 3]), 4)
    [[0, 1, 2]]
    """
    graph = sparse.csr_array((np.ones(len(source)), (source, target)), shape=(n, n))
    _, label = csgraph.connected_components(graph, directed=True, connection="strong")
    size = np.bincount(label, minlength=1)
    found = [np.flatnonzero(label == k).tolist() for k in np.flatnonzero(size > 1)]
    return sorted(found, key=len, reverse=True)


def triads(source: NDArray[np.int64], target: NDArray[np.int64], n: int) -> Triads:
    """Complete and cyclic triads of a graph with at most one edge between two values.

    Cyclic triads are a third of the trace of the cubed adjacency, complete ones a sixth of that of the graph without
    directions (Kendall and Babington Smith 1940).

    Examples
    --------
    >>> triads(np.array([0, 1, 2]), np.array([1, 2, 0]), 3)
    Triads(complete=1, cyclic=1)
    """
    a = sparse.csr_array((np.ones(len(source)), (source, target)), shape=(n, n))
    both = a + a.T
    cyclic = ((a @ a).multiply(a.T)).sum() / 3
    complete = ((both @ both).multiply(both)).sum() / 6
    return Triads(round(float(complete)), round(float(cyclic)))


def both_ways(shown: Array, level: float) -> dict[str, Any] | None:
    r"""How often a step is called wiser in both directions, over pairs that were shown both ways round.

    Whoever calls b wiser than a can't call a wiser than b, so
    :math:`P(\text{wiser}\mid a\to b)+P(\text{wiser}\mid b\to a)\le 1` where the direction of the question changes no
    answer. The sum is averaged over pairs with weights :math:`n_1n_2/(n_1+n_2)`; its interval is normal, from binomial
    errors.

    Parameters
    ----------
    shown
        Votes by pair, direction and kind, shape ``(pairs, 2, 4)``.
    level
        Probability inside the interval.

    Returns
    -------
    dict or None
        ``pairs``, ``votes``, ``sum``, ``std_error``, ``lower``, ``upper``, and ``largest_weight`` of a pair; None where no
        pair was shown both ways.
    """
    n = shown.sum(axis=2)
    there = (n > 0).all(axis=1)
    if not there.any():
        return None
    n, wiser = n[there], shown[there, :, WISER]
    weight = n[:, 0] * n[:, 1] / n.sum(axis=1)
    weight = weight / weight.sum()
    share = (wiser + 0.5) / (n + 1)
    error = float(np.sqrt((weight[:, None] ** 2 * share * (1 - share) / n).sum()))
    total = float((weight[:, None] * wiser / n).sum())
    reach = float(stats.norm.ppf((1 + level) / 2)) * error
    return {
        "pairs": int(there.sum()),
        "votes": int(n.sum()),
        "sum": total,
        "std_error": error,
        "lower": total - reach,
        "upper": total + reach,
        "largest_weight": float(weight.max()),
    }
