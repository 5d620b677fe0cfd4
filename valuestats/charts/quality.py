"""Quality of the measurement: statuses, keys against chance, published against recomputed, predictive checks."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from valuestats.charts.types import Figure
from valuestats.labels import readable
from valuestats.result import Result
from valuestats.tables import STATUSES


def status_chart(counts: pd.DataFrame, *, width: int = 460) -> alt.Chart:
    """Answers that could not be scored, by model and reason, from ``Responses.status_counts("model")``."""
    wide = counts.rename_axis("model").reset_index()
    long = wide.melt(id_vars=["model", "asked"], value_vars=[s for s in STATUSES if s != "valid"])
    long = long.rename(columns={"variable": "status", "value": "answers"})
    long = long[long["answers"] > 0].copy()
    long["model"] = long["model"].astype(str)
    long["status"] = long["status"].str.replace("_", " ")
    order = list(long.groupby("model")["answers"].sum().sort_values(ascending=False).index)
    return (
        alt.Chart(long)
        .mark_bar()
        .encode(
            x=alt.X("answers:Q", title="Answers that could not be scored"),
            y=alt.Y("model:N", sort=order, title=None, axis=alt.Axis(labelLimit=230)),
            color=alt.Color("status:N", title=None, legend=alt.Legend(orient="bottom")),
            tooltip=["model:N", "status:N", "answers:Q", alt.Tooltip("asked:Q", title="asked")],
        )
        .properties(width=width, height=alt.Step(16))
    )


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
        .mark_bar(opacity=0.85)
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
    """Items keyed to each value against the number that chance alone would key, with its 95 % range."""
    found = keyed[keyed["family"] == family]["dimension"].value_counts()
    frame = chance[(chance["family"] == family) & (chance["dimension"] != "(all)")].copy()
    frame["keyed"] = found.reindex(frame["dimension"]).fillna(0).to_numpy()
    frame["value"] = [readable(d) for d in frame["dimension"]]
    order = list(frame.sort_values("keyed", ascending=False)["value"])
    y = alt.Y("value:N", sort=order, title=None, axis=alt.Axis(labelLimit=160))
    band = (
        alt.Chart(frame)
        .mark_bar(height=11, opacity=0.35)
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


def agreement_chart(table: pd.DataFrame, *, width: int = 420) -> Figure:
    """Published against recomputed centred scores; what differs stands out."""
    frame = table[table["quantity"].str.startswith("centred score") & table["recomputed"].notna()].copy()
    frame["status"] = np.where(frame["verdict"] == "reproduced", "reproduced to 1e-9", "differs")
    low = float(frame[["published", "recomputed"]].min().min())
    high = float(frame[["published", "recomputed"]].max().max())
    line = pd.DataFrame({"x": [low, high], "y": [low, high]})
    diagonal = alt.Chart(line).mark_line(strokeDash=[3, 3], strokeWidth=1).encode(x="x:Q", y="y:Q")
    dots = (
        alt.Chart(frame[["published", "recomputed", "status", "group", "quantity"]])
        .mark_point(filled=True, size=26, opacity=0.7)
        .encode(
            x=alt.X("published:Q", title="Published centred score"),
            y=alt.Y("recomputed:Q", title="Recomputed"),
            color=alt.Color("status:N", title=None, legend=alt.Legend(orient="bottom")),
            shape=alt.Shape("status:N", title=None),
            tooltip=["quantity:N", "group:N", "published:Q", "recomputed:Q"],
        )
    )
    return alt.layer(diagonal, dots).properties(width=width, height=300)


def predictive_chart(shares: pd.DataFrame, *, width: int = 380) -> Figure:
    """Share of each answer category by model: observed against predicted, with the 95 % predictive interval.

    `shares` has ``label, code, observed, predicted, lower, upper``; points off the diagonal by more than their
    interval are answers that the fitted model does not describe.
    """
    frame = shares[["label", "code", "observed", "predicted", "lower", "upper"]].astype({"label": str})
    top = float(frame[["observed", "upper"]].max().max())
    line = pd.DataFrame({"predicted": [0.0, top], "observed": [0.0, top]})
    diagonal = (
        alt.Chart(line).mark_line(strokeDash=[4, 3], strokeWidth=1).encode(x="observed:Q", y="predicted:Q")
    )
    x = alt.X("observed:Q", title="Observed share of a model's answers", axis=alt.Axis(format="%"))
    spans = (
        alt.Chart(frame)
        .mark_rule(opacity=0.5)
        .encode(x=x, y=alt.Y("lower:Q", title="Predicted share", axis=alt.Axis(format="%")), y2="upper:Q")
    )
    dots = (
        alt.Chart(frame)
        .mark_point(filled=True, size=30, opacity=0.85)
        .encode(
            x=x,
            y="predicted:Q",
            color=alt.Color("code:N", title="Answer", legend=alt.Legend(orient="bottom")),
            tooltip=[
                alt.Tooltip("label:N", title="model"),
                alt.Tooltip("code:N", title="answer"),
                alt.Tooltip("observed:Q", format=".3f"),
                alt.Tooltip("predicted:Q", format=".3f"),
            ],
        )
    )
    return alt.layer(diagonal, spans, dots).properties(width=width, height=320)
