"""Shares of options in groups with their intervals."""

from __future__ import annotations

import altair as alt

from valuestats.base.figure import Figure
from valuestats.results.marks import one_of
from valuestats.results.result import Result


def shares_chart(result: Result, *, question: str | None = None, width: int = 300) -> Figure:
    """One question: groups in rows, an option per panel; dots are modelled shares, ticks the group's own answers.

    Parameters
    ----------
    result
        Of kind ``"poststratified"``.
    question
        Which question; the first where omitted.
    width
        Width of a panel.
    """
    chosen = one_of(result, "question", question)
    columns = ["group", "option", "position", "estimate", "lower", "upper", "direct", "n_scored"]
    frame = result.estimates[result.estimates["question"].astype(str) == chosen][columns].copy()
    frame[["group", "option"]] = frame[["group", "option"]].astype(str)
    y = alt.Y("group:N", title=None, axis=alt.Axis(labelLimit=200))
    base = alt.Chart(frame)
    scale = alt.Scale(domainMin=0, zero=True)
    spans = base.mark_rule(strokeWidth=1.8).encode(
        x=alt.X(
            "lower:Q",
            scale=scale,
            axis=alt.Axis(title="Share (tick: own respondents)", format="%", tickCount=5),
        ),
        x2="upper:Q",
        y=y,
    )
    own = base.mark_tick(thickness=2, size=11, color="#D55E00").encode(x=alt.X("direct:Q", scale=scale), y=y)
    dots = base.mark_point(filled=True, size=50, opacity=1).encode(
        x=alt.X("estimate:Q", scale=scale),
        y=y,
        tooltip=[
            "group:N",
            "option:N",
            alt.Tooltip("estimate:Q", format=".3f"),
            alt.Tooltip("lower:Q", format=".3f"),
            alt.Tooltip("upper:Q", format=".3f"),
            alt.Tooltip("direct:Q", format=".3f"),
            alt.Tooltip("n_scored:Q", title="respondents"),
        ],
    )
    order = list(dict.fromkeys(frame.sort_values("position")["option"]))
    return (
        alt.layer(own, spans, dots)
        .properties(width=width, height=alt.Step(14))
        .facet(
            facet=alt.Facet("option:N", sort=order, title=None), spacing=28, columns=1 + (len(order) % 2 == 0)
        )
    )


def orientation_chart(result: Result, *, width: int = 300) -> Figure:
    """Correlations of values with cultural orientations as a heat map per model; expected pairs are outlined."""
    columns = ["model", "value", "orientation", "estimate", "lower", "upper", "expected", "n_scored"]
    frame = result.estimates[result.estimates["value"] != "expected pairs"][columns].copy()
    frame[["model", "value", "orientation"]] = frame[["model", "value", "orientation"]].astype(str)
    base = alt.Chart(frame)
    x = alt.X("orientation:N", title=None, axis=alt.Axis(labelAngle=-40))
    y = alt.Y("value:N", title=None)
    color = alt.Color(
        "estimate:Q",
        title="Correlation over countries",
        scale=alt.Scale(domain=[-1, 1], domainMid=0),
        legend=alt.Legend(orient="bottom", gradientLength=180),
    )
    cells = base.mark_rect().encode(
        x=x,
        y=y,
        color=color,
        tooltip=[
            "model:N",
            "value:N",
            "orientation:N",
            alt.Tooltip("estimate:Q", format="+.2f"),
            alt.Tooltip("lower:Q", format="+.2f"),
            alt.Tooltip("upper:Q", format="+.2f"),
            alt.Tooltip("n_scored:Q", title="countries"),
        ],
    )
    marked = (
        base.transform_filter("datum.expected")
        .mark_rect(fillOpacity=0, stroke="#7a828c", strokeWidth=1.6)
        .encode(x=x, y=y)
    )
    return (
        alt.layer(cells, marked)
        .properties(width=width, height=alt.Step(20))
        .facet(
            facet=alt.Facet("model:N", title=None),
            spacing=28,
            columns=1 + (frame["model"].nunique() % 2 == 0),
        )
    )
