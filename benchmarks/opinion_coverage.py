"""Coverage of the intervals of opinion dynamics, and how often placebo friends are told from one's own without cause.

Ego networks are simulated with a known bound (.3) and influence (.3), friends alike with correlation .2. Beside the
interval of the bound stands the one that the usual chi-square would give (half the log likelihood ratio against 3.84),
which a bound whose likelihood jumps does not obey; where opinions carry error, beside the corrected fit stands the one
that takes them as exact. Where nobody is moved, changes are noise, or opinions regress to their mean by errors alone: the
placebo test should say influence in 5 % of studies; beside it the test of a regression of change on friends' distance.
Forecasts: intervals of the error in people held out hold the error of the fit in 20,000 new ones.
Run with ``python benchmarks/opinion_coverage.py``; it writes ``benchmarks/results/opinion_coverage.csv``.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import numpy as np
import pandas as pd
from kept_rows import keep_row
from scipy import stats

from valuestats.base.progress import track
from valuestats.opinions import profile
from valuestats.opinions.dynamics import opinion_dynamics
from valuestats.opinions.forecast import opinion_forecast
from valuestats.opinions.panel import steps_of
from valuestats.opinions.rules import ranged
from valuestats.opinions.simulate import simulate_ego_networks

TRUTH = {"confidence bound": 0.3, "influence": 0.3, "susceptibility": 0.8, "self-weight": 0.6}
FRIEDKIN = {
    "rule": "friedkin_johnsen",
    "susceptibility": 0.8,
    "self_weight": 0.6,
    "noise": 0.03,
    "error": 0.05,
}

SETTINGS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "275 egos": ({}, {}),
    "275 egos, resampled": ({}, {"intervals": "resampled", "replicates": 300}),
    "60 egos": ({"people": 60}, {}),
    "275 egos, Deffuant": ({"rule": "deffuant"}, {"rule": "deffuant"}),
    "275 egos, Hegselmann-Krause": (
        {"rule": "hegselmann_krause"},
        {"rule": "hegselmann_krause"},
    ),
    "275 egos, DeGroot": ({"rule": "degroot"}, {"rule": "degroot"}),
    "275 egos, three waves": ({"waves": 3}, {}),
    "275 egos, error .05 known": ({"error": 0.05}, {"error": 0.05}),
    "275 egos, error .05 taken for none": ({"error": 0.05}, {}),
    "275 egos, DeGroot, error .05 known": (
        {"rule": "degroot", "error": 0.05},
        {"rule": "degroot", "error": 0.05},
    ),
    "275 egos, Friedkin-Johnsen, 3 waves, error .05 known": (
        {**FRIEDKIN, "waves": 3},
        {"rule": "friedkin_johnsen", "error": 0.05},
    ),
    "275 egos, Friedkin-Johnsen, 5 waves, error .05 known": (
        {**FRIEDKIN, "waves": 5},
        {"rule": "friedkin_johnsen", "error": 0.05},
    ),
    "275 egos, Friedkin-Johnsen, 3 waves, error .05 taken for none": (
        {**FRIEDKIN, "waves": 3},
        {"rule": "friedkin_johnsen"},
    ),
    "275 egos, DeGroot, error .05 taken for none": (
        {"rule": "degroot", "error": 0.05},
        {"rule": "degroot"},
    ),
}


def coverage(name: str, studies: int) -> dict[str, Any]:
    make, options = SETTINGS[name]
    base = 100_000 * sorted(SETTINGS).index(name)
    held: dict[str, list[float]] = {}
    for k in range(studies):
        panel, ties = simulate_ego_networks(seed=base + k, **make)
        found = opinion_dynamics(
            panel,
            ties,
            permutations=0,
            draws=1000,
            seed=k,
            **{"intervals": "profile", **options},
        )
        for _, row in found.estimates.iterrows():
            truth = TRUTH[row["parameter"]]
            held.setdefault(row["parameter"], []).append(row["lower"] <= truth <= row["upper"])
            inside = row["posterior_lower"] <= truth <= row["posterior_upper"]
            held.setdefault(f"posterior of {row['parameter']}", []).append(inside)
            held.setdefault(f"bias of {row['parameter']}", []).append(row["estimate"] - truth)
        if (
            not options.get("error")
            and options.get("intervals", "profile") == "profile"
            and "confidence bound" in held
        ):
            held.setdefault("bound by chi-square", []).append(chi_square(panel, ties, options.get("rule")))
    return {
        "setting": name,
        "studies": studies,
        **{k: round(float(np.mean(v)), 4) for k, v in held.items()},
    }


def chi_square(panel: pd.DataFrame, ties: pd.DataFrame, rule: str | None) -> bool:
    steps = steps_of(panel, ties)
    own = ranged(rule or "bounded_confidence", None, float(np.abs(steps.apart).max()))
    found = profile.stretches(own, steps)
    best = profile.best(own, found.squares, found.products, found.total)
    held = found.n * np.log(best.residual / best.residual.min()) <= stats.chi2.ppf(0.95, 1)
    return bool(found.low[held].min() <= TRUTH["confidence bound"] <= found.high[held].max())


NULLS: dict[str, dict[str, Any]] = {
    "nobody is moved": {"influence": 0.0},
    "nobody is moved, error .05": {
        "influence": 0.0,
        "error": 0.05,
        "noise": 0.0,
        "alike": 0.0,
    },
    "nobody is moved, error .05, friends alike": {
        "influence": 0.0,
        "error": 0.05,
        "noise": 0.0,
    },
}


def placebo(name: str, studies: int) -> dict[str, Any]:
    base = 10_000_000 + 100_000 * sorted(NULLS).index(name)
    own, usual = [], []
    for k in range(studies):
        panel, ties = simulate_ego_networks(seed=base + k, **NULLS[name])
        found = opinion_dynamics(panel, ties, permutations=199, draws=100, seed=k)
        own.append(found.meta["placebo"]["p_value"] <= 0.05)
        steps = steps_of(panel, ties)
        usual.append(
            stats.linregress(steps.mean_of_others - steps.now, steps.then - steps.now).pvalue <= 0.05
        )
    return {
        "setting": f"{name}: said to be moved",
        "studies": studies,
        "placebo": float(np.mean(own)),
        "regression": float(np.mean(usual)),
    }


def forecast(name: str, studies: int) -> dict[str, Any]:
    """Intervals of held-out errors: of saying that nobody changes, of the linear model, and of its skill."""
    far = steps_of(*simulate_ego_networks(people=20_000, seed=77))
    x = np.column_stack([np.ones(len(far)), far.now, far.mean_of_others])
    base = float(np.mean((far.then - far.now) ** 2))
    held: dict[str, list[float]] = {"persistence": [], "linear": [], "skill": []}
    for k in range(studies):
        panel, ties = simulate_ego_networks(people=int(name.split()[0]), seed=50_000_000 + k)
        steps = steps_of(panel, ties)
        own = np.column_stack([np.ones(len(steps)), steps.now, steps.mean_of_others])
        true = float(np.mean((far.then - x @ np.linalg.lstsq(own, steps.then, rcond=None)[0]) ** 2))
        found = opinion_forecast(panel, ties, rules=[], support_vector=False, replicates=300, seed=k)
        rows = found.estimates.set_index("model")
        for model, truth in (("persistence", base), ("linear", true)):
            held[model].append(rows.loc[model, "lower"] <= truth <= rows.loc[model, "upper"])
        row = rows.loc["linear"]
        held["skill"].append(row["skill_lower"] <= 1 - true / base <= row["skill_upper"])
    return {
        "setting": name,
        "studies": studies,
        **{f"{k} error": float(np.mean(v)) for k, v in held.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--dear", type=int, default=150)
    parser.add_argument("--only", default="")
    chosen = parser.parse_args()
    command = " ".join(["python", "benchmarks/opinion_coverage.py", *sys.argv[1:]])
    dear = [n for n, (_, options) in SETTINGS.items() if "error" in options]
    jobs = [(coverage, n, chosen.dear if n in dear else chosen.studies) for n in SETTINGS]
    jobs += [(placebo, n, min(chosen.studies, 300)) for n in NULLS]
    jobs += [(forecast, n, chosen.studies) for n in ("275 people foretold", "40 people foretold")]
    exact = [j for j in jobs if j[1] == chosen.only]
    for job, name, studies in track(exact or [j for j in jobs if j[1].startswith(chosen.only)], "settings"):
        row = job(name, studies)
        print(row, flush=True)
        keep_row("opinion_coverage.csv", row, command)


if __name__ == "__main__":
    main()
