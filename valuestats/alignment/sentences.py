"""Sentences of answers given for groups of people."""

from __future__ import annotations

from valuestats.results.phrases import interval
from valuestats.results.result import Result
from valuestats.similarity.sentences import (
    asked_as,
    known_phrase,
    left_aside,
    likeness,
    of_quantity,
)


def noise_ceiling_sentence(result: Result) -> str:
    """The sentence of noise ceiling."""
    frame, spec = result.estimates, result.meta["specification"]
    best = of_quantity(frame, "perfect model")
    top, low = best.iloc[0], best.iloc[-1]
    weights = "by their design weights" if spec["weight"] else "unweighted"
    text = (
        f"A model that gave the true shares would reach a similarity of {interval(low, 3)} to the respondents of "
        f"{low['group']}"
    )
    if len(best) > 1:
        text += f" and {interval(top, 3)} to those of {top['group']}"
    others = of_quantity(frame, "other groups")
    if len(others):
        text += f", where other groups of people reach {others['estimate'].mean():.3f} on average"
    return f"{text} ({weights}; extrapolated from {spec['splits']} random halves of the respondents)."


def homogenisation_sentence(result: Result) -> str:
    """The sentence of homogenisation."""
    frame = result.estimates
    between, within = of_quantity(frame, "between groups"), of_quantity(frame, "within groups")
    low = between.iloc[-1]
    same = within[within["model"] == low["model"]].iloc[0]
    flat = int((between["upper"] < 1).sum())
    says = f"{flat or 'None'} of {len(between)} models make{'s' if flat < 2 else ''} the groups more alike"
    said = (
        f"{says} than they are (variance between groups below the people's, interval included); {low['model']} most, "
        f"with {interval(low)} of the people's variance between groups and {interval(same)} of that within them, on "
        f"{int(low['n_scored'])} questions with ordered options; a ratio of 1 is the people's variety."
    )
    return left_aside(result, said)


def demographic_alignment_sentence(result: Result) -> str:
    """The sentence of demographic alignment."""
    return asked_as(result, _alignment(result))


def _alignment(result: Result) -> str:
    shares = result.meta["specification"]["shares"]
    return likeness(result, "", f"the groups' shares are {shares}; {known_phrase(result)}")


def poststratified_sentence(result: Result) -> str:
    """The sentence of poststratified."""
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


def orientations_sentence(result: Result) -> str:
    """The sentence of orientations."""
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
