"""Coverage of probes' accuracies, false findings under permuted labels, cosines of directions, shifts, success of control.

Vectors have a planted direction (`valuestats.activations.simulate`), so the accuracy of any linear rule in new groups, the
cosine with the direction and the probability after a shift are known. Truth of an accuracy is its mean over probes of as
many groups as the folds train on. Run with ``python benchmarks/probe_coverage.py``; it writes
``benchmarks/results/probe_coverage.csv`` after each setting.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

from valuestats.activations.control import control_success
from valuestats.activations.directions import Directions, value_directions
from valuestats.activations.probes import linear_probe
from valuestats.activations.shifts import minimal_shift
from valuestats.activations.simulate import RowTruth, mean_share, simulate_rows, true_accuracy
from valuestats.base.progress import track

OUT = Path(__file__).parent / "results" / "probe_coverage.csv"
WIDTH = 64


def truth_of(groups: int, pairs: bool = True, strength: float = 3.0) -> RowTruth:
    return RowTruth(1, groups, WIDTH, 2 if pairs else 4, pairs, strength)


def accuracy(groups: int, pairs: bool, split: str, simulations: int) -> dict[str, float]:
    """Coverage by groups held out whole, or by rows."""
    truth, trained = truth_of(groups, pairs), truth_of(int(groups * 0.8), pairs)
    aims = []
    for seed in range(simulations):
        data, u = simulate_rows(trained, np.random.default_rng([2, groups, seed]))
        found = value_directions(data, splits=1, folds=2)
        aims.append(true_accuracy(trained, found.weights, found.intercepts, u)[0])
    aim, held, told = float(np.mean(aims)), [], []
    for seed in range(simulations):
        data, _ = simulate_rows(truth, np.random.default_rng([1, groups, seed]))
        row = linear_probe(data, permutations=0, split=split, replicates=300, seed=seed).estimates.iloc[0]
        held.append(row["lower"] <= aim <= row["upper"])
        told.append(row["estimate"])
    return {"coverage": np.mean(held), "bias": np.mean(told) - aim, "truth": aim}


def false_findings(groups: int, pairs: bool, simulations: int) -> dict[str, float]:
    """Layers above the ceiling of 19 permutations, of three layers without a direction: nominal .05 for the best."""
    truth = RowTruth(3, groups, WIDTH, 2 if pairs else 4, pairs, 0.0)
    found = []
    for seed in range(simulations):
        data, _ = simulate_rows(truth, np.random.default_rng([3, groups, seed]))
        table = linear_probe(data, method="mean", permutations=19, replicates=0, seed=seed).estimates
        found.append(table["p_adjusted"].min() <= 0.05)
    return {"false_findings": np.mean(found)}


def directions(groups: int, method: str, simulations: int) -> dict[str, float]:
    """Cosine by two halves beside the true one, and the true probability after shifts to .9."""
    truth, told, true = truth_of(groups), [], []
    after: dict[str | None, list[float]] = {None: [], "published": []}
    for seed in range(simulations):
        rng = np.random.default_rng([4, groups, seed])
        data, u = simulate_rows(truth, rng)
        found: Directions = value_directions(data, method=method, splits=10, seed=seed)
        told.append(found.result.estimates["estimate"].iloc[0])
        true.append(float(found.units[0] @ u[0]))
        fresh, _ = simulate_rows(truth_of(200), rng, u)
        for compat, values in after.items():
            moved = minimal_shift(fresh, found, compat=compat)["shift"].to_numpy()
            x = fresh.layer(0) + moved[:, None] * found.units[0]
            values.append(expit(truth.strength * (x @ u[0]) / (1 + truth.context**2))[moved > 0].mean())
    return {
        "bias": float(np.mean(told) - np.mean(true)),
        "truth": float(np.mean(true)),
        "after_calibrated": float(np.mean(after[None])),
        "after_published": float(np.mean(after["published"])),
    }


def control(items: int, labelled: float, simulations: int) -> dict[str, float]:
    """Coverage of success and yes-saying with a judge who says yes too readily."""
    yes, value, apart = 1.0, 0.7, 0.8
    one, two = (float(mean_share(np.array([yes + k * value]), apart)[0]) for k in (1, -1))
    aims = {"success": (one + 1 - two) / 2, "yes-saying": (one - 1 + two) / 2}
    held, told = [], []
    keyed = np.where(np.arange(items) % 2, -1, 1)
    for seed in range(simulations):
        rng = np.random.default_rng([5, items, seed])
        true = rng.random(items) < expit(yes + apart * rng.normal(size=items) + keyed * value)
        judge = np.where(true, rng.random(items) < 0.92, rng.random(items) < 0.3).astype(int)
        frame = pd.DataFrame({"item": range(items), "condition": "c", "keyed": keyed, "judge": judge})
        if labelled:
            frame["label"] = pd.Series(true.astype(float)).where(pd.Series(rng.random(items) < labelled))
        table = control_success(frame, replicates=400, seed=seed).estimates.set_index("measure")
        held.append([table.loc[m, "lower"] <= a <= table.loc[m, "upper"] for m, a in aims.items()])
        told.append(table.loc["success", "estimate"])
    return {
        "coverage": np.mean(held),
        "bias": np.mean(told) - aims["success"],
        "truth": aims["success"],
    }


SETTINGS: dict[str, Callable[[int], dict[str, float]]] = {
    "accuracy, 12 pairs": lambda n: accuracy(12, True, "groups", n),
    "accuracy, 40 pairs": lambda n: accuracy(40, True, "groups", n),
    "accuracy, 100 pairs": lambda n: accuracy(100, True, "groups", n),
    "accuracy, 40 groups of four paraphrases": lambda n: accuracy(40, False, "groups", n),
    "accuracy, 40 groups of four paraphrases, split by rows": lambda n: accuracy(40, False, "rows", n),
    "accuracy, 100 pairs, split by rows": lambda n: accuracy(100, True, "rows", n),
    "nothing planted, 40 pairs, best of three layers": lambda n: false_findings(40, True, n),
    "nothing planted, 40 groups of paraphrases, best of three layers": lambda n: false_findings(40, False, n),
    "direction, difference of means, 60 pairs": lambda n: directions(60, "mean", n),
    "direction, probe, 60 pairs": lambda n: directions(60, "logistic", n),
    "control, 60 items, half labelled": lambda n: control(60, 0.5, n),
    "control, 300 items, a quarter labelled": lambda n: control(300, 0.25, n),
    "control, 300 items, the judge alone": lambda n: control(300, 0.0, n),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=1000)
    parser.add_argument("--setting", type=int, nargs="+", help="run these settings alone, by their numbers")
    chosen = parser.parse_args()
    table = pd.read_csv(OUT) if OUT.exists() and chosen.setting else pd.DataFrame()
    for number, (name, run) in enumerate(track(list(SETTINGS.items()), "settings")):
        if chosen.setting and number not in chosen.setting:
            continue
        row = {
            "what": name,
            **run(chosen.simulations),
            "simulations": chosen.simulations,
            "monte_carlo_error": (0.95 * 0.05 / chosen.simulations) ** 0.5,
            "command": " ".join(["python", "benchmarks/probe_coverage.py", *sys.argv[1:]]),
            "date": str(pd.Timestamp.now().date()),
        }
        if len(table):
            table = table[table["what"] != name]
        table = pd.concat([table, pd.DataFrame([row])], ignore_index=True)
        OUT.parent.mkdir(exist_ok=True)
        table.to_csv(OUT, index=False)
        print(
            {k: round(v, 3) if isinstance(v, float) else v for k, v in row.items() if k != "command"},
            flush=True,
        )


if __name__ == "__main__":
    main()
