"""Sentences of probes, directions and control."""

from __future__ import annotations

import numpy as np

from valuestats.base.labels import counted, listed, number, p_value
from valuestats.results.marks import findings
from valuestats.results.phrases import interval
from valuestats.results.result import Result
from valuestats.results.untested import untested_because


def probe_sentence(result: Result) -> str:
    """The layer that is read best, against what permuted labels give, and by what rows were held out."""
    spec = result.meta["specification"]
    kept = findings(result)
    first = result.estimates.iloc[0]
    whole = "whatever their group" if spec["split"] == "rows" else "groups kept whole"
    tail = (
        f"{number(first['n_scored'])} of {counted(first['n_asked'], 'row')} held out, {whole} "
        f"({counted(first['n_units'], 'group')})"
    )
    if kept.empty:
        best = result.estimates.iloc[int(result.estimates["estimate"].argmax())]
        ceiling = (
            ""
            if np.isnan(best["ceiling"])
            else f", permuted labels reach {best['ceiling']:.2f} in the best of the layers"
        )
        if result.verdict.sign == "untested":
            return f"Not tested: {untested_because(result)} (highest {interval(best)}{ceiling}; {tail})."
        return (
            f"No layer is read better than permuted labels are (highest {interval(best)}{ceiling}; {tail})."
        )
    best = kept.iloc[int(kept["estimate"].argmax())]
    text = f"Layer {best['layer']} is read best: {interval(best)} of the rows are labelled rightly"
    if not np.isnan(best["ceiling"]):
        text += (
            f", where permuted labels give {best['baseline']:.2f} and at most {best['ceiling']:.2f} in the best of "
            f"the layers ({p_value(best['p_adjusted'])})"
        )
    return f"{text}; {number(len(kept))} of {counted(len(result.estimates), 'layer')} beyond them; {tail}."


def directions_sentence(result: Result) -> str:
    """Which direction is most stable, and how near it is to its limit."""
    best = result.estimates.iloc[int(result.estimates["estimate"].argmax())]
    return (
        f"The direction of layer {best['layer']} is the most stable: directions of two halves of "
        f"{counted(best['n_units'], 'group')} have a cosine of {best['halves']:.2f}, which makes its cosine with the limit "
        f"{best['estimate']:.2f}."
    )


def control_sentence(result: Result) -> str:
    """Success by condition, with what is yes-saying, and whether the judge was held against people."""
    frame = result.estimates
    own = frame[frame["measure"] == "success"].sort_values("estimate", ascending=False)
    told = [f"{interval(row)} with {row['condition']}" for _, row in own.iterrows()]
    spec = result.meta["specification"]
    known = (
        "yes-saying told apart by items keyed both ways (saying yes to everything has .5)"
        if spec["keyed"]
        else "items are keyed one way, so that success and saying yes can't be told apart"
    )
    judge = (
        "the judge's error taken out by people's labels"
        if spec["labelled"]
        else "the judge's word taken as it is"
    )
    scored, asked = int(own["n_scored"].sum()), int(own["n_asked"].sum())
    return f"Success of control: {listed(told)}; {known}; {judge}; scored {number(scored)} of {number(asked)} answers."
