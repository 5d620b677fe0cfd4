"""Chance by flipping the signs of clusters: several numbers at once."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_EXACT = 14
"""Up to so many clusters that say anything, all sign patterns are looked at."""
_BLOCK = 1 << 22
_SLACK = 1e-9


def flipped_sums(parts: Array, permutations: int, rng: np.random.Generator) -> tuple[Array, bool]:
    """Sums of the clusters' parts under flips of their signs, shape ``(flips, numbers)``, and whether these are all.

    Parameters
    ----------
    parts
        What each cluster adds to each number, shape ``(clusters, numbers)``. Under no change it is as likely with the
        other sign, all numbers of a cluster together.

    Examples
    --------
    >>> import numpy as np
    >>> found, whole = flipped_sums(np.array([[1.0], [2.0]]), 99, np.random.default_rng(0))
    >>> sorted(found[:, 0].tolist()), whole
    ([-3.0, -1.0, 1.0, 3.0], True)
    """
    told = parts[(np.abs(parts) > 0).any(axis=1)]
    n = len(told)
    if n <= _EXACT:
        return np.array(list(product((1.0, -1.0), repeat=n))).reshape(2**n, n) @ told, True
    found = np.empty((permutations, parts.shape[1]))
    block = max(1, _BLOCK // n)
    for start in range(0, permutations, block):
        rows = min(block, permutations - start)
        signs = rng.integers(0, 2, size=(rows, n), dtype=np.int8)
        found[start : start + rows] = 2.0 * (signs.astype(float) @ told) - told.sum(axis=0)
    return found, False


def flip_share(seen: float, flipped: Array, whole: bool) -> float:
    """Share of the flips that reach what was seen, which counts as one of them where not all were looked at."""
    hits = int((flipped >= seen - _SLACK * max(1.0, abs(seen))).sum())
    return hits / len(flipped) if whole else (1 + hits) / (1 + len(flipped))
