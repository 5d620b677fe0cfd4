"""Similarity of models' answers to people's."""

from __future__ import annotations

import altair as alt
import pandas as pd

from valuestats.result import Result


def similarity_chart(result: Result, *, width: int = 460) -> alt.LayerChart:
    """One row per country: models with intervals, between the uniform baseline and the human-human ceiling."""
    columns = ["model", "group", "estimate", "lower", "upper", "baseline", "ceiling", "n_scored", "n_asked"]
    frame = result.estimates[columns].copy()
    frame[["model", "group"]] = frame[["model", "group"]].astype(str)
    order = list(frame.groupby("group")["estimate"].mean().sort_values(ascending=False).index)
    y = alt.Y("group:N", sort=order, title=None, axis=alt.Axis(labelLimit=180))
    offset = alt.YOffset("model:N")
    color = alt.Color("model:N", title=None, legend=alt.Legend(orient="bottom"))
    x = alt.X(
        "lower:Q", title="Similarity (1 − Jensen-Shannon distance, base 2)", scale=alt.Scale(zero=False)
    )
    spans = (
        alt.Chart(frame)
        .mark_rule(strokeWidth=1.8)
        .encode(x=x, x2="upper:Q", y=y, yOffset=offset, color=color)
    )
    dots = (
        alt.Chart(frame)
        .mark_point(filled=True, size=55, opacity=1)
        .encode(
            x="estimate:Q",
            y=y,
            yOffset=offset,
            color=color,
            shape=alt.Shape("model:N", title=None),
            tooltip=[
                "model:N",
                "group:N",
                alt.Tooltip("estimate:Q", format=".3f"),
                alt.Tooltip("lower:Q", format=".3f"),
                alt.Tooltip("upper:Q", format=".3f"),
                alt.Tooltip("baseline:Q", format=".3f"),
                alt.Tooltip("ceiling:Q", format=".3f"),
                "n_scored:Q",
            ],
        )
    )
    bounds = frame.melt(id_vars=["group", "model"], value_vars=["baseline", "ceiling"], var_name="bound")
    bounds = bounds.groupby(["group", "bound"], as_index=False)["value"].mean()
    names = {"baseline": "uniform answers", "ceiling": "other countries' people"}
    bounds["bound"] = bounds["bound"].map(names)
    ticks = (
        alt.Chart(bounds)
        .mark_tick(thickness=2, size=30, opacity=0.9)
        .encode(
            x="value:Q",
            y=y,
            strokeDash=alt.StrokeDash("bound:N", title=None, legend=alt.Legend(orient="bottom")),
            tooltip=["group:N", "bound:N", alt.Tooltip("value:Q", format=".3f")],
        )
    )
    return alt.layer(ticks, spans, dots).properties(width=width, height=alt.Step(16))


def question_chart(questions: pd.DataFrame, *, width: int = 460) -> alt.Chart:
    """How similarity spreads over questions, per model: box plots of ``similarity`` by ``model``."""
    frame = questions[["model", "similarity"]].astype({"model": str})
    return (
        alt.Chart(frame)
        .mark_boxplot(extent="min-max", size=16)
        .encode(
            x=alt.X("similarity:Q", title="Similarity on one question"),
            y=alt.Y("model:N", title=None),
            color=alt.Color("model:N", legend=None),
        )
        .properties(width=width, height=alt.Step(30))
    )
