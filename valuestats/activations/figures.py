"""Figures of neurons."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.figures.intervals import interval_rows
from valuestats.results.result import Result

_SHOWN = 25


def neuron_chart(result: Result, *, width: int = 430) -> Figure:
    """The surest neurons with their differences and intervals."""
    frame = result.estimates.head(_SHOWN)
    names = [f"layer {a}, neuron {b}" for a, b in zip(frame["layer"], frame["neuron"], strict=True)]
    return interval_rows(
        frame.assign(row=names, series="all"),
        order=names,
        title="Difference in the probability of being active",
        zero=True,
        width=width,
    )


def stability_chart(result: Result, *, width: int = 430, height: int = 220) -> Figure:
    """Of the stable neurons, how often halves of the questions select them, by their difference."""
    frame = result.estimates[["layer", "neuron", "estimate", "difference"]]
    cutoff = pd.DataFrame({"y": [result.meta["stability"]["cutoff"]]})
    rule = alt.Chart(cutoff).mark_rule(strokeDash=[4, 3]).encode(y="y:Q")
    low = float(np.floor(10 * cutoff["y"].iloc[0]) / 10)
    dots = alt.Chart(frame).mark_point(filled=True, opacity=1)
    dots = dots.encode(
        x=alt.X("difference:Q", title="Difference in the probability of being active"),
        y=alt.Y("estimate:Q", title="Share of halves", scale=alt.Scale(domain=[low, 1])),
        tooltip=["layer:O", "neuron:O", alt.Tooltip("estimate:Q", format=".2f")],
    )
    return alt.layer(rule, dots).properties(width=width, height=height)
