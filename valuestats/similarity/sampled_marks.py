"""What answers at random, and answers drawn from the people themselves, score when they are as few as the model's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from valuestats.similarity.cube import Pairs
from valuestats.similarity.distance_rows import Rows, row_distances
from valuestats.statistics.distances import Array, Measure

_ROWS = 2_000_000  # distances in all
# Draws of each pair, fewest and most: the marks are means over questions, so that few do where pairs are many.
_DRAWS = (8, 1000)
_PIECE = 200_000  # rows at once


def sampled_marks(
    found: Sequence[Pairs],
    uniform: Array,
    shape: tuple[int, int, int],
    measure: Measure,
    base: float,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    r"""Expected similarity to each country of n answers drawn from uniform shares, and of n drawn from the country's own.

    The shares of n answers are further from any distribution than the shares they were drawn from, by their sampling error
    alone: four answers drawn from a country's own people are some .4 away from them. What n answers are read against must
    be as few. With :math:`X \sim \mathrm{Multinomial}(n, u)` both are :math:`E[1 - d(X / n, p)]`, with the uniform shares
    and with :math:`p` itself for :math:`u`, by simulation.

    Parameters
    ----------
    found
        Pairs of distributions.
    uniform
        Similarity of uniform shares without sampling error, shape ``(countries, questions)``: that of pairs of whose
        answers the number is not known.
    shape
        Numbers of models, countries and questions.
    measure, base
        See `country_similarity`.
    rng
        Draws the answers.

    Returns
    -------
    tuple of numpy.ndarray
        Both of `shape`; the second NaN where the number of answers is not known.
    """
    at_random = np.broadcast_to(uniform, shape).copy()
    own = np.full(shape, np.nan)
    behind = [np.nan_to_num(np.rint(block.answers_n[block.answer_row])).astype(np.int64) for block in found]
    known = [(block, n, np.flatnonzero(n >= 1)) for block, n in zip(found, behind, strict=True)]
    total = sum(len(rows) for *_, rows in known)
    draws = int(np.clip(_ROWS // max(total, 1), *_DRAWS))
    for block, n, rows in known:
        step = max(1, _PIECE // draws)
        for start in range(0, len(rows), step):
            some = rows[start : start + step]
            model = block.model if isinstance(block.model, int) else block.model[some]
            place = model, block.group[some], block.question[some]
            people = block.people_row[some]
            shares = block.people.shares[people]
            there = ~np.isnan(shares).any(axis=1)
            even = np.full(shares.shape[1], 1 / shares.shape[1])
            drawn = (even, np.where(there[:, None], shares, even))
            for mark, from_ in zip((at_random, own), drawn, strict=True):
                counts = rng.multinomial(n[some], from_, size=(draws, len(some))).reshape(-1, shares.shape[1])
                sampled = Rows.normalised(counts / counts.sum(axis=1, keepdims=True))
                # the table whose spacing of options counts stands first
                apart = row_distances(
                    block.people, sampled, np.tile(people, draws), np.arange(len(counts)), measure, base
                )
                mark[place] = 1 - apart.reshape(draws, len(some)).mean(axis=0)
    return at_random, own
