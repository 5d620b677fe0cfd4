"""Baseline and ceiling of a similarity without what sampling takes off them, so that all are read on one scale."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from valuestats.base.labels import counted, number
from valuestats.similarity.cube import human_pairs_of
from valuestats.similarity.distance_rows import Rows
from valuestats.similarity.questions import Aligned
from valuestats.similarity.sampling_error import jackknife_bias
from valuestats.statistics.clusters import Resampled
from valuestats.statistics.distances import Array, Measure


def corrected_marks(
    people: Aligned, uniform: Array, ceiling: Array, measure: Measure, base: float
) -> tuple[Array, Array]:
    """Similarity of uniform answers, and of other countries' people, corrected as the model's own is.

    An estimate without the bias of sampled shares says how similar the model is to the people themselves. What it is read
    against must say the same of uniform answers and of other people: with the sample's own shares both are too low, and a
    model could seem above a baseline that it is below.

    Parameters
    ----------
    people
        The countries' distributions.
    uniform, ceiling
        Of the observed shares, shape ``(countries, questions)``.
    measure, base
        See `valuestats.similarity.country.country_similarity`.
    """
    uniform, total = uniform.copy(), np.zeros(ceiling.shape)
    count = np.zeros(ceiling.shape)
    for size, block in people.blocks.items():
        table = Rows.of(block.shares, block.gaps)
        even = Rows.of(np.full((1, size), 1 / size), None if block.gaps is None else block.gaps[:1])
        rows = np.arange(len(block.unit))
        # the table whose spacing of options counts stands first
        uniform[block.unit, block.question] += jackknife_bias(
            table, even, rows, np.zeros(len(rows), dtype=np.intp), block.n, np.array([np.nan]), measure, base
        )
    for table, n, one, two, first, second, question in human_pairs_of(people, uniform.shape[1]):
        bias = jackknife_bias(table, table, one, two, n, n, measure, base)
        for unit in (first, second):
            np.add.at(total, (unit, question), bias)
            np.add.at(count, (unit, question), 1.0)
    return uniform, ceiling + np.divide(total, count, out=np.zeros(total.shape), where=count > 0)


def within_one(found: Resampled, estimate: Array) -> Resampled:
    """Replicates and intervals about the estimates as they are cut at 1.

    No similarity is above 1, so an estimate that is cut there is no further from the truth than it was before, and an
    interval of the same width about it holds the truth at least as often.
    """
    over = np.maximum(np.nan_to_num(estimate) - 1.0, 0.0)
    if not over.any():
        return found
    return replace(
        found,
        draws=found.draws - over,
        lower=found.lower - over,
        upper=np.where(over > 0, np.where(np.isnan(found.upper), np.nan, 1.0), found.upper),
    )


def beyond_one(frame: pd.DataFrame) -> list[str]:
    """That corrected similarities came out above 1, where some did."""
    over = frame["unclipped"] > 1.0
    if not over.any():
        return []
    total = counted(len(frame), "corrected similarity", "corrected similarities")
    return [
        f"{number(int(over.sum()))} of {total} came out above 1 (up to {frame['unclipped'].max():.3f}) and are cut there: "
        "shares differ by less than their sampling error"
    ]
