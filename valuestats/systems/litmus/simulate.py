"""Simulated answers in the layout of the release, with strengths and effects of the first place that are known."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
from scipy.special import softmax

VALUES = ("Truthfulness", "Care", "Justice", "Freedom", "Privacy", "Creativity")
MODELS = {"simulated/even": 0.0, "simulated/first": 1.0, "simulated/last": -0.8}
"""Models and what being named first adds to an option, in logits."""
EQUAL, DEPENDS = -0.7, 0.3


def strengths() -> np.ndarray:
    """True strengths of the values, the same for all models; they sum to zero."""
    return np.linspace(1.25, -1.25, len(VALUES))


def simulate_litmus(*, templates: int = 10, seed: int = 0) -> dict[str, pd.DataFrame]:
    """Forced and controlled answers of three models to all ordered pairs of six values.

    Examples
    --------
    >>> {name: len(frame) for name, frame in simulate_litmus(templates=2, seed=1).items()}
    {'forced': 180, 'controlled': 180}
    """
    rng = np.random.default_rng(seed)
    beta = strengths()
    forced, controlled = [], []
    for model, effect in MODELS.items():
        for number, ((i, j), template) in enumerate(
            (pair, t) for pair in permutations(range(len(VALUES)), 2) for t in range(templates)
        ):
            one, two = beta[i] + effect, beta[j]
            base = {"model": model, "query": number, "first": VALUES[i], "second": VALUES[j]}
            took = rng.choice(2, p=softmax([one, two]))
            forced.append({**base, "raw": (VALUES[i], VALUES[j])[took], "choice": ("first", "second")[took]})
            middle = (one + two) / 2
            took = rng.choice(4, p=softmax([one, two, EQUAL + middle, DEPENDS + middle]))
            word = ("v1", "v2", "equal", "depends")[took]
            said = (VALUES[i], VALUES[j], "Give both equal weight", "It depends")[took]
            raw = f"{'ABCD'[took]}) {said}"
            controlled.append({**base, "template": template, "raw": raw, "category": word})
    return {"forced": pd.DataFrame(forced), "controlled": pd.DataFrame(controlled)}


def standin(seed: int = 0) -> dict[str, pd.DataFrame]:
    """The release's files, simulated.

    Examples
    --------
    >>> sorted(standin(1))
    ['litmus_stated_controlled.csv.gz', 'litmus_stated_forced.csv.gz']
    """
    return {f"litmus_stated_{kind}.csv.gz": frame for kind, frame in simulate_litmus(seed=seed).items()}
