"""Coverage of the intervals of alpha, omega, split-half reliability and intraclass correlations, for a known truth.

Truth: six items on one factor (loadings .8 to .4), as normal scores or cut into five skewed categories, with or without
10 % missing answers; for intraclass correlations, targets and raters with normal effects. The coefficient of a very large
sample is the estimand; for the absolute-agreement ICC of fixed levels, as in `retest`, the levels stay the same
in each simulation. Run with ``python benchmarks/reliability_coverage.py``; it writes
``benchmarks/results/reliability_coverage.csv``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.base.progress import track
from valuestats.consistency.intraclass import intraclass, intraclass_interval, mean_squares
from valuestats.statistics.reliability import (
    all_splits,
    cronbach_alpha,
    feldt_interval,
    omega_total,
    one_factor_loadings,
    pairwise_covariance,
    split_half,
)
from valuestats.statistics.resampling import cluster_weights, equal_tailed, expanded_level

RESULTS = Path(__file__).parent / "results"
LOADINGS = np.array([0.8, 0.7, 0.6, 0.6, 0.5, 0.4])
CUTS = [0.2, 0.8, 1.3, 1.9]


def answers(people: int, ordinal: bool, missing: float, rng: np.random.Generator) -> np.ndarray:
    factor = rng.normal(size=(people, 1))
    y = LOADINGS * factor + np.sqrt(1 - LOADINGS**2) * rng.normal(size=(people, len(LOADINGS)))
    if ordinal:
        y = np.digitize(y, CUTS).astype(float)
    return np.where(rng.random(y.shape) < missing, np.nan, y)


def consistency(y: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    found = pairwise_covariance(y, weights)
    halves = all_splits(y.shape[1], 100, np.random.default_rng(0))
    return {
        "alpha": cronbach_alpha(found.covariance),
        "omega total": omega_total(one_factor_loadings(found.correlation)),
        "split-half": split_half(found.covariance, halves).spearman_brown.mean(axis=-1),
    }


def scale_setting(
    people: int, ordinal: bool, missing: float, simulations: int, replicates: int, seed: int
) -> list[dict[str, object]]:
    rng = np.random.default_rng(seed)
    large = answers(400_000, ordinal, 0, rng)
    truth = {name: float(v[0]) for name, v in consistency(large, np.ones((1, len(large)))).items()}
    hits = dict.fromkeys([*truth, "alpha, Feldt"], 0)
    used = dict.fromkeys(hits, 0)
    level = expanded_level(0.95, people)
    for _ in range(simulations):
        y = answers(people, ordinal, missing, rng)
        once = pairwise_covariance(y, np.ones((1, people)))
        for name, boot in consistency(y, cluster_weights(people, replicates, rng)).items():
            low, high = equal_tailed(boot, level)
            used[name] += 1
            hits[name] += bool(low <= truth[name] <= high)
        off = once.n[0][~np.eye(len(LOADINGS), dtype=bool)]
        n = len(off) / (1 / off).sum()
        low_f, high_f = feldt_interval(float(cronbach_alpha(once.covariance)[0]), n, len(LOADINGS), 0.95)
        used["alpha, Feldt"] += 1
        hits["alpha, Feldt"] += bool(low_f <= truth["alpha"] <= high_f)
    kind = f"{'ordinal, skewed' if ordinal else 'normal'}, {missing:.0%} missing"
    return [
        row(name, kind, people, truth[name.removesuffix(", Feldt")], hits[name], used[name]) for name in hits
    ]


def ratings(targets: int, levels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=(targets, 1)) + levels + 0.7 * rng.normal(size=(targets, len(levels)))


def icc_setting(
    targets: int, fixed: bool, simulations: int, replicates: int, seed: int
) -> list[dict[str, object]]:
    rng = np.random.default_rng(seed)
    k = 4
    same = np.array([-0.3, -0.1, 0.1, 0.3])
    error, spread = 0.49, float(same.var(ddof=1)) if fixed else 0.09
    truth = {"ICC(A,1)": 1 / (1 + spread + error), "ICC(C,1)": 1 / (1 + error)}
    hits = {f"{form}, {kind}": 0 for form in truth for kind in ("F", "bootstrap")}
    level = expanded_level(0.95, targets)
    for _ in range(simulations):
        y = ratings(targets, same if fixed else 0.3 * rng.normal(size=k), rng)
        limits = intraclass_interval(mean_squares(y, np.ones((1, targets))), 0.95)
        boot = intraclass(mean_squares(y, cluster_weights(targets, replicates, rng)))
        for form, value in truth.items():
            low, high = limits[form]
            hits[f"{form}, F"] += bool(low <= value <= high)
            low_b, high_b = equal_tailed(boot[form], level)
            hits[f"{form}, bootstrap"] += bool(low_b <= value <= high_b)
    kind = f"4 {'fixed levels' if fixed else 'random raters'}"
    return [
        row(name, kind, targets, truth[name.split(", ")[0]], count, simulations)
        for name, count in hits.items()
    ]


def row(name: str, data: str, units: int, truth: float, hits: int, used: int) -> dict[str, object]:
    return {
        "coefficient": name,
        "data": data,
        "units": units,
        "truth": truth,
        "simulations": used,
        "coverage": hits / used,
        "monte_carlo_error": (0.95 * 0.05 / used) ** 0.5,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=1000)
    parser.add_argument("--replicates", type=int, default=500)
    chosen = parser.parse_args()
    size = chosen.simulations, chosen.replicates
    scales = [(50, False, 0.0), (200, False, 0.1), (50, True, 0.0), (200, True, 0.1)]
    rows = []
    for seed, setting in enumerate(track(scales, "scales")):
        rows += scale_setting(*setting, *size, seed)
    for seed, (targets, fixed) in enumerate(
        track([(20, False), (20, True), (100, False), (100, True)], "intraclass")
    ):
        rows += icc_setting(targets, fixed, *size, 100 + seed)
    table = pd.DataFrame(rows).assign(
        command=" ".join(["python", "benchmarks/reliability_coverage.py", *sys.argv[1:]])
    )
    RESULTS.mkdir(exist_ok=True)
    table.to_csv(RESULTS / "reliability_coverage.csv", index=False)
    print(table.to_string())


if __name__ == "__main__":
    main()
