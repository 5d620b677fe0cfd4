"""Recovery of planted weights from simulated plans: coverage of the posterior's intervals, and what it takes for the truth.

Shares are drawn uniformly from the simplex and the scale from its prior in half of the settings, as the model takes them
to be; in the others the scale is fixed, and in one a value weighs nothing. Plans are made by the planted weights in a town
of 16 places. Misspecified: walkers who look ahead less far than is assumed. Run with ``python
benchmarks/plan_coverage.py``; it writes ``benchmarks/results/plan_coverage.csv`` after each setting.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.base.progress import track
from valuestats.plans.process import process_of
from valuestats.plans.simulate import VALUES, simulate_plans, simulate_town
from valuestats.plans.weights import PRIOR, plan_weights

RESULTS = Path(__file__).parent / "results"
HORIZON = 8


def study(seed: int, k: int, plans: int, scale: str, looks: int) -> dict[str, float]:
    rng = np.random.default_rng([seed, k, plans])
    names = list(VALUES[:k])
    town = simulate_town(values=k, seed=seed % 7)
    share = rng.dirichlet(np.ones(k))
    if scale == "zero":
        share[-1] = 0.0
        share /= share.sum()
    prior = PRIOR / float(process_of(town, names).spread.mean())
    total = abs(rng.normal()) * prior if scale == "prior" else 8.0
    own = dict(zip(names, (total * share).tolist(), strict=True))
    made = simulate_plans(town, {"a": own}, plans=plans, horizon=looks, seed=seed)
    found = plan_weights(town, made, names, horizon=HORIZON, draws=1000, seed=seed)
    frame = found.estimates
    inside = (frame["lower"] <= share + 1e-12) & (share <= frame["upper"])
    told = frame["kept"] < 0.5
    zero = np.array([scale == "zero" and v == names[-1] for v in names])
    return {
        "coverage": float(inside[~zero].mean()),
        "width": float((frame["upper"] - frame["lower"]).mean()),
        "error": float(np.abs(frame["estimate"] - share).mean()),
        "told": float(told.mean()),
        "at zero, upper end": float(frame["upper"][zero].mean()) if zero.any() else np.nan,
        "gate failed": float(not found.passed),
        "length of the weights": float(
            found.meta["fits"][0]["scale_lower"] <= total <= found.meta["fits"][0]["scale_upper"]
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=200)
    parser.add_argument("--next", type=int, default=100, help="how many settings to run")
    parser.add_argument("--resume", action="store_true", help="keep the settings that are there")
    args = parser.parse_args()
    file = RESULTS / "plan_coverage.csv"
    old = pd.read_csv(file) if file.exists() and args.resume else pd.DataFrame()
    rows: list[dict[str, object]] = old.to_dict("records")
    settings = [
        (2, 10, "prior", HORIZON),
        (3, 10, "prior", HORIZON),
        (4, 10, "prior", HORIZON),
        (3, 50, "prior", HORIZON),
        (3, 10, "fixed", HORIZON),
        (3, 50, "fixed", HORIZON),
        (3, 20, "zero", HORIZON),
        (3, 50, "fixed", 3),
    ]
    for k, plans, scale, looks in track(settings[len(rows) :][: args.next], "settings"):
        table = pd.DataFrame([study(seed, k, plans, scale, looks) for seed in range(args.studies)])
        row = {"values": k, "plans": plans, "weights": scale, "looks_ahead": looks, "studies": args.studies}
        rows.append({**row, **table.mean().to_dict()})
        pd.DataFrame(rows).round(4).to_csv(file, index=False)
    print(pd.DataFrame(rows).round(3).to_string())


if __name__ == "__main__":
    main()
