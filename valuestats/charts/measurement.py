"""Figures of measurement models: the circle of values, differential item functioning, traits and invariance."""

from __future__ import annotations

import itertools
from typing import Literal

import altair as alt
import numpy as np
import pandas as pd

from valuestats.charts.types import Figure
from valuestats.labels import readable
from valuestats.result import Result

_NO_AXIS = alt.Axis(grid=False, labels=False, ticks=False, domain=False, title=None)
_BLUE, _RED = "#0072b2", "#d55e00"


def circumplex_chart(result: Result, *, size: int = 430) -> Figure:
    """Values in the plane, the theoretical circle behind them, and an arc for each angle's interval.

    The hollow diamond on the circle is where theory puts a value, joined by a thin line to the dot where the answers put
    it; the arc at the dot's own radius is the interval of its angle.
    """
    frame = result.estimates.copy()
    frame["label"] = [readable(str(v)) for v in frame["value"]]
    theory = np.radians(frame["baseline"])
    frame["tx"], frame["ty"] = np.cos(theory), np.sin(theory)
    turn = np.linspace(0, 2 * np.pi, 181)
    ring = pd.DataFrame({"x": np.cos(turn), "y": np.sin(turn), "step": range(181)})
    reach = float(max(1.0, frame["radius"].max())) * 1.42
    domain = alt.Scale(domain=[-reach, reach], nice=False)
    x, y = alt.X("x:Q", scale=domain, axis=_NO_AXIS), alt.Y("y:Q", scale=domain, axis=_NO_AXIS)
    # a line goes by its first column of data unless it is told the order
    circle = (
        alt.Chart(ring)
        .mark_line(strokeWidth=1, strokeDash=[4, 3], color="#858d99")
        .encode(x=x, y=y, order="step:Q")
    )
    targets = (
        alt.Chart(frame[["tx", "ty", "label"]])
        .mark_point(filled=False, shape="diamond", size=55, color="#858d99")
        .encode(x=alt.X("tx:Q", scale=domain), y=alt.Y("ty:Q", scale=domain), tooltip=["label:N"])
    )
    moved = (
        alt.Chart(frame[["tx", "ty", "x", "y", "label"]])
        .mark_rule(strokeWidth=1, color="#858d99")
        .encode(x=x, y=y, x2="tx:Q", y2="ty:Q", tooltip=["label:N"])
    )
    layers = [circle, moved, targets]
    arcs = _arcs(frame)
    if len(arcs):
        layers.append(
            alt.Chart(arcs)
            .mark_line(color=_BLUE, strokeWidth=2.5, opacity=0.55)
            .encode(x=x, y=y, order="step:Q", detail="label:N")
        )
    dots = (
        alt.Chart(frame[["x", "y", "label", "estimate", "lower", "upper", "baseline", "deviation"]])
        .mark_point(filled=True, size=70, opacity=1, color=_RED)
        .encode(
            x=x,
            y=y,
            tooltip=[
                "label:N",
                *[alt.Tooltip(f"{c}:Q", format=".0f") for c in ("estimate", "lower", "upper", "baseline")],
            ],
        )
    )
    names = _names(frame)
    layers.append(dots)
    sides: tuple[Literal["left", "right"], ...] = ("left", "right")
    for side in sides:
        layers.append(
            alt.Chart(names.loc[names["side"] == side, ["lx", "ly", "label"]])
            .mark_text(align=side, baseline="middle")
            .encode(x=alt.X("lx:Q", scale=domain), y=alt.Y("ly:Q", scale=domain), text="label:N")
        )
    return alt.layer(*layers).properties(width=size, height=size)


def _arcs(frame: pd.DataFrame) -> pd.DataFrame:
    known = frame[frame["lower"].notna()]
    parts = []
    for row in known.to_dict("records"):
        angle = np.radians(np.linspace(row["lower"], row["upper"], 41))
        parts.append(
            pd.DataFrame(
                {
                    "x": row["radius"] * np.cos(angle),
                    "y": row["radius"] * np.sin(angle),
                    "label": row["label"],
                    "step": range(41),
                }
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _names(frame: pd.DataFrame) -> pd.DataFrame:
    """Places of the names outside the dots, moved apart vertically on either side."""
    angle = np.radians(frame["estimate"].to_numpy(dtype=float))
    out = np.maximum(frame["radius"].to_numpy(dtype=float), 1.0) + 0.1
    names = pd.DataFrame(
        {"lx": out * np.cos(angle), "ly": out * np.sin(angle), "label": frame["label"].to_numpy()}
    )
    names["side"] = np.where(names["lx"] >= 0, "left", "right")
    for _, part in names.groupby("side"):
        order = part.sort_values("ly").index
        for low, high in itertools.pairwise(order):
            gap = names.loc[high, "ly"] - names.loc[low, "ly"]
            if gap < 0.13:
                names.loc[high, "ly"] = names.loc[low, "ly"] + 0.13
    return names


def dif_chart(result: Result, *, width: int = 430, top: int = 40) -> Figure:
    """Log-odds ratio of each item by group, with its interval; the class of the effect by colour and shape.

    At most `top` items are drawn, those with the largest effect.
    """
    frame = result.estimates.dropna(subset=["estimate"]).copy()
    largest = frame.groupby("item", observed=True)["r2_any"].max().nlargest(top).index
    frame = frame[frame["item"].isin(largest)]
    named = {"A": "A negligible", "B": "B moderate", "C": "C large"}
    frame["effect"] = frame["dif_class"].map(named)
    frame["item"] = frame["item"].astype(str)
    order = list(frame.groupby("item")["estimate"].max().sort_values(ascending=False).index)
    several = len(frame["group"].unique()) > 1
    y = alt.Y("item:N", sort=order, title=None)
    offset = {"yOffset": alt.YOffset("group:N")} if several else {}
    base = str(result.estimates["reference"].iloc[0])
    shown = ["item", "group", "effect", "estimate", "lower", "upper", "q_any", "r2_any"]
    data = frame[shown]
    colours = alt.Scale(domain=list(named.values()), range=["#7a828c", _BLUE, _RED])
    shapes = alt.Scale(domain=list(named.values()), range=["circle", "square", "triangle-up"])
    legend = alt.Legend(orient="bottom", title="Class (Jodoin and Gierl)")
    score = result.meta["specification"]["matching"]
    x = alt.X(
        "estimate:Q", title=f"Log-odds ratio of a higher answer, against {base}, at the same {score} score"
    )
    spans = (
        alt.Chart(data)
        .mark_rule()
        .encode(
            x=alt.X("lower:Q"),
            x2="upper:Q",
            y=y,
            color=alt.Color("effect:N", scale=colours, legend=legend),
            **offset,
        )
    )
    dots = (
        alt.Chart(data)
        .mark_point(filled=True, size=60, opacity=1)
        .encode(
            x=x,
            y=y,
            color=alt.Color("effect:N", scale=colours, legend=legend),
            shape=alt.Shape("effect:N", scale=shapes, legend=legend),
            tooltip=["item:N", "group:N", *[alt.Tooltip(f"{c}:Q", format=".3f") for c in shown[3:]]],
            **offset,
        )
    )
    zero = alt.Chart(pd.DataFrame({"x": [0.0]})).mark_rule(strokeDash=[4, 3]).encode(x="x:Q")
    step = 16 * (frame["group"].nunique() if several else 1) + 4
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
        frame = result.estimates[result.estimates["parameter"] == parameter].copy()
        frame = frame.astype({"item": str, "group": str})
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
        band = alt.Chart(pd.DataFrame({"a": [-half], "b": [half]})).mark_rect(opacity=0.15, color="#7a828c")
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
