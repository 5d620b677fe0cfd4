"""Simulated preferences between answers whose style sways the judges: not at all, a little, or much."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.results.result import Result
from valuestats.tables.choices import Choices, ranking_choices
from valuestats.weights.style import METHODS

Metric = Literal["adversarial", "objective", "subjective"]
QUALITY = 0.06
"""What a standard deviation of quality truly adds to the probability to be preferred, in every metric."""
STYLE: dict[Metric, float] = {"adversarial": 0.0, "objective": 0.05, "subjective": 0.14}
"""What style adds, by metric; long and listed answers are also better by `TIED` of it."""
TIED = 0.7


@checked
def style_pairs(*, metric: Metric, prompts: int = 1000, each: int = 4, seed: int = 0) -> Choices:
    """Choices between two answers to a prompt, whose length and lists sway the judge along a curve.

    Parameters
    ----------
    metric
        Which of the three: style adds nothing, a little, or much.
    prompts, each
        Prompts, and pairs of answers to each; what quality is worth differs by prompt.
    seed
        Seed of the answers and choices.

    Returns
    -------
    Choices
        ``prompt``, and of the options ``quality``, ``length`` and ``lists``, in standard deviations.
    """
    rng = np.random.default_rng([seed, list(STYLE).index(metric)])
    n = prompts * each
    prompt = np.arange(n) % prompts
    shared = rng.normal(size=(prompts, 1))[prompt]
    length, lists = 0.6 * shared + 0.8 * rng.normal(size=(n, 2)), rng.normal(size=(n, 2))
    swayed = np.tanh(2 * length) + 0.5 * np.sin(2 * lists)
    quality = TIED * swayed + rng.normal(size=(n, 2))
    worth = QUALITY + 0.03 * rng.normal(size=prompts)[prompt]
    p = 0.5 + worth * (quality[:, 0] - quality[:, 1]) + STYLE[metric] * (swayed[:, 0] - swayed[:, 1])
    first = rng.random(n) < p.clip(0, 1)
    frame = pd.DataFrame(
        {
            "choice": np.repeat(np.arange(n), 2),
            "option": np.tile(["a", "b"], n),
            "prompt": np.repeat(prompt, 2),
            "quality": quality.ravel(),
            "length": length.ravel(),
            "lists": lists.ravel(),
            "chosen": np.column_stack([first, ~first]).astype(int).ravel(),
        }
    )
    return ranking_choices(frame)


def style_recovery(adversarial: Result, objective: Result, subjective: Result) -> pd.DataFrame:
    """What each way of control makes of quality, metric by metric, beside the truth.

    Parameters
    ----------
    adversarial, objective, subjective
        `valuestats.style_controlled` of each metric's choices.

    Returns
    -------
    pandas.DataFrame
        ``metric``, ``method``, ``estimate``, ``lower``, ``upper``, ``truth``, ``inside``, ``explained`` (by style, held
        out).
    """
    parts = []
    for metric, result in zip(STYLE, (adversarial, objective, subjective), strict=True):
        frame = result.estimates[["method", "estimate", "lower", "upper"]]
        parts.append(frame.assign(metric=metric, truth=QUALITY, explained=result.meta["explained"]))
    table = pd.concat(parts, ignore_index=True)
    order = {m: k for k, m in enumerate(METHODS)}
    table = table.sort_values("method", key=lambda s: s.map(order), kind="stable", ignore_index=True)
    return table.assign(inside=(table["lower"] <= QUALITY) & (table["upper"] >= QUALITY))
