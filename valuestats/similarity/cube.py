"""Similarity of every model to every country on every question, and weighted means of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from valuestats.similarity.distance_rows import Index, Rows, row_distances
from valuestats.similarity.options import base_country
from valuestats.similarity.questions import Aligned, Block
from valuestats.statistics.distances import Array, Measure, distance

THREADS = min(os.cpu_count() or 1, 4)
"""Blocks of pairs that are worked on at once: NumPy and the compiled loop let go of the interpreter in a block."""


@dataclass(frozen=True)
class Pairs:
    """Pairs of distributions of one model and one country over the same question.

    Attributes
    ----------
    model
        Position of each pair's model, shape ``(pairs,)``; a single number where it is the same for all.
    group, question
        Positions, shape ``(pairs,)``.
    answers, people
        Tables of distributions with the same number of options.
    answer_row, people_row
        The pairs' rows in these tables, shape ``(pairs,)``.
    answers_n, people_n
        Answers behind each row of the tables, NaN where not known; shape ``(rows,)``.
    """

    model: NDArray[np.intp] | int
    group: NDArray[np.intp]
    question: NDArray[np.intp]
    answers: Rows
    people: Rows
    answer_row: Index
    people_row: Index
    answers_n: Array
    people_n: Array

    def similarity(self, measure: Measure, base: float) -> Array:
        """One minus the distance of each pair; NaN where the model gave no usable distribution."""
        found = row_distances(self.answers, self.people, self.answer_row, self.people_row, measure, base)
        return np.subtract(1.0, found, out=found)


def pairs(
    answers: Aligned, people: Aligned, models: list[str], persona: NDArray[np.intp] | None
) -> Iterator[Pairs]:
    """All pairs of a model's and a country's distribution over a question that both answered.

    Parameters
    ----------
    answers
        The models' table.
    people
        The countries' table.
    models
        Names of the models; a position in this list is a pair's ``model``.
    persona
        For each unit of `answers` the country it answered for (−1: none of `people`), shape ``(units,)``;
        None where the model answered for nobody and is compared to every country.

    Yields
    ------
    Pairs
        One block per number of options (and per model, where there are no personas).
    """
    model_of = np.array([models.index(unit[0]) for unit in answers.units], dtype=np.intp)
    n_questions = _n_questions(answers, people)
    for size in sorted(answers.blocks.keys() & people.blocks.keys()):
        asked, humans = answers.blocks[size], people.blocks[size]
        tables = Rows.of(asked.shares, asked.gaps), Rows.of(humans.shares, humans.gaps)
        known = asked.n, humans.n
        if persona is not None:
            country = persona[asked.unit]
            row = _rows(humans, len(people.units), n_questions)[country, asked.question]
            hit = np.flatnonzero((row >= 0) & (country >= 0))
            model, row = model_of[asked.unit[hit]], row[hit]
            yield Pairs(model, humans.unit[row], asked.question[hit], *tables, hit, row, *known)
            continue
        row_of = _rows(asked, len(answers.units), n_questions)
        every = np.arange(len(humans.unit))
        for unit, model in enumerate(model_of):
            row = row_of[unit].take(humans.question)
            hit = np.flatnonzero(row >= 0)
            if hit.size == len(row):  # nothing to pick out: the blocks share the countries' own arrays
                yield Pairs(int(model), humans.unit, humans.question, *tables, row, every, *known)
            elif hit.size:
                yield Pairs(
                    int(model), humans.unit[hit], humans.question[hit], *tables, row[hit], hit, *known
                )


def _n_questions(*tables: Aligned) -> int:
    return 1 + max((int(b.question.max(initial=-1)) for t in tables for b in t.blocks.values()), default=-1)


def _rows(block: Block, n_units: int, n_questions: int) -> NDArray[np.int32]:
    rows = np.full((n_units, n_questions), -1, dtype=np.int32)
    rows[block.unit, block.question] = np.arange(len(block.unit), dtype=np.int32)
    return rows


def similarity_cube(
    found: Iterable[Pairs], shape: tuple[int, int, int], measure: Measure, base: float
) -> Array:
    """One minus the distance of every pair.

    Parameters
    ----------
    found
        Pairs of distributions; a model–country–question triple occurs at most once.
    shape
        Numbers of models, countries and questions.
    measure, base
        See `valuestats.statistics.distances.distance`.

    Returns
    -------
    numpy.ndarray
        Shape ``(models, countries, questions)``; NaN where not both answered.
    """
    cube = np.full(shape, np.nan)

    def fill(block: Pairs) -> None:
        # Every pair has a cell of its own, so the threads never write to the same place.
        cube[block.model, block.group, block.question] = block.similarity(measure, base)

    with ThreadPoolExecutor(THREADS, thread_name_prefix="valuestats-distances") as pool:
        for _ in pool.map(fill, found):
            pass
    return cube


def uniform_answers(people: Aligned, n_questions: int, measure: Measure, base: float) -> Array:
    """Similarity of uniform answers to each country, shape ``(countries, questions)``; NaN where unanswered."""
    out = np.full((len(people.units), n_questions), np.nan)
    for size, block in people.blocks.items():
        even = np.full((1, size), 1 / size)
        out[block.unit, block.question] = 1 - distance(even, block.shares, measure, base, block.gaps)
    return out


def other_countries(people: Aligned, n_questions: int, measure: Measure, base: float) -> Array:
    """Mean similarity of each country to the other countries that answered the question.

    A special sample of the same country ("India (Old national sample)" beside "India") is not another
    country.

    Returns
    -------
    numpy.ndarray
        Shape ``(countries, questions)``; NaN where no other country answered.
    """
    total = np.zeros((len(people.units), n_questions))
    count = np.zeros((len(people.units), n_questions))
    for first, second, question, similarity in human_pairs(people, n_questions, measure, base):
        for unit in (first, second):
            np.add.at(total, (unit, question), similarity)
            np.add.at(count, (unit, question), 1.0)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def human_pairs(
    people: Aligned, n_questions: int, measure: Measure, base: float
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp], Array]]:
    """Similarities of all pairs of different countries, in blocks: first, second, question, similarity."""
    for table, _, one, two, first, second, question in human_pairs_of(people, n_questions):
        yield first, second, question, 1 - row_distances(table, table, one, two, measure, base)


def human_pairs_of(
    people: Aligned, n_questions: int
) -> Iterator[tuple[Rows, Array, Index, Index, NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]]:
    """All pairs of different countries, in blocks: a table, people behind its rows, rows, first, second, question."""
    names = [base_country(unit[0]) for unit in people.units]
    country = np.array([names.index(name) for name in names], dtype=np.intp)
    for block in people.blocks.values():
        row_of = _rows(block, len(people.units), n_questions)
        table = Rows.of(block.shares, block.gaps)
        for unit in range(len(people.units)):
            own = np.flatnonzero(block.unit == unit)
            later = row_of[unit + 1 :][country[unit + 1 :] != country[unit]][:, block.question[own]]
            place, column = np.nonzero(later >= 0)
            if place.size:
                one, two = own[column], later[place, column]
                first = np.full(len(one), unit)
                yield table, block.n, one, two, first, block.unit[two], block.question[one]


def weighted_means(values: Array, weights: Array) -> Array:
    """Means over questions for each row of weights, over the questions that are not NaN.

    The mean of replicate r is the ratio of ``sum_q w[r, q] v[q]`` to ``sum_q w[r, q]`` over the questions
    present: one matrix product for all replicates.

    Parameters
    ----------
    values
        Shape ``(models, countries, questions)``, NaN where missing.
    weights
        Shape ``(replicates, questions)``.

    Returns
    -------
    numpy.ndarray
        Shape ``(replicates, models, countries)``; NaN where a replicate drew none of the questions present.

    Examples
    --------
    >>> import numpy as np
    >>> weighted_means(np.array([[[0.2, 0.6, np.nan]]]), np.array([[1.0, 1.0, 1.0], [2.0, 0.0, 1.0]])).ravel()
    array([0.4, 0.2])
    """
    out = np.full((len(weights), *values.shape[:2]), np.nan)
    last: NDArray[np.bool_] | None = None
    below = np.empty(0)
    for model, table in enumerate(values):
        there = ~np.isnan(table)
        if last is None or not np.array_equal(there, last):
            below, last = weights @ there.T.astype(float), there
        above = weights @ np.where(there, table, 0.0).T
        np.divide(above, below, out=out[:, model], where=below > 0)
    return out
