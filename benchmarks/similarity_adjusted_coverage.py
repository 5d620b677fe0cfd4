"""How often the intervals of the two-way (adjusted) similarity contain the truth, by simulation.

Similarities are drawn as pair effect + question effect + noise, in [0, 1]; a pair answers a question with a chance
that falls as the question gets harder, by another slope for each pair: the unadjusted mean then compares unlike
questions. The truth of a level is the pair's effect, moved so that the pairs keep the mean of their expected unadjusted
similarities (what `adjusted_similarity` states); the truth of a difference is that of the pair effects. Compared:
the adjusted estimate with the expanded percentile interval (what the verb reports) and the unadjusted mean's.

Run from the repository root: ``python benchmarks/similarity_adjusted_coverage.py`` (about 2 minutes).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.similarity.adjusted import pair_effects
from valuestats.similarity.cube import weighted_means
from valuestats.statistics.resampling import cluster_weights, equal_tailed, expanded_level

EFFECTS = np.array([0.72, 0.68, 0.60, 0.55])
SLOPES = np.array([0.0, 6.0, 12.0, -6.0])
QUESTION_SD, NOISE_SD = 0.08, 0.06
SIZES = (30, 60, 150)
SIMULATIONS, REPLICATES, LEVEL = 1500, 1000, 0.95
OUT = Path(__file__).parent / "results" / "similarity_adjusted_coverage.csv"


def draw(n: int, rng: np.random.Generator) -> np.ndarray:
    """Similarities of shape ``(pairs, questions)``, NaN where not answered."""
    easy = rng.normal(0, QUESTION_SD, n)
    values = EFFECTS[:, None] + easy + rng.normal(0, NOISE_SD, (len(EFFECTS), n))
    chance = 1 / (1 + np.exp(-(0.8 + SLOPES[:, None] * easy)))
    return np.where(rng.random(values.shape) < chance, np.clip(values, 0, 1), np.nan)


def main() -> None:
    rng = np.random.default_rng(20261121)
    many = draw(2_000_000, rng)
    unadjusted = np.nanmean(many, axis=1)
    level_truth = EFFECTS - EFFECTS.mean() + unadjusted.mean()
    linked = np.zeros(len(EFFECTS), dtype=np.intp)
    rows = []
    for size in SIZES:
        hits: dict[tuple[str, str, int], list[bool]] = {}
        for _ in range(SIMULATIONS):
            values = draw(size, rng)
            values = values[:, ~np.isnan(values).all(axis=0)]
            weights = cluster_weights(values.shape[1], REPLICATES, rng)
            n = (~np.isnan(values)).sum(axis=1)
            found = {
                "adjusted": pair_effects(values, weights, linked),
                "unadjusted": weighted_means(values[:, None], weights)[:, :, 0],
            }
            for name, draws in found.items():
                for pair in range(len(EFFECTS)):
                    lower, upper = equal_tailed(draws[:, pair], expanded_level(LEVEL, int(n[pair])))
                    hits.setdefault((name, "level", pair), []).append(lower <= level_truth[pair] <= upper)
                    if pair:
                        few = expanded_level(LEVEL, int(min(n[0], n[pair])))
                        lower, upper = equal_tailed(draws[:, 0] - draws[:, pair], few)
                        truth = EFFECTS[0] - EFFECTS[pair]
                        hits.setdefault((name, "difference", pair), []).append(lower <= truth <= upper)
        for (name, what, pair), inside in hits.items():
            coverage = float(np.mean(inside))
            rows.append(
                {
                    "questions": size,
                    "estimate": name,
                    "estimand": what,
                    "pair": pair,
                    "level": LEVEL,
                    "coverage": round(coverage, 4),
                    "monte_carlo_error": round(float(np.sqrt(coverage * (1 - coverage) / SIMULATIONS)), 4),
                    "simulations": SIMULATIONS,
                }
            )
    frame = pd.DataFrame(rows)
    OUT.parent.mkdir(exist_ok=True)
    frame.to_csv(OUT, index=False, lineterminator="\n")
    print(frame.pivot_table(index=["estimand", "pair"], columns=["estimate", "questions"], values="coverage"))


if __name__ == "__main__":
    main()
