"""PageRank of many weighted versions of one graph at once.

By hand: networkx agrees to 1e-10 (``tests/votes/references/``) and takes one graph at a time (``benchmarks/vote_speed.py``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Array = NDArray[np.float64]


def page_ranks(
    source: NDArray[np.int64],
    target: NDArray[np.int64],
    weights: Array,
    n: int,
    *,
    damping: float = 0.85,
    conserve: bool = True,
    tolerance: float = 1e-12,
    most: int = 1000,
) -> Array:
    r"""Stationary shares of a walk that follows edges by weight, and starts anew with probability one less `damping`.

    .. math:: \pi_v = \frac{1-d}{n} + d\sum_{u\to v}\frac{w_{uv}}{\sum_x w_{ux}}\pi_u + \frac{d}{n}\sum_{u\in D}\pi_u

    with D the values from which nothing leads on
    (Page, Brin, Motwani and Winograd 1999). Without the last term (`conserve` false) the mass of values from which nothing
    leads on is lost in every round, as in the published code.

    Parameters
    ----------
    source, target
        Ends of each edge, shape ``(edges,)``.
    weights
        From 0, shape ``(graphs, edges)``.
    n
        Number of values.
    damping
        d, in (0, 1).
    conserve
        Whether dangling mass goes to all values alike.
    tolerance, most
        Rounds end where no rank moves by more, or after so many.

    Returns
    -------
    numpy.ndarray
        Shape ``(graphs, n)``; sums to 1 with `conserve`.

    Examples
    --------
    >>> ends = np.array([0, 0]), np.array([1, 2])
    >>> page_ranks(*ends, np.array([[1.0, 3.0]]), 3).round(3).tolist()
    [[0.26, 0.315, 0.425]]
    >>> float(page_ranks(*ends, np.array([[1.0, 3.0]]), 3, conserve=False).sum().round(3))
    0.193
    """
    w = np.asarray(weights, dtype=float).T
    edges = np.arange(len(source))
    out, into = (
        sparse.csr_array((np.ones(len(edges)), (ends, edges)), shape=(n, len(edges)))
        for ends in (source, target)
    )
    total = out @ w
    leads = total > 0
    share = w / np.where(leads, total, 1.0)[source]
    rank = np.full((n, w.shape[1]), 1 / n)
    for _ in range(most):
        moved = damping * (into @ (share * rank[source])) + (1 - damping) / n
        if conserve:
            moved += damping / n * np.where(leads, 0.0, rank).sum(axis=0)
        change = np.abs(moved - rank).max()
        rank = moved
        if change < tolerance:
            break
    return np.asarray(rank.T)
