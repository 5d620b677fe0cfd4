"""Sentences, figures and verdicts of judges side by side, and of strengths in two groups."""

from __future__ import annotations

import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import counted, levels_of, listed, number, p_value
from valuestats.choice.judges import AGREEMENT, APART, FIRST_PLACE, TIES
from valuestats.choice.trust import choice_reasons
from valuestats.figures.intervals import interval_rows
from valuestats.results.phrases import interval
from valuestats.results.result import Result
from valuestats.results.untested import chance_reason
from valuestats.results.verdicts import Reason

_DOES = {
    FIRST_PLACE: "takes what is shown first in",
    TIES: "calls a tie in",
    AGREEMENT: "takes what the others prefer in",
}


def judges_sentence(result: Result) -> str:
    """Which judges stand apart from the others, in what, and what was tested."""
    frame = result.estimates
    n = frame["judge"].nunique()
    tested = frame.dropna(subset="p")
    family = f"Holm over {counted(len(tested), 'test')}"
    apart = tested[tested["p_adjusted"] < APART].sort_values("p_adjusted")
    hits = (frame["estimate"] * frame["n_scored"]).groupby(frame["measure"]).sum()
    whole = (hits / frame["n_scored"].groupby(frame["measure"]).sum()).dropna()
    usual = f"Over {counted(n, 'judge')}, " + listed(
        [f"{told} {whole[measure]:.0%}" for measure, told in _OVERALL.items() if measure in whole.index]
    )
    defects = [
        d for d in result.meta["defects"] if "always" in d or "made the same" in d or "opposite order" in d
    ]
    odd = f"; {listed(defects)}" if defects else ""
    if tested["p_adjusted"].isna().all():
        return f"{usual}; whether a judge stands apart was not tested{odd}."
    if apart.empty:
        return f"{usual}; no judge was found to choose otherwise than the others ({family}){odd}."
    most = apart.drop_duplicates("measure")  # where one judge is odd, the others differ from a rest with it
    told = [
        f"{row['judge']} {_DOES[str(row['measure'])]} {interval(row)} of its choices (the others {row['rest']:.2f}, "
        f"{p_value(float(row['p_adjusted']))})"
        for _, row in most.iterrows()
    ]
    who = apart["judge"].nunique()
    stand = f"{number(who)} of {counted(n, 'judge')} {'stands' if who == 1 else 'stand'} apart"
    return f"{usual}; {stand}, most of all: {listed(told)} ({family}){odd}."


_OVERALL = {
    FIRST_PLACE: "the share of choices of what is shown first is",
    TIES: "that of ties",
    AGREEMENT: "that of what the other judges prefer",
}


def judges_chart(result: Result, *, width: int = 460) -> Figure:
    """Each judge's shares with their intervals; what does not stand apart is grey."""
    frame = result.estimates.dropna(subset="estimate")
    first = frame[frame["measure"] == frame["measure"].iloc[0]].sort_values("estimate", ascending=False)
    return interval_rows(
        frame.assign(row=frame["judge"], series=frame["measure"], told=frame["p_adjusted"] < APART),
        order=list(first["judge"]),
        title="Share of the judge's choices",
        zero=False,
        width=width,
    )


def judges_reasons(result: Result) -> list[Reason]:
    """Defects of the table, and judges who choose otherwise than the others."""
    found = choice_reasons(result)
    for _, row in result.estimates.iterrows():
        where = {"judge": str(row["judge"]), "measure": str(row["measure"])}
        if row["p_adjusted"] < APART:
            text = f"{row['measure']} {row['estimate']:.2f}, {row['rest']:.2f} of the others"
            found.append(Reason("apart", "care", text, where))
        if pd.isna(row["p_adjusted"]) and pd.isna(row["lower"]):
            found.append(Reason("effect", "untested", "no choice to test it by", where))
    return found


def differences_sentence(result: Result) -> str:
    """Whether the groups put the options alike by one test, where they differ most, and what errors are over."""
    frame = result.estimates
    spec, joint = result.meta["specification"], result.meta["joint"]
    groups = list(dict.fromkeys(g for text in frame["contrast"] for g in str(text).split(" - ")))
    size = (frame["estimate"].abs() / frame["std_error"]).fillna(0.0)
    row = frame.iloc[int(size.argmax())]
    apart = int((frame["p_adjusted"] < 1 - float(row["level"])).sum())
    unit = (
        "choices are taken as independent"
        if spec["cluster"] is None
        else f"errors are over {levels_of(int(frame['n_units'].min()), spec['cluster'])} or more in a group"
    )
    test = f"one test of all {counted(len(frame), 'difference')}: {p_value(joint['p'])}"
    several = len(groups) > 2
    most = f"{row['option']}{f' ({row["contrast"]})' if several else ''}: {interval(row, signed=True)} logits"
    if frame["p_adjusted"].isna().all():
        text = f"Whether {listed(groups)} choose alike was not tested; a difference is {most}"
    elif apart:
        text = (
            f"{listed(groups)} differ in how readily they choose {number(apart)} of {counted(len(frame), 'option')} "
            f"({test}), most in {most}"
        )
    else:
        text = f"No difference between {listed(groups)} was found in what is chosen ({test}); the largest is {most}"
    less = "" if several else f", {groups[0]} less {groups[1]}"
    return f"{text}{less}, by intervals that hold together; {unit}."


def differences_chart(result: Result, *, width: int = 480) -> Figure:
    """Differences of strengths with intervals that hold together; those that are not told from 0 are grey."""
    frame = result.estimates
    order = list(frame.groupby("option")["estimate"].mean().sort_values(ascending=False).index)
    told = (frame["lower"] > 0) | (frame["upper"] < 0)
    one = len(set(frame["contrast"])) == 1
    title = f"Difference of strengths (logits{f', {frame["contrast"].iloc[0]}' if one else ''})"
    return interval_rows(
        frame.assign(row=frame["option"], series=frame["contrast"], told=told),
        order=order,
        title=title,
        zero=True,
        width=width,
    )


def differences_reasons(result: Result) -> list[Reason]:
    """Defects of the table, and differences that are not told from chance."""
    found = choice_reasons(result)
    for _, row in result.estimates.iterrows():
        where = {"contrast": str(row["contrast"]), "option": str(row["option"])}
        reason = chance_reason(row, where, "can't be told from no difference", "clusters")
        found += [] if reason is None else [reason]
    return found
