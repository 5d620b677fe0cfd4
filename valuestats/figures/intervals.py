"""Scores on instruments, coefficients of reliability and agreement: estimates with their intervals."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import readable
from valuestats.figures.theme import SHAPES
from valuestats.results.marks import GREY
from valuestats.results.result import Result


def coefficient_chart(result: Result, *, width: int = 460) -> Figure:
    """Coefficients of reliability or agreement with their intervals, one row per scale, model or metric."""
    rows = next(k for k in ("model", "scale", "metric") if k in result.keys)
    frame = result.estimates.dropna(subset="estimate")
    order = list(frame.groupby(rows)["estimate"].mean().sort_values(ascending=False).index)
    title = "Agreement beyond chance" if result.kind == "agreement" else "Reliability"
    return interval_rows(
        frame.assign(row=frame[rows], series=frame["coefficient"]),
        order=order,
        title=title,
        zero=True,
        width=width,
    )


def interval_rows(
    frame: pd.DataFrame, *, order: list[str], title: str, zero: bool, width: int, axis: alt.Axis | None = None
) -> Figure:
    """Points with intervals, rows from `row`, colours and shapes from `series`, offset so that none hides another.

    The series that a row has stand around its label; those that it has not take no place.

    Where there is a column `told`, rows that are not are grey.
    """
    shown = pd.DataFrame(
        {
            "row": [readable(str(v)) for v in frame["row"]],
            "series": [readable(str(v)) for v in frame["series"]],
            "estimate": frame["estimate"].astype(float),
            "lower": frame["lower"].astype(float),
            "upper": frame["upper"].astype(float),
            "told": frame["told"].to_numpy() if "told" in frame else True,
        }
    )
    shown = shown.sort_values(
        "series", key=lambda s: s.map({n: k for k, n in enumerate(dict.fromkeys(s))}), kind="stable"
    )
    names = list(dict.fromkeys(shown["series"]))
    among = shown.groupby("row")["row"].transform("size")
    most = int(among.max()) if len(shown) else 1
    shown["shift"] = (shown.groupby("row").cumcount() - (among - 1) / 2) / most
    rows = [readable(str(v)) for v in order]
    y = alt.Y("row:N", sort=rows, title=None, axis=alt.Axis(labelLimit=230))
    offset = alt.YOffset("shift:Q", scale=alt.Scale(domain=[-0.5, 0.5]))
    x = alt.X("lower:Q", title=title, scale=alt.Scale(zero=False), axis=axis or alt.Axis())
    legend = alt.Legend(orient="bottom", columns=3, labelLimit=300) if len(names) > 1 else None
    colour: Any = alt.Color("series:N", title=None, scale=alt.Scale(domain=names), legend=legend)
    if not shown["told"].all():
        colour = alt.condition("!datum.told", alt.value(GREY), colour)
    shapes = alt.Scale(domain=names, range=list(SHAPES[: len(names)]))
    shape = alt.Shape("series:N", title=None, scale=shapes, legend=legend)
    base = alt.Chart(shown)
    layers = []
    if zero:
        rule = alt.Chart(pd.DataFrame({"x": [0.0]})).mark_rule(strokeDash=[3, 3])
        layers.append(rule.encode(x="x:Q"))
    layers.append(
        base.mark_rule(strokeWidth=1.8).encode(x=x, x2="upper:Q", y=y, yOffset=offset, color=colour)
    )
    layers.append(
        base.mark_point(filled=True, size=48, opacity=1).encode(
            x="estimate:Q",
            y=y,
            yOffset=offset,
            color=colour,
            shape=shape,
            tooltip=[
                alt.Tooltip("row:N", title="Row"),
                alt.Tooltip("series:N", title="Series"),
                alt.Tooltip("estimate:Q", format=".3f"),
                alt.Tooltip("lower:Q", format=".3f"),
                alt.Tooltip("upper:Q", format=".3f"),
            ],
        )
    )
    return alt.layer(*layers).properties(width=width, height=alt.Step(15 * most if most > 1 else 24))


def hypotheses_chart(result: Result, *, width: int = 480) -> Figure:
    """Combinations of estimates with their simultaneous intervals, the other keys side by side; grey is not told from 0."""
    frame, others = result.estimates, [k for k in result.keys if k != "hypothesis"]
    series = (
        frame[others].astype(str).agg(", ".join, axis=1) if others else pd.Series("all", index=frame.index)
    )
    return interval_rows(
        frame.assign(
            row=frame["hypothesis"], series=series, told=frame["differs"].fillna(False).astype(bool)
        ),
        order=list(dict.fromkeys(frame["hypothesis"])),
        title="Combination of estimates",
        zero=True,
        width=width,
    )
