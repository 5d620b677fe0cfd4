"""Scores where answers are missing not at random: coverage of bounds, of the two mechanisms, and of the answers alone.

Truth: a model answers 3 items of each of 40 queries 4 times on six ordered codes (cumulative logit, item and query effects).
Under ``selection`` an answer k is given with logit a + 0.7 k; under ``shift`` whether an answer is missing is a coin, and a
missing one is 1.5 logits higher; under ``at random`` it is a coin alone. The estimand is the mean code over all answers, of
queries of the kind (worked out on 20,000). Run with ``python benchmarks/missing_coverage.py``; it writes
``benchmarks/results/missing_coverage.csv``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

from valuestats.base.progress import track
from valuestats.missing.bounds import missing_bounds
from valuestats.missing.sensitivity import missing_sensitivity

RESULTS = Path(__file__).parent / "results"
THRESHOLDS = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
AMOUNT = {"at random": 0.0, "selection": 0.7, "shift": 1.5}


def answers(
    queries: int, mechanism: str, rng: np.random.Generator, repeats: int = 4
) -> tuple[np.ndarray, np.ndarray]:
    """Codes 1 to 6 (queries x items x repeats) and whether they are given."""
    eta = rng.normal(0.3, 0.5, (queries, 1, 1)) + rng.normal(0, 0.6, (queries, 3, 1))
    given = rng.random((queries, 3, repeats)) > 0.3
    noise = rng.logistic(size=given.shape)
    moved = eta + AMOUNT["shift"] * ~given if mechanism == "shift" else eta
    code = 1 + np.searchsorted(THRESHOLDS, moved + noise)
    if mechanism == "selection":
        given = rng.random(given.shape) < expit(-1.6 + AMOUNT["selection"] * code)
    return code, given


def counted(code: np.ndarray, given: np.ndarray) -> pd.DataFrame:
    q, i, _ = np.indices(code.shape)
    frame = pd.DataFrame(
        {
            "model": "m",
            "item": [f"{a}-{b}" for a, b in zip(q.ravel(), i.ravel(), strict=True)],
            "cluster": q.ravel().astype(str),
            "status": np.where(given.ravel(), "valid", "refusal"),
            "answer": pd.Series(code.ravel()).where(given.ravel()).astype("Int64"),
        }
    )
    keys = ["model", "item", "cluster", "status", "answer"]
    return frame.groupby(keys, dropna=False).size().rename("count").reset_index()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=300)
    parser.add_argument("--queries", type=int, default=40)
    chosen = parser.parse_args()
    rng = np.random.default_rng(0)
    rows = []
    for truth_of, amount in AMOUNT.items():
        truth = float(answers(20_000, truth_of, rng)[0].mean())
        for seed in track(range(chosen.simulations), truth_of):
            counts = counted(*answers(chosen.queries, truth_of, rng))
            kind = "selection" if truth_of == "selection" else "shift"
            bounds = missing_bounds(counts, scale=(1, 6), replicates=400, seed=seed).estimates.iloc[0]
            found = missing_sensitivity(
                counts, scale=(1, 6), mechanism=kind, amounts=[amount], replicates=400, seed=seed
            ).estimates.set_index("delta")
            analyses = {
                "at random": found.loc[0.0],
                "mechanism as declared": found.loc[amount],
                "bounds": bounds,
            }
            for name, row in analyses.items():
                rows.append(
                    {
                        "truth": truth_of,
                        "analysis": name,
                        "covered": row["lower"] <= truth <= row["upper"],
                        "error": row["estimate"] - truth,
                        "width": row["upper"] - row["lower"],
                    }
                )
    table = pd.DataFrame(rows).groupby(["truth", "analysis"]).mean().reset_index()
    table = table.rename(columns={"covered": "coverage", "error": "bias"}).assign(
        queries=chosen.queries,
        simulations=chosen.simulations,
        monte_carlo_error=(0.95 * 0.05 / chosen.simulations) ** 0.5,
        command=" ".join(["python", "benchmarks/missing_coverage.py", *sys.argv[1:]]),
        date=str(pd.Timestamp.now().date()),
    )
    RESULTS.mkdir(exist_ok=True)
    table.to_csv(RESULTS / "missing_coverage.csv", index=False)
    print(table.drop(columns=["command", "date"]).to_string())


if __name__ == "__main__":
    main()
