"""Codes among numbers that are no answers: 99 and 999 beside a scale from 1 to 6, as surveys write what was not answered."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from valuestats.base.labels import counted, listed

FAR = "far from all others: a code of no answer?"
_LEAST, _MOST_SHARE = 10, 0.25
_WRITTEN = re.compile(r"-?(9*(7|8|9|96|97|98|99)|77+|88+)|-[12]")
"""How surveys write such codes: 8, 99, 97, 998, 777, and below zero; -1 and -2 too."""


def far_codes(values: ArrayLike) -> dict[int, int]:
    """Codes such as 99, 998 or -9 that lie further from all others than these span, and how often each stands.

    Only of values that are whole numbers, ten or more, of which such codes are a quarter at most: where half of a table is
    99, or an outcome is continuous, nothing is told.

    Parameters
    ----------
    values
        Numbers; missing ones are left out.

    Examples
    --------
    >>> far_codes([1, 2, 3, 4, 5, 6, 3, 2, 4, 99, 99, None])
    {99: 2}
    >>> far_codes([0, 1, 2, 3, 4, 5, 6, 3, 2, 4]), far_codes([0.5, 1, 2, 3, 4, 5, 6, 3, 2, 99])
    ({}, {})
    """
    x = pd.to_numeric(pd.Series(values), errors="coerce").to_numpy(dtype=float)
    x = x[np.isfinite(x)]
    if len(x) < _LEAST or (x != np.round(x)).any():
        return {}
    kept, many = np.unique(x, return_counts=True)
    found: dict[int, int] = {}
    while len(kept) > 2:
        place = int(np.diff(kept).argmax()) + 1
        below, above = (kept[:place], many[:place]), (kept[place:], many[place:])
        rest, codes = (below, above) if below[1].sum() >= above[1].sum() else (above, below)
        if kept[place] - kept[place - 1] <= max(np.ptp(rest[0]), 2.0):
            break
        told = dict(zip(codes[0].astype(int).tolist(), codes[1].tolist(), strict=True))
        found |= {code: n for code, n in told.items() if _WRITTEN.fullmatch(str(code))}
        kept, many = rest
    return dict(sorted(found.items())) if found and sum(found.values()) <= _MOST_SHARE * len(x) else {}


def far_notes(values: ArrayLike, what: str) -> list[str]:
    """What is said of such codes.

    Examples
    --------
    >>> far_notes([1, 2, 3, 4, 5, 6, 3, 2, 4, 99, 99], "rating")
    ['2 ratings are 99, far from all others: a code of no answer? They count as they stand; null leaves them out']
    """
    found = far_codes(values)
    if not found:
        return []
    many = sum(found.values())
    named = listed([str(code) for code in found]).replace("-", "−")
    said = (
        ("is", "It counts as it stands; null leaves it out")
        if many == 1
        else ("are", "They count as they stand; null leaves them out")
    )
    return [f"{counted(many, what)} {said[0]} {named}, {FAR} {said[1]}"]
