"""Figures of strengths."""

from __future__ import annotations

from valuestats.base.figure import Figure
from valuestats.figures.intervals import interval_rows
from valuestats.results.result import Result


def strength_chart(result: Result, *, width: int = 480) -> Figure:
    """Strengths with their intervals, options from highest to lowest, groups side by side."""
    frame = result.estimates.dropna(subset="estimate")
    others = [k for k in result.keys if k != "option"]
    order = list(frame.groupby("option", observed=True)["estimate"].mean().sort_values(ascending=False).index)
    series = frame[others[0]] if others else "all"
    return interval_rows(
        frame.assign(row=frame["option"], series=series),
        order=order,
        title="Strength (logits about the mean option)",
        zero=True,
        width=width,
    )


def rating_chart(result: Result, *, width: int = 480) -> Figure:
    """Elo ratings with their range over orders of the games."""
    frame = result.estimates.dropna(subset="estimate")
    others = [k for k in result.keys if k != "option"]
    order = list(frame.groupby("option", observed=True)["estimate"].mean().sort_values(ascending=False).index)
    return interval_rows(
        frame.assign(row=frame["option"], series=frame[others[0]] if others else "all"),
        order=order,
        title="Elo rating (range over orders)",
        zero=False,
        width=width,
    )


def choice_fit_chart(result: Result, *, width: int = 480) -> Figure:
    """Terms of a choice model with their intervals, in the order of the model."""
    frame = result.estimates.dropna(subset="estimate")
    return interval_rows(
        frame.assign(row=frame["term"], series=frame["part"]),
        order=list(frame["term"]),
        title="Estimate (logits)",
        zero=True,
        width=width,
    )
