r"""Sampling error of shares: what it adds to a distance, taken off by leaving out one person at a time.

A distance to the shares of a sample is on average larger than the distance to the true ones, and over many questions these
small biases do not cancel. With n people of whom :math:`n\hat p_k` gave answer k, and :math:`d_{(k)}` the distance once one
of these is left out, the jackknife (Quenouille 1956)

.. math:: d_J = n\,d - (n-1) \sum_k \hat p_k\, d_{(k)}

has no bias of order 1/n, whatever the true shares are; where the distance has no curvature it changes nothing.
Questions are independent samples of people, so the spread of corrected similarities over questions holds the sampling
error too, and resampling questions is the interval of both.

Over 2 to 10 options, shares from nearly certain to even, and answers near to them or not, the largest bias of the
Jensen-Shannon similarity falls from .064 to .005 with 50 people, from .16 to .027 with 20; of the other distances from
.06 to .013 and from .16 to .027 (``benchmarks/similarity_bias.py``). With 50 people and 100 questions 95% intervals cover
.95, with 20 people .91 (.45 and .01 with shares taken as known; ``benchmarks/similarity_sampling_coverage.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from valuestats.base.errors import SpecificationError
from valuestats.similarity.cube import Pairs
from valuestats.similarity.distance_rows import Index, Rows, row_distances
from valuestats.statistics.distances import Array, Measure

PeopleUncertainty = Literal["none", "jackknife"]

FEWEST = 50
"""With fewer people behind a distribution, what is left of the bias can be seen."""
_SMALLEST = 1e-3  # part of a person; of fewer, an option counts as not chosen


@dataclass(frozen=True)
class SamplingError:
    """Similarities without what sampling takes off them.

    Attributes
    ----------
    corrected
        Similarity of each pair, corrected where a number of people is known; shape ``(models, countries, questions)``.
    n_known
        Pairs of which the number of people is known; of which the number of the model's answers is known.
    n_pairs
        Pairs with a similarity.
    n_few
        Pairs with a known number below `FEWEST` on either side.
    """

    corrected: Array
    n_known: tuple[int, int]
    n_pairs: int
    n_few: int


def check_uncertainty(kind: str, measure: str) -> None:
    """Refuse the correction where the measure has no curvature to correct."""
    if kind == "jackknife" and measure == "top_choice":
        raise SpecificationError(
            "the most frequent option is no smooth function of shares, so its sampling error can't be taken off",
            parameter="people_uncertainty",
            got=kind,
            expected="none",
            hint="take a distance of whole distributions, such as jensen_shannon",
        )


def sampling_error(found: Sequence[Pairs], cube: Array, *, measure: Measure, base: float) -> SamplingError:
    """Correct every pair for the sampling error of either side whose number of answers is known.

    Parameters
    ----------
    found
        Pairs of distributions.
    cube
        Their similarity, shape ``(models, countries, questions)``.
    measure, base
        See `country_similarity`.
    """
    corrected = cube.copy()
    n_known, n_pairs, n_few = np.zeros(2, dtype=int), 0, 0
    for block in found:
        place = block.model, block.group, block.question
        there = ~np.isnan(cube[place])
        people, answers = block.people_n[block.people_row], block.answers_n[block.answer_row]
        n_pairs += int(there.sum())
        n_known += [(there & (people > 1)).sum(), (there & (answers > 1)).sum()]
        n_few += int((there & ((people < FEWEST) | (answers < FEWEST))).sum())
        corrected[place] += jackknife_bias(
            block.answers, block.people, block.answer_row, block.people_row,
            block.answers_n, block.people_n, measure, base,
        )  # fmt: skip
    return SamplingError(corrected, (int(n_known[0]), int(n_known[1])), n_pairs, n_few)


def jackknife_bias(
    p: Rows,
    q: Rows,
    p_rows: Index,
    q_rows: Index,
    p_n: Array,
    q_n: Array,
    measure: Measure = "jensen_shannon",
    base: float = 2.0,
) -> Array:
    r"""What sampling adds to the distance of each pair, by leaving out people of one side and then of the other.

    Shares that are no multiples of 1/n (weighted or rounded ones) have options with less than one person; then parts of a
    person of mass m, at most the smallest option's, are left out: :math:`\frac{n-m}{m} \sum_k \hat p_k (d_{(k)} - d)`.

    Parameters
    ----------
    p, q
        Tables with the same number of options.
    p_rows, q_rows
        Rows of the pairs, shape ``(pairs,)``.
    p_n, q_n
        Answers behind each row of the tables, NaN where not known; shape ``(rows,)``. One answer tells of no error.
    measure, base
        As in `valuestats.statistics.distances.distance`.

    Returns
    -------
    numpy.ndarray
        Shape ``(pairs,)``; 0 where neither number is known, NaN where a row was all zero.

    References
    ----------
    Quenouille (1956), Notes on bias in estimation, Biometrika 43; Miller (1974), The jackknife: a review, Biometrika 61.

    Examples
    --------
    >>> import numpy as np
    >>> own, people = Rows.of([[1.0, 0.0]]), Rows.of([[0.5, 0.5]])
    >>> one = np.zeros(1, dtype=int)
    >>> float(jackknife_bias(own, people, one, one, np.array([np.nan]), np.array([50.0])).round(4)[0])
    -0.0001
    """
    out = np.zeros(len(np.asarray(p_rows)))
    whole = row_distances(p, q, p_rows, q_rows, measure, base)
    for table, rows, n, first in ((p, p_rows, p_n, True), (q, q_rows, q_n, False)):
        if not (n > 1).any():
            continue
        for k, less, mass in left_out(table, n):
            pair = (less, q) if first else (p, less)
            weight = np.divide(table.shares[:, k] * (n - mass), mass, out=np.zeros(len(n)), where=mass > 0)
            out += weight[rows] * (row_distances(*pair, p_rows, q_rows, measure, base) - whole)
    return out


def left_out(table: Rows, n: Array) -> Iterator[tuple[int, Rows, Array]]:
    """For each option the table without a person (or the mass of one) who chose it, and the masses left out.

    Parameters
    ----------
    table
        Distributions.
    n
        Answers behind each row, NaN where not known; shape ``(rows,)``.

    Yields
    ------
    tuple
        Option, table, and mass of each row: 0 where n is not known, 1 or less, or nobody chose the option.
    """
    known = n > 1
    counts = np.where(known[:, None], table.shares * np.where(known, n, 0.0)[:, None], 0.0)
    chosen = counts > _SMALLEST
    smallest = np.min(np.where(chosen, counts, 1.0), axis=1, initial=1.0)
    for k in range(counts.shape[1]):
        here = chosen[:, k]
        mass = np.where(here, smallest, 0.0)
        shares = table.shares.copy()
        shares[here, k] -= mass[here] / n[here]
        shares[here] /= shares[here].sum(axis=1, keepdims=True)
        yield k, Rows.normalised(shares, table.gaps), mass
