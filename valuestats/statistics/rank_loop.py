"""Ranks within each pair's complete respondents as compiled loops, many items to one vector instruction.

Compiled on first use (some seconds) and kept beside this file. All sums are of whole numbers.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

LEVELS = 32
"""Ratings in whole steps over at most so many levels are ranked by counting."""
BLOCK = 128
"""Items per block: their sums stay in the processor's nearest cache."""


@numba.njit(cache=True, nogil=True)
def counted_ranks(ratings: Any, rank: Any, scatter: Any) -> bool:
    """Twice the mid-ranks of ratings in whole steps within each item, from counts of the levels.

    Parameters
    ----------
    ratings
        Shape ``(items, respondents)``, NaN where unrated.
    rank
        Written: twice the mid-ranks, shape ``(respondents, items)``, 0 where unrated.
    scatter
        Written: sum of squares of the doubled ranks about their mean, shape ``(items,)``.

    Returns
    -------
    bool
        Whether every item's ratings are in whole steps over at most ``LEVELS``; if not, what was written is void.
    """
    items, people = ratings.shape
    count = np.empty(LEVELS + 1, np.int64)
    twice = np.empty(LEVELS + 1, np.int32)
    code = np.empty(people, np.int32)
    for item in range(items):
        row = ratings[item]
        low = np.inf
        for person in range(people):
            low = row[person] if row[person] < low else low
        if low == np.inf:
            low = 0.0
        # no branch depends on a rating: who rated what is beyond guessing, for a processor too
        off = 0
        top: Any = np.int32(0)
        for person in range(people):
            rating = row[person]
            above = rating - low + 1.0 if rating == rating else 0.0
            level: Any = np.int32(above if above <= LEVELS else 0.0)
            off += level != above
            code[person] = level
            top = max(top, level)
        if off > 0:
            return False
        for level in range(int(top) + 1):
            same: Any = np.int32(0)
            for person in range(people):
                same += code[person] == level
            count[level] = same
        below, ties = 0, 0.0
        twice[0] = 0
        for level in range(1, top + 1):
            twice[level] = 2 * below + count[level] + 1
            below += count[level]
            ties += float(count[level]) ** 3
        scatter[item] = (float(below) ** 3 - ties) / 3
        for person in range(people):
            rank[person, item] = twice[code[person]]
    return True


@numba.njit(cache=True, nogil=True, error_model="numpy")
def rank_correlations(rank: Any, scatter: Any, order: Any, last: Any, r: Any, n: Any) -> None:
    """Spearman correlations from the items' ranks and the order of the respondents on each dimension.

    Parameters
    ----------
    rank, scatter
        As `counted_ranks` writes them.
    order
        Respondents in rising order of their score, shape ``(dimensions, respondents)``.
    last
        Whether the respondent at that place is the last of those with one score, same shape.
    r, n
        Written: correlations (NaN where fewer than three respondents rated or one side is constant),
        shape ``(items, dimensions)``, and raters of each item.
    """
    people, items = rank.shape
    seen = np.empty(BLOCK, rank.dtype)
    rank_sum = np.empty(BLOCK, rank.dtype)
    below = np.empty(BLOCK)
    product = np.empty(BLOCK)
    cubes = np.empty(BLOCK)
    for start in range(0, items, BLOCK):
        size = min(BLOCK, items - start)
        for dimension in range(len(order)):
            seen[:], rank_sum[:] = 0, 0
            below[:], product[:], cubes[:] = 0.0, 0.0, 0.0
            for place in range(people):
                row = rank[order[dimension, place], start : start + size]
                for item in range(size):
                    rank_sum[item] += row[item]
                    seen[item] += row[item] > 0
                if last[dimension, place]:
                    for item in range(size):
                        c = float(seen[item])
                        # twice the mid-rank of this score among the item's raters
                        product[item] += rank_sum[item] * (2.0 * below[item] + c + 1.0)
                        below[item] += c
                        cubes[item] += c * c * c
                        seen[item], rank_sum[item] = 0, 0
            for item in range(size):
                total = below[item]
                n[start + item] = total
                covered = product[item] - total * (total + 1.0) ** 2
                spread = np.sqrt(scatter[start + item] * ((total**3 - cubes[item]) / 3.0))
                found = covered / spread
                r[start + item, dimension] = (
                    max(-1.0, min(1.0, found)) if total >= 3 and spread > 0 else np.nan
                )
