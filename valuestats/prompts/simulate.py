"""A simulated study of how options are labelled: letters, numbers or words, crossed with their order."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit

from valuestats.results.result import Result
from valuestats.tables import Responses

CUTS = np.array([-2.2, -1.1, 0.0, 1.1, 2.2])
"""Thresholds of the six answers, logits."""
LABELS = ("letters", "numbers", "words")
ORDERS = ("ascending", "descending")


def simulate_labels(
    *,
    models: int = 8,
    queries: int = 60,
    items: int = 3,
    label_sd: float = 0.4,
    order_sd: float = 0.3,
    seed: int = 0,
) -> tuple[Responses, pd.DataFrame]:
    r"""Answers of models under three kinds of option labels and two orders, and the label effects they were drawn from.

    The logit of an answer above threshold k is :math:`\theta_m + q + u_i + \alpha_{ml} + \beta_{mo} - \tau_k`: the
    model's level, the query, the item, the labels and the order. Label effects of a model sum to zero; the first model
    has none.

    Parameters
    ----------
    models, queries, items
        Numbers of models, of queries, and of items to a query.
    label_sd, order_sd
        Standard deviations of the models' effects, logits.
    seed
        Of the random numbers.

    Returns
    -------
    tuple of Responses and pandas.DataFrame
        The answers (codes 1 to 6), and the truth per ``model, style``: the mean over the study's own items and orders of
        the expected answer under each kind of labels, minus its mean over all kinds (scale points).

    Examples
    --------
    >>> responses, truth = simulate_labels(models=2, queries=2)
    >>> len(responses), truth["truth"].iloc[:3].abs().max().round(12)
    (72, np.float64(0.0))
    """
    rng = np.random.default_rng(seed)
    label = rng.normal(0, label_sd, (models, len(LABELS)))
    label = label - label.mean(axis=1, keepdims=True)
    label[0] = 0.0
    order = rng.normal(0, order_sd, (models, 1)) * np.array([-0.5, 0.5])
    content = rng.normal(0, 0.8, (queries, 1)) + rng.normal(0, 0.7, (queries, items))
    level = rng.normal(0.5, 0.4, models)
    eta = (
        level[:, None, None, None]
        + label[:, None, :, None]
        + order[:, None, None, :]
        + content.ravel()[None, :, None, None]
    )
    above = expit(eta[..., None] - CUTS)
    expected = 1 + above.sum(axis=-1).mean(axis=(1, 3))
    y = 1 + (rng.random(eta.shape)[..., None] < above).sum(axis=-1)
    m, i, where, o = (a.ravel() for a in np.indices(eta.shape))
    frame = pd.DataFrame(
        {
            "model": [f"model {k + 1}" for k in m],
            "item": [f"{k // items + 1}-{k % items + 1}" for k in i],
            "cluster": [str(k // items + 1) for k in i],
            "option_labels": np.asarray(LABELS, dtype=object)[where],
            "option_order": np.asarray(ORDERS, dtype=object)[o],
            "epoch": 1,
            "raw": y.ravel().astype(str),
            "answer": y.ravel(),
            "status": "valid",
            "source_file": "simulated",
            "source_sha256": "",
            "source_row": np.arange(y.size),
        }
    )
    effect = expected - expected.mean(axis=1, keepdims=True)
    truth = pd.DataFrame(
        [
            (f"model {k + 1}", f"option labels: {name}", float(effect[k, j]))
            for k in range(models)
            for j, name in enumerate(LABELS)
        ],
        columns=["model", "style", "truth"],
    )
    return Responses(frame), truth


def simulated_labels(
    *,
    models: int = 8,
    queries: int = 60,
    items: int = 3,
    label_sd: float = 0.4,
    order_sd: float = 0.3,
    seed: int = 0,
) -> Responses:
    """The answers of `simulate_labels`.

    Examples
    --------
    >>> len(simulated_labels(models=2, queries=2))
    72
    """
    return simulate_labels(
        models=models, queries=queries, items=items, label_sd=label_sd, order_sd=order_sd, seed=seed
    )[0]


def simulated_label_effects(
    *,
    models: int = 8,
    queries: int = 60,
    items: int = 3,
    label_sd: float = 0.4,
    order_sd: float = 0.3,
    seed: int = 0,
) -> pd.DataFrame:
    """The true label effects behind `simulated_labels` of the same arguments.

    Examples
    --------
    >>> simulated_label_effects(models=2, queries=2).columns.tolist()
    ['model', 'style', 'truth']
    """
    return simulate_labels(
        models=models, queries=queries, items=items, label_sd=label_sd, order_sd=order_sd, seed=seed
    )[1]


def label_truth(truth: pd.DataFrame, style: Result) -> pd.DataFrame:
    """Estimated label effects beside those they were drawn from.

    Parameters
    ----------
    truth
        As `simulate_labels` gives it.
    style
        What `valuestats.response_style` made of the answers.

    Returns
    -------
    pandas.DataFrame
        Per ``model, style``: ``truth, estimate, lower, upper, covered, told`` (the interval leaves out zero).
    """
    frame = truth.merge(
        style.estimates[["model", "style", "estimate", "lower", "upper"]], on=["model", "style"]
    )
    frame["covered"] = (frame["lower"] <= frame["truth"]) & (frame["truth"] <= frame["upper"])
    frame["told"] = (frame["lower"] > 0) | (frame["upper"] < 0)
    return frame
