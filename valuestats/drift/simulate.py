"""Stances along an axis whose changes are known: for stand-ins, tests and coverage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, softmax

Array = NDArray[np.float64]
STANCES = ("oppose", "neutral", "support")
_INTEGRAL = 40_000


@dataclass(frozen=True)
class Course:
    """How stances and response go along the axis.

    Attributes
    ----------
    places
        Steps, shape ``(steps,)``.
    base, shift
        Logits of the stances at the start, and what is added where `progress` is 1, shapes ``(stances,)``.
    progress
        Part of the shift at each step, shape ``(steps,)``.
    response
        Logit of answering at each step, shape ``(steps,)``.
    topic_sd, item_sd
        Standard deviations of logits between clusters and between their items.
    """

    places: Array
    base: Array
    shift: Array
    progress: Array
    response: Array
    topic_sd: float = 0.6
    item_sd: float = 1.0

    def shares(self) -> Array:
        """True shares at each step over all clusters and items, shape ``(steps, stances)``."""
        rng = np.random.default_rng(20261130)
        half = rng.normal(0, np.hypot(self.topic_sd, self.item_sd), (_INTEGRAL, len(self.base)))
        around = np.concatenate([half, -half])
        return np.stack(
            [softmax(around + self.base + f * self.shift, axis=1).mean(axis=0) for f in self.progress]
        )


def course(
    steps: int = 10,
    *,
    change: Sequence[float] | None = None,
    shift: Sequence[float] = (-0.8, -0.4, 1.2),
    base: Sequence[float] = (0.4, 0.2, -0.2),
    refusals: tuple[float, float] = (3.0, 3.0),
    topic_sd: float = 0.6,
    item_sd: float = 1.0,
) -> Course:
    """A course of so many steps, 100 apart.

    Parameters
    ----------
    change
        Part of the shift at each step; from nothing to all at the middle where omitted.
    refusals
        Logits of answering at the first and the last step; linear between.

    Examples
    --------
    >>> course(4).progress.tolist()
    [0.0, 0.0, 1.0, 1.0]
    """
    progress = (
        (np.arange(steps) >= steps // 2).astype(float) if change is None else np.asarray(change, dtype=float)
    )
    return Course(
        np.arange(steps, dtype=float) * 100.0,
        np.asarray(base, dtype=float),
        np.asarray(shift, dtype=float),
        progress,
        np.linspace(*refusals, steps).astype(float),
        topic_sd,
        item_sd,
    )


def draw_stances(
    one: Course, rng: np.random.Generator, *, topics: int = 24, items: int = 5, names: Sequence[str] = STANCES
) -> pd.DataFrame:
    """Answers of one model: each item of each topic asked once at each step.

    Returns
    -------
    pandas.DataFrame
        ``item``, ``cluster`` (the topic), ``step``, ``stance`` (null where none was taken).
    """
    k, t, n = len(one.base), len(one.places), topics * items
    around = np.repeat(rng.normal(0, one.topic_sd, (topics, k)), items, axis=0) + rng.normal(
        0, one.item_sd, (n, k)
    )
    logits = around[:, None] + one.base + one.progress[:, None] * one.shift
    stance = (logits + rng.gumbel(size=logits.shape)).argmax(axis=-1)
    answers = rng.random((n, t)) < expit(one.response)
    told = np.asarray(names, dtype=object)[stance]
    told[~answers] = None
    return pd.DataFrame(
        {
            "item": np.repeat([f"q{j + 1:04d}" for j in range(n)], t),
            "cluster": np.repeat([f"topic {j // items + 1:02d}" for j in range(n)], t),
            "step": np.tile(one.places.astype(int), n),
            "stance": pd.Categorical(told.ravel(), categories=list(names)),
        }
    )
