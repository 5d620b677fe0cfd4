"""Sentence of strengths that rest on a judge."""

from __future__ import annotations

from valuestats.base.labels import counted, number
from valuestats.results.phrases import interval
from valuestats.results.result import Result


def judged_strengths_sentence(result: Result) -> str:
    """How far the judge puts highest and lowest apart, what people's choices make of it, and what that assumes."""
    frame = result.estimates
    spec = result.meta["specification"]
    best = next(
        m for m in ("prediction-powered", "confusion", "labelled", "judge") if m in spec["estimators"]
    )
    own = frame[frame["estimator"] == best].sort_values("estimate", kind="stable")
    top, low = own.iloc[-1], own.iloc[0]
    text = (
        f"{top['option']} stands highest ({interval(top, signed=True)}) and {low['option']} lowest "
        f"({interval(low, signed=True)}) in logits about the mean of {counted(len(own), 'option')} ({best})"
    )
    if best != "judge" and "judge" in spec["estimators"]:
        raw = frame[frame["estimator"] == "judge"].set_index("option")["estimate"]
        span = top["estimate"] - low["estimate"]
        share = (raw[top["option"]] - raw[low["option"]]) / span if span > 0 else float("nan")
        text += f"; the judge alone puts them {share:.0%} as far apart" if share == share else ""
    doubt = result.meta["warnings"] and any("no random part" in w for w in result.meta["warnings"])
    caveat = (
        "people chose in no random part, so that the prediction-powered strengths are biased"
        if doubt
        else "right where people chose in a random part"
    )
    return (
        f"{text}; people made {number(own['n_labelled'].max())} of the judge's "
        f"{counted(own['n_scored'].max(), 'choice')} too and "
        f"agreed in {result.meta['agreement']:.0%}; {caveat}."
    )
