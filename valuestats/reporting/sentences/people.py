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
    if own.empty:
        best, last = specific.iloc[0], specific.iloc[-1]
        return (
            f"Answers under the {what} that is meant are more similar to the group than answers under the {what} of other "
            f"groups by {interval(last, 3, signed=True)} ({last['model']}, {last['group']}) to "
            f"{interval(best, 3, signed=True)} ({best['model']}, {best['group']}); the whole interval lies above zero in "
            f"{_clear(specific)} of {len(specific)} cases; there are no default answers to compare with; intervals resample "
            f"{_range(specific['n_scored'])} questions and take the people's shares as known."
        )
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


def _noise_ceiling(result: Result) -> str:
    frame, spec = result.estimates, result.meta["specification"]
    best = _one(frame, "perfect model")
    top, low = best.iloc[0], best.iloc[-1]
    weights = "by their design weights" if spec["weight"] else "unweighted"
    text = (
        f"A model that gave the true shares would reach a similarity of {interval(low, 3)} to the respondents of "
        f"{low['group']}"
    )
    if len(best) > 1:
        text += f" and {interval(top, 3)} to those of {top['group']}"
    others = _one(frame, "other groups")
    if len(others):
        text += f", where other groups of people reach {others['estimate'].mean():.3f} on average"
    return f"{text} ({weights}; extrapolated from {spec['splits']} random halves of the respondents)."


def _homogenisation(result: Result) -> str:
    frame = result.estimates
    between, within = _one(frame, "between groups"), _one(frame, "within groups")
    low = between.iloc[-1]
    same = within[within["model"] == low["model"]].iloc[0]
    flat = int((between["upper"] < 1).sum())
    return (
        f"{flat} of {len(between)} models make the groups more alike than they are (variance between groups below the "
        f"people's, interval included); {low['model']} most, with {interval(low)} of the people's variance between groups "
        f"and {interval(same)} of that within them, on {int(low['n_scored'])} questions with ordered options; a ratio of 1 "
        "is the people's variety."
    )


def _demographic_alignment(result: Result) -> str:
    frame = result.estimates.sort_values("estimate", ascending=False)
    best, last, spec = frame.iloc[0], frame.iloc[-1], result.meta["specification"]
    known = "sampling error included" if spec["people_uncertainty"] == "dirichlet" else "taken as known"
    return (
        f"{best['model']} answers most like {best['group']}: {interval(best, 3)} where uniform answers score "
        f"{best['baseline']:.3f}; the least like are {last['model']} and {last['group']} at {interval(last, 3)}, on "
        f"{_range(frame['n_scored'])} shared questions; the groups' shares are {spec['shares']}, {known}."
    )


def _poststratified(result: Result) -> str:
    frame, spec = result.estimates, result.meta["specification"]
    wide = (frame["upper"] - frame["lower"]).median()
    few = int((frame.drop_duplicates(["group", "question"])["n_scored"] <= 10).sum())
    groups, questions = frame["group"].nunique(), frame["question"].nunique()
    weights = "by their design weights" if spec["weight"] else "unweighted"
    small = (
        f"{few} of {groups * questions} combinations rest on 10 respondents or fewer and borrow from cells like them"
        if few
        else "every combination rests on more than 10 respondents"
    )
    return (
        f"Shares of {groups} groups on {questions} question{'s' if questions > 1 else ''} by a multilevel model and the "
        f"population's cells: the typical {spec['level']:.0%} interval is {wide:.2f} wide; {small} "
        f"(answers counted {weights})."
    )


def _orientations(result: Result) -> str:
    frame = result.estimates
    pairs = frame[frame["value"] == "expected pairs"].sort_values("estimate", ascending=False)
    said = "values of persons and orientations of cultures are different levels"
    if pairs.empty:
        top = frame.sort_values("estimate", ascending=False).iloc[0]
        return (
            f"Over {int(top['n_scored'])} countries {top['value']} goes most closely with {top['orientation']} "
            f"({interval(top)}, {top['model']}); no pair that theory expects is in the table; {said}."
        )
    top, low = pairs.iloc[0], pairs.iloc[-1]
    text = f"correlate more closely than others by {interval(top, signed=True)} in {top['model']}"
    if len(pairs) > 1:
        text += f" and by {interval(low, signed=True)} in {low['model']}"
    return (
        f"Over {int(top['n_scored'])} countries the pairs of value and cultural orientation that theory expects {text}; "
        f"{said}."
    )


SENTENCES: dict[str, Callable[[Result], str]] = {
    "condition_effect": _condition_effect,
    "demographic_alignment": _demographic_alignment,
    "homogenisation": _homogenisation,
    "noise_ceiling": _noise_ceiling,
    "orientations": _orientations,
    "poststratified": _poststratified,
    "representation": _representation,
    "stereotype": _stereotype,
}
