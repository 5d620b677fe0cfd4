"""How far the annotators agree, where no two of them judged the same pair: by the weights behind what they prefer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from valuestats.tables.choices import Choices
from valuestats.weights.feature_sets import FeatureSets, feature_sets
from valuestats.weights.logit import log_probabilities, maximise


def annotator_weights(choices: Choices, features: Sequence[str], *, level: float = 0.95) -> pd.DataFrame:
    """Accuracy of weights learnt from all other annotators, for each annotator's own pairs.

    Parameters
    ----------
    choices
        With a column ``judge``.
    features
        As for `valuestats.feature_weights`.

    Returns
    -------
    pandas.DataFrame
        ``judge``, ``pairs``, ``first`` (share that preferred the one shown first), ``accuracy`` by the others' weights with
        Wilson's interval (``lower``, ``upper``), ``mean`` (accuracy of the plain mean), ``log_score``; a last row ``all``
        with ``p_value`` of the likelihood ratio test that all annotators have the same weights.
    """
    from scipy import stats

    choices = choices.one_by_one()
    sets = feature_sets(choices, features, "judge")
    frame = choices.frame
    first = (
        frame[(frame["position"] == 1) & (frame["status"] == "valid")]
        .groupby("judge")["rank"]
        .apply(lambda r: r.notna().mean())
    )
    rows: list[dict[str, Any]] = []
    separate = 0.0
    for k, judge in enumerate(sets.units):
        own, others = sets.rows(sets.unit == k), sets.rows(sets.unit != k)
        weights = maximise(others).beta
        rows.append({"judge": judge, "first": float(first[judge]), **_scored(own, weights, level)})
        separate += maximise(own).log_likelihood
    pooled = maximise(sets)
    fall = 2 * (separate - pooled.log_likelihood)
    more = (len(sets.units) - 1) * len(sets.names)
    whole = {"judge": "all", "first": float(first.mean()), **_scored(sets, pooled.beta, level)}
    rows.append({**whole, "p_value": float(stats.chi2.sf(fall, more))})
    return pd.DataFrame(rows)


def _scored(sets: FeatureSets, weights: np.ndarray, level: float) -> dict[str, Any]:
    d = sets.differences
    right = float(((d @ weights > 0) + 0.5 * (d @ weights == 0)).sum())
    plain = d.mean(axis=1)
    lower, upper = proportion_confint(right, len(sets), alpha=1 - level, method="wilson")
    return {
        "pairs": len(sets),
        "accuracy": right / len(sets),
        "lower": float(lower),
        "upper": float(upper),
        "mean": float(((plain > 0) + 0.5 * (np.abs(plain) < 1e-12)).mean()),
        "log_score": float(log_probabilities(sets, weights).mean()),
    }
