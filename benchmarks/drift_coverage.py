"""Coverage of drift: magnitudes, distances, times of onset and settling, and the parts of response and opinion.

A study is drawn from `valuestats.drift.simulate`: topics are clusters of items, the stances' logits move along ten steps by
a known course, and answers may stop coming. Truth: the shares integrated over topics and items; onset and settling of that
curve; response and opinion parts of it, where who answers does not depend on the stance. Rejected: sign flips of topics at
5 %. ``python benchmarks/drift_coverage.py`` writes ``benchmarks/results/drift_coverage.csv`` after each setting.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

from valuestats import response_drift, stance_drift
from valuestats.drift.curves import crossing_times
from valuestats.drift.simulate import STANCES, course, draw_stances
from valuestats.statistics.distances import jensen_shannon_divergence, total_variation

FILE = Path(__file__).parent / "results" / "drift_coverage.csv"
NONE = {"shift": (0.0, 0.0, 0.0)}
SLOW = {"change": [0, 0, 0, 0.1, 0.3, 0.6, 0.85, 1, 1, 1]}
SETTINGS = {
    "no change, 24 topics of 5": (NONE, {"topics": 24}),
    "jump in the middle, 24 topics of 5": ({}, {"topics": 24}),
    "jump in the middle, 60 topics of 5": ({}, {"topics": 60}),
    "jump in the middle, 8 topics of 15": ({}, {"topics": 8, "items": 15}),
    "small jump, 60 topics of 5": ({"shift": (-0.2, -0.1, 0.3)}, {"topics": 60}),
    "slow change, 60 topics of 5": (SLOW, {"topics": 60}),
    "large jump, 60 topics of 5": ({"shift": (-2.0, -1.0, 3.0)}, {"topics": 60}),
    "no change, refusals 5 to 70 %, 60 topics of 5": ({**NONE, "refusals": (3.0, -0.85)}, {"topics": 60}),
    "jump, refusals 5 to 70 %, 60 topics of 5": ({"refusals": (3.0, -0.85)}, {"topics": 60}),
}


def truths(one) -> dict[tuple[str, str], float]:
    """The true value of each measure and part."""
    shares = one.shares()
    first, last, rate = shares[0], shares[-1], expit(one.response)
    moved = last - first
    found = {("magnitude", s): m for s, m in zip(STANCES, moved, strict=True)}
    found |= {
        ("total variation", "all"): float(total_variation(first, last)),
        ("Jensen-Shannon", "all"): float(jensen_shannon_divergence(first, last)),
        ("response rate", "all"): rate[-1] - rate[0],
    }
    for k, stance in enumerate(STANCES):
        found["response", stance] = (rate[-1] - rate[0]) * (first + last)[k] / 2
        found["opinion", stance] = (rate[-1] + rate[0]) / 2 * moved[k]
        found["who answers", stance] = 0.0
    if np.abs(moved).max() > 0:
        away = shares - first
        curves = [*(away * np.sign(moved)).T, away @ moved]
        when = crossing_times(np.array(curves), one.places, np.array([0.1, 0.9]))
        for stance, times in zip([*STANCES, "all"], when, strict=True):
            found["onset", stance], found["settling", stance] = times
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=1000)
    parser.add_argument("--only", type=int, nargs="*", help="numbers of settings")
    chosen = parser.parse_args()
    for number, (name, (how, size)) in enumerate(SETTINGS.items()):
        if chosen.only and number not in chosen.only:
            continue
        one = course(**how)
        known = truths(one)
        rng = np.random.default_rng(number)
        held: dict[str, list[float]] = {}
        rejected: dict[str, list[float]] = {}
        for k in range(chosen.simulations):
            frame = draw_stances(one, rng, **size)
            options = {"replicates": 800, "permutations": 399, "seed": k}
            found = [stance_drift(frame, **options), response_drift(frame, **options)]
            for result in found:
                for _, row in result.estimates.iterrows():
                    value = known.get((row.iloc[1], row["stance"]))
                    if value is None or np.isnan(row["lower"]):
                        continue
                    held.setdefault(row.iloc[1], []).append(row["lower"] <= value <= row["upper"])
                    rejected.setdefault(row.iloc[1], []).append(row["p_value"] <= 0.05)
        rows = [
            {
                "setting": name,
                "measure": measure,
                "intervals": len(held[measure]),
                "simulations": chosen.simulations,
                "coverage": np.mean(held[measure]),
                "rejected": np.nan
                if measure in ("onset", "settling", "response", "who answers")
                else np.mean(rejected[measure]),
                "monte_carlo_error": (0.95 * 0.05 / chosen.simulations) ** 0.5,
                "command": " ".join(["python", "benchmarks/drift_coverage.py", *sys.argv[1:]]),
                "date": str(pd.Timestamp.now().date()),
            }
            for measure in held
        ]
        print(pd.DataFrame(rows).iloc[:, :6].round(3).to_string(), flush=True)
        kept = pd.read_csv(FILE) if FILE.exists() else pd.DataFrame()
        kept = kept[kept["setting"] != name] if len(kept) else kept
        FILE.parent.mkdir(exist_ok=True)
        pd.concat([kept, pd.DataFrame(rows)]).to_csv(FILE, index=False)


if __name__ == "__main__":
    main()
