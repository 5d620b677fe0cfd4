"""Value profiles: how models stand on values."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import CIRCLE, readable
from valuestats.figures.theme import DIVERGING, PALETTE, colour_word
from valuestats.results.marks import GREY, in_words, marked, one_model_column, signed_frame
from valuestats.results.result import Result

_SCALE = {
    "scores": "Centred score (answer scale points)",
    "instrument_scores": "Score about own mean rating (scale points)",
    "ordinal": "Latent profile (logits, centred within model)",
}


_NO_FINDING = "datum.sign === 'none' || datum.sign === 'untested'"


def profile_chart(result: Result, *, width: int = 520) -> Figure:
    """Each value's row of models, and the mean over models; values from highest to lowest, those of no finding last.

    Every thin tick is one model's estimate; the dot is the mean over models. What is no finding is grey.
    """
    key = result.value_key
    frame = _readable_frame(result, key)
    order = _by_mean(frame)
    title = _title(result)
    y = alt.Y("value:N", sort=order, title=None, axis=alt.Axis(labelLimit=160))
    ticks = (
        alt.Chart(frame)
        .mark_tick(thickness=1.5, size=16)
        .encode(
            x=alt.X("estimate:Q", title=title, scale=alt.Scale(zero=False)),
            y=y,
            color=_grey_unless_found(PALETTE[0]),
            tooltip=_tooltip(),
        )
    )
    means = frame.groupby("value", as_index=False).agg(estimate=("estimate", "mean"), sign=("best", "first"))
    dots = (
        alt.Chart(means)
        .mark_point(filled=True, size=70, opacity=1)
        .encode(x="estimate:Q", y=y, color=_grey_unless_found(PALETTE[1]))
    )
    raw = result.meta["specification"].get("form") == "raw"
    zero = alt.Chart(pd.DataFrame({"x": [0.0]})).mark_rule(strokeDash=[3, 3]).encode(x="x:Q")
    return alt.layer(*([] if raw else [zero]), ticks, dots).properties(width=width, height=alt.Step(26))


def heat_chart(result: Result, *, width: int = 460) -> alt.Chart:
    """Models by values as a heat map: values in circle order, models by their first value's score."""
    key = result.value_key
    frame = _readable_frame(result, key)
    marks = dict(zip(frame["label"], frame["value"], strict=True))
    columns = [marks[v] for v in (CIRCLE if set(marks) <= set(CIRCLE) else sorted(marks)) if v in marks]
    rows = sorted(set(frame["model"]))
    bound = float(frame["estimate"].abs().max())
    return (
        alt.Chart(frame)
        .mark_rect()
        .encode(
            x=alt.X("value:N", sort=columns, title=None, axis=alt.Axis(labelAngle=-40, orient="top")),
            y=alt.Y("model:N", sort=rows, title=None, axis=alt.Axis(labelLimit=230)),
            color=alt.Color(
                "estimate:Q",
                title=_title(result),
                scale=alt.Scale(domain=[-bound, bound], domainMid=0),
                legend=alt.Legend(orient="bottom", gradientLength=220, titleLimit=320),
            ),
            opacity=alt.condition(_NO_FINDING, alt.value(0.3), alt.value(1.0)),
            tooltip=_tooltip(),
        )
        .properties(width=width, height=alt.Step(15))
    )


def heat_caption(result: Result, what: str = "dimension") -> str:
    """What the heat map shows, with the colours it is drawn in."""
    below, above = (colour_word(DIVERGING["light"][k]) for k in (1, -2))
    own = "below the model's own mean" if result.kind in _SCALE else "below 0"
    faint = (
        " Columns marked ○ are no finding and faint." if "none" in set(result.verdict.rows["sign"]) else ""
    )
    kind = {"scores": "Centred scores", "ordinal": "Latent profiles"}.get(result.kind, "Estimates")
    return f"{kind} of every model on every {what}; {above} is above, {below} {own}.{faint}"


def interval_chart(result: Result, value: str, *, width: int = 420) -> Figure:
    """One value: every model's estimate with its interval, sorted."""
    key = result.value_key
    frame = _readable_frame(result, key)
    frame = frame[frame["label"] == value].sort_values("estimate", ascending=False)
    y = alt.Y("model:N", sort=list(frame["model"]), title=None, axis=alt.Axis(labelLimit=230))
    x = alt.X(
        "lower:Q",
        title=f"{frame['value'].iloc[0] if len(frame) else readable(value)}: {_SCALE.get(result.kind, 'estimate')}",
        scale=alt.Scale(zero=False),
    )
    colour = _grey_unless_found(PALETTE[0])
    bars = alt.Chart(frame).mark_rule(strokeWidth=1.6).encode(x=x, x2="upper:Q", y=y, color=colour)
    dots = (
        alt.Chart(frame)
        .mark_point(filled=True, size=38, opacity=1)
        .encode(x="estimate:Q", y=y, color=colour, tooltip=_tooltip())
    )
    return alt.layer(bars, dots).properties(width=width, height=alt.Step(15))


def rank_chart(ranks: pd.DataFrame, *, key: str, width: int = 420) -> Figure:
    """Ranks with their intervals, from ``result.rank(key)``, one row per label."""
    frame = ranks.assign(label=[readable(str(v)) for v in ranks[key]]).sort_values("rank")
    y = alt.Y("label:N", sort=list(frame["label"]), title=None, axis=alt.Axis(labelLimit=230))
    x = alt.X("rank_lower:Q", title="Rank (1 = highest), 95% interval", scale=alt.Scale(zero=False))
    bars = alt.Chart(frame).mark_rule(strokeWidth=1.6).encode(x=x, x2="rank_upper:Q", y=y)
    dots = alt.Chart(frame).mark_point(filled=True, size=38, opacity=1).encode(x="rank:Q", y=y)
    return alt.layer(bars, dots).properties(width=width, height=alt.Step(18))


def _title(result: Result) -> str:
    if result.meta["specification"].get("form") == "raw":
        return "Mean answer (scale points)"
    return _SCALE.get(result.kind, "Estimate")


def _readable_frame(result: Result, key: str) -> pd.DataFrame:
    columns = ["model", key, "estimate", "lower", "upper", "n_scored", "n_asked", "sign"]
    frame = one_model_column(result, signed_frame(result))[columns].rename(columns={key: "label"})
    frame["label"] = frame["label"].astype(str)
    frame["best"] = frame["label"].map(result.verdict.of(key))
    frame["value"] = [marked(v, s) for v, s in zip(frame["label"], frame["best"], strict=True)]
    frame["trust"] = [in_words(s) for s in frame["sign"]]
    frame["model"] = frame["model"].astype(str)
    return frame.astype({"n_scored": int, "n_asked": int})


def _by_mean(frame: pd.DataFrame) -> list[str]:
    means = frame.groupby("value").agg(
        mean=("estimate", "mean"), none=("best", lambda s: s.iloc[0] == "none")
    )
    return list(means.sort_values(["none", "mean"], ascending=[True, False]).index)


def _grey_unless_found(colour: str) -> Any:
    return alt.condition(_NO_FINDING, alt.value(GREY), alt.value(colour))


def _tooltip() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("model:N", title="Model"),
        alt.Tooltip("value:N", title="Value"),
        alt.Tooltip("estimate:Q", title="Estimate", format="+.2f"),
        alt.Tooltip("lower:Q", title="Lower", format="+.2f"),
        alt.Tooltip("upper:Q", title="Upper", format="+.2f"),
        alt.Tooltip("n_scored:Q", title="Answers scored"),
        alt.Tooltip("n_asked:Q", title="Answers asked"),
        alt.Tooltip("trust:N", title="Trust"),
    ]
