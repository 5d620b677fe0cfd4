"""Coverage of the intervals of agreement of rankings, of its gain over other people's, and of scores from uncertain weights.

People rank five options of a scenario by scores that share a part over all people, have a part of the person and noise; the
model ranks by the person's score and noise of its own, which differs between people and between scenarios. Truth: means over
400,000 independent people and scenarios. Run with ``python benchmarks/ranking_coverage.py``; it writes
``benchmarks/results/ranking_coverage.csv``.
"""

from __future__ import annotations

from functools import cache, partial
from typing import Literal

import numpy as np
import pandas as pd
from coverage_settings import cover

from valuestats.orderings.agreement import PEOPLE, ranking_agreement
from valuestats.orderings.by_values import rank_by_values
from valuestats.orderings.overlaps import Measure, ranking_vectors

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


@cache
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


def agreement_study(
    rng: np.random.Generator,
    seed: int,
    *,
    kind: str,
    size: str,
    resampling: Literal["jackknife", "bootstrap"],
) -> dict[tuple[str, ...], float]:
    known = truths(kind)
    people, model = made(rng, *SIZES[size], kind)
    found = ranking_agreement(
        long(model).assign(model="m"),
        long(people),
        measures=MEASURES,
        resampling=resampling,
        draws=400 if resampling == "jackknife" else 200,
        seed=seed,
    ).estimates.set_index(["model", "measure"])
    return {
        (m, name): held(found.loc[(who, m)], name, known[m, name])
        for m in MEASURES
        for name, who in (("own", "m"), ("gain", "m"), ("people", PEOPLE))
    }


def weight_study(rng: np.random.Generator, seed: int) -> dict[tuple[str, ...], float]:
    """The values' weights are known with errors; the options and their truth are the same in every study."""
    true, names = np.array([0.4, 0.3, 0.2, 0.1]), list("abcd")
    scores = np.random.default_rng(5).uniform(0, 1, (6, 4))
    index = pd.MultiIndex.from_product([range(6), names], names=["option", "value"]).to_frame(index=False)
    options = index.assign(item=1, score=scores.ravel())
    told = np.maximum(true + 0.03 * rng.normal(size=4), 0)
    exact = pd.DataFrame({"respondent": "p", "value": names, "weight": true})
    rough = exact.assign(weight=told, std_error=0.03)
    found = {}
    for method in ("promethee", "topsis", "maut"):
        aim = rank_by_values(options, exact, method=method).estimates["estimate"].to_numpy()
        got = rank_by_values(options, rough, method=method, draws=400, seed=seed).estimates
        found[method, "score"] = ((got["lower"] <= aim) & (aim <= got["upper"])).mean()
    return found


KINDS_AND_SIZES = [(k, s, "jackknife") for k in KINDS for s in SIZES] + [
    (k, "24 people, 24 scenarios", "bootstrap") for k in KINDS
]
SETTINGS = {
    f"{size}, {kind}, {resampling}": partial(agreement_study, kind=kind, size=size, resampling=resampling)
    for kind, size, resampling in KINDS_AND_SIZES
} | {"scores from weights with errors of .03": weight_study}

if __name__ == "__main__":
    dear = {label: 5 for label in SETTINGS if label.endswith("bootstrap")}
    cover("ranking_coverage", SETTINGS, ("measure", "quantity"), __doc__, fewer=dear)
