"""Coverage of the query-clustered bootstrap intervals of centred scores, for known keys and a known truth.

Truth: a population of queries, each with five items; the mean answer of a model to an item is the sum of a query
effect, an item effect and a value effect. The estimand is the score over the population of queries. Run with
``python benchmarks/score_coverage.py``; it writes ``benchmarks/results/score_coverage.csv``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.base.progress import track
from valuestats.scoring.scale_means import scale_scores
from valuestats.statistics.resampling import cluster_weights, equal_tailed, expanded_level

RESULTS = Path(__file__).parent / "results"


def one_setting(
    queries: int, keyed_share: float, simulations: int, replicates: int, seed: int
) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    effect = 0.4
    hits = {"percentile": 0, "expanded": 0, "t": 0}
    used, n_keyed = 0, []
    for _ in range(simulations):
        cluster = np.repeat(np.arange(queries), 5)
        keyed = rng.random(len(cluster)) < keyed_share
        other = rng.random(len(cluster)) < 0.35
        member = keyed | other
        if len(np.unique(cluster[keyed])) < 5:
            continue
        y = 3.5 + rng.normal(0, 0.5, queries)[cluster] + rng.normal(0, 0.8, len(cluster)) + effect * keyed
        y, keyed, cluster = y[member], keyed[member], cluster[member]
        names, cluster = np.unique(cluster, return_inverse=True)
        sign = keyed[:, None].astype(float)
        point = scale_scores(y[None], sign, 0.0).centred[0, 0]
        drawn = cluster_weights(len(names), replicates, rng)
        boot = scale_scores(y[None], sign, 0.0, weights=drawn, unit=cluster).centred[:, 0, 0]
        share = keyed_share / (keyed_share + (1 - keyed_share) * 0.35)
        truth = effect * (1 - share)
        n = len(np.unique(cluster[keyed]))
        t = stats.t.ppf(0.975, n - 1) * np.sqrt(n / (n - 1))
        low, high = equal_tailed(boot, 0.95)
        wide_low, wide_high = equal_tailed(boot, expanded_level(0.95, n))
        error = np.nanstd(boot, ddof=1)
        hits["percentile"] += low <= truth <= high
        hits["expanded"] += wide_low <= truth <= wide_high
        hits["t"] += abs(point - truth) <= t * error
        used += 1
        n_keyed.append(int(keyed.sum()))
    return {
        "queries": queries,
        "mean_keyed_items": float(np.mean(n_keyed)),
        "simulations": used,
        **{f"coverage_{name}": count / used for name, count in hits.items()},
        "monte_carlo_error": (0.95 * 0.05 / used) ** 0.5,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=2000)
    parser.add_argument("--replicates", type=int, default=1000)
    chosen = parser.parse_args()
    settings = [(104, 0.02), (104, 0.03), (104, 0.06), (104, 0.12), (24, 0.07), (24, 0.2)]
    rows = [
        one_setting(q, share, chosen.simulations, chosen.replicates, seed)
        for seed, (q, share) in enumerate(track(settings, "settings"))
    ]
    table = pd.DataFrame(rows).assign(
        command=" ".join(["python", "benchmarks/score_coverage.py", *sys.argv[1:]])
    )
    RESULTS.mkdir(exist_ok=True)
    table.to_csv(RESULTS / "score_coverage.csv", index=False)
    print(table.to_string())


if __name__ == "__main__":
    main()
