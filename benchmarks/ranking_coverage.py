"""Coverage of the intervals of agreement of rankings, of its gain over other people's, and of scores from uncertain weights.

People rank five options of a scenario by scores that share a part over all people, have a part of the person and noise; the
model ranks by the person's score and noise of its own, which differs between people and between scenarios. Truth: means over
400,000 independent people and scenarios. Run with ``python benchmarks/ranking_coverage.py``; it writes
``benchmarks/results/ranking_coverage.csv``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.base.progress import track
from valuestats.orderings.agreement import PEOPLE, ranking_agreement
from valuestats.orderings.by_values import rank_by_values
from valuestats.orderings.overlaps import Measure, ranking_vectors

RESULTS = Path(__file__).parent / "results"
OPTIONS = 5
MEASURES: tuple[Measure, ...] = ("average_overlap", "kendall", "first_choice")
KINDS = {"noise of cells": (0.0, 0.0), "people and scenarios differ": (1.0, 1.0)}
"""Spread over people and over scenarios of the log of the model's noise."""
SIZES = {
    "10 people, 11 scenarios": (10, 11),
    "40 people, 11 scenarios": (40, 11),
    "24 people, 24 scenarios": (24, 24),
}


def ranks(scores: np.ndarray) -> np.ndarray:
    return (-scores).argsort(axis=-1).argsort(axis=-1) + 1.0


def made(rng: np.random.Generator, people: int, items: int, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Ranks of people and of the model, shape (people, items, options)."""
    by_person, by_item = KINDS[kind]
    common = rng.normal(size=(1, items, OPTIONS))
    own = 0.7 * common + rng.normal(size=(people, items, OPTIONS))
    noise = np.exp(by_person * rng.normal(size=(people, 1, 1)) + by_item * rng.normal(size=(1, items, 1)))
    return ranks(own), ranks(own + 1.5 * noise * rng.normal(size=own.shape))


def truths(kind: str, n: int = 400_000) -> dict[tuple[str, str], float]:
    rng = np.random.default_rng(99)
    by_person, by_item = KINDS[kind]
    common = rng.normal(size=(n, OPTIONS))
    one, two = (0.7 * common + rng.normal(size=(n, OPTIONS)) for _ in range(2))
    noise = np.exp(by_person * rng.normal(size=(n, 1)) + by_item * rng.normal(size=(n, 1)))
    model = ranks(one + 1.5 * noise * rng.normal(size=one.shape))
    found = {}
    for measure in MEASURES:
        f, g, h = (ranking_vectors(r, measure, 0.9)[0] for r in (ranks(one), ranks(two), model))
        found[measure, "own"] = float((f * h).sum(axis=1).mean())
        found[measure, "gain"] = found[measure, "own"] - float((g * h).sum(axis=1).mean())
        found[measure, "people"] = float((f * g).sum(axis=1).mean())
    return found


def long(values: np.ndarray) -> pd.DataFrame:
    index = pd.MultiIndex.from_product(
        [range(n) for n in values.shape], names=["respondent", "item", "option"]
    )
    return index.to_frame(index=False).assign(rank=values.ravel())


def held(row: pd.Series, name: str, truth: float) -> bool:
    prefix = "gain_" if name == "gain" else ""
    return bool(row[f"{prefix}lower"] <= truth <= row[f"{prefix}upper"])


SETTINGS = [(k, s, "jackknife") for k in KINDS for s in SIZES] + [
    (k, "24 people, 24 scenarios", "bootstrap") for k in KINDS
]


def agreement_rows(simulations: int, only: int | None) -> list[dict[str, object]]:
    rows = []
    for number, (kind, size, resampling) in enumerate(track(SETTINGS, "settings")):
        if only not in (None, number):
            continue
        known = truths(kind)
        rng = np.random.default_rng(number)
        hits: dict[tuple[str, str], list[bool]] = {}
        for seed in range(simulations if resampling == "jackknife" else simulations // 5):
            people, model = made(rng, *SIZES[size], kind)
            found = ranking_agreement(
                long(model).assign(model="m"),
                long(people),
                measures=MEASURES,
                resampling=resampling,
                draws=400 if resampling == "jackknife" else 200,
                seed=seed,
            ).estimates.set_index(["model", "measure"])
            for measure in MEASURES:
                for name, who in (("own", "m"), ("gain", "m"), ("people", PEOPLE)):
                    row = found.loc[(who, measure)]
                    hits.setdefault((measure, name), []).append(held(row, name, known[measure, name]))
        rows += [
            {
                "what": f"{size}, {kind}, {resampling}",
                "measure": m,
                "quantity": q,
                "coverage": np.mean(x),
                "simulations": len(x),
            }
            for (m, q), x in hits.items()
        ]
        print(pd.DataFrame(rows[-len(hits) :]).to_string(index=False), flush=True)
    return rows


def weight_rows(simulations: int) -> list[dict[str, object]]:
    rng = np.random.default_rng(5)
    true = np.array([0.4, 0.3, 0.2, 0.1])
    scores = rng.uniform(0, 1, (6, 4))
    names = list("abcd")
    index = pd.MultiIndex.from_product([range(6), names], names=["option", "value"]).to_frame(index=False)
    options = index.assign(item=1, score=scores.ravel())
    exact = {
        m: rank_by_values(
            options, pd.DataFrame({"respondent": "p", "value": names, "weight": true}), method=m
        )
        for m in ("promethee", "topsis", "maut")
    }
    rows = []
    for method, truth in exact.items():
        hits = []
        for seed in range(simulations):
            told = np.maximum(true + 0.03 * rng.normal(size=4), 0)
            frame = pd.DataFrame({"respondent": "p", "value": names, "weight": told, "std_error": 0.03})
            found = rank_by_values(options, frame, method=method, draws=400, seed=seed).estimates
            aim = truth.estimates["estimate"].to_numpy()
            hits.append(((found["lower"] <= aim) & (aim <= found["upper"])).mean())
        what = "scores from weights with errors of .03"
        row = {
            "what": what,
            "measure": method,
            "quantity": "score",
            "coverage": np.mean(hits),
            "simulations": len(hits),
        }
        rows.append(row)
        print(rows[-1], flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=1000)
    parser.add_argument(
        "--setting", type=int, help="run one setting, by its number, and put it into the results"
    )
    chosen = parser.parse_args()
    rows = agreement_rows(chosen.simulations, chosen.setting)
    if chosen.setting in (None, len(SETTINGS)):
        rows += weight_rows(chosen.simulations)
    table = pd.DataFrame(rows).assign(
        monte_carlo_error=lambda t: (0.95 * 0.05 / t["simulations"]) ** 0.5,
        command=" ".join(["python", "benchmarks/ranking_coverage.py", *sys.argv[1:]]),
        date=str(pd.Timestamp.now().date()),
    )
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / "ranking_coverage.csv"
    if chosen.setting is not None and file.exists():
        kept = pd.read_csv(file)
        table = pd.concat([kept[~kept["what"].isin(table["what"])], table], ignore_index=True)
    table.to_csv(file, index=False)


if __name__ == "__main__":
    main()
