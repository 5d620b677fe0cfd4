"""Coverage of effects in a structural model on a graph that is right, of the distance that steering leaves, and of an order.

Profiles of 15, 30 or 100 roles with five answers each, from a linear model of four values; half of the variance of every
error is the role's. Counted is how often the interval of each effect of one value holds the true one, with roles and with
rows as units; how often the true distance from a target after the shifts that the model chose lies in its interval, and how
much smaller the model that chose them thinks it; and how often the interval of a profile's rank correlation with its
target, behind a judge who is right in 70 % of the answers, holds that of the true profile. Run with ``python
benchmarks/graph_effect_coverage.py``; it writes ``benchmarks/results/graph_effect_coverage.csv``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.base.progress import track
from valuestats.graphs.effects import value_effects
from valuestats.graphs.graph import Graph
from valuestats.graphs.steering import steer_values
from valuestats.orderings.targets import target_profile

RESULTS = Path(__file__).parent / "results"
NAMES = ("care", "rank", "trust", "loyal")
EDGES = {("care", "trust"): 0.8, ("rank", "trust"): -0.6, ("trust", "loyal"): 0.7, ("care", "loyal"): 0.5}
WEIGHT = np.zeros((4, 4))
for (cause, effect), size in EDGES.items():
    WEIGHT[NAMES.index(cause), NAMES.index(effect)] = size
TOTAL = np.linalg.inv(np.eye(4) - WEIGHT)
GRAPH = Graph.of(NAMES, list(EDGES))
GOAL = {"care": 0.5, "rank": 0.0, "trust": 1.0, "loyal": 0.3}


def profiles(rng: np.random.Generator, roles: int, each: int = 5) -> pd.DataFrame:
    noise = rng.normal(size=(roles, 1, 4)) + rng.normal(size=(roles, each, 4))
    frame = pd.DataFrame((noise.reshape(-1, 4) / np.sqrt(2)) @ TOTAL, columns=list(NAMES))
    return frame.assign(role=np.repeat(np.arange(roles), each))


def effects(roles: int, cluster: str | None, studies: int) -> dict[str, Any]:
    rng = np.random.default_rng(roles)
    held = []
    for k in range(studies):
        found = value_effects(
            profiles(rng, roles),
            GRAPH,
            {"care": 1.0},
            against={"care": 0.0},
            cluster=cluster,
            replicates=500,
            seed=k,
        ).estimates
        for row in found[found["reached"]].to_dict("records"):
            held.append(row["lower"] <= TOTAL[0, NAMES.index(row["value"])] <= row["upper"])
    return {"held": float(np.mean(held))}


def steered(roles: int, studies: int) -> dict[str, Any]:
    rng = np.random.default_rng(1000 + roles)
    held, fitted, estimate, truth = [], [], [], []
    aim = np.array(list(GOAL.values()))
    for k in range(studies):
        frame = profiles(rng, roles)
        found = steer_values(
            frame, GRAPH, GOAL, most=2, cluster="role", replicates=500, seed=k
        ).estimates.iloc[2]
        shift = np.zeros(4)
        for name, size in zip(found["values"].split(", "), found["shifts"].split(", "), strict=True):
            shift[NAMES.index(name)] = float(size)
        left = np.abs(aim - shift @ TOTAL).sum()
        held.append(found["lower"] <= left <= found["upper"])
        fitted.append(found["fitted"])
        estimate.append(found["estimate"])
        truth.append(left)
    means = {"truth": np.mean(truth), "estimate": np.mean(estimate), "fitted": np.mean(fitted)}
    return {"held": float(np.mean(held)), **{k: float(v) for k, v in means.items()}}


def order(items: int, studies: int) -> dict[str, Any]:
    rng = np.random.default_rng(2000 + items)
    confusion = np.full((5, 5), 0.075) + 0.625 * np.eye(5)
    means = 3 + 0.4 * (np.arange(6) - 2.5)
    shares = stats.norm.pdf(np.arange(1, 6)[None], means[:, None])
    shares /= shares.sum(axis=1, keepdims=True)
    aims = pd.DataFrame({"dimension": [f"d{k}" for k in range(6)], "target": [1.0, 3.0, 2.0, 5.0, 4.0, 4.5]})
    true = stats.spearmanr(shares @ np.arange(1, 6), aims["target"]).statistic
    held = []
    for k in range(studies):
        parts = []
        for d, share in enumerate(shares):
            score = _judged(rng, rng.choice(5, items, p=share), confusion)
            parts.append(
                pd.DataFrame({"model": "m", "item": range(items), "dimension": f"d{d}", "score": score})
            )
        other = np.repeat(np.arange(5), 80)
        labels = pd.DataFrame({"true": other + 1.0, "judged": _judged(rng, other, confusion)})
        row = target_profile(pd.concat(parts), aims, judge=labels, replicates=300, seed=k).estimates.iloc[-1]
        held.append(row["correlation_lower"] - 1e-9 <= true <= row["correlation_upper"] + 1e-9)
    return {"held": float(np.mean(held))}


def _judged(rng: np.random.Generator, true: np.ndarray, confusion: np.ndarray) -> np.ndarray:
    return np.asarray((rng.random((len(true), 1)) > confusion[true].cumsum(axis=1)).sum(axis=1) + 1.0)


SETTINGS: dict[str, Any] = {
    "effects, 15 roles": lambda n: effects(15, "role", n),
    "effects, 30 roles": lambda n: effects(30, "role", n),
    "effects, 100 roles": lambda n: effects(100, "role", n),
    "effects, 100 roles, rows as units": lambda n: effects(100, None, n),
    "steering by two shifts, 30 roles": lambda n: steered(30, n),
    "steering by two shifts, 100 roles": lambda n: steered(100, n),
    "order of six dimensions, 60 answers": lambda n: order(60, n // 2),
    "order of six dimensions, 300 answers": lambda n: order(300, n // 2),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--only", default="")
    chosen = parser.parse_args()
    out = RESULTS / "graph_effect_coverage.csv"
    for name in track([n for n in SETTINGS if chosen.only in n], "settings"):
        studies = chosen.studies // (2 if "order" in name else 1)
        found = {"setting": name, "studies": studies, **SETTINGS[name](chosen.studies)}
        print(found, flush=True)
        command = " ".join(["python", "benchmarks/graph_effect_coverage.py", *sys.argv[1:]])
        table = pd.DataFrame([{**found, "command": command, "date": str(pd.Timestamp.now().date())}])
        if out.exists():
            known = pd.read_csv(out)
            table = pd.concat([known[known["setting"] != name], table], ignore_index=True)
        table.to_csv(out, index=False, float_format="%.5g")


if __name__ == "__main__":
    main()
