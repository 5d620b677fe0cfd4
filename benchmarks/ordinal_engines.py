"""Engines of the ordinal model and other tools on the same simulated answers: time, effective draws, recovery.

Small: 5 models x 40 items x 50 repeats = 10,000 six-point answers; large: 30 x 40 x 200 = 240,000; and the large one
with a quarter of the repeats, since the engines see cells and not answers. Effects of models on 10 values and item
intercepts are partially pooled, thresholds common: the model that `brms`, `bambi` and `clmm` fit as well.

    python benchmarks/ordinal_engines.py                  # our engines, against a long run
    python benchmarks/ordinal_engines.py --small          # the small design only
    python benchmarks/ordinal_engines.py --others         # also clmm, statsmodels, PyMC on rows
    python benchmarks/ordinal_engines.py --others --bambi-python PATH   # and bambi, in an interpreter that has it
    python benchmarks/ordinal_engines.py --reference FOLDER             # keep the long runs there, and take them again

Seconds are those of the engine, after import and once compiled code is in its cache; counting the answers into cells is
not in them. Other tools' seconds are those of the fit. The long run is whitened Hamiltonian Monte Carlo, some 50,000
draws, on small checked by a NUTS run of its own; differences from it are in posterior standard deviations, over all
models' values and the spreads of the random effects. `laplace` runs with eight seeds: what its average differs by is
its own error, what single runs differ by is Monte Carlo; its seconds are the median over them.

Writes benchmarks/results/ordinal_engines.json with the command, the date and the machine's load (seconds
measured under load are longer than they need be; CPU seconds stand beside them).
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import shlex
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

# Small matrices: threads of the linear algebra cost more than they give. Read when NumPy is imported, below.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import ordinal_other_tools as others
from arviz_stats.base import array_stats

from valuestats.regression.cells import build_design
from valuestats.regression.profile_engines import Request, run_engine
from valuestats.regression.profile_estimands import stacked, structural_draws
from valuestats.regression.simulate import simulate_answers
from valuestats.regression.structure import OrdinalPriors, Structure

RESULTS = Path(__file__).parent / "results" / "ordinal_engines.json"
PARTS = Structure(model_thresholds=False, model_values=True, items=True, interaction=False, cluster=False)
SPREADS = ("tau", "item_spread", "level_spread")
ENDS = (0.025, 0.975)
SEEDS = 8
# Autumn 2026, this design, wall seconds of the whole process: brms 2.18 with one row per answer, recorded before
# the package was written; it is not run again here.
RECORDED = {"brms, one row per answer (recorded)": 948.0, "brms, weighted cells (recorded)": 146.0}
# Draws of each of 4 chains and adaptation steps: some 2,000 effective draws of the slowest value.
LENGTHS = {
    "small": {"laplace": (2048, 1), "hmc": (950, 200), "nuts": (500, 150)},
    "large": {"laplace": (1280, 1), "hmc": (900, 200), "nuts": (300, 150)},
}


@dataclass(frozen=True)
class Drawn:
    """Draws of the models' values ``(4, draws, models, values)`` and of the spreads ``(4, draws, spreads)``."""

    profile: np.ndarray
    spreads: np.ndarray
    record: dict[str, Any]
    cpu: float

    @property
    def flat(self) -> np.ndarray:
        """All quantities, ``(draws, quantities)``."""
        return self.by_chain.reshape(-1, self.by_chain.shape[-1])

    @property
    def by_chain(self) -> np.ndarray:
        """All quantities, ``(chains, draws, quantities)``."""
        return np.concatenate([self.profile.reshape(*self.profile.shape[:2], -1), self.spreads], axis=-1)


@dataclass(frozen=True)
class Summary:
    """Mean, standard deviation and interval ends of all quantities, with the Monte Carlo errors of mean and ends."""

    mean: np.ndarray
    sd: np.ndarray
    ends: np.ndarray
    mean_error: np.ndarray
    end_error: np.ndarray

    @staticmethod
    def of(draws: Drawn) -> Summary:
        q, flat = draws.by_chain, draws.flat
        columns = range(q.shape[-1])
        mean_error = [array_stats.mcse(q[..., i], method="mean") for i in columns]
        end_error = [[array_stats.mcse(q[..., i], method="quantile", prob=p) for i in columns] for p in ENDS]
        return Summary(
            flat.mean(axis=0),
            flat.std(axis=0),
            np.quantile(flat, ENDS, axis=0),
            np.array(mean_error),
            np.array(end_error),
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--others", action="store_true")
    parser.add_argument("--bambi-python", default="")
    parser.add_argument("--limit", type=float, default=150.0, help="seconds for bambi and for clmm")
    parser.add_argument("--reference", type=Path, help="folder of the long runs")
    parser.add_argument("--draws", type=int, default=12_500, help="of each chain of the long run")
    options = parser.parse_args()
    sizes = {"small": (5, 50)}
    if not options.small:
        sizes |= {"large": (30, 200), "large, 50 repeats": (30, 50)}
    warm()
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
        about = {"design": label, "answers": design.answers}
        lengths = LENGTHS["small" if label == "small" else "large"]
        # The long run only where accuracy is asked: with fewer repeats what is asked is the time.
        long = None if "," in label else long_run(design, label, options)
        for engine, (draws, tune) in lengths.items():
            found = draw(design, engine, draws=draws, tune=tune, seed=1)
            row = {**about, "cells": len(design.counts), **judge(engine, found, study.profile)}
            if long is not None:
                row |= against(Summary.of(found), long)
                if engine == "laplace":
                    row |= over_seeds(design, long, draws)
                    row["ess_per_second"] = round(row["min_ess_bulk"] / row["seconds"])
            rows.append(row)
            say(row)
        if long is not None:
            errors = {"mean": long.mean_error / long.sd, "end": long.end_error / long.sd}
            most = {f"{k}_error_sd": r3(v.max()) for k, v in errors.items()}
            rows.append({**about, "engine": "long run", "seconds": None, **most})
            say(rows[-1])
        if label == "small" and long is not None:
            check = draw(design, "nuts", draws=2_500, tune=200, seed=5)
            rows.append({**about, "engine": "long run against NUTS", "seconds": None})
            rows[-1] |= against(Summary.of(check), long)
            say(rows[-1])
        if options.others and label != "large, 50 repeats":
            for row in other_tools(answers, study, label, options):
                rows.append({**about, **row})
                say(rows[-1])
        write(rows)


def other_tools(answers: Any, study: Any, label: str, options: argparse.Namespace) -> Any:
    """Rows of the other tools, one after the other."""
    yield others.clmm(answers, study, rows=False, limit=options.limit)
    if label == "small":
        yield others.clmm(answers, study, rows=True, limit=options.limit)
        yield others.statsmodels_rows(answers, study)
        yield others.pymc_rows(answers, study, draws=150, tune=150)
        if options.bambi_python:
            yield others.bambi_rows(answers, study, options.bambi_python, draws=50, limit=options.limit)


def long_run(design: Any, label: str, options: argparse.Namespace) -> Summary:
    """The long run's summary, from the folder if it is there."""
    file = options.reference / f"{label}_{options.draws}.npz" if options.reference else None
    if file is not None and file.exists():
        return Summary(**np.load(file))
    found = Summary.of(draw(design, "hmc", draws=options.draws, tune=300, seed=99))
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        np.savez(file, **vars(found))
    return found


def write(rows: list[dict[str, Any]]) -> None:
    """The result file, after each design: a run that is interrupted keeps what it has, and rows not run now stay."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    rows = [{**row, "run": row.get("run", now)} for row in rows]
    for name, seconds in RECORDED.items():
        rows.append({"design": "small", "answers": 10_000, "engine": name, "seconds": seconds})
    new = {(row["design"], row["engine"]) for row in rows}
    before = json.loads(RESULTS.read_text())["rows"] if RESULTS.exists() else []
    rows += [row for row in before if (row["design"], row["engine"]) not in new]
    stamp = {
        "command": shlex.join(
            ["python", "benchmarks/ordinal_engines.py", *map(without_folder, sys.argv[1:])]
        ),
        "run": now,
        "processors": os.cpu_count(),
        "load_1min": round(os.getloadavg()[0], 1),
    }
    RESULTS.write_text(json.dumps({**stamp, "rows": rows}, indent=1) + "\n")


def without_folder(argument: str) -> str:
    """A path's last part alone: where things lie on a machine is of no use elsewhere."""
    return Path(argument).name if argument.startswith("/") else argument


def say(row: dict[str, Any]) -> None:
    print("  ".join(f"{k}={v}" for k, v in row.items()), flush=True)


def warm() -> None:
    """Load compiled code from its cache (or compile it), which the timings leave out.

    What is loaded by then is put aside from the garbage collector, whose round through it would take longer than Laplace.
    """
    study = simulate_answers(n_models=5, n_items=12, n_values=3, n_prompts=4, seed=1)
    design = build_design(study.responses.drop(columns="cluster"), study.keys, scale=(1, 6))
    for engine in ("laplace", "nuts"):
        draw(design, engine, draws=50, tune=10, seed=1)
    gc.collect()
    gc.freeze()


def draw(design: Any, engine: Any, *, draws: int, tune: int, seed: int) -> Drawn:
    """Run an engine."""
    request = Request(design, "logit", "common", OrdinalPriors(), PARTS, draws, tune, 4, seed)
    start = time.process_time()
    fit = run_engine(request, engine)
    cpu = time.process_time() - start
    profile = structural_draws(stacked(fit.tree), design, PARTS, "logit").profile
    posterior = fit.tree["posterior"].to_dataset()
    spreads = np.stack([posterior[n].to_numpy() for n in SPREADS], axis=-1)
    return Drawn(profile.reshape(4, -1, *profile.shape[1:]), spreads, fit.record, cpu)


def judge(engine: str, found: Drawn, truth: Any) -> dict[str, Any]:
    """Speed and recovery of the truth."""
    seconds = found.record["engine_seconds"]
    ess = others.smallest_ess(found.profile) if engine != "laplace" else found.record["effective_draws"]
    return {
        "engine": engine,
        "seconds": seconds,
        "cpu_seconds": round(found.cpu, 3),
        "pareto_k": found.record["pareto_k"],
        "min_ess_bulk": round(ess),
        "ess_per_second": round(ess / seconds),
        **others.recovery_of_draws(found.profile.reshape(-1, *truth.shape), truth),
    }


def against(found: Summary, long: Summary) -> dict[str, Any]:
    """Differences from the long run, in its standard deviations."""
    return {
        "mean_difference_sd": spread_of(np.abs(found.mean - long.mean) / long.sd),
        "end_difference_sd": spread_of(np.abs(found.ends - long.ends) / long.sd),
    }


def over_seeds(design: Any, long: Summary, draws: int) -> dict[str, Any]:
    """What the average of several seeds differs by, and what seeds differ by among themselves."""
    found = [draw(design, "laplace", draws=draws, tune=1, seed=100 + s) for s in range(SEEDS)]
    runs = [each.flat for each in found]
    means = np.array([r.mean(axis=0) for r in runs]) / long.sd
    ends = np.array([np.quantile(r, ENDS, axis=0) for r in runs]) / long.sd
    return {
        "seeds": SEEDS,
        "seconds": r3(np.median([each.record["engine_seconds"] for each in found])),
        "mean_monte_carlo_sd": spread_of(means.std(axis=0, ddof=1)),
        "end_monte_carlo_sd": spread_of(ends.std(axis=0, ddof=1)),
        "mean_of_seeds_difference_sd": spread_of(np.abs(means.mean(axis=0) - long.mean / long.sd)),
        "end_of_seeds_difference_sd": spread_of(np.abs(ends.mean(axis=0) - long.ends / long.sd)),
    }


def spread_of(values: Any) -> dict[str, float]:
    """Median and largest over the models' values, and the largest over the spreads."""
    values = np.asarray(values)
    own, spreads = values[..., : -len(SPREADS)], values[..., -len(SPREADS) :]
    return {"median": r3(np.median(own)), "max": r3(own.max()), "max_of_spreads": r3(spreads.max())}


def r3(x: Any) -> float:
    return round(float(x), 3)


if __name__ == "__main__":
    main()
