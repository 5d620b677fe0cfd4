"""Shares of perspectives, and how evenly they are spread."""

from __future__ import annotations

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.figures.panels import panel_rows
from valuestats.results.result import Result


def diversity_chart(result: Result, *, width: int = 430) -> Figure:
    """Evenness with its interval per condition, beside the uncorrected value; models in panels."""
    frame = result.estimates[
        ["model", "condition", "estimate", "lower", "upper", "plugin", "n_scored"]
    ].copy()
    names = {"estimate": "corrected", "plugin": "as counted (plug-in)"}
    points = frame.melt(
        id_vars=["model", "condition", "lower", "upper", "n_scored"], value_vars=list(names), var_name="kind"
    )
    points["kind"] = points["kind"].map(names)
    y = alt.Y("condition:N", title=None, axis=alt.Axis(labelLimit=200, minExtent=150))
    scale = alt.Scale(domain=[0, 1])
    base = alt.Chart(points.dropna(subset="value"))
    spans = (
        base.transform_filter("datum.kind == 'corrected'")
        .mark_rule(strokeWidth=1.8)
        .encode(x=alt.X("lower:Q", scale=scale), x2="upper:Q", y=y)
    )
    kind = alt.Scale(domain=list(names.values()))
    dots = base.mark_point(filled=True, size=64, opacity=1).encode(
        x=alt.X("value:Q", title="Evenness of references (entropy over its maximum)", scale=scale),
        y=y,
        color=alt.Color("kind:N", title=None, scale=kind, legend=alt.Legend(orient="bottom", labelLimit=0)),
        shape=alt.Shape(
            "kind:N", title=None, scale=alt.Scale(domain=list(names.values()), range=["circle", "diamond"])
        ),
        tooltip=[
            "model:N",
            "condition:N",
            "kind:N",
            alt.Tooltip("value:Q", format=".3f"),
            alt.Tooltip("lower:Q", format=".3f"),
            alt.Tooltip("upper:Q", format=".3f"),
            alt.Tooltip("n_scored:Q", title="answers"),
        ],
    )
    return alt.layer(spans, dots).properties(width=width, height=alt.Step(24)).facet(**panel_rows("model"))


def perspective_chart(shares: pd.DataFrame, *, width: int = 430) -> Figure:
    """Share of the references that go to each perspective, conditions in panels, beside an even spread."""
    frame = shares[["condition", "perspective", "estimate", "lower", "upper", "rate", "baseline"]].copy()
    order = list(
        frame.groupby("perspective")["estimate"].mean().sort_values(ascending=False).index.astype(str)
    )
    y = alt.Y("perspective:N", title=None, sort=order, axis=alt.Axis(labelLimit=200, minExtent=150))
    scale = alt.Scale(domain=[0, float(min(1.0, frame["upper"].fillna(frame["estimate"]).max() * 1.05))])
    base = alt.Chart(frame)
    even = base.mark_rule(strokeDash=[4, 3]).encode(x=alt.X("baseline:Q", scale=scale))
    spans = base.mark_rule(strokeWidth=1.8).encode(x=alt.X("lower:Q", scale=scale), x2="upper:Q", y=y)
    dots = base.mark_point(filled=True, size=60, opacity=1).encode(
        x=alt.X("estimate:Q", title="Share of the references", scale=scale, axis=alt.Axis(format="%")),
        y=y,
        tooltip=[
            "condition:N",
            "perspective:N",
            alt.Tooltip("estimate:Q", format=".1%"),
            alt.Tooltip("lower:Q", format=".1%"),
            alt.Tooltip("upper:Q", format=".1%"),
            alt.Tooltip("rate:Q", format=".1%", title="answers that refer to it"),
        ],
    )
    return (
        alt.layer(even, spans, dots)
        .properties(width=width, height=alt.Step(18))
        .facet(**panel_rows("condition"))
    )
