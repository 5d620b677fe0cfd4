"""False discoveries of neurons and coverage of their intervals, by question or token as the unit; stability's bound.

Counts are simulated with planted neurons (`valuestats.activations.simulate`). Per setting: the mean share of false neurons
among those selected (nominal .05, 0 where none is selected), how many of the planted are found, the share of intervals of
selected neurons that miss their true difference (false coverage rate, nominal .05), false neurons beside the rule's own
count by swapped sides, and the false among the stable beside the bound. Run with
``python benchmarks/neuron_coverage.py``; it
writes ``benchmarks/results/neuron_coverage.csv`` after each setting.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.activations.selection import select_neurons
from valuestats.activations.simulate import CountTruth, simulate_counts
from valuestats.activations.stability import neuron_stability
from valuestats.base.progress import track

OUT = Path(__file__).parent / "results" / "neuron_coverage.csv"
SETTINGS = {
    "24 questions": CountTruth(2, 400, 24, planted=20, effect=(1.0, 3.0)),
    "60 questions": CountTruth(2, 400, 60, planted=20),
    "160 questions": CountTruth(2, 400, 160, planted=20),
    "160 questions, none planted": CountTruth(2, 400, 160, planted=0),
    "160 questions, neurons move together": CountTruth(2, 400, 160, planted=20, shared=0.6),
    "160 questions, tokens independent": CountTruth(2, 400, 160, planted=20, wobble=0.0, shared=0.0),
    "160 questions, 10 tokens an answer": CountTruth(2, 400, 160, tokens=10, planted=20),
}


def told(found, known) -> dict[str, float]:
    frame = found.estimates
    own = known.reindex(pd.MultiIndex.from_frame(frame[["layer", "neuron"]].astype(int)))
    false = ~own["planted"].to_numpy(dtype=bool)
    missed = ~((frame["lower"] <= own["truth"].to_numpy()) & (own["truth"].to_numpy() <= frame["upper"]))
    return {
        "selected": len(frame),
        "false": int(false.sum()),
        "false_share": float(false.mean()) if len(frame) else 0.0,
        "found": float((~false).sum() / max(known["planted"].sum(), 1)),
        "intervals_missed": float(missed.mean()) if len(frame) else 0.0,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=1000)
    parser.add_argument("--setting", type=int, nargs="+", help="run these settings alone, by their numbers")
    chosen = parser.parse_args()
    table = pd.read_csv(OUT) if OUT.exists() and chosen.setting else pd.DataFrame()
    for number, (name, truth) in enumerate(track(list(SETTINGS.items()), "settings")):
        if chosen.setting and number not in chosen.setting:
            continue
        rows = []
        for seed in range(chosen.simulations):
            rng = np.random.default_rng([number, seed])
            counts, known = simulate_counts(truth, rng)
            known = known.set_index(["layer", "neuron"])
            for unit in ("question", "token"):
                found = select_neurons(counts, unit=unit, shuffles=5, seed=seed)
                rows.append(
                    {
                        "rule": f"FDR over {unit}s",
                        **told(found, known),
                        "own_count": found.meta["selection"]["swapped"],
                    }
                )
            stable = neuron_stability(counts, top=25, splits=25, cutoff=0.8, seed=seed)
            own = told(stable, known)
            rows.append(
                {
                    "rule": "stable in .8 of the halves",
                    **own,
                    "intervals_missed": np.nan,
                    "own_count": stable.meta["stability"]["bound"],
                }
            )
        frame = pd.DataFrame(rows)
        mean = frame.groupby("rule", sort=False).mean()
        mean["monte_carlo_error"] = frame.groupby("rule", sort=False)["false_share"].sem()
        mean = mean.reset_index().assign(
            setting=name,
            simulations=chosen.simulations,
            command=" ".join(["python", "benchmarks/neuron_coverage.py", *sys.argv[1:]]),
            date=str(pd.Timestamp.now().date()),
        )
        if len(table):
            table = table[table["setting"] != name]
        table = pd.concat([table, mean], ignore_index=True)
        OUT.parent.mkdir(exist_ok=True)
        table.to_csv(OUT, index=False)
        print(mean.round(3).to_string(index=False), flush=True)


if __name__ == "__main__":
    main()
