"""Figures that hold numbers against what they should be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd

from valuestats.charts.types import Figure
from valuestats.labels import readable
from valuestats.recovery import true_profiles
from valuestats.result import Result
from valuestats.tables import Ratings


def difference_chart(cells: pd.DataFrame, ratings: Ratings, *, width: int = 480) -> alt.Chart:
    """Recomputed minus published correlation, by group of raters; a group in full agreement is one tick."""
    group = ratings.frame.drop_duplicates("item").set_index("item")["group"].astype(str)
    frame = pd.DataFrame({"group": cells["item"].map(group), "difference": cells["difference"].round(4)})
    frame = frame.value_counts().reset_index(name="cells")
    order = sorted(frame["group"].unique(), key=int)
    return (
        alt.Chart(frame)
        .mark_tick(thickness=1.2, size=12, opacity=0.6)
        .encode(
            x=alt.X("difference:Q", title="Recomputed minus published correlation"),
            y=alt.Y("group:N", sort=order, title="Group of raters"),
            tooltip=["group:N", "difference:Q", "cells:Q"],
        )
        .properties(width=width, height=alt.Step(17))
    )


def recovery_chart(ordinal: Result, truth: Mapping[str, Any], *, width: int = 380) -> Figure:
    """True latent profiles against their estimates with intervals."""
    key = ordinal.value_key
    frame = ordinal.estimates[["model", key, "estimate", "lower", "upper"]].copy()
    profiles = true_profiles(truth)
    pairs = zip(frame["model"].astype(str), frame[key].astype(str), strict=True)
    frame["truth"] = [profiles[pair] for pair in pairs]
    frame["value"] = [readable(str(v)) for v in frame[key]]
    low, high = float(frame["truth"].min()), float(frame["truth"].max())
    line = pd.DataFrame({"truth": [low, high], "estimate": [low, high]})
    diagonal = alt.Chart(line).mark_line(strokeDash=[4, 3], strokeWidth=1).encode(x="truth:Q", y="estimate:Q")
    x = alt.X("truth:Q", title="Truth (logits)")
    spans = (
        alt.Chart(frame)
        .mark_rule(opacity=0.5)
        .encode(x=x, y=alt.Y("lower:Q", title="Estimate"), y2="upper:Q")
    )
    dots = (
        alt.Chart(frame)
        .mark_point(filled=True, size=40)
        .encode(
            x=x,
            y="estimate:Q",
            color=alt.Color("model:N", title=None),
            tooltip=["model:N", "value:N", "truth:Q"],
        )
    )
    return alt.layer(diagonal, spans, dots).properties(width=width, height=width)
