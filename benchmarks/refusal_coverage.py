"""Coverage of the intervals of refusal rates in a design with nested publishers, for a known truth.

Truth: models are asked statements on five topics in five languages; publishers are nested in languages, statements in
publishers and topics; effects are drawn anew in every simulation. Settings: CIVICS' shape with refusals at about 20 %, rare
refusals (about 2 %), and repeated answers. The estimand is the rate with publishers and statements integrated out. Run with
``python benchmarks/refusal_coverage.py``; it writes ``benchmarks/results/refusal_coverage.csv``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pandas as pd

from valuestats.progress import track
from valuestats.refusals import refusal_rates
from valuestats.simulation.refusals import refusal_truth, simulate_refusals

RESULTS = Path(__file__).parent / "results"
SETTINGS = {
    "one answer, 20 % refused": {"intercept": -2.0, "models": 6, "statements": 2, "repeats": 1},
    "one answer, 2 % refused": {"intercept": -5.0, "models": 6, "statements": 2, "repeats": 1},
    "four answers, 20 % refused": {"intercept": -2.0, "models": 6, "statements": 1, "repeats": 4},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=100)
    parser.add_argument("--draws", type=int, default=600)
    chosen = parser.parse_args()
    parts = []
    for name, setting in SETTINGS.items():
        for seed in track(range(chosen.simulations), name):
            counts = simulate_refusals(seed=seed, **setting)
            found = refusal_rates(
                counts,
                ["model", "language", "topic"],
                clusters=["organisation", "item"],
                draws=chosen.draws,
                seed=seed,
            )
            parts.append(refusal_truth(counts, found).assign(setting=name, simulation=seed))
    rows = pd.concat(parts)
    rows["error"] = rows["estimate"] - rows["truth"]
    rows["raw_error"] = (rows["raw_rate"] - rows["truth"]).abs()
    rows["size"] = rows["error"].abs()
    rows["width"] = rows["upper"] - rows["lower"]
    grouped = rows.groupby(["setting", "margin"])
    table = grouped.agg(
        coverage=("covered", "mean"),
        bias=("error", "mean"),
        mean_absolute_error=("size", "mean"),
        raw_mean_absolute_error=("raw_error", "mean"),
        width=("width", "mean"),
        truth=("truth", "mean"),
        rates=("covered", "size"),
    ).reset_index()
    # rates of one simulation share their data, so the error is that of the mean over simulations
    per = rows.groupby(["setting", "margin", "simulation"])["covered"].mean()
    table["monte_carlo_error"] = per.groupby(["setting", "margin"]).std().to_numpy() / chosen.simulations**0.5
    table = table.assign(
        simulations=chosen.simulations,
        command=" ".join(["python", "benchmarks/refusal_coverage.py", *sys.argv[1:]]),
        date=str(pd.Timestamp.now().date()),
    )
    RESULTS.mkdir(exist_ok=True)
    table.to_csv(RESULTS / "refusal_coverage.csv", index=False)
    print(table.drop(columns=["command", "date"]).to_string())


if __name__ == "__main__":
    main()
