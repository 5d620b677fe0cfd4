"""How many answers have which status."""

from __future__ import annotations

import altair as alt
import pandas as pd

from valuestats.tables import STATUSES


def status_chart(counts: pd.DataFrame, *, width: int = 460) -> alt.Chart:
    """Answers that could not be scored, by model and reason, from ``Responses.status_counts("model")``."""
    wide = counts.rename_axis("model").reset_index()
    long = wide.melt(id_vars=["model", "asked"], value_vars=[s for s in STATUSES if s != "valid"])
    long = long.rename(columns={"variable": "status", "value": "answers"})
    long = long[long["answers"] > 0].copy()
    long["model"] = long["model"].astype(str)
    long["status"] = long["status"].str.replace("_", " ")
    order = list(long.groupby("model")["answers"].sum().sort_values(ascending=False).index)
    return (
        alt.Chart(long)
        .mark_bar()
        .encode(
            x=alt.X("answers:Q", title="Answers that could not be scored"),
            y=alt.Y("model:N", sort=order, title=None, axis=alt.Axis(labelLimit=230)),
            color=alt.Color("status:N", title=None, legend=alt.Legend(orient="bottom")),
            tooltip=["model:N", "status:N", "answers:Q", alt.Tooltip("asked:Q", title="asked")],
        )
        .properties(width=width, height=alt.Step(16))
    )
