"""Sentences of answers given for groups of people."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from valuestats.reporting.sentences.phrases import interval
from valuestats.result import Result


def _one(frame: pd.DataFrame, quantity: str) -> pd.DataFrame:
    return frame[frame["quantity"] == quantity].sort_values("estimate", ascending=False)


def _clear(frame: pd.DataFrame, above: float = 0.0) -> int:
    return int((frame["lower"] > above).sum())


def _range(numbers: pd.Series) -> str:
    low, high = int(numbers.min()), int(numbers.max())
    return str(low) if low == high else f"{low} to {high}"


def _condition_effect(result: Result) -> str:
    what = str(result.meta["specification"]["condition"])
    frame = result.estimates
    own, specific = _one(frame, "own"), _one(frame, "specific")
    best, last = own.iloc[0], own.iloc[-1]
    text = (
        f"By {what}, the similarity to the group that is meant changes from {interval(last, 3, signed=True)} "
        f"({last['model']}, {last['group']}) to {interval(best, 3, signed=True)} ({best['model']}, {best['group']})"
    )
    if len(specific):
        text += (
            f"; more than by the {what} of other groups it rises in {_clear(specific)} of {len(specific)} cases whose "
            "interval lies above zero"
        )
    else:
        text += "; there is no other group to compare the change to, so it may be the same for all"
    return (
        f"{text}; intervals resample {_range(own['n_scored'])} questions and take the "
        "people's shares as known."
    )


def _stereotype(result: Result) -> str:
    frame = result.estimates
    parts = []
    slope, spread = _one(frame, "exaggeration"), _one(frame, "variance ratio")
    if len(slope):
        top = slope.iloc[0]
        parts.append(
            f"differences between the groups are exaggerated (slope above 1, interval included) in {_clear(slope, 1.0)} of "
            f"{len(slope)} cases, most by {top['model']} for {top['group']}: {interval(top)}"
        )
    if not len(spread):
        spread = _one(frame, "entropy ratio")
    flat = spread.iloc[-1]
    parts.append(
        f"the answers are less varied than the group's in {int((spread['upper'] < 1).sum())} of {len(spread)} cases, least "
        f"by {flat['model']} for {flat['group']}: {flat['quantity']} {interval(flat)}"
    )
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}; a group's own answers have slope and ratio 1; intervals resample questions."


def _representation(result: Result) -> str:
    frame = result.estimates
    parts = []
    for quantity, says in (
        ("representativeness", "default answers stand closest to"),
        ("steerability", "answers on request stand closest to"),
    ):
        rows = _one(frame, quantity)
        if len(rows):
            top, low = rows.iloc[0], rows.iloc[-1]
            parts.append(
                f"{says} {top['group']} ({top['model']}, {interval(top, 3)}, uniform answers {top['baseline']:.3f}) and "
                f"furthest from {low['group']} ({low['model']}, {interval(low, 3)})"
            )
    same = _one(frame, "consistency")
    if len(same):
        top = same.iloc[0]
        parts.append(
            f"the best represented group is the same in {top['estimate']:.0%} of topics at most ({top['model']}; "
            f"{top['baseline']:.0%} by chance)"
        )
    text = "; ".join(parts)
    return (
        f"{text[:1].upper()}{text[1:]}; 1 is a group's own distribution on every question; intervals resample questions "
        "and take the people's shares as known."
    )


SENTENCES: dict[str, Callable[[Result], str]] = {
    "condition_effect": _condition_effect,
    "representation": _representation,
    "stereotype": _stereotype,
}
