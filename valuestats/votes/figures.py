"""Figures of votes and of their graph."""

from __future__ import annotations

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.figures.intervals import interval_rows
from valuestats.figures.theme import PALETTE
from valuestats.results.marks import GREY
from valuestats.results.result import Result


def graph_chart(result: Result, *, most: int = 60, width: int = 440) -> Figure:
    """Steps from surest to least sure: probability to be called wiser, with its interval; grey where the direction is open.

    Filled dots are steps that the thresholds keep. Where there are more than `most`, those with the most votes are shown.
    """
    frame = result.estimates
    if len(frame) > most:
        frame = frame.nlargest(most, "n_scored")
    signs = result.verdict.rows.loc[frame.index, "sign"]
    frame = frame.assign(
        row=[f"{a} → {b}" for a, b in zip(frame["from"], frame["to"], strict=True)],
        direction_told=["open" if s == "none" else "clear" for s in signs],
        told=["kept" if k else "not kept" for k in frame["kept"]],
    ).sort_values("estimate", ascending=False)
    order = list(dict.fromkeys(frame["row"]))
    y = alt.Y("row:N", sort=order, title=None, axis=alt.Axis(labelLimit=260))
    title = "Probability to be called wiser"
    colour = alt.Color(
        "direction_told:N",
        title="Direction",
        scale=alt.Scale(domain=["clear", "open"], range=[PALETTE[0], GREY]),
        legend=alt.Legend(orient="bottom"),
    )
    base = alt.Chart(frame)
    spans = base.mark_rule(strokeWidth=1.6).encode(
        x=alt.X("lower:Q", title=title, scale=alt.Scale(domain=[0, 1])), x2="upper:Q", y=y, color=colour
    )
    dots = base.mark_point(size=46, opacity=1, strokeWidth=1.5).encode(
        x="estimate:Q",
        y=y,
        color=colour,
        shape=alt.Shape(
            "told:N",
            title="Thresholds",
            scale=alt.Scale(domain=["kept", "not kept"], range=["circle", "cross"]),
            legend=alt.Legend(orient="bottom"),
        ),
        tooltip=[
            alt.Tooltip("row:N", title="Step"),
            alt.Tooltip("estimate:Q", title="wiser", format=".2f"),
            alt.Tooltip("lower:Q", format=".2f"),
            alt.Tooltip("upper:Q", format=".2f"),
            alt.Tooltip("n_wiser:Q", title="votes wiser"),
            alt.Tooltip("n_less_wise:Q", title="votes less wise"),
            alt.Tooltip("n_scored:Q", title="votes"),
            alt.Tooltip("kept_share:Q", title="kept in samples", format=".0%"),
        ],
    )
    return alt.layer(spans, dots).properties(width=width, height=alt.Step(15))


def pagerank_chart(result: Result, *, most: int = 25, width: int = 430) -> Figure:
    """PageRank with its interval, the highest values first, beside that of a graph without edges."""
    frame = result.estimates.nlargest(most, "estimate")
    chart = interval_rows(
        frame.assign(row=frame["value"], series="all"),
        order=list(frame["value"]),
        title="PageRank",
        zero=False,
        width=width,
    )
    rule = alt.Chart(pd.DataFrame({"x": [float(frame["baseline"].iloc[0])]})).mark_rule(strokeDash=[3, 3])
    return alt.layer(rule.encode(x="x:Q"), *chart.layer).properties(width=width, height=alt.Step(18))
