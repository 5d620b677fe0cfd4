"""What a split of rows and a split of groups say of the same layers, beside the truth."""

from __future__ import annotations

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.figures.panels import panel_rows
from valuestats.figures.theme import PALETTE, SHAPES


def splits_chart(frame: pd.DataFrame, *, width: int = 380, height: int = 170) -> Figure:
    """Accuracy by layer, one panel per design: published split, groups whole, truth.

    Parameters
    ----------
    frame
        ``design``, ``layer``, ``series``, ``estimate``, ``lower``, ``upper``.
    width, height
        Of a panel, in pixels.
    """
    shown = frame[["design", "layer", "series", "estimate", "lower", "upper"]].astype({"layer": str})
    names, designs = list(dict.fromkeys(shown["series"])), list(dict.fromkeys(shown["design"]))
    scale = alt.Scale(domain=names, range=[PALETTE[1], PALETTE[0], PALETTE[7]][: len(names)])
    legend = alt.Legend(orient="bottom", columns=3, labelLimit=300)
    colour = alt.Color("series:N", title=None, scale=scale, legend=legend)
    shape = alt.Shape(
        "series:N", title=None, scale=alt.Scale(domain=names, range=list(SHAPES[: len(names)])), legend=legend
    )
    layers = list(dict.fromkeys(shown["layer"]))
    x = alt.X("layer:O", sort=layers, title="Layer", axis=alt.Axis(labelAngle=0))
    y = alt.Y("estimate:Q", title="Accuracy", scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=5))
    base = alt.Chart(shown)
    chance = base.mark_rule(strokeDash=[4, 3]).encode(y=alt.datum(0.5))
    spans = base.transform_filter("isValid(datum.lower)").mark_rule(strokeWidth=1.6)
    spans = spans.encode(x=x, y="lower:Q", y2="upper:Q", color=colour)
    line = base.mark_line(strokeWidth=2).encode(x=x, y=y, color=colour)
    tips = ["layer:O", "series:N", alt.Tooltip("estimate:Q", format=".2f")]
    dots = base.mark_point(filled=True, size=60, opacity=1).encode(
        x=x, y=y, color=colour, shape=shape, tooltip=tips
    )
    return (
        alt.layer(chance, spans, line, dots)
        .properties(width=width, height=height)
        .facet(**panel_rows("design", designs))
    )
