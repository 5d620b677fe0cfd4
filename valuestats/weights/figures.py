"""Figures of weights."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import readable
from valuestats.figures.intervals import interval_rows
from valuestats.figures.theme import SHAPES
from valuestats.results.result import Result
from valuestats.weights.classes import MEMBERSHIP
from valuestats.weights.curve import ACCURACY, AGAINST

NAMES = {"free": "fitted weights", "nonnegative": "none below zero", "mean": "plain mean"}


def weight_chart(result: Result, *, width: int = 460) -> Figure:
    """Weights with their intervals, from the highest."""
    frame = result.estimates.sort_values("estimate", ascending=False)
    simplex = result.meta["specification"]["constraint"] == "simplex"
    return interval_rows(
        frame.assign(row=frame["feature"], series="all"),
        order=frame["feature"].tolist(),
        title="Share of the weights" if simplex else "Weight (logits)",
        zero=True,
        width=width,
    )


def curve_chart(result: Result, *, measure: str = ACCURACY, width: int = 460, height: int = 280) -> Figure:
    """A measure by the number of choices learnt from, with corrected intervals; dashed what guessing scores."""
    frame = result.estimates
    frame = frame[(frame["measure"] == measure) & ~frame["method"].str.endswith(AGAINST)]
    names = [NAMES[m] for m in result.meta["specification"]["methods"]]
    shift = {name: 1.05 ** (k - (len(names) - 1) / 2) for k, name in enumerate(names)}
    shown = frame.assign(name=frame["method"].map(NAMES))
    shown = shown.assign(at=shown["size"] * shown["name"].map(shift))
    shown = shown[["at", "size", "name", "estimate", "lower", "upper", "baseline"]]
    axis = alt.Axis(values=sorted(shown["size"].unique().tolist()), format=",.0f")
    x = alt.X(
        "at:Q", title="Choices learnt from", scale=alt.Scale(type="log", nice=False, padding=14), axis=axis
    )
    title = f"Held-out {measure}"
    y = alt.Y("estimate:Q", title=title, scale=alt.Scale(zero=False))
    colour = alt.Color(
        "name:N", title=None, scale=alt.Scale(domain=names), legend=alt.Legend(orient="bottom")
    )
    shape = alt.Shape("name:N", title=None, scale=alt.Scale(domain=names, range=list(SHAPES[: len(names)])))
    base = alt.Chart(shown)
    return alt.layer(
        base.mark_rule(strokeDash=[3, 3]).encode(y=alt.Y("mean(baseline):Q", title=title)),
        base.mark_line(strokeWidth=1.5).encode(x=x, y=y, color=colour),
        base.mark_rule().encode(x=x, y=alt.Y("lower:Q", title=title), y2="upper:Q", color=colour),
        base.mark_point(filled=True, size=46).encode(x=x, y=y, color=colour, shape=shape),
    ).properties(width=width, height=height)


def class_chart(result: Result, *, width: int = 430) -> Figure:
    """Weights by class, each divided by the largest absolute weight of its feature."""
    shown = ~result.estimates["feature"].str.startswith(("share", MEMBERSHIP))
    frame = result.estimates[shown].copy()
    size = frame.groupby("feature")["estimate"].transform(lambda v: np.abs(v).max())
    for column in ("estimate", "lower", "upper"):
        frame[column] = frame[column] / size
    return interval_rows(
        frame.assign(row=frame["feature"], series=frame["class"]),
        order=list(dict.fromkeys(frame["feature"])),
        title="Weight over the largest of its feature",
        zero=True,
        width=width,
    )


def trade_off_chart(result: Result, *, width: int = 430) -> Figure:
    """One ratio, three intervals."""
    frame = result.estimates.replace([np.inf, -np.inf], np.nan).dropna(subset=["lower", "upper"])
    spec = result.meta["specification"]
    return interval_rows(
        pd.DataFrame(frame).assign(row=frame["method"], series="all"),
        order=frame["method"].tolist(),
        title=f"{readable(spec['of'])} per {readable(spec['per'])}",
        zero=False,
        width=width,
    )


def mixed_chart(result: Result, *, width: int = 430) -> Figure:
    """Mean weights of features and their spread over units, each over the absolute mean of its feature."""
    frame = result.estimates.copy()
    mean = frame[frame["part"] == "mean"].set_index("feature")["estimate"].abs()
    size = frame["feature"].map(mean)
    for column in ("estimate", "lower", "upper"):
        frame[column] = frame[column] / size
    return interval_rows(
        frame.assign(
            row=frame["feature"], series=frame["part"].map({"mean": "mean", "spread": "spread over people"})
        ),
        order=list(dict.fromkeys(frame["feature"])),
        title="Weight over the mean of its feature",
        zero=True,
        width=width,
    )


def measures_chart(result: Result, *, width: int = 430) -> Figure:
    """Measures of value systems: by held-out choices with intervals, and as they look in sample."""
    frame = result.estimates.dropna(subset="estimate")
    rows = [m if s == "all" else f"{m}, {s}" for m, s in zip(frame["measure"], frame["system"], strict=True)]
    frame = frame.assign(row=[r[0].upper() + r[1:] for r in rows])
    seen = frame.assign(
        series="in sample", estimate=frame["in_sample"], lower=frame["in_sample"], upper=frame["in_sample"]
    )
    return interval_rows(
        pd.concat([frame.assign(series="choices held out"), seen], ignore_index=True),
        order=frame["row"].tolist(),
        title="Share (Dunn index: ratio)",
        zero=True,
        width=width,
    )


def style_chart(result: Result, *, width: int = 430) -> Figure:
    """What features add without a control of style, with a linear one, and cross-fitted."""
    frame = result.estimates
    return interval_rows(
        frame.assign(row=frame["feature"], series=frame["method"]),
        order=list(dict.fromkeys(frame["feature"])),
        title="Probability to be preferred, per unit",
        zero=True,
        width=width,
    )
