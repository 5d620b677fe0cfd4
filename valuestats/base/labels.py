"""Identifiers made readable, in one place."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from types import MappingProxyType

CIRCLE = (
    "Self_Direction",
    "Stimulation",
    "Hedonism",
    "Achievement",
    "Power",
    "Security",
    "Conformity",
    "Tradition",
    "Benevolence",
    "Universalism",
)
"""The ten basic values in their order around Schwartz's circle (Schwartz 1992)."""


FAMILIES = {
    "pvq": "basic values (PVQ)",
    "higher_pvq": "higher-order values (PVQ)",
    "bfi": "personality traits (BFI)",
}
"""Families of scores as they are printed."""


_NAMES: ContextVar[Mapping[str, str]] = ContextVar("names", default=MappingProxyType({}))


@contextmanager
def printed_names(names: Mapping[str, str] | None) -> Iterator[None]:
    """Let `readable` print identifiers by the labels that an instrument's file gives them.

    Examples
    --------
    >>> with printed_names({"Power": "Power over others"}):
    ...     print(readable("Power"), readable("Self_Direction"))
    Power over others Self-Direction
    """
    before = _NAMES.set({**_NAMES.get(), **(names or {})})
    try:
        yield
    finally:
        _NAMES.reset(before)


def with_printed_names[**P, T](function: Callable[P, T], names: Mapping[str, str] | None) -> Callable[P, T]:
    """The function, printing identifiers by these names."""

    @wraps(function)
    def named(*args: P.args, **kwargs: P.kwargs) -> T:
        with printed_names(names):
            return function(*args, **kwargs)

    return named


def set_printed_names(names: Mapping[str, str], *, more: bool = False) -> None:
    """The same for all that is printed from here on, as on a page."""
    _NAMES.set({**(_NAMES.get() if more else {}), **names})


def readable(name: str) -> str:
    """A dimension's or a family's identifier as it is printed: as its instrument's file calls it, where that is known.

    Examples
    --------
    >>> readable("Self_Direction"), readable("Openness_to_Change"), readable("pvq"), readable("v2 - v1")
    ('Self-Direction', 'Openness to Change', 'basic values (PVQ)', 'v2 − v1')
    """
    if name in (known := _NAMES.get()):
        return known[name]
    if name in FAMILIES:
        return FAMILIES[name]
    return name.replace("Self_", "Self-").replace("_", " ").replace(" - ", " − ")


def capitalised(text: object) -> str:
    """A phrase with its first letter in upper case; all others stay, for names and abbreviations stand among them.

    Examples
    --------
    >>> capitalised("LGBTQI rights"), capitalised("share of GPT-4")
    ('LGBTQI rights', 'Share of GPT-4')
    """
    phrase = str(text)
    return phrase[:1].upper() + phrase[1:]


def as_sentence(text: str) -> str:
    """A remark as a sentence: a capital, unless a name with digits or signs begins it, and a full stop.

    Examples
    --------
    >>> as_sentence("items are taken as independent"), as_sentence("gpt-4 gave one answer.")
    ('Items are taken as independent.', 'gpt-4 gave one answer.')
    """
    begun = capitalised(text) if text.split(" ")[0].isalpha() else text
    return begun if begun.endswith((".", "!", "?")) else f"{begun}."


def number(count: float) -> str:
    """A count with thousands separated.

    Examples
    --------
    >>> number(102960)
    '102,960'
    """
    return f"{count:,.0f}"


def counted(count: float, what: str, several: str | None = None) -> str:
    """A count with its noun, in the plural unless it is one.

    Examples
    --------
    >>> counted(1, "model"), counted(1234, "key"), counted(2, "country", "countries")
    ('1 model', '1,234 keys', '2 countries')
    """
    return f"{number(count)} {what if count == 1 else several or what + 's'}"


_NOUNS = """
annotator cell choice cluster condition conversation dataset dilemma dimension epoch evaluator group item judge label
language model option pair participant person persona prompt question rater region respondent role scenario snapshot
stance state step system task template topic unit user value voter
wave wording worker
"""
_PLURALS = {name: f"{name}s" for name in _NOUNS.split()} | {
    "category": "categories",
    "country": "countries",
    "family": "families",
    "query": "queries",
    "study": "studies",
}
_SUFFIX = re.compile(r"[_ .-](id|name|no)$", re.IGNORECASE)


def levels_of(count: float, column: str) -> str:
    """How many there are of what a column names: a noun in the plural, or values of what is no noun that we know.

    Examples
    --------
    >>> levels_of(2, "who"), levels_of(140, "question_id"), levels_of(1, "judge"), levels_of(3, "home_country")
    ('2 values of who', '140 questions', '1 judge', '3 home countries')
    """
    words = readable(_SUFFIX.sub("", column))
    *first, last = words.split(" ")
    if (several := _PLURALS.get(last.lower())) is None:
        return f"{counted(count, 'value')} of {readable(column)}"
    return counted(count, words, " ".join([*first, several]))


def listed(names: list[str]) -> str:
    """Names joined as in a sentence.

    Examples
    --------
    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else "none"


def span(low: float, high: float, form: str = ".2f") -> str:
    """Two ends in words, or the one number that both are as they are written.

    Examples
    --------
    >>> span(0.75, 0.97), span(0.211, 0.213), span(3, 12, ",.0f"), span(-0.5, 0.5, "+.1f")
    ('0.75 to 0.97', '0.21', '3 to 12', '−0.5 to +0.5')
    """
    first, last = (f"{end:{form}}".replace("-", "−") for end in (low, high))
    return first if first == last else f"{first} to {last}"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that a mistyped one most resembles, if any does.

    Examples
    --------
    >>> nearest("scoers", ["scores", "ranks"]), nearest("x", ["scores"])
    ('scores', None)
    """
    return next(iter(difflib.get_close_matches(word, list(known), n=1)), None)


def signed(x: float, digits: int = 2) -> str:
    """A number with its sign as it is printed; what rounds to zero has none.

    Examples
    --------
    >>> signed(0.126), signed(-1.5, 1), signed(-0.001)
    ('+0.13', '−1.5', '0.00')
    """
    text = f"{x:+.{digits}f}"
    return f"{0:.{digits}f}" if float(text) == 0 else text.replace("-", "−")


_HYPHEN = re.compile(r"(?<![\w.)\]−-])-(?=\.?\d)")


def minus(text: str) -> str:
    """A text whose negative numbers have a minus sign; hyphens in names stay.

    Examples
    --------
    >>> minus("gpt-4o and claude-3-5 differ by -0.5 [-1.0, -.2] (-3)")
    'gpt-4o and claude-3-5 differ by −0.5 [−1.0, −.2] (−3)'
    """
    return _HYPHEN.sub("−", text)


def p_value(value: float) -> str:
    """A p-value as printed.

    Examples
    --------
    >>> p_value(0.0214), p_value(1e-9)
    ('p = 0.021', 'p < 0.001')
    """
    return f"p < {0.001:.3f}" if value < 0.001 else f"p = {value:.3f}"


def p_cell(value: float) -> str:
    """A p-value as it stands in a column of them.

    Examples
    --------
    >>> p_cell(0.0214), p_cell(1e-9)
    ('0.021', '< 0.001')
    """
    return p_value(value).removeprefix("p ").removeprefix("= ")


def one_spelling(names: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """Names as others of the same spelling are written: case, blanks, hyphens and underscores tell no two apart.

    A name that is known stays; so does one that two known ones, or two of the names, are spelled like.

    Examples
    --------
    >>> one_spelling(["Self-Direction", "power", "Hope"], ["Self_Direction", "Power"])
    {'Self-Direction': 'Self_Direction', 'power': 'Power', 'Hope': 'Hope'}
    """
    own, there = list(dict.fromkeys(names)), list(dict.fromkeys(known))

    def plain(name: str) -> str:
        return " ".join(_PARTS.split(name.strip())).casefold()

    alike: dict[str, list[str]] = {}
    for name in there:
        alike.setdefault(plain(name), []).append(name)
    times = Counter(plain(name) for name in own)
    return {
        name: name if name in there or len(of) != 1 or times[plain(name)] > 1 else of[0]
        for name in own
        for of in [alike.get(plain(name), [])]
    }


_PARTS = re.compile(r"[\s_-]+")

TWO_SPELLINGS = "differ only in case or blanks"
"""In a note of names in two spellings."""


def two_spellings(names: Iterable[object]) -> list[list[str]]:
    """Names that are the same but for case, outer blanks and repeated blanks, together.

    Examples
    --------
    >>> two_spellings(["GPT-4o", "gpt-4o ", "o1"])
    [['GPT-4o', 'gpt-4o ']]
    """
    same: dict[str, list[str]] = {}
    for name in sorted(map(str, names)):
        same.setdefault(" ".join(name.split()).casefold(), []).append(name)
    return [together for together in same.values() if len(together) > 1]


def spelled_apart(column: str, names: Iterable[object], most: int = 4) -> list[str]:
    """A note of the names in a column that are the same but for case and blanks; none where there are none.

    Examples
    --------
    >>> spelled_apart("model", ["a", "A", "b"])
    ["names in the column model differ only in case or blanks, and are taken as different ones: 'A' and 'a'"]
    """
    pairs = two_spellings(names)
    if not pairs:
        return []
    told = "; ".join(listed([repr(name) for name in together]) for together in pairs[:most])
    more = f" and {len(pairs) - most} more" if len(pairs) > most else ""
    return [f"names in the column {column} {TWO_SPELLINGS}, and are taken as different ones: {told}{more}"]
