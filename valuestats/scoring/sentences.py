"""Sentences of item-value correlations, scores and ordinal models."""

from __future__ import annotations

from valuestats.results.phrases import profile_phrase, scored
from valuestats.results.result import Result
from valuestats.results.untested import interval_caveat, units_of
from valuestats.scoring.pooled import by_sentence, pooled_phrases
from valuestats.scoring.runs import over_runs


def scores_sentence(result: Result) -> str:
    """The sentence of scores."""
    clusters = result.meta.get("n_clusters")
    said = (
        f"intervals resample the {clusters} {units_of(result)} and take the keys as given, so they do not cover the keys' "
        "own error"
    )
    caveat = interval_caveat(result, over_runs(result) or said)
    if len(result.keys) > 2:
        return by_sentence(result, f"{scored(result)}; {caveat}")
    raw = result.meta["specification"].get("form") == "raw"
    caveats = [*(["raw means"] if raw else []), caveat, *pooled_phrases(result)]
    return profile_phrase(result, "scale points", "; ".join(caveats), signed=not raw)
