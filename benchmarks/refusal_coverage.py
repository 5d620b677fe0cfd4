"""Coverage of the intervals of refusal rates in a design with nested publishers, for a known truth.

Truth: six models are asked statements on four topics in four languages; publishers are nested in languages, statements in
publishers and topics; effects are drawn anew in every simulation. Settings: 768 answers of which about 20 %,
2 % or 0.3 % are refused, and repeated answers. The estimand is the rate with publishers and statements integrated out.

    python benchmarks/refusal_coverage.py [--settings NUMBER ...]   ->   benchmarks/results/refusal_coverage.csv

The rows of the settings that were run are replaced. ``too_high`` is the share of truths below their interval.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pandas as pd

from valuestats.base.progress import track
from valuestats.latent.sampling import Sampling
from valuestats.missing.refusal_rates import refusal_rates
from valuestats.missing.simulate import refusal_truth, simulate_refusals

RESULTS = Path(__file__).parent / "results"
SHAPE = {"models": 6, "languages": ("de", "en", "fr", "it"), "topics": ("a", "b", "c", "d"), "publishers": 4}
SETTINGS = {
    "one answer, 2 % refused": {"intercept": -5.0, "statements": 2, "repeats": 1},
    "one answer, 0.3 % refused": {"intercept": -7.2, "statements": 2, "repeats": 1},
    "one answer, 20 % refused": {"intercept": -2.0, "statements": 2, "repeats": 1},
    "four answers, 20 % refused": {"intercept": -2.0, "statements": 1, "repeats": 4},
}
EVERY = 20
"""Simulations after which the table is written anew."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=200)
    parser.add_argument("--draws", type=int, default=600)
    parser.add_argument("--settings", type=int, nargs="*", default=range(len(SETTINGS)))
    chosen = parser.parse_args()
    path = RESULTS / "refusal_coverage.csv"
    RESULTS.mkdir(exist_ok=True)
    for name in [list(SETTINGS)[k] for k in chosen.settings]:
        parts = []
        for seed in track(range(chosen.simulations), name):
            counts = simulate_refusals(seed=seed, **SHAPE, **SETTINGS[name])
            by, clusters = ["model", "language", "topic"], ["organisation", "item"]
            found = refusal_rates(
                counts, by, clusters=clusters, sampling=Sampling(draws=chosen.draws), seed=seed
            )
            parts.append(refusal_truth(counts, found).assign(simulation=seed))
            if len(parts) % EVERY and len(parts) < chosen.simulations:
                continue
            table = coverage(name, parts)
            known = pd.read_csv(path) if path.exists() else table.head(0)
            kept = [t for t in (known[known["setting"].isin(set(SETTINGS) - {name})], table) if len(t)]
            pd.concat(kept).sort_values(["setting", "margin"]).to_csv(path, index=False)
        print(table.drop(columns=["command", "date"]).to_string(), flush=True)


def coverage(name: str, parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Coverage, errors and widths by margin in one setting."""
    simulations = len(parts)
    rows = pd.concat(parts)
    rows["error"] = rows["estimate"] - rows["truth"]
    rows["raw_error"] = (rows["raw_rate"] - rows["truth"]).abs()
    rows["size"] = rows["error"].abs()
    rows["width"] = rows["upper"] - rows["lower"]
    rows["too_high"] = rows["truth"] < rows["lower"]
    table = rows.groupby("margin").agg(
        coverage=("covered", "mean"),
        too_high=("too_high", "mean"),
        bias=("error", "mean"),
        mean_absolute_error=("size", "mean"),
        raw_mean_absolute_error=("raw_error", "mean"),
        width=("width", "mean"),
        truth=("truth", "mean"),
        rates=("covered", "size"),
    )
    # rates of one simulation share their data, so the error is that of the mean over simulations
    per = rows.groupby(["margin", "simulation"])["covered"].mean()
    table["monte_carlo_error"] = per.groupby("margin").std() / simulations**0.5
    table = table.reset_index().assign(
        simulations=simulations,
        command=" ".join(["python", "benchmarks/refusal_coverage.py", *sys.argv[1:]]),
        date=str(pd.Timestamp.now().date()),
    )
    table.insert(0, "setting", name)
    return table


if __name__ == "__main__":
    main()
