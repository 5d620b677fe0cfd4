"""Figures of opinion dynamics."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.figures.intervals import interval_rows
from valuestats.figures.theme import PALETTE
from valuestats.opinions.forecast import PERSISTENCE
from valuestats.results.result import Result

TRUE_COLOUR = PALETTE[1]
HIGHEST = 14.0
"""Where curves of the likelihood are cut, as shares of nothing are seen above."""


def dynamics_chart(
    result: Result, *, width: int = 300, height: int = 210, truth: dict[str, float] | None = None
) -> Figure:
    """Profile likelihood of each parameter with the limit of its interval, and where it is known the truth."""
    panels = []
    for name, curve in result.meta["curves"].items():
        limit = float(curve["limit"])
        top = max(HIGHEST, 2 * limit)
        line = pd.DataFrame(
            {
                "at": np.column_stack([curve["low"], curve["high"]]).ravel(),
                "fall": np.minimum(np.repeat(curve["fall"], 2), top),
            }
        ).dropna()
        row = result.estimates.set_index("parameter").loc[name]
        x = alt.X("at:Q", title=name[0].upper() + name[1:], scale=alt.Scale(zero=False, nice=False))
        y = alt.Y("fall:Q", title="Fall of the likelihood (2 log)", scale=alt.Scale(domain=[0, top]))
        layers = [
            alt.Chart(line).mark_line(strokeWidth=1.8, interpolate="linear").encode(x=x, y=y),
            alt.Chart(pd.DataFrame({"fall": [limit]}))
            .mark_rule(strokeDash=[4, 4], color="#7a828c")
            .encode(y="fall:Q"),
            alt.Chart(pd.DataFrame({"at": [float(row["estimate"])], "fall": [0.0]}))
            .mark_point(filled=True, size=60, opacity=1)
            .encode(x=x, y=y),
        ]
        if truth and name in truth:
            known = pd.DataFrame({"at": [truth[name]]})
            layers.append(alt.Chart(known).mark_rule(color=TRUE_COLOUR, strokeWidth=1.6).encode(x="at:Q"))
        panels.append(alt.layer(*layers).properties(width=width, height=height))
    return panels[0] if len(panels) == 1 else alt.hconcat(*panels)


def forecast_chart(result: Result, *, width: int = 420) -> Figure:
    """Percentage of persistence's error that each model takes off, in people held out."""
    frame = result.estimates[result.estimates["model"] != PERSISTENCE]
    shown = pd.DataFrame(
        {
            "row": frame["model"],
            "series": "skill",
            "estimate": 100 * frame["skill"],
            "lower": 100 * frame["skill_lower"],
            "upper": 100 * frame["skill_upper"],
        }
    )
    order = frame.sort_values("skill", ascending=False)["model"].tolist()
    return interval_rows(
        shown, order=order, title="Squared error below persistence (%)", zero=True, width=width
    )
