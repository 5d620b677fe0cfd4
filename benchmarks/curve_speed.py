"""Seconds of curves: `fit_ordinal` with a walk by model, `option_curves`, `stance_curve`, at 1, 10 and 100 times the data.

Beside the walk, at the smallest size, what a user would take: the same model sampled by PyMC, and for the curve of shares a
loop of statsmodels' local level over the resampled clusters. CPU seconds of one process, compiled code warm.
``python benchmarks/curve_speed.py`` writes ``benchmarks/results/curve_speed.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from functools import partial
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from cpu_time import timed
from scipy.special import softmax
from statsmodels.tsa.statespace.structural import UnobservedComponents

from valuestats.drift.simulate import course, draw_stances
from valuestats.drift.stance_curve import stance_curve
from valuestats.latent.pymc_sampling import sample
from valuestats.regression.effects_draws import EffectPriors
from valuestats.regression.effects_pymc import effects_model
from valuestats.regression.fit import fit_ordinal
from valuestats.regression.option_curves import option_curves
from valuestats.statistics.ordinal import category_probabilities

OUT = Path(__file__).parent / "results" / "curve_speed.json"
CHAINS = {
    "draws": 350,
    "tune": 300,
    "chains": 2,
    "seed": 1,
    "target_accept": 0.9,
    "progress": False,
    "cores": 1,
}
FORMULA = "answer ~ model + rw1(time, by=model)"


def ordered(models, each=50, steps=20):
    """Counted answers of walking models."""
    rng, parts = np.random.default_rng(1), []
    for m in range(models):
        walk = np.cumsum(rng.normal(0, 0.3, steps))
        p = category_probabilities(np.array([-1.2, 0.0, 1.4]), walk - walk.mean() + 0.5 * rng.normal())
        counts = rng.multinomial(each, p / p.sum(axis=1, keepdims=True))
        t, k = np.nonzero(counts)
        parts.append(pd.DataFrame({"model": f"m{m:03d}", "time": t, "answer": k + 1, "count": counts[t, k]}))
    return pd.concat(parts, ignore_index=True)


def unordered(each, steps=20):
    """Answers, one a row."""
    rng, t = np.random.default_rng(2), np.repeat(np.arange(steps), each)
    p = softmax(np.stack([np.sin(t / 4), -t / 20, np.zeros(len(t))], axis=1), axis=1)
    return pd.DataFrame({"step": t, "answer": (rng.random((len(t), 1)) > p.cumsum(axis=1)).sum(axis=1)})


def loop(frame, replicates=20):
    """A local level for each stance of each resample of topics, scaled up to 2,000."""
    groups, rng = dict(list(frame.groupby("cluster"))), np.random.default_rng(3)
    names, start = list(groups), time.process_time()
    for _ in range(replicates):
        drawn = pd.concat([groups[n] for n in rng.choice(names, len(names))])
        shares = pd.crosstab(drawn["step"], drawn["stance"], normalize="index").to_numpy()
        for k in range(shares.shape[1]):
            UnobservedComponents(shares[:, k], "llevel").fit(disp=False)
    return round((time.process_time() - start) / replicates * 2000, 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, nargs="*", default=[1, 10, 100])
    chosen = parser.parse_args()
    fit_ordinal(FORMULA, ordered(2), engine="laplace", seed=1)
    option_curves(unordered(20), along="step", unit=None, seed=1)
    known = json.loads(OUT.read_text())["rows"] if OUT.exists() else []
    rows = [r for r in known if r["unordered_answers"] // 1000 not in chosen.times]
    for times in chosen.times:
        data, frame = (
            ordered(2 * times if times < 100 else 200),
            draw_stances(course(10), np.random.default_rng(1), topics=40 * times),
        )
        walk, fit = timed(lambda d=data: fit_ordinal(FORMULA, d, seed=1))
        options, other = timed(
            lambda n=times: option_curves(unordered(50 * n), along="step", unit=None, seed=1)
        )
        stances, _ = timed(lambda f=frame: stance_curve(f, seed=1))
        row = {
            "models": data["model"].nunique(),
            "answers": float(data["count"].sum()),
            "fit_ordinal_s": walk,
            "engine": fit.result.meta["engine"],
            "passed": fit.passed,
            "unordered_answers": 1000 * times,
            "option_curves_s": options,
            "option_curves_passed": other.meta["gate"]["passed"],
            "stances": len(frame),
            "stance_curve_s": stances,
        }
        if times == 1:
            model = effects_model(fit.design, EffectPriors())
            row["pymc_nuts_two_chains_of_350_s"], _ = timed(partial(sample, model, **CHAINS))
            row["loop_of_local_levels_s"] = loop(frame)
        row["command"] = " ".join(["python", "benchmarks/curve_speed.py", *sys.argv[1:]])
        rows.append(row)
        print(row, flush=True)
        rows.sort(key=lambda r: r["unordered_answers"])
        OUT.write_text(json.dumps({"date": str(pd.Timestamp.now().date()), "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
