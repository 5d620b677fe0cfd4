"""Simulation-based calibration of the graded response model: one trait, two correlated traits, two groups.

Truths are drawn by the layout that the sampler's density is made of, traits and answers from the model (Samejima 1969).
Nothing is conditioned on: categories that nobody used are left to the prior.

    python benchmarks/graded_sbc.py [simulations]   ->   benchmarks/results/graded_sbc.csv

A row per design and quantity; `divergent` is the share of draws after a divergence, `ess` the median over studies of the
smallest effective sample size. Chains are lengthened once where it is below 150.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import arviz_stats
import numpy as np
import pandas as pd
import xarray as xr
from rank_calibration import truth_ranks
from sbc_records import LAST_RANK, generator, keep, rows_of, run_studies

from valuestats.measurement.graded import estimands as graded_estimands
from valuestats.measurement.graded import fit as graded_fit
from valuestats.measurement.graded import model as graded_model
from valuestats.statistics.ordinal import category_probabilities

RESULTS = Path(__file__).parent / "results" / "graded_sbc.csv"
PRIORS = graded_model.GradedPriors()
CATEGORIES = 4
DESIGNS = {
    "one trait": {"traits": 1, "groups": 1, "respondents": 60, "items": 5},
    "two traits": {"traits": 2, "groups": 1, "respondents": 60, "items": 6},
    "two groups": {"traits": 1, "groups": 2, "respondents": 100, "items": 4},
}
ENOUGH = 150


def simulated(label, rng):
    """A design with answers, and the true parameters in the form of draws."""
    size = DESIGNS[label]
    n, items = size["respondents"], size["items"]
    trait = np.arange(items) * size["traits"] // items
    group = np.arange(n) * size["groups"] // n
    shape = (trait, group, CATEGORIES, size["traits"], size["groups"])
    layout = graded_model.GradedLayout(graded_model.GradedDesign(np.full((n, items), -1), *shape), PRIORS)
    x = layout.draw(rng)
    found = layout.parameters(x)
    theta = rng.normal(size=(n, size["traits"])) @ found.factor.T
    theta = found.mean[group][:, None] + found.sd[group][:, None] * theta
    p = category_probabilities(found.cut[group], found.slope[group] * theta[:, trait])
    codes = (rng.random((n, items, 1)) > p.cumsum(axis=2)[..., :-1]).sum(axis=2)
    truth = graded_estimands.graded_draws(layout, x[None, None], "logit", theta=theta[None, None])
    return graded_model.GradedDesign(codes, *shape), truth


def quantities(draws):
    """Draws of each quantity, ``(chain, draw)``."""
    found = {
        "discrimination": draws.discrimination[..., 0],
        "lowest threshold": draws.threshold[..., 0, 0],
        "highest threshold": draws.threshold[..., -1, -1],
        "trait of a respondent": draws.theta[..., 0, 0],
    }
    if draws.correlation.shape[-1] > 1:
        found["correlation"] = draws.correlation[..., 1, 0]
    if draws.kinds:
        found |= {"mean of a group": draws.mean[..., 0], "sd of a group": draws.sd[..., 0]}
        found |= {"loading deviation": draws.loading[..., 0, 0], "shift": draws.shift[..., 0, 0, 0]}
        found |= {f"spread, {kind}": draws.spread[..., k] for k, kind in enumerate(draws.kinds)}
    return found


def calibrate(label, simulations):
    """Rows of the result for one design."""

    def study(k):
        rng = generator(label, k)
        design, truth = simulated(label, rng)
        true = {name: value.item() for name, value in quantities(truth).items()}
        for draws in (400, 1600):
            fit = graded_fit.fit_graded(
                design, priors=PRIORS, draws=draws, tune=400, chains=4, seed=k, progress=False
            )
            values = np.stack(list(quantities(fit.draws).values()), axis=-1)
            ess = float(arviz_stats.ess(xr.Dataset({"x": (("chain", "draw", "q"), values)}))["x"].min())
            if ess >= ENOUGH:
                break
        flat = values.reshape(-1, values.shape[-1])
        ranks = truth_ranks(flat, np.array(list(true.values())), LAST_RANK, rng)
        return {
            "ranks": dict(zip(true, ranks.tolist(), strict=True)),
            "ess": ess,
            "divergent": fit.verdict["divergences"] / len(flat),
        }

    records = run_studies("graded_sbc", label, simulations, study)
    if not records:
        return []
    frame = pd.DataFrame(records)
    divergent, ess = round(float(frame["divergent"].mean()), 5), round(float(frame["ess"].median()))
    return rows_of(label, records, divergent=divergent, ess=ess)


def main(simulations=100, only=""):
    """Calibrate every design and keep the result."""
    rows = []
    for label in DESIGNS:
        if only in label:
            rows += calibrate(label, simulations)
    keep(RESULTS, rows)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    main(*[int(a) for a in arguments[:1]], *arguments[1:])
