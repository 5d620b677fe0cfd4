"""Weights of four features from 1,000, 10,000 and 100,000 choices between two options: the package beside other tools.

The conditional logit, and the ratio of two weights with 200 resamples of people, beside statsmodels (refits timed over two
and scaled up); a mixed logit of people of ten choices with one weight that varies, beside SciPy's BFGS by differences on a
likelihood over as many points that a user would write (up to 10,000 choices). The package reads its table of choices
first; CPU seconds in one process. Run with
``python benchmarks/weight_speed.py``; it writes ``benchmarks/results/weight_speed.json``.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import log_expit, logsumexp
from scipy.stats import norm, qmc
from statsmodels.discrete.conditional_models import ConditionalLogit

from valuestats.latent.sampling import Sampling
from valuestats.tables.choices import ranking_choices
from valuestats.weights.feature_weights import feature_weights
from valuestats.weights.mixed import mixed_logit
from valuestats.weights.trade_off import trade_off

OUT = Path(__file__).parent / "results" / "weight_speed.json"
W = np.array([1.0, -0.5, 0.2, 0.0])
NAMES = [f"x{k}" for k in range(4)]
POINTS, REPLICATES, REFITS = 256, 200, 2


def simulated(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(n)
    x = rng.normal(size=(n, 2, 4))
    person = np.arange(n) // 10
    u = x @ W + x[..., 0] * rng.normal(size=n // 10)[person, None] + rng.gumbel(size=(n, 2))
    frame = pd.DataFrame(x.reshape(-1, 4), columns=NAMES)
    return frame.assign(
        choice=np.repeat(np.arange(n), 2),
        option=np.tile(["a", "b"], n),
        person=np.repeat(person, 2),
        chosen=(u == u.max(axis=1, keepdims=True)).astype(int).ravel(),
    )


def mixed_by_hand(frame: pd.DataFrame) -> np.ndarray:
    """Means of four weights and the spread of the first: simulated maximum likelihood as a user would write it."""
    x = frame[NAMES].to_numpy().reshape(-1, 2, 4)
    d = (x[:, 0] - x[:, 1]) * np.where(frame["chosen"].to_numpy()[::2] == 1, 1.0, -1.0)[:, None]
    z = norm.ppf(qmc.Sobol(1, rng=np.random.default_rng(0)).random(POINTS)[:, 0])
    start = np.arange(0, len(d), 10)

    def minus(theta: np.ndarray) -> float:
        log_p = log_expit((d @ theta[:4])[:, None] + d[:, :1] * theta[4] * z)
        return -float(logsumexp(np.add.reduceat(log_p, start), axis=1).sum())

    return np.asarray(minimize(minus, np.r_[W, 0.5], method="BFGS").x)


def ratio_by_refits(frame: pd.DataFrame) -> float:
    """CPU seconds of all resamples of people, worked out from two."""
    rng, people = np.random.default_rng(0), dict(list(frame.groupby("person")))
    start = time.process_time()
    for _ in range(REFITS):
        drawn = rng.integers(0, len(people), len(people))
        parts = [people[k].assign(choice=people[k]["choice"] + len(frame) * n) for n, k in enumerate(drawn)]
        own = pd.concat(parts)
        ConditionalLogit(own["chosen"], own[NAMES], groups=own["choice"]).fit(disp=False)
    return (time.process_time() - start) / REFITS * REPLICATES


def main() -> None:
    rows: list[dict[str, Any]] = []
    for n in (1000, 10_000, 100_000):
        frame = simulated(n)
        start = time.process_time()
        choices = ranking_choices(frame)
        read = time.process_time()
        found = feature_weights(choices, NAMES, sampling=Sampling(draws=50, chains=1))
        done = time.process_time()
        row = {
            "choices": n,
            "valuestats, table": round(read - start, 2),
            "valuestats, fit": round(done - read, 2),
        }
        if n <= 10_000:
            start = time.process_time()
            theirs = ConditionalLogit(frame["chosen"], frame[NAMES], groups=frame["choice"]).fit(disp=False)
            row["statsmodels ConditionalLogit"] = round(time.process_time() - start, 2)
            gap = found.estimates["estimate"].to_numpy() - theirs.params.to_numpy()
            row["largest_difference"] = float(np.abs(gap).max())
        start = time.process_time()
        trade_off(choices, NAMES, of="x0", per="x1", unit="person", replicates=REPLICATES)
        row["valuestats, ratio resampled"] = round(time.process_time() - start, 2)
        start = time.process_time()
        mixed = mixed_logit(choices, NAMES, unit="person", random=["x0"], points=POINTS, draws=50)
        row["valuestats, mixed logit with errors and tests"] = round(time.process_time() - start, 2)
        if n <= 1000:
            row["statsmodels, ratio resampled"] = round(ratio_by_refits(frame), 1)
        if n <= 10_000:
            start = time.process_time()
            theta = mixed_by_hand(frame)
            row["SciPy, mixed logit without errors"] = round(time.process_time() - start, 2)
            ours = mixed.estimates["estimate"].to_numpy()
            row["largest_difference_of_mixed"] = float(np.abs(ours - np.abs(theta) * np.sign(ours)).max())
        rows.append(row)
        print(rows[-1], flush=True)
        command = " ".join(["python", "benchmarks/weight_speed.py", *sys.argv[1:]])
        OUT.write_text(json.dumps({"command": command, "unit": "CPU seconds", "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
