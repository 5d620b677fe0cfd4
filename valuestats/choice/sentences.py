"""Sentences of strengths."""

from __future__ import annotations

from valuestats.base.labels import counted, listed, number
from valuestats.choice.counted import FIRST
from valuestats.results.marks import findings, silent_words
from valuestats.results.phrases import interval
from valuestats.results.result import Result


def choice_strengths_sentence(result: Result) -> str:
    """Which option stands highest and lowest, how many pairs differ for certain, and what the choices depend on."""
    frame = findings(result).dropna(subset="estimate")
    if frame.empty:
        return f"{silent_words(result)}: {result.verdict.sentence()}"
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


def choice_fit_sentence(result: Result) -> str:
    """Which option is preferred most, which effects are told from 0, and what the errors take for granted."""
    frame = result.estimates
    spec = result.meta["specification"]
    options = frame[frame["part"] == "option utility"].sort_values("estimate", ascending=False)
    told = []
    if len(options) > 1:
        high, low = options.iloc[0], options.iloc[-1]
        told.append(
            f"the highest utility is that of {_inside(high['term'])} ({interval(high, signed=True)}), the lowest that of "
            f"{_inside(low['term'])} ({interval(low, signed=True)})"
        )
    effects = frame[frame["part"] == "coefficient"]
    clear = effects[(effects["lower"] > 0) | (effects["upper"] < 0)]
    if len(effects):
        largest = effects.iloc[effects["estimate"].abs().argmax()]
        value = interval(largest, signed=True)
        told.append(
            f"that of {largest['term']} is {value}"
            if len(effects) == 1
            else f"{number(len(clear))} of {number(len(effects))} other effects have an interval without 0, the largest "
            f"being {largest['term']} ({value})"
        )
    spreads = frame[frame["part"] == "standard deviation"]
    if len(spreads):
        widest = spreads.iloc[spreads["estimate"].argmax()]
        told.append(f"effects vary most as {widest['term']} ({interval(widest)})")
    made, asked = float(frame["n_scored"].iloc[0]), float(frame["n_asked"].iloc[0])
    cluster = spec.get("cluster")
    known = (
        f"errors are over clusters of {cluster}"
        if cluster
        else "choices are independent given the model's terms"
    )
    text = f"In logits, {listed(told)}" if told else "Ties and outcomes alone are modelled"
    return f"{text}; {number(made)} of {counted(asked, 'choice')} were made, and {known}."


def _inside(term: str) -> str:
    return term.split("[", 1)[-1].removesuffix("]")
