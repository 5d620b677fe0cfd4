"""Moments of mid-ranks under weights, ranks taken anew under each: compiled loops."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def ranked_moments(
    codes: Any, levels: int, lot: Any, weight: Any, count: Any, total: Any, product: Any
) -> None:
    """Rows, sums and cross-products of each lot, of the mid-ranks that the weighted rows have.

    Parameters
    ----------
    codes
        Place of each score among the levels of its value, shape ``(rows, values)``.
    levels
        Most levels of a value.
    lot, weight
        Lot of each row, and how often each lot counts.
    count, total, product
        Written, as `valuestats.graphs.search_loop.standardise` reads them; ranks from -1 to 1.
    """
    rows, p = codes.shape
    seen, rank = np.zeros((p, levels)), np.zeros((p, levels))
    whole = 0.0
    for k in range(rows):
        w = weight[lot[k]]
        whole += w
        for i in range(p):
            seen[i, codes[k, i]] += w
    for i in range(p):
        below = 0.0
        for level in range(levels):
            rank[i, level] = (2.0 * below + seen[i, level]) / whole - 1.0
            below += seen[i, level]
    count[:] = 0.0
    total[:] = 0.0
    product[:] = 0.0
    for k in range(rows):
        c = lot[k]
        count[c] += 1.0
        for i in range(p):
            a = rank[i, codes[k, i]]
            total[c, i] += a
            for j in range(i + 1):
                product[i, j, c] += a * rank[j, codes[k, j]]
    for i in range(p):
        for j in range(i):
            for c in range(count.shape[0]):
                product[j, i, c] = product[i, j, c]
