"""Coverage of the intervals of item-value correlations for six-point ratings and coarse scores.

Truth: ratings and scores cut from a bivariate normal; the population Spearman correlation is that of ten million
simulated raters, the polychoric one that of the normal (scores in five categories, 5,000 simulations).
``python benchmarks/item_value_coverage.py`` writes ``benchmarks/results/item_value_coverage.csv``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from valuestats.base.progress import track
from valuestats.keying.polychoric_pairs import polychoric_interval, two_step_errors
from valuestats.statistics.correlation import spearman_interval, spearman_matrix
from valuestats.statistics.polychoric import polychoric_tables

RESULTS = Path(__file__).parent / "results"
CUTS = np.array([-1.5, -0.9, -0.3, 0.5, 1.3])


def draw(rho: float, shape: tuple[int, ...], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Six-point ratings (skewed as in the release) and scores on a grid of half points."""
    common = rng.normal(size=shape)
    other = rho * common + np.sqrt(1 - rho**2) * rng.normal(size=shape)
    return np.searchsorted(CUTS, other).astype(float), np.round(common * 2) / 2


def population(rho: float, rng: np.random.Generator) -> float:
    rating, score = draw(rho, (10_000_000,), rng)
    return float(np.corrcoef(rankdata(rating), rankdata(score))[0, 1])


def polychoric_coverage(
    rho: float, n: int, simulations: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Coverage of the truth, and share of the samples whose correlation has no interval (it lies at 1)."""
    rating, score = draw(rho, (simulations, n), rng)
    tables = np.zeros((simulations, 6, 5))
    cell = rating.astype(int), np.searchsorted([-1.0, -0.4, 0.3, 1.0], score)
    np.add.at(tables, (np.arange(simulations)[:, None], *cell), 1)
    found = polychoric_tables(tables)
    r = np.where(found.at_bound, np.nan, found.r)
    _, low, high = polychoric_interval(r, two_step_errors(tables, r), np.full(simulations, n), 0.95)
    return float(((low <= rho) & (rho <= high)).mean()), float(np.isnan(low).mean())


def main() -> None:
    simulations, rng, rows = 20_000, np.random.default_rng(11), []
    for rho in track([0.0, 0.2, 0.4, 0.7], "correlations"):
        truth = population(rho, rng)
        for n in (20, 47, 200):
            rating, score = draw(rho, (simulations, n), rng)
            r = np.array(
                [spearman_matrix(a[None], b[:, None]).r[0, 0] for a, b in zip(rating, score, strict=True)]
            )
            low, high = spearman_interval(r, np.full(simulations, n), 0.95)
            covered = float(((low <= truth) & (truth <= high)).mean())
            rows.append(("spearman", rho, truth, n, simulations, covered, 0.0))
            rows.append(("polychoric", rho, rho, n, 5000, *polychoric_coverage(rho, n, 5000, rng)))
    columns = [
        "method",
        "latent_correlation",
        "truth",
        "n_raters",
        "simulations",
        "coverage",
        "without_interval",
    ]
    table = pd.DataFrame(rows, columns=columns).assign(command=" ".join(["python", *sys.argv]))
    RESULTS.mkdir(exist_ok=True)
    table.to_csv(RESULTS / "item_value_coverage.csv", index=False)
    print(table.to_string())


if __name__ == "__main__":
    main()
