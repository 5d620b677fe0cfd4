"""Figures of interventions."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import readable
from valuestats.figures.intervals import interval_rows
from valuestats.figures.theme import SHAPES
from valuestats.interventions.cells import OVER
from valuestats.interventions.dose import chosen
from valuestats.interventions.effects import ALL, TARGET
from valuestats.interventions.shapes import FLAT, MONOTONE
from valuestats.results.marks import GREY, signed_frame
from valuestats.results.result import Result
from valuestats.results.verdicts import SILENT


def effects_chart(result: Result, *, width: int = 420) -> Figure:
    """The off-target matrix: values in columns, interventions in rows; grey dots are no finding, frames are targets.

    One intervention: values in rows with intervals. Several models: each beside the mean over them.
    """
    by = result.meta["specification"].get("by")
    frame = signed_frame(result).dropna(subset="estimate")
    groups = [None] if by is None else list(dict.fromkeys(frame[by]))
    if len(set(frame["condition"])) == 1:
        return _rows(frame, by, width)
    panels = []
    for group in groups:
        own = frame if group is None else frame[frame[by] == group]
        title = "" if group is None else _whose(group, by)
        panels.append(_matrix(own, width).properties(title=title) if title else _matrix(own, width))
    return panels[0] if len(panels) == 1 else alt.vconcat(*panels)


def _whose(group: object, by: str | None) -> str:
    return f"mean over {readable(str(by))}s" if group == OVER else str(group)


def _rows(frame: pd.DataFrame, by: str | None, width: int) -> Figure:
    """Values in rows; what is no finding is grey, and what the placebo does is a series of its own."""
    family = {ALL: "effect", TARGET: "meant"}
    series = (
        frame["family"].map(lambda f: family.get(f, "not meant"))
        if by is None
        else frame[by].map(lambda g: _whose(g, by))
    )
    shown = frame.assign(row=frame["dimension"], series=series, told=~frame["sign"].isin(SILENT))
    first = frame if by is None else frame[frame[by] == OVER]
    order = first.sort_values("estimate", ascending=False)["dimension"].tolist()
    if "baseline" in frame.columns and frame["baseline"].notna().any():
        idle = first.assign(
            row=first["dimension"], series="the placebo", told=True, estimate=first["baseline"]
        )
        shown = pd.concat([shown, idle.assign(lower=np.nan, upper=np.nan)])
    return interval_rows(shown, order=order, title="Effect against the control", zero=True, width=width)


def _matrix(frame: pd.DataFrame, width: int) -> Figure:
    """Interventions by values."""
    cells = pd.DataFrame(
        {
            "value": frame["dimension"].map(lambda x: readable(str(x))),
            "intervention": frame["condition"].map(lambda x: readable(str(x))),
            "effect": frame["estimate"].astype(float),
            "finding": ~frame["sign"].isin(SILENT),
            "target": frame["family"] == TARGET,
        }
    )
    top = float(cells["effect"].abs().max()) or 1.0
    columns, rows = (list(dict.fromkeys(cells[c])) for c in ("value", "intervention"))
    x = alt.X("value:N", sort=columns, title=None, axis=alt.Axis(labelAngle=-40, labelLimit=160))
    y = alt.Y("intervention:N", sort=rows, title=None, axis=alt.Axis(labelLimit=200))
    scale = alt.Scale(domain=[-top, top], domainMid=0)
    colour = alt.Color(
        "effect:Q", title="Effect", scale=scale, legend=alt.Legend(orient="bottom", gradientLength=160)
    )
    base = alt.Chart(cells)
    found = base.transform_filter("datum.finding").mark_rect(cornerRadius=2).encode(x=x, y=y, color=colour)
    ring = (
        base.transform_filter("datum.target")
        .mark_rect(filled=False, stroke="#7a828c", strokeWidth=2.2)
        .encode(x=x, y=y)
    )
    rest = (
        base.transform_filter("!datum.finding").mark_point(filled=True, size=14, color=GREY).encode(x=x, y=y)
    )
    said = [alt.Tooltip("intervention:N"), alt.Tooltip("value:N"), alt.Tooltip("effect:Q", format="+.2f")]
    layers = [layer.encode(tooltip=said) for layer in (found, ring, rest)]
    return alt.layer(*layers).properties(width=max(width, 46 * len(columns)), height=34 * len(rows))


def dose_chart(result: Result, *, width: int = 420, height: int = 260) -> Figure:
    """Means by dose with intervals of the change from the lowest, the monotone and the best shape."""
    profile = result.meta["profile"]
    first = profile["mean"][0]
    frame = result.estimates
    points = pd.DataFrame(
        {
            "dose": profile["dose"],
            "mean": profile["mean"],
            "lower": [first, *(first + frame["lower"])],
            "upper": [first, *(first + frame["upper"])],
        }
    )
    names = list(dict.fromkeys([MONOTONE, chosen(result.meta["shapes"])]))
    names = [n for n in names if n != FLAT]
    lines = pd.concat(
        [pd.DataFrame({"dose": profile["dose"], "mean": profile[n], "shape": n}) for n in names]
    )
    x = alt.X("dose:Q", title=readable(result.meta["specification"]["dose"]).capitalize())
    y = alt.Y("mean:Q", title="Mean outcome", scale=alt.Scale(zero=False))
    legend = alt.Legend(orient="bottom", symbolType="stroke")
    line = alt.Chart(lines).mark_line(strokeWidth=2, point=False)
    line = line.encode(
        x=x,
        y=y,
        color=alt.Color("shape:N", title=None, legend=legend),
        strokeDash=alt.StrokeDash("shape:N", title=None),
    )
    rule = alt.Chart(points).mark_rule(strokeWidth=1.6, color=GREY).encode(x=x, y="lower:Q", y2="upper:Q")
    dots = (
        alt.Chart(points)
        .mark_point(filled=True, size=52, opacity=1, shape=SHAPES[0], color=GREY)
        .encode(x=x, y=y)
    )
    return alt.layer(line, rule, dots).properties(width=width, height=height)
