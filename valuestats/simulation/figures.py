"""Figures that hold numbers against what they should be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import readable
from valuestats.results.result import Result
from valuestats.simulation.recovery import true_profiles


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
    spans = alt.Chart(frame).mark_rule().encode(x=x, y=alt.Y("lower:Q", title="Estimate"), y2="upper:Q")
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
