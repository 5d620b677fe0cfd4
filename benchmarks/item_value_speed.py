"""Item-value correlations against what a user would take instead, in one run on the same data.

520 items x 700 raters, 60 % missing, 15 dimensions. ``python benchmarks/item_value_speed.py`` writes
``benchmarks/results/item_value_speed.json``.
"""

from __future__ import annotations

import json
import statistics
import time
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.kernels.correlation import correlation_p_value, spearman_interval, spearman_matrix

RESULTS = Path(__file__).parent / "results"


def data(items: int, raters: int, dimensions: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    ratings = rng.integers(1, 7, (items, raters)).astype(float)
    ratings[rng.random(ratings.shape) < 0.6] = np.nan
    return ratings, np.round(rng.normal(size=(raters, dimensions)), 1)


def ours(ratings: np.ndarray, scores: np.ndarray) -> np.ndarray:
    found = spearman_matrix(ratings, scores)
    spearman_interval(found.r, found.n, 0.95)
    correlation_p_value(found.r, found.n)
    return found.r


def pandas_corrwith(ratings: np.ndarray, scores: np.ndarray) -> np.ndarray:
    frame = pd.DataFrame(ratings.T)
    return np.column_stack([frame.corrwith(pd.Series(s), method="spearman") for s in scores.T])


def scipy_loop(ratings: np.ndarray, scores: np.ndarray) -> np.ndarray:
    seen = ~np.isnan(ratings)
    return np.array(
        [
            [stats.spearmanr(y[k], s[k]).statistic for s in scores.T]
            for y, k in zip(ratings, seen, strict=True)
        ]
    )


def median_seconds(function, *arguments, repeats: int) -> tuple[float, np.ndarray]:
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        out = function(*arguments)
        times.append(time.perf_counter() - started)
    return statistics.median(times), out


def main() -> None:
    ratings, scores = data(520, 700, 15)
    found = {
        "command": "python benchmarks/item_value_speed.py",
        "items": 520,
        "raters": 700,
        "dimensions": 15,
    }
    found["ours_seconds"], mine = median_seconds(ours, ratings, scores, repeats=5)
    found["pandas_corrwith_seconds"], theirs = median_seconds(pandas_corrwith, ratings, scores, repeats=1)
    found["scipy_loop_seconds"], loop = median_seconds(scipy_loop, ratings, scores, repeats=1)
    found["largest_difference"] = float(max(np.abs(mine - theirs).max(), np.abs(mine - loop).max()))
    for factor in (2, 4, 10):
        bigger = data(520 * factor, 700, 15)
        found[f"ours_seconds_{factor}x_items"], _ = median_seconds(ours, *bigger, repeats=1)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "item_value_speed.json").write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
