"""Long sentences of results in several, so that the caveat at their end is read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from valuestats.base.labels import capitalised

_WORDS = 30
"""Words of a sentence that need no break."""
_OPENS, _CLOSES = "([{“", ")]}”"
_FIRST = """
a all an answers at beside between cells chance choices chosen counted each edges elsewhere errors every for how in
intervals it items its mean more most no none not nothing of on one over p-values right scored scores shares that the
their there they those weights were what within yet
"""
_BEGINS = frozenset(_FIRST.split())
"""Words that begin a clause and are no name, which would have to stay as it is written."""
_NUMBER = re.compile(r"[+−]?\d[\d,.]*%?")
_ENDS = re.compile(r"(?<=[.!?]) (?=[A-Z\d“])")


def in_short_sentences(text: str) -> str:
    """The text; a sentence of more than 30 words goes on in another one where a semicolon parts its clauses.

    Semicolons in brackets stay, and those before a word that may be a name.

    Examples
    --------
    >>> long = "Over 33 models" + " very" * 20 + " much differs (a; b); intervals resample queries of all."
    >>> in_short_sentences(long)[-55:]
    'much differs (a; b). Intervals resample queries of all.'
    >>> in_short_sentences("a differs from b; intervals resample queries.")
    'a differs from b; intervals resample queries.'
    """
    return " ".join(_shortened(sentence) for sentence in _ENDS.split(text))


def _shortened(sentence: str) -> str:
    if len(sentence.split()) <= _WORDS:
        return sentence
    whole = [""]
    for clause in _clauses(sentence):
        first = clause.split(" ", 1)[0].rstrip(",:")
        # "6. 5 of them" would be read as one number.
        begins = first in _BEGINS or (_NUMBER.fullmatch(first) and not whole[-1][-1:].isdigit())
        if whole[-1] and begins and len(whole[-1].split()) + len(clause.split()) > _WORDS:
            whole.append(capitalised(clause))
        else:
            whole[-1] += f"; {clause}" if whole[-1] else clause
    return ". ".join(whole)


def _clauses(sentence: str) -> Iterator[str]:
    """What semicolons part, those in brackets aside."""
    depth, start = 0, 0
    for place, sign in enumerate(sentence):
        depth += (sign in _OPENS) - (sign in _CLOSES)
        if depth == 0 and sentence.startswith("; ", place):
            yield sentence[start:place]
            start = place + 2
    yield sentence[start:]
