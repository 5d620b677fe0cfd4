"""The graded response model of one trait with the trait integrated out, so that the sampler sees item parameters only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from valuestats.latent.likelihoods.graded import standing_pass
from valuestats.measurement.graded.design import GradedDesign
from valuestats.statistics.ordinal import Link

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def nodes(n: int = 33, reach: float = 4.5) -> tuple[Floats, Floats]:
    r"""Evenly spaced nodes and the logs of their standard normal weights.

    The rectangle rule is exact to :math:`e^{-2\pi^2\sigma^2/h^2}` for a posterior of standard deviation sigma at spacing h
    (Trefethen and Weideman 2014): below 1e-4 here for sigma from 0.2.

    Examples
    --------
    >>> t, log_weight = nodes()
    >>> round(float((np.exp(log_weight) * t**4).sum()), 2)
    3.0
    """
    t = np.linspace(-reach, reach, n)
    log_weight = -0.5 * t**2
    return t, log_weight - np.log(np.exp(log_weight).sum())


def patterns(codes: Ints, group: Ints, categories: int) -> tuple[Ints, Floats, Ints]:
    """Distinct response patterns by group as rows of the table of log probabilities.

    Returns
    -------
    tuple of numpy.ndarray
        The row of each answer (``(group * items + item) * categories + code``, -1 where missing), shape
        ``(patterns, items)``; how often each pattern occurs; and the pattern of each respondent.

    Examples
    --------
    >>> index, count, of = patterns(np.array([[0, 1], [0, 1], [1, -1]]), np.zeros(3, dtype=int), 2)
    >>> index.tolist(), count.tolist(), of.tolist()
    ([[0, 3], [1, -1]], [2.0, 1.0], [0, 0, 1])
    """
    items = codes.shape[1]
    rows = (group[:, None] * items + np.arange(items)) * categories + codes
    rows = np.where(codes >= 0, rows, -1)
    both = np.column_stack([group, rows])
    distinct, of, count = np.unique(both, axis=0, return_inverse=True, return_counts=True)
    return np.ascontiguousarray(distinct[:, 1:]), count.astype(float), of.ravel()


def trait_draws(
    slope: Floats,
    cut: Floats,
    mean: Floats,
    sd: Floats,
    design: GradedDesign,
    link: Link,
    rng: np.random.Generator,
) -> Floats:
    """Draw every respondent's trait from its posterior under each draw of the item parameters.

    Parameters
    ----------
    slope, cut
        By group, shapes ``(draws, groups, items)`` and ``(draws, groups, items, categories - 1)``.
    mean, sd
        Of the trait in each group, ``(draws, groups)``.
    design
        Answers.
    link
        ``"logit"`` or ``"probit"``.
    rng
        Source of random numbers.

    Returns
    -------
    numpy.ndarray
        Shape ``(draws, respondents)``. Drawn from a grid of 61 nodes and spread evenly over the width of a node.
    """
    t, log_weight = nodes(61)
    index, _, of = patterns(design.codes, design.group, design.categories)
    out = np.empty((len(slope), len(of)))
    for s in range(len(out)):
        standing = mean[s][:, None] + sd[s][:, None] * t
        place, within = rng.random((2, len(of)))
        position = standing_pass(
            np.ascontiguousarray(cut[s]),
            np.ascontiguousarray(slope[s]),
            standing,
            log_weight,
            index,
            of,
            place,
            within,
            link == "probit",
        )
        out[s] = mean[s, design.group] + sd[s, design.group] * (t[0] + (t[1] - t[0]) * position)
    return out
