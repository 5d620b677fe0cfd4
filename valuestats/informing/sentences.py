"""Sentences of informativeness."""

from __future__ import annotations

from valuestats.base.labels import counted, minus, number
from valuestats.informing.selection import ALL, CHOSEN, ELSEWHERE, GAIN, INFLATION
from valuestats.results.phrases import interval
from valuestats.results.result import Result

_UNIT = {"gjs": "bits", "disagreement": "more disagreement between two models than within one"}


def informativeness_sentence(result: Result) -> str:
    """Which item tells models apart best, how many do at all, and how much of the plug-in value was noise."""
    frame = result.estimates.dropna(subset="estimate")
    if frame.empty:
        return (
            "No item has two models that answered it often enough, so that no difference between models can be told "
            "from the noise of their answers."
        )
    best = frame.sort_values("estimate", kind="stable").iloc[-1]
    above = int((frame["lower"] > 0).sum())
    noise = 1 - frame["estimate"].mean() / frame["plugin"].mean()
    unit = _UNIT[result.meta["specification"]["measure"]]
    told = (
        f"{number(above)} of {counted(len(frame), 'item')} {'tells' if above == 1 else 'tell'} models apart beyond the "
        f"noise of their own answers, item by item; most {best['item']} ({interval(best)} {unit}, the largest of "
        f"{number(len(frame))} and so too high)"
    )
    caveat = f"scored {number(frame['n_scored'].sum())} of {counted(frame['n_asked'].sum(), 'answer')}"
    if frame["plugin"].mean() > 0:
        caveat = f"of the uncorrected mean {min(max(noise, 0), 1):.0%} is noise; {caveat}"
    return f"{told}; {caveat}; intervals are over {counted(int(frame['n_units'].max()), 'model')}."


def selection_sentence(result: Result) -> str:
    """What the chosen items are worth where they were chosen and elsewhere."""
    rows = {str(row["quantity"]): row for _, row in result.estimates.iterrows()}
    spec = result.meta["specification"]
    inside, outside, every, gain = (rows[name] for name in (CHOSEN, ELSEWHERE, ALL, GAIN))
    lost = rows[INFLATION]["estimate"] / inside["estimate"] if inside["estimate"] > 0 else float("nan")
    worth = (
        f"{gain['estimate'] / every['estimate']:.0%} more than all items ({every['estimate']:.2f})"
        if every["estimate"] > 0 and gain["lower"] > 0
        else f"no more for certain than all items ({every['estimate']:.2f})"
    )
    text = (
        f"The {counted(spec['size'], 'item')} that tell one half of the models apart best have a mean of {interval(inside)} "
        f"{_UNIT[spec['measure']]} there and {interval(outside)} in the other half, {worth}"
    )
    if lost == lost:
        text += f"; selection alone makes up {lost:.0%} of what the choosing models show"
    how = (
        f"chosen out of {counted(int(inside['n_scored']), 'item')} in {number(spec['splits'])} halvings of "
        f"{counted(int(inside['n_units']), 'model')}, items taken as given"
    )
    return f"{minus(text)}; {how}."
