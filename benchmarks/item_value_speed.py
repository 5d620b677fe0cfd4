"""Item-value correlations against what a user would take instead, in one run on the same data.

520 items x 700 raters, 60 % missing, 15 dimensions, six-point ratings. Two patterns of the missing:
``individual`` (every rater rates a random 40 % of the items) and ``grouped`` (twelve groups of raters, each shown
its own items, as rated designs are). Ours is the public `correlate_items` (arrays in; r, n, standard error, interval
and p out); psych's corr.test, which takes and returns matrices too, is timed with intervals and without,
pandas corrwith and a scipy loop give r only. "verb" is `item_values` from the long table of 145,600 ratings to the
long table of results with q-values. Polychoric correlations of 40 items x 1,000 people against
psych::polychoric. Seconds are the best of several runs, of every tool (the machine is shared).
``python benchmarks/item_value_speed.py`` writes ``benchmarks/results/item_value_speed.json``;
without Rscript and psych their part is left out.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from valuestats import Ratings, correlate_items, item_values
from valuestats.statistics.polychoric import polychoric_matrix

RESULTS = Path(__file__).parent / "results"
METHODS = ("pearson", "spearman")


def data(
    items: int, raters: int, dimensions: int, pattern: str = "individual"
) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    ratings = rng.integers(1, 7, (items, raters)).astype(float)
    if pattern == "individual":
        ratings[rng.random(ratings.shape) < 0.6] = np.nan
    else:
        ratings[np.arange(items)[:, None] % 12 != np.arange(raters)[None] % 12] = np.nan
    return ratings, np.round(rng.normal(size=(raters, dimensions)), 1)


def ours(ratings: np.ndarray, scores: np.ndarray, method: str) -> np.ndarray:
    return correlate_items(ratings, scores, method=method).r


def long_table(ratings: np.ndarray, scores: np.ndarray) -> Ratings:
    item, rater = np.nonzero(~np.isnan(ratings))
    rated = pd.DataFrame({"respondent": rater, "item": item, "rating": ratings[item, rater]}).astype(
        {"respondent": str, "item": str}
    )
    rater, dimension = np.indices(scores.shape)
    own = {
        "respondent": rater.ravel(),
        "family": "f",
        "dimension": dimension.ravel(),
        "score": scores.ravel(),
    }
    return Ratings(rated, pd.DataFrame(own).astype({"respondent": str}), scale=(1, 6))


def pandas_corrwith(ratings: np.ndarray, scores: np.ndarray, method: str) -> np.ndarray:
    frame = pd.DataFrame(ratings.T)
    return np.column_stack([frame.corrwith(pd.Series(s), method=method) for s in scores.T])


def scipy_loop(ratings: np.ndarray, scores: np.ndarray, method: str) -> np.ndarray:
    seen, one = ~np.isnan(ratings), {"pearson": stats.pearsonr, "spearman": stats.spearmanr}[method]
    pairs = zip(ratings, seen, strict=True)
    return np.array([[one(y[k], s[k]).statistic for s in scores.T] for y, k in pairs])


def best_seconds(
    function: Callable[..., np.ndarray], *arguments: object, repeats: int
) -> tuple[float, np.ndarray]:
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        out = function(*arguments)
        times.append(time.perf_counter() - started)
    return min(times), out


def ordered(people: int, items: int) -> np.ndarray:
    """Six-point answers to items that share one factor."""
    rng = np.random.default_rng(9)
    z = rng.normal(size=(people, 1)) * 0.7 + rng.normal(size=(people, items)) * 0.7
    return np.digitize(z, [-1.4, -0.7, 0.0, 0.6, 1.2]).astype(float) + 1


def main() -> None:
    found: dict[str, object] = {
        "command": "python benchmarks/item_value_speed.py",
        "date": dt.date.today().isoformat(),
        "items": 520,
        "raters": 700,
        "dimensions": 15,
    }
    mine, seconds = {}, {}
    for pattern in ("individual", "grouped"):
        ratings, scores = data(520, 700, 15, pattern)
        for method in METHODS:
            name = f"{pattern} {method}"
            seconds[name], mine[name] = best_seconds(ours, ratings, scores, method, repeats=15)
            part = {"ours_seconds": seconds[name]}
            table = long_table(ratings, scores)
            part["verb_seconds"], _ = best_seconds(
                lambda t, m: item_values(t, method=m).estimates, table, method, repeats=5
            )
            for tool in (pandas_corrwith, scipy_loop):
                part[f"{tool.__name__}_seconds"], theirs = best_seconds(
                    tool, ratings, scores, method, repeats=2
                )
                part[f"{tool.__name__}_difference"] = float(np.nanmax(np.abs(mine[name] - theirs)))
                part[f"times_{tool.__name__}"] = part[f"{tool.__name__}_seconds"] / seconds[name]
            found[name] = part
    ratings, scores = data(520, 700, 15)
    untied = scores + np.random.default_rng(1).normal(0, 1e-3, scores.shape)
    found["individual spearman, no tied scores: ours_seconds"], _ = best_seconds(
        ours, ratings, untied, "spearman", repeats=5
    )
    found["individual polyserial: ours_seconds"], _ = best_seconds(
        ours, ratings, scores, "polyserial", repeats=5
    )
    coarse = np.clip(np.round(scores * 2), -4, 4)
    found["individual polychoric, scores of 9 categories: ours_seconds"], _ = best_seconds(
        ours, ratings, coarse, "polychoric", repeats=3
    )
    for factor in (10, 100):
        bigger = data(520 * factor, 700, 15)
        for method in METHODS:
            taken, _ = best_seconds(ours, *bigger, method, repeats=2 if factor == 100 else 3)
            found[f"individual {method}: ours_seconds at {factor}x items"] = taken
    items = ordered(1000, 40)
    polychoric_seconds, polychoric = best_seconds(lambda: polychoric_matrix(items).r, repeats=9)
    found["polychoric, 40 items"] = {"pairs": 780, "people": 1000, "ours_seconds": polychoric_seconds}
    if shutil.which("Rscript"):
        with tempfile.TemporaryDirectory() as folder:
            _psych(Path(folder), found, mine, seconds, items, polychoric)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "item_value_speed.json").write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2))


def _psych(
    folder: Path,
    found: dict,
    mine: dict[str, np.ndarray],
    seconds: dict[str, float],
    items: np.ndarray,
    polychoric: np.ndarray,
) -> None:
    for pattern in ("individual", "grouped"):
        ratings, scores = data(520, 700, 15, pattern)
        for name, table in (("ratings", ratings), ("scores", scores)):
            pd.DataFrame(table).to_csv(
                folder / f"{pattern}_{name}.csv", header=False, index=False, na_rep="NA"
            )
    pd.DataFrame(items).to_csv(folder / "items.csv", header=False, index=False)
    subprocess.run(["Rscript", Path(__file__).with_suffix(".R"), folder], check=True)
    taken = pd.read_csv(folder / "seconds.csv").set_index("what")["seconds"]
    for name, r in mine.items():
        theirs = pd.read_csv(folder / f"{name.replace(' ', '_')}_r.csv", header=None).to_numpy()
        part = found[name]
        part["psych_difference"] = float(np.nanmax(np.abs(theirs - r)))
        for kind in ("intervals", "r only"):
            part[f"psych_seconds, {kind}"] = float(taken[f"{name} {kind}"])
            part[f"times_psych, {kind}"] = float(taken[f"{name} {kind}"]) / seconds[name]
    part = found["polychoric, 40 items"]
    theirs = pd.read_csv(folder / "polychoric_r.csv", header=None).to_numpy()
    part["psych_difference"] = float(np.abs(theirs - polychoric).max())
    for cores in (1, 2):
        part[f"psych_seconds, {cores} cores"] = float(taken[f"polychoric cores {cores}"])
        part[f"times_psych, {cores} cores"] = part[f"psych_seconds, {cores} cores"] / part["ours_seconds"]


if __name__ == "__main__":
    main()
