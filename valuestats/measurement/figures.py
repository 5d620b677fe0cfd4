"""Figures of measurement models: the circle of values, differential item functioning, traits and invariance."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import readable
from valuestats.figures.intervals import interval_rows
from valuestats.results.result import Result

_NO_AXIS = alt.Axis(grid=False, labels=False, ticks=False, domain=False, title=None)
_BLUE, _RED = "#0072b2", "#d55e00"


def by_group(result: Result) -> pd.DataFrame:
    """Estimates whose column of groups, the last key, is called ``group`` here, whatever it is called in the data."""
    return result.estimates.rename(columns={result.keys[-1]: "group"})


def dif_chart(result: Result, *, width: int = 430, top: int = 20) -> Figure:
    """Log-odds ratio of each item by group, with its interval; the class of the effect by shape.

    Of one group the class stands in the colour as well; of several the groups do, and what is not flagged is pale. At most
    `top` items are drawn, those with the largest effect.
    """
    frame = by_group(result).dropna(subset=["estimate"])
    largest = frame.groupby("item", observed=True)["r2_any"].max().nlargest(top).index
    frame = frame[frame["item"].isin(largest)].astype({"item": str, "group": str})
    named = {"A": "A negligible", "B": "B moderate", "C": "C large"}
    frame["effect"] = frame["dif_class"].map(named)
    order = list(frame.groupby("item")["estimate"].max().sort_values(ascending=False).index)
    groups = list(dict.fromkeys(frame["group"]))
    several = len(groups) > 1
    base = str(result.estimates["reference"].iloc[0])
    score = result.meta["specification"]["matching"]
    shown = ["item", "group", "effect", "flagged", "estimate", "lower", "upper", "q_any", "r2_any"]
    colour = (
        alt.Color("group:N", scale=alt.Scale(domain=groups), legend=alt.Legend(orient="bottom", title=None))
        if several
        else alt.Color(
            "effect:N",
            scale=alt.Scale(domain=list(named.values()), range=["#7a828c", _BLUE, _RED]),
            legend=alt.Legend(orient="bottom", title="Class (Jodoin and Gierl)"),
        )
    )
    encoded: dict[str, Any] = {"y": alt.Y("item:N", sort=order, title=None), "color": colour}
    if several:
        encoded["yOffset"] = alt.YOffset("group:N", scale=alt.Scale(domain=groups))
        encoded["opacity"] = alt.condition("datum.flagged", alt.value(1.0), alt.value(0.45))
    base_chart = alt.Chart(frame[shown])
    x = f"Log-odds ratio of a higher answer, against {base}, at the same {score} score"
    spans = base_chart.mark_rule(strokeWidth=1.5).encode(x=alt.X("lower:Q", title=x), x2="upper:Q", **encoded)
    dots = base_chart.mark_point(filled=True, size=50, opacity=1).encode(
        x=alt.X("estimate:Q", title=x),
        shape=alt.Shape(
            "effect:N",
            scale=alt.Scale(domain=list(named.values()), range=["circle", "square", "triangle-up"]),
            legend=alt.Legend(orient="bottom", title="Class (Jodoin and Gierl)"),
        ),
        tooltip=["item:N", "group:N", "effect:N", *[alt.Tooltip(f"{c}:Q", format=".3f") for c in shown[4:]]],
        **encoded,
    )
    zero = alt.Chart(pd.DataFrame({"x": [0.0]})).mark_rule(strokeDash=[4, 3]).encode(x="x:Q")
    step = 9 * len(groups) + 6 if several else 20
    return alt.layer(zero, spans, dots).properties(width=width, height=alt.Step(step, **{"for": "position"}))


def loading_chart(result: Result, *, width: int = 430) -> Figure:
    """Standardised loading of each item on its trait, with its interval."""
    records = result.meta["items"]
    frame = pd.DataFrame(
        {
            "item": [str(r["item"]) for r in records],
            "dimension": [readable(str(r["dimension"])) for r in records],
            "loading": [r["loading"]["estimate"] for r in records],
            "lower": [r["loading"]["lower"] for r in records],
            "upper": [r["loading"]["upper"] for r in records],
        }
    )
    y = alt.Y("item:N", sort=list(frame["item"]), title=None)
    names = alt.Scale(domain=list(dict.fromkeys(frame["dimension"])))
    legend = alt.Legend(orient="bottom", title=None) if len(names.domain) > 1 else None
    colour = alt.Color("dimension:N", legend=legend, scale=names)
    x = alt.X("loading:Q", title="Standardised loading on the trait", scale=alt.Scale(domain=[0, 1]))
    spans = alt.Chart(frame).mark_rule().encode(x=alt.X("lower:Q"), x2="upper:Q", y=y, color=colour)
    dots = (
        alt.Chart(frame)
        .mark_point(filled=True, size=60, opacity=1)
        .encode(
            x=x,
            y=y,
            color=colour,
            shape=alt.Shape("dimension:N", legend=legend, scale=names),
            tooltip=[
                "item:N",
                "dimension:N",
                *[alt.Tooltip(f"{c}:Q", format=".2f") for c in ("loading", "lower", "upper")],
            ],
        )
    )
    return alt.layer(spans, dots).properties(width=width, height=alt.Step(20))


def invariance_chart(result: Result, *, width: int = 510) -> Figure:
    """Deviations of each item's loading and thresholds by group, with the half of the practical bound as a band.

    Bounds are of differences between two groups; a deviation from the average group within half of it on either side keeps
    any two groups within the bound.
    """
    titles = {
        "loading": "Log discrimination",
        "threshold": "Mean threshold (trait sd)",
        "residual": "Log residual sd",
    }
    present = set(result.estimates["parameter"])
    titles = {k: v for k, v in titles.items() if k in present}
    panels: list[alt.LayerChart | alt.FacetChart] = []
    for parameter, title in titles.items():
        frame = by_group(result)
        frame = frame[frame["parameter"] == parameter].astype({"item": str, "group": str})
        half = float(frame["bound"].iloc[0]) / 2
        shown = ["item", "group", "status", "estimate", "lower", "upper", "p_beyond"]
        data = frame[shown]
        # The panels share their rows, so the first one names them.
        axis = alt.Undefined if not panels else alt.Axis(labels=False, ticks=False)
        y = alt.Y("item:N", sort=list(dict.fromkeys(frame["item"])), title=None, axis=axis)
        offset = alt.YOffset("group:N")
        legend = alt.Legend(orient="bottom", title=None)
        names = alt.Scale(domain=sorted(frame["group"].unique()))
        colour = alt.Color("group:N", legend=legend, scale=names)
        band = alt.Chart(pd.DataFrame({"a": [-half], "b": [half]})).mark_rect(
            fillOpacity=0.15, color="#7a828c", stroke="#7a828c", strokeWidth=1
        )
        spans = (
            alt.Chart(data)
            .mark_rule()
            .encode(
                x=alt.X("lower:Q", title=f"Deviation: {title[0].lower()}{title[1:]}"),
                x2="upper:Q",
                y=y,
                yOffset=offset,
                color=colour,
            )
        )
        dots = (
            alt.Chart(data)
            .mark_point(filled=True, size=45, opacity=1)
            .encode(
                x="estimate:Q",
                y=y,
                yOffset=offset,
                color=colour,
                shape=alt.Shape("group:N", legend=legend, scale=names),
                tooltip=[
                    "item:N",
                    "group:N",
                    "status:N",
                    *[alt.Tooltip(f"{c}:Q", format=".2f") for c in shown[3:]],
                ],
            )
        )
        step = alt.Step(14 * len(frame["group"].unique()) + 6, **{"for": "position"})
        panels.append(
            alt.layer(band.encode(x="a:Q", x2="b:Q"), spans, dots).properties(
                width=width // len(titles), height=step
            )
        )
    return alt.hconcat(*panels)


def comparison_chart(result: Result, *, width: int = 430) -> Figure:
    """Differences between groups' trait means; the level of invariance stands in the axis title."""
    frame = result.estimates[["contrast", "estimate", "lower", "upper", "invariance"]].copy()
    frame["contrast"] = frame["contrast"].str.replace(" - ", " − ", regex=False)
    level = str(frame["invariance"].iloc[0])
    held = "" if result.meta["invariance"]["decided"] else " assumed"
    if not result.estimates["supported"].iloc[0]:
        held = ", means not comparable"
    y = alt.Y("contrast:N", sort="-x", title=None)
    x = alt.X("estimate:Q", title=f"Difference in trait sd ({level} invariance{held})")
    spans = alt.Chart(frame).mark_rule().encode(x=alt.X("lower:Q"), x2="upper:Q", y=y)
    dots = (
        alt.Chart(frame)
        .mark_point(filled=True, size=60, opacity=1)
        .encode(
            x=x,
            y=y,
            tooltip=[
                "contrast:N",
                *[alt.Tooltip(f"{c}:Q", format=".2f") for c in ("estimate", "lower", "upper")],
            ],
        )
    )
    zero = alt.Chart(pd.DataFrame({"x": [0.0]})).mark_rule(strokeDash=[4, 3]).encode(x="x:Q")
    return alt.layer(zero, spans, dots).properties(width=width, height=alt.Step(24))


def plausible_chart(result: Result, *, width: int = 480) -> Figure:
    """Mean traits of groups from plausible values, one row per dimension."""
    frame = result.estimates
    return interval_rows(
        frame.assign(row=frame["dimension"], series=frame[result.keys[0]]),
        order=list(dict.fromkeys(frame["dimension"])),
        title="Mean trait (trait sd from the mean of groups)",
        zero=True,
        width=width,
    )
