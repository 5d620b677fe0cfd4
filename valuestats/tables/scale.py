"""Codes of answers against the ends of their scale; one check for whoever takes both."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from valuestats.base.errors import SpecificationError

_ENOUGH, _UNUSED, _WIDE = 100, 2, 20
"""Answers among which an end should occur, how far from it they may stay, and the range of sliders, whose ends need not."""


def scale_ends(scale: Sequence[float]) -> tuple[float, float]:
    """Lowest and highest code.

    Raises
    ------
    SpecificationError
        Not two finite numbers that rise.

    Examples
    --------
    >>> scale_ends((1, 6))
    (1.0, 6.0)
    """
    ends = [float(x) for x in scale]
    if len(ends) != 2 or not np.isfinite(ends).all() or not ends[0] < ends[1]:
        raise SpecificationError(
            "not the ends of a scale",
            parameter="scale",
            got=list(scale),
            expected="two that rise, e.g. (1, 6)",
        )
    return ends[0], ends[1]


def require_on_scale(
    answers: pd.Series, scale: Sequence[float], items: pd.Series | None = None
) -> tuple[float, float]:
    """The scale's ends, if no answer lies beyond them; answers that are null say nothing.

    Parameters
    ----------
    answers
        Codes; null where there is none.
    scale
        Lowest and highest code.
    items
        Item of each answer, for the message.

    Raises
    ------
    SpecificationError
        Not a scale, or a code off it, by item.

    Examples
    --------
    >>> import pandas as pd
    >>> require_on_scale(pd.Series([1, 6, None]), (1, 6))
    (1.0, 6.0)
    """
    low, high = scale_ends(scale)
    codes = pd.to_numeric(answers).astype(float)
    off = (codes < low) | (codes > high)
    if off.any():
        first = off.to_numpy().argmax()
        where = "" if items is None else f" (item {items.iloc[first]})"
        raise SpecificationError(
            "an answer code is off the scale",
            parameter="scale",
            got=f"{codes.iloc[first]:g}{where}, {int(off.sum())} of {int(codes.notna().sum())} codes",
            expected=f"{low:g} to {high:g}",
            hint="codes such as 9 or 99 that stand for a missing answer are to be declared as missing when they are read",
        )
    return low, high


def unused_end(answers: pd.Series, scale: Sequence[float]) -> str | None:
    """That no answer comes near an end of the scale, which may then be another one; None where answers do, or are few.

    A share of a quarter of the scale, and two codes of it, are to be without any answer.

    Examples
    --------
    >>> import pandas as pd
    >>> unused_end(pd.Series([1, 4, 7] * 40), (1, 10))
    'none of 120 answers lies above 7, on a scale that is said to go from 1 to 10'
    >>> unused_end(pd.Series([1, 4, 7] * 40), (1, 8)) is None
    True
    """
    low, high = scale_ends(scale)
    codes = pd.to_numeric(answers).dropna().astype(float)
    if len(codes) < _ENOUGH or high - low > _WIDE:
        return None
    least, most = float(codes.min()), float(codes.max())
    beyond = (
        f"above {most:g}"
        if high - most >= _UNUSED
        else f"below {least:g}"
        if least - low >= _UNUSED
        else None
    )
    if beyond is None:
        return None
    return f"none of {len(codes):,} answers lies {beyond}, on a scale that is said to go from {low:g} to {high:g}"
