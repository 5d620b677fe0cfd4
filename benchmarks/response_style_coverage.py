"""Coverage of the intervals of acquiescence, extremity, midpoint and order effect, for a known truth.

Truth: one model answers 5 items for each of 30 or 100 queries under three wordings and two orders, codes 1 to 6; items of
a query share content, each item is keyed +1 or -1. The estimand is the value over 20,000 queries of the kind. Effects of
option labels: eight simulated models under letters, numbers and words (`valuestats.prompts.simulate`). Run with
``python benchmarks/response_style_coverage.py``; it writes ``benchmarks/results/response_style_coverage.csv``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.base.progress import track
from valuestats.prompts.response_style import response_style
from valuestats.prompts.shifts import paired_effects, weighted_means
from valuestats.prompts.simulate import label_truth, simulate_labels
from valuestats.statistics.resampling import cluster_weights, equal_tailed, expanded_level

RESULTS = Path(__file__).parent / "results"
ITEMS = 5


def answers(queries: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Codes as items x wordings x orders, keys of the items, and their queries; 3 % missing."""
    cluster = np.repeat(np.arange(queries), ITEMS)
    n = len(cluster)
    sign = np.where(rng.random(n) < 0.4, -1.0, 1.0)
    content = rng.normal(0.3, 0.6, queries)[cluster] + rng.normal(0, 0.6, n)
    latent = 4.0 + (sign * content)[:, None, None] + rng.normal(0, 0.3, (queries, 1, 1))[cluster]
    latent = latent + np.array([0.0, 0.3]) + rng.normal(0, 0.7, (n, 3, 2))
    y = np.clip(np.round(latent), 1, 6)
    return np.where(rng.random(y.shape) < 0.03, np.nan, y), sign, cluster


def styles(
    y: np.ndarray, sign: np.ndarray, cluster: np.ndarray, weights: np.ndarray
) -> dict[str, np.ndarray]:
    mean = np.nanmean(y.reshape(len(y), -1), axis=1)
    halves = [weighted_means(np.where(sign == s, mean, np.nan), cluster, weights) for s in (1, -1)]
    flat, rows = y.ravel(), np.repeat(cluster, 6)
    known = ~np.isnan(flat)

    def share(hit: np.ndarray) -> np.ndarray:
        return weighted_means(hit[known].astype(float), rows[known], weights)

    effect = weighted_means(paired_effects(y), cluster, weights)
    return {
        "acquiescence": (halves[0] + halves[1]) / 2 - 3.5,
        "extremity": share((flat == 1) | (flat == 6)),
        "midpoint": share((flat == 3) | (flat == 4)),
        "order effect": effect[:, 1] - effect[:, 0],
    }


def label_coverage(queries: int, simulations: int, replicates: int) -> float:
    """Share of the intervals of label effects that hold the simulated effect."""
    shares = []
    for seed in range(simulations):
        responses, truth = simulate_labels(queries=queries, seed=seed)
        style = response_style(
            responses, scale=(1, 6), terms=["option_labels"], replicates=replicates, seed=seed
        )
        shares.append(label_truth(truth, style)["covered"].mean())
    return float(np.mean(shares))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=1000)
    parser.add_argument("--replicates", type=int, default=500)
    chosen = parser.parse_args()
    rng = np.random.default_rng(0)
    large = answers(20_000, rng)
    truth = {name: float(v[0]) for name, v in styles(*large, np.ones((1, 20_000))).items()}
    rows = []
    for queries in track([30, 100], "queries"):
        hits = dict.fromkeys(truth, 0)
        for _ in range(chosen.simulations):
            weights = cluster_weights(queries, chosen.replicates, rng)
            for name, boot in styles(*answers(queries, rng), weights).items():
                low, high = equal_tailed(boot, expanded_level(0.95, queries))
                hits[name] += bool(low <= truth[name] <= high)
        for name, value in truth.items():
            rows.append(
                {
                    "style": name,
                    "queries": queries,
                    "truth": value,
                    "simulations": chosen.simulations,
                    "coverage": hits[name] / chosen.simulations,
                    "monte_carlo_error": (0.95 * 0.05 / chosen.simulations) ** 0.5,
                }
            )
        few = max(chosen.simulations // 5, 1)
        rows.append(
            {
                "style": "effects of option labels",
                "queries": queries,
                "truth": float("nan"),
                "simulations": few,
                "coverage": label_coverage(queries, few, chosen.replicates),
                "monte_carlo_error": (0.95 * 0.05 / (8 * few)) ** 0.5,
            }
        )
    table = pd.DataFrame(rows).assign(
        command=" ".join(["python", "benchmarks/response_style_coverage.py", *sys.argv[1:]]),
        date=str(pd.Timestamp.now().date()),
    )
    RESULTS.mkdir(exist_ok=True)
    table.to_csv(RESULTS / "response_style_coverage.csv", index=False)
    print(table.to_string())


if __name__ == "__main__":
    main()
