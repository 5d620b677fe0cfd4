"""Coverage of the curves of `fit_ordinal`: at the steps, three steps beyond them, and of their spread.

Four categories; `each` answers of a model at every step. Where the truth is drawn from the prior (the spread half-normal,
the walk given it, the thresholds' shares uniform) all intervals hold it in 95 % if they are right. The other truths are no
walks: a wave, and one jump. Held is the expected answer at each step; the coverage is the mean over the steps (and models)
of a study.

    python benchmarks/curve_coverage.py [--setting 0 1] [--simulations 300]   ->   benchmarks/results/curve_coverage.csv
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from coverage_settings import cover

from valuestats.latent.likelihoods.family_probabilities import thresholds_of_shares
from valuestats.latent.sampling import Sampling
from valuestats.latent.walks import walk_basis, walk_beyond
from valuestats.regression.fit import fit_ordinal
from valuestats.regression.predictions import expected_score
from valuestats.statistics.ordinal import category_probabilities

CODES = np.arange(1, 5)
AHEAD = 3


def answers(p, each, rng):
    """Counted answers of shares ``(models, steps, K)``."""
    counts = rng.multinomial(each, p / p.sum(axis=-1, keepdims=True))
    m, t, k = np.nonzero(counts)
    return pd.DataFrame({"model": [f"m{i}" for i in m], "time": t, "answer": k + 1, "count": counts[m, t, k]})


def held(fit, scores):
    """Whether the intervals at the steps, and beyond, hold the true expected answers ``(models, steps)``."""
    models, steps = scores.shape
    rows = pd.DataFrame(
        {
            "model": np.repeat([f"m{i}" for i in range(models)], steps),
            "time": np.tile(np.arange(steps), models),
        }
    )
    found = expected_score(fit, rows).estimates
    inside = ((found["lower"] <= scores.ravel()) & (scores.ravel() <= found["upper"])).to_numpy()
    return inside.reshape(models, steps)


def study(kind, models, steps, each, truth=None):
    """A setting: a curve for each model over the steps, drawn from the prior unless `truth` gives it."""

    def one(rng, seed):
        more = np.arange(steps, steps + AHEAD, dtype=float)
        knots = np.arange(steps, dtype=float)
        spread = abs(rng.normal()) if truth is None else np.nan
        level = rng.normal(0, 1.0, models) if models > 1 else np.zeros(1)
        if truth is None:
            basis = walk_basis(kind, knots)[0]
            curve = spread * rng.normal(size=(models, basis.shape[1])) @ basis.T
            if kind == "rw2":
                curve = curve + rng.normal(0, 1.5, (models, 1)) * (knots - knots.mean()) / knots.std()
            mean, root = walk_beyond(kind, knots, more)
            beyond = curve @ mean.T + spread * rng.normal(size=(models, AHEAD)) @ root.T
            curve = np.concatenate([curve, beyond], axis=1)
            cut = thresholds_of_shares(rng.dirichlet(np.ones(4)))
        else:
            curve = np.stack([truth(knots, rng) for _ in range(models)])
            cut = np.array([-1.2, 0.0, 1.4])
        p = category_probabilities(cut, (curve + level[:, None]).ravel()).reshape(*curve.shape, 4)
        data = answers(p[:, :steps], each, rng)
        formula = (
            f"answer ~ {'model + ' if models > 1 else ''}{kind}(time{', by=model' if models > 1 else ''})"
        )
        fit = fit_ordinal(
            formula,
            data,
            scale=(1, 4),
            engine="laplace",
            unidentified="warn",
            sampling=Sampling(draws=250),
            seed=seed,
        )
        inside = held(fit, p @ CODES)
        found = {("at the steps",): inside[:, :steps].mean()}
        if truth is None:
            row = fit.estimates[fit.estimates["term"].str.startswith(f"sd[{kind}(")].iloc[0]
            found |= {
                ("three steps on",): inside[:, -1].mean(),
                ("spread",): row["lower"] <= spread <= row["upper"],
            }
        return found

    return one


def wave(knots, rng):
    """A wave of random phase."""
    return 0.8 * np.sin(2 * np.pi * (knots / len(knots) + rng.random()))


def jump(knots, rng):
    """One jump of 1.2 at a random place."""
    return 1.2 * (knots >= rng.integers(2, len(knots) - 1)) - 0.6


SETTINGS = {
    "rw1, from its prior, 8 steps of 20 answers": study("rw1", 1, 8, 20),
    "rw1, from its prior, 20 steps of 10 answers": study("rw1", 1, 20, 10),
    "rw1 by 4 models, from its prior, 10 steps of 10 answers": study("rw1", 4, 10, 10),
    "rw2, from its prior, 15 steps of 20 answers": study("rw2", 1, 15, 20),
    "rw1, a wave, 12 steps of 20 answers": study("rw1", 1, 12, 20, wave),
    "rw2, a wave, 12 steps of 20 answers": study("rw2", 1, 12, 20, wave),
    "s, a wave, 12 steps of 20 answers": study("s", 1, 12, 20, wave),
    "rw1, one jump, 12 steps of 20 answers": study("rw1", 1, 12, 20, jump),
    "rw2, one jump, 12 steps of 20 answers": study("rw2", 1, 12, 20, jump),
}

if __name__ == "__main__":
    cover("curve_coverage", SETTINGS, ("where",), __doc__, simulations=300)
