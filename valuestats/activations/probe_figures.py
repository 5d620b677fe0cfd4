"""Figures of probes, directions and control."""

from __future__ import annotations

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.figures.intervals import interval_rows
from valuestats.figures.theme import SHAPES
from valuestats.results.result import Result


def layer_chart(
    frame: pd.DataFrame, *, title: str, ceiling: float | None = None, width: int = 430, height: int = 260
) -> Figure:
    """Estimates by layer, one line per series, with intervals where there are any, and a dashed ceiling.

    Parameters
    ----------
    frame
        ``layer``, ``estimate``, ``lower``, ``upper``, ``series``.
    title
        Of the vertical axis.
    ceiling
        What permuted labels reach.
    width, height
        In pixels.
    """
    shown = frame[["layer", "estimate", "lower", "upper", "series"]].astype({"layer": str})
    layers, names = list(dict.fromkeys(shown["layer"])), list(dict.fromkeys(shown["series"]))
    x = alt.X("layer:O", sort=layers, title="Layer", axis=alt.Axis(labelAngle=0, labelOverlap=True))
    y = alt.Y("estimate:Q", title=title, scale=alt.Scale(zero=False))
    legend = alt.Legend(orient="bottom", columns=2, labelLimit=300) if len(names) > 1 else None
    colour = alt.Color("series:N", title=None, scale=alt.Scale(domain=names), legend=legend)
    shape = alt.Shape(
        "series:N", title=None, scale=alt.Scale(domain=names, range=list(SHAPES[: len(names)])), legend=legend
    )
    base = alt.Chart(shown)
    parts = []
    if ceiling is not None:
        rule = alt.Chart(pd.DataFrame({"y": [ceiling]})).mark_rule(strokeDash=[4, 3])
        parts.append(rule.encode(y="y:Q"))
    if shown["lower"].notna().any():
        spans = alt.Chart(shown.dropna(subset=["lower"])).mark_rule(strokeWidth=1.6)
        parts.append(spans.encode(x=x, y="lower:Q", y2="upper:Q", color=colour))
    parts.append(base.mark_line(strokeWidth=2).encode(x=x, y=y, color=colour))
    dots = base.mark_point(filled=True, size=55, opacity=1)
    tips = ["layer:O", "series:N", alt.Tooltip("estimate:Q", format=".3f")]
    parts.append(dots.encode(x=x, y=y, color=colour, shape=shape, tooltip=tips))
    return alt.layer(*parts).properties(width=width, height=height)


def probe_chart(result: Result, *, width: int = 430) -> Figure:
    """Accuracy by layer beside the mean of permuted labels and their ceiling."""
    frame = result.estimates
    null = frame.assign(estimate=frame["baseline"], lower=None, upper=None, series="permuted labels, mean")
    shown = pd.concat([frame.assign(series="held out"), null.dropna(subset=["estimate"])], ignore_index=True)
    ceiling = frame["ceiling"].iloc[0]
    return layer_chart(
        shown.astype({"lower": float, "upper": float}),
        title="Accuracy in rows held out",
        ceiling=None if pd.isna(ceiling) else float(ceiling),
        width=width,
    )


def directions_chart(result: Result, *, width: int = 430) -> Figure:
    """Cosine of two halves and with the limit, by layer."""
    frame = result.estimates
    parts = [
        frame.assign(series="with the limit"),
        frame.assign(estimate=frame["halves"], series="of two halves"),
    ]
    return layer_chart(pd.concat(parts, ignore_index=True), title="Cosine", width=width)


def control_chart(result: Result, *, width: int = 430) -> Figure:
    """Success and yes-saying by condition."""
    frame = result.estimates
    order = (
        frame[frame["measure"] == "success"].sort_values("estimate", ascending=False)["condition"].tolist()
    )
    return interval_rows(
        frame.assign(row=frame["condition"], series=frame["measure"]),
        order=order,
        title="Share of answers",
        zero=True,
        width=width,
    )
