"""Coverage of the item bootstrap of agreement coefficients, for raters and items with a known truth.

Truth: items have one of four categories (or a place on a line); each rater reports it with probability `accuracy` and
otherwise draws a category. The coefficient of a very large sample is the estimand. Run with
``python benchmarks/agreement_coverage.py``; it writes ``benchmarks/results/agreement_coverage.csv``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.base.progress import track
from valuestats.statistics.agreement import (
    cohen_kappa,
    count_matrix,
    fleiss_kappa,
    gwet_ac,
    krippendorff_interval,
    krippendorff_nominal,
    krippendorff_ordinal,
)
from valuestats.statistics.resampling import cluster_weights, equal_tailed, expanded_level

RESULTS = Path(__file__).parent / "results"
SHARES = np.array([0.45, 0.3, 0.15, 0.1])
MISSING = 0.15


def ratings(items: int, raters: int, accuracy: float, rng: np.random.Generator) -> np.ndarray:
    truth = rng.choice(4, items, p=SHARES)[:, None]
    guess = rng.choice(4, (items, raters), p=SHARES)
    y = np.where(rng.random((items, raters)) < accuracy, truth, guess).astype(float)
    missing = rng.random(y.shape) < MISSING
    missing[:, :2] = False  # two raters saw everything, so that Cohen's kappa has all items
    y[missing] = np.nan
    return y


def coefficients(y: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    item, rater = np.nonzero(~np.isnan(y))
    value = y[item, rater]
    counts = count_matrix(item, value.astype(np.int64), len(y), 4)
    one, two = y[:, 0].astype(np.int64), y[:, 1].astype(np.int64)
    return {
        "alpha, nominal": krippendorff_nominal(counts, weights).estimate,
        "alpha, ordinal": krippendorff_ordinal(counts, weights).estimate,
        "alpha, interval": krippendorff_interval(item, value, len(y), weights).estimate,
        "Cohen's kappa": cohen_kappa(one, two, weights, np.eye(4)).estimate,
        "Fleiss' kappa": fleiss_kappa(counts, weights).estimate,
        "Gwet's AC1": gwet_ac(counts, weights, np.eye(4)).estimate,
    }


def one_setting(
    items: int, raters: int, accuracy: float, simulations: int, replicates: int, seed: int
) -> list[dict[str, object]]:
    rng = np.random.default_rng(seed)
    large = ratings(300_000, raters, accuracy, rng)
    truth = {name: float(v[0]) for name, v in coefficients(large, np.ones((1, len(large)))).items()}
    hits = dict.fromkeys(truth, 0)
    plain = dict.fromkeys(truth, 0)
    level = expanded_level(0.95, items)
    for _ in range(simulations):
        y = ratings(items, raters, accuracy, rng)
        for name, boot in coefficients(y, cluster_weights(items, replicates, rng)).items():
            low, high = equal_tailed(boot, level)
            hits[name] += bool(low <= truth[name] <= high)
            low, high = equal_tailed(boot, 0.95)
            plain[name] += bool(low <= truth[name] <= high)
    return [
        {
            "coefficient": name,
            "items": items,
            "raters": raters,
            "accuracy": accuracy,
            "truth": truth[name],
            "simulations": simulations,
            "coverage_expanded": hits[name] / simulations,
            "coverage_percentile": plain[name] / simulations,
            "monte_carlo_error": (0.95 * 0.05 / simulations) ** 0.5,
        }
        for name in truth
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=1000)
    parser.add_argument("--replicates", type=int, default=500)
    chosen = parser.parse_args()
    settings = [(20, 3, 0.7), (50, 3, 0.5), (50, 3, 0.8), (200, 3, 0.7), (50, 8, 0.7)]
    rows = [
        row
        for seed, setting in enumerate(track(settings, "settings"))
        for row in one_setting(*setting, chosen.simulations, chosen.replicates, seed)
    ]
    table = pd.DataFrame(rows).assign(
        command=" ".join(["python", "benchmarks/agreement_coverage.py", *sys.argv[1:]])
    )
    RESULTS.mkdir(exist_ok=True)
    table.to_csv(RESULTS / "agreement_coverage.csv", index=False)
    print(table.to_string())


if __name__ == "__main__":
    main()
