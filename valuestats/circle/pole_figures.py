"""Opposed poles of the circle of values by model, and contrasts between groups of models."""

from __future__ import annotations

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import readable
from valuestats.circle.opposed_values import DIFFERENCE
from valuestats.figures.intervals import interval_rows
from valuestats.results.result import Result

_FEW = 8


def poles_chart(result: Result, *, width: int = 430) -> Figure:
    """Both poles of every model with intervals, from the highest second pole to the lowest; one row per model.

    Rows are ordered by the second pole (self-enhancement), so that who stands lowest on it can be read off.
    """
    subject = result.keys[0]
    frame = result.estimates[result.estimates["pole"] != DIFFERENCE]
    second = result.meta["specification"]["names"][1]
    order = list(frame[frame["pole"] == second].sort_values("estimate", ascending=False)[subject])
    title = "Value relative to the model's mean over values"
    if result.meta["specification"]["of"] == "instrument_scores":
        title = "Score about own mean rating (scale points)"
    elif result.meta["specification"]["of"] == "scores":
        title = "Centred score (scale points)"
    elif result.meta["specification"]["of"] == "ordinal":
        title = "Latent profile (logits about the model's own mean)"
    return interval_rows(
        frame.assign(row=frame[subject], series=frame["pole"]),
        order=order,
        title=title,
        zero=True,
        width=width,
    )


def poles_plane(result: Result, *, highlight: dict[str, str] | None = None, size: int = 400) -> Figure:
    """Models in the plane of the two poles, each with its intervals; the dashed diagonal is where they are equal.

    Parameters
    ----------
    result
        Of `valuestats.opposed_values`.
    highlight
        Model to its group: groups are told by colour and shape, other models are grey.
    size
        Of the plot, in pixels.
    """
    subject = result.keys[0]
    first, second = result.meta["specification"]["names"]
    wide = result.estimates.pivot(index=subject, columns="pole", values=["estimate", "lower", "upper"])
    shown = pd.DataFrame(
        {
            "label": [str(m) for m in wide.index],
            "x": wide[("estimate", first)].to_numpy(),
            "x0": wide[("lower", first)].to_numpy(),
            "x1": wide[("upper", first)].to_numpy(),
            "y": wide[("estimate", second)].to_numpy(),
            "y0": wide[("lower", second)].to_numpy(),
            "y1": wide[("upper", second)].to_numpy(),
        }
    )
    given = highlight or {}
    others = "other models" if given else "models"
    shown["maker"] = [given.get(name, others) for name in shown["label"]]
    makers = [m for m in dict.fromkeys(given.values()) if m in set(shown["maker"])]
    names = [*makers, others] if (shown["maker"] == others).any() else makers
    colours = ["#0072b2", "#d55e00", "#009e73", "#c4699a", "#a87900"][: len(makers)]
    shapes = ["circle", "square", "triangle-up", "diamond", "cross"][: len(makers)]
    if others in names:
        colours, shapes = [*colours, "#858d99"], [*shapes, "circle"]
    legend = alt.Legend(orient="bottom", columns=4) if len(names) > 1 else None
    colour = alt.Color(
        "maker:N", title=None, scale=alt.Scale(domain=names, range=colours), sort=names, legend=legend
    )
    shape = alt.Shape(
        "maker:N", title=None, scale=alt.Scale(domain=names, range=shapes), sort=names, legend=legend
    )
    # Thin, not pale: a pale line is lost on the page.
    thin = alt.condition(alt.FieldOneOfPredicate("maker", makers or names), alt.value(1.6), alt.value(0.7))
    free = alt.Scale(zero=False)
    x = alt.X("x:Q", title=readable(first), scale=free)
    y = alt.Y("y:Q", title=readable(second), scale=free)
    base = alt.Chart(shown)
    zero_x = alt.Chart(pd.DataFrame({"v": [0.0]})).mark_rule(strokeDash=[3, 3]).encode(x="v:Q")
    zero_y = alt.Chart(pd.DataFrame({"v": [0.0]})).mark_rule(strokeDash=[3, 3]).encode(y="v:Q")
    across = base.mark_rule().encode(
        x=alt.X("x0:Q", title=readable(first), scale=free), x2="x1:Q", y=y, color=colour, strokeWidth=thin
    )
    upright = base.mark_rule().encode(
        x=x, y=alt.Y("y0:Q", title=readable(second), scale=free), y2="y1:Q", color=colour, strokeWidth=thin
    )
    dots = base.mark_point(filled=True, size=62, opacity=1).encode(
        x=x,
        y=y,
        color=colour,
        shape=shape,
        tooltip=[
            alt.Tooltip("label:N", title="Model"),
            alt.Tooltip("maker:N", title="Group"),
            alt.Tooltip("x:Q", format=".2f", title=readable(first)),
            alt.Tooltip("y:Q", format=".2f", title=readable(second)),
        ],
    )
    layers = [zero_x, zero_y, across, upright, dots]
    if len(shown) <= _FEW:
        layers.append(base.mark_text(align="left", dx=9, dy=-9, fontSize=11).encode(x=x, y=y, text="label:N"))
    return alt.layer(*layers).properties(width=size, height=size * 0.8)


def group_contrast_chart(
    contrasts: pd.DataFrame, *, pole: str, key: str = "pole", width: int = 380
) -> Figure:
    """Every contrast of one pole: the interval of its own, and the thin simultaneous one, group means on top.

    Parameters
    ----------
    contrasts
        Of `valuestats.group_contrasts`.
    pole
        Which pole.
    key
        Column of the poles.
    width
        Of the plot, in pixels.
    """
    columns = ["contrast", "kind", "estimate", "lower", "upper", "lower_all", "upper_all"]
    rows = contrasts.loc[contrasts[key] == pole, columns]
    means = rows[rows["kind"] == "groups"]
    pairs = rows[rows["kind"] == "models"].sort_values("estimate")
    order = [*means["contrast"], *pairs["contrast"]]
    shown = rows.assign(kind=rows["kind"].map({"groups": "means of groups", "models": "pairs of models"}))
    kinds = ["means of groups", "pairs of models"]
    y = alt.Y("contrast:N", sort=order, title=None, axis=alt.Axis(labelLimit=330))
    colour = alt.Color(
        "kind:N", title=None, scale=alt.Scale(domain=kinds), legend=alt.Legend(orient="bottom")
    )
    shape = alt.Shape("kind:N", title=None, scale=alt.Scale(domain=kinds, range=["diamond", "circle"]))
    x = alt.X("lower_all:Q", title=f"Difference in {readable(pole)}")
    base = alt.Chart(shown)
    zero = alt.Chart(pd.DataFrame({"v": [0.0]})).mark_rule(strokeDash=[3, 3]).encode(x="v:Q")
    thin = base.mark_rule(strokeWidth=1).encode(x=x, x2="upper_all:Q", y=y, color=colour)
    thick = base.mark_rule(strokeWidth=3).encode(x="lower:Q", x2="upper:Q", y=y, color=colour)
    dots = base.mark_point(filled=True, size=55, opacity=1).encode(
        x="estimate:Q",
        y=y,
        color=colour,
        shape=shape,
        tooltip=[
            "contrast:N",
            alt.Tooltip("estimate:Q", format=".2f"),
            alt.Tooltip("lower:Q", format=".2f"),
            alt.Tooltip("upper:Q", format=".2f"),
            alt.Tooltip("lower_all:Q", format=".2f", title="all together, lower"),
            alt.Tooltip("upper_all:Q", format=".2f", title="all together, upper"),
        ],
    )
    return alt.layer(zero, thin, thick, dots).properties(width=width, height=alt.Step(18))
