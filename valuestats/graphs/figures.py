"""Figures of graphs of values."""

from __future__ import annotations

from typing import Literal

import altair as alt
import numpy as np
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import readable
from valuestats.figures.intervals import interval_rows
from valuestats.figures.theme import PALETTE
from valuestats.graphs.graph import BACKWARD, NONE, UNDIRECTED
from valuestats.graphs.sentences import edge_text
from valuestats.graphs.trust import SUPPORT
from valuestats.results.marks import GREY
from valuestats.results.result import Result

_RADIUS = 0.66
"""Of the circle of values, where 1 is the edge of the drawing."""
_TALL = 0.78
"""Height of the drawing by its width."""
_SIDES: tuple[Literal["left", "right", "center"], ...] = ("left", "right", "center")
STRONG, WEAK = "in 80% of resampled graphs or more", "in fewer"
KINDS = {STRONG: PALETTE[1], WEAK: GREY}
"""Kinds of edges and their colours."""


def graph_chart(result: Result, *, width: int = 340) -> Figure:
    """The graph on a circle of values: arrows from cause to effect, as wide as their support, grey where it is small."""
    return circle_of_edges(
        list(result.meta["specification"]["values"]), drawn_edges(result), KINDS, width=width
    )


def drawn_edges(result: Result) -> pd.DataFrame:
    """The edges of a graph as `circle_of_edges` takes them."""
    frame = result.estimates
    edges = frame[frame["edge"] != NONE]
    back = (edges["edge"] == BACKWARD).to_numpy()
    support = edges["support"].fillna(1.0).to_numpy(dtype=float)
    return pd.DataFrame(
        {
            "cause": np.where(back, edges["second"], edges["first"]),
            "effect": np.where(back, edges["first"], edges["second"]),
            "directed": (edges["edge"] != UNDIRECTED).to_numpy(),
            "wide": support,
            "kind": np.where(support >= SUPPORT, STRONG, WEAK),
            "told": [edge_text(r) for _, r in edges.iterrows()],
        }
    )


def circle_of_edges(
    names: list[str], edges: pd.DataFrame, kinds: dict[str, str], *, width: int = 340
) -> Figure:
    """Values on a circle and edges between them.

    Parameters
    ----------
    names
        The values, clockwise from the top.
    edges
        ``cause``, ``effect``, ``directed``, ``wide`` (0 to 1), ``kind`` (its colour), ``told`` (for the tooltip).
    kinds
        Colour of each kind of edge.
    width
        Of the drawing, in pixels.
    """
    turn = np.pi / 2 - 2 * np.pi * np.arange(len(names)) / len(names)
    x, y = _RADIUS * np.cos(turn), _RADIUS * np.sin(turn)
    place = {n: k for k, n in enumerate(names)}
    a = edges["cause"].map(place).to_numpy(dtype=int)
    b = edges["effect"].map(place).to_numpy(dtype=int)
    length = np.maximum(np.hypot(x[b] - x[a], y[b] - y[a]), 1e-9)
    dx, dy = 0.035 * (x[b] - x[a]) / length, 0.035 * (y[b] - y[a]) / length
    lines = edges.assign(
        x=x[a] + dx, y=y[a] + dy, x2=x[b] - dx, y2=y[b] - dy, turn=np.degrees(np.arctan2(dx, dy)) % 360
    )
    horizontal = alt.X("x:Q", scale=alt.Scale(domain=[-1.05, 1.05]), axis=None)
    vertical = alt.Y("y:Q", scale=alt.Scale(domain=[-_TALL * 1.05, _TALL * 1.05]), axis=None)
    colour = alt.Color(
        "kind:N",
        title=None,
        scale=alt.Scale(domain=list(kinds), range=list(kinds.values())),
        legend=alt.Legend(orient="bottom", labelLimit=0, columns=1, symbolType="stroke", symbolStrokeWidth=3),
    )
    tip = [alt.Tooltip("told:N", title="Edge"), alt.Tooltip("kind:N", title="Which is")]
    layers = [
        alt.Chart(lines)
        .mark_rule()
        .encode(
            x=horizontal,
            y=vertical,
            x2="x2:Q",
            y2="y2:Q",
            color=colour,
            size=alt.Size("wide:Q", scale=alt.Scale(domain=[0, 1], range=[0.5, 3]), legend=None),
            tooltip=tip,
        )
    ]
    heads = lines[lines["directed"]].drop(columns=["x", "y"]).rename(columns={"x2": "x", "y2": "y"})
    if len(heads):
        angle = alt.Angle("turn:Q", scale=alt.Scale(domain=[0, 360], range=[0, 360]), legend=None)
        layers.append(
            alt.Chart(heads)
            .mark_point(shape="triangle", filled=True, opacity=1, size=60)
            .encode(x=horizontal, y=vertical, color=colour, angle=angle, tooltip=tip)
        )
    side = np.select([x > 0.05, x < -0.05], ["left", "right"], "center")
    dots = pd.DataFrame({"x": x, "y": y, "name": [_broken(n) for n in names], "side": side})
    base = alt.Chart(dots).encode(x=horizontal, y=vertical)
    layers.append(base.mark_point(filled=True, size=40, opacity=1, color=PALETTE[0]))
    for where in _SIDES:
        part = dots[dots["side"] == where]
        if part.empty:
            continue
        out = part.assign(x=1.08 * part["x"], y=1.1 * part["y"])
        text = alt.Chart(out).mark_text(
            align=where, baseline="middle", fontSize=11, lineBreak="\n", lineHeight=12
        )
        layers.append(text.encode(x=horizontal, y=vertical, text="name:N"))
    return alt.layer(*layers).properties(width=width, height=round(_TALL * width))


def _broken(name: str) -> str:
    """A long name in two lines."""
    words = readable(name).split(" ")
    if len(words) < 2 or len(readable(name)) <= 12:
        return readable(name)
    half = (len(words) + 1) // 2
    return " ".join(words[:half]) + "\n" + " ".join(words[half:])


def prediction_chart(result: Result, *, width: int = 420) -> Figure:
    """Shares of descendants and of other values that change, and their difference."""
    return _row_each(result.estimates, "quantity", "Share of values that change with another", width)


def effects_chart(result: Result, *, width: int = 420) -> Figure:
    """How far each value moves, with intervals; those that no way leads to are left out."""
    frame = result.estimates[result.estimates["reached"]].sort_values("estimate", ascending=False)
    return _row_each(frame, "value", "Difference of the mean", width)


def refutation_chart(result: Result, *, width: int = 420) -> Figure:
    """The effect and the range of each check."""
    return _row_each(result.estimates, "check", "Effect of one more of the cause", width)


def steering_chart(result: Result, *, width: int = 420) -> Figure:
    """Distance that is left by the number of values shifted, with and without the side effects foreseen."""
    frame = result.estimates
    row = [f"{n}: {v}" for n, v in zip(frame["shifted"], frame["values"], strict=True)]
    own = frame.assign(row=row, series="side effects foreseen")
    naive = frame.assign(
        row=row,
        series="unforeseen",
        estimate=frame["without_graph"],
        lower=frame["without_graph"],
        upper=frame["without_graph"],
    )
    return interval_rows(
        pd.concat([own, naive], ignore_index=True),
        order=row,
        title="Distance from the target that is left",
        zero=False,
        width=width,
    )


def holdout_chart(result: Result, *, width: int = 420) -> Figure:
    """What the graph, the same with mixed labels and all edges add to the density of held-out profiles."""
    return _row_each(result.estimates, "model", "Gain in log density per held-out profile", width)


def _row_each(frame: pd.DataFrame, column: str, title: str, width: int) -> Figure:
    """An estimate with its interval for each value of a column, in their order, beside zero."""
    rows = frame.assign(row=frame[column], series="all")
    return interval_rows(rows, order=list(frame[column]), title=title, zero=True, width=width)
