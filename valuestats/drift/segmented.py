r"""The segmentations of one group's counts: the best ones, tests of one more change, and the posterior."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from valuestats.drift.flips import flip_share, flipped_sums
from valuestats.drift.segments import (
    Segmentations,
    best_changes,
    best_costs,
    posterior,
    segment_costs,
    segment_evidence,
    squared_costs,
)
from valuestats.drift.shares import Sums
from valuestats.statistics.ratios import ratio

Array = NDArray[np.float64]
FLOOR = 1e-3
"""The dispersion is never taken to be smaller: answers that hardly vary within an item are not known without end."""
_JEFFREYS = 0.5
_BLOCK = 1 << 23


@dataclass(frozen=True)
class Segmented:
    """One group, segmented.

    Attributes
    ----------
    sums
        What clusters add.
    costs
        Of all segments, see `valuestats.drift.segments.segment_costs`.
    tests
        P-values of 0, 1, … changes against one more, shape ``(most,)``.
    dispersion
        Variance of the shares over clusters as a multiple of that of independent answers.
    posterior
        Of all segmentations.
    """

    sums: Sums
    costs: Array
    tests: Array
    dispersion: float
    posterior: Segmentations

    @classmethod
    def of(
        cls,
        sums: Sums,
        most: int,
        shortest: int,
        permutations: int,
        rng: np.random.Generator,
        *,
        squared: bool = False,
    ) -> Segmented:
        """Segment the counts with up to `most` changes; by squares where one quantity is asked about, else by likelihood."""
        counts = sums.taken.sum(axis=0)
        costs = (squared_costs if squared else segment_costs)(counts, shortest)
        spread = dispersion(sums)
        prior = np.full(counts.shape[1], _JEFFREYS)
        evidence = segment_evidence(counts / spread, prior, shortest)
        whole = posterior(evidence, most, -np.log(2.0) * np.arange(most + 1))
        tests = np.array([_test(sums, costs, m, shortest, permutations, rng, squared) for m in range(most)])
        return cls(sums, costs, tests, spread, whole)

    @property
    def seen(self) -> Array:
        """Shares at each step, shape ``(steps, stances)``."""
        return ratio(self.sums.taken.sum(axis=0), self.sums.given.sum(axis=0)[:, None])

    def changes(self, number: int) -> list[int]:
        """First steps of the segments after the first."""
        return best_changes(self.costs, number)

    def shares(self, at: Sequence[int]) -> Array:
        """Shares of each segment, shape ``(segments, stances)``."""
        return segment_shares(self.sums.taken.sum(axis=0), at)

    def ends(self, number: int, j: int, level: float) -> tuple[int, int]:
        """First and last step of the smallest set that holds the j-th change."""
        found = self.posterior.each[number][j]
        order = np.argsort(-found, kind="stable")
        kept = order[: int(np.searchsorted(np.cumsum(found[order]), level * found.sum() - 1e-12)) + 1]
        best = self.changes(number)[j]
        return min(int(kept.min()), best), max(int(kept.max()), best)


def segment_shares(counts: Array, at: Sequence[int]) -> Array:
    """Shares of the segments that start at 0 and at the given steps, shape ``(segments, stances)``."""
    total = np.add.reduceat(counts, [0, *at], axis=0)
    return ratio(total, total.sum(axis=1, keepdims=True))


def dispersion(sums: Sums) -> float:
    r"""First-order correction of Rao and Scott (1981) for clusters and repeated items.

    With :math:`u_{ctk}` what cluster c adds to the share of stance k at step t less its expectation, and the cluster's own
    level :math:`\bar u_{ck}` over the steps taken off, :math:`\phi = \frac{C}{C-1}\sum_{tk} \frac{n_t}{p_{tk}}
    \sum_c (u_{ctk}-\bar u_{ck})^2 / ((K-1)(T-1))`; 1 for independent answers.
    """
    total = sums.given.sum(axis=0)
    shares = ratio(sums.taken.sum(axis=0), total[:, None])
    parts = (sums.taken - shares * sums.given[..., None]) / total[:, None]
    weight = total / total.sum()
    parts = parts - np.einsum("t,ctk->ck", weight, parts)[:, None]
    scale = np.divide(total[:, None], shares, out=np.zeros(shares.shape), where=shares > 0)
    steps, stances = shares.shape
    n = int((sums.given.sum(axis=1) > 0).sum())
    found = (
        n / (n - 1) * float((parts**2).sum(axis=0).ravel() @ scale.ravel()) / ((stances - 1) * (steps - 1))
    )
    return max(found, FLOOR)


def _test(
    sums: Sums,
    costs: Array,
    number: int,
    shortest: int,
    permutations: int,
    rng: np.random.Generator,
    squared: bool,
) -> float:
    """Chance of what one more change saves, under flips of the clusters' departures from the segments."""
    best = best_costs(costs, number + 1)
    if not np.isfinite(best[-1]):
        return float("nan")
    at = best_changes(costs, number)
    counts = sums.taken.sum(axis=0)
    steps, stances = counts.shape
    segment = np.searchsorted(at, np.arange(steps), side="right")
    fitted = segment_shares(counts, at)[segment]
    parts = sums.taken - fitted * sums.given[..., None]
    flips, whole = flipped_sums(parts.reshape(len(parts), -1), permutations, rng)
    again = fitted * sums.given.sum(axis=0)[:, None] + flips.reshape(-1, steps, stances)
    again = again if squared else np.maximum(again, 0.0)
    saved = np.concatenate([_saving(x, number, shortest, squared) for x in _blocks(again)])
    return flip_share(float(best[number] - best[number + 1]), saved, whole)


def _saving(counts: Array, number: int, shortest: int, squared: bool) -> Array:
    found = best_costs((squared_costs if squared else segment_costs)(counts, shortest), number + 1)
    return np.asarray(found[:, number] - found[:, number + 1])


def _blocks(counts: Array) -> list[Array]:
    """Flips in lots whose costs fit into memory."""
    rows = max(1, _BLOCK // (counts.shape[1] ** 2 * counts.shape[2]))
    return [counts[k : k + rows] for k in range(0, len(counts), rows)]
