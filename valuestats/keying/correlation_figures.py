"""Quality of the measurement: statuses, keys against chance, published against recomputed, predictive checks."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import readable
from valuestats.figures.theme import PALETTE
from valuestats.results.result import Result


def correlation_chart(result: Result, *, threshold: float = 0.30, width: int = 520) -> Figure:
    """Distribution of the item-value correlations, with the threshold of the keys."""
    edges = np.arange(-0.8, 0.8001, 0.05)
    parts = []
    for family, part in result.estimates.groupby("family", observed=True, sort=False):
        count, _ = np.histogram(part["estimate"].dropna(), bins=edges)
        parts.append(
            pd.DataFrame(
                {"family": readable(str(family)), "from": edges[:-1], "to": edges[1:], "cells": count}
            )
        )
    frame = pd.concat(parts)
    bars = (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            x=alt.X("from:Q", title="Spearman correlation of an item with a value", bin="binned"),
            x2="to:Q",
            y=alt.Y("sum(cells):Q", title="Item-value pairs"),
            color=alt.Color("family:N", title=None, legend=alt.Legend(orient="bottom")),
        )
    )
    rule = alt.Chart(pd.DataFrame({"x": [threshold]})).mark_rule(strokeDash=[4, 3]).encode(x="x:Q")
    return alt.layer(bars, rule).properties(width=width, height=220)


def key_chart(keyed: pd.DataFrame, chance: pd.DataFrame, *, family: str = "pvq", width: int = 480) -> Figure:
    """Items keyed to each value against the number that chance alone would key, with its 95% range."""
    found = keyed[keyed["family"] == family]["dimension"].value_counts()
    frame = chance[(chance["family"] == family) & (chance["dimension"] != "(all)")].copy()
    frame["keyed"] = found.reindex(frame["dimension"]).fillna(0).to_numpy()
    frame["value"] = [readable(d) for d in frame["dimension"]]
    order = list(frame.sort_values("keyed", ascending=False)["value"])
    y = alt.Y("value:N", sort=order, title=None, axis=alt.Axis(labelLimit=160))
    band = (
        alt.Chart(frame)
        .mark_bar(height=11, fillOpacity=0.35, stroke=PALETTE[0], strokeWidth=1)
        .encode(x=alt.X("lower:Q", title="Items keyed (r > .30)"), x2="upper:Q", y=y)
    )
    middle = alt.Chart(frame).mark_tick(size=13, thickness=2).encode(x="expected:Q", y=y)
    dots = (
        alt.Chart(frame)
        .mark_point(filled=True, size=75, opacity=1)
        .encode(
            x="keyed:Q",
            y=y,
            color=alt.value("#D55E00"),
            tooltip=["value:N", "keyed:Q", alt.Tooltip("expected:Q", format=".1f"), "lower:Q", "upper:Q"],
        )
    )
    return alt.layer(band, middle, dots).properties(width=width, height=alt.Step(24))
