"""Counts of votes by edge, what they say of it, and the thresholds of the published graph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, special, stats

from valuestats.statistics.ratios import ratio
from valuestats.votes.table import VOTES, Steps

Array = NDArray[np.float64]
WISER, LESS, EQUAL, UNSURE = range(4)
JEFFREYS = 0.5
"""Weight of each kind of vote before any was given."""


@dataclass(frozen=True)
class Thresholds:
    """From where on an edge is kept (Klingefjord, Lowe and Edelman 2024): votes, likelihood, entropy in bits."""

    wiser: int = 2
    likelihood: float = 0.33
    entropy: float = 1.69


@dataclass(frozen=True)
class Edges:
    """Edges and the votes on them.

    Attributes
    ----------
    source, target
        Numbers of the values, shape ``(edges,)``.
    pair
        The pair of `Steps` that each edge comes from.
    counts
        Votes by kind, shape ``(..., edges, 4)``.
    shown
        How often the pair was shown, in either direction, shape ``(..., edges)``.
    """

    source: NDArray[np.int64]
    target: NDArray[np.int64]
    pair: NDArray[np.int64]
    counts: Array
    shown: Array


def incidence(steps: Steps) -> sparse.csr_array:
    """Votes by participant (rows) and, in columns, pair, direction shown and kind: ``(pair * 2 + turned) * 4 + kind``."""
    column = (steps.pair * 2 + steps.turned) * len(VOTES) + steps.kind
    shape = (len(steps.people), len(steps.source) * 2 * len(VOTES))
    return sparse.csr_array((np.ones(len(column)), (steps.person, column)), shape=shape)


def by_direction(steps: Steps, weights: Array | None = None) -> Array:
    """Votes by pair, direction shown and kind, shape ``(..., pairs, 2, 4)``, under weights of the participants."""
    table = incidence(steps)
    sums = table.sum(axis=0) if weights is None else (table.T @ weights.T).T
    lead = () if weights is None else (len(weights),)
    return np.asarray(sums, dtype=float).reshape(*lead, len(steps.source), 2, len(VOTES))


def pooled_edges(steps: Steps, shown: Array) -> Edges:
    """One edge for each pair, in the direction first shown; votes from both directions say the same thing of it."""
    turned = shown[..., 1, :][..., [LESS, WISER, EQUAL, UNSURE]]
    counts = shown[..., 0, :] + turned
    return Edges(steps.source, steps.target, np.arange(len(steps.source)), counts, counts.sum(axis=-1))


def published_edges(steps: Steps, shown: Array) -> Edges:
    """Both directions of each pair as the release counts them.

    Of votes shown the other way round only "wiser" counts, as less wise; the others raise the number shown alone.
    """
    both, impressions = [], shown.sum(axis=(-2, -1))
    for way in (0, 1):
        counts = shown[..., way, :].copy()
        counts[..., LESS] += shown[..., 1 - way, WISER]
        both.append(counts)
    return Edges(
        np.concatenate([steps.source, steps.target]),
        np.concatenate([steps.target, steps.source]),
        np.tile(np.arange(len(steps.source)), 2),
        np.concatenate(both, axis=-2),
        np.concatenate([impressions, impressions], axis=-1),
    )


def oriented(edges: Edges) -> Edges:
    """Each edge turned towards the value that more votes call wiser."""
    turn = edges.counts[:, LESS] > edges.counts[:, WISER]
    counts = np.where(turn[:, None], edges.counts[:, [LESS, WISER, EQUAL, UNSURE]], edges.counts)
    return Edges(
        np.where(turn, edges.target, edges.source),
        np.where(turn, edges.source, edges.target),
        edges.pair,
        counts,
        edges.shown,
    )


def likelihood(counts: Array) -> Array:
    """Votes for wiser less those for less wise, over all; NaN without votes."""
    return ratio(counts[..., WISER] - counts[..., LESS], counts.sum(axis=-1))


def entropy_bits(counts: Array, shown: Array | None = None) -> Array:
    """Entropy of the kinds of vote in bits; with `shown` as a fifth kind, as the release has it.

    Examples
    --------
    >>> entropy_bits(np.array([[3.0, 0, 0, 1]])).round(3).tolist(), entropy_bits(
    ...     np.array([[3.0, 0, 0, 1]]), np.array([4.0])).round(3).tolist()
    ([0.811], [1.406])
    """
    table = counts if shown is None else np.concatenate([counts, shown[..., None]], axis=-1)
    total = table.sum(axis=-1, keepdims=True)
    share = np.divide(table, total, out=np.zeros_like(table), where=total > 0)
    return np.asarray(special.entr(share).sum(axis=-1) / np.log(2))


def kept(edges: Edges, limits: Thresholds, *, published: bool) -> NDArray[np.bool_]:
    """Which edges the thresholds keep."""
    wiser = edges.counts[..., WISER]
    entropy = entropy_bits(edges.counts, edges.shown if published else None)
    with np.errstate(invalid="ignore"):
        return np.asarray(
            (wiser >= limits.wiser)
            & (likelihood(edges.counts) >= limits.likelihood)
            & (entropy <= limits.entropy)
        )


@dataclass(frozen=True)
class EdgePosterior:
    """What the votes say of an edge under Jeffreys' Dirichlet prior; shapes ``(edges,)``.

    Attributes
    ----------
    wiser, std_error, lower, upper
        Probability that a participant calls the step wiser: mean, deviation, equal-tailed ends.
    likelihood
        Mean of the probability of wiser less that of less wise.
    direction
        Probability that wiser is said more often than less wise.
    above
        Probability that the likelihood is above the threshold.
    """

    wiser: Array
    std_error: Array
    lower: Array
    upper: Array
    likelihood: Array
    direction: Array
    above: Array


def edge_posterior(counts: Array, level: float, threshold: float) -> EdgePosterior:
    r"""Posterior of each edge, in closed form up to one quadrature.

    With :math:`\alpha_k=n_k+\frac12`, :math:`p_w\sim\mathrm{Beta}(\alpha_w,A-\alpha_w)`, and :math:`p_w-p_l=s(2r-1)` with
    independent :math:`s\sim\mathrm{Beta}(\alpha_w+\alpha_l,\alpha_e+\alpha_u)` and
    :math:`r\sim\mathrm{Beta}(\alpha_w,\alpha_l)`.

    Examples
    --------
    >>> found = edge_posterior(np.array([[8.0, 0, 1, 1]]), 0.95, 0.33)
    >>> [round(float(x[0]), 3) for x in (found.wiser, found.likelihood, found.direction, found.above)]
    [0.708, 0.667, 0.999, 0.972]
    """
    alpha = counts + JEFFREYS
    total = alpha.sum(axis=-1)
    wiser, less = alpha[:, WISER], alpha[:, LESS]
    own = stats.beta(wiser, total - wiser)
    tail = (1 - level) / 2
    nodes, weights = np.polynomial.legendre.leggauss(200)
    s = special.betaincinv((wiser + less)[:, None], (total - wiser - less)[:, None], (nodes + 1) / 2)
    with np.errstate(divide="ignore"):
        least = np.clip((1 + threshold / s) / 2, 0.0, 1.0)
    above = special.betaincc(wiser[:, None], less[:, None], least) @ weights / 2
    return EdgePosterior(
        wiser / total,
        np.asarray(own.std()),
        np.asarray(own.ppf(tail)),
        np.asarray(own.ppf(1 - tail)),
        (wiser - less) / total,
        special.betaincc(wiser, less, 0.5),
        above,
    )
