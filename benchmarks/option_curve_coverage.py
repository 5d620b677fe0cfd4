"""Coverage of `option_curves` where the truth is drawn from its prior: shares at the steps, and the spreads.

Levels, spreads, curves and leanings of units are drawn from the priors, answers from them; the true share of a step is
integrated over units. All intervals hold it in 95 % if they are right. Coverage of shares is the mean over steps and
options.

    python benchmarks/option_curve_coverage.py [--setting 0] [--simulations 300]
        ->   benchmarks/results/option_curve_coverage.csv
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from coverage_settings import cover
from scipy.special import softmax

from valuestats.latent.bases import zero_sum_basis
from valuestats.latent.sampling import Sampling
from valuestats.latent.walks import walk_basis
from valuestats.regression.option_curves import option_curves
from valuestats.regression.option_design import LEVEL_SD

MANY = 20_000


def setting(options, steps, each, units=0):
    """A study: so many options and steps, `each` answers a step (of every unit, where there are units)."""
    turn, basis = zero_sum_basis(options), walk_basis("rw1", np.arange(float(steps)))[0]

    def study(rng, seed):
        level, sd, unit_sd = rng.normal(0, LEVEL_SD, options - 1), abs(rng.normal()), abs(1.5 * rng.normal())
        place = level + sd * basis @ rng.normal(size=(steps - 1, options - 1))
        leaning = (
            unit_sd * rng.normal(size=(max(units, 1), options - 1)) if units else np.zeros((1, options - 1))
        )
        p = softmax((place + leaning[:, None]) @ turn.T, axis=-1)
        counts = rng.multinomial(each, p / p.sum(axis=-1, keepdims=True))
        u, t, k = np.nonzero(counts)
        frame = pd.DataFrame({"item": u, "step": t, "count": counts[u, t, k],
                              "answer": pd.Categorical.from_codes(k, list("abcdef")[:options])})  # fmt: skip
        others = unit_sd * rng.normal(size=(MANY, 1, options - 1)) if units else np.zeros((1, 1, options - 1))
        truth = softmax((place + others) @ turn.T, axis=-1).mean(axis=0)
        found = option_curves(
            frame, along="step", unit="item" if units else None, sampling=Sampling(draws=250), seed=seed
        )
        table = found.estimates
        true = truth.T.ravel()
        spreads = found.meta["spreads"]
        held = {("shares",): ((table["lower"] <= true) & (true <= table["upper"])).mean()}
        for name, value in (("curve", sd), ("unit", unit_sd)):
            if name in spreads:
                held[("spread of the " + name,)] = spreads[name]["lower"] <= value <= spreads[name]["upper"]
        return held

    return study


SETTINGS = {
    "3 options, 8 steps of 40 answers": setting(3, 8, 40),
    "5 options, 12 steps of 60 answers": setting(5, 12, 60),
    "3 options, 6 steps, 40 items once each": setting(3, 6, 1, 40),
}

if __name__ == "__main__":
    cover(
        "option_curve_coverage",
        SETTINGS,
        ("what_holds",),
        __doc__,
        {"3 options, 6 steps, 40 items once each": 3},
        simulations=300,
    )
