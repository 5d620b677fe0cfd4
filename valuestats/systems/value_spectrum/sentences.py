"""Sentences of rates."""

from __future__ import annotations

from valuestats.base.labels import counted
from valuestats.results.result import Result


def rates_sentence(result: Result) -> str:
    """The highest and lowest rate with their intervals, and how far partial pooling draws them together."""
    frame = result.estimates
    ordered = frame.sort_values("estimate")
    high, low = ordered.iloc[-1], ordered.iloc[0]
    ends = [
        f"{r['estimate']:.0f}% [{r['lower']:.0f}, {r['upper']:.0f}] ({r['model']}, {r['value']})"
        for r in (high, low)
    ]
    text = f"Over {counted(len(frame), 'cell')} rates of yes run from {ends[1]} to {ends[0]}"
    if not result.meta["specification"]["pooled"]:
        return text + "; screenshots are taken as independent."
    return (
        f"Partially pooled, {text[:1].lower()}{text[1:]}, where the raw ones run from {frame['raw'].min():.0f} to "
        f"{frame['raw'].max():.0f}%; screenshots are taken as independent."
    )
