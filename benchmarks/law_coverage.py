"""Coverage of the intervals of power laws with a known truth; tests of a simpler law are in ``law_test_errors.py``.

Outcomes are simulated about a law, with or without a floor; in the settings with families all models of a family share a
deviation (between-family SD of .06 in logs, .03 within) and lie close together in size, so that rows of a family depend on
each other. Beside the package's intervals over families stand those that take rows for units, which is what a loop of
bootstraps over rows gives. Run with ``python benchmarks/law_coverage.py``; it writes
``benchmarks/results/law_coverage.csv``.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import numpy as np
import pandas as pd
from kept_rows import keep_row

from valuestats.base.progress import track
from valuestats.laws.power_law import power_law

ALPHA, FLOOR_AT, LOG_A = 0.15, 1.5, np.log(60.0)
BETWEEN, WITHIN = 0.06, 0.03


def rows(
    rng: np.random.Generator, n: int, *, floor: float, alpha: float = ALPHA, errors: bool = False
) -> pd.DataFrame:
    size = np.exp(rng.uniform(np.log(1e6), np.log(1e11), n))
    known = rng.uniform(0.01, 0.05, n) if errors else np.zeros(n)
    noise = np.sqrt(0.02**2 + known**2) if errors else np.full(n, 0.04)
    loss = (floor + np.exp(LOG_A - alpha * np.log(size))) * np.exp(noise * rng.normal(size=n))
    return pd.DataFrame({"size": size, "loss": loss, "error": known * loss})


def families(
    rng: np.random.Generator, n: int, each: int, *, floor: float, alpha: float = ALPHA
) -> pd.DataFrame:
    family = np.repeat(np.arange(n), each)
    centre = rng.uniform(np.log(1e6), np.log(1e11), n)[family]
    log_size = centre + rng.normal(0, 0.7, n * each)
    noise = BETWEEN * rng.normal(size=n)[family] + WITHIN * rng.normal(size=n * each)
    loss = (floor + np.exp(LOG_A - alpha * log_size)) * np.exp(noise)
    return pd.DataFrame({"size": np.exp(log_size), "loss": loss, "family": family})


SETTINGS: dict[str, tuple[Any, dict[str, Any]]] = {
    "no floor, 30 rows: profile": (lambda r: rows(r, 30, floor=0), {"floor": False, "intervals": "profile"}),
    "no floor, 30 rows: resampled": (lambda r: rows(r, 30, floor=0), {"floor": False}),
    "floor, 60 rows: profile": (lambda r: rows(r, 60, floor=FLOOR_AT), {"intervals": "profile"}),
    "floor, 60 rows: resampled": (lambda r: rows(r, 60, floor=FLOOR_AT), {}),
    "floor, 60 rows, Huber: resampled": (
        lambda r: rows(r, 60, floor=FLOOR_AT),
        {"fit": "huber", "delta": 0.01},
    ),
    "floor, 60 rows, known errors: profile": (
        lambda r: rows(r, 60, floor=FLOOR_AT, errors=True),
        {"intervals": "profile", "error": "error"},
    ),
    "30 families of 4: families resampled": (
        lambda r: families(r, 30, 4, floor=0),
        {"floor": False, "unit": "family"},
    ),
    "30 families of 4: rows resampled": (lambda r: families(r, 30, 4, floor=0), {"floor": False}),
    "30 families of 4, floor: families resampled": (
        lambda r: families(r, 30, 4, floor=FLOOR_AT),
        {"unit": "family"},
    ),
    "30 families of 4, floor: rows resampled": (lambda r: families(r, 30, 4, floor=FLOOR_AT), {}),
    "30 families of 4, floor: profile of rows": (
        lambda r: families(r, 30, 4, floor=FLOOR_AT),
        {"intervals": "profile"},
    ),
    "8 families of 6: Student's t over families": (
        lambda r: families(r, 8, 6, floor=0),
        {"floor": False, "unit": "family"},
    ),
    "8 families of 6: rows resampled": (lambda r: families(r, 8, 6, floor=0), {"floor": False}),
}


def coverage(name: str, studies: int) -> dict[str, Any]:
    make, options = SETTINGS[name]
    rng = np.random.default_rng(sorted(SETTINGS).index(name))
    truth = {"floor": FLOOR_AT, "log coefficient": LOG_A, "exponent": ALPHA}
    held: dict[str, list[bool]] = {}
    for k in range(studies):
        found = power_law(make(rng), "loss", "size", starts=6, replicates=300, seed=k, **options).estimates
        for _, row in found.iterrows():
            held.setdefault(row["parameter"], []).append(
                bool(row["lower"] <= truth[row["parameter"]] <= row["upper"])
            )
    return {"setting": name, "studies": studies, **{k: float(np.mean(v)) for k, v in held.items()}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--only", default="")
    chosen = parser.parse_args()
    command = " ".join(["python", "benchmarks/law_coverage.py", *sys.argv[1:]])
    for name in track([n for n in SETTINGS if chosen.only in n], "settings"):
        row = coverage(name, chosen.studies)
        print(row, flush=True)
        keep_row("law_coverage.csv", row, command)


if __name__ == "__main__":
    main()
