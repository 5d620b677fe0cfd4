"""Adjusted p-values of declared families of tests: statsmodels' `multipletests`, with missing p-values left out.

`multipletests` takes a missing p-value for a test, and one family at a time; that is all that is done here. Many families
without a missing one go to SciPy's `false_discovery_control` at once. Holm's rule alone is written out: there
`multipletests` collects the session's garbage at each call, which takes longer than many families.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control
from statsmodels.stats.multitest import multipletests

Array = NDArray[np.float64]
Adjustment = Literal["bh", "by", "holm", "bonferroni"]
_ALL_SIGNS = 14
"""Up to so many clusters all sign patterns are looked at."""
_METHODS: dict[Adjustment, str] = {
    "bh": "fdr_bh",
    "by": "fdr_by",
    "holm": "holm",
    "bonferroni": "bonferroni",
}


def adjusted_p(p: Array, method: Adjustment = "bh") -> Array:
    r"""Adjusted p-values along the last axis; missing ones belong to no family.

    With m tests and sorted p-values :math:`p_{(1)} \le \dots \le p_{(m)}`: ``"bh"``
    :math:`\min_{k \ge j} m p_{(k)}/k` controls the false discovery rate of independent or positively dependent
    tests (Benjamini and Hochberg 1995), ``"by"`` the same times :math:`\sum_{k \le m} 1/k` that of any tests
    (Benjamini and Yekutieli 2001), ``"holm"`` :math:`\max_{k \le j} (m - k + 1) p_{(k)}` the chance of any
    false discovery (Holm 1979), and so does ``"bonferroni"`` :math:`m p`, which is never more powerful (Dunn 1961).

    Parameters
    ----------
    p
        Shape ``(..., tests)``; NaN where there was no test.
    method
        Which error is controlled.

    Returns
    -------
    numpy.ndarray
        Adjusted p-values, same shape, NaN where `p` is.

    Examples
    --------
    >>> import numpy as np
    >>> adjusted_p(np.array([0.01, 0.04, 0.03, np.nan]))
    array([0.03, 0.04, 0.04,  nan])
    """
    found = np.full(p.shape, np.nan)
    whole = ~np.isnan(p).any(axis=-1) & (method in ("bh", "by"))
    if p.shape[-1] and whole.any():
        found[whole] = false_discovery_control(p[whole], axis=-1, method="by" if method == "by" else "bh")
    for at in np.ndindex(p.shape[:-1]):
        if whole[at]:
            continue
        tested = ~np.isnan(p[at])
        if tested.any() and method == "holm":
            found[at][tested] = _holm(p[at][tested])
        elif tested.any():
            found[at][tested] = multipletests(p[at][tested], method=_METHODS[method])[1]
    return found


def _holm(p: Array) -> Array:
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def least_flip_p(clusters: int, permutations: int) -> float:
    """The least p-value that flips of so many clusters can give: that of all of them moving one way.

    Examples
    --------
    >>> least_flip_p(8, 9999), least_flip_p(40, 999)
    (0.0078125, 0.001)
    """
    if clusters < 1:
        return 1.0
    exact = 2.0 ** (1 - min(clusters, 1000))
    return exact if clusters <= _ALL_SIGNS else max(exact, 1 / (1 + permutations))
