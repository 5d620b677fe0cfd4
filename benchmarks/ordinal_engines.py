"""Engines of the ordinal model side by side on the same simulated answers: time, effective draws, recovery.

Small: 5 models x 40 items x 50 repeats = 10,000 six-point answers; large: 30 x 40 x 200 = 240,000; and the large one
with a quarter of the repeats, since the engines see cells and not answers. Effects of models on 10 values and item
intercepts are partially pooled, thresholds common: the model that `brms` and `clmm` fit as well.

    python benchmarks/ordinal_engines.py              # hmc and laplace, against a long whitened run
    python benchmarks/ordinal_engines.py --nuts       # also PyMC with nutpie, small design
    python benchmarks/ordinal_engines.py --r          # also clmm of the R package ordinal, small design
    python benchmarks/ordinal_engines.py --small      # the small design only

Seconds are those of the engine, after import and once compiled code is in its cache; counting the answers into cells is
not in them. Writes benchmarks/results/ordinal_engines.json with the command, the date and the machine's load (seconds
measured under load are longer than they need be; CPU seconds stand beside them).
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

# Small matrices: threads of the linear algebra cost more than they give. Read when NumPy is imported, below.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from arviz_stats.base import array_stats

from valuestats.models.ordinal_cells import build_design
from valuestats.models.ordinal_engines import Request, run_engine
from valuestats.models.ordinal_estimands import stacked, structural_draws
from valuestats.models.ordinal_simulation import simulate_answers
from valuestats.models.ordinal_structure import OrdinalPriors, Structure

RESULTS = Path(__file__).parent / "results" / "ordinal_engines.json"
PARTS = Structure(model_thresholds=False, model_values=True, items=True, interaction=False, cluster=False)
# Autumn 2026, this design, wall seconds of the whole process: brms 2.18 with one row per answer, recorded before
# the package was written; it is not run again here.
RECORDED = {"brms, one row per answer (recorded)": 948.0, "brms, weighted cells (recorded)": 146.0}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("nuts", "r", "small"):
        parser.add_argument(f"--{name}", action="store_true")
    options = parser.parse_args()
    sizes = {"small": (5, 50)}
    if not options.small:
        sizes |= {"large": (30, 200), "large, 50 repeats": (30, 50)}
    warm(5)
    rows = []
    for label, (models, repeats) in sizes.items():
        study = simulate_answers(
            n_models=models,
            n_items=40,
            n_values=10,
            n_prompts=repeats,
            items_per_cluster=1,
            interaction_sd=0.0,
            shares_sd=0.0,
            seed=2026,
        )
        answers = study.responses.drop(columns="cluster")
        design = build_design(answers, study.keys, scale=(1, 6))
        long, _, _ = profile_of(design, "hmc", draws=1000, tune=200, seed=99)
        engines = [("laplace", 500, 1), ("hmc", 700, 200)]
        if options.nuts and label == "small":
            engines.append(("nuts", 700, 300))
        for engine, draws, tune in engines:
            found, record, cpu = profile_of(design, engine, draws=draws, tune=tune, seed=1)
            rows.append(
                {
                    "design": label,
                    "answers": design.answers,
                    "cells": len(design.counts),
                    **compare(engine, found, record, long, study.profile),
                    "cpu_seconds": round(cpu, 3),
                }
            )
            say(rows[-1])
        if options.r and label == "small":
            rows.append({"design": label, "answers": design.answers, **clmm(answers, study)})
            say(rows[-1])
        write(rows)


def write(rows: list[dict[str, Any]]) -> None:
    """The result file, after each design: a run that is interrupted keeps what it has."""
    rows = list(rows)
    for name, seconds in RECORDED.items():
        rows.append({"design": "small", "answers": 10_000, "engine": name, "seconds": seconds})
    stamp = {
        "command": shlex.join(["python", "benchmarks/ordinal_engines.py", *sys.argv[1:]]),
        "run": datetime.now(UTC).isoformat(timespec="seconds"),
        "processors": os.cpu_count(),
        "load_1min": round(os.getloadavg()[0], 1),
    }
    RESULTS.write_text(json.dumps({**stamp, "rows": rows}, indent=1) + "\n")


def say(row: dict[str, Any]) -> None:
    print("  ".join(f"{k}={v}" for k, v in row.items()), flush=True)


def warm(models: int) -> None:
    """Load compiled code from its cache (or compile it), which the timings leave out."""
    study = simulate_answers(n_models=models, n_items=12, n_values=3, n_prompts=4, seed=1)
    design = build_design(study.responses.drop(columns="cluster"), study.keys, scale=(1, 6))
    profile_of(design, "laplace", draws=50, tune=1, seed=1)


def profile_of(design: Any, engine: Any, *, draws: int, tune: int, seed: int) -> tuple[Any, Any, float]:
    """Draws of the profile ``(chains, draws, models, values)``, the engine's record, CPU seconds."""
    request = Request(design, "logit", "common", OrdinalPriors(), PARTS, draws, tune, 4, seed)
    start = time.process_time()
    fit = run_engine(request, engine)
    cpu = time.process_time() - start
    structural = structural_draws(stacked(fit.tree), design, PARTS, "logit")
    return structural.profile.reshape(4, draws, *structural.profile.shape[1:]), fit.record, cpu


def compare(engine: str, found: Any, record: Any, long: Any, truth: Any) -> dict[str, Any]:
    """Speed, agreement with the long run (in posterior standard deviations), recovery of the truth."""
    flat, reference = (a.reshape(-1, *a.shape[2:]) for a in (found, long))
    sd = reference.std(axis=0)
    means = np.abs(flat.mean(axis=0) - reference.mean(axis=0)) / sd
    ends = [
        np.abs(np.quantile(flat, q, axis=0) - np.quantile(reference, q, axis=0)) / sd for q in (0.025, 0.975)
    ]
    pairs = [(a, b) for a in range(truth.shape[0]) for b in range(a)]
    one, two = np.array(pairs).T
    contrast, target = flat[:, one] - flat[:, two], truth[one] - truth[two]
    low, high = np.quantile(contrast, [0.025, 0.975], axis=0)
    if engine == "laplace":
        ess = float(record["effective_draws"])
    else:
        moved = np.moveaxis(found, (0, 1), (-2, -1)).reshape(-1, *found.shape[:2])
        ess = float(min(array_stats.ess(d, method="bulk") for d in moved))
    return {
        "engine": engine,
        "seconds": record["engine_seconds"],
        "pareto_k": record["pareto_k"],
        "min_ess_bulk": round(ess),
        "ess_per_second": round(ess / record["engine_seconds"]),
        "mean_difference_sd": {"median": r3(np.median(means)), "max": r3(means.max())},
        "end_difference_sd": {"median": r3(np.median(ends)), "max": r3(np.max(ends))},
        "contrast_rmse": r3(np.sqrt(((contrast.mean(axis=0) - target) ** 2).mean())),
        "contrast_coverage": r3(((low <= target) & (target <= high)).mean()),
    }


def r3(x: Any) -> float:
    return round(float(x), 3)


def clmm(answers: pd.DataFrame, study: Any) -> dict[str, Any]:
    """R's clmm on weighted cells: models' modes for each value against the truth."""
    code = """
    suppressMessages(library(ordinal)); a <- commandArgs(TRUE); d <- read.csv(a[1], stringsAsFactors = TRUE)
    d$answer <- factor(d$answer)
    t <- system.time(f <- clmm(answer ~ model + dimension + (1|item) + (1|model:dimension), data = d, weights = n))
    r <- ranef(f)[["model:dimension"]]; write.csv(data.frame(key = rownames(r), r = r[, 1]), a[2], row.names = FALSE)
    b <- coef(f); cat(t[["elapsed"]]); b <- b[grep("^dimension", names(b))]
    write.csv(data.frame(name = names(b), b = unname(b)), a[3], row.names = FALSE)
    """
    table = answers.merge(study.keys, on="item")
    cells = table.groupby(["model", "item", "dimension", "answer"]).size().rename("n").reset_index()
    with tempfile.TemporaryDirectory() as folder:
        files = [str(Path(folder) / f"{n}.csv") for n in ("cells", "random", "fixed")]
        cells.to_csv(files[0], index=False)
        script = Path(folder) / "clmm.R"
        script.write_text(code)
        found = subprocess.run(["Rscript", str(script), *files], capture_output=True, text=True)
        if found.returncode:
            raise RuntimeError(found.stderr)
        random, fixed = pd.read_csv(files[1]), pd.read_csv(files[2])
    beta = dict(zip(fixed["name"].str.removeprefix("dimension"), fixed["b"], strict=True))
    effect = dict(zip(random["key"], random["r"], strict=True))
    profile = np.array([[beta.get(v, 0.0) + effect[f"{m}:{v}"] for v in study.values] for m in study.models])
    profile -= profile.mean(axis=1, keepdims=True)
    pairs = [(a, b) for a in range(len(profile)) for b in range(a)]
    off = np.array([profile[a] - profile[b] - study.profile[a] + study.profile[b] for a, b in pairs])
    return {
        "engine": "clmm (R ordinal), weighted cells",
        "seconds": float(found.stdout),
        "contrast_rmse": r3(np.sqrt((off**2).mean())),
    }


if __name__ == "__main__":
    main()
