"""Figures of weights behind plans."""

from __future__ import annotations

from valuestats.base.figure import Figure
from valuestats.figures.intervals import interval_rows
from valuestats.results.result import Result


def plan_chart(result: Result, *, width: int = 430) -> Figure:
    """Shares of the weights with their intervals, agents side by side."""
    frame = result.estimates
    by = result.meta["specification"]["by"]
    order = list(frame.groupby("value", sort=False)["estimate"].mean().sort_values(ascending=False).index)
    return interval_rows(
        frame.assign(row=frame["value"], series="all" if by is None else frame[by]),
        order=order,
        title="Share of the weights",
        zero=True,
        width=width,
    )
