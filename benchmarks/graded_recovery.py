"""Does the graded response model recover a known truth: items, traits, correlations, and deviations between groups?

Four designs of simulated answers (400 to 600 people, four or five categories):

- ``one``: six items of one trait, `valuestats.graded_response`.
- ``two``: eight items of two traits that correlate 0.5.
- ``same``: two groups that differ in the trait's mean and spread only, `valuestats.measurement_invariance`.
- ``planted``: the same, and in the second group all thresholds of ``i0`` lower and of ``i3`` higher by 0.6 trait standard
  deviations, the thresholds of ``i1`` further apart, the loading of ``i2`` higher and of ``i4`` lower.

For each study and quantity: bias, root mean squared error, intervals that hold the truth, items flagged. Studies are kept
in ``benchmarks/results/graded_recovery_studies.csv`` as they end, so an interrupted run goes on; the table over studies is
``benchmarks/results/graded_recovery.csv``. Run with ``python benchmarks/graded_recovery.py --studies 50``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from valuestats.base.progress import track
from valuestats.latent.sampling import Sampling
from valuestats.measurement.graded_response import graded_response
from valuestats.measurement.group_means import compare_groups
from valuestats.measurement.invariance import measurement_invariance
from valuestats.results.result import Result

RESULTS = Path(__file__).parent / "results"
STUDIES = RESULTS / "graded_recovery_studies.csv"
SAMPLER: dict[str, Any] = {"sampling": Sampling(draws=400, tune=200, chains=2), "progress": False}


def _answers(latent: np.ndarray, cut: np.ndarray, groups: np.ndarray) -> pd.DataFrame:
    codes = (latent[..., None] > cut).sum(axis=-1)
    wide = pd.DataFrame(codes, columns=[f"i{j}" for j in range(codes.shape[1])])
    wide = wide.assign(respondent=range(len(codes)), country=groups)
    return wide.melt(["respondent", "country"], var_name="item", value_name="rating")


def _row(quantity: str, estimate: Any, truth: Any, lower: Any, upper: Any) -> dict[str, object]:
    e, t, low, high = (np.ravel(np.asarray(v, dtype=float)) for v in (estimate, truth, lower, upper))
    error = e - t
    return {
        "quantity": quantity,
        "n": len(e),
        "bias": error.mean(),
        "rmse": np.sqrt((error**2).mean()),
        "covered": int(((low <= t) & (t <= high)).sum()),
    }


def traits_study(seed: int, traits: int) -> list[dict[str, object]]:
    rng = np.random.default_rng([seed, traits])
    n, items = 400, 6 if traits == 1 else 8
    of = np.arange(items) % traits
    a = np.exp(rng.normal(0.4, 0.3, items))
    cut = np.sort(
        rng.normal(0.0, 0.3, items)[:, None]
        + [-1.6, -0.5, 0.5, 1.6] * np.exp(rng.normal(0, 0.15, (items, 4)))
    )
    cut = cut * a[:, None]
    theta = rng.multivariate_normal(
        np.zeros(traits), np.full((traits, traits), 0.5) + 0.5 * np.eye(traits), n
    )
    frame = _answers(a * theta[:, of] + rng.logistic(size=(n, items)), cut, np.full(n, "a"))
    keyed = pd.DataFrame({"item": [f"i{j}" for j in range(items)], "dimension": [f"d{d}" for d in of]})
    found = graded_response(frame, keyed, scale=(0, 4), seed=seed, **SAMPLER)
    by = {r["item"]: r for r in found.meta["items"]}
    records = [by[f"i{j}"] for j in range(items)]
    loading = [r["loading"] for r in records]
    thresholds = [[t[k] for t in r["thresholds"]] for r in records for k in ("estimate", "lower", "upper")]
    middle, low, high = (np.array(thresholds[k::3]) for k in range(3))
    true_loading = a / np.sqrt(a**2 + np.pi**2 / 3)
    rows = [
        _row(
            "standardised loading",
            [s["estimate"] for s in loading],
            true_loading,
            [s["lower"] for s in loading],
            [s["upper"] for s in loading],
        ),
        _row("threshold (logits)", middle, cut, low, high),
    ]
    scores = found.estimates.astype({"respondent": int}).sort_values(["dimension", "respondent"])
    rows.append(
        _row("person score (trait sd)", scores["estimate"], theta.T, scores["lower"], scores["upper"])
    )
    for pair in found.meta["correlations"]:
        rows.append(_row("trait correlation", pair["estimate"], 0.5, pair["lower"], pair["upper"]))
    return _stamped(rows, found)


def groups_study(seed: int, planted: bool) -> list[dict[str, object]]:
    rng = np.random.default_rng([seed, 9, int(planted)])
    n, items = 600, 6
    of = np.arange(n) % 2
    a = np.exp(rng.normal(0.4, 0.2, items))
    shift, load = np.zeros((2, items, 3)), np.zeros((2, items))
    if planted:
        shift[1, 0], shift[1, 3], shift[1, 1] = -0.6, 0.6, [-0.5, 0.0, 0.5]
        load[1, 2], load[1, 4] = 0.6, -0.6
    shift, load = shift - shift.mean(axis=0), load - load.mean(axis=0)
    position = np.array([-1.0, 0.0, 1.0]) + rng.normal(0, 0.2, (items, 1)) + shift
    theta = np.where(
        of == 1, 0.25 + np.exp(0.1) * rng.normal(size=n), -0.25 + np.exp(-0.1) * rng.normal(size=n)
    )
    latent = a * np.exp(load[of]) * theta[:, None] + rng.logistic(size=(n, items))
    frame = _answers(latent, (a[:, None] * position)[of], np.array(["a", "b"])[of])
    found = measurement_invariance(frame, by="country", scale=(0, 3), seed=seed, **SAMPLER)
    table = found.estimates[found.estimates["country"] == "b"].set_index(["parameter", "item"])
    names = [f"i{j}" for j in range(items)]
    true = {"loading": load[1], "threshold": shift[1].mean(axis=1), "residual": np.zeros(items)}
    true |= {f"threshold {k + 1}": shift[1, :, k] for k in range(3)}
    rows = []
    for parameter, truth in true.items():
        part = table.loc[parameter].loc[names]
        row = _row(f"deviation: {parameter}", part["estimate"], truth, part["lower"], part["upper"])
        flagged = (part["status"] == "deviates").to_numpy()
        moved = 2 * np.abs(truth) > 0.25
        row |= {
            "moved": int(moved.sum()),
            "found": int(flagged[moved].sum()),
            "false": int(flagged[~moved].sum()),
        }
        rows.append(row)
    compared = compare_groups(found).estimates.iloc[0]
    rows.append(_row("difference of means", compared["estimate"], -0.5, compared["lower"], compared["upper"]))
    return [{**r, "level": found.meta["invariance"]["level"]} for r in _stamped(rows, found)]


def _stamped(rows: list[dict[str, object]], found: Result) -> list[dict[str, object]]:
    rhat = found.meta["gate"]["max_rhat"]
    return [{**row, "max_rhat": rhat, "seconds": found.meta["seconds"]} for row in rows]


DESIGNS = {
    "one": lambda seed: traits_study(seed, 1),
    "same": lambda seed: groups_study(seed, planted=False),
    "planted": lambda seed: groups_study(seed, planted=True),
    "two": lambda seed: traits_study(seed, 2),
}


def summary(studies: pd.DataFrame, command: str) -> pd.DataFrame:
    rows = []
    for (design, quantity), part in studies.groupby(["design", "quantity"], sort=False):
        total = part["n"].sum()
        clear = (part["n"] - part["moved"]).sum()
        rows.append(
            {
                "design": design,
                "quantity": quantity,
                "studies": part["seed"].nunique(),
                "estimates": total,
                "bias": (part["bias"] * part["n"]).sum() / total,
                "rmse": np.sqrt((part["rmse"] ** 2 * part["n"]).sum() / total),
                "coverage": part["covered"].sum() / total,
                "found": part["found"].sum() / part["moved"].sum() if part["moved"].sum() else np.nan,
                "falsely_flagged": part["false"].sum() / clear if part["false"].notna().any() else np.nan,
                "seconds": part["seconds"].median(),
                "command": command,
            }
        )
    return pd.DataFrame(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=50)
    parser.add_argument("--designs", nargs="*", default=list(DESIGNS))
    parser.add_argument("--results", type=Path, default=RESULTS)
    chosen = parser.parse_args()
    chosen.results.mkdir(exist_ok=True)
    path = chosen.results / STUDIES.name
    known = pd.read_csv(path) if path.exists() else pd.DataFrame(columns=["design", "seed"])
    done = set(zip(known["design"], known["seed"], strict=True))
    todo = [(s, d) for s in range(chosen.studies) for d in chosen.designs if (d, s) not in done]
    for seed, design in track(todo, "studies"):
        new = pd.DataFrame(DESIGNS[design](seed)).assign(design=design, seed=seed)
        known = pd.concat([known, new], ignore_index=True)
        for column in ("moved", "found", "false", "level"):
            if column not in known:
                known[column] = np.nan
        known.to_csv(path, index=False, float_format="%.6g")
        command = " ".join(["python", "benchmarks/graded_recovery.py", *sys.argv[1:]])
        summary(known, command).to_csv(
            chosen.results / "graded_recovery.csv", index=False, float_format="%.4g"
        )
    print(pd.read_csv(chosen.results / "graded_recovery.csv").drop(columns="command").to_string())


if __name__ == "__main__":
    main()
