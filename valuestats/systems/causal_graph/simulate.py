"""Simulated profiles in the layout of the release, from a graph that is known."""

from __future__ import annotations

import numpy as np
import orjson
import pandas as pd

from valuestats.graphs.graph import Graph
from valuestats.systems.causal_graph.release import FEATURES

VALUES = ("Achievement", "Empathy", "Organization", "Resilience", "Social", "Understanding")
EDGES = (
    ("Empathy", "Understanding", 0.8),
    ("Resilience", "Understanding", 0.7),
    ("Understanding", "Social", 0.8),
    ("Resilience", "Achievement", -0.7),
)
"""Cause, effect and its size; Organization has none."""
STEERED = 4
"""Features besides no steering."""


def true_graph() -> Graph:
    """The graph behind the simulated profiles."""
    return Graph.of(VALUES, [(one, two) for one, two, _ in EDGES])


def simulate_profiles(
    roles: int = 60, *, features: int = STEERED, within: float = 0.6, model: str = "gemma", seed: int = 0
) -> pd.DataFrame:
    """Profiles of roles under features, two thirds of a role's variation the same under all of them.

    Parameters
    ----------
    roles
        Number of roles; each is a cluster.
    features
        Steering features besides none.
    within
        Standard deviation within a role, that between roles being 1.
    model
        Whose features they are called after.
    seed
        Of the random numbers.

    Examples
    --------
    >>> simulate_profiles(5, features=2).shape
    (15, 8)
    """
    rng = np.random.default_rng(seed)
    p = len(VALUES)
    weight = np.zeros((p, p))
    for one, two, size in EDGES:
        weight[VALUES.index(one), VALUES.index(two)] = size
    through = np.linalg.inv(np.eye(p) - weight)
    own = rng.normal(size=(roles, 1, p)) + within * rng.normal(size=(roles, features + 1, p))
    moved = np.zeros((features + 1, p))
    moved[1:] = rng.choice([-0.6, 0.0, 0.6], size=(features, p), p=[0.2, 0.6, 0.2])
    scores = np.clip(np.round(((own + moved) @ through) * 5) / 30, -1, 1)
    names = ["none", *FEATURES[model][:features]]
    rows = pd.MultiIndex.from_product(
        [[f"Role {k + 1}" for k in range(roles)], names], names=["role", "feature"]
    )
    return pd.DataFrame(scores.reshape(-1, p), index=rows, columns=list(VALUES)).reset_index()


def standin(seed: int = 0) -> dict[str, pd.DataFrame | bytes]:
    """The release's files, simulated.

    Examples
    --------
    >>> sorted(standin(1))[:2]
    ['ans_gemma_test_formal.csv.gz', 'ans_gemma_train_formal.csv.gz']
    """
    found: dict[str, pd.DataFrame | bytes] = {}
    for k, model in enumerate(FEATURES):
        for part, roles, own in (("train", 60, 0), ("test", 25, 1)):
            frame = simulate_profiles(roles, model=model, seed=seed + 10 * k + own)
            named = frame.rename(columns={"role": "player_name", "feature": "steer_dim"})
            named["steer_dim"] = named["steer_dim"].replace("none", "")
            named["player_name"] = named["player_name"].replace("Role 1", "")  # no role
            named = named.round(4)
            found[f"ans_{model}_{part}_formal.csv.gz"] = named[["steer_dim", "player_name", *VALUES]]
    edges = [[one, two, 1, "single-arrow"] for one, two, _ in EDGES]
    found["value_graph_data1.json"] = orjson.dumps({"edges": dict.fromkeys(FEATURES, edges)})
    return found
