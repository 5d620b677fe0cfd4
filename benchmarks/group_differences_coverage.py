"""Coverage of differences of strengths between two groups of judges, and how often their one test finds what is not there.

Five options, a logit apart in all; groups whose true strengths are the same. Clusters: none (1,000 choices); 40 questions
that both groups judge, each of which tilts the options by normal logits of standard deviation .5 for both alike; 10 or 30
judges a group with tilts of their own. Counted are studies in which all five simultaneous intervals hold the truth, which is
one less the size of the test. Run with ``python benchmarks/group_differences_coverage.py``; it writes
``benchmarks/results/group_differences_coverage.csv``.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
from coverage_settings import cover

from valuestats import compare_strengths, pair_choices

WORTH = np.linspace(-0.5, 0.5, 5)
NAMES = np.array(list("vwxyz"))


def study(
    rng: np.random.Generator, seed: int, *, n: int, shared: int = 0, judges: int = 0
) -> dict[tuple[str, ...], float]:
    group = rng.random(n) < 0.5
    units = shared or 2 * judges or 1
    unit = rng.integers(0, shared or judges or 1, n) + (group * judges if judges else 0)
    tilt = (0.5 if shared or judges else 0.0) * rng.normal(size=(units, 5))
    a = rng.integers(0, 5, n)
    b = (a + rng.integers(1, 5, n)) % 5
    worth = WORTH + tilt[unit]
    at = np.arange(n)
    won = rng.random(n) < 1 / (1 + np.exp(worth[at, b] - worth[at, a]))
    frame = pd.DataFrame({"option_a": NAMES[a], "option_b": NAMES[b], "who": np.where(group, "a", "b")})
    frame = frame.assign(winner=np.where(won, "first", "second"), unit=unit.astype(str))
    cluster = "unit" if shared or judges else None
    found = compare_strengths(
        pair_choices(frame, reads="places"), "who", cluster=cluster, draws=4000, seed=seed
    )
    rows = found.estimates
    return {("all differences",): float(((rows["lower"] <= 0) & (rows["upper"] >= 0)).all())}


SETTINGS = {
    "independent choices": partial(study, n=1000),
    "40 questions judged by both": partial(study, n=1600, shared=40),
    "10 judges a group": partial(study, n=1600, judges=10),
    "30 judges a group": partial(study, n=2400, judges=30),
}

if __name__ == "__main__":
    cover("group_differences_coverage", SETTINGS, ("what of it",), __doc__)
