"""Expected and replicated counts of an ordinal regression, added up by levels of a column without a table of every cell."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr

from valuestats.regression.effects_design import EffectsDesign
from valuestats.regression.effects_draws import EffectDraws, distances, locations, row_log_probabilities

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


_MOST_EXPONENT = 300.0  # of a threshold and of a location, so that products of their odds are finite


@numba.njit(cache=True, nogil=True)
def _add_one(
    below: Any, totals: Any, whole: Any, levels: Any, uniform: Any, cumulated: Any, replicated: Any
) -> None:
    """One draw's cumulated counts, and answers by the category whose part of 0..1 their uniform number falls into."""
    steps, at = below.shape[1], 0
    for cell in range(below.shape[0]):
        for column in range(levels.shape[0]):
            own = levels[column, cell]
            for k in range(steps):
                cumulated[own, k] += totals[cell] * below[cell, k]
            cumulated[own, steps] += totals[cell]
        for _ in range(whole[cell]):
            code = 0
            for k in range(steps):
                code += uniform[at] > below[cell, k]
            at += 1
            for column in range(levels.shape[0]):
                replicated[levels[column, cell], code] += 1.0


@numba.njit(cache=True, nogil=True)
def _add(
    below: Any, totals: Any, whole: Any, levels: Any, uniform: Any, cumulated: Any, replicated: Any
) -> None:
    for s in range(below.shape[0]):
        _add_one(below[s], totals, whole, levels, uniform[s], cumulated[s], replicated[s])


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _add_by_odds(
    cut: Any,
    eta: Any,
    sets: Any,
    totals: Any,
    whole: Any,
    levels: Any,
    uniform: Any,
    cumulated: Any,
    replicated: Any,
) -> None:
    """The same of a cumulative logit: the odds of a threshold and of a location multiply."""
    below = np.empty((eta.shape[1], cut.shape[2]))
    for s in range(eta.shape[0]):
        odds = np.exp(-cut[s])
        for cell in range(eta.shape[1]):
            away = np.exp(eta[s, cell])
            for k in range(below.shape[1]):
                below[cell, k] = 1.0 / (1.0 + odds[sets[cell], k] * away)
        _add_one(below, totals, whole, levels, uniform[s], cumulated[s], replicated[s])


def cumulative_probabilities(design: EffectsDesign, draws: EffectDraws) -> Floats:
    """Probability of an answer up to each threshold, of each cell in each draw, ``(S, cells, K - 1)``."""
    if design.spec.family != "cumulative":
        return np.cumsum(np.exp(row_log_probabilities(design, draws)), axis=-1)[..., :-1]
    z = distances(draws, design.matrices, locations(draws, design.matrices))
    if design.spec.link == "cloglog":
        return -np.expm1(-np.exp(np.minimum(z, 700.0)))
    return np.asarray((expit if design.spec.link == "logit" else ndtr)(z))


def added_replicates(
    design: EffectsDesign,
    draws: EffectDraws,
    levels: tuple[tuple[Ints, int], ...],
    rng: np.random.Generator,
) -> list[tuple[Floats, Floats]]:
    """Expected and replicated counts by level, ``(S, levels, K)`` each, of several columns: one replicate for all of them.

    Parameters
    ----------
    design, draws
        Counted cells, of whose answers a replicate has the nearest whole numbers, and draws of the parameters.
    levels
        Of each column the level of each cell, and how many levels there are.
    rng
        Source of random numbers.
    """
    totals = design.counts.sum(axis=1)
    whole = np.round(totals).astype(np.int64)
    uniform = rng.random((draws.size, int(whole.sum())))
    starts = np.cumsum([0, *(number for _, number in levels)])
    places = np.stack([level + start for (level, _), start in zip(levels, starts, strict=False)])
    shape = (draws.size, int(starts[-1]), design.counts.shape[1])
    cumulated, replicated = np.zeros(shape), np.zeros(shape)
    rest = (totals, whole, places.astype(np.int64), uniform, cumulated, replicated)
    located = _located(design, draws)
    if located is None:
        _add(cumulative_probabilities(design, draws), *rest)
    else:
        _add_by_odds(*located, np.maximum(design.matrices.sets, 0), *rest)
    expected = np.maximum(np.diff(cumulated, axis=2, prepend=0.0), 0.0)
    return [(expected[:, a:b], replicated[:, a:b]) for a, b in pairwise(starts)]


def _located(design: EffectsDesign, draws: EffectDraws) -> tuple[Floats, Floats] | None:
    """Thresholds and locations of a cumulative logit whose odds multiply; None of anything else."""
    spec = design.spec
    if (spec.family, spec.link) != ("cumulative", "logit"):
        return None
    if draws.specific is not None or draws.disc is not None or draws.log_disc is not None:
        return None
    eta = locations(draws, design.matrices)
    near = max(np.abs(draws.cut).max(), np.abs(eta).max()) < _MOST_EXPONENT
    return (np.ascontiguousarray(draws.cut), eta) if near else None
