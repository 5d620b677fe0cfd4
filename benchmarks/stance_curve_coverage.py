"""Coverage of `stance_curve`: of each share at each step by the curve's and by the raw shares' intervals, and their errors.

A study is drawn from `valuestats.drift.simulate` (topics are clusters of five items, ten steps); sticky items keep their
answer from step to step with probability .8. Truth: the shares integrated over topics and items. Coverage is the mean over
steps and stances; `error` is the curve's mean squared error over that of the raw shares.

    python benchmarks/stance_curve_coverage.py [--setting 0] [--simulations 1000]
        ->   benchmarks/results/stance_curve_coverage.csv
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from coverage_settings import cover

from valuestats import stance_curve
from valuestats.drift.simulate import STANCES, course, draw_stances

SLOW = {"change": [0, 0, 0, 0.1, 0.3, 0.6, 0.85, 1, 1, 1]}


def sticky(one, rng, **size):
    """Answers that an item keeps with probability .8, else gives anew."""
    frame = draw_stances(one, rng, **size)
    stance = frame["stance"].astype(object).to_numpy(copy=True).reshape(-1, len(one.places))
    kept = rng.random(stance.shape) < 0.8
    for t in range(1, stance.shape[1]):
        stance[:, t] = np.where(kept[:, t], stance[:, t - 1], stance[:, t])
    return frame.assign(stance=pd.Categorical(stance.ravel(), categories=list(STANCES)))


def setting(how, size, draw=draw_stances, **options):
    """A setting's study."""
    one = course(10, **how)
    truth = one.shares()

    def study(rng, seed):
        frame = draw(one, rng, **size)
        found = stance_curve(frame, draws=800, seed=seed, **options).estimates
        wide = {c: found.pivot(index="place", columns="stance", values=c)[list(STANCES)].to_numpy()
                for c in ("estimate", "lower", "upper", "raw", "raw_lower", "raw_upper")}  # fmt: skip
        near = np.mean((wide["estimate"] - truth) ** 2) / np.mean((wide["raw"] - truth) ** 2)
        return {
            ("curve",): ((wide["lower"] <= truth) & (truth <= wide["upper"])).mean(),
            ("raw",): ((wide["raw_lower"] <= truth) & (truth <= wide["raw_upper"])).mean(),
            ("error",): near,
        }

    return study


SETTINGS = {
    "no change, 24 topics": setting({"shift": (0.0, 0.0, 0.0)}, {"topics": 24}),
    "a jump, 24 topics": setting({}, {"topics": 24}),
    "a jump, 60 topics": setting({}, {"topics": 60}),
    "a jump, 8 topics of 15": setting({}, {"topics": 8, "items": 15}),
    "slow, 60 topics": setting(SLOW, {"topics": 60}),
    "slow, 60 topics, monotone": setting(SLOW, {"topics": 60}, monotone=True),
    "slow, 60 topics, spline": setting(SLOW, {"topics": 60}, smooth="s"),
    "no change, 24 topics, sticky": setting({"shift": (0.0, 0.0, 0.0)}, {"topics": 24}, sticky),
}

if __name__ == "__main__":
    cover("stance_curve_coverage", SETTINGS, ("what_holds",), __doc__, simulations=1000)
