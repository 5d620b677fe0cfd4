"""Figures of interventions."""

from __future__ import annotations

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import readable
from valuestats.figures.intervals import interval_rows
from valuestats.figures.theme import SHAPES
from valuestats.interventions.dose import chosen
from valuestats.interventions.effects import ALL, TARGET
from valuestats.interventions.shapes import FLAT, MONOTONE
from valuestats.results.marks import GREY, signed_frame
from valuestats.results.result import Result


def effects_chart(result: Result, *, width: int = 420) -> Figure:
    """The off-target matrix: values in columns, interventions in rows; grey dots are no finding, frames are targets.

    One intervention: values in rows with intervals.
    """
    frame = signed_frame(result).dropna(subset="estimate")
    if len(set(frame["condition"])) == 1:
        family = {ALL: "effect", TARGET: "meant"}
        shown = frame.assign(
            row=frame["dimension"], series=frame["family"].map(lambda f: family.get(f, "not meant"))
        )
        order = frame.sort_values("estimate", ascending=False)["dimension"].tolist()
        return interval_rows(shown, order=order, title="Effect against the control", zero=True, width=width)
    cells = pd.DataFrame(
        {
            "value": frame["dimension"].map(lambda x: readable(str(x))),
            "intervention": frame["condition"].map(lambda x: readable(str(x))),
            "effect": frame["estimate"].astype(float),
            "finding": frame["sign"] != "none",
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
