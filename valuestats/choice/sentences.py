"""Sentences of strengths."""

from __future__ import annotations

from valuestats.base.labels import counted, listed, number
from valuestats.choice.counted import FIRST
from valuestats.results.marks import findings
from valuestats.results.phrases import interval
from valuestats.results.result import Result


def choice_strengths_sentence(result: Result) -> str:
    """Which option stands highest and lowest, how many pairs differ for certain, and what the choices depend on."""
    frame = findings(result).dropna(subset="estimate")
    if frame.empty:
        return f"No finding: {result.verdict.sentence()}"
    others = [k for k in result.keys if k != "option"]
    mean = frame.groupby("option", observed=True)["estimate"].mean().sort_values(ascending=False)
    top, low = str(mean.index[0]), str(mean.index[-1])
    over = f"Over {counted(frame[others[0]].nunique(), others[0])}, " if others else ""
    ends = [frame[frame["option"] == name].iloc[0] for name in (top, low)]
    high, least = (interval(end, signed=True) for end in ends)
    told = f"{top} is chosen most readily ({high}) and {low} least ({least})"
    if others:
        told = f"{top} is chosen most readily ({mean.iloc[0]:+.2f}) and {low} least ({mean.iloc[-1]:+.2f})".replace(
            "-", "−"
        )
    text = f"{over}{told}, in logits about the mean of {counted(len(mean), 'option')}"
    if not others:
        pairs = result.contrasts("option", level=float(frame["level"].iloc[0]))
        apart = number(int(pairs["differs"].sum()))
        text += f"; {apart} of {counted(len(pairs), 'pair')} differ by intervals that hold together"
    unit = result.meta["specification"]["unit"]
    known = (
        "choices are taken as independent"
        if unit == "choice"
        else f"errors are over {counted(int(frame['n_units'].min()), unit)}"
    )
    effects = [p for p in result.meta["parameters"] if p["parameter"] == FIRST]
    if len(effects) == 1:
        e = effects[0]
        known += (
            f"; being shown first adds {e['estimate']:+.2f} [{e['lower']:.2f}, {e['upper']:.2f}]".replace(
                "-", "−"
            )
        )
    lost = [w for w in result.meta["warnings"] if "left out" in w]
    return f"{text}; {listed([known, *lost])}."


def elo_sentence(result: Result) -> str:
    """Highest and lowest rating, and how far orders of the same games lie apart."""
    frame = result.estimates.dropna(subset="estimate")
    mean = frame.groupby("option", observed=True)["estimate"].mean().sort_values(ascending=False)
    spec = result.meta["specification"]
    return (
        f"By Elo (K = {spec['k']:g}) {mean.index[0]} is rated highest ({mean.iloc[0]:,.0f}) and {mean.index[-1]} lowest "
        f"({mean.iloc[-1]:,.0f}); one order of the same games moves a rating by {frame['sd_of_orders'].mean():.1f} points "
        f"on average (SD over {number(spec['shuffles'])} orders), and the intervals hold that alone, no sampling error."
    )
