"""Simulation-based calibration of the multilevel models: refusal rates and group shares.

Truths are drawn from the priors that the models state (`INTERCEPT_SD` and the half-normal scales); all answers of a study
come from one truth. Nothing is conditioned on, so that studies without any refusal, or of refusals only, are among them.

    python benchmarks/multilevel_sbc.py [simulations]   ->   benchmarks/results/multilevel_sbc.csv

A row per design and quantity. Rates and shares are those of the verbs' estimands: clusters integrated out.
"""

import inspect
import os
import sys
from itertools import product
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from rank_calibration import truth_ranks
from sbc_records import LAST_RANK, generator, keep, rows_of, run_studies
from scipy.special import expit, softmax

from valuestats.latent.likelihoods import rates as multilevel_rates
from valuestats.latent.likelihoods import shares as multilevel_shares
from valuestats.missing.refusal_rates import refusal_rates

RESULTS = Path(__file__).parent / "results" / "multilevel_sbc.csv"
SPREAD_SD = inspect.signature(refusal_rates).parameters["spread_sd"].default
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(61)

RATES = {
    "refusal rates, one answer an item": {"models": 5, "topics": 4, "items": 6, "repeats": 1},
    "refusal rates, four answers an item": {"models": 5, "topics": 4, "items": 6, "repeats": 4},
    "refusal rates, two models": {"models": 2, "topics": 3, "items": 20, "repeats": 2},
}
SHARES = {
    "group shares, 20 people a cell": {"sizes": (4, 5), "options": 3, "people": 20},
    "group shares, 3 people a cell": {"sizes": (4, 5), "options": 3, "people": 3},
    "group shares, two options": {"sizes": (6,), "options": 2, "people": 10},
}


def rates_study(label, k):
    """Models x topics, items within topics; each model answers each item so many times."""
    size = RATES[label]
    rng = generator(label, k)
    n_m, n_t, n_i, repeats = (size[name] for name in ("models", "topics", "items", "repeats"))
    names = ["model", "topic", "model x topic", "item"] + (["model x item"] if repeats > 1 else [])
    sd = dict(zip(names, np.abs(rng.normal(0, SPREAD_SD, len(names))), strict=True))
    fixed = rng.normal(0, multilevel_rates.INTERCEPT_SD) + sd["model"] * rng.normal(size=(n_m, 1))
    fixed = fixed + sd["topic"] * rng.normal(size=n_t) + sd["model x topic"] * rng.normal(size=(n_m, n_t))
    own = sd["item"] * rng.normal(size=(n_t, n_i)) + sd.get("model x item", 0.0) * rng.normal(
        size=(n_m, n_t, n_i)
    )
    refused = rng.binomial(repeats, expit(fixed[:, :, None] + own))
    rows = [
        (f"m{m}", f"t{t}", f"t{t}i{i}", status, count)
        for m, t, i in product(range(n_m), range(n_t), range(n_i))
        for status, count in (("refusal", refused[m, t, i]), ("valid", repeats - refused[m, t, i]))
        if count
    ]
    counts = pd.DataFrame(rows, columns=["model", "topic", "item", "status", "count"])
    found = refusal_rates(counts, ["model", "topic"], clusters=["item"], seed=k)
    drawn = found.replicates().transpose("draw", "model", "topic").to_numpy()
    within = np.hypot(sd["item"], sd.get("model x item", 0.0))
    true = expit(fixed[..., None] + NODES * within) @ (WEIGHTS / WEIGHTS.sum())
    pairs = {
        "rate, one cell": (drawn[:, 0, 0], true[0, 0]),
        "rate, one model": (drawn[:, 0, -1], true[0].mean()),
        "rate, one topic": (drawn[:, -1, 0], true[:, 0].mean()),
        "rate, all": (drawn[:, -1, -1], true.mean()),
        "contrast of models": (drawn[:, 0, -1] - drawn[:, 1, -1], true[0].mean() - true[1].mean()),
        "contrast of topics": (drawn[:, -1, 0] - drawn[:, -1, 1], true[:, 0].mean() - true[:, 1].mean()),
    }
    return _ranked(pairs, rng) | {
        "events": int(refused.sum()),
        "effective": found.meta["effective_scale_draws"],
    }


def kernel_study(label, k):
    """The same model's intercept and standard deviations, which the verb gives as intervals only."""
    size = RATES[label.removesuffix(", spreads")]
    rng = generator(label, k)
    n_m, n_t, n_i, repeats = (size[name] for name in ("models", "topics", "items", "repeats"))
    m, t, i = (a.ravel() for a in np.indices((n_m, n_t, n_i)))
    item = t * n_i + i
    levels = [m, t, m * n_t + t, item] + ([m * n_t * n_i + item] if repeats > 1 else [])
    sizes = [int(v.max()) + 1 for v in levels]
    sd = np.abs(rng.normal(0, SPREAD_SD, len(levels)))
    effects = [s * rng.normal(size=n) for s, n in zip(sd, sizes, strict=True)]
    intercept = rng.normal(0, multilevel_rates.INTERCEPT_SD)
    eta = intercept + sum(u[level] for u, level in zip(effects, levels, strict=True))
    trials = np.full(len(m), float(repeats))
    events = rng.binomial(repeats, expit(eta)).astype(float)
    found = multilevel_rates.multilevel_rates(
        events, trials, np.stack(levels, axis=1), sizes,
        eliminate=len(levels) - 1, spread_sd=SPREAD_SD, rng=rng,
    )  # fmt: skip
    names = ["model", "topic", "model x topic", "item", "model x item"]
    pairs = {f"sd, {names[f]}": (found.scales[:, f], sd[f]) for f in range(len(levels))}
    pairs["intercept"] = (found.coefficients[:, 0], intercept)
    pairs["effect of a model"] = (found.coefficients[:, 1], effects[0][0])
    return _ranked(pairs, rng) | {"events": int(events.sum()), "effective": found.effective}


def shares_study(label, k):
    """Cells of the factors' levels with and without their pairs; one cell has nobody."""
    size = SHARES[label]
    rng = generator(label, k)
    cells = np.array(list(product(*map(range, size["sizes"]))))
    levels = [cells[:, f] for f in range(cells.shape[1])]
    if cells.shape[1] == 2:
        levels.append(cells[:, 0] * size["sizes"][1] + cells[:, 1])
    sd = np.abs(rng.normal(0, multilevel_shares.SCALE_SD, len(levels)))
    options = size["options"]
    logits = rng.normal(0, multilevel_shares.INTERCEPT_SD, options)
    for s, level in zip(sd, levels, strict=True):
        logits = logits + (s * rng.normal(size=(int(level.max()) + 1, options)))[level]
    share = softmax(np.broadcast_to(logits, (len(cells), options)), axis=1)
    people = np.full(len(cells), size["people"])
    people[0] = 0
    counts = rng.multinomial(people, share).astype(float)
    found = multilevel_shares.multilevel_shares(counts, np.stack(levels, axis=1), 1000, rng)
    drawn = found.draws[rng.permutation(len(found.draws))]
    group = cells[:, 0] == 1
    pairs = {
        "share, one cell": (drawn[:, -1, 0], share[-1, 0]),
        "share, cell of nobody": (drawn[:, 0, 0], share[0, 0]),
        "share, one group": (drawn[:, group, 0].mean(axis=1), share[group, 0].mean()),
        "share, all": (drawn[:, :, 0].mean(axis=1), share[:, 0].mean()),
        "contrast of groups": (
            drawn[:, group, 0].mean(axis=1) - drawn[:, ~group, 0].mean(axis=1),
            share[group, 0].mean() - share[~group, 0].mean(),
        ),
    }
    return _ranked(pairs, rng)


def _ranked(pairs, rng):
    draws = np.column_stack([d for d, _ in pairs.values()])
    truth = np.array([t for _, t in pairs.values()])
    return {"ranks": dict(zip(pairs, truth_ranks(draws, truth, LAST_RANK, rng).tolist(), strict=True))}


def main(simulations=400, only=""):
    """Calibrate every design and keep the result."""
    programs = dict.fromkeys(RATES, rates_study)
    programs |= {f"{label}, spreads": kernel_study for label in RATES}
    programs |= dict.fromkeys(SHARES, shares_study)
    rows = []
    for label, program in programs.items():
        if only in label:
            records = run_studies(
                "multilevel_sbc", label, simulations, lambda k, p=program, at=label: p(at, k)
            )
            rows += rows_of(label, records)
    keep(RESULTS, rows)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    main(*[int(a) for a in arguments[:1]], *arguments[1:])
