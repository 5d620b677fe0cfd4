"""Similarity of models' answers to people's."""

from __future__ import annotations

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.figures.panels import panel_rows
from valuestats.results.result import Result


def similarity_chart(result: Result, *, width: int = 430) -> Figure:
    """Countries in panels, models in rows: estimate and interval between uniform answers and other people."""
    columns = ["model", "group", "estimate", "lower", "upper", "baseline", "ceiling", "n_scored", "n_asked"]
    frame = result.estimates[columns].copy()
    frame[["model", "group"]] = frame[["model", "group"]].astype(str)
    order = list(frame.groupby("group")["estimate"].mean().sort_values(ascending=False).index)
    names = {"estimate": "model", "baseline": "uniform answers", "ceiling": "people of other countries"}
    points = frame.melt(
        id_vars=["model", "group", "lower", "upper", "n_scored"], value_vars=list(names), var_name="kind"
    )
    points["kind"] = points["kind"].map(names)
    points = points[points["value"].notna()]
    y = alt.Y("model:N", title=None, axis=alt.Axis(labelLimit=180))
    kind = alt.Scale(domain=list(names.values()))
    x = alt.X(
        "value:Q", title="Similarity (1 − Jensen-Shannon distance, base 2)", scale=alt.Scale(zero=False)
    )
    base = alt.Chart(points)
    spans = (
        base.transform_filter("datum.kind == 'model'")
        .mark_rule(strokeWidth=1.8)
        .encode(x=alt.X("lower:Q", scale=alt.Scale(zero=False)), x2="upper:Q", y=y)
    )
    shapes = alt.Scale(domain=list(names.values()), range=["circle", "triangle-right", "diamond"])
    dots = base.mark_point(filled=True, size=62, opacity=1, strokeWidth=2).encode(
        x=x,
        y=y,
        color=alt.Color("kind:N", title=None, scale=kind, legend=alt.Legend(orient="bottom", labelLimit=0)),
        shape=alt.Shape("kind:N", title=None, scale=shapes),
        tooltip=[
            "group:N",
            "model:N",
            "kind:N",
            alt.Tooltip("value:Q", format=".3f"),
            alt.Tooltip("lower:Q", format=".3f"),
            alt.Tooltip("upper:Q", format=".3f"),
            alt.Tooltip("n_scored:Q", title="questions"),
        ],
    )
    return (
        alt.layer(spans, dots)
        .properties(width=width, height=alt.Step(15))
        .facet(**panel_rows("group", order))
    )


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
