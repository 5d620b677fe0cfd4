"""Response style and sensitivity of models, one row per model."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import capitalised, readable
from valuestats.figures.theme import SHAPES
from valuestats.results.result import Result

_TITLES = {
    "acquiescence": ["Acquiescence", "(scale points)"],
    "extremity": ["Answers", "at the ends"],
    "level": ["Mean answer", "about the middle"],
    "midpoint": ["Answers", "in the middle"],
}


def style_chart(result: Result, *, styles: Sequence[str] | None = None, width: int = 440) -> Figure:
    """Each style a panel with its own axis, models as rows in one order, intervals over queries.

    Where `styles` is omitted: acquiescence (or the level where there is none), extremity, midpoint and the differences of
    terms with two levels.
    """
    frame = result.estimates.dropna(subset="estimate")
    known = list(dict.fromkeys(frame["style"]))
    if styles is None:
        first_panel = "acquiescence" if "acquiescence" in known else "level"
        usual = [first_panel, "extremity", "midpoint"]
        styles = [s for s in usual if s in known] + [s for s in known if " - " in s]
    styles = list(styles) or known
    first = frame[frame["style"] == styles[0]].sort_values("estimate", ascending=False)
    order = [*first["model"], *sorted(set(frame["model"]) - set(first["model"]))]
    columns = min(4, len(styles))
    panels = []
    for k, style in enumerate(styles):
        part = frame.loc[frame["style"] == style, ["model", "estimate", "lower", "upper"]]
        labels = alt.Axis(labelLimit=170) if k % columns == 0 else alt.Axis(labels=False)
        y = alt.Y("model:N", sort=order, title=None, axis=labels)
        percent = style in ("extremity", "midpoint")
        title = _TITLES.get(style, capitalised(readable(style)).replace(": ", ":|").split("|"))
        x = alt.X(
            "lower:Q",
            title=title,
            axis=alt.Axis(format="%", tickCount=4) if percent else alt.Axis(tickCount=4),
        )
        base = alt.Chart(part)
        bars = base.mark_rule(strokeWidth=1.4).encode(x=x, x2="upper:Q", y=y)
        dots = base.mark_point(filled=True, size=26, opacity=1).encode(
            x="estimate:Q",
            y=y,
            tooltip=[
                "model:N",
                *(alt.Tooltip(f"{c}:Q", format=".3f") for c in ("estimate", "lower", "upper")),
            ],
        )
        zero = alt.Chart(pd.DataFrame({"x": [0.0]})).mark_rule(strokeDash=[3, 3]).encode(x="x:Q")
        panels.append(
            alt.layer(zero, bars, dots).properties(width=width // columns - 20, height=alt.Step(14))
        )
    rows = [alt.hconcat(*panels[k : k + columns], spacing=22) for k in range(0, len(panels), columns)]
    return rows[0] if len(rows) == 1 else alt.vconcat(*rows)


def sensitivity_chart(result: Result, *, width: int = 440) -> Figure:
    """Mean absolute shift of each model with its interval; the tick is what shuffled labels give."""
    frame = result.estimates.dropna(subset="estimate")
    shown = frame[["model", "estimate", "lower", "upper", "baseline", "excess"]].astype({"model": str})
    by = "excess" if shown["excess"].notna().any() else "estimate"
    order = list(shown.sort_values(by, ascending=False)["model"])
    y = alt.Y("model:N", sort=order, title=None, axis=alt.Axis(labelLimit=230))
    over = readable(result.meta["specification"]["over"])
    base = alt.Chart(shown)
    bars = base.mark_rule(strokeWidth=1.6).encode(
        x=alt.X("lower:Q", title=f"Mean shift of an item between levels of {over} (scale points)"),
        x2="upper:Q",
        y=y,
    )
    ticks = base.mark_tick(thickness=2, size=12).encode(x="baseline:Q", y=y, color=alt.value("#d55e00"))
    dots = base.mark_point(filled=True, size=36, opacity=1).encode(
        x="estimate:Q",
        y=y,
        tooltip=[
            "model:N",
            *(alt.Tooltip(f"{c}:Q", format=".3f") for c in ("estimate", "lower", "upper", "baseline")),
        ],
    )
    return alt.layer(bars, ticks, dots).properties(width=width, height=alt.Step(14))


def changed_answers_chart(result: Result, *, width: int = 360) -> Figure:
    """Both shares of each model with their intervals, a panel each; the tick is what repeating alone gives."""
    frame = result.estimates.dropna(subset="estimate")
    shown = frame[["model", "measure", "estimate", "lower", "upper", "baseline"]].astype({"model": str})
    changed = shown[shown["measure"] == "changed"]
    order = list(changed.sort_values("estimate", ascending=False)["model"])
    titles = {
        "changed": "Pairs of answers that differ",
        "unanimous": "Items answered alike in all conditions",
    }
    panels = []
    for measure, title in titles.items():
        base = alt.Chart(shown[shown["measure"] == measure])
        y = alt.Y("model:N", sort=order, title=None, axis=alt.Axis(labelLimit=230))
        scale, axis = alt.Scale(domain=[0, 1]), alt.Axis(format="%")
        bars = base.mark_rule(strokeWidth=1.6).encode(
            x=alt.X("lower:Q", title=title, scale=scale, axis=axis), x2="upper:Q", y=y
        )
        ticks = base.mark_tick(thickness=2, size=12).encode(x="baseline:Q", y=y, color=alt.value("#d55e00"))
        dots = base.mark_point(filled=True, size=36, opacity=1).encode(
            x=alt.X("estimate:Q", scale=scale, axis=axis),
            y=y,
            tooltip=[
                "model:N",
                *(alt.Tooltip(f"{c}:Q", format=".1%") for c in ("estimate", "lower", "upper", "baseline")),
            ],
        )
        panels.append(alt.layer(bars, ticks, dots).properties(width=width, height=alt.Step(14)))
    return alt.vconcat(*panels)


def label_truth_chart(table: pd.DataFrame, *, width: int = 380) -> Figure:
    """Effects of option labels as estimated against those they were simulated from."""
    shown = table.assign(labels=table["style"].str.split(": ").str[-1])
    shown = shown[["model", "labels", "truth", "estimate", "lower", "upper"]]
    ends = [float(shown[["truth", "lower"]].min().min()), float(shown[["truth", "upper"]].max().max())]
    line = alt.Chart(pd.DataFrame({"x": ends, "y": ends})).mark_line(strokeDash=[4, 3], strokeWidth=1)
    kinds = list(dict.fromkeys(shown["labels"]))
    x = alt.X("truth:Q", title="Effect simulated (scale points)")
    base = alt.Chart(shown)
    spans = base.mark_rule().encode(x=x, y=alt.Y("lower:Q", title="Estimate (scale points)"), y2="upper:Q")
    dots = base.mark_point(filled=True, size=48).encode(
        x=x,
        y="estimate:Q",
        color=alt.Color(
            "labels:N", title=None, scale=alt.Scale(domain=kinds), legend=alt.Legend(orient="bottom")
        ),
        shape=alt.Shape(
            "labels:N", title=None, scale=alt.Scale(domain=kinds, range=list(SHAPES[: len(kinds)]))
        ),
        tooltip=[
            "model:N",
            "labels:N",
            *(alt.Tooltip(f"{c}:Q", format=".3f") for c in ("truth", "estimate")),
        ],
    )
    return alt.layer(line.encode(x="x:Q", y="y:Q"), spans, dots).properties(width=width, height=280)
