"""Coverage of scores on the items as they are (`valuestats.score` with ``resample="runs"``), for a known truth.

Twenty-one items in ten values, as in PVQ-21, each with a mean of its own that stays; in every run a model answers each of
them in codes 1 to 6, with a level of the run that all items share (or none) and noise of its own. Truth: the centred score
of the expected answers. Beside it the differences of two such models. 1,000 studies a setting; scores of one study are ten.
Run with ``python benchmarks/run_score_coverage.py``; it writes ``benchmarks/results/run_score_coverage.csv``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import norm

from valuestats.base.progress import track
from valuestats.scoring.runs import RunCells, resampled_runs
from valuestats.scoring.scale_means import scale_scores
from valuestats.statistics.clusters import JACKKNIFE, replicate_interval

OUT = Path(__file__).parent / "results" / "run_score_coverage.csv"
SIGN = np.kron(np.eye(10), np.ones((2, 1)))
SIGN = np.vstack([SIGN, np.eye(10)[:1]])
CUTS = np.arange(1.5, 6.0)
STUDIES, REPLICATES = 1000, 500


def expected(means, noise):
    """The expected code of each item."""
    above = norm.sf((CUTS[:, None] - means[None]) / noise)
    return 1.0 + above.sum(axis=0)


def score(means):
    return scale_scores(means, SIGN, 3.5).centred


def setting(runs, noise, shared, missing, seed):
    rng = np.random.default_rng(seed)
    hits, between, widths = [], [], []
    for number in range(STUDIES):
        items = 3.5 + rng.normal(0, 0.9, (2, len(SIGN)))
        level = shared * rng.normal(size=(runs, 2, 1))
        latent = items[None] + level + noise * rng.normal(size=(runs, *items.shape))
        y = np.clip(np.round(latent), 1, 6)
        asked = rng.random(y.shape) >= missing
        truth = score(np.stack([expected(own, np.hypot(noise, shared)) for own in items]))
        cells = RunCells(np.where(asked, y, 0.0), asked.astype(float))
        found, units = resampled_runs(cells, score, SIGN != 0, replicates=REPLICATES, seed=number, level=0.95)
        hits.append(np.mean((found.lower <= truth) & (truth <= found.upper)))
        widths.append(np.mean(found.upper - found.lower))
        apart, reach = found.draws[:, 0] - found.draws[:, 1], (truth[0] - truth[1])
        low, high, _ = replicate_interval(apart, 0.95, units.min(axis=0), found.interval[0] == JACKKNIFE)
        between.append(np.mean((low <= reach) & (reach <= high)))
    error = np.std(hits, ddof=1) / np.sqrt(STUDIES)
    return {"runs": runs, "noise": noise, "shared_level": shared, "missing": missing, "studies": STUDIES,
            "coverage": np.mean(hits), "coverage_of_differences": np.mean(between), "mean_width": np.mean(widths),
            "monte_carlo_error": error}  # fmt: skip


def main():
    cases = [
        (4, 0.9, 0.0, 0.0),
        (5, 0.9, 0.5, 0.0),
        (5, 0.4, 0.0, 0.0),
        (10, 0.9, 0.5, 0.1),
        (25, 0.9, 0.5, 0.05),
    ]
    rows = []
    for n, case in enumerate(track(cases, "settings")):
        rows.append(setting(*case, seed=100 + n))
        command = " ".join(["python", "benchmarks/run_score_coverage.py", *sys.argv[1:]])
        table = pd.DataFrame(rows).assign(command=command, date=str(pd.Timestamp.now().date()))
        table.round(4).to_csv(OUT, index=False)
    print(table.to_string())


if __name__ == "__main__":
    main()
