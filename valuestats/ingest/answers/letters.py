"""Labels of options: the list as a prompt shows it, and which text stands behind a letter or number, whatever the order."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import pandas as pd

from valuestats.instruments import AnswerScale
from valuestats.instruments.scale import normalise_text

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_NUMBER = r"-?\d{1,2}"
_AFTER_LABEL = r"(?:[)\].:]+[*_]*|[*_]*[ \t]*[=–—-])"
_LISTED = re.compile(
    rf"^[ \t>*_\-•]*[(\[]?(?P<label>{_NUMBER}|[A-Za-z]|[IVXivx]{{1,5}}){_AFTER_LABEL}[ \t]*(?=\S)(?P<text>[^\n]*?)[ \t*_]*$",
    re.MULTILINE,
)
_INLINE_LABEL = rf"[(\[]?(?:{_NUMBER}|[A-Z])(?:[)\]]|[ \t]*[=:])"
_INLINE = re.compile(
    rf"(?<![\w.])[(\[]?(?P<label>{_NUMBER}|[A-Z])(?:[)\]]|[ \t]*[=:])[ \t]*(?P<text>[^,;\n()=:]{{1,80}}?)"
    rf"(?=[ \t]*(?:[,;\n]|\.(?:\s|$)|$|{_INLINE_LABEL}))"
)
_GLOSSED = re.compile(
    rf"(?<![\w.])(?P<label>{_NUMBER})[ \t]*[(\[][ \t]*['\"“]?(?P<text>[^()\[\]\n\d]{{1,80}}?)['\"”]?[ \t]*[)\]]"
)

_ORDERS = {"asc": "ascending", "ascending": "ascending", "desc": "descending", "descending": "descending"}
_LETTER_ALONE = re.compile(
    r"\W*(?:(?:the\W+)?(?:(?:final|correct|best)\W+)?(?:answer|option|choice)(?:\W+is)?\W+)?(?P<letter>[A-Za-z])\W*",
    re.IGNORECASE,
)

Kind = Literal["letters", "numbers", "roman", "unknown"]
_KINDS: tuple[Kind, ...] = ("roman", "letters", "numbers")


@dataclass(frozen=True)
class Shown:
    """Options as shown: their labels and texts, in that order.

    ``kind`` is ``"unknown"`` where other prompts of the same table show another order and this one's list could not
    be recovered: then a number may stand for any option.
    """

    labels: tuple[str, ...]
    texts: tuple[str, ...]
    kind: Kind

    def behind(self, label: str) -> str | None:
        """Text behind a label, None where no option has it."""
        for one, text in zip(self.labels, self.texts, strict=True):
            if one.casefold() == label.casefold():
                return text
        return None


UNKNOWN = Shown((), (), "unknown")


class Listed(tuple[str, ...]):
    """Texts of the options that a prompt lists, in the order shown, with the labels that stand before them."""

    shown: Shown | None

    def __new__(cls, shown: Shown | None) -> Listed:
        """The texts of a list."""
        listed = super().__new__(cls, () if shown is None else shown.texts)
        listed.shown = shown
        return listed

    def __reduce__(self) -> tuple[object, ...]:
        """What makes the same list again."""
        return Listed, (self.shown,)


def lettered(texts: Sequence[str]) -> Shown | None:
    """Options that are named A, B, C… in the order of their texts; None where there are none."""
    labels = (LETTERS[n] if n < len(LETTERS) else f"#{n + 1}" for n in range(len(texts)))
    return Shown(tuple(labels), tuple(texts), "letters") if texts else None


def shown_list(prompt: str, scale: AnswerScale | None = None) -> Shown | None:
    r"""The list of options of a prompt: the last in which the labels go up or down one by one.

    Lists stand one option a line (``1) …``, ``a) …``, ``- (A) …``, ``II. …``). Where a scale is given, options in one
    line (``1 = …, 2 = …``) and the ends of a scale (``1 (…) to 6 (…)``) count too, if they are options of that scale.

    Examples
    --------
    >>> shown_list("How much?\n\n1) Like me\n2) Not like me\n").behind("2")
    'Not like me'
    >>> shown_list("How much?\n- (a) Like me\n- (b) Not like me\n").labels
    ('A', 'B')
    >>> shown_list("Say like me or not like me.") is None
    True
    """
    if scale is not None:
        known = scale.lookup()
        lines = _last_list((m["label"], m["text"]) for m in _LISTED.finditer(prompt))
        if lines is not None and all(normalise_text(text) in known for text in lines.texts):
            return lines
        for pattern in (_INLINE, _GLOSSED):
            found = [
                (m["label"], m["text"])
                for m in pattern.finditer(prompt)
                if normalise_text(m["text"]) in known
            ]
            inline = _last_list(found, gaps=True)
            if inline is not None:
                return inline
        return lines
    return _last_list((m["label"], m["text"]) for m in _LISTED.finditer(prompt))


def _last_list(pairs: Iterable[tuple[str, str]], *, gaps: bool = False) -> Shown | None:
    items = list(pairs)
    best: tuple[int, int, Kind, int] | None = None
    for kind in _KINDS:
        places = [_place(kind, label) for label, _ in items]
        start = 0
        for here in range(1, len(places) + 1):
            if here < len(places) and _goes_on(places[start : here + 1], gaps):
                continue
            run = [place for place in places[start:here] if place is not None]
            if len(run) > 1 and (kind == "numbers" or min(run) == 0):
                best = max(best or (0, 0, kind, 0), (here, here - start, kind, start))
            turned = here - start == 2 and here < len(places) and _goes_on(places[here - 1 : here + 1], gaps)
            start = here - 1 if turned and places[here - 1] in (0, 1) and kind == "numbers" else here
    if best is None:
        return None
    end, _, kind, start = best
    listed = items[start:end]
    return Shown(tuple(label.upper() for label, _ in listed), tuple(text for _, text in listed), kind)


def _goes_on(places: list[int | None], gaps: bool) -> bool:
    """Whether the last of some places goes on in the direction of those before it."""
    last, before = places[-1], places[-2]
    if last is None or before is None:
        return False
    step = last - before
    first = step if len(places) < 3 or places[0] is None or places[1] is None else places[1] - places[0]
    return (step in (1, -1) and step == first) if not gaps else step * first > 0


def _place(kind: Kind, label: str) -> int | None:
    if kind == "numbers":
        return int(label) if label.lstrip("-").isdecimal() else None
    upper = label.upper()
    if kind == "roman":
        return _ROMAN.index(upper) if upper in _ROMAN else None
    return LETTERS.find(upper) if len(label) == 1 and upper in LETTERS else None


def listed_options(prompt: str) -> Listed:
    r"""Texts of the options that a prompt lists, in the order shown; none where there is no list.

    Examples
    --------
    >>> listed_options("How much like you?\n\nA) Like me\nB) Not like me\n")
    ('Like me', 'Not like me')
    """
    return Listed(shown_list(prompt))


def shown_of(options: Sequence[str], prompt: str | None, scale: AnswerScale) -> Shown | None:
    """The options of one question as shown: as a reader listed them, else as the prompt says them by a scale's texts.

    Options that a reader knows without their labels are named A, B, C…; a numbered list of something else (statements)
    is none.
    """
    shown = options.shown if isinstance(options, Listed) else lettered(options)
    if shown is None and prompt:
        shown = shown_list(prompt.replace("\\n", "\n"), scale)
    if shown is None or shown.kind == "letters":
        return shown
    return shown if any(option_code(text, scale) is not None for text in shown.texts) else None


def letters_alone(texts: Iterable[str]) -> dict[str, str]:
    """Texts that are a letter and nothing else, with the letter.

    Examples
    --------
    >>> letters_alone(["B", "**(c)**", "Answer: A.", "I agree", "4"])
    {'B': 'B', '**(c)**': 'C', 'Answer: A.': 'A'}
    """
    found = ((text, _LETTER_ALONE.fullmatch(text)) for text in texts)
    return {text: letter["letter"].upper() for text, letter in found if letter is not None}


def shown_as_text(shown: Shown) -> str:
    r"""A list of options in JSON: their texts where they are A, B, C…, else label to text.

    Examples
    --------
    >>> shown_as_text(shown_list("1) no\n2) yes")), shown_as_text(lettered(["no", "yes"]))
    ('{"1":"no","2":"yes"}', '["no","yes"]')
    """
    plain = shown == lettered(shown.texts)
    content = list(shown.texts) if plain else dict(zip(shown.labels, shown.texts, strict=True))
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=4096)
def shown_from_text(text: str) -> Shown | None:
    """The list of options that `shown_as_text` wrote."""
    content = json.loads(text)
    if not isinstance(content, dict):
        return lettered(content)
    labels = tuple(content)
    numbers = all(label.lstrip("-").isdecimal() for label in labels)
    roman = not numbers and all(label in _ROMAN for label in labels)
    return Shown(labels, tuple(content.values()), "numbers" if numbers else "roman" if roman else "letters")


def option_code(option: str, scale: AnswerScale) -> int | None:
    """Code of an option's text on a scale, or None where the scale doesn't have it."""
    return scale.lookup().get(normalise_text(option))


def behind_letter(option: str, shown: Sequence[str]) -> str:
    """The text that a letter stands for; anything else is its own text.

    Examples
    --------
    >>> behind_letter("B", ["yes", "no"]), behind_letter("maybe", ["yes", "no"])
    ('no', 'maybe')
    """
    place = ord(option) - ord("A") if len(option) == 1 else -1
    return shown[place] if 0 <= place < len(shown) else option


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


def shown_in(prompts: pd.Series, scale: AnswerScale) -> list[Shown | None]:
    """The options as each prompt shows them, None where a prompt is null or lists none of the scale."""
    positions, texts = pd.factorize(prompts)
    found = [shown_of((), text, scale) for text in texts]
    return [None if place < 0 else found[place] for place in positions]


def with_unknown(
    shown: Sequence[Shown | None], scale: AnswerScale, orders: pd.Series | None = None
) -> list[Shown | None]:
    """The lists as recovered, and `UNKNOWN` for the rows without one in which a number may mean two things.

    These are rows whose order, by the column `orders`, is not ascending (the third of the list need not have code 3), and
    rows of which nothing is known where the lists or `orders` of others differ. There are none where the scale says that
    options were shown with their codes.
    """
    if scale.codes_shown:
        return list(shown)
    said: list[str | None] = [None] * len(shown)
    if orders is not None:
        said = [None if pd.isna(one) else _ORDERS.get(str(one).strip().lower(), str(one)) for one in orders]
    listed = {one: order_of(one.texts, scale) for one in set(shown) if one is not None}
    varies = len((set(listed.values()) | set(said)) - {None}) > 1
    plain = scale.codes == tuple(range(1, len(scale.codes) + 1))
    return [
        one if one is not None
        else UNKNOWN if (order is None and varies) or (order is not None and (order != "ascending" or not plain))
        else None
        for one, order in zip(shown, said, strict=True)
    ]  # fmt: skip
