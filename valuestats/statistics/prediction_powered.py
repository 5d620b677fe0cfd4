"""Prediction-powered means: what a judge says of everything, set right by the part that people labelled as well."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from valuestats.statistics.ratios import ratio

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Powered:
    """Prediction-powered means.

    Attributes
    ----------
    estimate
        Shape ``(columns,)``.
    covariance
        Shape ``(columns, columns)``.
    weight
        The judge's weight (lambda): 0 leaves the judge out, 1 takes its word in full.
    influence
        Of each labelled, then each other row, shape ``(rows, columns)``: summed within what depends on each other, their
        squares add up to the covariance.
    """

    estimate: Array
    covariance: Array
    weight: float
    influence: Array


def powered_mean(
    told: Array,
    judged: Array,
    rest: Array,
    *,
    weights: Array | None = None,
    clusters: tuple[Ints, Ints] | None = None,
    weight: float | None = None,
) -> Powered:
    r"""Means of what people would say of everything, from their labels of a part and a judge's of all.

    :math:`\hat\mu = \lambda \bar f_u + \overline{(y - \lambda f)}_\ell` over the u judged only and the :math:`\ell`
    labelled as well, one :math:`\lambda` for all columns, which makes the summed variance smallest (Angelopoulos, Duchi
    and Zrnic 2023):
    :math:`\hat\lambda = \operatorname{tr} C(y, f) / ((1 + n/N) \operatorname{tr} V(f))`, kept within 0 and 1.

    Parameters
    ----------
    told, judged
        Of the labelled: what people said, what the judge said, shape ``(n, columns)``.
    rest
        What the judge said of the others, shape ``(N, columns)``.
    weights
        Of the labelled, in inverse proportion to the probability that they were labelled, shape ``(n,)``. Means over the
        labelled are then ratios (Hájek), and the judge's mean is that of all rows, as the others are no random part either.
    clusters
        Cluster of each labelled and of each other row, whose parts depend on each other; each row its own where not given.
        The covariance has the factor G/(G-1) of G clusters.
    weight
        :math:`\lambda`, where it is not to be estimated.

    References
    ----------
    Angelopoulos, Bates, Fannjiang, Jordan and Zrnic (2023), Prediction-powered inference, Science 382, 669-674;
    Angelopoulos, Duchi and Zrnic (2023), PPI++.

    Examples
    --------
    >>> y, f = np.array([[1.0], [0], [1], [0]]), np.array([[1.0], [0], [1], [1]])
    >>> powered_mean(y, f, np.array([[1.0], [1], [0], [0]]), weight=1.0).estimate
    array([0.25])
    """
    n, others = len(told), len(rest)
    w = np.full(n, 1.0 / n) if weights is None else weights / weights.sum()
    everything = judged[:0] if weights is None else judged
    pool = np.concatenate([everything, rest])

    def mean(x: Array) -> Array:
        return np.asarray(w @ x)

    if weight is None:
        y, f = told - mean(told), judged - mean(judged)
        both = np.concatenate([judged, rest])
        spread = ((both - both.mean(axis=0)) ** 2).sum() / max(len(both) - 1, 1)
        shared = float((w[:, None] * y * f).sum())
        weight = (
            float(np.clip(ratio(np.array(shared), np.array((1 + n / others) * spread)), 0, 1))
            if others
            else 0.0
        )
        weight = 0.0 if np.isnan(weight) else weight
    left = told - weight * judged
    mine = w[:, None] * (left - mean(left))
    estimate = mean(left)
    parts = [mine]
    if others:
        level = pool.mean(axis=0)
        estimate = estimate + weight * level
        if len(everything):
            parts = [mine + weight * (judged - level) / len(pool)]
        parts.append(weight * (rest - level) / len(pool))
    if clusters is None:
        scale = [np.sqrt(n / max(n - 1, 1)), np.sqrt(others / max(others - 1, 1))]
        influence = np.concatenate([s * p for s, p in zip(scale, parts, strict=False)])
        return Powered(np.asarray(estimate), np.asarray(influence.T @ influence), weight, influence)
    member = np.concatenate(clusters) if others else clusters[0]
    names, code = np.unique(member, return_inverse=True)
    influence = np.concatenate(parts) * np.sqrt(len(names) / max(len(names) - 1, 1))
    total = np.zeros((len(names), told.shape[1]))
    np.add.at(total, code, influence)
    return Powered(np.asarray(estimate), np.asarray(total.T @ total), weight, influence)
