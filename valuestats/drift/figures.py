"""Figures of drift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.drift.drift import AVERAGE
from valuestats.drift.places import step_axis
from valuestats.drift.response import AVERAGE as AVERAGE_OF_BOTH
from valuestats.drift.response import OPINION, RATE, RESPONSE, SELECTION
from valuestats.drift.stances import ANSWERED, MEAN
from valuestats.drift.times import MAGNITUDE, TIMES, VARIATION
from valuestats.figures.intervals import interval_rows
from valuestats.figures.panels import panel_header
from valuestats.results.marks import signed_frame
from valuestats.results.result import Result
from valuestats.results.verdicts import SILENT


def drift_chart(result: Result, *, width: int = 430) -> Figure:
    """Change of each share with its interval and, below, when it set in and settled."""
    spec = result.meta["specification"]
    frame = signed_frame(result).dropna(subset="estimate")
    frame = frame.assign(told=~frame["sign"].isin(SILENT))
    series = (
        frame[result.keys[0]].astype(str) if len(result.keys) == 3 else pd.Series("all", index=frame.index)
    )
    far = frame["measure"].isin([MAGNITUDE, VARIATION])
    names = frame["stance"].where(frame["measure"] != VARIATION, VARIATION)
    parts = []
    mean = frame["measure"] == AVERAGE
    if mean.any():
        parts.append(
            interval_rows(
                frame[mean].assign(row=MEAN, series=series[mean]),
                order=[MEAN],
                title="Change of the mean answer",
                zero=True,
                width=width,
            )
        )
    parts.append(
        interval_rows(
            frame[far].assign(row=names[far], series=series[far]),
            order=list(dict.fromkeys(names[far])),
            title="Change of the share",
            zero=True,
            width=width,
        )
    )
    when = frame["measure"].isin(TIMES)
    if when.any():
        label = frame["measure"] + ": " + frame["stance"]
        parts.append(
            interval_rows(
                frame[when].assign(row=label[when], series=series[when]),
                order=list(dict.fromkeys(label[when])),
                title="Place on the axis",
                zero=False,
                width=width,
                axis=step_axis(spec),
            )
        )
    return parts[0] if len(parts) == 1 else alt.vconcat(*parts)


def response_chart(result: Result, *, width: int = 430) -> Figure:
    """Change of response, and for each stance the parts of response, of who answers and of opinion."""
    every = signed_frame(result).dropna(subset="estimate")
    every = every.assign(told=~every["sign"].isin(SILENT))
    frame, mean = (
        every[every["part"].isin([RATE, RESPONSE, SELECTION, OPINION])],
        every[every["part"] == AVERAGE_OF_BOTH],
    )
    names = (
        every[result.keys[0]].astype(str) + ": "
        if len(result.keys) == 3
        else pd.Series("", index=every.index)
    )
    rows = names[frame.index] + frame["stance"].where(frame["part"] != RATE, RATE)
    drawn = interval_rows(
        frame.assign(row=rows, series=frame["part"]),
        order=list(dict.fromkeys(rows)),
        title="Change of the share of all asked",
        zero=True,
        width=width,
    )
    if mean.empty:
        return drawn
    rows = names[mean.index] + "mean"
    above = interval_rows(
        mean.assign(row=rows, series=mean["part"]),
        order=list(rows),
        title="Change of the mean of what both answered",
        zero=True,
        width=width,
    )
    return alt.vconcat(above, drawn).resolve_scale(color="independent", shape="independent")


def change_chart(result: Result, *, groups: Sequence[str] | None = None, width: int = 430) -> Figure:
    """Shares (or means) at each step, the segments that they fall into, and below how likely each step begins a new one.

    Parameters
    ----------
    result
        Of `valuestats.change_points`.
    groups
        Groups that are shown; all where omitted.
    width
        In pixels.
    """
    by = result.meta["specification"]["by"]
    curves = pd.DataFrame(result.meta["curves"])
    places = pd.DataFrame(result.meta["places"])
    shown = [None] if by is None else [g for g in dict.fromkeys(curves[by]) if groups is None or g in groups]
    panels = []
    spec = result.meta["specification"]
    span = curves.loc[curves[by].isin(shown) if by is not None else slice(None), ["share", "fitted"]]
    ends = (float(span.min().min()), float(span.max().max()))  # the same for all groups
    for group in shown:
        own, chance = (x if group is None else x[x[by] == group] for x in (curves, places))
        panels.append(_changes(own, chance, "" if group is None else str(group), width, spec, ends))
    return panels[0] if len(panels) == 1 else alt.vconcat(*panels)


def _changes(
    curves: pd.DataFrame,
    places: pd.DataFrame,
    title: str,
    width: int,
    spec: Mapping[str, Any],
    ends: tuple[float, float],
) -> alt.VConcatChart:
    names = list(dict.fromkeys(curves["stance"]))
    legend = alt.Legend(orient="bottom", columns=4) if len(names) > 1 else None
    colour = alt.Color("stance:N", title=None, scale=alt.Scale(domain=names), legend=legend)
    mean = names == [MEAN]
    x = alt.X("place:Q", title=None, scale=alt.Scale(nice=False, padding=12), axis=step_axis(spec))
    y = alt.Y(
        "share:Q",
        title="Mean answer" if mean else "Share that answered" if names == [ANSWERED] else "Share",
        axis=alt.Axis() if mean else alt.Axis(format=".0%"),
        scale=alt.Scale(domain=list(ends), zero=False, nice=True),
    )
    tips = [
        alt.Tooltip("step:N", title="Step"),
        alt.Tooltip("stance:N", title="Stance"),
        alt.Tooltip("share:Q", title="Mean" if mean else "Share", format=".2f" if mean else ".1%"),
    ]
    base = alt.Chart(curves)
    dots = base.mark_point(filled=True, size=32, opacity=1).encode(x=x, y=y, color=colour, tooltip=tips)
    lines = base.mark_line(interpolate="step-after", strokeWidth=2).encode(x=x, y="fitted:Q", color=colour)
    bars = (
        alt.Chart(places)
        .mark_bar(width=6)
        .encode(
            x=alt.X("place:Q", title="Step", scale=alt.Scale(nice=False, padding=12), axis=step_axis(spec)),
            y=alt.Y(
                "probability:Q",
                title="Chance of change",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(values=[0, 0.5, 1]),
            ),
            tooltip=[
                alt.Tooltip("step:N", title="Step"),
                alt.Tooltip("probability:Q", title="Chance of a change here", format=".2f"),
            ],
        )
        .properties(width=width, height=60)
    )
    return alt.vconcat((dots + lines).properties(width=width, height=190, title=title), bars).resolve_scale(
        x="shared"
    )


def trend_chart(result: Result, *, width: int = 430) -> Figure:
    """Change of each share along its fitted line, from the first step to the last; of the mean above, where there is one."""
    frame = signed_frame(result).dropna(subset="estimate")
    frame = frame.assign(told=~frame["sign"].isin(SILENT))
    at = result.meta["specification"]["at"]
    ends = frame[["estimate", "lower", "upper"]] * (at[-1] - at[0])
    series = (
        frame[result.keys[0]].astype(str) if len(result.keys) == 2 else pd.Series("all", index=frame.index)
    )
    shown = frame.assign(**ends, row=frame["stance"], series=series)
    parts = [
        interval_rows(own, order=list(dict.fromkeys(own["row"])), title=title, zero=True, width=width)
        for own, title in (
            (shown[shown["row"] == MEAN], "Change of the mean along the fitted line"),
            (shown[shown["row"] != MEAN], "Change along the fitted line"),
        )
        if len(own)
    ]
    return parts[0] if len(parts) == 1 else alt.vconcat(*parts)


def curve_chart(
    result: Result, *, stances: Sequence[str] | None = None, columns: int = 2, width: int = 300
) -> Figure:
    """Curves of shares with their bands, and the raw shares as dots; groups in panels.

    Parameters
    ----------
    result
        Of `valuestats.stance_curve`.
    stances
        Stances that are shown; all shares where omitted.
    columns
        Panels beside each other.
    width
        Of a panel, in pixels.
    """
    by, frame = result.meta["specification"]["by"], result.estimates
    names = [s for s in dict.fromkeys(frame["stance"]) if s != MEAN]
    shown = names if stances is None else [s for s in names if s in stances]
    data = frame[frame["stance"].isin(shown)].drop(columns=["estimand", "interval"])
    if by is None:
        return _curve(data, shown, width, result.meta["specification"])
    order = list(dict.fromkeys(data[by]))
    if len(order) % columns and len(order) > columns:  # no empty place beside the last panel
        columns = next((c for c in (columns, 3, 2) if len(order) % c == 0), 1)
    drawn = _curve(data, shown, width if columns < 3 else 2 * width // 3, result.meta["specification"])
    return drawn.facet(
        facet=alt.Facet(f"{by}:N", title=None, sort=order, header=panel_header()), columns=columns
    )


def _curve(data: pd.DataFrame, names: Sequence[str], width: int, spec: Mapping[str, Any]) -> alt.LayerChart:
    colour = alt.Color(
        "stance:N",
        title=None,
        scale=alt.Scale(domain=list(names)),
        legend=alt.Legend(orient="bottom", columns=4) if len(names) > 1 else None,
    )
    x = alt.X("place:Q", title="Step", scale=alt.Scale(nice=False, padding=8), axis=step_axis(spec))
    top = alt.Axis(format=".0%")
    base = alt.Chart(data)
    # Pale inside, so that curves are seen, with edges that stand out.
    edge = alt.Stroke("stance:N", scale=alt.Scale(domain=list(names)), legend=None)
    band = base.mark_area(opacity=1, fillOpacity=0.2, strokeWidth=1).encode(
        x=x, y=alt.Y("lower:Q", title="Share", axis=top), y2="upper:Q", color=colour, stroke=edge
    )
    line = base.mark_line(strokeWidth=2.2).encode(x=x, y=alt.Y("estimate:Q", title="Share"), color=colour)
    dots = base.mark_point(filled=False, size=30, opacity=1, strokeWidth=1.4).encode(
        x=x,
        y=alt.Y("raw:Q", title="Share"),
        color=colour,
        tooltip=[
            alt.Tooltip("step:N", title="Step"),
            alt.Tooltip("stance:N", title="Stance"),
            alt.Tooltip("raw:Q", title="Raw share", format=".1%"),
            *(alt.Tooltip(f"{c}:Q", title=t, format=".1%") for c, t in
              (("estimate", "Curve"), ("lower", "From"), ("upper", "To"))),
        ],
    )  # fmt: skip
    return (band + line + dots).properties(width=width, height=190)
