"""The best of all acyclic graphs by BIC, by dynamic programming over subsets of values: compiled loops.

Silander and Myllymäki (2006): the best parents of each value among each subset, then the best last value of each subset. The
residual variance of a value given others is a ratio of determinants, so that one determinant per subset serves all scores.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from valuestats.graphs.search_loop import TINY


@numba.njit(cache=True, nogil=True)
def log_determinants(r: Any, out: Any) -> None:
    """Log determinant of the correlations of every subset of the values, by the subset's bits; shape ``(2**values,)``."""
    p = r.shape[0]
    root = np.zeros((p, p))
    held = np.zeros(p, np.int64)
    out[0] = 0.0
    for mask in range(1, 1 << p):
        size = 0
        for i in range(p):
            if (mask >> (p - 1 - i)) & 1:
                held[size] = i
                size += 1
        # the rows of all but the last value are those of the subset before it in this order, mostly
        start = size - 1
        before = mask & (mask - 1)
        if (mask & 1) == 0 or before == 0:
            start = 0
        for a in range(start, size):
            for b in range(a + 1):
                total = r[held[a], held[b]]
                for c in range(b):
                    total -= root[a, c] * root[b, c]
                if a == b:
                    root[a, a] = np.sqrt(total) if total > TINY else np.sqrt(TINY)
                else:
                    root[a, b] = total / root[b, b]
        whole = 0.0
        for a in range(size):
            whole += 2.0 * np.log(root[a, a])
        out[mask] = whole


@numba.njit(cache=True, nogil=True)
def best_graph(
    r: Any, n: float, best: Any, chosen: Any, order: Any, last: Any, logdet: Any, marks: Any
) -> float:
    """The acyclic graph of least BIC, n log of the residual variances plus log n for each edge.

    Parameters
    ----------
    r
        Correlations, shape ``(values, values)``.
    n
        Rows, or what they are worth.
    best, chosen
        Work space: least score and parents of each value among each subset, shape ``(values, 2**values)``.
    order, last, logdet
        Work space: of each subset, shape ``(2**values,)``.
    marks
        Written: 1 from parent to child.

    Returns
    -------
    float
        BIC of the graph, up to a constant of the data.
    """
    p = r.shape[0]
    full = 1 << p
    log_determinants(r, logdet)
    penalty = np.log(n)
    for mask in range(full):
        size = 0
        for i in range(p):
            size += (mask >> (p - 1 - i)) & 1
        for i in range(p):
            own = 1 << (p - 1 - i)
            if mask & own:
                continue
            least = n * (logdet[mask | own] - logdet[mask]) + size * penalty
            parents = mask
            left = mask
            while left:
                bit = left & -left
                left ^= bit
                other = best[i, mask ^ bit]
                if other < least:
                    least = other
                    parents = chosen[i, mask ^ bit]
            best[i, mask] = least
            chosen[i, mask] = parents
    order[0] = 0.0
    for mask in range(1, full):
        least = np.inf
        for i in range(p):
            own = 1 << (p - 1 - i)
            if mask & own:
                found = order[mask ^ own] + best[i, mask ^ own]
                if found < least:
                    least = found
                    last[mask] = i
        order[mask] = least
    for i in range(p):
        for j in range(p):
            marks[i, j] = 0
    mask = full - 1
    while mask:
        i = last[mask]
        mask ^= 1 << (p - 1 - i)
        for j in range(p):
            if (chosen[i, mask] >> (p - 1 - j)) & 1:
                marks[j, i] = 1
    return float(order[full - 1])
