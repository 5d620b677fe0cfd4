"""Figures of preferences and of contrasts."""

from __future__ import annotations

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import capitalised, listed, readable
from valuestats.figures.intervals import interval_rows
from valuestats.figures.theme import PALETTE, SHAPES
from valuestats.results.marks import GREY, signed_frame
from valuestats.results.result import Result
from valuestats.results.verdicts import SILENT

_TITLES = {
    "difference": "Chosen less rejected, of 100 times on offer",
    "share": "Share of the times on offer that it was chosen",
    "centred": "Share chosen, less chance",
}


def preference_chart(result: Result, *, width: int = 430) -> Figure:
    """Each label's preference, its interval and its worst-case bounds, the most chosen first; no findings are grey."""
    measure = result.meta["specification"]["measure"]
    return label_rows(signed_frame(result), title=_TITLES[measure], by=_other(result), width=width)


def label_rows(frame: pd.DataFrame, *, title: str, by: str | None, width: int = 430) -> Figure:
    """Rows of labels: bounds as a pale bar, interval as a line, estimate as a point, chance as a dashed rule.

    Parameters
    ----------
    frame
        ``label``, ``estimate``, ``lower``, ``upper``, ``bound_lower``, ``bound_upper``, ``baseline``, ``sign`` and `by`.
    title
        Of the axis.
    by
        Column that gives the colours; all one where omitted.
    width
        In pixels.
    """
    shown = frame.dropna(subset="estimate").assign(
        label=[readable(str(v)) for v in frame.dropna(subset="estimate")["label"]]
    )
    shown = shown.assign(series="all" if by is None else shown[by].astype(str))
    order = list(shown.groupby("label")["estimate"].mean().sort_values(ascending=False).index)
    names = list(dict.fromkeys(shown["series"]))
    columns = [
        "label",
        "series",
        "estimate",
        "lower",
        "upper",
        "bound_lower",
        "bound_upper",
        "baseline",
        "sign",
    ]
    base = alt.Chart(shown[columns])
    y = alt.Y("label:N", sort=order, title=None, axis=alt.Axis(labelLimit=230))
    offset = alt.YOffset("series:N", sort=names)
    x = alt.X("lower:Q", title=title, scale=alt.Scale(zero=False))
    legend = alt.Legend(orient="bottom", columns=3, labelLimit=300) if len(names) > 1 else None
    scale = alt.Scale(domain=names, range=[PALETTE[k % len(PALETTE)] for k in range(len(names))])
    colour = alt.condition(
        alt.FieldOneOfPredicate("sign", list(SILENT)),
        alt.value(GREY),
        alt.Color("series:N", title=None, scale=scale, legend=legend),
    )
    shape = alt.Shape(
        "series:N",
        title=None,
        scale=alt.Scale(domain=names, range=[SHAPES[k % len(SHAPES)] for k in range(len(names))]),
        legend=legend,
    )
    chance = (
        alt.Chart(shown[["baseline"]].dropna().head(1)).mark_rule(strokeDash=[3, 3]).encode(x="baseline:Q")
    )
    layers = [
        chance,
        base.mark_rule(strokeWidth=1.4, strokeDash=[1, 3]).encode(
            x="bound_lower:Q", x2="bound_upper:Q", y=y, yOffset=offset, color=colour
        ),
        base.mark_rule(strokeWidth=1.8).encode(x=x, x2="upper:Q", y=y, yOffset=offset, color=colour),
        base.mark_point(filled=True, size=48, opacity=1).encode(
            x="estimate:Q",
            y=y,
            yOffset=offset,
            color=colour,
            shape=shape,
            tooltip=[
                alt.Tooltip("label:N", title="Label"),
                alt.Tooltip("series:N", title="Of"),
                *(
                    alt.Tooltip(f"{c}:Q", title=t, format=".2f")
                    for c, t in (
                        ("estimate", "Estimate"),
                        ("lower", "Lower"),
                        ("upper", "Upper"),
                        ("bound_lower", "Least, whatever is missing"),
                        ("bound_upper", "Most, whatever is missing"),
                    )
                ),
            ],
        ),
    ]
    return alt.layer(*layers).properties(width=width, height=alt.Step(13 if len(names) > 1 else 22))


def _other(result: Result) -> str | None:
    return next((k for k in result.keys if k != "label"), None)


def contrast_chart(result: Result, *, width: int = 430) -> Figure:
    """What each condition changes, with intervals and, where there are limits, worst-case bounds; no findings are grey."""
    frame = signed_frame(result)
    other = next((k for k in result.keys if k != "condition"), None)
    measure = result.meta["specification"]["measure"]
    title = {"difference": "Change on the same items", "attained": "Part of what could change"}[measure]
    rows = frame.assign(
        label=frame[other or "condition"].astype(str), series=frame["condition"].astype(str), baseline=0.0
    )
    for name in ("bound_lower", "bound_upper"):
        if name not in rows.columns:
            rows[name] = rows["estimate"]
    several = other is not None and len(set(rows["series"])) > 1
    if "adjusted" in rows.columns and rows["adjusted"].notna().any() and not several:
        held = [readable(c).lower() for c in result.meta["specification"]["mixed"]]
        fitted = rows.assign(
            estimate=rows["adjusted"], lower=rows["adjusted_lower"], upper=rows["adjusted_upper"]
        ).assign(bound_lower=rows["adjusted"], bound_upper=rows["adjusted"])
        named = f"{listed(held)} held alike (mixed logit)" if held else "mixed logit"
        rows = pd.concat([rows.assign(series="as asked"), fitted.assign(series=named)], ignore_index=True)
        several = True
    return label_rows(rows, title=title, by="series" if several else None, width=width)


def slope_chart(result: Result, *, width: int = 430) -> Figure:
    """Change per step with its interval, the steepest rise first; no findings are grey."""
    frame = signed_frame(result)
    rows = frame.assign(label=frame[result.keys[0]].astype(str), baseline=0.0)
    rows = rows.assign(bound_lower=rows["estimate"], bound_upper=rows["estimate"])
    return label_rows(rows, title="Change per step", by=None, width=width)


def winner_chart(result: Result, *, width: int = 430) -> Figure:
    """All candidates as they are estimated, and the one that won with its luck taken off."""
    frame = result.estimates
    plain = frame.assign(row=frame["condition"], series="as estimated")
    won = plain.head(1).assign(
        series="corrected for being picked",
        estimate=frame["corrected"].iloc[0],
        lower=frame["corrected_lower"].iloc[0],
        upper=frame["corrected_upper"].iloc[0],
    )
    return interval_rows(
        pd.concat([plain, won], ignore_index=True),
        order=list(frame["condition"]),
        title=capitalised(frame["estimand"].iloc[0]),
        zero=result.meta["specification"]["against"] is not None,
        width=width,
    )
