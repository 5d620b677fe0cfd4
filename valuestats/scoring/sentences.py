"""Sentences of item-value correlations, scores and ordinal models."""

from __future__ import annotations

from valuestats.results.phrases import profile_phrase
from valuestats.results.result import Result


def scores_sentence(result: Result) -> str:
    """The sentence of scores."""
    clusters = result.meta.get("n_clusters")
    return profile_phrase(
        result,
        "scale points",
        f"intervals resample the {clusters} queries and take the keys as given, so they do not cover the keys' own error",
    )
