"""Recovery of a stated truth by each part of `fit_ordinal`: ``python benchmarks/ordinal_families_recovery.py``.

One simulated data set per model (seed 20261121), default priors; some ten minutes on two busy cores. ``… graded`` fits
only the models with that word in their name and replaces their rows. Writes ``results/ordinal_families_recovery.csv``:
the term, truth, posterior mean and standard deviation, whether the 95 % interval holds the truth, engine and seconds
(run on 21 November 2026).
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.latent.likelihoods.family_probabilities import log_probabilities
from valuestats.latent.sampling import Sampling
from valuestats.regression.fit import fit_ordinal

OUT = Path(__file__).parent / "results" / "ordinal_families_recovery.csv"
CUT = np.array([-1.2, 0.2, 1.5])
SAMPLER = {"sampling": Sampling(draws=500, tune=400, chains=4), "seed": 1}


def answers(
    rng: np.random.Generator, z: np.ndarray, family: str = "cumulative", link: str = "logit"
) -> np.ndarray:
    """Answers 1..K drawn at the distances `z`."""
    p = np.exp(log_probabilities(z, family=family, link=link))
    return 1 + (rng.random(len(z))[:, None] > p.cumsum(axis=1)[:, :-1]).sum(axis=1)


def base(rng: np.random.Generator, n: int = 2400, items: int = 40) -> pd.DataFrame:
    """Crossed models and items with a covariate."""
    return pd.DataFrame(
        {
            "model": rng.choice(["a", "b", "c"], n),
            "item": rng.integers(0, items, n),
            "x": rng.choice(np.linspace(-1.5, 1.5, 7), n),
        }
    )


def cases(rng: np.random.Generator):
    """Name, data, formula with options, and the truth by term."""
    for family, link in [("cumulative", "probit"), ("cumulative", "cloglog"), ("sequential", "logit"),
                         ("sequential", "cloglog"), ("adjacent", "logit")]:  # fmt: skip
        d = base(rng)
        u = rng.normal(0, 0.7, 40)
        eta = 0.6 * (d.model == "b") - 0.3 * (d.model == "c") + 0.4 * d.x + u[d.item]
        d["answer"] = answers(rng, CUT - eta.to_numpy()[:, None], family, link)
        truth = {
            "model[b]": 0.6,
            "model[c]": -0.3,
            "x": 0.4,
            "threshold[1|2]": -1.2,
            "sd[Intercept|item]": 0.7,
        }
        yield f"{family} {link}", d, "answer ~ model + x + (1|item)", {"family": family, "link": link}, truth

    d = base(rng, 4000)
    shift = rng.normal(0, 0.5, (40, 3))
    cut = np.sort(CUT + shift, axis=1)
    d["answer"] = answers(rng, cut[d.item] - 0.6 * (d.model == "b").to_numpy()[:, None])
    yield (
        "thresholds of items",
        d,
        "answer ~ model",
        {"thresholds": "item"},
        {"model[b]": 0.6, "model[c]": 0.0},
    )

    d = base(rng)
    both = rng.multivariate_normal([0, 0], [[0.81, 0.27], [0.27, 0.36]], 40)
    eta = 0.6 * (d.model == "b") + 0.4 * d.x + both[d.item, 0] + both[d.item, 1] * d.x
    d["answer"] = answers(rng, CUT - eta.to_numpy()[:, None])
    truth = {
        "model[b]": 0.6,
        "x": 0.4,
        "sd[Intercept|item]": 0.9,
        "sd[x|item]": 0.6,
        "cor[Intercept, x|item]": 0.5,
    }
    yield "correlated slopes", d, "answer ~ model + x + (x|item)", {}, truth

    d = base(rng)
    disc = np.exp(0.6 * (d.model == "b") - 0.4 * (d.model == "c")).to_numpy()
    eta = (0.5 * (d.model == "b") + 0.4 * d.x).to_numpy()
    d["answer"] = answers(rng, disc[:, None] * (CUT - eta[:, None]))
    truth = {"model[b]": 0.5, "model[c]": 0.0, "x": 0.4, "disc[model[b]]": 0.6, "disc[model[c]]": -0.4}
    yield "location-scale", d, "answer ~ model + x", {"disc": "~ model"}, truth

    people, items = 150, 12
    d = pd.DataFrame(
        {"person": np.repeat(np.arange(people), items), "item": np.tile(np.arange(items), people)}
    )
    log_disc = np.linspace(-0.6, 0.6, items)
    ability, place = rng.normal(0, 1.2, people), rng.normal(0, 0.5, items)
    z = np.exp(log_disc)[d.item][:, None] * (CUT + place[d.item][:, None] - ability[d.person][:, None])
    d["answer"] = answers(rng, z)
    d = d.assign(item=[f"i{i:02d}" for i in d.item], person=[f"p{i:03d}" for i in d.person])
    truth = {
        "disc[item=i00]": -0.6,
        "disc[item=i05]": log_disc[5],
        "disc[item=i11]": 0.6,
        "sd[Intercept|person]": 1.2,
    }
    options = {"thresholds": "item", "discrimination": "item"}
    yield "graded response", d, "answer ~ (1|person)", options, truth

    d = base(rng)
    gamma = np.array([0.8, 0.3, -0.2])
    z = CUT - 0.5 * (d.model == "b").to_numpy()[:, None] - d.x.to_numpy()[:, None] * gamma
    d["answer"] = answers(rng, z, "sequential")
    truth = {"model[b]": 0.5, "cs(x)[1|2]": 0.8, "cs(x)[2|3]": 0.3, "cs(x)[3|4]": -0.2}
    yield "category-specific", d, "answer ~ model + cs(x)", {"family": "sequential"}, truth

    d = base(rng)
    d["effort"] = rng.integers(1, 5, len(d))
    reached = np.array([0.0, 0.6, 0.7, 1.0])
    eta = 0.5 * (d.model == "b").to_numpy() + 1.5 * reached[d.effort - 1]
    d["answer"] = answers(rng, CUT + 0.7 - eta[:, None])
    truth = {"model[b]": 0.5, "mo(effort)": 1.5, "mo(effort)[1 to 2]": 0.6, "mo(effort)[2 to 3]": 0.1}
    yield "monotonic", d, "answer ~ model + mo(effort)", {}, truth


def main() -> None:
    """Fit every case and write the table."""
    rng = np.random.default_rng(20261121)
    rows = []
    for name, data, formula, options, truth in cases(rng):
        if len(sys.argv) > 1 and sys.argv[1] not in name:
            continue
        start = time.perf_counter()
        fit = fit_ordinal(formula, data, **options, **SAMPLER)
        seconds = time.perf_counter() - start
        frame = fit.estimates.set_index("term")
        for term, value in truth.items():
            row = frame.loc[term]
            rows.append(
                {
                    "model": name,
                    "formula": formula,
                    "term": term,
                    "truth": round(value, 3),
                    "estimate": round(row["estimate"], 3),
                    "std_error": round(row["std_error"], 3),
                    "inside": bool(row["lower"] <= value <= row["upper"]),
                    "engine": fit.result.meta["engine"],
                    "passed": fit.passed,
                    "answers": len(data),
                    "seconds": round(seconds, 1),
                }
            )
        print(
            pd.DataFrame(rows).tail(len(truth)).to_string(header=False),
            fit.result.meta["gate"]["reasons"],
            flush=True,
        )
    found = pd.DataFrame(rows)
    if len(sys.argv) > 1 and OUT.exists():  # one model again: its rows take the place of the old ones
        old = pd.read_csv(OUT)
        found = pd.concat([old[~old["model"].isin(found["model"])], found])
    found.to_csv(OUT, index=False)


if __name__ == "__main__":
    main()
