r"""Measures of agreement of two rankings as inner products of a vector that each ranking has.

Each measure :math:`m(A,B)=\langle f(A), f(B)\rangle`, so that the mean over all pairs of many rankings is one sum.
Let :math:`c_{ed}` be the probability that option e is among the first d of n when options that share a place are put in
order at random; without ties it is 0 or 1. The overlap at depth d is :math:`X_d=\sum_e c^A_{ed}c^B_{ed}`.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]
Measure = Literal["average_overlap", "rbo", "kendall", "spearman", "first_choice"]
MEASURES: tuple[Measure, ...] = get_args(Measure)
NAMES: dict[str, str] = {
    "average_overlap": "Average overlap",
    "rbo": "Rank-biased overlap",
    "kendall": "Kendall's τ-b",
    "spearman": "Spearman's ρ",
    "first_choice": "First choice",
}
"""Measures as they are printed."""


def among_first(ranks: Array) -> Array:
    """Probability of each option to be among the first 1, 2, … n, ties put in order at random.

    Parameters
    ----------
    ranks
        Lower is better, equal ranks tie, shape ``(rankings, n)``.

    Returns
    -------
    numpy.ndarray
        Shape ``(rankings, n, n)``: ranking, option, depth less one.

    Examples
    --------
    >>> among_first(np.array([[1.0, 2.0, 2.0]]))[0].tolist()
    [[1.0, 1.0, 1.0], [0.0, 0.5, 1.0], [0.0, 0.5, 1.0]]
    """
    r = np.asarray(ranks, dtype=float)
    before = stats.rankdata(r, method="min", axis=-1) - 1
    size = stats.rankdata(r, method="max", axis=-1) - before
    depth = np.arange(1, r.shape[-1] + 1)
    return np.clip((depth - before[..., None]) / size[..., None], 0.0, 1.0)


def ranking_vectors(ranks: Array, measure: Measure, p: float) -> tuple[Array, NDArray[np.bool_]]:
    r"""The vector of each ranking whose inner products are the measure, and whether the measure is defined for it.

    ``average_overlap``: :math:`\frac1n\sum_d X_d/d`. ``rbo``: extrapolated rank-biased overlap at full depth,
    :math:`p^n X_n/n+\frac{1-p}{p}\sum_{d=1}^n p^d X_d/d` (Webber, Moffat and Zobel 2010, equation 32). Both with ties as the
    mean over all ways to break them (Corsi and Urbano 2024, their variant a). ``kendall``: :math:`\tau_b`. ``spearman``:
    correlation of mean ranks. ``first_choice``: :math:`X_1`, the probability that both put the same option first.

    Parameters
    ----------
    ranks
        Shape ``(rankings, n)``, n at least 2.
    measure
        Which.
    p
        Persistence of the rank-biased overlap, in (0, 1).

    Returns
    -------
    tuple of numpy.ndarray
        Shapes ``(rankings, features)`` and ``(rankings,)``; rows of no defined measure (all options tied, for the two
        correlations) are 0.

    Examples
    --------
    >>> f, _ = ranking_vectors(np.array([[1.0, 2, 3], [2.0, 1, 3]]), "average_overlap", 0.9)
    >>> round(float(f[0] @ f[1]), 4)
    0.6667
    """
    r = np.asarray(ranks, dtype=float)
    n = r.shape[-1]
    whole = np.ones(len(r), dtype=bool)
    if measure in ("kendall", "spearman"):
        if measure == "kendall":
            one, two = np.triu_indices(n, 1)
            f = np.sign(r[:, one] - r[:, two])
        else:
            f = stats.rankdata(r, axis=-1) - (n + 1) / 2
        length = np.sqrt((f**2).sum(axis=-1))
        whole = length > 0
        return np.asarray(f / np.where(whole, length, 1.0)[:, None]), whole
    inside = among_first(r)
    if measure == "first_choice":
        return inside[:, :, 0], whole
    scale = depth_weights(n, measure, p) / np.arange(1, n + 1)
    return (inside * np.sqrt(scale)).reshape(len(r), n * n), whole


def depth_weights(n: int, measure: Measure, p: float) -> Array:
    """Weight of the overlap at each depth, shape ``(n,)``; they sum to 1.

    Examples
    --------
    >>> depth_weights(3, "rbo", 0.5).tolist()
    [0.5, 0.25, 0.25]
    """
    if measure == "average_overlap":
        return np.full(n, 1 / n)
    weights: Array = (1 - p) * p ** np.arange(n, dtype=float)
    weights[-1] = p ** (n - 1)
    return weights


def chance_level(n: int, measure: Measure, p: float) -> float:
    r"""Mean of the measure where one of the two rankings is a random order of the n options, in closed form.

    :math:`E X_d=d^2/n` whatever the other ranking, so average overlap is :math:`(n+1)/2n`, the rank-biased overlap
    :math:`\sum_d w_d d/n`, the first choice :math:`1/n`; both correlations are 0.

    Examples
    --------
    >>> chance_level(5, "average_overlap", 0.9), chance_level(4, "first_choice", 0.9)
    (0.6, 0.25)
    """
    if measure in ("kendall", "spearman"):
        return 0.0
    if measure == "first_choice":
        return 1 / n
    return float(depth_weights(n, measure, p) @ np.arange(1, n + 1) / n)
