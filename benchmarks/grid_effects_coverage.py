"""Coverage of predictions, comparisons, slopes and hypotheses of `fit_ordinal` whose averages over the rows are known.

Four categories, ``answer ~ model * length``, three models, lengths drawn anew in each study: the truth is the average at the
true parameters over the very rows of the study. ``together``: all pairs of models at once, by `hypotheses`.

    python benchmarks/grid_effects_coverage.py [--setting N] [--simulations N]   ->   results/grid_effects_coverage.csv
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from coverage_settings import cover

from valuestats import comparisons, datagrid, fit_ordinal, hypotheses, predictions, slopes
from valuestats.statistics.ordinal import category_probabilities

CUT = np.array([-0.5, 0.8, 2.0])
MODEL, LENGTH, BOTH = {"a": 0.0, "b": 0.8, "c": -0.4}, 0.5, {"a": 0.0, "b": 0.0, "c": -0.3}
CODES = np.arange(1.0, 5.0)


def probabilities(model, length):
    """Of each category at rows."""
    eta = model.map(MODEL) + (LENGTH + model.map(BOTH)) * length
    return category_probabilities(CUT, eta.to_numpy(dtype=float))


def study(n, engine):
    """Whether the intervals of one study hold the truth."""

    def one(rng, k):
        frame = pd.DataFrame(
            {"model": rng.choice(list("abc"), n), "length": rng.normal(1.0, 1.0, n).round(1)}
        )
        p = probabilities(frame["model"], frame["length"])
        frame["answer"] = 1 + (rng.random((n, 1)) > p.cumsum(axis=1)).sum(axis=1).clip(0, 3)
        fit = fit_ordinal("answer ~ model * length", frame, engine=engine, seed=k)
        at = {m: (probabilities(pd.Series([m] * n), frame["length"]) @ CODES).mean() for m in "abc"}
        step = (probabilities(frame["model"], frame["length"] + 1) - p) @ CODES
        h = 1e-5
        high, low = (probabilities(frame["model"], frame["length"] + s) @ CODES for s in (h, -h))
        truth = {
            "prediction": list(at.values()),
            "ratio": [at["b"] / at["a"], at["c"] / at["a"]],
            "step": [step.mean()],
            "slope": [((high - low) / (2 * h)).mean()],
            "together": [at["b"] - at["a"], at["c"] - at["a"], at["c"] - at["b"]],
        }
        means = predictions(fit, datagrid(fit, "model", others="observed"), by="model")
        found = {
            "prediction": means,
            "ratio": comparisons(fit, "model", comparison="ratio"),
            "step": comparisons(fit, "length"),
            "slope": slopes(fit, "length"),
            "together": hypotheses(means),
        }
        held = {}
        for name, result in found.items():
            table, own = result.estimates, np.array(truth[name])
            inside = (table["lower"] <= own) & (own <= table["upper"])
            held[(name,)] = float(inside.all() if name == "together" else inside.mean())
        return held

    return one


SETTINGS = {
    "60 answers, posterior": study(60, "laplace"),
    "300 answers, posterior": study(300, "laplace"),
    "300 answers, likelihood": study(300, "ml"),
}

if __name__ == "__main__":
    cover("grid_effects_coverage", SETTINGS, ("quantity",), __doc__)
