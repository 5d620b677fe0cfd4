"""R-hat and effective sample sizes of many quantities at once, as `arviz_stats` has them of one (docs/choices.md)."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]
TAILS = (0.05, 0.95)
"""Quantiles whose effective sample sizes are the tail's (Vehtari et al. 2021)."""
_AT_ONCE = 500_000  # draws; more would leave the processor's cache
_LEAST_DRAWS = 4


def convergence(draws: Floats) -> tuple[Floats, Floats, Floats]:
    """Rank-normalised split R-hat, and effective sample sizes of the bulk and of the tails, of each quantity.

    Parameters
    ----------
    draws
        Shape ``(quantities, chains, draws)``.

    Returns
    -------
    tuple
        Three arrays ``(quantities,)``; NaN where a draw is missing or there are fewer than four, R-hat of one chain, and
        R-hat where no chain moves.

    Notes
    -----
    Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021): R-hat is the larger one of half chains' normal scores and of
    those of their distances from the median; autocovariances are added up to Geyer's (1992) initial monotone sequence.

    Examples
    --------
    >>> draws = np.random.default_rng(0).normal(size=(3, 4, 500))
    >>> draws[2, 0] += 2.0
    >>> (convergence(draws)[0] > 1.01).tolist()
    [False, False, True]
    """
    quantities, chains, number = draws.shape
    at_once = max(1, _AT_ONCE // max(chains * number, 1))
    parts = [_convergence(draws[k : k + at_once]) for k in range(0, quantities, at_once)]
    joined = np.concatenate([np.zeros((3, 0)), *parts], axis=1)
    return joined[0], joined[1], joined[2]


def _convergence(draws: Floats) -> Floats:
    out = np.full((3, len(draws)), np.nan)
    if draws.shape[1] < 1 or draws.shape[2] < _LEAST_DRAWS:
        return out
    known = ~np.isnan(draws).any(axis=(1, 2))
    x = np.asarray(draws[known], dtype=float)
    if not len(x):
        return out
    halves = _halves(x)
    flat = halves.reshape(len(x), -1)
    size = flat.shape[1]
    order = np.argsort(flat, axis=1)
    scores, folded = np.empty_like(halves), np.empty_like(halves)
    # Blom's (1958) normal scores of ranks and of what lies halfway between two, as ties share their mean rank.
    table = ndtri((0.5 * np.arange(2.0 * size - 1.0) + 0.625) / (size + 0.25))
    _normal_scores(flat, order, table, scores.reshape(flat.shape), folded.reshape(flat.shape))
    with np.errstate(all="ignore"):
        if draws.shape[1] > 1:
            bulk, tail = _rhat(scores), _rhat(folded)
            out[0, known] = np.where(
                tail > bulk, tail, bulk
            )  # no chain leaves its distance from the median: the bulk's
        out[1, known] = _effective(scores)
        whole = halves.shape[2] * 2 == x.shape[2]  # else a draw in the middle is in no half
        ordered = np.take_along_axis(flat, order, 1) if whole else np.sort(x.reshape(len(x), -1), axis=1)
        tails = [_effective((halves <= _quantile(ordered, p)[:, None, None]).astype(float)) for p in TAILS]
        out[2, known] = np.minimum(*tails)
    return out


def _halves(x: Floats) -> Floats:
    half = x.shape[2] // 2
    return np.concatenate([x[:, :, :half], x[:, :, -half:]], axis=1)


def _quantile(ordered: Floats, p: float) -> Floats:
    """Type 7 of Hyndman and Fan (1996), NumPy's and R's."""
    at = p * (ordered.shape[1] - 1)
    below = int(at)
    low, high = ordered[:, below], ordered[:, min(below + 1, ordered.shape[1] - 1)]
    share = at - below
    # from the nearer end, as NumPy does, so that no draw changes its side of the quantile by roundoff
    return np.asarray(low + (high - low) * share if share < 0.5 else high - (high - low) * (1.0 - share))


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _normal_scores(x: Any, order: Any, table: Any, scores: Any, folded: Any) -> None:
    """Normal scores of values, and of their distances from the median, which their order holds already: two runs merged."""
    size = x.shape[1]
    merged, away = np.empty(size, np.int64), np.empty(size)
    for e in range(x.shape[0]):
        own, sorted_by = x[e], order[e]
        for k in range(size):
            away[k] = own[sorted_by[k]]
        _shared_ranks(away, sorted_by, table, scores[e])
        median = 0.5 * (away[(size - 1) // 2] + away[size // 2])
        right = np.searchsorted(away, median)
        left = right - 1
        for k in range(size):
            if left >= 0 and (
                right >= size or not own[sorted_by[right]] - median < median - own[sorted_by[left]]
            ):
                merged[k] = sorted_by[left]
                left -= 1
            else:
                merged[k] = sorted_by[right]
                right += 1
        for k in range(size):
            away[k] = abs(own[merged[k]] - median)
        _shared_ranks(away, merged, table, folded[e])


@numba.njit(cache=True, nogil=True)
def _shared_ranks(ordered: Any, places: Any, table: Any, out: Any) -> None:
    """Put the score of each rank to its place; values that tie share that of their mean rank."""
    first = 0
    while first < len(ordered):
        last = first
        while last + 1 < len(ordered) and ordered[last + 1] == ordered[first]:
            last += 1
        for k in range(first, last + 1):
            out[places[k]] = table[first + last]
        first = last + 1


def _rhat(x: Floats) -> Floats:
    number = x.shape[2]
    between = number * x.mean(axis=2).var(axis=1, ddof=1)
    within = x.var(axis=2, ddof=1).mean(axis=1)
    return np.asarray(np.sqrt((between / within + number - 1) / number))


def _effective(x: Floats) -> Floats:
    """Effective sample size by the chains' autocovariances."""
    chains, number = x.shape[1:]
    means = x.mean(axis=2, keepdims=True)
    between = means[:, :, 0].var(axis=1, ddof=1) if chains > 1 else np.zeros(len(x))
    time = np.empty(len(x))
    _autocorrelation_times(x - means, between, time)
    size = chains * number
    found = size / np.maximum(time, 1.0 / np.log10(size))
    found[x.max(axis=(1, 2)) - x.min(axis=(1, 2)) < np.finfo(float).resolution] = size
    return np.asarray(found)


@numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract"})
def _covariance(away: Any, lag: int) -> float:
    """Mean over chains of the autocovariance at a lag."""
    total = 0.0
    for chain in range(away.shape[0]):
        own = away[chain]
        for k in range(away.shape[1] - lag):
            total += own[k] * own[k + lag]
    return total / (away.shape[0] * away.shape[1])


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _autocorrelation_times(away: Any, between: Any, out: Any) -> None:
    """Geyer's initial monotone sequence: lags are looked at in pairs, up to the first whose sum is not positive."""
    number = away.shape[2]
    last = max((number - 1) // 2 - 1, 0)
    for e in range(away.shape[0]):
        first = _covariance(away[e], 0)
        own, total = first * number / (number - 1.0), first + between[e]
        even, odd = 1.0, 1.0 - (own - _covariance(away[e], 1)) / total
        sums, least, pair = 0.0, np.inf, 0
        while pair < last and even + odd > 0.0:
            least = min(least, even + odd)
            sums += least
            pair += 1
            even = 1.0 - (own - _covariance(away[e], 2 * pair)) / total
            odd = 1.0 - (own - _covariance(away[e], 2 * pair + 1)) / total
        if np.isnan(even + odd):
            out[e] = np.nan
        else:
            out[e] = 2.0 * sums - 1.0 + (even if even > 0.0 or even + odd >= 0.0 else 0.0)
