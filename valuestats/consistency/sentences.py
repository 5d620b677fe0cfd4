"""Sentences of reliability and stability."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import counted, listed, readable
from valuestats.results.phrases import interval
from valuestats.results.result import Result
from valuestats.results.untested import interval_caveat


def reliability_sentence(result: Result) -> str:
    """The sentence of reliability."""
    if "model" in result.keys:
        return _retest(result)
    frame = result.estimates.dropna(subset="estimate").sort_values("estimate")
    if frame.empty:
        return f"No reliability is defined: {_why_none(result.estimates)}."
    low, high = frame.iloc[0], frame.iloc[-1]
    if len(frame) == 1:
        text = f"{high['estimand']} is {interval(high)}"
    else:
        text = (
            f"Reliability runs from {interval(low)} ({low['estimand']}, {readable(str(low['scale']))}) to {interval(high)} "
            f"({high['estimand']}, {readable(str(high['scale']))})"
        )
    lost = result.estimates[result.estimates["estimate"].isna()]
    none = f"; {counted(len(lost), 'coefficient')} not defined: {_why_none(lost)}" if len(lost) else ""
    untested = interval_caveat(result, "")
    told = f"; {untested.removeprefix('; ')}" if untested else ""
    return f"{text}{none}{told}{_items_apart(result)}; a high value does not show that a scale measures one thing."


def _items_apart(result: Result) -> str:
    """The items that hardly go with the others of their scale."""
    apart = {scale: items for scale, items in result.meta.get("apart", {}).items() if items}
    if not apart:
        return ""
    several = len(result.meta["apart"]) > 1
    named = [
        f"{listed(items[:8])}{f' of {readable(scale)}' if several else ''}" for scale, items in apart.items()
    ]
    alone = sum(map(len, apart.values())) == 1
    return f"; {listed(named)} hardly {'goes' if alone else 'go'} with the other items"


def _why_none(rows: pd.DataFrame) -> str:
    """The reasons, each once; of several scales with the scale they hold for."""
    if "reason" not in rows.columns:  # stored before reasons were
        return "see the warnings"
    several = len(set(rows["scale"])) > 1
    told = [
        f"{readable(str(row.scale))}: {row.reason}" if several else str(row.reason)
        for row in rows.itertuples()
    ]
    return "; ".join(dict.fromkeys(told))


def _retest(result: Result) -> str:
    frame = result.estimates.dropna(subset="estimate").sort_values("estimate")
    low, high = frame.iloc[0], frame.iloc[-1]
    return (
        f"Asked again under another condition, the answers of {high['model']} are the most stable "
        f"({high['coefficient']} {interval(high)}) and those of {low['model']} the least ({interval(low)}); the value "
        "is the share of variance that belongs to the items, and intervals resample queries."
    )
