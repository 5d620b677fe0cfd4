"""Coverage of the distance from a target with a judge who errs: corrected by the confusion of levels, and taken as perfect.

True levels 1 to 3 on two dimensions, targets 3 and 2; the judge gives the true level in 80 % of answers. Answers of one
cluster of two share their true level in half of the settings with clusters. Run with
``python benchmarks/target_coverage.py``; it writes ``benchmarks/results/target_coverage.csv``.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
from coverage_settings import cover

from valuestats.orderings.targets import ALL, target_profile

CONFUSION = np.array([[0.8, 0.15, 0.05], [0.1, 0.8, 0.1], [0.05, 0.15, 0.8]])
SHARES = {"care": np.array([0.2, 0.3, 0.5]), "power": np.array([0.5, 0.4, 0.1])}
AIMS = pd.DataFrame({"dimension": ["care", "power"], "target": [3.0, 2.0]})
TRUTH = {"care": 0.7, "power": 0.6, ALL: 1.3}


def judged(rng: np.random.Generator, true: np.ndarray) -> np.ndarray:
    return (rng.random((len(true), 1)) > CONFUSION[true].cumsum(axis=1)).sum(axis=1)


def tables(rng: np.random.Generator, n: int, labelled: int, per: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    parts = []
    for name, shares in SHARES.items():
        true = np.repeat(rng.choice(3, n // per, p=shares), per)
        frame = pd.DataFrame(
            {"model": "m", "item": range(n), "dimension": name, "score": judged(rng, true) + 1.0}
        )
        parts.append(frame.assign(cluster=frame["item"] // per))
    other = rng.choice(3, labelled)
    return pd.concat(parts), pd.DataFrame({"true": other + 1.0, "judged": judged(rng, other) + 1.0})


def study(
    rng: np.random.Generator, seed: int, *, n: int, labelled: int, per: int, corrected: bool
) -> dict[tuple[str, ...], float]:
    answers, labels = tables(rng, n, labelled, per)
    judge = labels if corrected else None
    found = target_profile(answers, AIMS, judge=judge, replicates=500, seed=seed).estimates
    return {
        (row["dimension"],): row["lower"] <= TRUTH[row["dimension"]] <= row["upper"]
        for row in found.to_dict("records")
    }


def setting(n: int, labelled: int, per: int = 1, corrected: bool = True) -> partial:
    return partial(study, n=n, labelled=labelled, per=per, corrected=corrected)


SETTINGS = {
    "100 answers, 400 labelled": setting(100, 400),
    "100 answers, 100 labelled": setting(100, 100),
    "12 answers, 400 labelled": setting(12, 400),
    "100 answers in pairs, 400 labelled": setting(100, 400, 2),
    "100 answers, judge taken as perfect": setting(100, 400, corrected=False),
    "400 answers, judge taken as perfect": setting(400, 400, corrected=False),
}

if __name__ == "__main__":
    cover("target_coverage", SETTINGS, ("dimension",), __doc__)
