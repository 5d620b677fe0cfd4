"""Simulation-based calibration of the joint model of answers and answering (Talts et al. 2018), and its prior's predictions.

Hyperparameters, coefficients, answers and which of them are given are drawn from the model itself, at a declared
coefficient of the answer; the posterior's probability below the true value is then uniform if prior, likelihood and engine
agree. Design: two models, eight items, four answers a cell, five codes.

    python benchmarks/missing_joint_sbc.py [simulations [coefficient ...]]   ->   benchmarks/results/missing_joint_sbc.csv

A row per coefficient and quantity: 20 bins of the probability and the p-values of Pearson's chi-square and of Kolmogorov and
Smirnov, and, of the prior alone, the 5 %, 50 % and 95 % quantiles over studies of the share of answers missing and of the
mean code given.
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
from scipy.special import expit

from valuestats.latent.engines import draw_latent
from valuestats.latent.likelihoods.answering import AnsweringPosterior
from valuestats.missing.answering_design import AskedCells, answering_posterior, expected_codes

RESULTS = Path(__file__).parent / "results" / "missing_joint_sbc.csv"
BINS, MODELS, ITEMS, CODES, ASKED = 20, 2, 8, 5, 4
DELTAS = (0.0, 0.8)


def template(delta):
    """The posterior of a study without answers yet."""
    model, item = np.divmod(np.arange(MODELS * ITEMS), ITEMS)
    counts, missing = np.ones((MODELS * ITEMS, CODES)), np.zeros(MODELS * ITEMS)
    return answering_posterior(AskedCells(counts, missing, model, item, None, MODELS, True), delta)


def study(empty, rng):
    """A truth and its answers, both from the model."""
    d, n = empty.design, empty.cells
    phi = rng.normal(size=d.hyper_size)
    x = rng.normal(size=d.size) * np.exp(d.log_sd(d.unconstrained(phi[:, None]))[:, 0])
    eta, raw = (a[:, 0] for a in empty.locate(x[:, None]))
    cut = empty.thresholds(raw[:, None])[0, 0]
    ends = np.zeros((n, 1))
    below = np.concatenate([ends, expit(cut - eta[:n, None]), ends + 1], axis=1)
    given = np.diff(below, axis=1) * expit(eta[n:, None] + empty.moves)
    p = np.concatenate([given, 1 - given.sum(axis=1, keepdims=True)], axis=1)
    seen = rng.multinomial(ASKED, np.maximum(p, 0) / np.maximum(p, 0).sum(axis=1, keepdims=True)).astype(
        float
    )
    counts = np.concatenate([seen[:, :-1], np.zeros((n, CODES))])
    return phi, x, AnsweringPosterior(replace(d, counts=counts), seen[:, -1], empty.moves)


def main(simulations=200, *deltas):
    """Calibrate each coefficient, or those named, and keep the result beside that of the others."""
    rows = []
    for delta in deltas or DELTAS:
        empty, start = template(delta), time.perf_counter()
        d = empty.design
        named = [(h.name, "phi", d.hyper_slices[h.name].start) for h in d.hypers]
        named += [(b.name, "x", d.slices[b.name].start) for b in d.blocks]
        below = {name: [] for name, *_ in named} | {"expected code": [], "log-likelihood": []}
        laplace, shares, means = 0, [], []
        for k in range(simulations):
            rng = np.random.default_rng([k, round(10 * delta)])
            phi, x, posterior = study(empty, rng)
            given = posterior.given.sum(axis=0)
            shares.append(posterior.missing.sum() / (posterior.missing.sum() + given.sum()))
            means.append(1 + given @ np.arange(CODES) / given.sum() if given.sum() else np.nan)
            drawn = draw_latent(posterior, draws=200, tune=200, seed=k)
            if isinstance(drawn, list):
                raise SystemExit(f"no fit of study {k}: {drawn}")
            laplace += drawn.fit.engine == "laplace"
            xs, phis = drawn.x.reshape(d.size, -1), drawn.phi.reshape(d.hyper_size, -1)
            for name, part, at in named:
                values, true = (phis[at], phi[at]) if part == "phi" else (xs[at], x[at])
                below[name].append((values < true).mean())
            true = expected_codes(posterior, x[:, None], phi[:, None], MODELS)[0, 0]
            below["expected code"].append((expected_codes(posterior, xs, phis, MODELS)[:, 0] < true).mean())
            true = posterior.log_likelihood(x[:, None])[0][0]
            below["log-likelihood"].append((posterior.log_likelihood(xs)[0] < true).mean())
        for name, values in below.items():
            u = np.array(values)
            counts = np.histogram(u, bins=BINS, range=(0, 1))[0]
            rows.append(
                {
                    "coefficient": delta,
                    "quantity": name,
                    "simulations": simulations,
                    "laplace": round(laplace / simulations, 4),
                    "mean": round(float(u.mean()), 4),
                    "chi_square_p": round(float(stats.chisquare(counts).pvalue), 4),
                    "ks_p": round(float(stats.kstest(u, "uniform").pvalue), 4),
                    "bins": " ".join(map(str, counts)),
                }
            )
        for name, values in (("prior: share missing", shares), ("prior: mean code given", means)):
            low, middle, high = np.nanquantile(values, [0.05, 0.5, 0.95]).round(3)
            rows.append({"coefficient": delta, "quantity": name, "mean": middle, "lower": low, "upper": high})
        print(
            f"{delta:g}: {time.perf_counter() - start:.0f} s, Laplace in {laplace} of {simulations}",
            flush=True,
        )
        table = pd.DataFrame(rows).assign(date=str(pd.Timestamp.now().date()))
        if RESULTS.exists():
            before = pd.read_csv(RESULTS)
            table = pd.concat([before[~before["coefficient"].isin(table["coefficient"])], table])
        table.sort_values("coefficient", kind="stable").to_csv(RESULTS, index=False)
    print(table.drop(columns="bins").to_string())


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:2]), *(float(a) for a in sys.argv[2:]))
