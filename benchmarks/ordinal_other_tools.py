"""Other tools on the answers of `ordinal_engines.py`: clmm, statsmodels, bambi and PyMC with one row per answer.

Each returns a row for its result file: wall seconds, effective draws per second where it draws, RMSE of the models'
contrasts within values against the truth and coverage of their 95 % intervals. A tool that is not done within the
limit is recorded as such. bambi runs in an interpreter of its own (`bambi_rows.py`), since it is no dependency here.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

CLMM = """
suppressMessages(library(ordinal)); a <- commandArgs(TRUE); d <- read.csv(a[1], stringsAsFactors = TRUE)
d$answer <- factor(d$answer)
t <- system.time(f <- clmm(answer ~ model + dimension + (1|item) + (1|model:dimension), data = d, weights = n))
r <- ranef(f)[["model:dimension"]]; v <- condVar(f)[["model:dimension"]]
write.csv(data.frame(key = rownames(r), r = r[, 1], v = unlist(v)), a[2], row.names = FALSE); cat(t[["elapsed"]])
"""


def pairs_of(models: int) -> tuple[np.ndarray, np.ndarray]:
    """The two models of each pair."""
    one, two = np.array([(a, b) for a in range(models) for b in range(a)]).T
    return one, two


def recovery(low: Any, middle: Any, high: Any, truth: np.ndarray) -> dict[str, Any]:
    """RMSE and coverage of contrasts ``(pairs, values)`` of all models within values."""
    one, two = pairs_of(len(truth))
    target = truth[one] - truth[two]
    inside = (low <= target) & (target <= high)
    return {
        "contrast_rmse": round(float(np.sqrt(((middle - target) ** 2).mean())), 3),
        "contrast_coverage": round(float(inside.mean()), 3),
    }


def recovery_of_draws(profile: np.ndarray, truth: np.ndarray) -> dict[str, Any]:
    """The same from draws ``(draws, models, values)``."""
    one, two = pairs_of(len(truth))
    contrast = profile[:, one] - profile[:, two]
    low, high = np.quantile(contrast, [0.025, 0.975], axis=0)
    return recovery(low, contrast.mean(axis=0), high, truth)


def smallest_ess(draws: np.ndarray) -> float:
    """Smallest bulk effective sample size of ``(chains, draws, ...)``."""
    from arviz_stats.base import array_stats

    each = np.moveaxis(draws, (0, 1), (-2, -1)).reshape(-1, *draws.shape[:2])
    return float(min(array_stats.ess(d, method="bulk") for d in each))


def late(tool: str, limit: float) -> dict[str, Any]:
    """The row of a tool that was stopped."""
    return {"engine": tool, "seconds": None, "note": f"not done after {limit:.0f} s"}


def clmm(answers: pd.DataFrame, study: Any, *, rows: bool, limit: float) -> dict[str, Any]:
    """R's clmm, on weighted cells or on rows; intervals from the conditional variances of its random effects."""
    name = f"clmm (R ordinal), {'one row per answer' if rows else 'weighted cells'}"
    table = answers.merge(study.keys, on="item")
    if rows:
        table = table[["model", "item", "dimension", "answer"]].assign(n=1)
    else:
        table = table.groupby(["model", "item", "dimension", "answer"]).size().rename("n").reset_index()
    with tempfile.TemporaryDirectory() as folder:
        data, effects, script = (Path(folder) / n for n in ("data.csv", "effects.csv", "clmm.R"))
        table.to_csv(data, index=False)
        script.write_text(CLMM)
        try:
            found = subprocess.run(
                ["Rscript", str(script), str(data), str(effects)],
                capture_output=True,
                text=True,
                timeout=limit,
            )
        except subprocess.TimeoutExpired:
            return late(name, limit)
        if found.returncode:
            raise RuntimeError(found.stderr)
        effect = pd.read_csv(effects).set_index("key")
    keys = [f"{m}:{v}" for m in study.models for v in study.values]
    shape = (len(study.models), len(study.values))
    own, variance = (effect.loc[keys, c].to_numpy().reshape(shape) for c in ("r", "v"))
    size = shape[1]
    # Variance of an effect minus the mean over the model's values, the effects being taken as independent.
    spread = variance * (1 - 2 / size) + variance.sum(axis=1, keepdims=True) / size**2
    own = own - own.mean(axis=1, keepdims=True)
    one, two = pairs_of(shape[0])
    middle, sd = own[one] - own[two], np.sqrt(spread[one] + spread[two])
    return {
        "engine": name,
        "seconds": float(found.stdout),
        **recovery(middle - 1.96 * sd, middle, middle + 1.96 * sd, study.profile),
    }


def statsmodels_rows(answers: pd.DataFrame, study: Any) -> dict[str, Any]:
    """statsmodels' OrderedModel, one effect per model and value, without random effects of items."""
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    table = answers.merge(study.keys, on="item")
    models, values = list(study.models), list(study.values)
    cell = pd.Categorical(table["model"], models).codes * len(values)
    cell = cell + pd.Categorical(table["dimension"], values).codes
    number = len(models) * len(values)
    exog = (cell.astype(int)[:, None] == np.arange(1, number)).astype(float)
    start = time.perf_counter()
    fit = OrderedModel(table["answer"].to_numpy(), exog, distr="logit").fit(
        method="bfgs", disp=False, maxiter=500
    )
    seconds = time.perf_counter() - start
    params = np.concatenate([[0.0], fit.params[: number - 1]])
    covariance = np.zeros((number, number))
    covariance[1:, 1:] = fit.cov_params()[: number - 1, : number - 1]
    size = len(values)
    centre = np.kron(np.eye(len(models)), np.eye(size) - 1.0 / size)
    one, two = pairs_of(len(models))
    by_model = centre.reshape(len(models), size, number)
    weights = (by_model[one] - by_model[two]).reshape(-1, number)
    middle = (weights @ params).reshape(-1, size)
    sd = np.sqrt(((weights @ covariance) * weights).sum(axis=1)).reshape(-1, size)
    return {
        "engine": "statsmodels OrderedModel, one row per answer, no random effects",
        "seconds": round(seconds, 2),
        **recovery(middle - 1.96 * sd, middle, middle + 1.96 * sd, study.profile),
    }


def pymc_rows(answers: pd.DataFrame, study: Any, *, draws: int, tune: int) -> dict[str, Any]:
    """PyMC with nutpie, a likelihood of one row per answer; seconds with compiling."""
    import nutpie
    import pymc as pm

    table = answers.merge(study.keys, on="item")
    models, values = list(study.models), list(study.values)
    m = pd.Categorical(table["model"], models).codes.astype(int)
    v = pd.Categorical(table["dimension"], values).codes.astype(int)
    i = pd.Categorical(table["item"]).codes.astype(int)
    start = time.perf_counter()
    with pm.Model() as model:
        beta = pm.ZeroSumNormal("beta", 1.0, shape=len(values))
        tau = pm.Gamma("tau", 2.0, 2.0)
        delta = pm.ZeroSumNormal("delta", 1.0, shape=(len(models), len(values)))
        level_sd, item_sd = pm.HalfNormal("level_sd", 1.5), pm.HalfNormal("item_sd", 1.5)
        level = level_sd * pm.ZeroSumNormal("level", 1.0, shape=len(models))
        item = item_sd * pm.Normal("item", 0.0, 1.0, shape=int(i.max()) + 1)
        cut = pm.Normal(
            "cut",
            0.0,
            3.0,
            shape=5,
            transform=pm.distributions.transforms.ordered,
            initval=np.arange(5) - 2.0,
        )
        theta = beta + tau * delta
        pm.Deterministic("theta", theta)
        location = theta[m, v] + item[i] + level[m]
        pm.OrderedLogistic("answer", eta=location, cutpoints=cut, observed=table["answer"].to_numpy() - 1)
    compiled = nutpie.compile_pymc_model(model, backend="numba")
    tree = nutpie.sample(
        compiled, draws=draws, tune=tune, chains=2, cores=2, seed=1, progress_bar=False, save_warmup=False
    )
    seconds = time.perf_counter() - start
    profile = tree["posterior"]["theta"].to_numpy()
    ess = smallest_ess(profile)
    return {
        "engine": "PyMC and nutpie, one row per answer",
        "seconds": round(seconds, 2),
        "note": f"2 x {draws} draws after {tune}; seconds with compiling",
        "min_ess_bulk": round(ess),
        "ess_per_second": round(ess / seconds, 2),
        **recovery_of_draws(profile.reshape(-1, *profile.shape[2:]), study.profile),
    }


def bambi_rows(answers: pd.DataFrame, study: Any, python: str, *, draws: int, limit: float) -> dict[str, Any]:
    """bambi in the interpreter `python`; stopped at the limit, with the draws it has by then."""
    table = answers.merge(study.keys, on="item")[["model", "item", "dimension", "answer"]]
    script = Path(__file__).parent / "bambi_rows.py"
    with tempfile.TemporaryDirectory() as folder:
        data, out = Path(folder) / "rows.csv", Path(folder) / "draws.npz"
        table.to_csv(data, index=False)
        command = [python, str(script), str(data), str(out), str(draws), f"{limit}"]
        try:
            # Compiling is within the limit; after it the draws of each chain come back one by one.
            found = subprocess.run(command, capture_output=True, text=True, timeout=2.0 * limit)
        except subprocess.TimeoutExpired:
            return late("bambi, one row per answer", 2.0 * limit)
        if found.returncode or not out.exists():
            return {"engine": "bambi, one row per answer", "seconds": None, "note": found.stderr[-200:]}
        record, profile = json.loads(found.stdout.splitlines()[-1]), np.load(out)["profile"]
    ess = smallest_ess(profile)
    return {
        "engine": f"bambi {record['version']}, one row per answer",
        "seconds": round(record["seconds"], 1),
        "note": f"{profile.shape[0]} x {profile.shape[1]} draws after {record['tune']}; seconds with compiling",
        "min_ess_bulk": round(ess),
        "ess_per_second": round(ess / record["seconds"], 3),
        **recovery_of_draws(profile.reshape(-1, *profile.shape[2:]), study.profile),
    }
