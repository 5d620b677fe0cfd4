"""Coverage of predictions and comparisons of `fit_choice`: how likely options are taken, of pairs and of all at once.

Pairs of five options with ties, the first place and a covariate, as in `fit_choice_coverage`. Quantities: every pair and the
whole set in the typical context; a pair at a covariate's value; the probability with ties; the change that one more of the
covariate, and being shown first, make to an option's own chance; every pair together, by `hypotheses` of the whole set.

    python benchmarks/choice_grid_coverage.py [--setting N] [--simulations N]   ->   results/choice_grid_coverage.csv
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from coverage_settings import cover
from fit_choice_coverage import FIRST, NAMES, SLOPE, TIE, WORTH, plain
from scipy.special import expit, softmax

from valuestats import comparisons, datagrid, fit_choice, hypotheses, predictions


def study(n, engine, copies=1, cluster=None):
    """Whether the intervals of one study hold the truth."""

    def one(rng, k):
        fit = fit_choice(
            "utility ~ 0 + option + position + length", plain(rng, n, copies), ties="davidson", engine=engine,
            cluster=cluster, seed=k,
        )  # fmt: skip
        pairs = datagrid(fit).assign(length=0.0)
        whole = datagrid(fit, sets="all").assign(length=0.0)
        ab = datagrid(fit, sets=["a", "b"]).assign(length=[-1.0, 1.0])
        worth = dict(zip(NAMES, WORTH, strict=True))
        gap = (pairs["option"].map(worth) - pairs["against"].map(worth)).to_numpy(dtype=float)
        there = softmax(WORTH)
        d = WORTH[0] - WORTH[1] - 2 * SLOPE
        level = ab.assign(length=0.0)
        e = np.exp(np.array([WORTH[0], WORTH[1], TIE + (WORTH[0] + WORTH[1]) / 2]))
        own = np.array([WORTH[0] - WORTH[1], WORTH[1] - WORTH[0]])
        set_of_all = predictions(fit, whole)
        found = {
            "pairs": (predictions(fit, pairs), expit(gap)),
            "all at once": (set_of_all, there),
            "a covariate's value": (predictions(fit, ab), expit([d, -d])),
            "with ties": (predictions(fit, level, outcome="probabilities"), e[:2] / e.sum()),
            "a unit of the covariate": (
                comparisons(fit, "length", level, by=None), expit(own + SLOPE) - expit(own)),
            "shown first": (comparisons(fit, "position", level, by=None), expit(own + FIRST) - expit(own)),
        }  # fmt: skip
        held = {}
        for name, (result, truth) in found.items():
            table = result.estimates
            held[(name,)] = float(((table["lower"] <= truth) & (truth <= table["upper"])).mean())
        table = hypotheses(set_of_all, allow_failed=True).estimates
        i, j = np.triu_indices(5, 1)
        apart = there[j] - there[i]
        held[("together",)] = float(((table["lower"] <= apart) & (apart <= table["upper"])).all())
        return held

    return one


SETTINGS = {
    "200 pairs, likelihood": study(200, "ml"),
    "200 pairs, posterior": study(200, "laplace"),
    "150 clusters of three equal choices, likelihood": study(150, "ml", copies=3, cluster="cluster"),
}

if __name__ == "__main__":
    cover("choice_grid_coverage", SETTINGS, ("quantity",), __doc__)
