"""Recovery of planted weights from simulated plans: coverage of the posterior's intervals, and what it takes for the truth.

Shares are drawn uniformly from the simplex and the scale from its prior in half of the settings, as the model takes them
to be; in the others the scale is fixed, and in one a value weighs nothing. Plans are made by the planted weights in a town
of 16 places. Misspecified: walkers who look ahead less far than is assumed. Beside the posterior's interval that of the
profile likelihood, and how often the verdict says that a value may weigh nothing, or that another horizon fits better. Run
with ``python benchmarks/plan_coverage.py``; it writes ``benchmarks/results/plan_coverage.csv`` after each setting, and goes
on where it was cut.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from sbc_records import run_studies

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
    likely = (frame["likely_lower"] <= share + 1e-3) & (share <= frame["likely_upper"] + 1e-3)
    told = frame["kept"] < 0.5
    reasons = {r.aspect for r in found.verdict.reasons if r.sign == "care"}
    zero = np.array([scale == "zero" and v == names[-1] for v in names])
    return {
        "coverage": float(inside[~zero].mean()),
        "by profile": float(likely[~zero].mean()),
        "by profile, at zero": float(likely[zero].mean()) if zero.any() else np.nan,
        "said: may weigh nothing": float("zero" in reasons),
        "said: another horizon": float("horizon" in reasons),
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
    parser.add_argument("--setting", type=int, nargs="*", help="run some settings, by their numbers")
    args = parser.parse_args()
    file = RESULTS / "plan_coverage.csv"
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
    for number, (k, plans, scale, looks) in enumerate(settings):
        if args.setting is not None and number not in args.setting:
            continue

        def one(seed: int, of: tuple = (k, plans, scale, looks)) -> dict[str, dict[str, float]]:
            return {"held": study(seed, *of)}

        label = f"{k} values, {plans} plans, {scale}, {looks} steps"
        table = pd.DataFrame([r["held"] for r in run_studies("plan_coverage", label, args.studies, one)])
        row = {"values": k, "plans": plans, "weights": scale, "looks_ahead": looks, "studies": len(table)}
        row |= {**table.mean().to_dict(), "date": str(pd.Timestamp.now().date())}
        before = pd.read_csv(file) if file.exists() else pd.DataFrame()
        same = [c for c in ("values", "plans", "weights", "looks_ahead") if c in before]
        others = before[~(before[same] == pd.Series(row)[same]).all(axis=1)] if same else before
        found = pd.concat([others, pd.DataFrame([row])], ignore_index=True).round(4)
        found.to_csv(file, index=False)
        print(found.tail(1).T.to_string(), flush=True)


if __name__ == "__main__":
    main()
