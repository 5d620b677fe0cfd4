"""Similarity of models' answers to people's."""

from __future__ import annotations

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.figures.panels import panel_rows
from valuestats.results.marks import GREY, signed_frame
from valuestats.results.result import Result
from valuestats.results.verdicts import SILENT


def similarity_chart(result: Result, *, width: int = 430) -> Figure:
    """Groups in panels, models in rows: estimates between uniform answers and other people; what is no finding is grey."""
    columns = ["model", "group", "estimate", "lower", "upper", "baseline", "ceiling", "n_scored", "n_asked"]
    signed = signed_frame(result)
    frame = signed[columns].assign(silent=signed["sign"].isin(SILENT))
    frame[["model", "group"]] = frame[["model", "group"]].astype(str)
    order = list(frame.groupby("group")["estimate"].mean().sort_values(ascending=False).index)
    names = {"estimate": "model", "baseline": "uniform answers", "ceiling": "people of other groups"}
    points = frame.melt(
        id_vars=["model", "group", "lower", "upper", "n_scored", "silent"],
        value_vars=list(names),
        var_name="kind",
    )
    points["kind"] = points["kind"].map(names)
    points = points[points["value"].notna()]
    y = alt.Y("model:N", title=None, axis=alt.Axis(labelLimit=180))
    kind = alt.Scale(domain=list(names.values()))
    x = alt.X(
        "value:Q", title="Similarity (1 − Jensen-Shannon distance, base 2)", scale=alt.Scale(zero=False)
    )
    base = alt.Chart(points)
    ends = {"x": alt.X("lower:Q", scale=alt.Scale(zero=False)), "x2": "upper:Q", "y": y}
    spans = base.transform_filter("datum.kind == 'model' && !datum.silent").mark_rule(strokeWidth=1.8)
    faint = base.transform_filter("datum.kind == 'model' && datum.silent").mark_rule(
        strokeWidth=1.8, color=GREY
    )
    shapes = alt.Scale(domain=list(names.values()), range=["circle", "triangle-right", "diamond"])
    dots = base.mark_point(filled=True, size=62, opacity=1, strokeWidth=2).encode(
        x=x,
        y=y,
        color=alt.condition(
            "datum.silent && datum.kind == 'model'",
            alt.value(GREY),
            alt.Color("kind:N", title=None, scale=kind, legend=alt.Legend(orient="bottom", labelLimit=0)),
        ),
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
        alt.layer(spans.encode(**ends), faint.encode(**ends), dots)
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
