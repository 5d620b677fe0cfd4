"""Sentences of measurement models: circumplex, differential item functioning, traits, invariance."""

from __future__ import annotations

from collections.abc import Callable

from valuestats.labels import listed, number, readable
from valuestats.reporting.sentences.phrases import interval
from valuestats.result import Result


def _p(value: float) -> str:
    return f"p < {0.001:.3f}" if value < 0.001 else f"p = {value:.3f}"


def _circumplex(result: Result) -> str:
    frame, circle = result.estimates, result.meta["circle"]
    worst = frame.iloc[int(frame["deviation"].abs().argmax())]
    known = frame["lower"].notna()
    off = frame[known & ((frame["baseline"] < frame["lower"]) | (frame["baseline"] > frame["upper"]))]
    certain = (
        f"; the intervals of {len(off)} of {len(frame)} angles leave out the place that theory gives"
        if known.any()
        else ""
    )
    return (
        f"From {number(frame['n_units'].iloc[0])} respondents, the plane of {len(frame)} values has stress-1 "
        f"{circle['stress']:.3f} (chance {circle['stress_chance']:.3f}) and lies on the theoretical circle with Procrustes "
        f"correlation {circle['procrustes_correlation']:.2f} (chance {circle['procrustes_chance']:.2f}); its order meets "
        f"the circle's predictions with correspondence index {circle['correspondence']:.2f} "
        f"({_p(circle['correspondence_p'])}); "
        f"{readable(str(worst['value']))} lies furthest off, {abs(worst['deviation']):.0f} degrees{certain}. The circle is "
        "of centred scores, which forces some correlations below zero, and fitting a plane to it is no proof of a theory."
    ).replace(" -", " −")


def _dif(result: Result) -> str:
    frame = result.estimates
    items = frame.drop_duplicates("item")
    flagged = items[items["flagged"]]
    reference = str(frame["reference"].iloc[0])
    groups = listed([str(g) for g in frame["group"].unique()[:6]])
    share = result.meta["specification"]["false_discovery"]
    head = (
        f"Against {reference}, {groups} answer {len(flagged)} of {result.meta['tested']} tested items differently at the "
        f"same rest score (any DIF, false discovery rate {share:g})"
    )
    if flagged.empty:
        return f"{head}; that none is flagged does not show that the items work alike."
    large = int((flagged["dif_class"] == "C").sum())
    middle = int((flagged["dif_class"] == "B").sum())
    first = flagged["item"].iloc[int(flagged["r2_any"].argmax())]
    rows = frame[(frame["item"] == first) & frame["estimate"].notna()]
    row = rows.iloc[int(rows["estimate"].abs().argmax())]
    return (
        f"{head}: {large} with a large effect, {middle} moderate, {len(flagged) - large - middle} negligible; the largest "
        f"is item {first} ({row['group']}: log-odds ratio {interval(row, signed=True)}, Nagelkerke R² difference "
        f"{row['r2_any']:.3f}). The rest score carries measurement error, so small effects may only mirror a difference "
        "in the trait, and with many respondents negligible effects are flagged too."
    )


SENTENCES: dict[str, Callable[[Result], str]] = {
    "circumplex": _circumplex,
    "dif": _dif,
}
