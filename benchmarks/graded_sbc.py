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
from sbc_records import LAST_RANK, generator, keep, rows_of, run_studies

from valuestats.kernels.ordinal import category_probabilities
from valuestats.kernels.rank_calibration import truth_ranks
from valuestats.models.graded_fit import fit_graded
from valuestats.models.graded_model import GradedDesign, GradedLayout, GradedPriors

RESULTS = Path(__file__).parent / "results" / "graded_sbc.csv"
PRIORS = GradedPriors()
CATEGORIES = 4
DESIGNS = {
    "one trait": {"traits": 1, "groups": 1, "respondents": 60, "items": 5},
    "two traits": {"traits": 2, "groups": 1, "respondents": 60, "items": 6},
    "two groups": {"traits": 1, "groups": 2, "respondents": 100, "items": 4},
}
ENOUGH = 150


def simulated(label, rng):
    """A design with answers, and the true value of each quantity."""
    size = DESIGNS[label]
    n, items = size["respondents"], size["items"]
    trait = np.arange(items) * size["traits"] // items
    group = np.arange(n) * size["groups"] // n
    empty = GradedDesign(np.full((n, items), -1), trait, group, CATEGORIES, size["traits"], size["groups"])
    layout = GradedLayout(empty, PRIORS)
    x = layout.draw(rng)
    found = layout.parameters(x)
    theta = rng.normal(size=(n, size["traits"])) @ found.factor.T
    theta = found.mean[group][:, None] + found.sd[group][:, None] * theta
    eta = found.slope[group] * theta[:, trait]
    p = category_probabilities(found.cut[group], eta)
    codes = (rng.random((n, items, 1)) > p.cumsum(axis=2)[..., :-1]).sum(axis=2)
    design = GradedDesign(codes, trait, group, CATEGORIES, size["traits"], size["groups"])
    parts = layout.split(x)
    # an item's own parameters, before the groups' deviations: those of an average group
    plain = {**layout.deviations(parts)} if size["groups"] > 1 else {}
    average = {k: np.zeros_like(v) for k, v in layout.deviations(parts).items()}
    a, cut = layout.items_of(parts, average)
    true = {
        "discrimination": a[0, 0],
        "lowest threshold": cut[0, 0, 0],
        "highest threshold": cut[0, -1, -1],
        "trait of a respondent": theta[0, 0],
    }
    if size["traits"] > 1:
        true["correlation"] = (found.factor @ found.factor.T)[1, 0]
    if size["groups"] > 1:
        true |= {"mean of a group": found.mean[0], "sd of a group": found.sd[0]}
        true |= {"loading deviation": plain["loading"][0, 0], "threshold deviation": plain["threshold"][0, 0]}
        spread = np.exp(parts["log_spread"])
        true |= {f"spread, {kind}": spread[k] for k, kind in enumerate(layout.kinds)}
    return design, true


def columns(draws, names, kinds):
    """Draws of the quantities, shape ``(chain, draw, quantities)``."""
    known = {
        "discrimination": draws.discrimination[..., 0],
        "lowest threshold": draws.threshold[..., 0, 0],
        "highest threshold": draws.threshold[..., -1, -1],
        "trait of a respondent": draws.theta[..., 0, 0],
    }
    if "correlation" in names:
        known["correlation"] = draws.correlation[..., 1, 0]
    if kinds:
        known |= {"mean of a group": draws.mean[..., 0], "sd of a group": draws.sd[..., 0]}
        known |= {
            "loading deviation": draws.loading[..., 0, 0],
            "threshold deviation": draws.shift[..., 0, 0],
        }
        known |= {f"spread, {kind}": draws.spread[..., k] for k, kind in enumerate(kinds)}
    return np.stack([known[name] for name in names], axis=-1)


def calibrate(label, simulations):
    """Rows of the result for one design."""

    def study(k):
        rng = generator(label, k)
        design, true = simulated(label, rng)
        kinds = [name.split(", ")[1] for name in true if name.startswith("spread")]
        for draws in (500, 2000):
            fit = fit_graded(design, priors=PRIORS, draws=draws, tune=500, chains=4, seed=k, progress=False)
            values = columns(fit.draws, list(true), kinds)
            ess = float(arviz_stats.ess(xr.Dataset({"x": (("chain", "draw", "q"), values)}))["x"].min())
            if ess >= ENOUGH:
                break
        flat = values.reshape(-1, values.shape[-1])
        ranks = truth_ranks(flat, np.array(list(true.values())), LAST_RANK, rng)
        divergences = fit.verdict["divergences"] / len(flat)
        return {"ranks": dict(zip(true, ranks.tolist(), strict=True)), "ess": ess, "divergent": divergences}

    records = run_studies("graded_sbc", label, simulations, study)
    frame = pd.DataFrame(records)
    divergent, ess = round(float(frame["divergent"].mean()), 5), round(float(frame["ess"].median()))
    return rows_of(label, records, divergent=divergent, ess=ess)


def main(simulations=100, only=""):
    """Calibrate every design and keep the result."""
    rows = []
    for label in DESIGNS:
        if only in label:
            rows += calibrate(label, simulations)
    if not only:
        keep(RESULTS, rows)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    main(*[int(a) for a in arguments[:1]], *arguments[1:])
