"""Bias and coverage of the informativeness of items, and of what a selection of them is worth in other models.

Models' answer probabilities come from a Dirichlet distribution about an item's mean, so that the truth,
H(E p) - E H(p), is a closed form (Wolpert and Wolf 1995). Selections: 60 items whose concentration differs; the truth of the
value elsewhere is the mean true value of the items that independent halves of the models choose (4,000 of them), that of the
value where they were chosen its mean over the same. Run with ``python benchmarks/informativeness_coverage.py``; it writes
``benchmarks/results/informativeness_coverage.csv``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.progress import track
from valuestats.informing.cube import AnswerCube
from valuestats.informing.divergence import spreads
from valuestats.informing.informativeness import informativeness
from valuestats.informing.selection import ALL, CHOSEN, ELSEWHERE, GAIN, INFLATION, select_items
from valuestats.statistics.entropy import dirichlet_entropy, plugin_entropy

RESULTS = Path(__file__).parent / "results"
Array = NDArray[np.float64]

SETTINGS = [
    (models, answers, options, spread)
    for models in (6, 12, 22, 40)
    for answers in (5, 10, 30)
    for options, spread in ((2, 2.0), (2, 20.0), (4, 2.0))
]
"""Models, answers of each, options, concentration (2: models differ much, 20: little)."""
POOLS = [(12, 10), (22, 10), (40, 10), (22, 5)]
ITEMS = 10


def drawn(rng: np.random.Generator, models: int, answers: int, alpha: Array) -> Array:
    """Counts, shape ``(models, items, options)``."""
    gamma = rng.gamma(np.broadcast_to(alpha, (models, *alpha.shape)))
    return rng.multinomial(answers, gamma / gamma.sum(axis=-1, keepdims=True)).astype(float)


def truths(alpha: Array) -> Array:
    """Informativeness in bits of each item."""
    return (plugin_entropy(alpha) - dirichlet_entropy(alpha, 0.0).mean) / np.log(2)


def cells(counts: Array) -> pd.DataFrame:
    models, items, options = counts.shape
    index = pd.MultiIndex.from_product(
        [[f"m{k:02d}" for k in range(models)], [f"i{k:02d}" for k in range(items)], range(options)],
        names=["model", "item", "answer"],
    )
    frame = index.to_frame(index=False).assign(status="valid", count=counts.ravel().astype(int))
    return frame[frame["count"] > 0]


def of_items(studies: int) -> list[dict[str, object]]:
    rows = []
    for number, (models, answers, options, spread) in enumerate(track(SETTINGS, "items")):
        rng = np.random.default_rng(number)
        shares = np.array([0.5, 0.5]) if options == 2 else np.array([0.4, 0.3, 0.2, 0.1])
        alpha = np.broadcast_to(spread * shares, (ITEMS, options))
        truth = truths(alpha)[0]
        for measure in ("gjs", "disagreement"):
            if measure == "disagreement":
                a = spread
                truth = (1 - (shares**2).sum()) / (a + 1)
            found = [
                informativeness(
                    cells(drawn(rng, models, answers, alpha)), measure=measure, replicates=400, seed=k
                ).estimates
                for k in range(-(-studies // ITEMS))
            ]
            table = pd.concat(found)
            held = (table["lower"] <= truth) & (truth <= table["upper"])
            rows.append(
                {
                    "what": f"item, {measure}",
                    "models": models,
                    "answers": answers,
                    "options": options,
                    "concentration": spread,
                    "studies": len(table),
                    "truth": truth,
                    "plugin": table["plugin"].mean(),
                    "estimate": table["estimate"].mean(),
                    "coverage": held.mean(),
                }
            )
    return rows


def of_selections(studies: int) -> list[dict[str, object]]:
    rows = []
    for number, (models, answers) in enumerate(track(POOLS, "selections")):
        rng = np.random.default_rng(100 + number)
        spread = np.repeat(np.array([1.5, 4.0, 10.0, 30.0]), 15)
        mean = np.tile(np.linspace(0.2, 0.8, 15), 4)
        alpha = spread[:, None] * np.stack([mean, 1 - mean], axis=1)
        truth, size = truths(alpha), 6
        inside, outside = [], []
        for _ in range(4000):
            cube = AnswerCube(
                tuple(map(str, range(models // 2))),
                tuple(map(str, range(60))),
                drawn(rng, models // 2, answers, alpha),
                np.zeros(60),
            )
            value = spreads(cube, "gjs").corrected(np.ones((1, models // 2)))[0]
            best = np.argsort(-value)[:size]
            inside.append(value[best].mean())
            outside.append(truth[best].mean())
        at = {
            CHOSEN: np.mean(inside),
            ELSEWHERE: np.mean(outside),
            ALL: truth.mean(),
            INFLATION: np.mean(inside) - np.mean(outside),
            GAIN: np.mean(outside) - truth.mean(),
        }
        found = [
            select_items(cells(drawn(rng, models, answers, alpha)), size=size, splits=60, seed=k).estimates
            for k in range(studies)
        ]
        table = pd.concat(found)
        for name, value in at.items():
            own = table[table["quantity"] == name]
            held = (own["lower"] <= value) & (value <= own["upper"])
            rows.append(
                {
                    "what": name,
                    "models": models,
                    "answers": answers,
                    "options": 2,
                    "studies": studies,
                    "truth": value,
                    "estimate": own["estimate"].mean(),
                    "coverage": held.mean(),
                }
            )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=1000)
    chosen = parser.parse_args()
    table = pd.DataFrame([*of_items(chosen.studies), *of_selections(chosen.studies)])
    table["monte_carlo_error"] = (0.95 * 0.05 / table["studies"]) ** 0.5
    table = table.assign(
        command=" ".join(["python", "benchmarks/informativeness_coverage.py", *sys.argv[1:]]),
        date=str(pd.Timestamp.now().date()),
    )
    print(table.drop(columns=["command", "date"]).round(4).to_string())
    RESULTS.mkdir(exist_ok=True)
    table.to_csv(RESULTS / "informativeness_coverage.csv", index=False)


if __name__ == "__main__":
    main()
