"""Sentences of similarities to people."""

from __future__ import annotations

from collections.abc import Callable

from valuestats.reporting.sentences.phrases import interval
from valuestats.result import Result


def _similarity(result: Result) -> str:
    frame = result.estimates.sort_values("estimate", ascending=False)
    best, last = frame.iloc[0], frame.iloc[-1]
    known = "the people's shares are taken as known, without their sampling error"
    if result.meta.get("specification", {}).get("people_uncertainty") == "dirichlet":
        known = "the intervals hold the sampling error of shares whose number of answers is known"
    return (
        f"{best['model']} answers most like people in {best['group']}: {interval(best, 3)} where uniform answers "
        f"score {best['baseline']:.3f} and other countries' people {best['ceiling']:.3f}; the least like are "
        f"{last['model']} and {last['group']} at {interval(last, 3)}, on {int(frame['n_scored'].min())} to "
        f"{int(frame['n_scored'].max())} shared questions; {known}."
    )


SENTENCES: dict[str, Callable[[Result], str]] = {
    "similarity": _similarity,
}
