"""Figures of scores."""

from __future__ import annotations

from valuestats.base.figure import Figure
from valuestats.figures.intervals import interval_rows
from valuestats.figures.profiles import profile_chart
from valuestats.results.result import Result

MANY = 6
"""More groups than this are drawn as ticks, not as intervals of their own."""


def instrument_chart(result: Result, *, width: int = 480) -> Figure:
    """Scores on an instrument, one row per dimension from highest to lowest, groups or models side by side."""
    frame = result.estimates
    others = [k for k in result.keys if k != "dimension"]
    apart = [k for k in others if frame[k].nunique() > 1] or others[:1]
    series = frame[apart].astype(str).agg(", ".join, axis=1)
    if series.nunique() > MANY:
        return profile_chart(result, width=width)
    centred = result.meta["specification"]["form"] == "centred"
    title = "Score about own mean rating (scale points)" if centred else "Mean rating (scale points)"
    order = list(frame.groupby("dimension")["estimate"].mean().sort_values(ascending=False).index)
    return interval_rows(
        frame.assign(row=frame["dimension"], series=series),
        order=order,
        title=title,
        zero=centred,
        width=width,
    )
