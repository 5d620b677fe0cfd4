"""Shares of answers in a population, by group."""

from __future__ import annotations

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.figures.panels import panel_rows
from valuestats.results.marks import one_of
from valuestats.results.result import Result


def shares_chart(result: Result, *, question: str | None = None, width: int = 430) -> Figure:
    """Options in panels, groups in rows: share with its interval, and how many people it is worth.

    Parameters
    ----------
    result
        What `population_shares` returned.
    question
        Which question; the first where omitted.
    width
        Width of a panel in pixels.
    """
    chosen = one_of(result, "question", question)
    frame = result.estimates[result.estimates["question"].astype(str) == chosen]
    columns = ["group", "option", "position", "estimate", "lower", "upper", "n_scored", "n_effective", "deff"]
    frame = frame.loc[frame["estimate"].notna(), columns].copy()
    frame[["group", "option"]] = frame[["group", "option"]].astype(str)
    worth = frame.groupby("group")["n_effective"].median()
    frame["people"] = [
        g if pd.isna(worth[g]) else f"{g} (effective n {worth[g]:,.0f})" for g in frame["group"]
    ]
    groups = list(dict.fromkeys(frame["people"]))
    options = list(dict.fromkeys(frame.sort_values("position")["option"]))
    top = max(float(frame[["upper", "estimate"]].max().max()), 0.05)
    title = "Share" if result.meta.get("weighted") else "Unweighted share"
    title += (
        " of those who answered"
        if result.meta["specification"]["no_answer"] == "exclude"
        else " of those asked"
    )
    scale = alt.Scale(domain=[0, min(1.0, top * 1.04)])
    axis = alt.Axis(format=".0%")
    x = alt.X("estimate:Q", title=title, scale=scale, axis=axis)
    y = alt.Y("people:N", title=None, sort=groups, axis=alt.Axis(labelLimit=220))
    base = alt.Chart(frame)
    spans = base.mark_rule(strokeWidth=1.8).encode(
        x=alt.X("lower:Q", title=title, scale=scale, axis=axis), x2="upper:Q", y=y
    )
    dots = base.mark_point(filled=True, size=62, opacity=1).encode(
        x=x,
        y=y,
        tooltip=[
            alt.Tooltip("group:N"),
            alt.Tooltip("option:N"),
            alt.Tooltip("estimate:Q", format=".1%", title="share"),
            alt.Tooltip("lower:Q", format=".1%"),
            alt.Tooltip("upper:Q", format=".1%"),
            alt.Tooltip("n_scored:Q", title="people", format=",.0f"),
            alt.Tooltip("n_effective:Q", title="worth", format=",.0f"),
            alt.Tooltip("deff:Q", title="design effect", format=".2f"),
        ],
    )
    return (
        alt.layer(spans, dots)
        .properties(width=width, height=alt.Step(17))
        .facet(**panel_rows("option", options))
    )


def raking_chart(margins: pd.DataFrame, *, width: int = 380) -> Figure:
    """Weighted shares before and after raking against the population's, from ``Raked.margins``."""
    names = {"before": "before raking", "after": "after raking", "target": "population"}
    long = margins.melt(
        id_vars=["variable", "category"], value_vars=list(names), var_name="kind", value_name="share"
    )
    long["kind"] = long["kind"].map(names)
    kinds = list(names.values())
    return (
        alt.Chart(long)
        .mark_point(filled=False, strokeWidth=2)
        .encode(
            x=alt.X("share:Q", title="Weighted share", axis=alt.Axis(format=".0%")),
            y=alt.Y("category:N", title=None, sort=None),
            color=alt.Color(
                "kind:N", title=None, scale=alt.Scale(domain=kinds), legend=alt.Legend(orient="bottom")
            ),
            shape=alt.Shape(
                "kind:N", title=None, scale=alt.Scale(domain=kinds, range=["circle", "diamond", "cross"])
            ),
            # the raked share lies on the population's: a larger diamond stays visible around the cross
            size=alt.Size("kind:N", legend=None, scale=alt.Scale(domain=kinds, range=[70, 260, 40])),
            tooltip=["variable:N", "category:N", "kind:N", alt.Tooltip("share:Q", format=".2%")],
        )
        .properties(width=width, height=alt.Step(24))
        .facet(**panel_rows("variable"))
        .resolve_scale(y="independent")
    )
