"""Questions of one panel: whether one set of parameters stands for several, and how far these differ."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from valuestats.base.errors import SpecificationError
from valuestats.base.labels import counted, minus
from valuestats.opinions.panel import Array, Steps
from valuestats.opinions.profile import directions, resampled_optima
from valuestats.opinions.rules import Rule, base_of
from valuestats.tables.conditions import level_names

COLUMNS = ("topic", "question", "item", "cluster", "issue")
"""Columns of a panel that name what an opinion is about."""


def pooled_topics(panel: pd.DataFrame, steps: Steps, rule: Rule) -> dict[str, Any] | None:
    """What the opinions are about, where that is several things.

    Parameters
    ----------
    panel
        As given; a column of `COLUMNS` says what an opinion is about. Without one, people who are in several networks are
        taken to have been asked several questions.
    steps, rule
        The changes, and the rule with its ranges.

    Returns
    -------
    dict or None
        ``column`` (None where none says it), ``topics`` (their names, or how many people are in several networks), and
        ``optima``: of each parameter its optimum in each topic. None where there is one topic.

    Raises
    ------
    SpecificationError
        A person (in a network) whose opinions are about different things at different waves.
    """
    net = "network" in panel.columns
    keys = ["network", "person"] if net else ["person"]
    for column in COLUMNS:
        if column in panel.columns and len(panel[column].unique()) > 1:
            return _by_column(panel, steps, rule, column, keys)
    if not net:
        return None
    listened = {name for name, _ in zip(*_listeners(panel, steps), strict=True)}
    people = panel[keys].astype(str).drop_duplicates()
    several = people[people["person"].isin(listened)].groupby("person")["network"].nunique()
    many = int((several > 1).sum())
    return {"column": None, "topics": many, "optima": {}} if many else None


def said_of(told: dict[str, Any]) -> str:
    """One set of parameters for several topics, in words, and how far the optima of each are apart."""
    if told["column"] is None:
        who = counted(told["topics"], "person", "people")
        return (
            f"{who} are in several networks, of several questions perhaps, with one set of parameters for all: "
            "name them in a column topic"
        )
    names = told["topics"]
    ends = []
    for parameter, optima in told["optima"].items():
        low, high = int(np.argmin(optima)), int(np.argmax(optima))
        least, most = (f"{minus(f'{optima[k]:.2f}')} ({names[k]})" for k in (low, high))
        ends.append(f"{parameter} from {least} to {most}")
    apart = f", taken apart {'; '.join(ends)}" if ends else ""
    pooled = f"one set of parameters for {len(names)} levels of {told['column']} ({level_names(names)})"
    return f"{pooled}{apart}: fit them one by one"


def _by_column(panel: pd.DataFrame, steps: Steps, rule: Rule, column: str, keys: list[str]) -> dict[str, Any]:
    labels = panel[column].astype(str).where(panel[column].notna(), "none")
    key = _key(panel, keys)
    first = labels.groupby(key.to_numpy(), sort=False)
    mixed = first.nunique()
    if (mixed > 1).any():
        who = str(mixed.idxmax()).split("\0")[-1]
        raise SpecificationError(
            f"opinions of one person are about different levels of {column}",
            parameter="panel",
            got=f"{who}: {level_names(sorted(labels[key == mixed.idxmax()].unique()))}",
            expected="one question at all waves",
            hint="name each question in a column network of both tables, or fit them one by one",
        )
    names = pd.factorize(key)[1]
    of_person = first.first().reindex(names).to_numpy()
    topic, levels = pd.factorize(of_person[steps.person], sort=True)
    return {
        "column": column,
        "topics": [str(level) for level in levels],
        "optima": _optima_of(rule, steps, topic, len(levels)) if len(levels) > 1 else {},
    }


def _optima_of(rule: Rule, steps: Steps, topic: np.ndarray, topics: int) -> dict[str, list[float]]:
    shapes, g = directions(rule, steps)
    rest = steps.then - base_of(rule, steps)
    sums = [np.zeros((topics, len(shapes))), np.zeros((topics, len(shapes)))]
    for into, values in zip(sums, (g**2, g * rest[:, None]), strict=True):
        np.add.at(into, topic, values)
    found: Array = resampled_optima(
        rule, shapes, sums[0], sums[1], np.bincount(topic, rest**2), np.eye(topics)
    )
    return {p: found[:, k].tolist() for k, p in enumerate((rule.shape, rule.strength)) if p}


def _key(panel: pd.DataFrame, keys: list[str]) -> pd.Series:
    parts = [panel[name].astype(str) for name in keys]
    return parts[0] if len(parts) == 1 else parts[0] + "\0" + parts[1]


def _listeners(panel: pd.DataFrame, steps: Steps) -> tuple[list[str], list[str]]:
    """Name and network of each person who listens."""
    names = pd.factorize(_key(panel, ["network", "person"]))[1]
    pairs = [str(names[k]).split("\0") for k in np.unique(steps.person)]
    return [p[1] for p in pairs], [p[0] for p in pairs]
