r"""Sampling error of shares: posterior draws of the distributions, and what they say about the similarity.

With counts :math:`n \hat p` and a symmetric Dirichlet prior the posterior of a question's shares is
:math:`\mathrm{Dir}(n\hat p + \alpha)`. A distance to noisy shares is on average larger than the distance to the
true ones, and a distance to posterior draws is larger once more, by about the same amount; over many questions
these small biases do not cancel. The draws are therefore used twice: their mean shift estimates the bias of each
pair's similarity, which is taken off the estimate once and off the draws twice.

The correction is linear and the distance is a square root, so a part of the bias stays where few people were asked:
95 % intervals cover .95 to .97 with 200 people or more per question, but .80 with 50 people and 100 questions (.46
where the shares are taken as known); see ``benchmarks/results/similarity_dirichlet_coverage.csv``. Replicates hold
the shares' error twice, in the questions' spread and in the draws; with few people the intervals are a little wide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from valuestats.base.errors import SpecificationError
from valuestats.similarity.cube import Pairs, weighted_means
from valuestats.similarity.distance_rows import Rows, row_distances
from valuestats.statistics.distances import Array, Measure

PeopleUncertainty = Literal["none", "dirichlet"]


@dataclass(frozen=True)
class SamplingError:
    """What posterior draws of the shares say.

    Attributes
    ----------
    bias
        Mean similarity over draws minus the similarity of the observed shares, shape ``(models, countries,
        questions)``; NaN where there is no pair.
    draws
        Means over resampled questions with drawn shares, the bias taken off twice; shape ``(replicates,
        models, countries)``.
    n_known
        Pairs of which the number of people is known; of which the number of the model's answers is known.
    n_pairs
        Pairs with a similarity.
    """

    bias: Array
    draws: Array
    n_known: tuple[int, int]
    n_pairs: int


def check_uncertainty(kind: str, prior: float, replicates: int) -> None:
    """Raise unless the kind of uncertainty is known and its prior and replicates make sense."""
    if kind not in get_args(PeopleUncertainty):
        raise SpecificationError(
            "no such uncertainty of the people's shares",
            parameter="people_uncertainty",
            got=kind,
            expected=" or ".join(get_args(PeopleUncertainty)),
        )
    if not prior > 0 or not np.isfinite(prior):
        raise SpecificationError(
            "impossible prior", parameter="prior", got=prior, expected="a number above 0"
        )
    if kind == "dirichlet" and replicates < 2:
        raise SpecificationError(
            "the shares' uncertainty is worked out by draws",
            parameter="replicates",
            got=replicates,
            expected="at least 2",
        )


def drawn_shares(shares: Array, n: Array, prior: float, rng: np.random.Generator) -> Array:
    """One posterior draw of each row whose number of answers is known; the others as they are.

    Parameters
    ----------
    shares
        Shape ``(rows, options)``, each row summing to one (or NaN).
    n
        Answers behind each row, NaN where not known; shape ``(rows,)``.
    prior
        Pseudo-answers per option.
    rng
        Source of random numbers.

    Examples
    --------
    >>> import numpy as np
    >>> found = drawn_shares(np.array([[0.5, 0.5], [0.3, 0.7]]), np.array([np.nan, 1e9]), 0.5,
    ...     np.random.default_rng(0))
    >>> found.round(3).tolist()
    [[0.5, 0.5], [0.3, 0.7]]
    """
    known = np.flatnonzero((n > 0) & ~np.isnan(shares).any(axis=1))
    out = shares.copy()
    weights = rng.standard_gamma(shares[known] * n[known, None] + prior)
    out[known] = weights / weights.sum(axis=1, keepdims=True)
    return out


def sampling_error(
    found: Sequence[Pairs],
    cube: Array,
    weights: Array,
    *,
    measure: Measure,
    base: float,
    prior: float,
    rng: np.random.Generator,
) -> SamplingError:
    """Posterior draws of the shares on both sides, together with resampled questions.

    Every replicate draws each country's and each model's shares of a question once, so pairs that have a side
    in common share its draw and contrasts stay paired. The cost is one set of distances per replicate.

    Parameters
    ----------
    found
        Pairs of distributions.
    cube
        Their similarity, shape ``(models, countries, questions)``.
    weights
        How often each question is drawn in each replicate, shape ``(replicates, questions)``.
    measure, base, prior, rng
        See `country_similarity`.
    """
    cells = cube.shape[0] * cube.shape[1]
    above, below = np.zeros((2, len(weights), cells))
    bias = np.full(cube.shape, np.nan)
    n_known, n_pairs = np.zeros(2, dtype=int), 0
    for part in _with_common_tables(found):
        first = part[0]
        model = np.concatenate([np.broadcast_to(p.model, p.group.shape) for p in part])
        group, question = (np.concatenate([getattr(p, name) for p in part]) for name in ("group", "question"))
        answer_row, people_row = (
            np.concatenate([getattr(p, name) for p in part]) for name in ("answer_row", "people_row")
        )
        there = ~np.isnan(cube[model, group, question])
        model, group, question, answer_row, people_row = (
            x[there] for x in (model, group, question, answer_row, people_row)
        )
        n_pairs += len(model)
        n_known += [(first.people_n[people_row] > 0).sum(), (first.answers_n[answer_row] > 0).sum()]
        cell = model * cube.shape[1] + group
        total, drawn = np.zeros(len(cell)), cube[model, group, question]
        uncertain = (first.people_n > 0).any() or (first.answers_n > 0).any()
        for number, weight in enumerate(weights):
            if uncertain:
                people = _drawn_rows(first.people, first.people_n, prior, rng)
                answers = _drawn_rows(first.answers, first.answers_n, prior, rng)
                drawn = 1 - row_distances(answers, people, answer_row, people_row, measure, base)
            total += drawn
            times = weight[question]
            above[number] += np.bincount(cell, times * drawn, minlength=cells)
            below[number] += np.bincount(cell, times, minlength=cells)
        bias[model, group, question] = total / len(weights) - cube[model, group, question]
    raw = np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
    draws = raw.reshape(len(weights), *cube.shape[:2]) - 2 * weighted_means(bias, weights)
    return SamplingError(bias, draws, (int(n_known[0]), int(n_known[1])), n_pairs)


def _drawn_rows(table: Rows, n: Array, prior: float, rng: np.random.Generator) -> Rows:
    if not (n > 0).any():
        return table
    shares = drawn_shares(table.shares, n, prior, rng)
    return Rows.normalised(shares, table.gaps)


def _with_common_tables(found: Sequence[Pairs]) -> list[list[Pairs]]:
    parts: dict[tuple[int, int], list[Pairs]] = {}
    for pair in found:
        parts.setdefault((id(pair.answers), id(pair.people)), []).append(pair)
    return list(parts.values())
