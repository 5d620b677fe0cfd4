"""A simulated study of refusals: models asked statements of many languages and topics, publishers within languages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import expit

from valuestats.missing.levels import ALL
from valuestats.results.result import Result

_NODES = 61


def simulate_refusals(
    *,
    models: int = 9,
    languages: Sequence[str] = ("de", "en", "fr", "it", "tr"),
    topics: Sequence[str] = ("disability", "immigration", "lgbtqi", "social welfare", "surrogacy"),
    publishers: int = 6,
    statements: int = 4,
    repeats: int = 1,
    intercept: float = -2.0,
    sd: dict[str, float] | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Simulate who refuses what, with the truth beside it.

    Every model is asked every statement. A publisher publishes in one language; a statement belongs to one publisher and
    one topic. The refusal's logit is the intercept plus normal effects of model, language, topic, model x language, model x
    topic, publisher and statement.

    Parameters
    ----------
    models, languages, topics, publishers, statements
        Number of models; names of languages and topics; publishers per language; statements per publisher and topic.
    repeats
        Answers of each model to each statement.
    intercept, sd
        Of the logit; ``sd`` by effect.
    seed
        Of the random numbers.

    Returns
    -------
    pandas.DataFrame
        Counts: ``model, language, topic, organisation, item, status, count``, with ``true_logit`` (intercept and the effects
        of model, language, topic and their pairs) and ``cluster_sd`` (of publisher and statement together).

    Examples
    --------
    >>> counts = simulate_refusals(models=2, publishers=1, statements=1)
    >>> int(counts["count"].sum())
    50
    """
    rng = np.random.default_rng(seed)
    spread = {"model": 1.0, "language": 0.5, "topic": 0.8, "model x language": 0.3, "model x topic": 0.4}
    spread |= {"organisation": 0.4, "item": 0.6, **(sd or {})}
    n_l, n_t = len(languages), len(topics)
    draw = {
        "model": rng.normal(0, spread["model"], models),
        "language": rng.normal(0, spread["language"], n_l),
        "topic": rng.normal(0, spread["topic"], n_t),
        "model x language": rng.normal(0, spread["model x language"], (models, n_l)),
        "model x topic": rng.normal(0, spread["model x topic"], (models, n_t)),
        "organisation": rng.normal(0, spread["organisation"], (n_l, publishers)),
        "item": rng.normal(0, spread["item"], (n_l, publishers, n_t, statements)),
    }
    shape = (models, n_l, publishers, n_t, statements)
    m, language, p, t, s = (a.ravel() for a in np.indices(shape))
    fixed = intercept + draw["model"][m] + draw["language"][language] + draw["topic"][t]
    fixed = fixed + draw["model x language"][m, language] + draw["model x topic"][m, t]
    eta = fixed + draw["organisation"][language, p] + draw["item"][language, p, t, s]
    refused = rng.binomial(repeats, expit(eta))
    names = np.asarray(languages, dtype=object)[language]
    frame = pd.DataFrame(
        {
            "model": [f"model {k + 1}" for k in m],
            "language": names,
            "topic": np.asarray(topics, dtype=object)[t],
            "organisation": [f"{a}-{b + 1}" for a, b in zip(names, p, strict=True)],
            "item": [f"{a}-{b + 1}-{c + 1}-{d + 1}" for a, b, c, d in zip(names, p, t, s, strict=True)],
            "true_logit": fixed,
            "cluster_sd": float(np.hypot(spread["organisation"], spread["item"])),
        }
    )
    parts = [
        frame.assign(status="refusal", count=refused),
        frame.assign(status="valid", count=repeats - refused),
    ]
    return pd.concat(parts, ignore_index=True).query("count > 0").reset_index(drop=True)


def refusal_truth(counts: pd.DataFrame, rates: Result) -> pd.DataFrame:
    """The true rate beside each estimate of `valuestats.refusal_rates`, and whether its interval holds it.

    Parameters
    ----------
    counts
        What `simulate_refusals` returned.
    rates
        Rates by ``model, language, topic`` in any order.

    Returns
    -------
    pandas.DataFrame
        Keys, ``estimate``, ``lower``, ``upper``, ``raw_rate``, ``truth``, ``covered``.
    """
    keys = ["model", "language", "topic"]
    cells = counts.drop_duplicates(keys)[[*keys, "true_logit", "cluster_sd"]]
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    eta = cells["true_logit"].to_numpy()[:, None] + nodes * cells["cluster_sd"].to_numpy()[:, None]
    cells = cells.assign(truth=expit(eta) @ (weights / weights.sum()))
    parts = []
    for bits in range(8):
        means = [k for j, k in enumerate(keys) if bits >> j & 1]
        kept = [k for k in keys if k not in means]
        part = cells.assign(**dict.fromkeys(means, ALL)) if means else cells
        part = part.groupby(keys, observed=True)["truth"].mean().reset_index()
        parts.append(part.assign(margin=" x ".join(kept) or ALL))
    table = rates.estimates[[*keys, "estimate", "lower", "upper", "raw_rate", "n_asked"]]
    table = table.merge(pd.concat(parts), on=keys)
    return table.assign(covered=(table["lower"] <= table["truth"]) & (table["truth"] <= table["upper"]))
