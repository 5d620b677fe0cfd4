"""Errors of the test of differential item functioning: false flags without any, power with one biased item.

Answers follow a graded response model; ``impact`` is a difference of the groups' traits, ``shift`` a bias of the first
item (log-odds). Counted per setting: the share of unbiased items with p < .05 (type I error of the test of any DIF), the
share of them flagged after Benjamini-Hochberg, the share of them of class B or C, power for the biased item, and the
coverage of the Wald interval of its log-odds ratio (of the true shift; matching on a fallible score biases it toward less).
Items are matched on the total score and its square, biased items purified; the last rows on the rest score instead.
Run with ``python benchmarks/dif_errors.py``; it writes ``benchmarks/results/dif_errors.csv``.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.base.progress import track
from valuestats.measurement.dif import dif

RESULTS = Path(__file__).parent / "results"


def one_setting(
    n: int, items: int, impact: float, shift: float, simulations: int, matching: str = "total"
) -> dict[str, float | str]:
    p_low, flagged, classed, power, covered, bias = [], [], [], [], [], []
    for seed in range(simulations):
        rng = np.random.default_rng(seed)
        of = np.arange(n) % 2
        trait = rng.normal(size=n) + impact * of
        slope = rng.uniform(1.0, 2.2, items)
        latent = slope * trait[:, None] + rng.logistic(size=(n, items))
        latent[of == 1, 0] += shift
        wide = pd.DataFrame(np.digitize(latent, [-2, -0.5, 0.5, 2]), columns=[f"i{j}" for j in range(items)])
        wide = wide.assign(respondent=range(n), country=np.array(["a", "b"])[of])
        long = wide.melt(["respondent", "country"], var_name="item", value_name="rating")
        found = dif(long, by="country", reference="a", matching=matching).estimates.set_index("item")
        clean = found if shift == 0 else found.drop("i0")
        p_low.append((clean["p_any"] < 0.05).mean())
        flagged.append(clean["flagged"].mean())
        classed.append(clean["dif_class"].isin(["B", "C"]).mean())
        if shift:
            row = found.loc["i0"]
            power.append(bool(row["flagged"]))
            covered.append(row["lower"] <= shift <= row["upper"])
            bias.append(row["estimate"] - shift)
    empty = float("nan")
    return {
        "matching": matching,
        "n": n,
        "items": items,
        "impact": impact,
        "shift": shift,
        "simulations": simulations,
        "type_one_error": float(np.mean(p_low)),
        "false_flags": float(np.mean(flagged)),
        "false_class_b_or_c": float(np.mean(classed)),
        "power": float(np.mean(power)) if power else empty,
        "wald_coverage": float(np.mean(covered)) if covered else empty,
        "bias": float(np.mean(bias)) if bias else empty,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=100)
    parser.add_argument("--n", type=int, nargs="+", default=[300, 1000])
    parser.add_argument("--items", type=int, nargs="+", default=[6, 20])
    chosen = parser.parse_args()
    settings = [
        (*s, chosen.simulations, "total")
        for s in itertools.product(chosen.n, chosen.items, (0.0, 0.5, 1.0), (0.0, 0.8))
    ]
    # what leaving the item out of its own score would do
    few = (max(chosen.n), min(chosen.items))
    settings += [(*few, impact, 0.0, chosen.simulations, "rest") for impact in (0.0, 0.5, 1.0)]
    command = " ".join(["python", "benchmarks/dif_errors.py", *sys.argv[1:]])
    RESULTS.mkdir(exist_ok=True)
    rows = []
    for setting in track(settings, "settings"):
        rows.append(one_setting(*setting))
        table = pd.DataFrame(rows).assign(command=command)
        table.to_csv(RESULTS / "dif_errors.csv", index=False)  # an interrupted run is of use
    print(table.to_string())


if __name__ == "__main__":
    main()
