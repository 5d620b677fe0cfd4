"""Sentences of neurons."""

from __future__ import annotations

from valuestats.base.labels import counted, number
from valuestats.results.phrases import interval
from valuestats.results.result import Result
from valuestats.results.untested import untested_because
from valuestats.results.verdicts import SILENT


def neurons_sentence(result: Result) -> str:
    """How many neurons, by which rule and unit, and how many the same cut selects with the sides swapped."""
    found, spec = result.meta["selection"], result.meta["specification"]
    n = found["selected"]
    how = {
        "fdr": f"a false discovery rate of {100 * (spec['false_discovery'] or 0):g}%",
        "threshold": f"a difference of at least {spec['threshold'] or 0:g}",
        "top": f"the {counted(spec['top'] or 0, 'largest difference')} asked for",
        "entropy": "the lowest entropy",
    }[spec["rule"]]
    unit = "questions" if spec["unit"] == "question" else "tokens, taken as independent"
    text = f"{number(n)} of {counted(found['tested'], 'neuron')} that vary {'is' if n == 1 else 'are'} selected by {how}"
    if n and result.verdict.sign not in SILENT:
        first = result.estimates.iloc[0]
        text += f", the surest neuron {first['neuron']} of layer {first['layer']} ({interval(first, signed=True)})"
    elif n:
        untested = result.verdict.sign == "untested"
        text += (
            f", which was not tested ({untested_because(result)})" if untested else ", which is no finding"
        )
    used = result.estimates[["n_scored", "n_asked"]].iloc[0] if n else None
    asked = "" if used is None else f", {number(used['n_scored'])} of {counted(used['n_asked'], 'question')}"
    return (
        f"{text}; with the two sides of each question swapped at random the same cut selects "
        f"{found['swapped']:,.1f} (units: {unit}{asked})."
    )


def stability_sentence(result: Result) -> str:
    """How many neurons are stable, and the bound on the false ones."""
    found = result.meta["stability"]
    n, bound = found["stable"], found["bound"]
    most = f"{bound:.1g}" if bound < 1 else f"{bound:,.0f}"
    return (
        f"{number(n)} of {counted(found['tested'], 'neuron')} {'is' if n == 1 else 'are'} among the {number(found['top'])} "
        f"strongest in at least {100 * found['cutoff']:g}% of the halves of the questions; of those selected no more often "
        f"than at random at most {most} {'is' if bound < 1.5 else 'are'} expected among them."
    )
