"""Numbers as tokens of a text: signs, decimals, digits of any script and spelled-out words belong to them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from valuestats.ingest.answers.languages import UNSPACED, load_languages

_MINUS = "-\u2212\u2010\u2011\u2012\u2013\u2014\u2015"
_SIGN = f"(?:[<>!]=|[{_MINUS}+~\u2248\u00b1<>\u2264\u2265$\u20ac\u00a3\u00a5\u2260])"
_DIGITS = re.compile(
    rf"(?P<sign>{_SIGN})?(?P<whole>\d+)(?P<part>(?:[.,\u066b]\d+)*)(?P<after>[%\u00b0\u2030+])?"
)
_LETTER = re.compile(r"[^\W\d_]")
_UNITS_BESIDE = "\u5206\u70b9\u9ede\u756a\u53f7\u865f\uc810\ubc88"


class Number(NamedTuple):
    """A number in a text: its value (None where it is not a whole number that can be a code), and where it ends."""

    value: int | None
    end: int
    word: bool = False


def number_at(text: str, position: int, *, words: bool = True) -> Number | None:
    """The number that starts at a place of a folded text; None where none does.

    A sign or symbol directly before the digits is part of it, decimals that are all zero say nothing (5.0 is 5),
    and what hangs on a word ("5th", "4chan") is no number.

    Examples
    --------
    >>> number_at("5.0", 0).value, number_at("\u22121", 0).value, number_at("four", 0).value
    (5, -1, 4)
    >>> number_at("4.5", 0).value is None, number_at("5th", 0) is None, number_at("9" * 5000, 0).value is None
    (True, True, True)
    """
    found = _DIGITS.match(text, position)
    if found is None:
        return _word_at(text, position) if words else None
    end = found.end()
    if end < len(text) and _LETTER.match(text, end) and not _may_follow(text[end]):
        return None
    return Number(_value(found), end)


def _may_follow(letter: str) -> bool:
    return (
        letter in _UNITS_BESIDE
        or "\u3040" <= letter <= "\u30ff"
        or "\uac00" <= letter <= "\ud7a3"
        or "\u4e00" <= letter <= "\u9fff"
    )


def _value(found: re.Match[str]) -> int | None:
    if len(found["whole"]) > 9 or found["after"]:
        return None
    value = int(found["whole"])
    part = found["part"]
    if part and (len(part) not in (2, 3) or any(int(digit) for digit in part[1:])):
        return None
    sign = found["sign"]
    if not sign or sign == "+":
        return value
    return -value if sign in tuple(_MINUS) else None


def _word_at(text: str, position: int) -> Number | None:
    found = number_words().match(text, position)
    return Number(load_languages().numbers[found[0]], found.end(), word=True) if found else None


def may_spell_numbers(folded: str, words: frozenset[str]) -> bool:
    """Whether a text of these words may hold a spelled-out number."""
    numbers = load_languages().numbers
    return not numbers.keys().isdisjoint(words) or (
        not folded.isascii() and any(word in folded for word in numbers if not word.isascii())
    )


@lru_cache(maxsize=1)
def number_words() -> re.Pattern[str]:
    """Spelled-out numbers of all languages."""
    rules = load_languages()
    unspaced = {
        word
        for name, one in rules.languages.items()
        if one.script in (*UNSPACED, "hangul")
        for word in rules.raw[name]["numbers"]
    }
    longest = sorted(rules.numbers, key=len, reverse=True)
    spaced = "|".join(re.escape(word) for word in longest if word not in unspaced)
    beside = "|".join(re.escape(word) for word in longest if word in unspaced)
    return re.compile(rf"(?:{spaced})(?![\w'-])|(?:{beside})(?=[{_UNITS_BESIDE}\s\W]|です|$)")
