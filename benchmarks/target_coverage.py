"""Coverage of the distance from a target with a judge who errs: corrected by the confusion of levels, and taken as perfect.

True levels 1 to 3 on two dimensions, targets 3 and 2; the judge gives the true level in 80 % of answers. Answers of one
cluster of two share their true level in half of the settings with clusters. Run with
``python benchmarks/target_coverage.py``; it writes ``benchmarks/results/target_coverage.csv``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.base.progress import track
from valuestats.orderings.targets import ALL, target_profile

RESULTS = Path(__file__).parent / "results"
CONFUSION = np.array([[0.8, 0.15, 0.05], [0.1, 0.8, 0.1], [0.05, 0.15, 0.8]])
SHARES = {"care": np.array([0.2, 0.3, 0.5]), "power": np.array([0.5, 0.4, 0.1])}
AIMS = pd.DataFrame({"dimension": ["care", "power"], "target": [3.0, 2.0]})
TRUTH = {"care": 0.7, "power": 0.6, ALL: 1.3}
SETTINGS = {
    "100 answers, 400 labelled": (100, 400, 1, "corrected"),
    "100 answers, 100 labelled": (100, 100, 1, "corrected"),
    "12 answers, 400 labelled": (12, 400, 1, "corrected"),
    "100 answers in pairs, 400 labelled": (100, 400, 2, "corrected"),
    "100 answers, judge taken as perfect": (100, 400, 1, "perfect"),
    "400 answers, judge taken as perfect": (400, 400, 1, "perfect"),
}


def judged(rng: np.random.Generator, true: np.ndarray) -> np.ndarray:
    return (rng.random((len(true), 1)) > CONFUSION[true].cumsum(axis=1)).sum(axis=1)


def study(rng: np.random.Generator, n: int, labelled: int, per: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    parts = []
    for name, shares in SHARES.items():
        true = np.repeat(rng.choice(3, n // per, p=shares), per)
        frame = pd.DataFrame(
            {"model": "m", "item": range(n), "dimension": name, "score": judged(rng, true) + 1.0}
        )
        parts.append(frame.assign(cluster=frame["item"] // per))
    other = rng.choice(3, labelled)
    return pd.concat(parts), pd.DataFrame({"true": other + 1.0, "judged": judged(rng, other) + 1.0})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=1000)
    parser.add_argument(
        "--setting", type=int, help="run one setting, by its number, and put it into the results"
    )
    chosen = parser.parse_args()
    rows = []
    for number, (name, (n, labelled, per, kind)) in enumerate(track(SETTINGS.items(), "settings")):
        if chosen.setting not in (None, number):
            continue
        rng = np.random.default_rng(number)
        hits: dict[str, list[bool]] = {}
        for seed in range(chosen.simulations):
            answers, labels = study(rng, n, labelled, per)
            judge = labels if kind == "corrected" else None
            found = target_profile(answers, AIMS, judge=judge, replicates=500, seed=seed).estimates
            for row in found.to_dict("records"):
                hits.setdefault(row["dimension"], []).append(
                    row["lower"] <= TRUTH[row["dimension"]] <= row["upper"]
                )
        rows += [{"what": name, "dimension": d, "coverage": np.mean(x)} for d, x in hits.items()]
        print(rows[-3:], flush=True)
    table = pd.DataFrame(rows).assign(
        simulations=chosen.simulations,
        monte_carlo_error=(0.95 * 0.05 / chosen.simulations) ** 0.5,
        command=" ".join(["python", "benchmarks/target_coverage.py", *sys.argv[1:]]),
        date=str(pd.Timestamp.now().date()),
    )
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / "target_coverage.csv"
    if chosen.setting is not None and file.exists():
        kept = pd.read_csv(file)
        table = pd.concat([kept[~kept["what"].isin(table["what"])], table], ignore_index=True)
    table.to_csv(file, index=False)


if __name__ == "__main__":
    main()
