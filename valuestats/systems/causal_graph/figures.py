"""Figures of the page on causal value graphs."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import readable
from valuestats.figures.theme import PALETTE
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.marks import GREY
from valuestats.systems.causal_graph.release import TITLES


def direction_chart(study: StoredStudy) -> Figure:
    """Share of moved roles that move up, in training and with other roles and items, cell by cell."""
    parts = []
    for m, title in TITLES.items():
        cells = study[f"effects_{m}"]
        cells = cells[cells["found"]]
        moved, later = cells["up"] + cells["down"], cells["test_up"] + cells["test_down"]
        parts.append(
            pd.DataFrame(
                {
                    "model": title,
                    "value": [readable(v) for v in cells["value"]],
                    "feature": cells["feature"],
                    "train": cells["up"] / moved,
                    "test": np.where(later > 0, cells["test_up"] / later.clip(lower=1), np.nan),
                    "told": np.where(cells["replicated"], "found again", "not found again"),
                }
            )
        )
    frame = pd.concat(parts, ignore_index=True).dropna()
    axis = alt.Scale(domain=[0, 1])
    base = alt.Chart(frame)
    both = ["found again", "not found again"]
    colour = alt.Color(
        "told:N",
        title=None,
        scale=alt.Scale(domain=both, range=[PALETTE[1], GREY]),
        legend=alt.Legend(orient="bottom"),
    )
    dots = base.mark_point(filled=True, size=38, opacity=1).encode(
        x=alt.X("train:Q", title="Share that moves up, training", scale=axis),
        y=alt.Y("test:Q", title="The same, other roles and items", scale=axis),
        color=colour,
        shape=alt.Shape(
            "told:N",
            title=None,
            scale=alt.Scale(domain=["found again", "not found again"], range=["circle", "square"]),
        ),
        tooltip=[
            "value:N",
            "feature:N",
            alt.Tooltip("train:Q", format=".2f"),
            alt.Tooltip("test:Q", format=".2f"),
        ],
    )
    half = pd.DataFrame({"half": [0.5]})
    rules = [
        alt.Chart(half).mark_rule(strokeDash=[3, 3]).encode(x="half:Q"),
        alt.Chart(half).mark_rule(strokeDash=[3, 3]).encode(y="half:Q"),
    ]
    panels = [
        alt.layer(*rules, dots.transform_filter(alt.datum.model == title)).properties(
            width=230, height=230, title=title
        )
        for title in TITLES.values()
    ]
    return alt.hconcat(*panels)
