"""Simulated answers in the layouts of the data: what is said and what is chosen agree by a known amount."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
from scipy.special import expit, softmax

from valuestats.systems.stated_revealed.release import FOUNDATIONS

VALUES = ("Truthfulness", "Care", "Justice", "Freedom", "Privacy", "Creativity", "Wisdom", "Respect")
AGREEMENT = {
    "simulated/as said": 1.0,
    "simulated/nearly": 0.8,
    "simulated/half": 0.5,
    "simulated/apart": 0.0,
    "simulated/turned": -0.6,
}
"""Models, and the correlation of what they say with what they choose."""
SPREAD, EQUAL, DEPENDS = 1.2, -1.0, 0.3
NATIONS = ("Nation A", "Nation B", "Nation C", "Nation D")


def profiles(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """True strengths, said and chosen, each models by values, of standard deviation `SPREAD`.

    Examples
    --------
    >>> import numpy as np
    >>> said, chosen = profiles(1)
    >>> [round(float(np.corrcoef(a, b)[0, 1]), 6) + 0.0 for a, b in zip(said, chosen)]
    [1.0, 0.8, 0.5, 0.0, -0.6]
    """
    rng = np.random.default_rng([seed, 1])
    said, chosen = [], []
    for rho in AGREEMENT.values():
        x, y = (rng.normal(size=len(VALUES)) for _ in range(2))
        x = (x - x.mean()) / x.std(ddof=1)
        y = y - y.mean() - x * (x @ (y - y.mean())) / (x @ x)
        said.append(SPREAD * x)
        chosen.append(SPREAD * (rho * x + np.sqrt(1 - rho**2) * y / y.std(ddof=1)))
    return np.array(said), np.array(chosen)


def simulate_asked(*, templates: int = 10, seed: int = 0) -> dict[str, pd.DataFrame]:
    """Controlled and forced answers to all ordered pairs of eight values.

    Examples
    --------
    >>> {name: len(frame) for name, frame in simulate_asked(templates=1, seed=1).items()}
    {'controlled': 280, 'forced': 280}
    """
    rng = np.random.default_rng([seed, 2])
    said, chosen = profiles(seed)
    controlled, forced = [], []
    for m, model in enumerate(AGREEMENT):
        asked = ((pair, t) for pair in permutations(range(len(VALUES)), 2) for t in range(templates))
        for number, ((i, j), template) in enumerate(asked):
            base = {"model": model, "query": number, "first": VALUES[i], "second": VALUES[j]}
            one, two = said[m, [i, j]]
            middle = (one + two) / 2
            took = rng.choice(4, p=softmax([one, two, EQUAL + middle, DEPENDS + middle]))
            text = (VALUES[i], VALUES[j], "Give both equal weight", "It depends")[took]
            word = ("v1", "v2", "equal", "depends")[took]
            controlled.append(
                {**base, "template": template, "raw": f"{'ABCD'[took]}) {text}", "category": word}
            )
            first = rng.random() < expit(chosen[m, i] - chosen[m, j])
            forced.append(
                {**base, "raw": VALUES[i if first else j], "choice": "first" if first else "second"}
            )
    return {"controlled": pd.DataFrame(controlled), "forced": pd.DataFrame(forced)}


def simulate_foundations(*, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Answers of models to MFQ-2, each about the people of one nation, and the nations' norms.

    Examples
    --------
    >>> answers, nations = simulate_foundations(seed=1)
    >>> len(answers), len(nations)
    (180, 4)
    """
    rng = np.random.default_rng([seed, 3])
    means = rng.uniform(2.4, 4.2, (len(NATIONS), len(FOUNDATIONS))).round(2)
    spread = rng.uniform(0.6, 1.0, means.shape).round(2)
    columns = {
        f"{f.casefold()}_{what}": table[:, k]
        for k, f in enumerate(FOUNDATIONS)
        for what, table in (("mean", means), ("sd", spread))
    }
    rows = []
    for m, model in enumerate(AGREEMENT):
        for k, f in enumerate(FOUNDATIONS):
            answers = np.clip(np.round(means[m % len(NATIONS), k] + rng.normal(0, 0.7, 6)), 1, 5)
            rows += [
                {
                    "model": model,
                    "axis_id": f"mfq2_{f.casefold()}_0{i + 1}",
                    "scale_value": int(a),
                    "is_error": 0,
                }
                for i, a in enumerate(answers)
            ]
    return pd.DataFrame(rows), pd.DataFrame({"nation": NATIONS, **columns})


def standin(seed: int = 0) -> dict[str, pd.DataFrame]:
    """The files, simulated.

    Examples
    --------
    >>> sorted(standin(1))[:2]
    ['atari_2023_per_nation.csv.gz', 'llm_values_survey_self_report.csv.gz']
    """
    asked = simulate_asked(seed=seed)
    answers, nations = simulate_foundations(seed=seed)
    return {
        "stated_revealed_controlled.csv.gz": asked["controlled"],
        "stated_revealed_forced.csv.gz": asked["forced"],
        "llm_values_survey_self_report.csv.gz": answers,
        "atari_2023_per_nation.csv.gz": nations,
    }
