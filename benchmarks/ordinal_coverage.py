"""Do the ordinal model's intervals cover, when model x query and model x item effects are in the truth?

Simulates studies (answers of each model to each item under several prompts), fits them, and counts how often the
intervals of the contrasts between models within a value hold the true contrast. Three scenarios: a small study
with fixed spreads (fitted also by a model that takes every answer for independent evidence), the same with spreads
drawn from the priors, where coverage must be nominal if the computation is right, and a larger study.

    python benchmarks/ordinal_coverage.py            # some minutes
    python benchmarks/ordinal_coverage.py --quick    # 4 studies each, writes nothing

Writes benchmarks/results/ordinal_coverage.csv and .json (the command, the settings and the versions).
"""

from __future__ import annotations

import argparse
import itertools
import json
import shlex
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from valuestats.base.progress import track
from valuestats.latent.pymc_sampling import compile_model, run_compiled
from valuestats.regression.cells import OrdinalDesign, build_design
from valuestats.regression.profile_estimands import stacked, structural_draws
from valuestats.regression.profile_pymc import OrdinalPriors, Structure, build_model, structure_of
from valuestats.regression.simulate import simulate_answers
from valuestats.results.meta import make_meta
from valuestats.statistics.resampling import equal_tailed

RESULTS = Path(__file__).parent / "results"
LEVELS = (0.5, 0.8, 0.95)
FIT = {"draws": 400, "tune": 300, "chains": 4, "target_accept": 0.95, "adaptation": "diag"}
FIRST_SEED = 20_000
NAIVE = "answers taken as independent"
OURS = "model x query and model x item effects"


@dataclass(frozen=True)
class Scenario:
    name: str
    size: dict[str, int]
    studies: int
    spreads_from_priors: bool = False
    naive_too: bool = False


SMALL = {"n_models": 6, "n_items": 40, "n_values": 4, "n_prompts": 6}
SCENARIOS = (
    Scenario("small study, spreads fixed", SMALL, 40, naive_too=True),
    Scenario("small study, spreads drawn from the priors", SMALL, 40, spreads_from_priors=True),
    Scenario(
        "larger study, spreads fixed", {"n_models": 10, "n_items": 80, "n_values": 8, "n_prompts": 6}, 15
    ),
)


def drawn_spreads(seed: int) -> dict[str, float]:
    """Spreads from the default priors of the model."""
    rng, prior = np.random.default_rng(seed + 1_000_000), OrdinalPriors()
    return {
        "value_sd": prior.value,
        "model_value_sd": float(rng.gamma(2.0, prior.value_spread / 2.0)),
        "item_sd": float(abs(rng.normal(0, prior.item))),
        "interaction_sd": float(np.exp(rng.normal(0, prior.interaction))),
        "interaction_spread": float(abs(rng.normal(0, prior.interaction_spread))),
        "query_share": float(rng.beta(2.0, 2.0)),
        "common_shares_sd": prior.shares,
        "shares_sd": float(abs(rng.normal(0, prior.shares_spread))),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="4 studies each; nothing is written")
    options = parser.parse_args()
    start = time.perf_counter()
    # The cells and their structure are the same in all studies of one size; only counts change, so one
    # compilation serves them all.
    fits: dict[tuple[str, int], Fit] = {}
    rows = []
    for scenario in SCENARIOS:
        studies = 4 if options.quick else scenario.studies
        for study in track(range(studies), scenario.name, total=studies, unit="study"):
            seed = FIRST_SEED + study
            spreads = drawn_spreads(seed) if scenario.spreads_from_priors else {}
            simulated = simulate_answers(**scenario.size, **spreads, seed=seed)
            design = build_design(simulated.responses, simulated.keys, scale=(1, 6))
            for name, parts in variants(structure_of(design)).items():
                if name == NAIVE and not scenario.naive_too:
                    continue
                key = (name, scenario.size["n_models"])
                if key not in fits:
                    fits[key] = Fit(design, parts, compile_model(build_model(design, structure=parts)))
                found = refit(fits[key], design, simulated.profile, seed)
                rows += [{"scenario": scenario.name, "model": name, **row} for row in found]
    table = summarise(pd.DataFrame(rows))
    print(table.round(3).to_string(index=False))
    if options.quick:
        return
    RESULTS.mkdir(exist_ok=True)
    table.to_csv(RESULTS / "ordinal_coverage.csv", index=False)
    command = shlex.join(["python", "benchmarks/ordinal_coverage.py", *sys.argv[1:]])
    meta = make_meta(
        "coverage of equal-tailed posterior intervals of contrasts between models within a value",
        {"scenarios": [asdict(s) for s in SCENARIOS], "fit": FIT, "levels": LEVELS},
        seed=FIRST_SEED,
        seconds=round(time.perf_counter() - start, 1),
        command=command,
    )
    (RESULTS / "ordinal_coverage.json").write_text(json.dumps(meta, indent=2) + "\n")


@dataclass(frozen=True)
class Fit:
    design: OrdinalDesign
    parts: Structure
    compiled: Any


def variants(full: Structure) -> dict[str, Structure]:
    return {
        OURS: full,
        NAIVE: replace(full, interaction=False, cluster=False),
    }


def refit(fit: Fit, design: OrdinalDesign, profile: np.ndarray, seed: int) -> list[dict[str, Any]]:
    start = time.perf_counter()
    tree = run_compiled(
        fit.compiled.with_data(counts=design.counts),
        progress=False,
        cores=2,
        seed=seed,
        save_warmup=False,
        **FIT,
    )
    seconds = time.perf_counter() - start
    # The reference category of the shares is that of the design the model was compiled for.
    draws = structural_draws(stacked(tree), fit.design, fit.parts, "logit").profile
    rows = []
    for a, b in itertools.combinations(range(draws.shape[1]), 2):
        contrast, true = draws[:, a] - draws[:, b], profile[a] - profile[b]
        for level in LEVELS:
            lower, upper = equal_tailed(contrast, level)
            rows += [
                {
                    "study": seed,
                    "level": level,
                    "covered": lower[v] <= true[v] <= upper[v],
                    "width": upper[v] - lower[v],
                    "error": contrast[:, v].mean() - true[v],
                    "seconds": seconds,
                    "divergences": int(tree["sample_stats"]["diverging"].sum()),
                }
                for v in range(len(true))
            ]
    return rows


def summarise(rows: pd.DataFrame) -> pd.DataFrame:
    """Coverage per model and level; the standard error treats studies, not contrasts, as independent."""
    per_study = rows.groupby(["scenario", "model", "level", "study"])["covered"].mean()
    out = rows.groupby(["scenario", "model", "level"]).agg(
        contrasts=("covered", "size"),
        coverage=("covered", "mean"),
        mean_width=("width", "mean"),
        rmse=("error", lambda e: float(np.sqrt((e**2).mean()))),
        median_fit_seconds=("seconds", "median"),
        divergences=("divergences", lambda d: int(d.groupby(rows.loc[d.index, "study"]).first().sum())),
    )
    grouped = per_study.groupby(["scenario", "model", "level"])
    out.insert(2, "coverage_se", grouped.std() / np.sqrt(grouped.size()))
    out.insert(0, "studies", grouped.size())
    return out.reset_index()


if __name__ == "__main__":
    main()
