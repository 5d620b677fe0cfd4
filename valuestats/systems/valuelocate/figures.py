"""What each rule selects, planted and not."""

from __future__ import annotations

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.figures.theme import PALETTE, SHAPES


def rules_chart(frame: pd.DataFrame, *, planted: int, width: int = 400) -> Figure:
    """Neurons selected by each rule, those planted and those not, on one logarithmic axis.

    Parameters
    ----------
    frame
        ``rule``, ``planted``, ``others``.
    planted
        How many there are to find, drawn dashed.
    width
        In pixels.
    """
    names = {"planted": "planted", "others": "not planted"}
    order = frame["rule"].tolist()
    rows = frame.melt("rule", value_vars=list(names), var_name="what", value_name="neurons")
    rows["what"] = rows["what"].map(names)
    domain = list(names.values())
    top = float(max(rows["neurons"].max(), planted)) * 3
    x = alt.X(
        "neurons:Q",
        title="Neurons selected",
        scale=alt.Scale(type="symlog", constant=2, domain=[-1, top], nice=False),
        axis=alt.Axis(values=[0, 1, 3, 10, 30, 100, 300, 1000, 3000, 10000], format=",d"),
    )
    y = alt.Y("rule:N", sort=order, title=None, axis=alt.Axis(labelLimit=230))
    ends = frame[["rule", "planted", "others"]]
    line = alt.Chart(ends).mark_rule(strokeWidth=1.2)
    line = line.encode(x=alt.X("planted:Q"), x2="others:Q", y=y)
    dots = alt.Chart(rows).mark_point(filled=True, size=80, opacity=1)
    dots = dots.encode(
        x=x,
        y=y,
        color=alt.Color("what:N", title=None, scale=alt.Scale(domain=domain, range=[PALETTE[2], PALETTE[1]])),
        shape=alt.Shape("what:N", title=None, scale=alt.Scale(domain=domain, range=list(SHAPES[:2]))),
        tooltip=["rule:N", "what:N", alt.Tooltip("neurons:Q", format=",d")],
    )
    # Beside the line and not on it: the smaller number before its dot, the larger behind it.
    larger = rows["neurons"] == rows.groupby("rule")["neurons"].transform("max")
    text = alt.Text("neurons:Q", format=",d")
    before = alt.Chart(rows[~larger]).mark_text(align="right", dx=-9, fontSize=11).encode(x=x, y=y, text=text)
    behind = alt.Chart(rows[larger]).mark_text(align="left", dx=9, fontSize=11).encode(x=x, y=y, text=text)
    aim = alt.Chart(pd.DataFrame({"x": [float(planted)]})).mark_rule(strokeDash=[4, 3])
    aim = aim.encode(x=alt.X("x:Q"))
    layers = alt.layer(aim, line, dots, before, behind)
    return layers.properties(width=width, height=alt.Step(40)).configure_legend(orient="bottom")
