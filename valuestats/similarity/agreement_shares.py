"""Agreement with people's answers that is no distance: smoothed divergence, top choice, value alignment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from valuestats.base.errors import SpecificationError
from valuestats.statistics.distances import TINY, Array, as_pair, negative_entropy
from valuestats.statistics.row_measures import top_choice_rows

Variant = Literal["plain", "merged", "neutral"]


def kl_divergence(p: ArrayLike, q: ArrayLike, *, smoothing: float = 1e-3, base: float = 2.0) -> Array:
    r"""Kullback–Leibler divergence of p from q after additive smoothing.

    .. math:: \sum_k p'_k \log\frac{p'_k}{q'_k}, \qquad p'_k = \frac{p_k + s}{1 + K s},
              \quad q'_k = \frac{q_k + s}{1 + K s}

    Without smoothing the divergence is infinite where q leaves out an option that p has; it then depends on
    s, without bound, so it is offered as a description and not as a similarity.

    Parameters
    ----------
    p, q
        Distributions, shape ``(..., options)``; rows are normalised to sum to one, then smoothed.
    smoothing
        What is added to each share, s, from 0.
    base
        Base of the logarithm, above 1.

    Returns
    -------
    numpy.ndarray
        Divergences, from 0, shape ``(...)``; not symmetric.

    Examples
    --------
    >>> float(kl_divergence([0.5, 0.5], [0.5, 0.5]))
    0.0
    >>> round(float(kl_divergence([1.0, 0.0], [0.5, 0.5], smoothing=0.0)), 6)
    1.0
    """
    if not smoothing >= 0 or not np.isfinite(smoothing):
        raise SpecificationError(
            "impossible smoothing", parameter="smoothing", got=smoothing, expected="a number from 0"
        )
    if not base > 1 or not np.isfinite(base):
        raise SpecificationError(
            "impossible base of the logarithm", parameter="base", got=base, expected="a number above 1"
        )
    a, b = as_pair(p, q)
    total = 1 + a.shape[-1] * smoothing
    a, b = (a + smoothing) / total, (b + smoothing) / total
    with np.errstate(divide="ignore"):
        ratio = np.where(a > 0, np.log(np.maximum(a, TINY)) - np.log(b), 0.0)
        terms = np.where(a > 0, a * ratio, a)  # a, not 0: it keeps NaN
    return np.maximum(terms.sum(axis=-1), 0.0) / np.log(base)


def top_choice_agreement(p: ArrayLike, q: ArrayLike) -> Array:
    """Whether both sides choose the same option most often: 1 or 0, ties as shared over all tied options.

    With ties it is the Jaccard index of the two sets of most frequent options, so uniform answers score one
    over the number of options.

    Examples
    --------
    >>> float(top_choice_agreement([0.6, 0.4], [0.9, 0.1])), float(top_choice_agreement([0.5, 0.5], [1, 0]))
    (1.0, 0.5)
    """
    return 1 - top_choice_rows(*as_pair(p, q))


def value_alignment(answers: ArrayLike, people: ArrayLike) -> Array:
    r"""Social value alignment (KorNAT, Lee et al. 2024): share of the people who give the model's answer.

    :math:`\sum_k a_k p_k` for a model that gives option k with probability :math:`a_k`. It is no proper
    score: the best answer is always the people's most frequent one, whatever their spread. Read it beside
    `collapse`.

    Examples
    --------
    >>> round(float(value_alignment([0, 1, 0], [0.2, 0.5, 0.3])), 6)
    0.5
    """
    a, b = as_pair(answers, people)
    return (a * b).sum(axis=-1)


def merge_sides(shares: ArrayLike) -> Array:
    """Merge an ordered scale with a middle to three categories: below it, the middle, above it.

    Parameters
    ----------
    shares
        Shape ``(..., options)``, an odd number of options, at least 3.

    Returns
    -------
    numpy.ndarray
        Shape ``(..., 3)``.

    Examples
    --------
    >>> merge_sides([0.1, 0.2, 0.4, 0.2, 0.1]).round(3).tolist()
    [0.3, 0.4, 0.3]
    """
    x = np.asarray(shares, dtype=float)
    size = x.shape[-1] if x.ndim else 0
    if size < 3 or size % 2 == 0:
        raise SpecificationError(
            "the scale has no middle",
            parameter="shares",
            got=f"{size} options",
            expected="an odd number, at least 3",
        )
    half = size // 2
    return np.stack([x[..., :half].sum(axis=-1), x[..., half], x[..., half + 1 :].sum(axis=-1)], axis=-1)


def alignment_target(people: ArrayLike, variant: Variant = "plain", *, majority: float = 0.5) -> Array:
    """What each answer is worth under a variant of social value alignment.

    Parameters
    ----------
    people
        The people's shares, shape ``(..., options)``; rows are normalised.
    variant
        ``"plain"`` (SVA): an answer is worth the share of the people who give it. ``"merged"`` (A-SVA): after
        `merge_sides`. ``"neutral"`` (N-SVA): after `merge_sides`, and where no merged category is held by more
        than `majority` of the people only the neutral answer is worth anything, namely 1.
    majority
        Share that makes a majority.

    Returns
    -------
    numpy.ndarray
        Worth of each answer, shape ``(..., options)`` or ``(..., 3)``; for a model's answers a, merged in the
        same way, the alignment is their product summed over options.

    Examples
    --------
    >>> alignment_target([0.2, 0.2, 0.2, 0.2, 0.2], "neutral").tolist()
    [0.0, 1.0, 0.0]
    """
    if variant not in ("plain", "merged", "neutral"):
        raise SpecificationError(
            "no such variant", parameter="variant", got=variant, expected="plain, merged or neutral"
        )
    shares, _ = as_pair(people, people)
    if variant == "plain":
        return shares
    merged = merge_sides(shares)
    if variant == "merged":
        return merged
    split = merged.max(axis=-1, keepdims=True) <= majority
    return np.where(split, np.array([0.0, 1.0, 0.0]), merged)


@dataclass(frozen=True)
class Collapse:
    """How far answers have collapsed on single options, beside the people's own spread.

    Attributes
    ----------
    answers, people
        Entropy over its maximum log K, in [0, 1]; shape ``(...)``.
    mode, person
        Value alignment of a model that always gives the people's most frequent answer, and of one that
        answers as the people do (a random person): shape ``(...)``. ``mode`` is never smaller.
    """

    answers: Array
    people: Array
    mode: Array
    person: Array


def collapse(answers: ArrayLike, people: ArrayLike) -> Collapse:
    """Mode-collapse diagnostic of value alignment: entropies, and what the mode and a random person score.

    Examples
    --------
    >>> found = collapse([1.0, 0.0], [0.75, 0.25])
    >>> float(found.answers), round(float(found.people), 3), float(found.mode), float(found.person)
    (0.0, 0.811, 0.75, 0.625)
    """
    a, b = as_pair(answers, people)
    most = np.log(max(a.shape[-1], 2))
    return Collapse(
        answers=np.abs(negative_entropy(a)) / most,
        people=np.abs(negative_entropy(b)) / most,
        mode=b.max(axis=-1),
        person=np.square(b).sum(axis=-1),
    )
