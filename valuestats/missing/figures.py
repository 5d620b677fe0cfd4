"""Figures of answers that are missing: refusal rates, worst-case bounds, and what declared differences would do."""

from __future__ import annotations

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import capitalised, readable
from valuestats.figures.panels import panel_header
from valuestats.missing.levels import ALL
from valuestats.results.result import Result

_GREY = "#7a828c"


def _axis() -> alt.Axis:
    return alt.Axis(labelLimit=220, minExtent=150)


def refusal_chart(result: Result, *, width: int = 430) -> Figure:
    """A panel per factor: partially pooled rate of each level with its interval, and the raw rate as an open diamond."""
    factors = list(result.keys)
    top = float(result.estimates["upper"].max())
    panels = []
    for factor in factors:
        others = [f for f in factors if f != factor]
        frame = result.estimates
        frame = frame[(frame[others] == ALL).all(axis=1) & (frame[factor] != ALL)]
        frame = frame[[factor, "estimate", "lower", "upper", "raw_rate", "n_events", "n_asked"]].copy()
        frame["level_name"] = [readable(str(v)) for v in frame[factor]]
        top = float(max(frame["upper"].max(), frame["raw_rate"].max()))
        order = list(frame.sort_values("estimate", ascending=False)["level_name"])
        y = alt.Y("level_name:N", sort=order, title=None, axis=_axis())
        scale = alt.Scale(domain=[0, min(1.0, top * 1.04)], nice=False)
        x = alt.X("estimate:Q", title="Rate", scale=scale, axis=alt.Axis(format=".2~%", tickCount=6))
        kinds = ["partially pooled, with interval", "raw"]
        long = pd.concat(
            [
                frame[["level_name"]].assign(rate=frame["estimate"], kind=kinds[0]),
                frame[["level_name"]].assign(rate=frame["raw_rate"], kind=kinds[1]),
            ]
        ).dropna(subset="rate")
        base = alt.Chart(frame.drop(columns=factor))
        spans = base.mark_rule(strokeWidth=1.8).encode(x=alt.X("lower:Q", scale=scale), x2="upper:Q", y=y)
        dots = (
            alt.Chart(long)
            .mark_point(size=58, opacity=1, filled=False, strokeWidth=1.8)
            .encode(
                x=alt.X("rate:Q", title="Rate", scale=scale, axis=alt.Axis(format=".2~%", tickCount=6)),
                y=y,
                color=alt.Color(
                    "kind:N",
                    title=None,
                    scale=alt.Scale(domain=kinds, range=["#0072b2", "#d55e00"]),
                    legend=alt.Legend(orient="bottom", labelLimit=0),
                ),
                shape=alt.Shape(
                    "kind:N", title=None, scale=alt.Scale(domain=kinds, range=["circle", "diamond"])
                ),
            )
        )
        points = base.mark_point(opacity=0, size=120).encode(
            x=x,
            y=y,
            tooltip=[
                "level_name:N",
                *[alt.Tooltip(f"{c}:Q", format=".2%") for c in ("estimate", "lower", "upper", "raw_rate")],
                alt.Tooltip("n_events:Q", format=","),
                alt.Tooltip("n_asked:Q", format=","),
            ],
        )
        panel = alt.layer(spans, dots, points).properties(width=width, height=alt.Step(17))
        if len(factors) > 1:
            title = capitalised(readable(factor))
            panel = panel.properties(title=alt.TitleParams(title, anchor="start", fontSize=12))
        panels.append(panel)
    return alt.vconcat(*panels, spacing=14) if len(panels) > 1 else panels[0]


def bounds_chart(result: Result, *, dimension: str | None = None, width: int = 430) -> Figure:
    """Worst-case bounds as bars, the interval as a line beyond them, the answers' own estimate as a dot."""
    frame, dimension = _dimension(result, dimension)
    columns = ["model", "estimate", "bound_lower", "bound_upper", "lower", "upper", "n_scored", "n_asked"]
    frame = frame[columns]
    order = list(frame.sort_values("bound_lower", ascending=False)["model"])
    y = alt.Y("model:N", sort=order, title=None, axis=_axis())
    scale = alt.Scale(zero=False)
    title = f"{capitalised(result.estimates['estimand'].iloc[0])}, {readable(dimension)}"
    base = alt.Chart(frame)
    spans = base.mark_rule(strokeWidth=1.2).encode(
        x=alt.X("lower:Q", scale=scale, title=title), x2="upper:Q", y=y
    )
    bars = base.mark_bar(height=9, fillOpacity=0.45, color="#2b93c8", stroke="#2b93c8", strokeWidth=1).encode(
        x=alt.X("bound_lower:Q", scale=scale), x2="bound_upper:Q", y=y
    )
    dots = base.mark_point(filled=True, size=45, opacity=1).encode(
        x=alt.X("estimate:Q", scale=scale),
        y=y,
        tooltip=[
            "model:N",
            *[alt.Tooltip(f"{c}:Q", format=".3f") for c in columns[1:6]],
            *[alt.Tooltip(f"{c}:Q", format=",") for c in columns[6:]],
        ],
    )
    return alt.layer(spans, bars, dots).properties(width=width, height=alt.Step(17))


def sensitivity_curve(
    result: Result,
    *,
    dimension: str | None = None,
    models: list[str] | None = None,
    most: int = 4,
    width: int = 430,
) -> Figure:
    """The score over the declared difference of missing answers with its band; dashed lines are the worst-case bounds.

    Without `models` the `most` with the largest share of missing answers are drawn.
    """
    frame, dimension = _dimension(result, dimension)
    if models is None:
        missing = 1 - frame["n_scored"] / frame["n_asked"]
        models = list(frame.assign(missing=missing).groupby("model")["missing"].max().nlargest(most).index)
    frame = frame[frame["model"].isin(models)]
    shift = result.meta["specification"]["mechanism"] == "shift"
    title = (
        "Shift of the missing answers (logits)"
        if shift
        else "Coefficient of the answer in answering (logits)"
    )
    score = f"{capitalised(frame['estimand'].iloc[0])}, {readable(dimension)}"
    names = alt.Scale(domain=models)
    color = alt.Color(
        "model:N", title=None, scale=names, legend=alt.Legend(orient="bottom", labelLimit=0, columns=2)
    )
    x = alt.X("delta:Q", title=title, scale=alt.Scale(nice=False))
    y_scale = alt.Scale(zero=False)
    data = frame[["model", "delta", "estimate", "lower", "upper"]]
    ends = frame.drop_duplicates("model")[["model", "bound_lower", "bound_upper"]]
    ends = ends.melt("model", var_name="end", value_name="bound")
    band = (
        alt.Chart(data)
        .mark_area(opacity=1, fillOpacity=0.16, strokeWidth=1)
        .encode(
            x=x,
            y=alt.Y("lower:Q", scale=y_scale),
            y2="upper:Q",
            color=color,
            stroke=alt.Stroke("model:N", scale=names, legend=None),
        )
    )
    limits = (
        alt.Chart(ends)
        .mark_rule(strokeDash=[5, 4], strokeWidth=1.2)
        .encode(y=alt.Y("bound:Q", scale=y_scale), color=color)
    )
    lines = (
        alt.Chart(data)
        .mark_line(strokeWidth=2)
        .encode(x=x, y=alt.Y("estimate:Q", title=score, scale=y_scale), color=color)
    )
    marks = (
        alt.Chart(data)
        .mark_point(filled=True, size=32, opacity=1)
        .encode(
            x=x,
            y=alt.Y("estimate:Q", scale=y_scale),
            color=color,
            shape=alt.Shape("model:N", title=None, scale=names),
            tooltip=[
                "model:N",
                "delta:Q",
                *[alt.Tooltip(f"{c}:Q", format=".3f") for c in ("estimate", "lower", "upper")],
            ],
        )
    )
    middle = (
        alt.Chart(pd.DataFrame({"delta": [0.0]})).mark_rule(color=_GREY, strokeWidth=1).encode(x="delta:Q")
    )
    return alt.layer(middle, band, limits, lines, marks).properties(width=width, height=260)


def joint_chart(
    result: Result,
    *,
    dimension: str | None = None,
    models: list[str] | None = None,
    most: int = 6,
    width: int = 170,
) -> Figure:
    """A panel per model: the score over the declared coefficient with its interval, within its worst-case bounds in grey.

    The diamond at the right, where there is one, mixes the fits over the coefficient's prior. Without `models` the `most`
    with the largest share of missing answers are drawn.
    """
    frame, dimension = _dimension(result, dimension)
    frame = frame.dropna(subset="estimate")
    if models is None:
        missing = 1 - frame["n_scored"] / frame["n_asked"]
        models = list(frame.assign(missing=missing).groupby("model")["missing"].max().nlargest(most).index)
    frame = frame[frame["model"].isin(models)]
    known = frame["delta"].dropna()
    step = float(known.max() - known.min()) / max(known.nunique() - 1, 1) or 1.0
    ends = [float(known.min()), float(known.max())]
    data = frame[["model", "delta", "estimate", "lower", "upper", "bound_lower", "bound_upper"]].copy()
    data["mixed"] = data["delta"].isna()
    data["delta"] = data["delta"].fillna(ends[1] + 0.7 * step)
    right = ends[1] + (1.1 * step if bool(data["mixed"].any()) else 0.15 * step)
    data["left"], data["right"] = ends[0] - 0.15 * step, right
    x = alt.X(
        "delta:Q",
        title=["Log odds of answering", "per step of the answer"],
        scale=alt.Scale(domain=[ends[0] - 0.15 * step, right], nice=False),
        axis=alt.Axis(values=sorted(set(known)), format="~g"),
    )
    y = alt.Y("estimate:Q", title=f"Expected code, {readable(dimension)}", scale=alt.Scale(zero=False))
    base, grid = alt.Chart(data), "!datum.mixed"
    bounds = base.transform_filter("datum.delta == 0").mark_rect(
        color=_GREY, fillOpacity=0.16, stroke=_GREY, strokeWidth=1
    )
    band = base.transform_filter(grid).mark_area(
        opacity=1, fillOpacity=0.28, color="#0072b2", stroke="#0072b2", strokeWidth=1
    )
    spread = base.transform_filter("datum.mixed").mark_rule(strokeWidth=1.8, color="#d55e00")
    shown = [
        bounds.encode(x="left:Q", x2="right:Q", y=alt.Y("bound_lower:Q"), y2="bound_upper:Q"),
        band.encode(x=x, y=alt.Y("lower:Q"), y2="upper:Q"),
        base.transform_filter(grid).mark_line(strokeWidth=2, color="#0072b2").encode(x=x, y=y),
        spread.encode(x=x, y=alt.Y("lower:Q"), y2="upper:Q"),
        base.mark_point(filled=True, size=42, opacity=1).encode(
            x=x,
            y=y,
            color=alt.condition("datum.mixed", alt.value("#d55e00"), alt.value("#0072b2")),
            shape=alt.condition("datum.mixed", alt.value("diamond"), alt.value("circle")),
            tooltip=[
                "model:N",
                *[alt.Tooltip(f"{c}:Q", format=".3f") for c in ("estimate", "lower", "upper")],
                *[alt.Tooltip(f"{c}:Q", format=".3f") for c in ("bound_lower", "bound_upper")],
            ],
        ),
    ]
    panels = alt.layer(*shown).properties(width=width, height=150)
    facet = alt.Facet("model:N", title=None, header=panel_header(), sort=models)
    return panels.facet(facet=facet, columns=min(3, len(models)))


def _dimension(result: Result, dimension: str | None) -> tuple[pd.DataFrame, str]:
    frame = result.estimates
    chosen = str(frame["dimension"].iloc[0]) if dimension is None else dimension
    return frame[frame["dimension"] == chosen], chosen
