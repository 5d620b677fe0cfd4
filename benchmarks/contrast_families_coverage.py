"""Families of contrasts that rest on few units: how often their intervals hold all true differences at once, and singly.

So many equal conditions or models on so many units, which differ in what all of them share; every pair is compared.
"jackknife": the replicates that verbs get of `valuestats.statistics.clusters.plan_clusters` (Student's t below 20 units, a
bootstrap from there on). "bootstrap": plain replicates whatever the number, as verbs have them of statistics that can't be
worked out without a unit; their sup-t is widened to Student's t. "effects": `intervention_effects` through
`Result.contrasts`, also with roles, which are clusters too. Noise is normal, or of an exponential distribution.

``python benchmarks/contrast_families_coverage.py [--setting 0 1 ...] [--simulations N]``
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
from coverage_settings import cover

from valuestats.interventions.effects import intervention_effects
from valuestats.results.joint import Joint
from valuestats.statistics.clusters import JACKKNIFE, plan_clusters
from valuestats.statistics.resampling import cluster_weights
from valuestats.statistics.student import normal_part

LEVEL, REPLICATES = 0.95, 2000
LABELS = {3: 3, 10: 5}
"""Of so many comparisons the labels that are compared."""


def noise(rng: np.random.Generator, shape: tuple[int, ...], skewed: bool) -> np.ndarray:
    return rng.exponential(size=shape) - 1 if skewed else rng.normal(size=shape)


def replicates(units: int, comparisons: int, skewed: bool):
    """Means of models over units, by the numerics that verbs share."""
    labels = LABELS[comparisons]
    pairs = np.array([np.eye(labels)[a] - np.eye(labels)[b] for a, b in combinations(range(labels), 2)])

    def drawn(rng: np.random.Generator, seed: int) -> dict[tuple[str, ...], float]:
        x = noise(rng, (units, labels), skewed) + rng.normal(size=(units, 1))
        point = x.mean(axis=0)
        random = np.random.default_rng(seed)
        plan = plan_clusters(units, REPLICATES, random)
        found = plan.finish(plan.weights @ x / plan.weights.sum(axis=1)[:, None], point, units, LEVEL)
        behind, few = np.full(labels, float(units)), found.interval == JACKKNIFE
        normal = normal_part(found.draws, behind) if few.any() else None
        plain = cluster_weights(units, REPLICATES, random) @ x / units
        held = {}
        for name, made in (
            ("jackknife", Joint(found.draws, behind, few, normal)),
            ("bootstrap", Joint(plain, behind, np.zeros(labels, dtype=bool), None)),
        ):
            apart = made.combined(pairs)
            lower, upper, _ = apart.together(pairs @ point, LEVEL)
            held[name, "all at once"] = float(((lower <= 0) & (upper >= 0)).all())
            lower, upper, _ = apart.alone(LEVEL)
            held[name, "singly"] = float(((lower <= 0) & (upper >= 0)).mean())
        return held

    return drawn


def effects(units: int, comparisons: int, roles: int = 1):
    """Effects of interventions, of which none differs from another."""
    labels = LABELS[comparisons]
    item, role = (x.ravel() for x in np.meshgrid(np.arange(units), np.arange(roles), indexing="ij"))

    def drawn(rng: np.random.Generator, seed: int) -> dict[tuple[str, ...], float]:
        parts = []
        level = rng.normal(size=units)[item] + rng.normal(size=roles)[role]
        for k in range(labels + 1):
            moved = 0.4 * rng.normal(size=units)[item] + 0.3 * (roles > 1) * rng.normal(size=roles)[role]
            value = level + moved + 0.5 * rng.normal(size=len(item))
            parts.append(pd.DataFrame({"item": item, "role": role, "condition": f"c{k}", "value": value}))
        found = intervention_effects(
            pd.concat(parts, ignore_index=True), control="c0", draws=REPLICATES, permutations=99, seed=seed
        )
        pairs = found.contrasts("condition")
        again = [found.contrast("condition", "c1", f"c{k}") for k in range(2, labels + 1)]
        alone = pd.concat(again)
        return {
            ("effects", "all at once"): float(((pairs["lower"] <= 0) & (pairs["upper"] >= 0)).all()),
            ("effects", "singly"): float(((alone["lower"] <= 0) & (alone["upper"] >= 0)).mean()),
        }

    return drawn


SETTINGS = {
    f"{units} units, {comparisons} comparisons{', skewed' if skewed else ''}": replicates(
        units, comparisons, skewed
    )
    for skewed in (False, True)
    for units in (5, 10, 20, 40)
    for comparisons in (3, 10)
} | {
    f"effects of {units} questions{f' and {roles} roles' if roles > 1 else ''}, {comparisons} comparisons": effects(
        units, comparisons, roles
    )
    for units, roles in ((5, 1), (10, 1), (20, 1), (40, 1), (20, 8))
    for comparisons in (3, 10)
}

if __name__ == "__main__":
    cover("contrast_families_coverage", SETTINGS, ("replicates", "intervals"), __doc__)
