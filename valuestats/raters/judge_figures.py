"""Figures of what a judge's labels are worth."""

from __future__ import annotations

from valuestats.base.figure import Figure
from valuestats.figures.intervals import interval_rows
from valuestats.raters.judge_sentences import shown_rows
from valuestats.results.result import Result


def judged_chart(result: Result, *, width: int = 460) -> Figure:
    """Estimates with their intervals by estimator, labels and groups in rows."""
    frame = shown_rows(result).dropna(subset="estimate")
    one = result.kind == "judged_shares" and len(set(frame["label"])) == 1
    others = [k for k in result.keys if k != "estimator" and not (one and k == "label")]
    row = frame[others].astype(str).agg(", ".join, axis=1) if others else frame["estimator"]
    order = list(dict.fromkeys(row))
    titles = {
        "judged_shares": "Share that people would give",
        "judged_means": "Mean that people would give",
        "judged_strengths": "Strength (logits about the mean option)",
    }
    return interval_rows(
        frame.assign(row=row, series=frame["estimator"]),
        order=order,
        title=f"{titles[result.kind]}{f' ({frame["label"].iloc[0]})' if one else ''}",
        zero=result.kind == "judged_strengths",
        width=width,
    )
