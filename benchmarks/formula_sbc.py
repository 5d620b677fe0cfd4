"""Simulation-based calibration of `fit_ordinal`: every part of a formula, in the engine that `auto` takes for it.

Truths are prior draws of the very PyMC model that is fitted (its data put aside); answers come from the package's own
category probabilities, which the model's likelihood doesn't use. What only PyMC expresses is sampled by `nuts`, compiled
once per design; the other designs are fitted by `auto` (Laplace, else the whitened sampler), so that for them the two
forms of the model are held against each other too. Nothing is conditioned on: unused categories are left to the prior.

    python benchmarks/formula_sbc.py [simulations]   ->   benchmarks/results/formula_sbc.csv

A row per design and quantity; `auto` is the share of studies by Laplace, `divergent` that of draws after a divergence,
`ess` the median over studies of the smallest effective sample size. Chains are lengthened until it is 150 or more.
"""

import os
import sys
from dataclasses import replace
from itertools import product
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import arviz_stats
import numpy as np
import pandas as pd
import pymc as pm
import xarray as xr
from rank_calibration import truth_ranks
from sbc_records import LAST_RANK, generator, keep, rows_of, run_studies, unfinished

from valuestats.latent.pymc_sampling import compile_model, run_compiled
from valuestats.regression.effects_design import build_effects
from valuestats.regression.effects_draws import EffectPriors, row_log_probabilities
from valuestats.regression.effects_engines import fit_effects
from valuestats.regression.effects_formula import OrdinalSpec
from valuestats.regression.effects_pymc import effects_model, pymc_effect_draws
from valuestats.regression.effects_report import reported_terms

RESULTS = Path(__file__).parent / "results" / "formula_sbc.csv"
PRIORS = EffectPriors()
ENOUGH, LONGEST, ROUND = 150, 8000, 20


def grid(repeats, **levels):
    """Every combination of levels, so many answers each."""
    frame = pd.DataFrame(list(product(*levels.values())), columns=list(levels))
    return frame.assign(count=repeats)


MODELS = ["a", "b", "c"]
X = [-1.0, 0.0, 1.0]


def items(n):
    return [f"i{k}" for k in range(n)]


DESIGNS = {
    "unequal variances, logit": (
        OrdinalSpec("answer ~ model + (1|item)", disc="~ model"),
        grid(6, model=MODELS, item=items(8)),
    ),
    "unequal variances, probit": (
        OrdinalSpec("answer ~ model + (1|item)", link="probit", disc="~ model"),
        grid(6, model=MODELS, item=items(8)),
    ),
    "graded response": (
        OrdinalSpec("answer ~ 1 + (1|respondent)", thresholds="item", discrimination="item"),
        grid(1, respondent=[f"r{k}" for k in range(40)], item=items(5)),
    ),
    "category-specific, sequential": (
        OrdinalSpec("answer ~ model + cs(x) + (1|item)", family="sequential"),
        grid(4, model=MODELS[:2], x=X, item=items(6)),
    ),
    "category-specific, adjacent": (
        OrdinalSpec("answer ~ model + cs(x) + (1|item)", family="adjacent"),
        grid(4, model=MODELS[:2], x=X, item=items(6)),
    ),
    "monotonic": (
        OrdinalSpec("answer ~ model + mo(effort) + (1|item)"),
        grid(4, model=MODELS[:2], effort=[1.0, 2.0, 3.0, 4.0], item=items(6)),
    ),
    "correlated slopes, few answers": (
        OrdinalSpec("answer ~ x + (x|item)"),
        grid(2, x=X, item=items(12)),
    ),
    "correlated slopes, many answers": (
        OrdinalSpec("answer ~ x + (x|item)"),
        grid(15, x=X, item=items(12)),
    ),
    "thresholds per model, crossed groups": (
        OrdinalSpec("answer ~ x + (1|item) + (1|model:item)", thresholds="model"),
        grid(3, model=MODELS, x=X[::2], item=items(8)),
    ),
    "uncorrelated slopes, probit": (
        OrdinalSpec("answer ~ x + (x||item) + (1|model)", link="probit"),
        grid(3, model=MODELS, x=X, item=items(8)),
    ),
    "sequential, thresholds per model": (
        OrdinalSpec("answer ~ x + (1|item)", family="sequential", thresholds="model"),
        grid(3, model=MODELS, x=X, item=items(8)),
    ),
    "adjacent, thresholds per model": (
        OrdinalSpec("answer ~ x + (1|item)", family="adjacent", thresholds="model"),
        grid(3, model=MODELS, x=X, item=items(8)),
    ),
    "cumulative cloglog": (
        OrdinalSpec("answer ~ x + (1|item)", link="cloglog"),
        grid(3, x=X, item=items(12)),
    ),
}
CATEGORIES = 4


def template(label):
    """The design with answers in place, and its PyMC model."""
    spec, frame = DESIGNS[label]
    frame = frame.assign(answer=np.arange(len(frame)) % CATEGORIES + 1)
    design = build_effects(frame, spec, scale=(1, CATEGORIES), unidentified="warn")
    return design, effects_model(design, PRIORS)


def prior_truths(design, model, size, seed=0):
    """Truths drawn from the model's own prior, as `EffectDraws`."""
    named = model.free_RVs + model.deterministics
    drawn = pm.draw(named, draws=size, random_seed=seed)
    found = {
        v.name: (("chain", "draw", *[f"{v.name}_{k}" for k in range(a.ndim - 1)]), a[None])
        for v, a in zip(named, drawn, strict=True)
    }
    return pymc_effect_draws(design, xr.DataTree.from_dict({"posterior": xr.Dataset(found)}))


def quantities(design, draws):
    """Names and values ``(S, quantities)``: all spreads, two terms of each other part, an effect a group."""
    terms = reported_terms(design, draws)
    parts = pd.Series(terms.parts)
    whole = parts.isin(["standard deviation", "correlation"])
    chosen = sorted(
        {n for at in parts.groupby(parts).groups.values() for n in at if n in (at[0], at[-1]) or whole[n]}
    )
    names = [terms.names[n] for n in chosen]
    columns = [terms.values[:, n] for n in chosen]
    for group, effects in zip(design.groups, draws.effects, strict=True):
        names += [f"effect[{name}|{':'.join(group.factor)}]" for name in group.names]
        columns += list(effects[:, 0].T)
    log_p = row_log_probabilities(design, draws)
    log_likelihood = np.where(design.counts > 0, design.counts * log_p, 0.0).sum(axis=(1, 2))
    return [*names, "log-likelihood"], np.column_stack([*columns, log_likelihood])


def sampled(compiled, design, seed):
    """Posterior draws by `nuts`, as long as it takes."""
    draws = 500
    while True:
        tree = run_compiled(
            compiled.with_data(counts=design.counts),
            progress=False,
            draws=draws,
            tune=500,
            chains=4,
            cores=1,
            seed=seed,
            adaptation="low_rank" if design.groups else "diag",
            target_accept=0.9,
            save_warmup=False,
        )
        found = pymc_effect_draws(design, tree)
        names, values = quantities(design, found)
        chains = xr.Dataset({"x": (("chain", "draw", "q"), values.reshape(4, -1, len(names)))})
        ess = float(arviz_stats.ess(chains)["x"].min())
        if ess >= ENOUGH or draws >= LONGEST:
            divergent = float(tree["sample_stats"]["diverging"].mean())
            return names, values, {"ess": ess, "divergent": divergent, "engine": "nuts"}
        draws *= 4


def program(label, simulations):
    """What runs one study of a design."""
    template_design, model = template(label)
    truths = prior_truths(template_design, model, simulations)
    log_p = row_log_probabilities(template_design, truths)
    totals = template_design.counts.sum(axis=1).astype(int)
    compiled = compile_model(model) if template_design.extended else None

    def study(k):
        rng = generator(label, k)
        p = np.exp(log_p[k])
        counts = rng.multinomial(totals, p / p.sum(axis=1, keepdims=True)).astype(float)
        design = replace(template_design, counts=counts)
        true = quantities(design, truths)[1][k]
        if compiled is not None:
            names, values, record = sampled(compiled, design, k)
        else:
            fitted = fit_effects(design, PRIORS, "auto", draws=500, tune=300, chains=4, seed=k)
            names, values = quantities(design, fitted.draws)
            record = {"engine": fitted.fit.engine, "ess": 2000.0, "divergent": 0.0}
        ranks = truth_ranks(values, true, LAST_RANK, rng)
        return {"ranks": dict(zip(names, ranks.tolist(), strict=True)), **record}

    return study


def rows_of_design(label, records):
    """Rows of the result for one design."""
    if not records:
        return []
    frame = pd.DataFrame(records)
    return rows_of(
        label,
        records,
        laplace=float((frame["engine"] == "laplace").mean()),
        divergent=round(float(frame["divergent"].mean()), 5),
        ess=round(float(frame["ess"].median())),
    )


def main(simulations=100, only=""):
    """Calibrate every design, in rounds so that all have some studies soon, and keep the result after each."""
    labels = [label for label in DESIGNS if only in label]
    programs = {}
    for size in [*range(ROUND, simulations, ROUND), simulations]:
        rows = []
        for label in labels:
            if label not in programs and unfinished("formula_sbc", label, simulations):
                programs[label] = program(label, simulations)
            rows += rows_of_design(label, run_studies("formula_sbc", label, size, programs.get(label)))
        keep(RESULTS, rows)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    main(*[int(a) for a in arguments[:1]], *arguments[1:])
