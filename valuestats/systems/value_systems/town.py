"""Walkers through a simulated town, whose value systems are known: the plans of three kinds of them, and their recovery."""

from __future__ import annotations

import pandas as pd

from valuestats.base.arguments import checked
from valuestats.plans.simulate import simulate_plans, simulate_town
from valuestats.results.result import Result

KINDS = {
    "carers": {"care": 0.70, "safety": 0.20, "honesty": 0.10},
    "cautious": {"care": 0.15, "safety": 0.70, "honesty": 0.15},
    "candid": {"care": 0.10, "safety": 0.30, "honesty": 0.60},
}
"""True shares of the weights, by kind of walker."""
LENGTH = 10.0
HORIZON = 8
SIZE = 4


@checked
def value_town(*, twin: bool = False, seed: int = 0) -> pd.DataFrame:
    """Steps through the town (`valuestats.plans.simulate.simulate_town`).

    Parameters
    ----------
    twin
        Whether places serve honesty as they serve care, so that no plan can tell the two apart.
    seed
        Seed of what places serve.
    """
    town = simulate_town(size=SIZE, values=3, seed=seed)
    return town.assign(honesty=town["care"]) if twin else town


@checked
def town_plans(town: pd.DataFrame, *, plans: int = 20, seed: int = 0) -> pd.DataFrame:
    """Plans of each kind of walker.

    Parameters
    ----------
    town
        What `value_town` returned.
    plans
        Plans of each kind.
    seed
        Seed of the plans.
    """
    weights = {kind: {v: LENGTH * share for v, share in own.items()} for kind, own in KINDS.items()}
    return simulate_plans(town, weights, plans=plans, horizon=HORIZON, seed=seed)


def town_recovery(weights: Result, few: Result) -> pd.DataFrame:
    """Estimated shares beside the true ones, from many plans and from few.

    Parameters
    ----------
    weights, few
        `valuestats.plan_weights` of the same kinds of walkers, from more plans and from fewer.

    Returns
    -------
    pandas.DataFrame
        ``plans`` (of each kind), ``agent``, ``value``, ``truth``, ``estimate``, ``lower``, ``upper``, ``inside``.
    """
    parts = []
    for result in (few, weights):
        frame = result.estimates[["agent", "value", "estimate", "lower", "upper", "n_units"]].rename(
            columns={"n_units": "plans"}
        )
        truth = [KINDS[a][v] for a, v in zip(frame["agent"], frame["value"], strict=True)]
        parts.append(frame.assign(truth=truth))
    table = pd.concat(parts, ignore_index=True)
    return table.assign(inside=(table["lower"] <= table["truth"]) & (table["truth"] <= table["upper"]))
