"""Figures of informativeness."""

from __future__ import annotations

import altair as alt

from valuestats.base.figure import Figure
from valuestats.base.labels import capitalised
from valuestats.figures.intervals import interval_rows
from valuestats.informing.selection import QUANTITIES
from valuestats.results.result import Result

_TITLE = {"gjs": "Informativeness of an item (bits)", "disagreement": "Excess disagreement between models"}


def informativeness_chart(result: Result, *, width: int = 480, most: int = 40) -> Figure:
    """Corrected value with its interval and the uncorrected one beside it, items from highest, at most so many."""
    frame = result.estimates.dropna(subset="estimate").sort_values("estimate", ascending=False)
    shown = frame.head(most).assign(item=lambda f: f["item"].astype(str))
    order = shown["item"].tolist()
    names = {"estimate": "corrected", "plugin": "uncorrected"}
    points = shown.melt(
        id_vars=["item", "lower", "upper", "n_scored"],
        value_vars=list(names),
        var_name="kind",
        value_name="value",
    )
    points["kind"] = points["kind"].map(names)
    y = alt.Y("item:N", sort=order, title=None, axis=alt.Axis(labelLimit=230))
    title = _TITLE[result.meta["specification"]["measure"]]
    base = alt.Chart(points)
    zero = base.transform_aggregate(n="count()").transform_calculate(x="0").mark_rule(strokeDash=[3, 3])
    spans = (
        base.transform_filter("datum.kind == 'corrected'")
        .mark_rule(strokeWidth=1.8)
        .encode(x=alt.X("lower:Q", title=title), x2="upper:Q", y=y)
    )
    domain = list(names.values())
    legend = alt.Legend(orient="bottom")
    dots = base.mark_point(filled=True, size=55, opacity=1).encode(
        x=alt.X("value:Q", title=title),
        y=y,
        color=alt.Color("kind:N", title=None, scale=alt.Scale(domain=domain), legend=legend),
        shape=alt.Shape(
            "kind:N", title=None, scale=alt.Scale(domain=domain, range=["circle", "diamond"]), legend=legend
        ),
        tooltip=[
            "item:N",
            "kind:N",
            alt.Tooltip("value:Q", format=".3f"),
            alt.Tooltip("lower:Q", format=".3f"),
            alt.Tooltip("upper:Q", format=".3f"),
            alt.Tooltip("n_scored:Q", title="answers"),
        ],
    )
    return alt.layer(zero.encode(x="x:Q"), spans, dots).properties(width=width, height=alt.Step(17))


def selection_chart(result: Result, *, width: int = 430) -> Figure:
    """What chosen items are worth where they were chosen and elsewhere, and the two differences."""
    frame = result.estimates
    rows = frame.assign(row=frame["quantity"].map(capitalised, na_action="ignore"), series="all")
    order = [capitalised(name) for name in QUANTITIES]
    title = _TITLE[result.meta["specification"]["measure"]].replace("of an item", "of items, mean")
    return interval_rows(rows, order=order, title=title, zero=True, width=width)
