"""Intervals of all pairs of models that rest on few items: how often they hold all true differences at once.

Four equal models answer the same items, which differ in what all models answer; all six differences are 0. Beside the
intervals of `Result.contrasts` stand those of a multivariate t with one scale for all ("one scale").

``python benchmarks/joint_pairs_coverage.py [--setting 0 1 ...] [--simulations N]``
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from coverage_settings import cover
from scipy import special

from valuestats.statistics.clusters import plan_clusters
from valuestats.statistics.student import error_of, joint_reach, normal_part

LEVEL, MODELS, REPLICATES = 0.95, 4, 400
PAIRS = np.array([np.eye(MODELS)[a] - np.eye(MODELS)[b] for a, b in combinations(range(MODELS), 2)])


def one_scale(normal: np.ndarray, units: int) -> float:
    """Quantile of the largest of several t with one scale for all, from the same normal parts."""
    largest = np.abs(normal / error_of(normal)).max(axis=1)
    tries = np.linspace(1.0, 40.0, 4000)
    inside = special.chdtrc(units - 1, (units - 1) * (largest[None, :] / tries[:, None]) ** 2).mean(axis=1)
    return float(tries[np.searchsorted(inside, LEVEL)])


def study(items: int):
    """A study of so many items."""

    def drawn(rng: np.random.Generator, seed: int) -> dict[tuple[str, ...], float]:
        x = rng.normal(size=(items, MODELS)) + rng.normal(size=(items, 1))
        plan = plan_clusters(items, REPLICATES, np.random.default_rng(seed))
        found = plan.finish(plan.weights @ x / (items - 1), x.mean(axis=0), items, LEVEL)
        normal = normal_part(found.draws, items) @ PAIRS.T
        away, error = np.abs(PAIRS @ x.mean(axis=0)), error_of(normal)
        return {
            ("contrasts",): float((away <= joint_reach(normal, items, LEVEL) * error).all()),
            ("one scale",): float((away <= one_scale(normal, items) * error).all()),
        }

    return drawn


if __name__ == "__main__":
    cover(
        "joint_pairs_coverage",
        {f"{n} items": study(n) for n in (4, 6, 10, 19)},
        ("interval",),
        __doc__,
    )
