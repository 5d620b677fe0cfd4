"""Adjusted p-values of a declared family of tests, for many families at once."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Adjustment = Literal["bh", "by", "holm"]


def adjusted_p(p: Array, method: Adjustment = "bh") -> Array:
    r"""Adjusted p-values along the last axis; missing ones belong to no family.

    With m tests and sorted p-values :math:`p_{(1)} \le \dots \le p_{(m)}`: ``"bh"``
    :math:`\min_{k \ge j} m p_{(k)}/k` controls the false discovery rate of independent or positively dependent
    tests (Benjamini and Hochberg 1995), ``"by"`` the same times :math:`\sum_{k \le m} 1/k` that of any tests
    (Benjamini and Yekutieli 2001), ``"holm"`` :math:`\max_{k \le j} (m - k + 1) p_{(k)}` the chance of any
    false discovery (Holm 1979).

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
    order = np.argsort(p, axis=-1)  # NaN last
    ranked = np.take_along_axis(p, order, axis=-1)
    m = (~np.isnan(p)).sum(axis=-1, keepdims=True)
    place = np.arange(1, p.shape[-1] + 1)
    if method == "holm":
        stepped = np.fmax.accumulate(ranked * (m - place + 1), axis=-1)
    else:
        harmonic = np.concatenate([[0.0], np.cumsum(1 / place)])[m] if method == "by" else 1.0
        stepped = np.fmin.accumulate((ranked * m / place * harmonic)[..., ::-1], axis=-1)[..., ::-1]
    found = np.empty_like(ranked)
    np.put_along_axis(found, order, np.minimum(stepped, 1.0), axis=-1)
    return np.where(np.isnan(p), np.nan, found)
