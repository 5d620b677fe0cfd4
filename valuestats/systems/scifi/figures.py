"""Figure of the page: what the best of k constitutions is worth."""

from __future__ import annotations

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.figures.panels import panel_rows
from valuestats.figures.theme import PALETTE

_SERIES = ("published", "corrected, if all are alike", "lower bound, whichever was picked")


def selection_chart(bounds: pd.DataFrame, base: dict[str, float], *, width: int = 260) -> Figure:
    """Published share, corrected share and simultaneous lower bound by the number of candidates; dashed: no constitution.

    Parameters
    ----------
    bounds
        ``prompt``, ``candidates``, ``published``, ``corrected``, ``lower``.
    base
        Share without a constitution by prompt.
    width
        Of the plots, in pixels.
    """
    order = [str(k) for k in sorted(bounds["candidates"].unique())]
    parts = [
        bounds.assign(series=name, share=100 * bounds[column])
        for name, column in zip(_SERIES, ("published", "corrected", "lower"), strict=True)
    ]
    frame = pd.concat(parts)[["prompt", "candidates", "series", "share"]]
    frame = frame.assign(candidates=frame["candidates"].astype(str), base=100 * frame["prompt"].map(base))
    scale = alt.Scale(domain=[0, 100])
    x = alt.X("candidates:O", sort=order, title="Constitutions tried", axis=alt.Axis(labelAngle=0))
    y = alt.Y("share:Q", title="Aligned choices (%)", scale=scale)
    colours = alt.Scale(domain=list(_SERIES), range=[PALETTE[7], PALETTE[0], PALETTE[1]])
    shapes = alt.Scale(domain=list(_SERIES), range=["circle", "square", "triangle-up"])
    legend = alt.Legend(orient="bottom", labelLimit=300, columns=1)
    colour = alt.Color("series:N", title=None, scale=colours, legend=legend)
    chart = alt.Chart(frame)
    rule = chart.mark_rule(strokeDash=[4, 3]).encode(y=alt.Y("mean(base):Q", scale=scale))
    lines = chart.mark_line(strokeWidth=1.5).encode(x=x, y=y, color=colour)
    dots = chart.mark_point(filled=True, size=60, opacity=1).encode(
        x=x,
        y=y,
        color=colour,
        shape=alt.Shape("series:N", title=None, scale=shapes, legend=legend),
        tooltip=[alt.Tooltip("candidates:N"), alt.Tooltip("series:N"), alt.Tooltip("share:Q", format=".1f")],
    )
    return (
        alt.layer(rule, lines, dots)
        .properties(width=width, height=130)
        .facet(**panel_rows("prompt", ["normal", "adversary"]))
    )
