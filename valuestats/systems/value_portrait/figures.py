"""Figures of the Value Portrait page."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.tables import Ratings


def difference_chart(cells: pd.DataFrame, ratings: Ratings, *, width: int = 480) -> alt.Chart:
    """Recomputed minus published correlation, by group of raters; a group in full agreement is one tick."""
    group = ratings.frame.drop_duplicates("item").set_index("item")["group"].astype(str)
    frame = pd.DataFrame({"group": cells["item"].map(group), "difference": cells["difference"].round(4)})
    frame = frame.value_counts().reset_index(name="cells")
    order = sorted(frame["group"].unique(), key=int)
    return (
        alt.Chart(frame)
        .mark_tick(thickness=1.2, size=12)
        .encode(
            x=alt.X("difference:Q", title="Recomputed minus published correlation"),
            y=alt.Y("group:N", sort=order, title="Group of raters"),
            tooltip=["group:N", "difference:Q", "cells:Q"],
        )
        .properties(width=width, height=alt.Step(17))
    )


def agreement_chart(table: pd.DataFrame, *, width: int = 420) -> Figure:
    """Published against recomputed centred scores; what differs stands out."""
    frame = table[table["quantity"].str.startswith("centred score") & table["recomputed"].notna()].copy()
    frame["status"] = np.where(frame["verdict"] == "reproduced", "reproduced to 1e-9", "differs")
    low = float(frame[["published", "recomputed"]].min().min())
    high = float(frame[["published", "recomputed"]].max().max())
    line = pd.DataFrame({"x": [low, high], "y": [low, high]})
    diagonal = alt.Chart(line).mark_line(strokeDash=[3, 3], strokeWidth=1).encode(x="x:Q", y="y:Q")
    dots = (
        alt.Chart(frame[["published", "recomputed", "status", "group", "quantity"]])
        .mark_point(filled=True, size=26, opacity=1)
        .encode(
            x=alt.X("published:Q", title="Published centred score"),
            y=alt.Y("recomputed:Q", title="Recomputed"),
            color=alt.Color("status:N", title=None, legend=alt.Legend(orient="bottom")),
            shape=alt.Shape("status:N", title=None),
            tooltip=["quantity:N", "group:N", "published:Q", "recomputed:Q"],
        )
    )
    return alt.layer(diagonal, dots).properties(width=width, height=300)
