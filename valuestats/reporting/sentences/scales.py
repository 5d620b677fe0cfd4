"""Sentences of item-value correlations, scores and ordinal models."""

from __future__ import annotations

from collections.abc import Callable

from valuestats.labels import listed, number, readable
from valuestats.result import Result


def _item_values(result: Result) -> str:
    frame = result.estimates
    above = int((frame["estimate"] > 0.30).sum())
    n = int(frame["n_scored"].median())
    width = float((frame["upper"] - frame["lower"]).median())
    caveat = ", and many of them would not come again in another sample" if width > 0.4 else ""
    return (
        f"Of {number(len(frame))} correlations between items and values, {number(above)} exceed .30; each rests on "
        f"about {n} raters, so the typical 95 % interval is {width:.2f} wide{caveat}."
    )


def _scored(result: Result) -> str:
    scored, asked = int(result.estimates["n_scored"].sum()), int(result.estimates["n_asked"].sum())
    return f"scored {number(scored)} of {number(asked)} answers to keyed items"


def _profile(result: Result, unit: str, caveat: str) -> str:
    key = result.value_key
    mean = result.estimates.groupby(key, observed=True)["estimate"].mean().sort_values(ascending=False)
    names = [readable(str(v)) for v in mean.index]
    top = min(3, len(names) // 2) or 1
    models = result.estimates["model"].nunique()
    return (
        (
            f"Over {models} models {listed(names[:top])} stand highest ({mean.iloc[0]:+.2f} {unit} for {names[0]}) and "
            f"{listed(names[-top:])} lowest ({mean.iloc[-1]:+.2f} for {names[-1]}); {_scored(result)}; {caveat}."
        )
        .replace(" -", " −")
        .replace("(-", "(−")
    )


def _scores(result: Result) -> str:
    clusters = result.meta.get("n_clusters")
    return _profile(
        result,
        "scale points",
        f"intervals resample the {clusters} queries and take the keys as given, so they do not cover the keys' own error",
    )


def _ordinal(result: Result) -> str:
    return _profile(
        result,
        "logits",
        "intervals are posterior and cover items, wordings and models' own reactions to items, but take the keys as given",
    )


SENTENCES: dict[str, Callable[[Result], str]] = {
    "item_values": _item_values,
    "ordinal": _ordinal,
    "scores": _scores,
}
