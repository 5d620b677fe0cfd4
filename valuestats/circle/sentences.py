"""Sentences of opposed poles of values."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import capitalised, number, p_value, readable
from valuestats.circle.opposed_values import DIFFERENCE
from valuestats.results.phrases import interval
from valuestats.results.result import Result

_COVERS = {
    "ordinal": "intervals are posterior and cover the items and models' own reactions to them",
    "scores": "intervals resample queries and take the keys as given",
    "instrument_scores": "intervals resample the respondents, or the items where models answered",
}
_UNITS = {"ordinal": "logits", "scores": "scale points", "instrument_scores": "scale points"}


def opposed_sentence(result: Result) -> str:
    """How many models put the first pole above the second, who stands lowest on the second, and the caveat."""
    subject = result.keys[0]
    first, second = (readable(n).lower() for n in result.meta["specification"]["names"])
    of = result.meta["specification"]["of"]
    rows = result.estimates[result.estimates["pole"] == DIFFERENCE].dropna(subset="estimate")
    scored, asked = int(rows["n_scored"].sum()), int(rows["n_asked"].sum())
    tail = f"; scored {number(scored)} of {number(asked)} answers to items of these values; {_COVERS[of]}."
    if rows.empty:
        return f"No model's {first} can be held against its {second}{tail}"
    if len(rows) == 1:
        row = rows.iloc[0]
        return (
            f"{capitalised(first)} minus {second} is {interval(row, signed=True)} {_UNITS[of]}"
            f"{_of(row[subject])}{tail}"
        )
    above, below = int((rows["lower"] > 0).sum()), int((rows["upper"] < 0).sum())
    low = result.estimates[result.estimates["pole"] == result.meta["specification"]["names"][1]]
    lowest = low.loc[low["estimate"].astype(float).idxmin()]
    return (
        f"{capitalised(first)} stands above {second} with an interval clear of zero in {above} of {len(rows)} models"
        f"{f', below it in {below}' if below else ''}; the lowest {second} is estimated for {lowest[subject]} "
        f"({interval(lowest, signed=True)} {_UNITS[of]}){tail}"
    )


def _of(name: object) -> str:
    return "" if str(name) == "all" else f" for {name}"


def contrast_sentence(contrasts: pd.DataFrame, *, pole: str, key: str = "pole") -> str:
    """What one group's contrasts with the others say on one pole, the multiplicity with it."""
    rows = contrasts[(contrasts[key] == pole) & contrasts["estimate"].notna()]
    means, pairs = (rows[rows["kind"] == kind] for kind in ("groups", "models"))
    told = "; ".join(f"{row['contrast']} {interval(row, signed=True)}" for _, row in means.iterrows())
    held = int((pairs["upper_all"] < 0).sum())
    alone = int((pairs["upper"] < 0).sum())
    other = int((pairs["lower_all"] > 0).sum())
    return (
        f"On {readable(pole).lower()} the differences of the groups' means are {told}. Of {len(pairs)} pairs of models "
        f"{alone} lie below zero by their own intervals and {held} when all {len(pairs)} are held together at "
        f"{float(rows['level'].iloc[0]):.0%}; {other} lie above."
    )


def circumplex_sentence(result: Result) -> str:
    """The sentence of circumplex."""
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
        f"({p_value(circle['correspondence_p'])}); "
        f"{readable(str(worst['value']))} lies furthest off, {abs(worst['deviation']):.0f} degrees{certain}. The circle is "
        "of centred scores, which forces some correlations below zero, and fitting a plane to it is no proof of a theory."
    ).replace(" -", " −")
