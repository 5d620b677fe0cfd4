r"""Are ranks uniform: simulation-based calibration (Talts et al. 2018) with a simultaneous envelope of the ECDF.

Where truths are drawn from a model's prior and answers from the model, the rank of the truth among independent posterior
draws is uniform on 0..L (Cook, Gelman and Rubin 2006). The envelope holds the whole empirical distribution function of
uniform ranks with a stated probability (Säilynoja, Bürkner and Vehtari 2022).

By hand: arviz-stats has the envelope (within two ranks of this one) outside of its public names, without a p-value, and
takes 100 times as long (docs/choices.md).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from valuestats.base.errors import SpecificationError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_SIMULATIONS = 20_000


def truth_ranks(draws: Floats, truth: Floats, size: int, rng: np.random.Generator) -> Ints:
    """Rank of each truth among evenly spaced posterior draws, ties broken at random.

    Parameters
    ----------
    draws
        Posterior draws in the order of the chains, shape ``(draws, quantities)``.
    truth
        Shape ``(quantities,)``.
    size
        Number L of draws that are kept, as many as are about independent; ranks run from 0 to L.
    rng
        Source of the random numbers that break ties.

    Returns
    -------
    numpy.ndarray
        Shape ``(quantities,)``.

    Raises
    ------
    SpecificationError
        Fewer draws than are to be kept.

    Examples
    --------
    >>> draws = np.array([[1.0], [2.0], [3.0]])
    >>> truth_ranks(draws, np.array([2.5]), 3, np.random.default_rng(0)).tolist()
    [2]
    """
    if len(draws) < size or size < 1:
        raise SpecificationError(
            "too few posterior draws to rank the truth among",
            parameter="draws",
            got=len(draws),
            expected=size,
        )
    kept = draws[np.linspace(0, len(draws) - 1, size).round().astype(int)]
    below, ties = (kept < truth).sum(axis=0), (kept == truth).sum(axis=0)
    return np.asarray(below + rng.integers(0, ties + 1), dtype=np.int64)


def ecdf_envelope(n: int, bins: int, level: float = 0.95) -> tuple[Floats, Floats]:
    r"""Band that holds the ECDF of n uniform values at all inner edges of equal bins at once.

    Pointwise binomial intervals of one probability :math:`1-\gamma`, with :math:`\gamma` from simulated uniform
    samples so that a share `level` of them stay inside everywhere (Säilynoja, Bürkner and Vehtari 2022).

    Parameters
    ----------
    n
        Number of values.
    bins
        Number of equal bins; the band stands at their ``bins - 1`` inner edges.
    level
        Probability that the whole ECDF lies inside.

    Returns
    -------
    tuple of numpy.ndarray
        Lower and upper bound, each of shape ``(bins - 1,)``.

    Examples
    --------
    >>> low, high = ecdf_envelope(100, 4)
    >>> low.tolist(), high.tolist()
    ([0.15, 0.39, 0.65], [0.35, 0.61, 0.85])
    """
    if not 0.0 < level < 1.0:
        raise SpecificationError("a level lies between 0 and 1", parameter="level", got=level)
    gamma = float(np.quantile(_smallest_tails(n, bins), 1.0 - level))
    edges = _edges(n, bins)
    counts = np.arange(n + 1)[:, None]
    inside = _tail(counts, n, edges) >= gamma
    lower = inside.argmax(axis=0)
    upper = n - inside[::-1].argmax(axis=0)
    return lower / n, upper / n


def uniformity_p(counts: Ints) -> float:
    """Probability that uniform values leave the envelope at least as far as these do.

    Parameters
    ----------
    counts
        Values per equal bin, shape ``(bins,)``.

    Returns
    -------
    float
        p-value of the simultaneous envelope, from 20,000 simulated samples; 1 where there is no value.

    Examples
    --------
    >>> uniformity_p(np.array([25, 25, 25, 25])), uniformity_p(np.array([70, 10, 10, 10])) < 0.001
    (1.0, True)
    """
    seen = np.asarray(counts)
    n, bins = int(seen.sum()), len(seen)
    if n == 0:
        return 1.0
    own = _tail(np.cumsum(seen)[:-1], n, _edges(n, bins)).min()
    return float((_smallest_tails(n, bins) <= own * (1 + 1e-9)).mean())


def _edges(n: int, bins: int) -> Floats:
    if n < 1 or bins < 2:
        raise SpecificationError(
            "no values or no bins to compare",
            parameter="n, bins",
            got=f"{n}, {bins}",
            expected="1 and 2 or more",
        )
    return np.arange(1, bins) / bins


def _tail(below: NDArray[np.int64], n: int, edges: Floats) -> Floats:
    """Smaller tail probability of the number of values below each edge."""
    return np.asarray(np.minimum(stats.binom.cdf(below, n, edges), stats.binom.sf(below - 1, n, edges)))


@lru_cache(maxsize=32)
def _smallest_tails(n: int, bins: int) -> Floats:
    """Smallest tail over the edges in simulated uniform samples, with a fixed seed."""
    edges = _edges(n, bins)
    counts = np.random.default_rng(0).multinomial(n, np.full(bins, 1.0 / bins), size=_SIMULATIONS)
    table = _tail(np.arange(n + 1)[:, None], n, edges)
    return np.asarray(table[counts.cumsum(axis=1)[:, :-1], np.arange(bins - 1)].min(axis=1))
