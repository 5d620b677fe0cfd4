"""Figures of the page: two shares under four assumptions, and agreement beside its correction."""

from __future__ import annotations

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.figures.intervals import interval_rows


def assumptions_chart(intervals: pd.DataFrame, *, width: int = 430) -> Figure:
    """The two published shares with their intervals, by what is taken as independent."""
    frame = intervals.assign(
        row=intervals["unit"],
        **{c: 100 * intervals[c] for c in ("estimate", "lower", "upper")},
        series=intervals["who"],
    )
    order = list(dict.fromkeys(frame["row"]))
    return interval_rows(
        frame, order=order, title="Choices that conform to the rule (%)", zero=False, width=width
    )


def agreement_chart(agreement: pd.DataFrame, order: list[str], *, width: int = 470) -> Figure:
    """Share of equal answers below the diagonal, Cohen's kappa above it, the same scale for both."""
    place = {m: k for k, m in enumerate(order)}
    rows = []
    for one, two, s, k in agreement[["one", "two", "matching", "kappa"]].itertuples(index=False):
        first, last = sorted((one, two), key=place.__getitem__)
        rows.append({"row": last, "column": first, "value": s, "what": "equal answers"})
        rows.append({"row": first, "column": last, "value": k, "what": "kappa"})
    frame = pd.DataFrame(rows)
    x = alt.X("column:N", sort=order, title=None, axis=alt.Axis(labelAngle=-60, labelLimit=130))
    y = alt.Y("row:N", sort=order, title=None, axis=alt.Axis(labelLimit=150))
    scale = alt.Scale(domain=[0.3, 0.9])
    legend = alt.Legend(orient="bottom", format=".1f", gradientLength=200)
    colour = alt.Color("value:Q", title="Share, or kappa", scale=scale, legend=legend)
    tips = [alt.Tooltip(f"{c}:N") for c in ("row", "column", "what")] + [alt.Tooltip("value:Q", format=".2f")]
    return (
        alt.Chart(frame)
        .mark_rect()
        .encode(x=x, y=y, color=colour, tooltip=tips)
        .properties(width=width, height=alt.Step(22))
    )
