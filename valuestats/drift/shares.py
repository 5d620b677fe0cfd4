"""Shares of the stances at each step under every weighting of the clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from valuestats.drift.flips import flip_share, flipped_sums
from valuestats.drift.stances import Cube, require_several
from valuestats.statistics.clusters import ClusterPlan, plan_clusters, random_lots
from valuestats.statistics.ratios import ratio

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Sums:
    """What each lot of clusters adds, for one group.

    Attributes
    ----------
    taken, given, asked
        Shapes ``(lots, steps, stances)``, ``(lots, steps)`` and ``(lots, steps)``; every item counts as one answer.
    """

    taken: Array
    given: Array
    asked: Array

    def shares(self, weights: Array) -> Array:
        """Share of each stance among the answers that took one, shape ``(evaluations, steps, stances)``."""
        return ratio(weighted(weights, self.taken), weighted(weights, self.given)[..., None])

    def rates(self, weights: Array) -> Array:
        """Share of the items' answers that took a stance, shape ``(evaluations, steps)``."""
        return ratio(weighted(weights, self.given), weighted(weights, self.asked))

    def null_parts(self, pooled: Array) -> Array:
        """What each lot adds to the shares less the pooled ones, shape ``(lots, steps, stances)``."""
        total = self.given.sum(axis=0)[:, None]
        return np.nan_to_num(
            ratio(self.taken - pooled * self.given[..., None], np.broadcast_to(total, self.taken.shape))
        )

    def pooled(self) -> Array:
        """Shares over all steps, shape ``(stances,)``."""
        return np.asarray(self.taken.sum(axis=(0, 1)) / self.given.sum())


def weighted(weights: Array, sums: Array) -> Array:
    """Sums over lots under each row of weights, other axes kept."""
    return np.asarray((weights @ sums.reshape(len(sums), -1)).reshape(len(weights), *sums.shape[1:]))


def plan_of(
    cube: Cube, behind: NDArray[np.int64], replicates: int, rng: np.random.Generator
) -> tuple[ClusterPlan, NDArray[np.int64]]:
    """One plan of resampling for all groups, and the lot of each item."""
    require_several(cube, behind)
    lots = random_lots(cube.units, rng)
    return plan_clusters(int(lots.max()) + 1, replicates, rng, behind=behind), lots[cube.member]


def sums_of(cube: Cube, group: int, lot: NDArray[np.int64]) -> Sums:
    """Sums of one group's items by lot."""
    n = int(lot.max()) + 1
    return Sums(
        *(added(lot, x, n) for x in (cube.taken[group], cube.given[group], cube.asked[group].astype(float)))
    )


def added(lot: NDArray[np.int64], values: Array, lots: int) -> Array:
    """Sums of the first axis by lot."""
    flat = values.reshape(len(values), -1)
    found = np.zeros((lots, flat.shape[1]))
    np.add.at(found, lot, flat)
    return found.reshape(lots, *values.shape[1:])


def response_change(
    sums: Sums, ends: Sequence[int], permutations: int, rng: np.random.Generator
) -> dict[str, float]:
    """Response rates at two steps, and the chance of their difference by flips of the clusters' parts of it."""
    given, asked = sums.given[:, list(ends)], sums.asked[:, list(ends)]
    total = asked.sum(axis=0)
    pooled = given.sum() / total.sum()
    each = (given - pooled * asked) / total
    moved = (each[:, 1] - each[:, 0])[:, None]
    flips, whole = flipped_sums(moved, permutations, rng)
    first, last = given.sum(axis=0) / total
    p = flip_share(abs(float(moved.sum())), np.abs(flips[:, 0]), whole)
    return {"first": float(first), "last": float(last), "p_value": p}
