"""Figures of drift."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.drift.drift import MAGNITUDE, TIMES, VARIATION
from valuestats.drift.response import OPINION, RATE, RESPONSE, SELECTION
from valuestats.drift.stance_curve import MEAN
from valuestats.figures.intervals import interval_rows
from valuestats.figures.panels import panel_header
from valuestats.results.result import Result


def drift_chart(result: Result, *, width: int = 430) -> Figure:
    """Change of each share with its interval and, below, when it set in and settled."""
    frame = result.estimates.dropna(subset="estimate")
    series = (
        frame[result.keys[0]].astype(str) if len(result.keys) == 3 else pd.Series("all", index=frame.index)
    )
    far = frame["measure"].isin([MAGNITUDE, VARIATION])
    names = frame["stance"].where(frame["measure"] != VARIATION, VARIATION)
    parts = [
        interval_rows(
            frame[far].assign(row=names[far], series=series[far]),
            order=list(dict.fromkeys(names[far])),
            title="Change of the share",
            zero=True,
            width=width,
        )
    ]
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
            )
        )
    return parts[0] if len(parts) == 1 else alt.vconcat(*parts)


def response_chart(result: Result, *, width: int = 430) -> Figure:
    """Change of response, and for each stance the parts of response, of who answers and of opinion."""
    frame = result.estimates[result.estimates["part"].isin([RATE, RESPONSE, SELECTION, OPINION])]
    frame = frame.dropna(subset="estimate")
    group = frame[result.keys[0]].astype(str) + ": " if len(result.keys) == 3 else ""
    rows = group + frame["stance"].where(frame["part"] != RATE, RATE)
    return interval_rows(
        frame.assign(row=rows, series=frame["part"]),
        order=list(dict.fromkeys(rows)),
        title="Change of the share of all asked",
        zero=True,
        width=width,
    )


def change_chart(result: Result, *, groups: Sequence[str] | None = None, width: int = 430) -> Figure:
    """Shares at each step, the segments that they fall into, and below how likely each step begins a new one.

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
    for group in shown:
        own, chance = (x if group is None else x[x[by] == group] for x in (curves, places))
        panels.append(_changes(own, chance, "" if group is None else str(group), width))
    return panels[0] if len(panels) == 1 else alt.vconcat(*panels)


def _changes(curves: pd.DataFrame, places: pd.DataFrame, title: str, width: int) -> alt.VConcatChart:
    names = list(dict.fromkeys(curves["stance"]))
    colour = alt.Color(
        "stance:N", title=None, scale=alt.Scale(domain=names), legend=alt.Legend(orient="bottom", columns=4)
    )
    x = alt.X("place:Q", title=None, scale=alt.Scale(nice=False, padding=12))
    y = alt.Y("share:Q", title="Share", axis=alt.Axis(format=".0%"))
    tips = [
        alt.Tooltip("step:N", title="Step"),
        alt.Tooltip("stance:N", title="Stance"),
        alt.Tooltip("share:Q", title="Share", format=".1%"),
    ]
    base = alt.Chart(curves)
    dots = base.mark_point(filled=True, size=32, opacity=1).encode(x=x, y=y, color=colour, tooltip=tips)
    lines = base.mark_line(interpolate="step-after", strokeWidth=2).encode(x=x, y="fitted:Q", color=colour)
    bars = (
        alt.Chart(places)
        .mark_bar(width=6)
        .encode(
            x=alt.X("place:Q", title="Step", scale=alt.Scale(nice=False, padding=12)),
            y=alt.Y(
                "probability:Q",
                title="New segment",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(values=[0, 0.5, 1]),
            ),
            tooltip=[
                alt.Tooltip("step:N", title="Step"),
                alt.Tooltip("probability:Q", title="New segment starts here", format=".2f"),
            ],
        )
        .properties(width=width, height=60)
    )
    return alt.vconcat((dots + lines).properties(width=width, height=190, title=title), bars).resolve_scale(
        x="shared"
    )


def trend_chart(result: Result, *, width: int = 430) -> Figure:
    """Change of each share along its fitted line, from the first step to the last."""
    frame = result.estimates.dropna(subset="estimate")
    at = result.meta["specification"]["at"]
    ends = frame[["estimate", "lower", "upper"]] * (at[-1] - at[0])
    series = (
        frame[result.keys[0]].astype(str) if len(result.keys) == 2 else pd.Series("all", index=frame.index)
    )
    return interval_rows(
        frame.assign(**ends, row=frame["stance"], series=series),
        order=list(dict.fromkeys(frame["stance"])),
        title="Change along the fitted line",
        zero=True,
        width=width,
    )


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
    drawn = _curve(data, shown, width)
    if by is None:
        return drawn
    order = list(dict.fromkeys(data[by]))
    return drawn.facet(
        facet=alt.Facet(f"{by}:N", title=None, sort=order, header=panel_header()), columns=columns
    )


def _curve(data: pd.DataFrame, names: Sequence[str], width: int) -> alt.LayerChart:
    colour = alt.Color(
        "stance:N",
        title=None,
        scale=alt.Scale(domain=list(names)),
        legend=alt.Legend(orient="bottom", columns=4) if len(names) > 1 else None,
    )
    x = alt.X("place:Q", title="Step", scale=alt.Scale(nice=False, padding=8))
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
