"""Figures of values on the circle."""

from __future__ import annotations

import itertools
from typing import Literal

import altair as alt
import numpy as np
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import readable
from valuestats.results.result import Result

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
            .mark_line(color=_BLUE, strokeWidth=2)
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
