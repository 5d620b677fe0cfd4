"""Agreement of annotators, apart for the levels of each factor."""

from __future__ import annotations

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import capitalised
from valuestats.figures.panels import panel_rows


def agreement_within_chart(
    table: pd.DataFrame, *, title: str = "Krippendorff's alpha (MASI)", width: int = 430
) -> Figure:
    """Factors in panels, levels in rows: alpha with its interval, open where there are too few clusters for one.

    Parameters
    ----------
    table
        What `valuestats.systems.civics.annotations.agreement_within` or `label_agreement` returned.
    title
        Of the axis.
    width
        Of the plots, in pixels.
    """
    columns = ["factor", "value", "estimate", "lower", "upper", "n_units", "n_items"]
    frame = table[columns].copy()
    frame["factor"] = frame["factor"].str.replace("_", " ").map(capitalised, na_action="ignore")
    frame["pages"] = (
        frame["lower"].notna().map({True: "with interval", False: "too few pages for an interval"})
    )
    kinds = ["with interval", "too few pages for an interval"]
    shown = list(frame.loc[frame["pages"].isin(kinds), "pages"].unique())
    kinds = [k for k in kinds if k in shown]
    y = alt.Y(
        "value:N",
        title=None,
        sort=alt.EncodingSortField("estimate", order="descending"),
        axis=alt.Axis(labelLimit=200, minExtent=120),
    )
    low = float(min(frame["estimate"].min(), frame["lower"].min()))
    scale = alt.Scale(domain=[max(0.0, low - 0.03), 1.0], zero=False)
    x = alt.X("estimate:Q", title=title, scale=scale, axis=alt.Axis(tickCount=6))
    base = alt.Chart(frame)
    spans = base.mark_rule(strokeWidth=1.8).encode(x=alt.X("lower:Q", scale=scale), x2="upper:Q", y=y)
    dots = base.mark_point(filled=True, size=62, opacity=1).encode(
        x=x,
        y=y,
        shape=alt.Shape(
            "pages:N",
            title=None,
            scale=alt.Scale(domain=kinds, range=["circle", "diamond"][: len(kinds)]),
            legend=alt.Legend(orient="bottom", labelLimit=0),
        ),
        tooltip=[
            "value:N",
            alt.Tooltip("estimate:Q", format=".3f"),
            alt.Tooltip("lower:Q", format=".3f"),
            alt.Tooltip("upper:Q", format=".3f"),
            alt.Tooltip("n_items:Q", title="statements"),
            alt.Tooltip("n_units:Q", title="source pages"),
        ],
    )
    return (
        alt.layer(spans, dots)
        .properties(width=width, height=alt.Step(17))
        .facet(**panel_rows("factor", frame["factor"].unique()))
        .resolve_scale(y="independent")
    )
