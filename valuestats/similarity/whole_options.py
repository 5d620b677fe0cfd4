"""Options that nobody of one side chose: a share of 0 there, and no other set of options."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuestats.base.labels import counted
from valuestats.ingest.surveys.answer_options import is_refusal_option, ordered_scale, scale_order

_UNITS = ("group", "persona", "language", "condition")


def with_whole_options(
    people: pd.DataFrame, answers: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Both tables with the options that stand in one of them only added to the other at share 0.

    For shares that were counted from single answers, whose options are those that somebody chose. A question is completed
    where the options of one side hold all of the other's; refusal options are not added.

    Parameters
    ----------
    people, answers
        Frames of `valuestats.Population`.

    Returns
    -------
    tuple
        Both frames, and what was added, in words.

    Examples
    --------
    >>> theirs = pd.DataFrame({"group": "x", "question": "q", "option": ["yes", "no"], "position": [0, 1], "share": 0.5})
    >>> own = pd.DataFrame({"group": "m", "question": "q", "option": ["yes", "no", "both"], "position": [0, 1, 2],
    ...     "share": [0.2, 0.3, 0.5]})
    >>> whole, _, said = with_whole_options(theirs, own)
    >>> whole[["option", "share"]].to_numpy().tolist(), said
    ([['yes', 0.5], ['no', 0.5], ['both', 0.0]], ['options that nobody chose are shares of 0: both of q'])
    """
    sides = [_options(people), _options(answers)]
    added: list[list[pd.DataFrame]] = [[], []]
    told: list[str] = []
    scaled: dict[str, dict[str, float]] = {}
    astray: set[str] = set()
    for question in sorted(sides[0].keys() & sides[1].keys()):
        one, two = sides[0][question], sides[1][question]
        if one.keys() == two.keys() or not (one.keys() <= two.keys() or two.keys() <= one.keys()):
            continue
        short, long, place = (one, two, 0) if len(one) < len(two) else (two, one, 1)
        extra = [o for o in long if o not in short]
        if any(is_refusal_option(o) for o in extra):
            continue
        known = scale_order([o for o in long if not is_refusal_option(o)])
        if known is not None and ordered_scale(known) is True:
            scaled[question] = {o: float(n) for n, o in enumerate(known)}
        positions, agree = continued(short, long, extra)
        astray |= set() if agree or question in scaled else {question}
        frame = (people, answers)[place]
        units = [c for c in _UNITS if c in frame.columns]
        own = frame[frame["question"].astype(str) == question].drop_duplicates(units)
        for option in extra:
            added[place].append(own.assign(option=option, position=positions[option], share=0.0))
        told.append(f"{', '.join(extra)} of {question}")
    if not told:
        return people, answers, []
    whole = [
        _ordered(pd.concat([frame, *more], ignore_index=True), scaled, astray)
        for frame, more in zip((people, answers), added, strict=True)
    ]
    some = "; ".join(told[:4]) + (
        f"; and of {counted(len(told) - 4, 'question')} more" if len(told) > 4 else ""
    )
    return whole[0], whole[1], [f"options that nobody chose are shares of 0: {some}"]


def _options(frame: pd.DataFrame) -> dict[str, dict[str, float]]:
    """The options of each question with their positions; of a question whose groups have several sets, none."""
    named = frame.assign(question=frame["question"].astype(str), option=frame["option"].astype(str))
    units = [c for c in _UNITS if c in frame.columns]
    size = named.groupby([*units, "question"], observed=True, dropna=False).size()
    sizes = size.groupby("question", observed=True).agg(["min", "max"])
    rows = named.drop_duplicates(["question", "option"])
    found = {
        str(question): dict(zip(part["option"], part["position"].astype(float), strict=True))
        for question, part in rows.groupby("question", observed=True)
    }
    low, high = sizes["min"].to_dict(), sizes["max"].to_dict()
    return {q: o for q, o in found.items() if low[q] == high[q] == len(o)}


def continued(
    short: dict[str, float], long: dict[str, float], extra: list[str]
) -> tuple[dict[str, float], bool]:
    """Positions of the added options in the count of the shorter side, and whether the two counts agree.

    Where they don't, the added options stand after the last, and the question is on no scale.

    Examples
    --------
    >>> continued({"no": 0.0, "yes": 2.0}, {"no": 3.0, "perhaps": 2.0, "yes": 1.0}, ["perhaps"])
    ({'perhaps': 1.0}, True)
    """
    x, y = np.array([long[o] for o in short]), np.array(list(short.values()))
    if len(short) > 1 and np.ptp(x) > 0:
        slope, start = np.polyfit(x, y, 1)
        if np.allclose(start + slope * x, y, atol=1e-6):
            return {o: float(np.round(start + slope * long[o], 6)) for o in extra}, True
    return {o: float(y.max()) + n for n, o in enumerate(extra, 1)}, False


def _ordered(frame: pd.DataFrame, scaled: dict[str, dict[str, float]], astray: set[str]) -> pd.DataFrame:
    """Questions whose whole options form a known scale, in its order; those whose order is not known, on none."""
    if "ordered" in frame.columns:
        frame.loc[frame["question"].astype(str).isin(astray), "ordered"] = False
    for question, places in scaled.items():
        here = (frame["question"].astype(str) == question).to_numpy()
        at = frame.loc[here, "option"].astype(str).map(places)
        if at.notna().all():
            frame.loc[here, "position"] = at
            if "ordered" in frame.columns:
                frame.loc[here, "ordered"] = True
    return frame
