"""Sentences of what a judge's labels are worth."""

from __future__ import annotations

import numpy as np

from valuestats.base.labels import counted, listed, number
from valuestats.results.phrases import interval
from valuestats.results.result import Result

_BEST = ("prediction-powered", "calibrated", "confusion", "labelled", "judge")


def judged_sentence(result: Result) -> str:
    """How far the judge is off where that is largest, what people's labels correct it to, and what that assumes."""
    frame = result.estimates
    spec = result.meta["specification"]
    method = next(m for m in _BEST if m in spec["estimators"])
    own = frame[frame["estimator"] == method].reset_index(drop=True)
    others = [k for k in result.keys if k != "estimator"]
    said = f"from {number(own['n_labelled'].max())} items that people labelled"
    if method != "judge" and "judge" in spec["estimators"]:
        judge = frame[frame["estimator"] == "judge"].reset_index(drop=True)
        away = (judge["estimate"] - own["estimate"]).abs()
        row, raw = own.iloc[int(away.argmax())], judge.iloc[int(away.argmax())]
        whom = listed([str(row[k]) for k in others])
        where = f"of {whom} " if others else ""
        text = (
            f"The judge's figure {where}is {raw['estimate']:.2f}, with people's labels {interval(row)} ({method}; "
            "the largest "
            f"of {counted(len(own), 'such difference')})"
            if len(own) > 1
            else f"The judge's figure is {raw['estimate']:.2f}, with people's labels {interval(row)} ({method})"
        )
    else:
        row = own.iloc[int(own["estimate"].argmax())]
        whom = listed([str(row[k]) for k in others])
        text = f"{'The highest figure is that of ' + whom if others else 'The figure is'} {interval(row)} ({method})"
    agree = own.drop_duplicates([k for k in result.keys if k in (spec["by"],)] or None)["agreement"]
    alike = (
        f"judge and people say the same of {np.nanmean(agree):.0%} of them"
        if result.kind == "judged_shares"
        else f"judge and people correlate {np.nanmean(agree):.2f} there"
    ).replace("-", "−")
    doubt = [w.split(":", 1)[0] for w in result.meta["warnings"] if "no random part" in w]
    caveat = "right where the labelled are a random part"
    if doubt:
        left = [m for m in ("calibrated", "confusion") if m in spec["estimators"]]
        caveat = "the labelled are no random part, so that " + (
            f"of these estimates only the {listed(left)} may be right"
            if left
            else "none of these estimates need be right"
        )
    scored = f"scored {number(own['n_scored'].max())} of {counted(own['n_asked'].max(), 'item')}"
    return f"{text.replace('-0.', '−0.')}, {said}; {alike}; {scored}; {caveat}."
