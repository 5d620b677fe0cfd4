"""Several quantities of the same models and groups, one panel each."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import capitalised
from valuestats.results.marks import GREY, signed_frame
from valuestats.results.result import Result
from valuestats.results.verdicts import SILENT

_LABELS = {
    "condition_effect": "Change of similarity",
    "noise_ceiling": "Similarity",
    "homogenisation": "Ratio of the models' to the people's",
}

_ONE_SCALE = tuple(_LABELS)
"""Kinds whose quantities are of one unit: their panels share one scale, so that lengths can be compared."""

_TALL = 12
"""Rows of a panel from which two columns are made."""


def quantity_chart(result: Result, *, width: int = 400) -> Figure:
    """A panel per quantity: groups in rows, a dot with its interval per model, a tick at each baseline.

    Many rows make two columns of panels of half the width, so that the figure stays on a printed page. What is no finding is
    grey; panels of quantities of one unit have one scale.
    """
    keys = ["model", "group", "quantity"]
    columns = [*keys, "estimate", "lower", "upper", "baseline", "n_scored", "n_asked"]
    signed = signed_frame(result)
    frame = signed[columns].assign(silent=signed["sign"].isin(SILENT))
    frame[keys] = frame[keys].astype(str)
    quantities = list(dict.fromkeys(frame["quantity"]))
    models = sorted(set(frame["model"]))
    tall = len(quantities) > 2 and frame["group"].nunique() * len(models) > _TALL
    wide, step = (width // 2, 10) if tall else (width, 13)
    scale = _scale(frame) if result.kind in _ONE_SCALE and len(quantities) > 1 else alt.Scale(zero=False)
    panels = [
        _panel(frame[frame["quantity"] == quantity], quantity, models, result.kind, wide, step, scale)
        for quantity in quantities
    ]
    if not tall:
        return alt.vconcat(*panels, spacing=14)
    rows = [alt.hconcat(*panels[i : i + 2], spacing=14) for i in range(0, len(panels), 2)]
    return alt.vconcat(*rows, spacing=14)


def _scale(frame: pd.DataFrame) -> alt.Scale:
    """One scale for all panels: from the least to the greatest of what is drawn."""
    drawn = frame[["estimate", "lower", "upper", "baseline"]].astype(float)
    return alt.Scale(domain=[float(drawn.min().min()), float(drawn.max().max())], zero=False, nice=True)


def _panel(
    frame: pd.DataFrame, quantity: str, models: list[str], kind: str, width: int, step: int, scale: alt.Scale
) -> Figure:
    axis = alt.Axis(title=_LABELS.get(kind), tickCount=6, labelOverlap=True)
    y = alt.Y("group:N", title=None, axis=alt.Axis(labelLimit=200))
    offset = alt.YOffset("model:N", scale=alt.Scale(domain=models))
    legend = alt.Legend(orient="bottom", labelLimit=0, columns=3) if len(models) > 1 else None
    color: Any = alt.Color("model:N", title=None, scale=alt.Scale(domain=models), legend=legend)
    if frame["silent"].any():
        color = alt.condition("datum.silent", alt.value(GREY), color)
    base = alt.Chart(frame)
    spans = base.mark_rule(strokeWidth=1.8).encode(
        x=alt.X("lower:Q", scale=scale, axis=axis),
        x2="upper:Q",
        y=y,
        yOffset=offset,
        color=color,
    )
    marks = base.mark_tick(thickness=2, size=11, color="#7a828c").encode(
        x=alt.X("baseline:Q", scale=scale), y=y, yOffset=offset
    )
    dots = base.mark_point(filled=True, size=55, opacity=1).encode(
        x=alt.X("estimate:Q", scale=scale),
        y=y,
        yOffset=offset,
        color=color,
        tooltip=[
            "model:N",
            "group:N",
            "quantity:N",
            alt.Tooltip("estimate:Q", format="+.3f"),
            alt.Tooltip("lower:Q", format="+.3f"),
            alt.Tooltip("upper:Q", format="+.3f"),
            alt.Tooltip("baseline:Q", format="+.3f"),
            alt.Tooltip("n_scored:Q", title="scored"),
        ],
    )
    return alt.layer(marks, spans, dots).properties(
        width=width,
        height=alt.Step(step),
        title=alt.TitleParams(
            capitalised(quantity) + (" (tick: baseline)" if frame["baseline"].notna().any() else ""),
            anchor="start",
            fontSize=12,
        ),
    )
