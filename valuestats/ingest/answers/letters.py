"""Option letters: which letter a text names, and which option stood behind it in that prompt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from valuestats.instruments import AnswerScale
from valuestats.instruments.scale import normalise_text

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LISTED = re.compile(r"^[ \t>*_-]*\(?([A-Z])[).:][ \t]+(\S.*?)[ \t]*$", re.MULTILINE)
_STATED = re.compile(
    r"(?:(?:my|the|final|correct|best)\s+)*(?:answer|choice|option|letter)(?:\s+is)?\s*[:=]?\s*\(?([a-z])\)?"
)
_BARE = re.compile(r"\(?([a-z])\)?")
_WITH_TEXT = re.compile(
    r"(?:(?:(?:my|the|final)\s+)*(?:answer|choice|option)(?:\s+is)?\s*[:=]?\s*)?\(?([a-z])[).:]\s*(\S.*)"
)


class Letter(NamedTuple):
    """The option a text names by its letter, and the rule that read it; no option where it contradicts itself."""

    option: str | None
    rule: str


def read_letter(text: str, options: Sequence[str]) -> Letter | None:
    """Read an option's letter from a text, given the options in the order in which they were shown.

    A letter is read where it stands alone ("B", "(b).", "**B**"), where a line states it ("ANSWER: B"), or
    where it goes with its option's text ("B) Like me"). A letter that no option has, another option's text
    behind it, or two lines with different letters, is a contradiction. None where there is no letter at all.

    Examples
    --------
    >>> read_letter("ANSWER: B", ["Not like me", "Like me"])
    Letter(option='Like me', rule='letter')
    >>> read_letter("B) Not like me", ["Not like me", "Like me"])
    Letter(option=None, rule='letter contradicted')
    >>> read_letter("A person like this is like me", ["Not like me", "Like me"]) is None
    True
    """
    lines = [line for line in text.splitlines() if line.strip()]
    found: set[str | None] = set()
    for line in lines:
        plain = normalise_text(line)
        named = _STATED.fullmatch(plain) or (_BARE.fullmatch(plain) if len(lines) == 1 else None)
        if named:
            found.add(_at(named[1], options))
        elif with_text := _WITH_TEXT.fullmatch(plain):
            option = _at(with_text[1], options)
            said = normalise_text(with_text[2])
            known = {normalise_text(o) for o in options}
            if said in known:
                found.add(option if option is not None and normalise_text(option) == said else None)
    if not found:
        return None
    if len(found) > 1 or None in found:
        return Letter(None, "letter contradicted")
    return Letter(found.pop(), "letter")


def _at(letter: str, options: Sequence[str]) -> str | None:
    place = LETTERS.find(letter.upper())
    return options[place] if 0 <= place < len(options) else None


def behind_letter(option: str, shown: Sequence[str]) -> str:
    """The text that a letter stands for; anything else is its own text.

    Examples
    --------
    >>> behind_letter("B", ["yes", "no"]), behind_letter("maybe", ["yes", "no"])
    ('no', 'maybe')
    """
    place = ord(option) - ord("A") if len(option) == 1 else -1
    return shown[place] if 0 <= place < len(shown) else option


def listed_options(prompt: str) -> tuple[str, ...]:
    r"""Options that a prompt lists by letter: the last list that starts with A and skips no letter.

    Examples
    --------
    >>> listed_options("How much like you?\n\nA) Like me\nB) Not like me\n")
    ('Like me', 'Not like me')
    >>> listed_options("Say like me or not like me.")
    ()
    """
    last: list[str] = []
    current: list[str] = []
    for letter, text in _LISTED.findall(prompt):
        if letter == "A":
            current = [text]
        elif current and len(current) < len(LETTERS) and letter == LETTERS[len(current)]:
            current.append(text)
        else:
            current = []
        if len(current) > 1:
            last = current
    return tuple(last)


def option_code(option: str, scale: AnswerScale) -> int | None:
    """Code of an option's text on a scale, or None where the scale doesn't have it."""
    return scale.lookup().get(normalise_text(option))


def order_of(options: Sequence[str], scale: AnswerScale) -> str | None:
    """Order in which options were shown, by their codes; None where one isn't on the scale.

    Examples
    --------
    >>> scale = AnswerScale({1: "no", 2: "partly", 3: "yes"})
    >>> order_of(["yes", "partly", "no"], scale), order_of(["yes", "no", "partly"], scale)
    ('descending', '3-1-2')
    """
    table = scale.lookup()
    codes = [table.get(normalise_text(option)) for option in options]
    known = [code for code in codes if code is not None]
    if len(known) < max(2, len(codes)) or len(set(known)) < len(known):
        return None
    if known == sorted(known):
        return "ascending"
    return "descending" if known == sorted(known, reverse=True) else "-".join(map(str, known))
