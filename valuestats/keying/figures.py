"""Keys: item-value map, in-sample against out-of-sample validity, shrinkage, ranks under each rule."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import CIRCLE, readable
from valuestats.figures.theme import SHAPES
from valuestats.results.result import Result

ALL = {"(all)": "All keys"}

FAINT = 0.10
"""Correlations nearer to zero than this are blank on the map."""


def validity_chart(
    result: Result, *, family: str | None = None, rule: str | None = None, width: int = 430
) -> Figure:
    """Mean correlation of keyed items by value: in the raters who made the keys, and in those held out.

    The line at zero is what keys made by chance are worth.
    """
    frame = result.estimates
    family, rule = family or str(frame["family"].iloc[0]), rule or str(frame["rule"].iloc[0])
    frame = frame[(frame["family"] == family) & (frame["rule"] == rule)].dropna(subset=["estimate"])
    frame = frame.assign(value=[ALL.get(d, readable(d)) for d in frame["dimension"]])
    order = [v for v in frame.sort_values("estimate", ascending=False)["value"] if v not in ALL.values()]
    order += [v for v in frame["value"] if v in ALL.values()]
    y = alt.Y("value:N", sort=order, title=None, axis=alt.Axis(labelLimit=170))
    base = alt.Chart(frame[["value", "in_sample", "estimate", "lower", "upper", "n_keys", "jaccard"]])
    names = {"in_sample": "in the raters who made the keys", "estimate": "in the raters held out"}
    points = frame.melt(
        id_vars=["value", "n_keys", "jaccard"], value_vars=list(names), var_name="where", value_name="r"
    )
    points["where"] = points["where"].map(names)
    gap = base.mark_rule(strokeWidth=1, strokeDash=[3, 3]).encode(
        x=alt.X("estimate:Q", title="Mean correlation of the keyed items with their value"),
        x2="in_sample:Q",
        y=y,
    )
    spans = base.mark_rule(strokeWidth=2).encode(x="lower:Q", x2="upper:Q", y=y)
    chance = alt.Chart(pd.DataFrame({"x": [0.0]})).mark_rule(strokeWidth=1.2).encode(x="x:Q")
    legend = alt.Legend(orient="bottom", columns=1, labelLimit=0)
    scale = list(names.values())[::-1]
    dots = (
        alt.Chart(points)
        .mark_point(filled=True, size=70)
        .encode(
            x="r:Q",
            y=y,
            color=alt.Color("where:N", title=None, scale=alt.Scale(domain=scale), legend=legend),
            shape=alt.Shape("where:N", title=None, scale=_shapes(scale)),
            tooltip=[
                alt.Tooltip("value:N"),
                alt.Tooltip("where:N"),
                alt.Tooltip("r:Q", title="mean correlation", format=".2f"),
                alt.Tooltip("n_keys:Q", title="keys per part", format=".1f"),
                alt.Tooltip("jaccard:Q", title="overlap of halves", format=".2f"),
            ],
        )
    )
    return alt.layer(chance, gap, spans, dots).properties(width=width, height=alt.Step(24))


def shrinkage_chart(result: Result, *, width: int = 460) -> Figure:
    """Correlations as found against shrunken, one panel of families by colour; few points per bin shown as one."""
    frame = result.estimates.dropna(subset=["estimate"])
    binned = pd.DataFrame(
        {
            "family": frame["family"].astype(str).map(readable),
            "found": (frame["r"] / 0.02).round() * 0.02,
            "shrunken": (frame["estimate"] / 0.02).round() * 0.02,
        }
    )
    binned = binned.value_counts(["family", "found", "shrunken"]).rename("pairs").reset_index()
    bound, families = result.meta["specification"]["threshold"], list(dict.fromkeys(binned["family"]))
    low, high = float(frame["r"].min()), float(frame["r"].max())
    line = pd.DataFrame({"x": [low, high], "y": [low, high]})
    diagonal = alt.Chart(line).mark_line(strokeDash=[4, 3], strokeWidth=1.2).encode(x="x:Q", y="y:Q")
    rule = alt.Chart(pd.DataFrame({"y": [bound]})).mark_rule().encode(y="y:Q")
    legend = alt.Legend(orient="bottom", columns=1)
    dots = (
        alt.Chart(binned)
        .mark_point(filled=True, opacity=1)
        .encode(
            x=alt.X("found:Q", title="Correlation as found"),
            y=alt.Y("shrunken:Q", title="Shrunken (posterior mean)"),
            size=alt.Size("pairs:Q", title="Pairs", scale=alt.Scale(range=[8, 120]), legend=None),
            color=alt.Color("family:N", title=None, scale=alt.Scale(domain=families), legend=legend),
            shape=alt.Shape("family:N", title=None, scale=_shapes(families)),
            tooltip=[
                "family:N",
                alt.Tooltip("found:Q", format=".2f"),
                alt.Tooltip("shrunken:Q", format=".2f"),
                "pairs:Q",
            ],
        )
    )
    return alt.layer(diagonal, rule, dots).properties(width=width, height=320)


def item_value_map(
    correlations: Result,
    keyed: pd.DataFrame,
    stable: pd.DataFrame,
    *,
    family: str = "pvq",
    width: int = 520,
) -> Figure:
    """All items by all values of a family: the correlation by colour, keys and what stays of them marked.

    Items stand in order of the value they correlate with most and of that correlation, so that each value has its
    stretch of the axis. Keys carry a dot; those of a stricter rule, `stable`, a diamond. Correlations within
    `FAINT` of zero are left blank.
    """
    frame = correlations.estimates
    frame = frame[frame["family"] == family].dropna(subset=["estimate"])
    wide = frame.pivot(index="item", columns="dimension", values="estimate")
    values = [v for v in CIRCLE if v in wide.columns] or list(wide.columns)
    wide = wide[values].fillna(0.0)
    strongest = wide.to_numpy().argmax(axis=1)
    order = np.lexsort((-wide.to_numpy().max(axis=1), strongest))
    place = pd.Series(np.arange(len(wide)), index=wide.index[order])
    triples = {
        name: set(zip(part["item"], part["dimension"], strict=True))
        for name, part in (
            ("keyed", keyed[keyed["family"] == family]),
            ("stable", stable[stable["family"] == family]),
        )
    }
    pairs = list(zip(frame["item"], frame["dimension"], strict=True))
    cells = pd.DataFrame(
        {
            "item": frame["item"].astype(str),
            "value": frame["dimension"].map(readable),
            "place": frame["item"].map(place),
            "r": frame["estimate"].round(3),
            "key": [
                "stays" if pair in triples["stable"] else "keyed" if pair in triples["keyed"] else ""
                for pair in pairs
            ],
        }
    )
    cells = cells[
        (cells["r"].abs() >= FAINT) | (cells["key"] != "")
    ]  # half the rows, and no cell one could see
    cells["next"] = cells["place"] + 1
    y = alt.Y("value:N", sort=[readable(v) for v in values], title=None, scale=alt.Scale(paddingInner=0.08))
    x = alt.X(
        "place:Q",
        title="Items, ordered by the value they correlate with most",
        scale=alt.Scale(domain=[0, len(wide)], nice=False),
        axis=alt.Axis(grid=False),
    )
    tooltip = ["item:N", "value:N", alt.Tooltip("r:Q", format=".2f"), "key:N"]
    base = alt.Chart(cells)
    colours = base.mark_rect().encode(
        x=x,
        x2="next:Q",
        y=y,
        color=alt.Color(
            "r:Q",
            title="Correlation",
            scale=alt.Scale(domain=[-0.6, 0.6], clamp=True, range="diverging"),
            legend=alt.Legend(orient="bottom", direction="horizontal"),
        ),
        tooltip=tooltip,
    )
    # text takes the page's ink, light or dark
    dots = base.transform_filter("datum.key == 'keyed'").mark_text(text="•", fontSize=7)
    diamonds = base.transform_filter("datum.key == 'stays'").mark_text(text="◆", fontSize=13)
    marks = [layer.encode(x=x, y=y, tooltip=tooltip) for layer in (dots, diamonds)]
    return alt.layer(colours, *marks).properties(width=width, height=alt.Step(24))


def rank_shift_chart(ranks: pd.DataFrame, *, rule: str, width: int = 460) -> Figure:
    """Places every model moves on every value under a rule of the keys, against the first rule."""
    frame = ranks[ranks["rule"] == rule].dropna(subset=["shift"]).copy()
    frame["value"] = frame["dimension"].map(readable)
    frame["before"] = frame["rank"] - frame["shift"]
    order = list(
        frame.groupby("model")["shift"].apply(lambda s: s.abs().mean()).sort_values(ascending=False).index
    )
    values = [readable(v) for v in CIRCLE if v in set(frame["dimension"])] or sorted(set(frame["value"]))
    limit = max(float(frame["shift"].abs().max()), 1.0)
    columns = ["model", "value", "before", "rank", "shift", "rank_lower", "rank_upper"]
    return (
        alt.Chart(frame[columns])
        .mark_rect()
        .encode(
            x=alt.X("value:N", sort=values, title=None, axis=alt.Axis(labelAngle=-45)),
            y=alt.Y("model:N", sort=order, title=None, axis=alt.Axis(labelLimit=200)),
            color=alt.Color(
                "shift:Q",
                title="Places moved (below zero: up)",
                scale=alt.Scale(domain=[-limit, limit], range="diverging"),
                legend=alt.Legend(orient="bottom", direction="horizontal"),
            ),
            tooltip=[
                "model:N",
                "value:N",
                alt.Tooltip("before:Q", title="rank before", format=".0f"),
                alt.Tooltip("rank:Q", title="rank now", format=".0f"),
                alt.Tooltip("rank_lower:Q", title="interval from", format=".0f"),
                alt.Tooltip("rank_upper:Q", title="to", format=".0f"),
            ],
        )
        .properties(width=width, height=alt.Step(14))
    )


def ranking_chart(table: pd.DataFrame, *, names: Mapping[str, str] | None = None, width: int = 430) -> Figure:
    """Kendall's tau of each rule's order of the models with the first rule's, beside the noise of that order."""
    frame = table.copy()
    frame["value"] = frame["dimension"].map(readable)
    frame["rule"] = [(names or {}).get(rule, rule) for rule in frame["rule"]]
    order = [readable(v) for v in CIRCLE if v in set(frame["dimension"])] or sorted(set(frame["value"]))
    rules = list(dict.fromkeys(frame["rule"]))
    y, legend = alt.Y("value:N", sort=order, title=None), alt.Legend(orient="bottom", columns=1)
    noise = frame.drop_duplicates("value")[["value", "noise", "noise_lower", "noise_upper"]]
    band = (
        alt.Chart(noise)
        .mark_bar(height=12, fillOpacity=0.3, color="#7a828c", stroke="#7a828c", strokeWidth=1)
        .encode(
            x=alt.X("noise_lower:Q", title="Kendall's τ with the order under r > .30"),
            x2="noise_upper:Q",
            y=y,
        )
    )
    dots = (
        alt.Chart(
            frame.dropna(subset=["tau"])[["value", "rule", "tau", "n_items", "n_items_first", "verdict"]]
        )
        .mark_point(filled=True, size=62)
        .encode(
            x="tau:Q",
            y=y,
            color=alt.Color("rule:N", title=None, scale=alt.Scale(domain=rules), legend=legend),
            shape=alt.Shape("rule:N", title=None, scale=_shapes(rules)),
            tooltip=[
                "value:N",
                "rule:N",
                alt.Tooltip("tau:Q", format=".2f"),
                alt.Tooltip("n_items:Q", title="items"),
                alt.Tooltip("n_items_first:Q", title="items under r > .30"),
                "verdict:N",
            ],
        )
    )
    return alt.layer(band, dots).properties(width=width, height=alt.Step(26))


def _shapes(domain: list[str]) -> alt.Scale:
    """Shapes by name, which share one legend with the colours of the same domain."""
    return alt.Scale(domain=domain, range=list(SHAPES[: len(domain)]))
