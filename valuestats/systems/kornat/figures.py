"""Two measures of the same answers side by side."""

from __future__ import annotations

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.figures.panels import panel_rows


def two_measures_chart(frame: pd.DataFrame, *, width: int = 430) -> Figure:
    """Estimate and interval per model, one panel per measure, beside uniform answers (dashed).

    Parameters
    ----------
    frame
        ``model``, ``measure``, ``estimate``, ``lower``, ``upper``, ``baseline``.
    width
        Of the plots, in pixels.
    """
    columns = ["model", "measure", "estimate", "lower", "upper", "baseline"]
    first = frame[frame["measure"] == frame["measure"].iloc[0]]
    order = list(first.sort_values("estimate", ascending=False)["model"])
    scale = alt.Scale(domain=[0, 1])
    y = alt.Y("model:N", title=None, sort=order, axis=alt.Axis(labelLimit=200, minExtent=150))
    base = alt.Chart(frame[columns])
    chance = base.mark_rule(strokeDash=[4, 3]).encode(x=alt.X("mean(baseline):Q", scale=scale))
    spans = base.mark_rule(strokeWidth=1.8).encode(x=alt.X("lower:Q", scale=scale), x2="upper:Q", y=y)
    dots = base.mark_point(filled=True, size=62, opacity=1).encode(
        x=alt.X("estimate:Q", title="Estimate (1 is the most that can be had)", scale=scale),
        y=y,
        tooltip=[
            "model:N",
            "measure:N",
            alt.Tooltip("estimate:Q", format=".3f"),
            alt.Tooltip("lower:Q", format=".3f"),
            alt.Tooltip("upper:Q", format=".3f"),
            alt.Tooltip("baseline:Q", format=".3f", title="uniform answers"),
        ],
    )
    measures = list(dict.fromkeys(frame["measure"]))
    return (
        alt.layer(chance, spans, dots)
        .properties(width=width, height=alt.Step(20))
        .facet(**panel_rows("measure", measures))
    )
