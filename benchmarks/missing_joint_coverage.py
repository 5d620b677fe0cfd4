"""Coverage of the joint model's intervals where answering depends on the answer, for a known truth.

Truth: three models answer 24 items of 12 queries 4 times on six codes (cumulative logit; effects of item 0.6, query 0.4 and
model x item 0.4, drawn anew in every simulation); an answer k is given with logit a + 0.6 (k - 3.5) + effects of model, item
and model x item. Estimand: the expected code of each model on items of the kind, and the difference of the first and last
model. Analyses: the coefficient at its true value, and at 0 (missing at random).

    python benchmarks/missing_joint_coverage.py [simulations]   ->   benchmarks/results/missing_joint_coverage.csv

The table is written anew after every ten simulations.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from scipy.special import expit

from valuestats.base.progress import track
from valuestats.missing.joint import missing_joint

RESULTS = Path(__file__).parent / "results" / "missing_joint_coverage.csv"
CUTS = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
LEVEL = np.array([-0.6, 0.2, 0.9])
SD = {"item": 0.6, "query": 0.4, "pair": 0.4}
DELTA = 0.6
NAMES = {"0.6": "as it is", "0": "missing at random"}


def study(rng, items=24, repeats=4):
    """Counts of one study."""
    m = len(LEVEL)
    item = rng.normal(0, SD["item"], items) + np.repeat(rng.normal(0, SD["query"], items // 2), 2)
    eta = LEVEL[:, None] + item + rng.normal(0, SD["pair"], (m, items))
    code = 1 + np.searchsorted(CUTS, eta[..., None] + rng.logistic(size=(m, items, repeats)))
    ease = 0.8 + rng.normal(0, 0.5, (m, 1)) + rng.normal(0, 0.4, items) + rng.normal(0, 0.3, (m, items))
    given = rng.random(code.shape) < expit(ease[..., None] + DELTA * (code - 3.5))
    a, b, _ = np.indices(code.shape)
    frame = pd.DataFrame(
        {
            "model": [f"m{k}" for k in a.ravel()],
            "item": b.ravel().astype(str),
            "cluster": (b.ravel() // 2).astype(str),
            "status": np.where(given.ravel(), "valid", "refusal"),
            "answer": pd.Series(code.ravel()).where(given.ravel()).astype("Int64"),
        }
    )
    return frame.groupby(list(frame.columns), dropna=False).size().rename("count").reset_index()


def expected():
    """The models' expected codes on items of the kind."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(61)
    at = LEVEL[:, None] + nodes * np.sqrt(sum(s**2 for s in SD.values()))
    return 1 + (expit(at[..., None] - CUTS).sum(axis=2) @ weights) / weights.sum()


def main(simulations=100):
    """Simulate, fit, and write coverage, bias and width."""
    truth, rng, rows = expected(), np.random.default_rng(0), []
    for k in track(range(simulations), "studies"):
        counts = study(rng)
        found = missing_joint(counts, scale=(1, 6), deltas=[DELTA], seed=k, progress=False)
        passed = found.meta["gate"]["passed"]
        quick = float(np.mean([f["engine"] == "laplace" for f in found.meta["fits"]]))
        frame = found.estimates.assign(true=np.repeat(truth, 2), what="model")
        gap = found.contrast("model", "m2", "m0").assign(
            true=truth[2] - truth[0], what="difference of two models"
        )
        for part in (frame, gap):
            kept = part[["amount", "what", "true", "estimate", "lower", "upper"]]
            rows.append(kept.assign(simulation=k, passed=passed, laplace=quick))
        if (k + 1) % 10 == 0 or k + 1 == simulations:
            out = summary(pd.concat(rows), k + 1)
    print(out.drop(columns=["command", "date"]).to_string())


def summary(table, simulations):
    """Write the table of what was simulated so far."""
    table["coverage"] = (table["lower"] <= table["true"]) & (table["true"] <= table["upper"])
    table["bias"], table["width"] = table["estimate"] - table["true"], table["upper"] - table["lower"]
    table["coefficient"] = table["amount"].map(NAMES)
    keys = ["coefficient", "what"]
    out = table.groupby(keys)[["coverage", "bias", "width", "passed", "laplace"]].mean()
    per = table.groupby([*keys, "simulation"])["coverage"].mean().groupby(keys).std()
    out["monte_carlo_error"] = per / simulations**0.5
    out = out.reset_index().assign(
        simulations=simulations,
        command=" ".join(["python", "benchmarks/missing_joint_coverage.py", *sys.argv[1:]]),
        date=str(pd.Timestamp.now().date()),
    )
    out.to_csv(RESULTS, index=False)
    return out


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:]))
