"""Sentences of scores on instruments."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import number, readable
from valuestats.results.phrases import interval, profile_phrase
from valuestats.results.result import Result
from valuestats.results.untested import has_intervals, interval_caveat
from valuestats.scoring.pooled import by_sentence, pooled_phrases
from valuestats.scoring.runs import over_runs


def instrument_scores_sentence(result: Result) -> str:
    """The sentence of instrument scores."""
    frame = result.estimates.dropna(subset="estimate")
    if frame.empty:
        return "No score on the instrument: too few of its items were answered."
    told = result.meta["specification"]
    centred = told["form"] == "centred"
    key = result.keys[0]
    if len(result.keys) > 2:
        resampled = interval_caveat(result, over_runs(result) or "intervals resample the items")
        given, wanted = (int(result.estimates[c].sum()) for c in ("n_scored", "n_asked"))
        return by_sentence(
            result,
            f"scored {number(given)} of {number(wanted)} answers; {'; '.join([resampled, *pooled_phrases(result)])}",
        )
    about = (
        "each about the own mean rating, so they compare priorities, not levels" if centred else "raw means"
    )
    if key == "model" and frame[key].nunique() > 2:
        said = over_runs(result) or "intervals resample the items, so they speak of other items of the kind"
        caveats = [about, interval_caveat(result, said), *pooled_phrases(result)]
        return profile_phrase(result, "scale points", "; ".join(caveats), signed=centred)
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
        caveat = interval_caveat(
            result,
            over_runs(result) or "intervals resample the items, so they speak of other items of the kind",
        )
        caveat = "; ".join([caveat, *pooled_phrases(result)])
    else:
        weighted = "weighted by design" if told["weighted"] else "unweighted"
        caveat = (
            f"{weighted}, {number(frame.groupby(key)['n_respondents'].max().sum())} respondents"
            f"{' resampled' if has_intervals(frame) else ', ' + interval_caveat(result, '')}"
        )
    return f"{'; '.join(parts)} ({about}; scored {number(scored)} of {number(asked)} answers; {caveat})."


def _named(row: pd.Series, signed: bool) -> str:
    return f"{readable(str(row['dimension']))} ({interval(row, signed=signed)})"
