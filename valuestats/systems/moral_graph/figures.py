"""Figures of the page on the moral graph."""

from __future__ import annotations

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.figures.theme import PALETTE
from valuestats.results.marks import GREY
from valuestats.systems.moral_graph.comparison import SURE

KINDS = {
    "sure": "kept, and surely above the threshold",
    "kept": "kept, and not sure",
    "not": "not kept",
}


def edges_told(published: pd.DataFrame, graph: pd.DataFrame) -> pd.DataFrame:
    """Corrected edges with what the published rule makes of them: ``kind`` and ``place`` (by likelihood).

    Parameters
    ----------
    published, graph
        Estimates of `valuestats.votes_to_graph`, as published and corrected.
    """
    kept = published[published["kept"]]
    ends = {frozenset(e) for e in zip(kept["from"], kept["to"], strict=True)}
    frame = graph.sort_values(["estimate", "n_scored"], ascending=False, ignore_index=True)
    inside = [frozenset(e) in ends for e in zip(frame["from"], frame["to"], strict=True)]
    sure = frame["above"] >= SURE
    kinds = [
        KINDS["not"] if not i else KINDS["sure"] if s else KINDS["kept"]
        for i, s in zip(inside, sure, strict=True)
    ]
    return frame.assign(kind=kinds, place=frame.index + 1)


def edges_chart(published: pd.DataFrame, graph: pd.DataFrame, *, width: int = 480) -> Figure:
    """Every pair that was voted on, from the most to the least often called wiser, with its interval."""
    frame = edges_told(published, graph)
    x = alt.X("lower:Q", title="Probability that the step is called wiser", scale=alt.Scale(domain=[0, 1]))
    y = alt.Y(
        "place:Q",
        title="Pairs of values, one a line",
        scale=alt.Scale(reverse=True, zero=False),
        axis=alt.Axis(ticks=False, labels=False, grid=False),
    )
    colour = alt.Color(
        "kind:N",
        title=None,
        scale=alt.Scale(domain=list(KINDS.values()), range=[PALETTE[0], PALETTE[1], GREY]),
        legend=alt.Legend(orient="bottom", labelLimit=0, columns=2),
    )
    base = alt.Chart(frame)
    spans = base.mark_rule(strokeWidth=1.4).encode(x=x, x2="upper:Q", y=y, color=colour)
    dots = base.mark_point(filled=True, size=24, opacity=1).encode(
        x="estimate:Q",
        y=y,
        color=colour,
        tooltip=[
            alt.Tooltip("estimate:Q", format=".2f", title="wiser"),
            alt.Tooltip("lower:Q", format=".2f"),
            alt.Tooltip("upper:Q", format=".2f"),
            alt.Tooltip("n_scored:Q", title="votes"),
        ],
    )
    return alt.layer(spans, dots).properties(width=width, height=min(640, 5 * len(frame) + 40))


def directions_chart(table: pd.DataFrame, *, width: int = 420) -> Figure:
    """Share that calls the step wiser, in one direction and in the other, pair by pair; size by votes."""
    frame = table.assign(
        row=[f"pair {p}" for p in table["pair"]],
        way=table["direction"].map({"there": "from the one to the other", "back": "and back"}),
    )
    order = [f"pair {p}" for p in sorted(set(table["pair"]))]
    y = alt.Y("row:N", sort=order, title=None)
    offset = alt.YOffset("way:N", sort=["from the one to the other", "and back"])
    x = alt.X(
        "lower:Q",
        title="Share that calls the step wiser",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format="%"),
    )
    colour = alt.Color(
        "way:N",
        title=None,
        sort=["from the one to the other", "and back"],
        legend=alt.Legend(orient="bottom", labelLimit=0),
    )
    base = alt.Chart(frame)
    half = alt.Chart(pd.DataFrame({"x": [0.5]})).mark_rule(strokeDash=[3, 3]).encode(x="x:Q")
    spans = base.mark_rule(strokeWidth=1.6).encode(x=x, x2="upper:Q", y=y, yOffset=offset, color=colour)
    dots = base.mark_point(filled=True, opacity=1).encode(
        x="share:Q",
        y=y,
        yOffset=offset,
        color=colour,
        size=alt.Size(
            "votes:Q", title="votes", scale=alt.Scale(range=[20, 160]), legend=alt.Legend(orient="bottom")
        ),
        tooltip=["row:N", "way:N", "votes:Q", alt.Tooltip("share:Q", format=".0%")],
    )
    return alt.layer(half, spans, dots).properties(width=width, height=alt.Step(14))
