"""Does the graded response model cover the truth: item parameters, traits, group means and deviations?

Simulates answers of two groups to one scale (one item's thresholds shifted in the second group, other deviations small),
fits `measurement_invariance`'s model, and counts how often 95 % intervals hold the true deviations and the true
difference of the anchored means. Run with ``python benchmarks/graded_recovery.py``; it writes
``benchmarks/results/graded_recovery.csv``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.invariance_check import compare_groups, measurement_invariance
from valuestats.progress import track

RESULTS = Path(__file__).parent / "results"


def one_study(seed: int, n: int, items: int) -> dict[str, object]:
    rng = np.random.default_rng(seed)
    of = np.arange(n) % 2
    slope = np.exp(rng.normal(0.4, 0.3, items))
    shift = np.zeros((2, items))
    shift[1, 0] = -0.9
    trait = np.where(of == 1, 0.5 + 1.2 * rng.normal(size=n), rng.normal(size=n))
    latent = slope * (trait[:, None] - shift[of]) + rng.logistic(size=(n, items))
    wide = pd.DataFrame(np.digitize(latent, [-2, -0.6, 0.6, 2]), columns=[f"i{j}" for j in range(items)])
    wide = wide.assign(respondent=range(n), country=np.array(["a", "b"])[of])
    long = wide.melt(["respondent", "country"], var_name="item", value_name="rating")
    found = measurement_invariance(long, group="country", seed=seed, draws=500, tune=400, progress=False)
    unit = np.sqrt(1.2)
    centred = (shift - shift.mean(axis=0) - shift.mean(axis=1, keepdims=True) + shift.mean()) / unit
    table = found.estimates.query("parameter == 'threshold' and group == 'b'").set_index("item")
    truth = pd.Series(centred[1], index=[f"i{j}" for j in range(items)]).reindex(table.index)
    means = compare_groups(found).estimates.iloc[0]
    return {
        "seed": seed,
        "passed": found.passed,
        "level": found.meta["invariance"]["level"],
        "deviating": " ".join(found.meta["invariance"]["threshold"]),
        "threshold_coverage": float(((table["lower"] <= truth) & (truth <= table["upper"])).mean()),
        "mean_difference": -means["estimate"],
        "true_difference": 0.5 / unit,
        "mean_covered": bool(means["lower"] <= -0.5 / unit <= means["upper"]),
        "seconds": found.meta["seconds"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=20)
    parser.add_argument("--n", type=int, default=900)
    parser.add_argument("--items", type=int, default=6)
    chosen = parser.parse_args()
    rows = [one_study(s, chosen.n, chosen.items) for s in track(range(chosen.studies), "studies")]
    command = " ".join(["python", "benchmarks/graded_recovery.py", *sys.argv[1:]])
    table = pd.DataFrame(rows).assign(n=chosen.n, items=chosen.items, command=command)
    RESULTS.mkdir(exist_ok=True)
    table.to_csv(RESULTS / "graded_recovery.csv", index=False)
    print(table.to_string())


if __name__ == "__main__":
    main()
