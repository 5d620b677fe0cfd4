"""Bias of a similarity to the shares of a sample, before and after people are left out one at a time.

Over options x concentration of the true shares x people asked x how near the model's answers are, for each distance.
The shares are drawn from a symmetric Dirichlet distribution of the concentration (1 is uniform on the simplex), the
answers are "apart" (drawn uniformly on the simplex), "near" (Dirichlet about the shares, 30 answers) or "peaked" (.9 on
one option).
A question's similarity is 1 minus the distance; the bias is the mean over questions of what is found minus what is true.

Run from the repository root: ``python benchmarks/similarity_bias.py [questions]``; it writes
``benchmarks/results/similarity_bias.csv``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.base.progress import track
from valuestats.similarity.distance_rows import Rows, row_distances
from valuestats.similarity.sampling_error import jackknife_bias
from valuestats.statistics.distances import Measure

OUT = Path(__file__).parent / "results" / "similarity_bias.csv"
OPTIONS, CONCENTRATIONS, PEOPLE = (2, 3, 4, 6, 10), (0.3, 1.0, 5.0, 20.0), (20, 50, 100, 200, 1000)
MEASURES: tuple[Measure, ...] = ("jensen_shannon", "total_variation", "hellinger", "wasserstein")


def answers_of(kind: str, shares: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The model's answers to each question."""
    questions, options = shares.shape
    if kind == "apart":
        return rng.dirichlet(np.ones(options), questions)
    if kind == "near":
        drawn = rng.standard_gamma(30 * shares + 0.01)
        return drawn / drawn.sum(axis=1, keepdims=True)
    return np.eye(options)[rng.integers(options, size=questions)] * 0.9 + 0.1 / options


def one_cell(
    measure: Measure,
    kind: str,
    options: int,
    concentration: float,
    people: int,
    questions: int,
    seed: list[int],
) -> dict[str, object]:
    """Bias in one place of the grid."""
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.full(options, concentration), questions)
    answers = Rows.of(answers_of(kind, shares, rng))
    sample = Rows.of(rng.multinomial(people, shares) / people)
    every = np.arange(questions)
    true = 1 - row_distances(answers, Rows.of(shares), every, every, measure)
    found = 1 - row_distances(answers, sample, every, every, measure)
    unknown, known = np.full(questions, np.nan), np.full(questions, float(people))
    corrected = found + jackknife_bias(answers, sample, every, every, unknown, known, measure)
    return {
        "measure": measure,
        "answers": kind,
        "options": options,
        "concentration": concentration,
        "people": people,
        "true_similarity": round(float(true.mean()), 4),
        "plug_in": round(float((found - true).mean()), 5),
        "jackknife": round(float((corrected - true).mean()), 5),
        "monte_carlo_error": round(float((corrected - true).std() / np.sqrt(questions)), 5),
    }


def main(questions: int = 20_000) -> None:
    cells = [
        (m, kind, options, c, n)
        for m in MEASURES
        for kind in ("apart", "near", "peaked")
        for options in OPTIONS
        for c in CONCENTRATIONS
        for n in PEOPLE
    ]
    rows = []
    for number, cell in enumerate(track(cells, "cells")):
        rows.append(one_cell(*cell, questions, [20261130, number]))
    OUT.parent.mkdir(exist_ok=True)
    pd.DataFrame(rows).assign(questions=questions).to_csv(OUT, index=False, lineterminator="\n")
    for n in PEOPLE:
        part = [r for r in rows if r["people"] == n]
        worst = {k: max(abs(float(r[k])) for r in part) for k in ("plug_in", "jackknife")}
        print(n, worst, flush=True)


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:2]))
