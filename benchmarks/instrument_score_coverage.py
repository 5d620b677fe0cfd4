"""Coverage of the intervals of mean scores on an instrument, for a known truth.

People: answers to PVQ-21 in codes 1 to 6 with a person's own level, values and noise, 5 % missing, as independent
respondents or in clusters of ten that share part of their values. Truth: the mean centred score of 200,000 people. Models:
one model whose items' means are drawn from a population of items; truth: the mean of that population. Run with
``python benchmarks/instrument_score_coverage.py``; it writes ``benchmarks/results/instrument_score_coverage.csv``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.base.progress import track
from valuestats.instruments import load_instrument
from valuestats.scoring.scale_means import scale_scores
from valuestats.statistics.resampling import cluster_weights, equal_tailed, expanded_level

RESULTS = Path(__file__).parent / "results"
PVQ = load_instrument("pvq21")
SIGN = np.array([[float(i in d.items) for d in PVQ.families["pvq"].values()] for i in PVQ.items])
MEANS = np.array([4.7, 3.8, 3.7, 3.8, 3.1, 4.4, 4.0, 4.4, 5.0, 4.9])


def people(n: int, shared: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    cluster = np.arange(n) // 10 if shared else np.arange(n)
    values = np.sqrt(1 - shared) * rng.normal(0, 0.8, (n, 10))
    values += np.sqrt(shared) * rng.normal(0, 0.8, (cluster.max() + 1, 10))[cluster]
    latent = (MEANS + values) @ SIGN.T + rng.normal(0, 0.5, (n, 1)) + rng.normal(0, 0.9, (n, SIGN.shape[0]))
    y = np.clip(np.round(latent), 1, 6)
    return np.where(rng.random(y.shape) < 0.05, np.nan, y), cluster


def centred(y: np.ndarray) -> np.ndarray:
    return scale_scores(y, SIGN, 3.5, 0.5).centred


def covered(boot: np.ndarray, units: int, truth: np.ndarray) -> float:
    low, high = equal_tailed(boot, expanded_level(0.95, units))
    return float(((low <= truth) & (truth <= high)).mean())


def people_setting(n: int, shared: float, simulations: int, replicates: int, seed: int) -> dict[str, object]:
    rng = np.random.default_rng(seed)
    truth = np.nanmean(centred(people(200_000, shared, rng)[0]), axis=0)
    hits = 0.0
    for _ in range(simulations):
        y, cluster = people(n, shared, rng)
        scores = centred(y)
        units = int(cluster.max()) + 1
        weights = cluster_weights(units, replicates, rng)[:, cluster]
        seen = ~np.isnan(scores)
        boot = weights @ np.nan_to_num(scores) / (weights @ seen)
        hits += covered(boot, units, truth)
    return row(f"people, {'clusters of ten' if shared else 'independent'}", n, hits, simulations)


def model_setting(per_value: int, simulations: int, replicates: int, seed: int) -> dict[str, object]:
    rng = np.random.default_rng(seed)
    sign = np.kron(np.eye(10), np.ones((per_value, 1)))
    truth = MEANS - MEANS.mean()
    hits = 0.0
    for _ in range(simulations):
        y = (sign @ MEANS + rng.normal(0, 0.6, len(sign)))[None]
        weights = cluster_weights(len(sign), replicates, rng)
        boot = scale_scores(y, sign, 3.5, 0.5, weights).centred[:, 0]
        hits += covered(boot, per_value, truth)
    return row(f"one model, {per_value} items per value", len(sign), hits, simulations)


def row(data: str, units: int, hits: float, simulations: int) -> dict[str, object]:
    return {
        "data": data,
        "units": units,
        "simulations": simulations,
        "coverage": hits / simulations,
        "monte_carlo_error": (0.95 * 0.05 / simulations) ** 0.5,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=500)
    parser.add_argument("--replicates", type=int, default=500)
    chosen = parser.parse_args()
    size = chosen.simulations, chosen.replicates
    cases = [(50, 0.0), (300, 0.0), (300, 0.3)]
    rows = [people_setting(n, s, *size, k) for k, (n, s) in enumerate(track(cases, "people"))]
    rows += [model_setting(k, *size, 50 + k) for k in track([2, 3, 5, 10], "models")]
    table = pd.DataFrame(rows).assign(
        command=" ".join(["python", "benchmarks/instrument_score_coverage.py", *sys.argv[1:]]),
        date=str(pd.Timestamp.now().date()),
    )
    RESULTS.mkdir(exist_ok=True)
    table.to_csv(RESULTS / "instrument_score_coverage.csv", index=False)
    print(table.to_string())


if __name__ == "__main__":
    main()
