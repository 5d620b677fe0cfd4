"""Figures of the page on ValuePilot."""

from __future__ import annotations

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import minus
from valuestats.figures.cell_text import cell_text


def power_chart(table: pd.DataFrame, *, width: int = 300) -> Figure:
    """Probability to tell each method from the first one, by number of people; methods by their observed difference.

    Parameters
    ----------
    table
        Rows of `valuestats.systems.valuepilot.comparison.agreement_power`.
    """
    frame = table.assign(
        row=[minus(f"{m} ({d:+.3f})") for m, d in zip(table["model"], table["difference"], strict=True)]
    )
    order = list(frame.sort_values("difference", ascending=False)["row"].drop_duplicates())
    y = alt.Y("row:N", sort=order, title=None, axis=alt.Axis(labelLimit=260))
    x = alt.X("people:O", title="People", axis=alt.Axis(labelAngle=0))
    base = alt.Chart(frame).encode(x=x, y=y)
    cells = base.mark_rect().encode(
        color=alt.Color(
            "power:Q",
            title="Probability",
            scale=alt.Scale(domain=[0, 1]),
            legend=alt.Legend(orient="bottom", format=".0%", gradientLength=180),
        ),
        tooltip=["model:N", "people:Q", alt.Tooltip("power:Q", format=".0%")],
    )
    return alt.layer(cells, *cell_text(base, "power", ".0%")).properties(width=width, height=alt.Step(20))
