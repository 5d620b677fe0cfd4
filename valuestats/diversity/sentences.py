"""Sentences of perspectives and their spread."""

from __future__ import annotations

from valuestats.base.labels import number, span
from valuestats.results.phrases import interval
from valuestats.results.result import Result


def diversity_sentence(result: Result) -> str:
    """The sentence of diversity."""
    frame = result.estimates.dropna(subset="estimate").sort_values("estimate")
    if frame.empty:
        return "No answer refers to any perspective, so there is no evenness to report."
    low, high = frame.iloc[0], frame.iloc[-1]
    silent = span(frame["no_reference"].min(), frame["no_reference"].max(), ".0%")
    counts = f"scored {number(frame['n_scored'].sum())} of {number(frame['n_asked'].sum())} answers"
    if len(frame) == 1:
        return (
            f"References are spread with an evenness of {interval(high)} (1 is even), corrected for the bias of small "
            f"counts; {silent.split(' ')[0]} of the answers refer to no perspective and count for nothing; {counts}."
        )
    return (
        f"References are spread most evenly by {high['model']} under {high['condition']} ({interval(high)}; 1 is even) and "
        f"least by {low['model']} under {low['condition']} ({interval(low)}), corrected for the bias of small counts; "
        f"{silent} of the answers refer to no perspective and count for nothing; {counts}; intervals resample questions."
    )
