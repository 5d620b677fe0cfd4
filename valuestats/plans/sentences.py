"""Sentences of weights behind plans."""

from __future__ import annotations

from valuestats.base.labels import counted, listed, number, readable
from valuestats.results.marks import findings, silent_words
from valuestats.results.phrases import interval
from valuestats.results.result import Result


def plans_sentence(result: Result) -> str:
    """Who weighs what most, how many pairs of weights are told apart, and what the plans leave open."""
    spec = result.meta["specification"]
    by = spec["by"]
    if not result.passed:
        return f"No finding: {'; '.join(result.meta['gate']['reasons'])}."
    kept = findings(result)
    if kept.empty:
        return f"{silent_words(result)}: {result.verdict.sentence().rstrip('.')}."
    tops = []
    for label, own in [(None, kept)] if by is None else list(kept.groupby(by, sort=False)):
        top = own.iloc[int(own["estimate"].to_numpy().argmax())]
        who = "" if label is None else f" for {label}"
        tops.append(f"{readable(str(top['value']))} weighs most{who} ({interval(top)} of the whole)")
    pairs = result.meta["pairs"]
    told = sum(p["probability"] > 0.975 or p["probability"] < 0.025 for p in pairs)
    open_ones = sorted({", ".join(d["values"]) for d in result.meta["untold"]})
    text = f"{listed(tops[:3])}; {number(told)} of {counted(len(pairs), 'pair')} of weights can be told apart"
    if len(tops) > 3:
        text = f"over {counted(len(tops), 'agent')}, {text}"
    if open_ones:
        text += f"; hardly told by these plans: {listed([f'the weight of {o}' for o in open_ones])}"
    nothing = [r.where for r in result.verdict.reasons if r.aspect == "zero"]
    if nothing:
        named = sorted({readable(w["value"]) + (f" of {w[by]}" if by else "") for w in nothing})
        text += f"; {listed(named)} may weigh nothing"
    far = {r.text for r in result.verdict.reasons if r.aspect == "horizon"}
    if far:
        text += f"; {listed(sorted(far))}"
    plans = int(result.estimates.drop_duplicates([by] if by else ["n_units"])["n_units"].sum())
    return (
        f"{text[0].upper()}{text[1:]} ({counted(plans, 'plan')}, taken as those of somebody who looks {spec['horizon']} "
        f"steps ahead, with a prior that prefers no value)."
    )
