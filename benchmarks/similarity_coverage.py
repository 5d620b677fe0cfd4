"""How often intervals for a similarity contain the true one, by simulation with a known truth.

Questions are drawn from a population of questions (the generator of the simulator); the truth is the mean
similarity over 200,000 of them. Compared: the percentile interval, the expanded percentile interval
(Hesterberg 2015; what `country_similarity` reports), the basic and the BCa bootstrap interval, and Student's
t. "ragged": the bootstrap runs over twice as many questions, of which a country answered half, as when
countries with different questions share their replicates.

Run from the repository root: ``python benchmarks/similarity_coverage.py``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import norm, t

from valuestats.simulation.countries import draw_questions, draw_world
from valuestats.simulation.design import Design
from valuestats.statistics.distances import jensen_shannon_distance
from valuestats.statistics.resampling import cluster_weights, expanded_level

SIZES = (10, 30, 60, 100)
SIMULATIONS, REPLICATES, LEVEL, POOL = 4000, 2000, 0.95, 200_000
BATCH = 250
OUT = Path(__file__).parent / "results" / "similarity_coverage.csv"


def similarity_pool(rng: np.random.Generator) -> np.ndarray:
    """Similarities of a good, a middling and a poor model to one country; shape ``(3, POOL)``."""
    design = Design(seed=0, n_models=3, n_countries=2)
    world = draw_world(design, rng)
    parts = []
    for _ in range(POOL // 2000):
        drawn = draw_questions(world, 2000, rng)
        parts.append(1 - jensen_shannon_distance(drawn.answers[:, 0], drawn.people[0]))
    return np.concatenate(parts, axis=1)


def quantile_pair(draws: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    lower, upper = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=1)
    return lower, upper


def bca(values: np.ndarray, there: np.ndarray, draws: np.ndarray, mean: np.ndarray) -> tuple[np.ndarray, ...]:
    """Bias-corrected and accelerated interval (Efron 1987), acceleration by the jackknife of the mean."""
    gap = np.where(there, mean[:, None] - values, 0.0)
    acceleration = (gap**3).sum(axis=1) / (6 * (gap**2).sum(axis=1) ** 1.5)
    bias = norm.ppf(((draws < mean[:, None]) + 0.5 * (draws == mean[:, None])).mean(axis=1))
    ends = []
    for z in norm.ppf([(1 - LEVEL) / 2, (1 + LEVEL) / 2]):
        tail = norm.cdf(bias + (bias + z) / (1 - acceleration * (bias + z)))
        rank = np.clip((tail * draws.shape[1]).astype(int), 0, draws.shape[1] - 1)
        ends.append(np.sort(draws, axis=1)[np.arange(len(draws)), rank])
    return tuple(ends)


def intervals(
    values: np.ndarray, there: np.ndarray, weights: np.ndarray
) -> dict[str, tuple[np.ndarray, ...]]:
    """Ends of each kind of interval; `values` and `there` of shape ``(simulations, questions)``."""
    n = int(there[0].sum())
    filled = np.where(there, values, 0.0)
    mean = filled.sum(axis=1) / n
    draws = (filled @ weights.T) / (there @ weights.T)
    percentile = quantile_pair(draws, LEVEL)
    expanded = quantile_pair(draws, expanded_level(LEVEL, n))
    spread = np.sqrt((np.where(there, values - mean[:, None], 0.0) ** 2).sum(axis=1) / (n - 1) / n)
    half = t.ppf((1 + LEVEL) / 2, n - 1) * spread
    return {
        "percentile": percentile,
        "expanded percentile": expanded,
        "basic": (2 * mean - percentile[1], 2 * mean - percentile[0]),
        "BCa": bca(values, there, draws, mean),
        "Student t": (mean - half, mean + half),
    }


def main() -> None:
    rng = np.random.default_rng(20261121)
    pool = similarity_pool(rng)
    rows = []
    for design, share in (("all answered", 1.0), ("ragged", 0.5)):
        for size in SIZES[1:] if share < 1 else SIZES:
            n = round(size / share)
            for model, similarities in enumerate(pool):
                truth = similarities.mean()
                hits: dict[str, list[np.ndarray]] = {}
                widths: dict[str, list[np.ndarray]] = {}
                for _ in range(SIMULATIONS // BATCH):
                    values = rng.choice(similarities, (BATCH, n))
                    there = rng.random((BATCH, n)).argsort(axis=1) < size
                    weights = cluster_weights(n, REPLICATES, rng)
                    for name, (lower, upper) in intervals(values, there, weights).items():
                        hits.setdefault(name, []).append((lower <= truth) & (truth <= upper))
                        widths.setdefault(name, []).append(upper - lower)
                for name, found in hits.items():
                    coverage = np.concatenate(found).mean()
                    rows.append(
                        {
                            "questions": size,
                            "design": design,
                            "true_similarity": round(float(truth), 4),
                            "model": model,
                            "interval": name,
                            "level": LEVEL,
                            "coverage": round(float(coverage), 4),
                            "monte_carlo_error": round(
                                float(np.sqrt(coverage * (1 - coverage) / SIMULATIONS)), 4
                            ),
                            "mean_width": round(float(np.concatenate(widths[name]).mean()), 4),
                            "simulations": SIMULATIONS,
                        }
                    )
    frame = pd.DataFrame(rows)
    OUT.parent.mkdir(exist_ok=True)
    frame.to_csv(OUT, index=False, lineterminator="\n")
    print(frame.pivot_table(index=["design", "questions"], columns="interval", values="coverage").round(4))


if __name__ == "__main__":
    main()
