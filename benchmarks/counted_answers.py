"""Estimates from counts alone: what a thousand times more answers cost where the cells stay the same, up to 1e9 answers.

Answers of 20 models to 40 items are drawn from an ordered logit with known places of models and items, as counts per cell
(a multinomial; a tenth are refusals), so that 1e9 answers take no more memory than 1e5. Keyed scores of half of the items,
relative to all, and the regression ``answer ~ model + (1|item)`` are fitted to the counts; beside CPU seconds stand the
largest error of a score against its expectation, and of a model's contrast against the truth, in standard deviations of the
posterior.

Run from the repository root: ``python benchmarks/counted_answers.py``; it writes ``benchmarks/results/counted_answers.csv``.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

import valuestats as vs

OUT = Path(__file__).parent / "results" / "counted_answers.csv"
SIZES = (10**5, 10**6, 10**7, 10**8, 10**9)
MODELS, ITEMS, REFUSED = 20, 40, 0.1
CUTS = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])


def drawn(size: int, seed: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Counts per model, item, status and answer; the models' places; each model's expected score."""
    rng = np.random.default_rng([seed, 7])
    place, item = rng.normal(0, 0.7, MODELS), rng.normal(0, 0.5, ITEMS)
    eta = place[:, None] + item
    above = np.concatenate(
        [np.ones((*eta.shape, 1)), expit(eta[..., None] - CUTS), np.zeros((*eta.shape, 1))], axis=-1
    )
    shares = above[..., :-1] - above[..., 1:]
    cells = np.concatenate([(1 - REFUSED) * shares, np.full((*eta.shape, 1), REFUSED)], axis=-1)
    counts = rng.multinomial(size // (MODELS * ITEMS), cells)
    at = np.indices(counts.shape).reshape(3, -1)
    answered = at[2] < len(CUTS) + 1
    frame = pd.DataFrame(
        {
            "model": [f"model-{k:02d}" for k in at[0]],
            "item": [f"q{k:02d}" for k in at[1]],
            "answer": pd.array(np.where(answered, at[2] + 1.0, np.nan), dtype="Int64"),
            "status": np.where(answered, "valid", "refusal"),
            "count": counts.ravel(),
        }
    )
    mean = shares @ np.arange(1, len(CUTS) + 2)
    return frame, place, mean[:, ::2].mean(axis=1) - mean.mean(axis=1)


def main() -> None:
    """All sizes, each written as it is there."""
    rows = []
    for size in SIZES:
        counts, place, expected = drawn(size, 1)
        items = sorted(counts["item"].unique())
        keyed = pd.DataFrame(
            {"item": items, "dimension": ["even", "odd"] * (ITEMS // 2), "family": "one", "sign": 1}
        )
        began = time.process_time()
        scores = vs.score(counts, keyed, family="one", scale=(1, 6), seed=1)
        scored = time.process_time() - began
        began = time.process_time()
        fit = vs.fit_ordinal("answer ~ model + (1|item)", counts, seed=1).result
        fitted = time.process_time() - began
        even = (
            scores.estimates.set_index(["dimension", "model"])["estimate"].sort_index().loc["even"].to_numpy()
        )
        terms = fit.estimates.set_index("term").loc[[f"model[model-{k:02d}]" for k in range(1, MODELS)]]
        away = (terms["estimate"] - (place[1:] - place[0])).abs() / ((terms["upper"] - terms["lower"]) / 3.92)
        rows.append(
            {
                "answers": int(counts["count"].sum()),
                "cells": len(counts),
                "score_cpu_s": round(scored, 2),
                "fit_cpu_s": round(fitted, 2),
                "engine": fit.meta["engine"],
                "gate": "passed" if fit.meta["gate"]["passed"] else "failed",
                "pareto_k": fit.meta["pareto_k"],
                "largest_error_of_a_score": round(float(np.abs(even - expected).max()), 6),
                "largest_error_of_a_contrast_in_sd": round(float(away.max()), 2),
                "command": "python benchmarks/counted_answers.py",
                "date": str(pd.Timestamp.now().date()),
            }
        )
        pd.DataFrame(rows).to_csv(OUT, index=False)
        print(rows[-1], flush=True)


if __name__ == "__main__":
    main()
