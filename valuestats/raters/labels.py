"""Labels as they are compared, whatever type a file gave them."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

_NUMBER = re.compile(r"[-+]?(?:0|[1-9]\d*)(?:\.\d+)?")
"""A text that is a number: not "01", which may be a name."""


def label_of(rating: object) -> object:
    """A label as it is compared: 1, "1" and 1.0 are one, and sets of labels are sets.

    Examples
    --------
    >>> label_of(1) == label_of("1") == label_of("1.0"), label_of("01"), label_of(["a", "2"]) == frozenset({"a", 2.0})
    (True, '01', True)
    """
    if isinstance(rating, (set, frozenset, list, tuple, np.ndarray)):
        return frozenset(label_of(label) for label in rating)
    if isinstance(rating, str):
        text = rating.strip()
        return float(text) if _NUMBER.fullmatch(text) else rating
    return float(rating) if isinstance(rating, (int, float, np.number)) else rating


def written(rating: object) -> str:
    """A label as people write it: whole numbers without decimals, true and false in words, no outer or repeated blanks.

    Examples
    --------
    >>> written(1.0), written(0.5), written(True), written("  Yes "), written("01")
    ('1', '0.5', 'True', 'Yes', '01')
    """
    if isinstance(rating, (bool, np.bool_)):
        return str(bool(rating))
    value = label_of(rating)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else str(value)
    return " ".join(str(value).split())


def is_blank(rating: object) -> bool:
    """Whether a label is a text without a letter.

    Examples
    --------
    >>> is_blank("  "), is_blank(0), is_blank("no")
    (True, False, False)
    """
    return isinstance(rating, str) and not rating.strip()


def is_mixed(ratings: pd.Series) -> bool:
    """Whether one number stands as a number and as a text."""
    texts = {label_of(r) for r in ratings if isinstance(r, str)}
    numbers = {label_of(r) for r in ratings if isinstance(r, (int, float, np.number))}
    return bool(texts & numbers)
