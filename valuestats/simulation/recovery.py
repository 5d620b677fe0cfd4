"""Hold estimates of a simulated study against the truth that made its data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from valuestats.results.result import Result


def recovery(
    truth: Mapping[str, Any],
    correlations: Result,
    keyed: pd.DataFrame,
    scores: Result,
    ordinal: Result,
    similarity: Result,
) -> pd.DataFrame:
    """How well each family of estimates recovers the stated truth.

    Parameters
    ----------
    truth
        What `valuestats.simulation` stated.
    correlations, keyed, scores, ordinal, similarity
        Estimates of the study.

    Returns
    -------
    pandas.DataFrame
        One row per quantity: ``n`` estimates, ``coverage`` (share of intervals that hold the truth),
        ``level`` they claim, ``correlation`` with the truth, ``rmse`` and ``bias`` (estimate minus truth),
        ``definition`` of the truth.
    """
    values = list(truth["values"])
    items = truth["items"]
    observed = {(i, v): r for i, item in items.items() for v, r in zip(values, item["observed"], strict=True)}
    expected = {(m, v): s for m, model in truth["models"].items() for v, s in model["expected_score"].items()}
    latent = true_profiles(truth)
    similar = {(row["model"], row["group"]): row["observed"] for row in truth["similarity"]}
    rows = [
        _row(
            "item-value correlation",
            correlations,
            observed,
            ["item", "dimension"],
            truth["item_value_correlation_definitions"]["observed"],
        ),
        _row("centred score", scores, expected, ["model", "dimension"], truth["expected_score_definition"]),
        _row(
            "latent profile",
            ordinal,
            latent,
            [k for k in ("model", "value", "dimension") if k in ordinal.keys],
            "theta of the ordinal model, centred within the model",
        ),
        _row("country similarity", similarity, similar, ["model", "group"], truth["similarity_definition"]),
    ]
    return pd.concat([pd.DataFrame(rows), _keys(items, keyed)], ignore_index=True)


def group_recovery(
    truth: Mapping[str, Any], alignment: Result, homogenisation: Result, poststratified: Result
) -> pd.DataFrame:
    """How well the estimates on demographic groups recover the truth of `valuestats.simulation.demographics`.

    Parameters
    ----------
    truth
        What the simulation stated.
    alignment, homogenisation, poststratified
        Results of the functions of these names on its survey and its models.

    Returns
    -------
    pandas.DataFrame
        As `recovery`.
    """
    similar = {(row["model"], row["group"]): row["similarity"] for row in truth["similarity"]}
    varied = {
        (row["model"], quantity): row[quantity]
        for row in truth["variety"]
        for quantity in ("within groups", "between groups")
    }
    shares = {
        (f"{group} | {question}", option): share
        for group, by_question in truth["shares"].items()
        for question, values in by_question.items()
        for option, share in zip(truth["options"], values, strict=True)
    }
    frame = poststratified.estimates
    cell = frame["group"].astype(str) + " | " + frame["question"].astype(str)
    rows = [
        _row("similarity to a group", alignment, similar, ["model", "group"], truth["similarity_definition"]),
        _row(
            "variance ratio",
            homogenisation,
            varied,
            ["model", "quantity"],
            truth["variety_definition"],
        ),
        _row(
            "poststratified share",
            replace(poststratified, estimates=frame.assign(cell=cell)),
            shares,
            ["cell", "option"],
            "share of the option among the group's people",
        ),
    ]
    return pd.DataFrame(rows)


def true_profiles(truth: Mapping[str, Any]) -> dict[tuple[str, str], float]:
    """True latent profile by model and value, centred within the model as `valuestats.value_profile` reports it.

    Examples
    --------
    >>> true_profiles({"models": {"m": {"theta": {"Power": 1.0, "Security": 0.0}}}})
    {('m', 'Power'): 0.5, ('m', 'Security'): -0.5}
    """
    profiles = {}
    for name, model in truth["models"].items():
        mean = float(np.mean(list(model["theta"].values())))
        profiles.update({(name, value): theta - mean for value, theta in model["theta"].items()})
    return profiles


def _row(
    quantity: str, result: Result, truth: Mapping[tuple[str, str], float], keys: list[str], definition: str
) -> dict[str, Any]:
    frame = result.estimates
    true = np.array(
        [truth.get((str(a), str(b)), np.nan) for a, b in zip(*(frame[k] for k in keys), strict=True)]
    )
    known = ~np.isnan(true) & frame["estimate"].notna().to_numpy()
    estimate, true = frame["estimate"].to_numpy()[known], true[known]
    inside = (frame["lower"].to_numpy()[known] <= true) & (true <= frame["upper"].to_numpy()[known])
    return {
        "quantity": quantity,
        "n": int(known.sum()),
        "coverage": float(inside.mean()),
        "level": float(frame["level"].iloc[0]),
        "correlation": float(np.corrcoef(estimate, true)[0, 1]),
        "rmse": float(np.sqrt(np.mean((estimate - true) ** 2))),
        "bias": float(np.mean(estimate - true)),
        "definition": definition,
    }


def _keys(items: Mapping[str, Any], keyed: pd.DataFrame) -> pd.DataFrame:
    """Keys found among those that are true (recall), and true ones among those found (precision)."""
    true = {(item, content["value"]) for item, content in items.items() if content["value"] is not None}
    found = set(zip(keyed["item"].astype(str), keyed["dimension"].astype(str), strict=True))
    hits = len(true & found)
    return pd.DataFrame(
        {
            "quantity": ["true keys found", "found keys that are true"],
            "n": [len(true), len(found)],
            "coverage": [hits / len(true), hits / max(len(found), 1)],
            "definition": "the value that an item was made to express",
        }
    )
