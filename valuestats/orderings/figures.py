"""Figures of rankings and of profiles against a target."""

from __future__ import annotations

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import readable
from valuestats.figures.intervals import interval_rows
from valuestats.figures.theme import PALETTE
from valuestats.orderings.agreement import PEOPLE
from valuestats.orderings.overlaps import NAMES
from valuestats.results.result import Result


def agreement_chart(result: Result, *, measure: str | None = None, width: int = 440) -> Figure:
    """Agreement with the person by model, beside other people, people with each other and a random order.

    The filled dot with its interval is agreement with the person that a ranking was made for, the diamond agreement of the
    same rankings with other people; where they coincide the model tells no two people apart.
    """
    chosen = measure or str(result.estimates["measure"].iloc[0])
    frame = result.estimates[result.estimates["measure"] == chosen].dropna(subset="estimate")
    people = frame[frame["model"] == PEOPLE]
    own = frame[frame["model"] != PEOPLE].sort_values("estimate", ascending=False)
    order = [readable(str(m)) for m in own["model"]]
    kinds = ["with the person", "with other people"]
    parts = [
        own.assign(kind=kinds[0], shown=own["estimate"]),
        own.assign(kind=kinds[1], shown=own["swapped"]).dropna(subset="shown"),
    ]
    dots = pd.concat(parts, ignore_index=True)
    dots = dots.assign(row=[readable(str(m)) for m in dots["model"]])
    y = alt.Y("row:N", sort=order, title=None, axis=alt.Axis(labelLimit=230))
    x = alt.X("shown:Q", title=NAMES[chosen], scale=alt.Scale(zero=False))
    marks = alt.Chart(dots).encode(y=y)
    lines = pd.DataFrame(
        {
            "at": [*own["baseline"].head(1), *people["estimate"].head(1)],
            "what": ["a random order", PEOPLE][: min(1, len(own)) + len(people)],
        }
    )
    rules = (
        alt.Chart(lines)
        .mark_rule(strokeWidth=1.5)
        .encode(
            x="at:Q",
            strokeDash=alt.StrokeDash(
                "what:N",
                title=None,
                scale=alt.Scale(domain=["a random order", PEOPLE], range=[[2, 3], [8, 3]]),
                legend=alt.Legend(orient="bottom", labelLimit=0),
            ),
        )
    )
    spans = (
        marks.transform_filter(alt.datum.kind == kinds[0])
        .mark_rule(strokeWidth=1.8, color=PALETTE[0])
        .encode(x=alt.X("lower:Q", title=NAMES[chosen], scale=alt.Scale(zero=False)), x2="upper:Q")
    )
    legend = alt.Legend(orient="bottom", labelLimit=0)
    points = marks.mark_point(size=58, opacity=1, filled=True).encode(
        x=x,
        color=alt.Color(
            "kind:N", title=None, scale=alt.Scale(domain=kinds, range=[PALETTE[0], PALETTE[1]]), legend=legend
        ),
        shape=alt.Shape(
            "kind:N", title=None, scale=alt.Scale(domain=kinds, range=["circle", "diamond"]), legend=legend
        ),
        tooltip=[
            alt.Tooltip("row:N", title="Model"),
            alt.Tooltip("kind:N", title="Compared"),
            alt.Tooltip("shown:Q", title="Agreement", format=".3f"),
            alt.Tooltip("lower:Q", format=".3f"),
            alt.Tooltip("upper:Q", format=".3f"),
            alt.Tooltip("n_scored:Q", title="rankings"),
        ],
    )
    return alt.layer(rules, spans, points).properties(width=width, height=alt.Step(22))


def ranking_chart(result: Result, *, respondent: str | None = None, width: int = 420) -> Figure:
    """One person's options with the interval of their score, scenario by scenario."""
    frame = result.estimates
    who = str(frame["respondent"].iloc[0]) if respondent is None else str(respondent)
    own = frame[frame["respondent"].astype(str) == who]
    panels = [
        interval_rows(
            part.assign(row=part["option"], series="all"),
            order=[str(o) for o in part.sort_values("rank")["option"]],
            title="Score",
            zero=False,
            width=width,
        ).properties(title=alt.TitleParams(f"Scenario {item}", anchor="start", fontSize=12))
        for item, part in own.groupby("item", sort=False)
    ]
    return panels[0] if len(panels) == 1 else alt.vconcat(*panels, spacing=10)


def target_chart(result: Result, *, width: int = 430) -> Figure:
    """Error by dimension with its interval, models by colour, the sum last."""
    frame = result.estimates.dropna(subset="estimate")
    order = list(dict.fromkeys(frame["dimension"].astype(str)))
    return interval_rows(
        frame.assign(row=frame["dimension"], series=frame["model"]),
        order=order,
        title="Distance from the target",
        zero=True,
        width=width,
    )
