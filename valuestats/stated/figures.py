"""Figures of what is said beside what is chosen."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.figures.intervals import interval_rows
from valuestats.results.marks import findings, signed_frame
from valuestats.results.result import Result
from valuestats.results.verdicts import SILENT


def short(name: str) -> str:
    """A model's name without its maker's.

    Examples
    --------
    >>> short("maker/model-1")
    'model-1'
    """
    return str(name).split("/")[-1]


def agreement_chart(result: Result, *, of: str = "model", width: int = 430) -> Figure:
    """Agreement as seen, its ceiling, and without noise, model by model (or value by value); no finding is grey and last."""
    signed = signed_frame(result)
    own = signed[signed["of"] == of].dropna(subset="estimate")
    own = own.assign(row=[short(n) for n in own["name"]], told=~own["sign"].isin(SILENT))
    own = own.sort_values(["told", "estimate"], ascending=False)
    points = [
        own.assign(series=series, estimate=own[c], lower=own[c], upper=own[c])
        for series, c in (("as seen", "seen"), ("ceiling: all that noise lets be seen", "ceiling"))
    ]
    shown = pd.concat([own.assign(series="without noise"), *points], ignore_index=True)
    return interval_rows(
        shown,
        order=own["row"].tolist(),
        title="Correlation of stated and revealed values",
        zero=True,
        width=width,
    )


def gap_chart(result: Result, *, size: int = 24) -> Figure:
    """Models by values: how much more is said than chosen; what is no finding is left grey."""
    frame = result.estimates
    sound = findings(result)
    kept = set(zip(sound["model"], sound["value"], strict=True))
    shown = pd.DataFrame(
        {
            "model": [short(m) for m in frame["model"]],
            "value": frame["value"].astype(str),
            "gap": [
                g if (m, v) in kept else np.nan
                for g, m, v in zip(frame["estimate"], frame["model"], frame["value"], strict=True)
            ],
            "estimate": frame["estimate"].astype(float),
            "lower": frame["lower"].astype(float),
            "upper": frame["upper"].astype(float),
        }
    )
    order = frame.groupby("value")["estimate"].mean().sort_values().index.tolist()
    rows = [short(m) for m in dict.fromkeys(frame["model"])]
    largest = float(np.nanmax(np.abs(shown["estimate"]))) if shown["estimate"].notna().any() else 1.0
    x = alt.X("value:N", sort=order, title=None, axis=alt.Axis(labelAngle=-60))
    y = alt.Y("model:N", sort=rows, title=None, axis=alt.Axis(labelLimit=230))
    tips = [
        alt.Tooltip("model:N", title="Model"),
        alt.Tooltip("value:N", title="Value"),
        *(alt.Tooltip(f"{c}:Q", format="+.2f", title=c.capitalize()) for c in ("estimate", "lower", "upper")),
    ]
    base = alt.Chart(shown).encode(x=x, y=y, tooltip=tips)
    colour = alt.Color(
        "gap:Q",
        title="More said than chosen (SD)",
        scale=alt.Scale(scheme="blueorange", domain=[-largest, largest], domainMid=0),
        legend=alt.Legend(orient="bottom", direction="horizontal"),
    )
    grey = base.transform_filter("!isValid(datum.gap)").mark_rect(color="#bbbbbb", opacity=0.35)
    told = base.transform_filter("isValid(datum.gap)").mark_rect().encode(color=colour)
    return alt.layer(grey, told).properties(width=size * len(order), height=alt.Step(20))


def norm_chart(result: Result, *, width: int = 430) -> Figure:
    """Each model's distance from the nearest and the farthest group, beside that of a person of the group."""
    frame = result.estimates.dropna(subset="estimate")
    ends = frame.groupby("model", sort=False)["estimate"].agg(["idxmin", "idxmax"])
    order = ends.index[np.argsort(frame.loc[ends["idxmin"], "estimate"].to_numpy())]
    parts = [
        frame.loc[ends[c]].assign(series=series)
        for series, c in (("nearest group", "idxmin"), ("farthest group", "idxmax"))
    ]
    shown = pd.concat(parts, ignore_index=True)
    chart = interval_rows(
        shown.assign(row=[short(m) for m in shown["model"]]),
        order=[short(m) for m in order],
        title="Distance (a person of the group: 1)",
        zero=True,
        width=width,
    )
    rule = alt.Chart(pd.DataFrame({"x": [1.0]})).mark_rule(strokeDash=[3, 3]).encode(x="x:Q")
    return alt.layer(chart, rule)
