"""Simulated answers of models to keyed items, with a stated truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError
from valuestats.statistics.ordinal import Link, category_probabilities, cutpoints_from_shares

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SimulatedAnswers:
    """A simulated study and what it was made from.

    Attributes
    ----------
    responses
        ``model``, ``item``, ``cluster``, ``wording``, ``answer``, ``status`` (all valid).
    keys
        ``item``, ``dimension``, ``sign``.
    profile
        True ``theta_mv``, shape ``(models, values)``, rows summing to zero.
    cutpoints
        True cutpoints, shape ``(models, K - 1)``.
    models, values
        Labels.
    """

    responses: pd.DataFrame
    keys: pd.DataFrame
    profile: Floats
    cutpoints: Floats
    models: tuple[str, ...]
    values: tuple[str, ...]


def simulate_answers(
    *,
    n_models: int = 6,
    n_items: int = 40,
    n_values: int = 4,
    n_prompts: int = 6,
    items_per_cluster: int = 2,
    categories: int = 6,
    value_sd: float = 0.8,
    model_value_sd: float = 0.4,
    item_sd: float = 1.0,
    interaction_sd: float = 1.0,
    interaction_spread: float = 0.3,
    query_share: float = 0.5,
    common_shares_sd: float = 0.5,
    shares_sd: float = 0.5,
    link: Link = "logit",
    seed: int = 0,
) -> SimulatedAnswers:
    """Simulate answers from the generative model of `build_model`, or from one with other spreads.

    Parameters
    ----------
    n_models, n_items, n_values, n_prompts
        Sizes; each model answers each item once per prompt, and the items are keyed to the values in turn, so
        that all studies of one size have the same keys.
    items_per_cluster
        Items that share a query, and with it a model x query effect.
    categories
        Number of answer categories, coded from 1.
    value_sd, model_value_sd, item_sd
        Standard deviations of ``beta_v``, ``delta_mv`` and ``b_i`` on the latent scale.
    interaction_sd
        Typical standard deviation of model x query and model x item effects together; 0 for none.
    interaction_spread
        Standard deviation of its log between models.
    query_share
        Share of the interaction's variance between queries.
    common_shares_sd
        Standard deviation of the common log category shares around equal ones.
    shares_sd
        Standard deviation of the models' log category shares around common ones.
    link
        ``"logit"`` or ``"probit"``.
    seed
        Seed of the random numbers.

    Returns
    -------
    SimulatedAnswers

    Examples
    --------
    >>> study = simulate_answers(n_models=2, n_items=8, n_values=2, seed=1)
    >>> len(study.responses), bool(abs(study.profile.sum(axis=1)).max() < 1e-12)
    (96, True)
    """
    if n_items < n_values or min(n_models, n_values, n_prompts, items_per_cluster) < 1 or categories < 2:
        raise SpecificationError(
            "impossible sizes of a simulated study",
            parameter="n_items, n_values, categories",
            got=f"{n_items}, {n_values}, {categories}",
            expected="at least one item per value and two categories",
        )
    rng = np.random.default_rng(seed)
    values = tuple(f"value {v + 1:02d}" for v in range(n_values))
    models = tuple(f"model {m + 1:02d}" for m in range(n_models))
    profile = rng.normal(0, value_sd, n_values) + rng.normal(0, model_value_sd, (n_models, n_values))
    profile -= profile.mean(axis=1, keepdims=True)
    keyed = np.arange(n_items) % n_values
    cluster = np.arange(n_items) // items_per_cluster

    logs = rng.normal(0, common_shares_sd, categories) + rng.normal(0, shares_sd, (n_models, categories))
    cut = cutpoints_from_shares(logs, link=link)
    location = rng.normal(0, item_sd, n_items)
    sd = (interaction_sd * np.exp(rng.normal(0, interaction_spread, n_models)))[:, None]
    query = rng.normal(size=(n_models, int(cluster.max()) + 1))[:, cluster]
    own = rng.normal(size=(n_models, n_items))
    eta = profile[:, keyed] + location + sd * (np.sqrt(query_share) * query + np.sqrt(1 - query_share) * own)

    below = category_probabilities(cut[:, None, :], eta, link=link).cumsum(axis=-1)[..., :-1]
    answers = 1 + (rng.random((n_models, n_items, n_prompts, 1)) > below[:, :, None, :]).sum(axis=-1)
    grid = pd.MultiIndex.from_product(
        [models, range(n_items), range(n_prompts)], names=["model", "item", "wording"]
    ).to_frame(index=False)
    responses = pd.DataFrame(
        {
            "model": grid["model"],
            "item": [f"item {i + 1:03d}" for i in grid["item"]],
            "cluster": [f"query {cluster[i] + 1:03d}" for i in grid["item"]],
            "wording": [f"prompt {w + 1}" for w in grid["wording"]],
            "answer": pd.array(answers.ravel(), dtype="Int64"),
            "status": "valid",
        }
    )
    keys = pd.DataFrame(
        {
            "item": [f"item {i + 1:03d}" for i in range(n_items)],
            "dimension": [values[v] for v in keyed],
            "sign": 1,
        }
    )
    return SimulatedAnswers(responses, keys, profile, cut, models, values)
