"""Tests of no change: McNemar's, and its like for numbers and clusters."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from valuestats.statistics.multiplicity import least_flip_p

Array = NDArray[np.float64]
MCNEMAR, FLIPS = "McNemar, exact", "sign flips of clusters"
_EXACT = 14
"""Up to so many clusters that change, all sign patterns are looked at."""


def paired_test(
    value: pd.DataFrame,
    member: NDArray[np.int64],
    k: str,
    against: str,
    permutations: int,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """P-value of no difference between two conditions, and the test it is of.

    McNemar's exact one where the differences have one size and each cluster is one item, else sign flips of clusters.
    """
    d = (value[k] - value[against]).to_numpy()
    seen = ~np.isnan(d)
    d, cluster = d[seen], member[seen]
    if not len(d):
        return {"p_value": np.nan, "p_least": np.nan, "test": "none"}
    least = least_flip_p(len(np.unique(cluster)), permutations)
    single = len(np.unique(cluster)) == len(cluster)
    if single and len(np.unique(np.abs(d[d != 0]))) <= 1:
        up, changed = int((d > 0).sum()), int((d != 0).sum())
        p = float(stats.binomtest(up, changed, 0.5).pvalue) if changed else 1.0
        return {"p_value": p, "p_least": 2.0 ** (1 - min(len(d), 1000)), "test": MCNEMAR}
    sums = np.bincount(cluster, d)
    return {"p_value": flip_p(sums[np.abs(sums) > 0], permutations, rng), "p_least": least, "test": FLIPS}


def most_others(n: int, level: float) -> float:
    r"""What share of other units may change where none of n did: Clopper and Pearson's one-sided end.

    :math:`1-(1-\text{level})^{1/n}`.

    References
    ----------
    Clopper and Pearson (1934), The use of confidence or fiducial limits, Biometrika 26.

    Examples
    --------
    >>> round(most_others(20, 0.95), 4)
    0.1391
    """
    return float(1 - (1 - level) ** (1 / n))


def flip_p(sums: Array, permutations: int, rng: np.random.Generator) -> float:
    """Two-sided p-value of a sum under independent flips of the signs of its parts.

    Exact where there are few parts; else of so many random sign patterns, the one seen among them.

    Examples
    --------
    >>> import numpy as np
    >>> flip_p(np.array([1.0, 1, 1, 1]), 99, np.random.default_rng(0))
    0.125
    """
    if not len(sums):
        return 1.0
    total, slack = abs(float(sums.sum())), 1e-9 * float(np.abs(sums).sum())
    if len(sums) <= _EXACT:
        signs = np.array(list(product((1.0, -1.0), repeat=len(sums))))
        return float((np.abs(signs @ sums) >= total - slack).mean())
    hits = 0
    for start in range(0, permutations, 1000):
        signs = rng.choice((1.0, -1.0), size=(min(1000, permutations - start), len(sums)))
        hits += int((np.abs(signs @ sums) >= total - slack).sum())
    return (1 + hits) / (1 + permutations)
