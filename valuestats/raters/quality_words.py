"""Sentence and figure of how good a judge is."""

from __future__ import annotations

import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import counted, levels_of, listed, number, p_value, readable
from valuestats.figures.intervals import interval_rows
from valuestats.raters.quality_numbers import UNLIKE
from valuestats.results.phrases import interval
from valuestats.results.result import Result
from valuestats.results.verdicts import Reason


def quality_sentence(result: Result) -> str:
    """How often the judge is right over all groups, where it is better or worse, and what was tested."""
    by = result.meta["specification"]["by"]
    together = pd.DataFrame(result.meta["together"])
    labels = list(dict.fromkeys(together["label"]))
    if len(labels) == 1:
        what = labels[0]
        hit, pass_ = (together.iloc[k] for k in range(2))
        text = (
            f"Of what people call {what!r} the judge calls {interval(hit)} so (sensitivity), of the rest "
            f"{interval(pass_)} not (specificity)"
        )
    else:
        hits = together[together["measure"] == "sensitivity"].dropna(subset="estimate")
        low, high = (hits.iloc[int(at)] for at in (hits["estimate"].argmin(), hits["estimate"].argmax()))
        text = (
            f"The judge is most often right on what people call {high['label']!r} (sensitivity {interval(high)}) and least "
            f"on {low['label']!r} ({interval(low)})"
        )
    text += f", by {counted(result.meta['n_labelled'], 'item')} that people labelled"
    if by is None:
        return f"{text}; intervals are each for itself."
    return f"{text}, over {levels_of(result.estimates[by].nunique(), by)}; {_alike(result.estimates, by)}."


def _alike(frame: pd.DataFrame, by: str) -> str:
    """What the tests of each group against the others say."""
    tested = frame.dropna(subset="p")
    if tested.empty:
        return "whether it is as good in all of them was not tested: too few labelled units"
    every = tested[tested["p_adjusted"] < UNLIKE].sort_values("p_adjusted")
    apart = every.drop_duplicates(
        ["label", "measure"]
    )  # where one group is odd, the others differ from a rest with it
    family = f"Holm over {counted(len(tested), 'test')}"
    if apart.empty:
        least = p_value(float(tested["p_adjusted"].min()))
        return (
            f"no {readable(by)} was found in which it errs otherwise than in the others ({least} at the least, {family}), "
            "which does not show that it errs alike"
        )
    told = [
        f"its {row['measure']}{'' if len(set(frame['label'])) == 1 else f' to {row["label"]!r}'} is "
        f"{interval(row)} in {row[by]} and {row['rest']:.2f} elsewhere ({p_value(float(row['p_adjusted']))})"
        for _, row in apart.head(3).iterrows()
    ]
    return f"it does not err alike: {listed(told)} ({number(len(every))} named, {family})"


def quality_chart(result: Result, *, width: int = 460) -> Figure:
    """Sensitivity and specificity with their intervals; groups (and labels) from where the judge is right most often."""
    frame = result.estimates.dropna(subset="estimate")
    by = result.meta["specification"]["by"]
    if by is not None:
        right = frame.groupby(frame[by].astype(str))["estimate"].transform("mean")
        frame = frame.assign(_right=right).sort_values("_right", ascending=False, kind="stable")
    rows = [k for k in (by, "label") if k is not None and (k != "label" or len(set(frame["label"])) > 1)]
    row = frame[rows or ["label"]].astype(str).agg(", ".join, axis=1)
    return interval_rows(
        frame.assign(row=row, series=frame["measure"]),
        order=list(dict.fromkeys(row)),
        title="Share that the judge gets right",
        zero=False,
        width=width,
    )


def quality_reasons(result: Result) -> list[Reason]:
    """Groups in which the judge errs otherwise than in the others, and what its labels say against themselves."""
    from valuestats.raters.judge_trust import label_reasons

    by = result.meta["specification"]["by"]
    found = label_reasons(result)
    if by is None:
        return found
    frame = result.estimates
    for _, row in frame[(frame["p_adjusted"] < UNLIKE)].iterrows():
        text = (
            f"the {row['measure']} is {row['estimate']:.2f} here and {row['rest']:.2f} elsewhere "
            f"({p_value(float(row['p_adjusted']))})"
        )
        found.append(Reason("unlike", "care", text, {k: str(row[k]) for k in (by, "label", "measure")}))
    for _, row in frame[frame["p_adjusted"].isna() & frame["lower"].isna()].iterrows():
        where = {k: str(row[k]) for k in (by, "label", "measure")}
        found.append(Reason("effect", "untested", "too few labelled units for an interval", where))
    return found
