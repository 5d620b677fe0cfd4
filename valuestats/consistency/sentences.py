"""Sentences of reliability and stability."""

from __future__ import annotations

from valuestats.base.labels import readable
from valuestats.results.phrases import interval
from valuestats.results.result import Result


def reliability_sentence(result: Result) -> str:
    """The sentence of reliability."""
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
