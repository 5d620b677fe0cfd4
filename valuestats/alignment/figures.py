"""Similarities to many groups in rows: countries of the world, demographic groups."""

from __future__ import annotations

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.figures.panels import panel_rows
from valuestats.results.marks import GREY, signed_frame
from valuestats.results.result import Result
from valuestats.results.verdicts import SILENT


def alignment_chart(result: Result, *, width: int = 400) -> Figure:
    """Demographic groups in rows, a panel per model: estimate and interval between chance and the noise ceiling.

    Parameters
    ----------
    result
        Of kind ``"demographic_alignment"``.
    width
        Of the plots, in pixels.
    """
    columns = [
        "model",
        "group",
        "estimate",
        "lower",
        "upper",
        "baseline",
        "ceiling",
        "noise_ceiling",
        "n_scored",
    ]
    signed = signed_frame(result)
    frame = signed[columns].assign(silent=signed["sign"].isin(SILENT))
    frame[["model", "group"]] = frame[["model", "group"]].astype(str)
    means = frame.groupby("model")["estimate"].mean().sort_values(ascending=False)
    marks = {
        "estimate": "model",
        "baseline": "uniform answers",
        "ceiling": "people of other groups",
        "noise_ceiling": "true shares (ceiling)",
    }
    return _rows(frame, marks, "group", "model", list(means.index), width).resolve_scale(x="shared")


def country_chart(frame: pd.DataFrame, *, width: int = 400) -> Figure:
    """Countries in rows, the most similar on top: a dot with its interval beside uniform answers and other people.

    Parameters
    ----------
    frame
        ``group``, ``model`` (one), ``estimate``, ``lower``, ``upper``, ``baseline``, ``ceiling``, ``n_scored``.
    width
        Of the plot, in pixels.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"group": ["Chile", "Peru"], "model": "m", "estimate": [0.7, 0.8], "lower": 0.6,
    ...     "upper": 0.9, "baseline": 0.5, "ceiling": 0.8, "n_scored": 30})
    >>> country_chart(frame).to_dict()["facet"]["row"]["sort"]
    ['m']
    """
    frame = frame.copy()
    frame[["model", "group"]] = frame[["model", "group"]].astype(str)
    marks = {"estimate": "model", "baseline": "uniform answers", "ceiling": "people of other countries"}
    return _rows(frame, marks, "group", "model", sorted(set(frame["model"])), width)


def _rows(
    frame: pd.DataFrame, marks: dict[str, str], row: str, panel: str, panels: list[str], width: int
) -> Figure:
    frame = frame if "silent" in frame.columns else frame.assign(silent=False)
    means = frame.groupby(row).agg(silent=("silent", "all"), mean=("estimate", "mean"))
    # what is no finding stands last
    order = list(means.sort_values(["silent", "mean"], ascending=[True, False]).index)
    points = frame.melt(
        id_vars=[row, panel, "lower", "upper", "n_scored", "silent"], value_vars=list(marks), var_name="kind"
    )
    points["kind"] = points["kind"].map(marks)
    points = points[points["value"].notna()]
    names = [name for name in marks.values() if name in set(points["kind"])]
    shapes = dict(zip(marks.values(), ("circle", "triangle-right", "diamond", "square"), strict=False))
    y = alt.Y(f"{row}:N", title=None, sort=order, axis=alt.Axis(labelLimit=200, minExtent=110))
    scale = alt.Scale(zero=False)
    base = alt.Chart(points)
    ends = {"x": alt.X("lower:Q", scale=scale), "x2": "upper:Q", "y": y}
    spans = (
        base.transform_filter("datum.kind === 'model' && !datum.silent")
        .mark_rule(strokeWidth=1.8)
        .encode(**ends)
    )
    faint = (
        base.transform_filter("datum.kind === 'model' && datum.silent")
        .mark_rule(strokeWidth=1.8, color=GREY)
        .encode(**ends)
    )
    dots = base.mark_point(filled=True, size=58, opacity=1, strokeWidth=2).encode(
        x=alt.X("value:Q", title="Similarity (1 − Jensen-Shannon distance, base 2)", scale=scale),
        y=y,
        color=alt.condition(
            "datum.silent && datum.kind === 'model'",
            alt.value(GREY),
            alt.Color(
                "kind:N",
                title=None,
                scale=alt.Scale(domain=names),
                legend=alt.Legend(orient="bottom", labelLimit=0, columns=2),
            ),
        ),
        shape=alt.Shape(
            "kind:N", title=None, scale=alt.Scale(domain=names, range=[shapes[name] for name in names])
        ),
        tooltip=[
            f"{row}:N",
            f"{panel}:N",
            "kind:N",
            alt.Tooltip("value:Q", format=".3f"),
            alt.Tooltip("lower:Q", format=".3f"),
            alt.Tooltip("upper:Q", format=".3f"),
            alt.Tooltip("n_scored:Q", title="questions"),
        ],
    )
    return (
        alt.layer(spans, faint, dots)
        .properties(width=width, height=alt.Step(16))
        .facet(**panel_rows(panel, panels))
    )
