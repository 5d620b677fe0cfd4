"""A small town to walk through, whose places serve values, and plans of walkers with known weights."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuestats.plans.process import process_of
from valuestats.plans.soft import log_policy

VALUES = ("care", "safety", "honesty", "speed")
MOVES = {"north": (-1, 0), "south": (1, 0), "west": (0, -1), "east": (0, 1), "stay": (0, 0)}
SLIP = 0.1
"""Probability to stay where one is in spite of a move."""


def simulate_town(*, size: int = 4, values: int = 3, seed: int = 0) -> pd.DataFrame:
    """Steps through a square town: each place serves each value by an amount between 0 and 1.

    Parameters
    ----------
    size
        Places on a side.
    values
        How many of the four values places serve.
    seed
        Seed of the amounts.

    Returns
    -------
    pandas.DataFrame
        ``state``, ``action``, ``next``, ``probability``, and a column for each value: what the place that a move leads to
        serves.

    Examples
    --------
    >>> town = simulate_town(size=2, values=2)
    >>> len(town), town.columns.tolist()[4:]
    (20, ['care', 'safety'])
    """
    rng = np.random.default_rng(seed)
    served = rng.random((size, size, values)).round(2)
    rows = []
    for i in range(size):
        for j in range(size):
            for action, (di, dj) in MOVES.items():
                a, b = i + di, j + dj
                if not (0 <= a < size and 0 <= b < size):
                    continue
                amounts = dict(zip(VALUES, served[a, b].tolist(), strict=False))
                ends = [((a, b), 1.0)] if action == "stay" else [((a, b), 1 - SLIP), ((i, j), SLIP)]
                rows += [
                    {"state": f"{i}-{j}", "action": action, "next": f"{x}-{y}", "probability": p, **amounts}
                    for (x, y), p in ends
                ]
    return pd.DataFrame(rows)


def simulate_plans(
    steps: pd.DataFrame,
    weights: dict[str, dict[str, float]],
    *,
    plans: int = 20,
    horizon: int = 10,
    discount: float = 1.0,
    seed: int = 0,
) -> pd.DataFrame:
    """Plans of agents whose weights are known, each begun anywhere.

    Parameters
    ----------
    steps
        The process.
    weights
        Of each agent, by value: scale times share.
    plans
        Plans of each agent.
    horizon, discount
        Steps of a plan, and what the next step is worth beside this one.

    Examples
    --------
    >>> found = simulate_plans(simulate_town(), {"a": {"care": 3.0, "safety": 1.0, "honesty": 0.0}}, plans=2, horizon=5)
    >>> len(found), found.columns.tolist()
    (10, ['agent', 'trajectory', 'step', 'state', 'action'])
    """
    rng = np.random.default_rng(seed)
    names = list(next(iter(weights.values())))
    process = process_of(steps, names)
    w = np.array([[own[v] for v in names] for own in weights.values()])
    policy = np.exp(log_policy(process, w, horizon, discount))
    rows = []
    live = np.flatnonzero(process.offered.any(axis=1))
    for g, agent in enumerate(weights):
        for plan in range(plans):
            s = int(rng.choice(live))
            for t in range(horizon):
                if not process.offered[s].any():
                    break
                a = int(rng.choice(len(process.actions), p=policy[g, t, s]))
                rows.append((agent, f"{agent} {plan}", t, process.states[s], process.actions[a]))
                s = int(rng.choice(len(process.states), p=process.moves[s, a]))
    return pd.DataFrame(rows, columns=["agent", "trajectory", "step", "state", "action"])
