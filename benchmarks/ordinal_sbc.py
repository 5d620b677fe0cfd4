"""Simulation-based calibration of the ordinal model's engines (Talts et al. 2018; Modrak et al. 2023).

Hyperparameters, coefficients and answers are drawn from the model itself; the posterior's probability below the true
value is then uniform if prior, likelihood and engine agree. Every hyperparameter, one coefficient of every block and the
log-likelihood are looked at, for each family that the latent design knows.

    python benchmarks/ordinal_sbc.py [simulations]   ->   benchmarks/results/ordinal_sbc.csv

A row per design and quantity: 20 bins of the probability, the p-values of Pearson's chi-square and of Kolmogorov and
Smirnov. The engine is `auto`: Laplace draws where their weights say that they may be trusted (`laplace` is the share of
such studies), the whitened sampler where not.
"""

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.latent.bases import zero_sum_basis
from valuestats.latent.design import THRESHOLDS, Block, Hyper, LatentDesign, Scale, index_term
from valuestats.latent.engines import trusted
from valuestats.latent.hmc import sample_whitened
from valuestats.latent.laplace import fit_laplace
from valuestats.latent.likelihoods.families import cell_derivatives
from valuestats.latent.nested_laplace import nested_laplace
from valuestats.latent.posterior import LatentPosterior
from valuestats.regression.cells import build_design
from valuestats.regression.profile_design import latent_design

RESULTS = Path(__file__).parent / "results" / "ordinal_sbc.csv"
BINS = 20
DRAWS = 800


def value_design(thresholds, wording):
    """Four models, twelve items of four values, four answers a cell: the model of `valuestats.value_profile`."""
    rng = np.random.default_rng(0)
    wordings = ["a", "b"] if wording else ["a"]
    rows = [
        (f"m{m}", f"i{i}", w, int(a))
        for m in range(4)
        for i in range(12)
        for w in wordings
        for a in rng.integers(1, 6, size=4)
    ]
    answers = pd.DataFrame(rows, columns=["model", "item", "wording", "answer"])
    keys = pd.DataFrame(
        {"item": [f"i{i}" for i in range(12)], "dimension": [f"v{i % 4}" for i in range(12)], "sign": 1}
    )
    design = build_design(answers, keys, scale=(1, 5), effects=["wording"] if wording else [])
    return latent_design(design, thresholds=thresholds)


def family_design(family, link):
    """Twenty groups with a spread to be estimated, a covariate, four categories: the smallest mixed model."""
    groups, per = 20, 3
    group = np.repeat(np.arange(groups), per)
    covariate = np.tile(np.linspace(-1, 1, per), groups)
    steps = 3
    return LatentDesign(
        counts=np.full((groups * per, steps + 1), 2.0),
        group=np.zeros(groups * per, dtype=np.int64),
        sets=1,
        terms={
            "group": index_term(group, groups),
            "x": index_term(np.zeros(groups * per, dtype=np.int64), 1, covariate),
        },
        blocks=(
            Block("thresholds", THRESHOLDS, np.eye(steps), (steps,), 1.0),
            Block("x", "x", np.eye(1), (1,), 1.0),
            Block("group", "group", zero_sum_basis(groups), (groups - 1,), 1.0, (Scale("spread"),)),
        ),
        hypers=(Hyper("spread", 1, "half_normal", 1.0),),
        family=family,
        link=link,
        threshold_map="direct" if family != "cumulative" or link == "cloglog" else "shares",
    )


DESIGNS = {
    "values, common thresholds": lambda: value_design("common", wording=False),
    "values, thresholds per model, wordings": lambda: value_design("model", wording=True),
    "mixed, cumulative logit": lambda: family_design("cumulative", "logit"),
    "mixed, cumulative probit": lambda: family_design("cumulative", "probit"),
    "mixed, adjacent": lambda: family_design("adjacent", "logit"),
    "mixed, sequential logit": lambda: family_design("sequential", "logit"),
    "mixed, sequential cloglog": lambda: family_design("sequential", "cloglog"),
}


def draw_study(template, posterior, rng):
    """A truth and its answers, both from the model."""
    phi = rng.normal(size=template.hyper_size)
    sd = np.exp(template.log_sd(template.unconstrained(phi[:, None]))[:, 0])
    x = rng.normal(size=template.size) * sd
    eta, raw = posterior.locate(x[:, None])
    cut = posterior.thresholds(raw)[0]
    z = cut[template.group] - eta
    categories = template.counts.shape[1]
    p = np.stack(
        [
            np.exp(
                cell_derivatives(
                    np.eye(categories)[np.full(len(z), k)], z, family=template.family, link=template.link
                )[0]
            )
            for k in range(categories)
        ],
        axis=1,
    )
    n = template.counts.sum(axis=1).astype(int)
    counts = rng.multinomial(n, p / p.sum(axis=1, keepdims=True)).astype(float)
    return phi, x, replace(template, counts=counts)


def quantities(design):
    """Names of what is looked at, and where it stands."""
    named = []
    for hyper in design.hypers:
        named += [
            (f"{hyper.name}[{k}]", "phi", design.hyper_slices[hyper.name].start + k)
            for k in range(min(hyper.size, 2))
        ]
    named += [(f"{block.name}[0]", "x", design.slices[block.name].start) for block in design.blocks]
    return named


def posterior_draws(design, seed):
    """Coefficients, hyperparameters and weights as `auto` draws them, and whether they are Laplace draws."""
    posterior = LatentPosterior(design)
    fit = fit_laplace(posterior, seed=seed)
    drawn = nested_laplace(posterior, fit, draws=DRAWS, seed=seed)
    if trusted(drawn):
        return drawn.x, drawn.phi, drawn.weights, True
    chains = sample_whitened(posterior, fit, draws=DRAWS // 4, tune=200, chains=4, seed=seed)
    xs, phis = chains.x.reshape(design.size, -1), chains.phi.reshape(design.hyper_size, -1)
    return xs, phis, np.full(xs.shape[1], 1 / xs.shape[1]), False


def calibrate(label, simulations):
    """Rows of the result for one design."""
    template = DESIGNS[label]()
    shape = LatentPosterior(template)
    named = quantities(template)
    below = {name: [] for name, *_ in named} | {"log-likelihood": []}
    laplace, start = 0, time.perf_counter()
    for k in range(simulations):
        rng = np.random.default_rng([k, len(label)])
        phi, x, design = draw_study(template, shape, rng)
        posterior = LatentPosterior(design)
        xs, phis, weights, quick = posterior_draws(design, k)
        laplace += quick
        for name, part, at in named:
            values, true = (phis[at], phi[at]) if part == "phi" else (xs[at], x[at])
            below[name].append(weights[values < true].sum())
        true = posterior.log_likelihood(x[:, None])[0][0]
        below["log-likelihood"].append(weights[posterior.log_likelihood(xs)[0] < true].sum())
    rows = []
    for name, values in below.items():
        u = np.clip(np.array(values), 0, 1)
        counts = np.histogram(u, bins=BINS, range=(0, 1))[0]
        rows.append(
            {
                "design": label,
                "quantity": name,
                "simulations": len(u),
                "laplace": round(laplace / simulations, 4),
                "mean": round(float(u.mean()), 4),
                "chi_square_p": round(float(stats.chisquare(counts).pvalue), 4),
                "ks_p": round(float(stats.kstest(u, "uniform").pvalue), 4),
                "bins": " ".join(map(str, counts)),
            }
        )
    print(f"{label}: {time.perf_counter() - start:.0f} s, Laplace in {laplace} of {simulations}", flush=True)
    print(pd.DataFrame(rows)[["quantity", "mean", "chi_square_p", "ks_p"]].to_string(), flush=True)
    return rows


def main(simulations=200):
    """Calibrate every design and keep the result."""
    rows = []
    for label in reversed(DESIGNS):
        rows += calibrate(label, simulations)
        pd.DataFrame(rows).to_csv(RESULTS, index=False)
    p = np.sort(pd.DataFrame(rows)["ks_p"].to_numpy())
    print(
        f"{len(p)} quantities; smallest p-value after Holm {min((p * np.arange(len(p), 0, -1)).min(), 1):.3f}"
    )


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:]))
