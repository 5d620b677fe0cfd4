"""Ordinal regression where nearly every row is a cell of its own: processor time beside statsmodels' `OrderedModel`.

Run from the repository root: ``python benchmarks/regression_speed.py``. Four cases: 4,000 distinct rows without groups,
which `OrderedModel` fits too, by maximum likelihood; 151 people and 40 items with their effects, simulated, and, where the
data set `human_values` is there, as people answered the 40-item Portrait Values Questionnaire; and 2,500 answers in four
cells, by each engine. The machine is shared: processor
seconds of all threads, the least of three runs after one that loads what is compiled; `nuts` runs once.
"""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import statsmodels
from statsmodels.miscmodels.ordinal_model import OrderedModel

from valuestats.ingest.datasets import available, fetch
from valuestats.regression.fit import fit_ordinal

OUT = Path(__file__).parent / "results" / "regression_speed.json"
CUTS = np.array([-1.5, -0.5, 0.5, 1.5])
ROUNDS = 3


def answered(eta: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Codes 1 to 5 of a cumulative logit."""
    return 1 + (eta[:, None] + rng.logistic(size=(len(eta), 1)) > CUTS).sum(axis=1)


def distinct_rows(rng: np.random.Generator) -> pd.DataFrame:
    """4,000 rows of two numbers and a factor."""
    n = 4000
    rows = pd.DataFrame({"x": rng.normal(size=n), "z": rng.normal(size=n), "g": rng.choice(list("abc"), n)})
    eta = 0.8 * rows["x"] - 0.5 * rows["z"] + rows["g"].map({"a": 0.0, "b": 0.4, "c": -0.3})
    return rows.assign(answer=answered(eta.to_numpy(), rng))


def people_and_items(rng: np.random.Generator) -> pd.DataFrame:
    """151 people of two groups answer 40 items once."""
    person, item = np.repeat(np.arange(151), 40), np.tile(np.arange(40), 151)
    group = rng.integers(0, 2, 151)
    eta = 0.3 * group[person] + rng.normal(size=151)[person] + 0.8 * rng.normal(size=40)[item]
    return pd.DataFrame(
        {"answer": answered(eta, rng), "person": person, "item": item, "group": group[person]}
    ).astype({"person": str, "item": str, "group": str})


def portrait_values() -> pd.DataFrame | None:
    """Answers of 151 people to the Portrait Values Questionnaire, zeros left out."""
    if not available("human_values"):
        return None
    people = pd.read_csv(fetch("human_values") / "smacof_PVQ40_raw.csv", index_col=0)
    rows = people.reset_index(names="person").melt(
        ["person", "Gender", "Age"], var_name="item", value_name="answer"
    )
    rows = rows[rows["answer"].between(1, 6)]
    return rows.assign(group=rows["Gender"].astype(str), person=rows["person"].astype(str))


def few_cells(rng: np.random.Generator) -> pd.DataFrame:
    """2,500 answers of four groups."""
    g = rng.choice(list("abcd"), 2500)
    return pd.DataFrame({"answer": answered(0.5 * (g == "b"), rng), "g": g})


def processor_seconds(call: Callable[[], Any], rounds: int = ROUNDS) -> tuple[float, Any]:
    """Least of several runs after a first one, and what the last gave."""
    found, least = (call() if rounds > 1 else None), np.inf
    for _ in range(rounds):
        start = time.process_time()
        found = call()
        least = min(least, time.process_time() - start)
    return round(least, 3), found


def record(seconds: float, result: Any) -> dict[str, Any]:
    meta = result.result.meta
    return {
        "processor_seconds": seconds,
        "engine": meta["engine"],
        "pareto_k": meta["pareto_k"],
        "cells": meta["cells"],
        "passed": result.result.passed,
    }


def main() -> None:
    rng = np.random.default_rng(20261130)
    rows, people, few = distinct_rows(rng), people_and_items(rng), few_cells(rng)
    own_seconds, own = processor_seconds(lambda: fit_ordinal("answer ~ x + z + g", rows, engine="laplace"))
    columns = pd.get_dummies(rows[["x", "z", "g"]], drop_first=True, dtype=float)
    their_seconds, theirs = processor_seconds(
        lambda: OrderedModel(rows["answer"], columns, distr="logit").fit(method="bfgs", disp=False)
    )
    estimates = own.result.estimates.set_index("term")
    difference = {
        name: round(float(estimates.loc[term, "estimate"] - theirs.params[name]), 4)
        for term, name in (("x", "x"), ("z", "z"), ("g[b]", "g_b"), ("g[c]", "g_c"))
    }
    found: dict[str, Any] = {
        "cores": os.cpu_count(),
        "load_average": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "statsmodels": statsmodels.__version__,
        "4,000 distinct rows": {
            "laplace, posterior with gate and predictive check": record(own_seconds, own),
            "OrderedModel, maximum likelihood": {"processor_seconds": their_seconds},
            "posterior means less maximum likelihood": difference,
        },
    }
    found["151 people x 40 items, both varying"] = {
        "laplace": record(
            *processor_seconds(
                lambda: fit_ordinal("answer ~ group + (1|item) + (1|person)", people, engine="laplace")
            )
        )
    }
    real = portrait_values()
    if real is not None:
        found["PVQ-40 of 151 people, both varying"] = {
            "laplace": record(
                *processor_seconds(
                    lambda: fit_ordinal("answer ~ group + (1|item) + (1|person)", real, engine="laplace")
                )
            )
        }
    found["2,500 answers in four cells"] = {
        engine: record(*processor_seconds(lambda e=engine: fit_ordinal("answer ~ g", few, engine=e), rounds))
        for engine, rounds in (("laplace", ROUNDS), ("hmc", ROUNDS), ("nuts", 1))
    }
    OUT.write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
