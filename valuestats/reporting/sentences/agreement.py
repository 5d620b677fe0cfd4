"""Sentences of agreement, reliability and stability."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from valuestats.labels import number, readable
from valuestats.reporting.sentences.phrases import interval
from valuestats.result import Result


def _agreement(result: Result) -> str:
    row = result.estimates.iloc[0]
    if pd.isna(row["estimate"]):
        return "All ratings are the same, so agreement beyond chance is not defined."
    return (
        f"{int(row['n_raters'])} raters agree on {number(row['n_items'])} items with {row['estimand']} {interval(row)} "
        f"({row['metric']}; 0 is chance, 1 is full agreement), from {number(row['n_scored'])} of "
        f"{number(row['n_asked'])} ratings; the interval resamples {number(row['n_units'])} units and takes the raters "
        "as given."
    )


def _reliability(result: Result) -> str:
    if "model" in result.keys:
        return _retest(result)
    frame = result.estimates.dropna(subset="estimate").sort_values("estimate")
    if frame.empty:
        return "No reliability is defined: the answers do not vary."
    low, high = frame.iloc[0], frame.iloc[-1]
    if len(frame) == 1:
        text = f"{high['estimand']} is {interval(high)}"
    else:
        text = (
            f"Reliability runs from {interval(low)} ({low['estimand']}, {readable(str(low['scale']))}) to {interval(high)} "
            f"({high['estimand']}, {readable(str(high['scale']))})"
        )
    return f"{text}; a high value does not show that a scale measures one thing."


def _retest(result: Result) -> str:
    frame = result.estimates.dropna(subset="estimate").sort_values("estimate")
    low, high = frame.iloc[0], frame.iloc[-1]
    return (
        f"Asked again under another condition, the answers of {high['model']} are the most stable "
        f"({high['coefficient']} {interval(high)}) and those of {low['model']} the least ({interval(low)}); the value "
        "is the share of variance that belongs to the items, and intervals resample queries."
    )


SENTENCES: dict[str, Callable[[Result], str]] = {
    "agreement": _agreement,
    "reliability": _reliability,
}
