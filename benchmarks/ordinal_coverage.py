"""Do the ordinal model's intervals cover, when model x query and model x item effects are in the truth?

Simulates studies (answers of each model to each item under several prompts), fits each twice - with the package's
model and with one that takes every answer for independent evidence - and counts how often the intervals of the
contrasts between models within a value hold the true contrast.

    python benchmarks/ordinal_coverage.py            # 60 studies, some minutes
    python benchmarks/ordinal_coverage.py --quick    # 6 studies, writes nothing

Writes benchmarks/results/ordinal_coverage.csv and .json (the command, the settings and the versions).
"""

from __future__ import annotations

import argparse
import itertools
import json
import shlex
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from valuestats.kernels.resampling import equal_tailed
from valuestats.models.ordinal_cells import OrdinalDesign, build_design
from valuestats.models.ordinal_estimands import stacked, structural_draws
from valuestats.models.ordinal_model import Structure, build_model, structure_of
from valuestats.models.ordinal_simulation import simulate_answers
from valuestats.models.sampling import compile_model, run_compiled
from valuestats.progress import track
from valuestats.result import make_meta

RESULTS = Path(__file__).parent / "results"
LEVELS = (0.5, 0.8, 0.95)
FIT = {"draws": 400, "tune": 300, "chains": 4, "target_accept": 0.95, "adaptation": "diag"}
FIRST_SEED = 20_000


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--studies", type=int, default=60)
    parser.add_argument("--quick", action="store_true", help="6 studies; nothing is written")
    options = parser.parse_args()
    studies = 6 if options.quick else options.studies
    truth = {"n_models": 6, "n_items": 40, "n_values": 4, "n_prompts": 6, "interaction_sd": 1.0}

    start = time.perf_counter()
    rows = []
    # The cells and their structure are the same in all studies; only counts change, so one compilation serves.
    fits: dict[str, Fit] = {}
    for study in track(range(studies), "studies", total=studies, unit="study"):
        simulated = simulate_answers(**truth, seed=FIRST_SEED + study)
        design = build_design(simulated.responses, simulated.keys, scale=(1, 6))
        for name, parts in variants(structure_of(design)).items():
            if name not in fits:
                fits[name] = Fit(design, parts, compile_model(build_model(design, structure=parts)))
            rows += [{"model": name, **row} for row in refit(fits[name], design, simulated.profile, study)]
    table = summarise(pd.DataFrame(rows))
    print(table.round(3).to_string(index=False))
    if options.quick:
        return
    RESULTS.mkdir(exist_ok=True)
    table.to_csv(RESULTS / "ordinal_coverage.csv", index=False)
    command = shlex.join(["python", "benchmarks/ordinal_coverage.py", *sys.argv[1:]])
    meta = make_meta(
        "coverage of equal-tailed posterior intervals of contrasts between models within a value",
        {"studies": studies, "truth": truth, "fit": FIT, "levels": LEVELS},
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
        "model x query and model x item effects": full,
        "answers taken as independent": replace(full, interaction=False, cluster=False),
    }


def refit(fit: Fit, design: OrdinalDesign, profile: np.ndarray, study: int) -> list[dict[str, Any]]:
    start = time.perf_counter()
    tree = run_compiled(
        fit.compiled.with_data(counts=design.counts),
        progress=False,
        cores=2,
        seed=FIRST_SEED + study,
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
                    "study": study,
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
    per_study = rows.groupby(["model", "level", "study"])["covered"].mean()
    out = rows.groupby(["model", "level"]).agg(
        contrasts=("covered", "size"),
        coverage=("covered", "mean"),
        mean_width=("width", "mean"),
        rmse=("error", lambda e: float(np.sqrt((e**2).mean()))),
        median_fit_seconds=("seconds", "median"),
        divergences=("divergences", lambda d: int(d.groupby(rows.loc[d.index, "study"]).first().sum())),
    )
    grouped = per_study.groupby(["model", "level"])
    out.insert(2, "coverage_se", grouped.std() / np.sqrt(grouped.size()))
    out.insert(0, "studies", grouped.size())
    return out.reset_index()


if __name__ == "__main__":
    main()
