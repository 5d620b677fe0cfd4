"""Expected and replicated counts of an ordinal regression, added up by levels of a column without a table of every cell."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr

from valuestats.regression.effects_design import EffectsDesign
from valuestats.regression.effects_draws import EffectDraws, distances, locations, row_log_probabilities

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@numba.njit(cache=True, nogil=True)
def _add(
    below: Any, totals: Any, whole: Any, level: Any, uniform: Any, expected: Any, replicated: Any
) -> None:
    """Each cell's expected counts, and its answers by the category whose part of 0..1 their uniform number falls into."""
    steps = below.shape[2]
    for s in range(below.shape[0]):
        at = 0
        for cell in range(below.shape[1]):
            own, before = level[cell], 0.0
            for k in range(steps):
                expected[s, own, k] += totals[cell] * (below[s, cell, k] - before)
                before = below[s, cell, k]
            expected[s, own, steps] += totals[cell] * (1.0 - before)
            for _ in range(whole[cell]):
                code = 0
                while code < steps and uniform[s, at] > below[s, cell, code]:
                    code += 1
                replicated[s, own, code] += 1.0
                at += 1


def cumulative_probabilities(design: EffectsDesign, draws: EffectDraws) -> Floats:
    """Probability of an answer up to each threshold, of each cell in each draw, ``(S, cells, K - 1)``."""
    if design.spec.family != "cumulative":
        return np.cumsum(np.exp(row_log_probabilities(design, draws)), axis=-1)[..., :-1]
    z = distances(draws, design.matrices, locations(draws, design.matrices))
    if design.spec.link == "cloglog":
        return -np.expm1(-np.exp(np.minimum(z, 700.0)))
    return np.asarray((expit if design.spec.link == "logit" else ndtr)(z))


def added_replicates(
    below: Floats, totals: Floats, levels: tuple[tuple[Ints, int], ...], rng: np.random.Generator
) -> list[tuple[Floats, Floats]]:
    """Expected and replicated counts by level, ``(S, levels, K)`` each, of several columns: one replicate for all of them.

    Parameters
    ----------
    below
        As `cumulative_probabilities` gives.
    totals
        Answers per cell, ``(cells,)``; a replicate has the nearest whole number of them.
    levels
        Of each column the level of each cell, and how many levels there are.
    rng
        Source of random numbers.
    """
    whole = np.round(totals).astype(np.int64)
    uniform = rng.random((len(below), int(whole.sum())))
    found = []
    for level, number in levels:
        shape = (len(below), number, below.shape[2] + 1)
        both = np.zeros(shape), np.zeros(shape)
        _add(below, totals, whole, level.astype(np.int64), uniform, *both)
        found.append((np.maximum(both[0], 0.0), both[1]))
    return found
