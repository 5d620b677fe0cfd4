"""Where the variance of answers lies, and the precision of planned designs."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import readable
from valuestats.figures.cell_text import cell_text
from valuestats.figures.intervals import interval_rows
from valuestats.figures.theme import PALETTE, SHAPES
from valuestats.results.result import Result

TOLD = 7
"""So many components have a colour of their own; the others are drawn together."""


def component_chart(result: Result, *, width: int = 460) -> Figure:
    """Variance components: bars with intervals for one dimension, shares stacked for several."""
    frame = result.estimates.assign(
        component=[readable(c).replace(" x ", " × ") for c in result.estimates["component"]]
    )
    if len(frame["dimension"].unique()) == 1:
        return _bars(frame, width)
    shares = frame.groupby("component", sort=False)["share"].mean().sort_values(ascending=False)
    named = ["model", *[c for c in shares.index if c != "model"][: TOLD - 1]]
    frame["part"] = [c if c in named else "all others" for c in frame["component"]]
    order = [*named, "all others"]
    stacked = frame.groupby(["dimension", "part"], as_index=False)["share"].sum()
    stacked["place"] = [order.index(p) for p in stacked["part"]]
    stacked["dimension"] = [readable(d) for d in stacked["dimension"]]
    by_model = stacked[stacked["part"] == "model"].sort_values("share", ascending=False)
    return (
        alt.Chart(stacked)
        .mark_bar()
        .encode(
            x=alt.X(
                "share:Q",
                title="Share of the variance of answers",
                axis=alt.Axis(format="%"),
                scale=alt.Scale(domain=[0, 1]),
                stack="zero",
            ),
            y=alt.Y("dimension:N", sort=list(by_model["dimension"]), title=None),
            color=alt.Color(
                "part:N",
                title=None,
                scale=alt.Scale(domain=order, range=list(PALETTE[: len(order)])),
                legend=alt.Legend(orient="bottom", columns=3, labelLimit=240),
            ),
            order=alt.Order("place:Q"),
            tooltip=["dimension:N", "part:N", alt.Tooltip("share:Q", format=".1%")],
        )
        .properties(width=width, height=alt.Step(22))
    )


def _bars(frame: pd.DataFrame, width: int) -> Figure:
    total = float(frame["estimate"].sum()) or 1.0
    shown = pd.DataFrame(
        {
            "component": frame["component"],
            "estimate": frame["estimate"],
            "lower": frame["lower"],
            # an interval of a facet with two levels reaches far: cut at the whole, the arrow says so
            "upper": np.minimum(frame["upper"], total),
            "beyond": frame["upper"] > total,
        }
    )
    y = alt.Y("component:N", sort=list(frame["component"]), title=None, axis=alt.Axis(labelLimit=260))
    base = alt.Chart(shown)
    bars = base.mark_bar(height=11, fillOpacity=0.55, stroke=PALETTE[0], strokeWidth=1).encode(
        x=alt.X("estimate:Q", title="Variance (squared scale points)"),
        y=y,
        tooltip=[
            "component:N",
            *(alt.Tooltip(f"{c}:Q", format=".4f") for c in ("estimate", "lower", "upper")),
        ],
    )
    rules = base.mark_rule(strokeWidth=1.6).encode(x="lower:Q", x2="upper:Q", y=y)
    ends = (
        base.transform_filter("datum.beyond")
        .mark_point(shape="triangle-right", filled=True, size=60, opacity=1)
        .encode(x="upper:Q", y=y)
    )
    return alt.layer(bars, rules, ends).properties(width=width, height=alt.Step(20))


def decision_chart(result: Result, *, width: int = 420) -> Figure:
    """Half width of a model's interval against the size of the facet that varies most, one line per other size."""
    frame = result.estimates[np.isfinite(result.estimates["estimate"])]
    sizes = [c for c in frame.columns if c.startswith("n_") and c not in ("n_scored", "n_asked")]
    varied = sorted(
        (c for c in sizes if frame.groupby("dimension")[c].nunique().max() > 1),
        key=lambda c: -frame[c].nunique(),
    )
    if not varied:
        return interval_rows(
            frame.assign(
                row=frame["dimension"], series="design", upper=frame["upper"].replace(np.inf, np.nan)
            ),
            order=list(frame.sort_values("estimate")["dimension"]),
            title="Half width of a model's interval (SDs of models)",
            zero=True,
            width=width,
        )
    along, others = varied[0], varied[1:]
    lines = [
        ", ".join(
            [
                *([readable(str(row["dimension"]))] if len(frame["dimension"].unique()) > 1 else []),
                *(f"{row[c]} {readable(c[2:])}{'s' if row[c] != 1 else ''}" for c in others),
            ]
        )
        or "all"
        for _, row in frame.iterrows()
    ]
    shown = pd.DataFrame(
        {"size": frame[along].astype(int), "half": frame["estimate"].astype(float), "line": lines}
    )
    names = list(dict.fromkeys(lines))
    x = alt.X("size:Q", title=f"Number of {readable(along[2:])}s", scale=alt.Scale(type="log", nice=False))
    legend = alt.Legend(orient="bottom", columns=2, labelLimit=260) if len(names) > 1 else None
    colour = alt.Color("line:N", title=None, scale=alt.Scale(domain=names), legend=legend)
    shapes = alt.Scale(domain=names, range=[SHAPES[k % len(SHAPES)] for k in range(len(names))])
    base = alt.Chart(shown)
    line = base.mark_line(strokeWidth=1.8).encode(
        x=x, y=alt.Y("half:Q", title="Half width of a model's interval (SDs of models)"), color=colour
    )
    dots = base.mark_point(filled=True, size=50, opacity=1).encode(
        x=x,
        y="half:Q",
        color=colour,
        shape=alt.Shape("line:N", title=None, scale=shapes, legend=legend),
        tooltip=["line:N", "size:Q", alt.Tooltip("half:Q", format=".3f")],
    )
    return alt.layer(line, dots).properties(width=width, height=260)


def power_chart(table: pd.DataFrame, *, facet: str = "item", width: int = 420) -> Figure:
    """Power of a planned contrast by dimension and number of levels of a facet, from `contrast_power`."""
    shown = pd.DataFrame(
        {
            "dimension": [readable(str(d)) for d in table["dimension"]],
            "size": table[f"n_{facet}"].astype(int),
            "power": table["power"].astype(float),
            "detectable": table["detectable"].astype(float),
        }
    )
    order = list(shown.groupby("dimension")["power"].mean().sort_values(ascending=False).index)
    base = alt.Chart(shown).encode(
        x=alt.X("size:O", title=f"Number of {readable(facet)}s", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("dimension:N", sort=order, title=None, axis=alt.Axis(labelLimit=200)),
        tooltip=[
            "dimension:N",
            "size:O",
            alt.Tooltip("power:Q", format=".2f"),
            alt.Tooltip("detectable:Q", title="difference told with power .8", format=".2f"),
        ],
    )
    cells = base.mark_rect().encode(
        color=alt.Color(
            "power:Q",
            title="Power",
            scale=alt.Scale(domain=[0, 1]),
            legend=alt.Legend(orient="bottom", direction="horizontal"),
        )
    )
    return alt.layer(cells, *cell_text(base, "power", ".2f")).properties(width=width, height=alt.Step(24))
