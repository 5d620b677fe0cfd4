"""The first screen of a comparison: who differs, by how much, and whether it can be trusted."""

from __future__ import annotations

import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import capitalised, readable
from valuestats.figures.profiles import interval_chart
from valuestats.figures.refused import refused_chart
from valuestats.results.marks import example
from valuestats.results.pairs import facing
from valuestats.results.phrases import interval
from valuestats.results.result import Result
from valuestats.results.untested import has_intervals, pairs_apart, why_untested
from valuestats.results.verdicts import SILENT


def decision_sentence(result: Result, unit: str = "scale points") -> str:
    """The two models that lie furthest apart on the value that says most, and what of the result may be read."""
    label = example(result)
    if label is None:
        return f"Nothing here is a finding about how these models differ. {result.verdict.sentence()}"
    key = result.value_key
    frame = result.estimates[result.estimates[key].astype(str) == label].dropna(subset="estimate")
    frame = frame.assign(model=frame["model"].astype(str)).sort_values("estimate", ascending=False)
    if len(frame) < 2 or result.draws is None:
        return f"There are no two models to compare on {readable(label)}. {result.verdict.sentence()}"
    top, low = frame.iloc[0], frame.iloc[-1]
    pairs = result.contrasts("model", level=float(top["level"]))
    pairs = pairs[pairs[key] == label]
    pair = _pair(pairs, top["model"], low["model"])
    telling = pairs[pairs["differs"].fillna(False).astype(bool)]
    if len(telling) and not pair["lower"] > 0:  # the widest gap is no finding, and another one is
        widest = telling.iloc[int(telling["estimate"].abs().to_numpy().argmax())]
        ends = (widest["first"], widest["second"])
        return _of_a_pair(
            _pair(pairs, *(ends if widest["estimate"] > 0 else ends[::-1])), pairs, unit, label, result
        )
    if pairs["differs"].isna().all():
        told = f"apart, which was not tested: {why_untested(result, frame)}"
    else:
        apart = "can't be told apart" if not pair["lower"] > 0 else "differ"
        if pd.isna(pair["lower"]):
            apart = "were not tested"
        told = f"apart, so they {apart}" if pd.notna(pair["lower"]) else f"apart, and {apart}"
    held = "" if pairs["differs"].isna().all() else " with an interval that holds for all pairs at once"
    return (
        f"On {readable(label)}, {top['model']} stands highest and {low['model']} lowest: {interval(pair, signed=True)} "
        f"{unit} {told}; {pairs_apart(pairs, 'models')} differ{held}. {result.verdict.sentence()}"
    )


def _pair(pairs: pd.DataFrame, first: str, second: str) -> pd.Series:
    """The difference of one model from another."""
    own = facing(pairs, first)
    return own[own["second"] == second].iloc[0]


def _of_a_pair(pair: pd.Series, pairs: pd.DataFrame, unit: str, label: str, result: Result) -> str:
    """The widest difference that is one, where the highest and the lowest model can't be told apart."""
    return (
        f"On {readable(label)}, {pair['first']} stands above {pair['second']}: {interval(pair, signed=True)} {unit} apart, "
        f"the widest difference that is told; {pairs_apart(pairs, 'models')} differ with an interval that holds for all "
        f"pairs at once. {result.verdict.sentence()}"
    )


def decision_chart(result: Result) -> Figure:
    """All models on that value, with their intervals; where nothing is a finding, why."""
    label = example(result)
    if label is None:
        return refused_chart([r.text for r in result.verdict.reasons if r.sign in SILENT][:6])
    return interval_chart(result, label)


def decision_caption(result: Result) -> str:
    """What the chart shows, and why this value."""
    label = example(result)
    if label is None:
        return "No value is a finding, so none is shown model by model."
    sign = result.verdict.of(result.value_key)[label]
    why = "that nothing speaks against" if sign == "sound" else "that may be read with care"
    shown = result.estimates[result.estimates[result.value_key].astype(str) == label]
    several = len(set(shown["model"])) > 1
    if not has_intervals(shown):
        chosen = f": of the values {why}, the one on which the models lie furthest apart" if several else ""
        return (
            f"{capitalised(readable(label))}, model by model, without intervals ({why_untested(result, shown)}){chosen}. "
            "Their order is not tested, so the models should not be ranked."
        )
    if not several:
        return f"{capitalised(readable(label))} of the one model, with its interval: a value {why}."
    return (
        f"{capitalised(readable(label))}, model by model, with intervals: of the values {why}, the one on which the "
        "models lie furthest apart. Models whose intervals overlap widely should not be ranked."
    )
