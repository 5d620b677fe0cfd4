"""Labels as they are compared, whatever type a file gave them."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pandas as pd

from valuestats.base.labels import counted, listed

_NUMBER = re.compile(r"[-+]?(?:0|[1-9]\d*)(?:\.\d+)?")
"""A text that is a number: not "01", which may be a name."""


JOINED = "taken as one"
"""In a note of labels that are written in several ways."""
TRUTH = {"true": 1.0, "false": 0.0}
"""Truth values as numbers, where no other labels occur."""


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


def same_label(rating: object) -> object:
    """What ratings that are one label have in common, however they are written: case and repeated blanks are no part of it.

    Examples
    --------
    >>> same_label(" Yes") == same_label("yes"), same_label(True) == same_label("true"), same_label(1) == same_label("1.0")
    (True, True, True)
    >>> same_label(["A", "b"]) == same_label({"B", "a"})
    True
    """
    if isinstance(rating, (set, frozenset, list, tuple, np.ndarray)):
        return frozenset(same_label(label) for label in rating)
    value = str(bool(rating)) if isinstance(rating, (bool, np.bool_)) else label_of(rating)
    return value if isinstance(value, float) else " ".join(str(value).split()).casefold()


def joined(ways: Counter[str]) -> str:
    """A note of the ways in which one label is written."""
    most, *rest = sorted(ways, key=lambda text: (-ways[text], text))
    others = listed([f"{text!r} ({counted(ways[text], 'label')})" for text in rest])
    return f"{others} and {most!r} differ only in how they are written, and are {JOINED}"


def spelled_ways(ratings: pd.Series) -> list[str]:
    """A note for each label, or member of a set of labels, that is written in several ways.

    Examples
    --------
    >>> spelled_ways(pd.Series(["Yes", "yes", "yes ", "no", 1, "1.0"]))
    ["'Yes' (1 label) and 'yes' differ only in how they are written, and are taken as one"]
    """
    sets = ratings.map(lambda r: isinstance(r, (set, frozenset, list, tuple, np.ndarray))).astype(bool)
    flat = (
        ratings
        if not sets.any()
        else ratings.map(lambda r: list(r) if not isinstance(r, str) else r).explode()
    )
    ways: dict[object, Counter[str]] = {}
    for text, times in flat[flat.map(lambda r: isinstance(r, str)).astype(bool)].value_counts().items():
        ways.setdefault(same_label(text), Counter())[written(text)] += int(times)
    return [joined(spelled) for _, spelled in sorted(ways.items(), key=str) if len(spelled) > 1]


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
