"""Sentences of scores on instruments."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import number, readable
from valuestats.results.phrases import interval
from valuestats.results.result import Result


def instrument_scores_sentence(result: Result) -> str:
    """The sentence of instrument scores."""
    frame = result.estimates.dropna(subset="estimate")
    if frame.empty:
        return "No score on the instrument: too few of its items were answered."
    told = result.meta["specification"]
    centred = told["form"] == "centred"
    key = result.keys[0]
    parts = []
    for label, rows in list(frame.groupby(key, sort=False))[:2]:
        ordered = rows.sort_values("estimate")
        top, last = ordered.iloc[-1], ordered.iloc[0]
        who = "People" if label == "all" else str(label) if key == "model" else f"Group {label}"
        parts.append(
            f"{who} {'score' if label == 'all' else 'scores'} highest on {_named(top, centred)} and lowest on "
            f"{_named(last, centred)}"
        )
    scored, asked = int(result.estimates["n_scored"].sum()), int(result.estimates["n_asked"].sum())
    if key == "model":
        caveat = "intervals resample the items, so they speak of other items of the kind"
    else:
        weighted = "weighted by design" if told["weighted"] else "unweighted"
        caveat = (
            f"{weighted}, {number(frame.groupby(key)['n_respondents'].max().sum())} respondents resampled"
        )
    about = (
        "each about the own mean rating, so they compare priorities, not levels" if centred else "raw means"
    )
    return f"{'; '.join(parts)} ({about}; scored {number(scored)} of {number(asked)} answers; {caveat})."


def _named(row: pd.Series, signed: bool) -> str:
    return f"{readable(str(row['dimension']))} ({interval(row, signed=signed)})"
