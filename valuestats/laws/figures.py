"""Figures of laws."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import readable
from valuestats.figures.intervals import interval_rows
from valuestats.figures.theme import PALETTE, SHAPES
from valuestats.laws.trust import not_excluded
from valuestats.results.result import Result

_STEPS = 80


def size_axis(low: float, high: float) -> alt.Axis:
    """Ticks of a logarithmic axis of sizes: powers of ten, and 2 and 5 times them where these are few; billions as B."""
    powers = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    ticks = [t for t in powers if low <= t <= high]
    if len(ticks) < 3:
        ticks = [m * t for t in powers for m in (1, 2, 5) if low <= m * t <= high]
    return alt.Axis(values=ticks, labelExpr="replace(format(datum.value, '~s'), 'G', 'B')")


def law_chart(result: Result, *, width: int = 480, height: int = 320) -> Figure:
    """Points and law on logarithmic scales; of two sizes, what was measured against what the law says."""
    spec = result.meta["specification"]
    points = pd.DataFrame(result.meta["points"])
    points["series"] = [readable(str(label)) for label in points["fit"]]
    names = list(dict.fromkeys(points["series"]))
    outcome = readable(spec["y"])
    two = len(spec["x"]) > 1
    across = "fitted" if two else spec["x"][0]
    lines = pd.DataFrame({across: [points["fitted"].min(), points["fitted"].max()]})
    ends = lines.assign(fitted_outcome=lines[across], series="as the law says")
    lines = ends if two else _lines(result, points)
    legend = alt.Legend(orient="bottom", columns=3, labelLimit=300) if len(names) > 1 else None
    colour = alt.Color("series:N", title=None, scale=alt.Scale(domain=names), legend=legend)
    log = alt.Scale(type="log", nice=False, padding=12)
    title = f"{outcome} by the law" if two else readable(across)
    axis = size_axis(points[across].min(), points[across].max())
    shown = points[[across, "outcome", "series"]]
    dots = alt.Chart(shown).mark_point(filled=True, size=34, opacity=1)
    dots = dots.encode(
        x=alt.X(f"{across}:Q", title=title, scale=log, axis=axis),
        y=alt.Y("outcome:Q", title=outcome, scale=log, axis=alt.Axis(format="~g", tickCount=6)),
        color=colour,
        shape=alt.Shape(
            "series:N", scale=alt.Scale(domain=names, range=list(SHAPES[: len(names)])), legend=legend
        ),
    )
    flat = {readable(str(fit["fit"])) for fit in result.meta["fits"] if not_excluded(fit)}
    layers = []
    for dashed in (False, True):  # dashed where a flat line fits as well
        own = lines if two and not dashed else lines[lines["series"].isin(flat) == dashed]
        if len(own):
            line = alt.Chart(own).mark_line(strokeWidth=2, strokeDash=[5, 4] if dashed else [1, 0])
            line = line.encode(x=f"{across}:Q", y="fitted_outcome:Q", detail="series:N")
            layers.append(line.encode(color=alt.value("#7a828c") if two else colour))
    return alt.layer(*layers, dots, *_strays(result, points, across)).properties(width=width, height=height)


def _strays(result: Result, points: pd.DataFrame, across: str) -> list[alt.Chart]:
    """Rings about the points of units that stray from the law of the others, each named at its largest size."""
    pairs = {(str(fit["fit"]), name) for fit in result.meta["fits"] for name in fit.get("strays", {})}
    if not pairs or "unit" not in points:
        return []
    mine = [(str(f), str(u)) in pairs for f, u in zip(points["fit"], points["unit"], strict=True)]
    own = points[mine]
    last = own.loc[own.groupby(["fit", "unit"])[across].idxmax()].assign(
        name=lambda d: "strays: " + d["unit"].map(readable)
    )
    place = {"x": f"{across}:Q", "y": "outcome:Q"}
    ring = alt.Chart(own[[across, "outcome"]]).mark_point(
        filled=False, size=130, strokeWidth=1.6, color=PALETTE[1]
    )
    text = alt.Chart(last[[across, "outcome", "name"]]).mark_text(align="right", dy=-14, color=PALETTE[1])
    return [ring.encode(**place), text.encode(**place, text="name:N")]


def _lines(result: Result, points: pd.DataFrame) -> pd.DataFrame:
    """The law of each group between its smallest and its largest size."""
    size = result.meta["specification"]["x"][0]
    frame = result.estimates
    parts = []
    for label, own in points.groupby("fit", sort=False):
        rows = frame if len(result.keys) == 1 else frame[frame[result.keys[0]].astype(str) == label]
        value = rows.set_index("parameter")["estimate"]
        x = np.geomspace(own[size].min(), own[size].max(), _STEPS)
        y = value.get("floor", 0.0) + np.exp(value["log coefficient"] - value["exponent"] * np.log(x))
        parts.append(pd.DataFrame({size: x, "fitted_outcome": y, "series": own["series"].iloc[0]}))
    return pd.concat(parts, ignore_index=True)


def law_comparison_chart(result: Result, *, width: int = 460) -> Figure:
    """Error of each law on what it has not seen, with intervals."""
    frame = result.estimates
    series = frame[result.keys[0]] if len(result.keys) > 1 else "all"
    return interval_rows(
        frame.assign(row=frame["law"], series=series),
        order=list(dict.fromkeys(frame["law"])),
        title="Mean absolute error of the logarithm, units left out",
        zero=False,
        width=width,
    )
