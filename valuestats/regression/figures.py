"""Ordinal regressions: coefficients, predictions, effects, and rootograms of their predictive checks."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from valuestats.base.errors import SpecificationError
from valuestats.base.figure import Figure
from valuestats.base.labels import readable
from valuestats.figures.panels import panel_rows
from valuestats.results.result import Result

_UNITS = {
    "probability": "Probability of the answer",
    "score": "Expected answer (scale points)",
    "slope": "Average slope on the answer scale",
    "difference": "Average difference on the answer scale",
    "ratio": "Ratio",
    "log ratio": "Log ratio",
    "lift": "Change as a share of where it began",
    "log odds ratio": "Log odds ratio",
}
_OF_CHOICES = {
    **_UNITS,
    "probability": "Probability to be taken",
    "difference": "Difference of the probability to be taken",
}
_OBSERVED, _EXPECTED = "#D55E00", "#0072B2"


def coefficient_chart(result: Result, *, part: str | None = None, width: int = 420) -> Figure:
    """Terms of an ordinal regression with their intervals.

    Parameters
    ----------
    result
        Of kind ``"ordinal_fit"``.
    part
        Which part of the model, e.g. ``"threshold"``; all but the thresholds if not given.
    width
        Width in pixels.
    """
    frame = result.estimates
    known = list(dict.fromkeys(frame["part"]))
    if part is not None and part not in known:
        raise SpecificationError(
            "no such part of the model in this result", parameter="part", got=part, expected=", ".join(known)
        )
    chosen = frame[frame["part"] == part] if part else frame[frame["part"] != "threshold"]
    chosen = frame if chosen.empty else chosen
    link = result.meta["specification"]["link"]
    return _intervals(chosen.assign(label=chosen["term"]), f"Estimate ({link} scale)", width, none=0.0)


def prediction_chart(result: Result, *, width: int = 420) -> Figure:
    """Predictions or effects with their intervals, along a curve as lines; the answer codes of probabilities in panels."""
    frame = result.estimates
    if "along" in result.meta["specification"]:
        return _curves(result, str(result.meta["specification"]["along"]), width)
    quantity = result.meta["specification"]["quantity"]
    rows = [k for k in result.keys if k != "code"]
    label = frame[rows].astype(str).agg(", ".join, axis=1) if rows else pd.Series("all", index=frame.index)
    none = None if quantity in ("probability", "score") else 1.0 if quantity == "ratio" else 0.0
    title = (_OF_CHOICES if result.kind.startswith("choice") else _UNITS)[quantity]
    return _intervals(frame.assign(label=label), title, width, none=none, panels="code" in result.keys)


def _curves(result: Result, along: str, width: int) -> Figure:
    """Predictions over the places of a curve, a line for each combination of the other keys."""
    spec, frame = result.meta["specification"], result.estimates
    others = [k for k in result.keys if k not in (along, "code")]
    data = frame[["estimate", "lower", "upper"]].assign(
        place=pd.to_numeric(frame[along]),
        series=frame[others].astype(str).agg(", ".join, axis=1) if others else "all",
    )
    if "code" in result.keys:
        data["code"] = "answer " + frame["code"].astype(str)
    title = _UNITS[spec["quantity"]]
    colour = alt.Color("series:N", title=None, legend=alt.Legend(orient="bottom") if others else None)
    base = alt.Chart(data).encode(x=alt.X("place:Q", title=readable(along), scale=alt.Scale(zero=False)))
    y = alt.Y("estimate:Q", title=title, scale=alt.Scale(zero=False))
    # Pale inside, so that lines are seen, with edges that stand out.
    band = base.mark_area(opacity=1, fillOpacity=0.2, strokeWidth=1).encode(
        y=alt.Y("lower:Q", title=title),
        y2="upper:Q",
        color=colour,
        stroke=alt.Stroke("series:N", legend=None),
    )
    line = base.mark_line(strokeWidth=2).encode(y=y, color=colour)
    dots = base.mark_point(filled=True, size=28, opacity=1).encode(
        y=y,
        color=colour,
        tooltip=[
            alt.Tooltip("series:N", title=", ".join(map(readable, others)) or "answers"),
            alt.Tooltip("place:Q", title=readable(along)),
            *(alt.Tooltip(f"{c}:Q", format=".3f") for c in ("estimate", "lower", "upper")),
        ],
    )
    drawn = alt.layer(band, line, dots).properties(width=width, height=220 if "code" not in data else 110)
    if "code" not in data:
        return drawn
    return drawn.facet(**panel_rows("code"))


def _intervals(
    frame: pd.DataFrame, title: str, width: int, *, none: float | None, panels: bool = False
) -> Figure:
    columns = ["label", "estimate", "lower", "upper", *(["code"] if panels else [])]
    data = frame[columns].copy()
    data["label"] = data["label"].astype(str)
    if panels:
        data["code"] = "answer " + data["code"].astype(str)
    order = list(dict.fromkeys(data["label"]))
    y = alt.Y("label:N", sort=order, title=None, axis=alt.Axis(labelLimit=260))
    scale = alt.Scale(zero=False)
    base = alt.Chart(data)
    bars = base.mark_rule(strokeWidth=1.8).encode(
        x=alt.X("lower:Q", title=title, scale=scale), x2="upper:Q", y=y
    )
    dots = base.mark_point(filled=True, size=50, opacity=1).encode(
        x=alt.X("estimate:Q", title=title, scale=scale),
        y=y,
        tooltip=[
            alt.Tooltip("label:N", title="Term"),
            alt.Tooltip("estimate:Q", format="+.3f"),
            alt.Tooltip("lower:Q", format="+.3f"),
            alt.Tooltip("upper:Q", format="+.3f"),
        ],
    )
    layers = [bars, dots]
    if none is not None:
        rule = base.mark_rule(strokeDash=[3, 3], color="#888").encode(x=alt.datum(none))
        layers.insert(0, rule)
    drawn = alt.layer(*layers).properties(width=width, height=alt.Step(18))
    if not panels:
        return drawn
    return drawn.facet(**panel_rows("code"))


def rootogram_chart(frame: pd.DataFrame, *, most: int = 24, columns: int = 4, width: int = 130) -> Figure:
    """Hanging-free rootograms: square roots of observed counts over the replicates' interval, a panel per group.

    Parameters
    ----------
    frame
        What `valuestats.regression.checks.rootogram` gave.
    most
        At most so many groups are drawn: those with most categories outside their interval, in order of their names.
    columns
        Panels beside each other.
    width
        Width of a panel in pixels.
    """
    worst = frame.groupby("group", sort=False)["outside"].sum().sort_values(ascending=False, kind="stable")
    shown = set(worst.index[:most])
    chosen = [g for g in worst.sort_index().index if g in shown]
    data = frame[frame["group"].isin(chosen)].copy()
    data["group"], data["code"] = data["group"].astype(str), data["code"].astype(str)
    for name in ("observed", "expected", "lower", "upper"):
        data[f"root_{name}"] = np.sqrt(data[name].astype(float))
    data["fit"] = np.where(data["outside"], "outside the interval", "inside the interval")
    title = "√ answers"
    x = alt.X("code:N", title="answer", axis=alt.Axis(labelAngle=0), sort=None)
    base = alt.Chart(data)
    bars = base.mark_bar(color="#2b93c8", fillOpacity=0.35, stroke="#2b93c8", strokeWidth=1, size=14).encode(
        x=x, y=alt.Y("root_expected:Q", title=title)
    )
    spans = base.mark_rule(strokeWidth=2.2, color=_EXPECTED).encode(
        x=x, y=alt.Y("root_lower:Q", title=title), y2="root_upper:Q"
    )
    dots = base.mark_point(filled=True, size=46, opacity=1).encode(
        x=x,
        y=alt.Y("root_observed:Q", title=title),
        color=alt.Color(
            "fit:N",
            title="observed",
            scale=alt.Scale(
                domain=["inside the interval", "outside the interval"], range=["#8a6fd1", _OBSERVED]
            ),
            legend=alt.Legend(orient="bottom"),
        ),
        tooltip=[
            alt.Tooltip("group:N"),
            alt.Tooltip("code:N", title="answer"),
            alt.Tooltip("observed:Q", format=",.0f"),
            alt.Tooltip("expected:Q", format=",.1f"),
            alt.Tooltip("lower:Q", format=",.0f"),
            alt.Tooltip("upper:Q", format=",.0f"),
        ],
    )
    header = alt.Header(labelFontWeight="bold")
    return (
        alt.layer(bars, spans, dots)
        .properties(width=width, height=110)
        .facet(facet=alt.Facet("group:N", sort=chosen, title=None, header=header), columns=columns)
    )


def prior_shares_chart(frame: pd.DataFrame, *, width: int = 120) -> Figure:
    """Category shares that the threshold prior gives, from `prior_shares`: medians and 50 and 90% intervals."""
    base = alt.Chart(frame.assign(code=frame["code"].astype(str)))
    x = alt.X("code:N", title="answer", axis=alt.Axis(labelAngle=0), sort=None)
    wide = base.mark_bar(size=14, color="#c6dbef").encode(
        x=x, y=alt.Y("q05:Q", title="share", scale=alt.Scale(domain=[0, 1])), y2="q95:Q"
    )
    narrow = base.mark_bar(size=14, color="#6baed6").encode(x=x, y="q25:Q", y2="q75:Q")
    dots = base.mark_tick(thickness=2, size=14, color="#7a828c").encode(x=x, y="q50:Q")
    header = alt.Header(labelFontWeight="bold")
    return (
        alt.layer(wide, narrow, dots)
        .properties(width=width, height=130)
        .facet(
            facet=alt.Facet("prior:N", sort=list(frame["prior"].unique()), title=None, header=header),
            columns=5,
        )
    )


def prior_consequences_chart(frame: pd.DataFrame, *, width: int = 300) -> Figure:
    """What each prior holds for likely, from `prior_consequences`: medians and 50 and 90% intervals, a panel each."""
    panels = []
    for part in frame["part"].unique():
        own = frame[frame["part"] == part]
        quantity = str(own["quantity"].iloc[0])
        factors = quantity.startswith(("factor", "larger"))
        scale = alt.Scale(type="log") if factors else alt.Scale(zero=True)
        base = alt.Chart(own)
        y = alt.Y("priors:N", title=None, sort=None)
        x = alt.X("q05:Q", title=quantity, scale=scale)
        wide = base.mark_bar(size=12, color="#c6dbef").encode(y=y, x=x, x2="q95:Q")
        narrow = base.mark_bar(size=12, color="#6baed6").encode(
            y=y, x=alt.X("q25:Q", scale=scale), x2="q75:Q"
        )
        middle = base.mark_tick(thickness=2, size=12, color="#7a828c").encode(
            y=y, x=alt.X("q50:Q", scale=scale)
        )
        panels.append(
            alt.layer(wide, narrow, middle).properties(
                width=width, height=alt.Step(18), title=alt.Title(str(part), anchor="start")
            )
        )
    pairs = [alt.hconcat(*panels[k : k + 2], spacing=24) for k in range(0, len(panels), 2)]
    return alt.vconcat(*pairs, spacing=14)


def predictive_chart(shares: pd.DataFrame, *, width: int = 380) -> Figure:
    """Share of each answer category by model: observed against predicted, with the 95% predictive interval.

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
        .mark_rule()
        .encode(x=x, y=alt.Y("lower:Q", title="Predicted share", axis=alt.Axis(format="%")), y2="upper:Q")
    )
    dots = (
        alt.Chart(frame)
        .mark_point(filled=True, size=30, opacity=1)
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
