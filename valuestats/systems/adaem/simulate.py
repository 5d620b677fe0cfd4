"""A simulated leaderboard in the layout of the public one."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import orjson
import pandas as pd
from scipy import stats
from scipy.special import expit

VALUES = (
    "Self-direction",
    "Stimulation",
    "Hedonism",
    "Achievement",
    "Power",
    "Security",
    "Tradition",
    "Conformity",
    "Benevolence",
    "Universalism",
)
COUNTRIES = ("FR", "UK", "US", "CN", "SG", "ID", "RU")
CHOSEN_FROM = ("Truthfulness", "Care", "Justice", "Freedom", "Privacy", "Creativity", "Learning", "Respect")
LEVEL, OWN = 6.0, 3.0
"""Standard deviations over models of their level, and of each value about it."""


def simulate_adaem(*, models: int = 24, seed: int = 0) -> tuple[list[dict[str, object]], dict[str, object]]:
    """Scores that a level of each model and noise of each value make, and rank correlations with countries at random.

    Examples
    --------
    >>> scores, similar = simulate_adaem(models=3, seed=1)
    >>> len(scores), sorted(similar)
    (3, ['cosine_sim_matrix', 'countries', 'models'])
    """
    rng = np.random.default_rng(seed)
    mean = np.linspace(22, 67, len(VALUES))[rng.permutation(len(VALUES))]
    table = mean + LEVEL * rng.normal(size=(models, 1)) + OWN * rng.normal(size=(models, len(VALUES)))
    table = np.clip(np.round(table, 1), 0, 100)
    names = [f"simulated/model-{k + 1}" for k in range(models)]
    country = mean + 10 * rng.normal(size=(len(COUNTRIES), len(VALUES)))
    matrix = [[float(stats.spearmanr(row, c).statistic) for c in country] for row in table]
    scores = [
        {"model": name, **dict(zip(VALUES, map(float, row), strict=True))}
        for name, row in zip(names, table, strict=True)
    ]
    return scores, {"models": names, "countries": list(COUNTRIES), "cosine_sim_matrix": matrix}


def simulated_choices(*, models: int = 16, seed: int = 0) -> pd.DataFrame:
    """Choices of models between two values in the layout of LitmusValues, every pair in both orders and five templates.

    Strengths of a value vary over models, of some values much and of others hardly.

    Examples
    --------
    >>> len(simulated_choices(models=2, seed=1))
    560
    """
    rng = np.random.default_rng(seed + 7)
    common = np.linspace(1, -1, len(CHOSEN_FROM))
    spread = np.tile([1.2, 0.2], len(CHOSEN_FROM) // 2)
    rows = []
    for m in range(models):
        own = common + spread * rng.normal(size=len(CHOSEN_FROM))
        query = 0
        for i, j in permutations(range(len(CHOSEN_FROM)), 2):
            for wins in rng.random(5) < expit(own[i] - own[j]):
                first, second = CHOSEN_FROM[i], CHOSEN_FROM[j]
                rows.append(
                    {
                        "model": f"simulated/model-{m + 1:02d}",
                        "query": query,
                        "first": first,
                        "second": second,
                        "raw": first if wins else second,
                        "choice": "first" if wins else "second",
                    }
                )
                query += 1
    return pd.DataFrame(rows)


def standin(seed: int = 0) -> dict[str, pd.DataFrame | bytes]:
    """The leaderboard's files and the choices, simulated.

    Examples
    --------
    >>> sorted(standin(1))
    ['Schwartz_scores.json', 'adaem_choices.csv.gz', 'value_sim_heatmap.json']
    """
    scores, similar = simulate_adaem(seed=seed)
    return {
        "Schwartz_scores.json": orjson.dumps({"data": scores}),
        "value_sim_heatmap.json": orjson.dumps(similar),
        "adaem_choices.csv.gz": simulated_choices(seed=seed),
    }
