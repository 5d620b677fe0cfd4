"""Figure of the page: each model's values beside what a flat model would show."""

from __future__ import annotations

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.figures.theme import PALETTE


def flat_chart(counts: pd.DataFrame, flatness: pd.DataFrame, *, width: int = 470) -> Figure:
    """A row per model: its values as dots, the band in which all of them lie if the model likes every value alike."""
    frame = counts.assign(rate=100 * counts["yes"] / counts["n"]).merge(
        flatness[["model", "mean", "band"]], on="model"
    )
    frame["outside"] = (frame["rate"] - frame["mean"]).abs() > frame["band"]
    frame["where"] = frame["outside"].map({True: "outside the band", False: "within it"})
    bands = flatness.assign(low=flatness["mean"] - flatness["band"], high=flatness["mean"] + flatness["band"])
    bands["high"] = bands["high"].clip(upper=100)
    order = flatness.sort_values("p", ascending=True)["model"].tolist()
    y = alt.Y("model:N", sort=order, title=None, axis=alt.Axis(labelLimit=180))
    scale = alt.Scale(domain=[20, 100], nice=False)
    x = alt.X("rate:Q", title="Screenshots that the model likes (%)", scale=scale)
    band = (
        alt.Chart(bands[["model", "low", "high"]])
        .mark_bar(fillOpacity=0.25, height=18, color=PALETTE[7], stroke=PALETTE[7], strokeWidth=1)
        .encode(x=alt.X("low:Q", title="Screenshots that the model likes (%)", scale=scale), x2="high:Q", y=y)
    )
    colour = alt.Color(
        "where:N",
        title=None,
        scale=alt.Scale(domain=["outside the band", "within it"], range=[PALETTE[1], PALETTE[0]]),
        legend=alt.Legend(orient="bottom"),
    )
    shape = alt.Shape(
        "where:N",
        title=None,
        scale=alt.Scale(domain=["outside the band", "within it"], range=["diamond", "circle"]),
        legend=alt.Legend(orient="bottom"),
    )
    shown = frame[["model", "value", "rate", "where"]]
    dots = (
        alt.Chart(shown)
        .mark_point(filled=True, size=55, opacity=1)
        .encode(
            x=x,
            y=y,
            color=colour,
            shape=shape,
            tooltip=[alt.Tooltip("model:N"), alt.Tooltip("value:N"), alt.Tooltip("rate:Q", format=".0f")],
        )
    )
    names = (
        alt.Chart(shown[shown["where"] == "outside the band"])
        .mark_text(dy=-13, fontSize=11)
        .encode(x=x, y=y, text="value:N")
    )
    return alt.layer(band, dots, names).properties(width=width, height=alt.Step(38))
