"""Figures of drift."""

from __future__ import annotations

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.drift.drift import MAGNITUDE, TIMES, VARIATION
from valuestats.drift.response import OPINION, RATE, RESPONSE, SELECTION
from valuestats.figures.intervals import interval_rows
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
