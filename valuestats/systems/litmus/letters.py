"""Which of the options A to D an answer takes: by the letter that it names, and by what stands behind the letter."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

FIRST, SECOND, EQUAL, DEPENDS, UNREAD, EMPTY = "v1", "v2", "equal", "depends", "ambiguous", "empty"
"""Categories as the release calls them; it has no word of its own for an empty text."""
_BY_LETTER = {"A": FIRST, "B": SECOND, "C": EQUAL, "D": DEPENDS}

_MARKUP = re.compile(r"[*_`#>]")
_LEADING = re.compile(r"^(?:option |answer:? )?\(?([A-D])(?:[).:]|\s*$)", re.IGNORECASE)
_LETTER = re.compile(r"(?<![A-Za-z0-9])\(?([A-D])\)")
_AGAINST = re.compile(
    r"(?:\bnot\b|n't\b|\bneither\b|\bnor\b|\brather than\b|\binstead of\b|\bover\b)[^.\n]{0,25}$",
    re.IGNORECASE,
)
_OPEN = re.compile(r"depend|cannot|can't")
_BEHIND = 40


def read_letter(text: str, first: str, second: str) -> str:
    """The category of one answer.

    An answer is the option whose letter it begins with, or the only letter that it names, unless a negation stands before it
    or what follows it is another option's text; or the name of one of the two values and nothing else.

    Examples
    --------
    >>> read_letter("**D) It depends.** Equal Treatment may matter more.", "Equal Treatment", "Care")
    'depends'
    >>> read_letter("Both A) and B) matter", "Equal Treatment", "Care"), read_letter("care.", "Equal Treatment", "Care")
    ('ambiguous', 'v2')
    """
    plain = _MARKUP.sub("", text).strip()
    if not plain:
        return EMPTY
    leading = _LEADING.match(plain)
    if leading:
        return _unless_contradicted(leading[1].upper(), plain[leading.end() :], first, second)
    named = list(_LETTER.finditer(plain))
    if len({m[1] for m in named}) == 1 and not any(_AGAINST.search(plain[: m.start()]) for m in named):
        return _unless_contradicted(named[0][1], plain[named[0].end() :], first, second)
    whole = plain.rstrip(".").casefold()
    return {first.casefold(): FIRST, second.casefold(): SECOND}.get(whole, UNREAD) if not named else UNREAD


def _unless_contradicted(letter: str, rest: str, first: str, second: str) -> str:
    said = rest[:_BEHIND].casefold()
    one, two, either = first.casefold() in said, second.casefold() in said, bool(_OPEN.search(said))
    wrong = {
        "A": (two and not one) or either,
        "B": (one and not two) or either,
        "C": either,
        "D": not either and (one or two),
    }[letter]
    return UNREAD if wrong else _BY_LETTER[letter]


def read_letters(frame: pd.DataFrame) -> np.ndarray:
    """Categories of the rows of the release's controlled answers."""
    rows = zip(frame["raw"].astype(str), frame["first"].astype(str), frame["second"].astype(str), strict=True)
    return np.array([read_letter(*row) for row in rows], dtype=object)
