"""Which tests of drift are one family: a primary one per topic, and what is looked at within a topic beside it."""

from __future__ import annotations

from math import factorial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.drift.flips import flip_share
from valuestats.statistics.multiplicity import Adjustment, adjusted_p

Array = NDArray[np.float64]
PRIMARY, SECONDARY, NEITHER = "primary", "secondary", ""


def within_topic(seen: Array, flips: Array, whole: bool) -> Array:
    r"""P-values of several numbers of one topic, held together by the largest of them.

    With :math:`s_k` how far flips spread the k-th, its p-value is the share of flips whose :math:`\max_j |x^*_j|/s_j`
    reaches :math:`|x_k|/s_k` (Westfall and Young 1993, single step), so that shares that add up to 1 cost what they are
    worth: two of them count as one.

    Parameters
    ----------
    seen, flips
        Shapes ``(numbers,)`` and ``(flips, numbers)``.
    whole
        Whether these are all flips.

    Examples
    --------
    >>> flips = np.array([[1.0, -1.0], [-1.0, 1.0], [0.0, 0.0], [0.0, 0.0]])
    >>> within_topic(np.array([1.0, -1.0]), flips, True).tolist()
    [0.5, 0.5]
    """
    scale = flips.std(axis=0)
    known = scale > 1e-15
    if not known.any():
        return np.ones(len(seen))
    away = np.divide(np.abs(flips), scale, out=np.zeros(flips.shape), where=known)
    top = away.max(axis=1)
    return np.array(
        [
            flip_share(abs(float(x)) / s, top, whole) if s > 1e-15 else 1.0
            for x, s in zip(seen, scale, strict=True)
        ]
    )


def over_topics(p: Array, kind: pd.Series, adjust: Adjustment | None) -> Array:
    """P-values adjusted over topics, each kind of test for itself; null where `kind` is."""
    found = np.full(len(p), np.nan)
    for name in kind.dropna().unique():
        own = (kind == name).to_numpy()
        found[own] = p[own] if adjust is None else adjusted_p(p[own], adjust)
    return found


def gated(p: Array, topic: pd.Series, shares: NDArray[np.bool_], adjust: Adjustment | None) -> Array:
    """Within-topic p-values of shares, none below that of its topic: the least of its own, adjusted over topics."""
    least = pd.Series(np.where(shares, p, np.nan)).groupby(topic.to_numpy()).min()
    whole: Array = np.asarray(least.to_numpy(dtype=float), dtype=np.float64)
    whole = whole if adjust is None else adjusted_p(whole, adjust)
    gate = topic.map(dict(zip(least.index, whole, strict=True))).to_numpy(dtype=float)
    return np.where(shares, np.maximum(p, gate), np.nan)


def least_order_p(weight: Array, orders: int, whole: bool) -> float:
    """The least p-value that orders of the steps can give: that of a curve that rises throughout.

    Where the steps lie symmetrically, the reversed order is as extreme.

    Examples
    --------
    >>> round(least_order_p(np.array([-1.0, 0.0, 1.0]), 6, True), 3)
    0.333
    """
    mirrored = np.allclose(weight, -weight[::-1])
    exact = (2.0 if mirrored else 1.0) / factorial(len(weight))
    return exact if whole else max(exact, 1.0 / (1 + orders))
