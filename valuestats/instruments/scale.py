"""The answer scale: which codes there are, what they are called, and which words change their meaning."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from valuestats.base.errors import SpecificationError

Direction = Literal["ascending", "descending"]

_APOSTROPHES = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201b": "'", "\u02bc": "'", "\u00b4": "'", "`": "'"}
)
_BLANKS = re.compile(r"\s+")
_OUTER = "".join(c for c in map(chr, range(128)) if not c.isalnum())


def normalise_text(text: str) -> str:
    r"""Unicode NFKC, case folded, blanks collapsed, outer punctuation, quotes and markdown removed.

    Two texts that differ in nothing a reader would call a difference have the same normal form.

    Examples
    --------
    >>> normalise_text('  **"Somewhat  like me."**\n')
    'somewhat like me'
    """
    if text.isascii():  # the same, some ten times faster
        return " ".join(text.replace("`", "'").casefold().split()).strip(_OUTER)
    text = unicodedata.normalize("NFKC", text).translate(_APOSTROPHES).casefold()
    text = _BLANKS.sub(" ", text)
    start, end = 0, len(text)
    while start < end and _is_outer(text[start]):
        start += 1
    while end > start and _is_outer(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_outer(character: str) -> bool:
    return unicodedata.category(character)[0] in "PSZC"


@dataclass(frozen=True)
class AnswerScale:
    """An ordered answer scale and the words by which an answer is recognised.

    Parameters
    ----------
    options
        Code to text, in the order of the codes.
    languages
        Further languages: name to (code to text). Every code must have its text.
    aliases
        Other texts of a code, recognised like the option itself.
    published_aliases
        Aliases used only by the parser of the publication (``compat="published"``).
    qualifiers, negations, followers
        Words of this scale beside those of the language of a text (`valuestats.ingest.answers.languages`), which hold
        for every scale: directly before an option they make it another statement; they turn round whatever follows them
        in the same clause (one that starts with an apostrophe or ``n'`` is a word ending); after them an option's text
        isn't an answer.
    numeric
        Whether a bare code ("4", "Answer: 4") is an answer.
    contains
        Whether an option inside a longer text may be an answer. Off for scales such as yes/no.
    codes_shown
        Whether the prompts showed each option with its code ("7 strongly agree"), in whatever order: a number then always
        means the code. Otherwise a number in an answer to options in another order than that of the codes may be a place
        in the list, and is not read (``order not known``) unless the list stands in the prompt.
    direction
        ``"ascending"``: a higher code is more of what is measured.
    parser
        Where in a text the answer stands (``"json:answer"``, …; see `valuestats.ingest.parse_answers`), where that is
        not left to the rules.

    Raises
    ------
    SpecificationError
        Fewer than two codes, one text for two codes, a language that lacks a code, an alias of no code.

    Examples
    --------
    >>> scale = AnswerScale({1: "no", 2: "partly", 3: "yes"})
    >>> scale.codes, scale.reverse(1)
    ((1, 2, 3), 3)
    """

    options: Mapping[int, str]
    languages: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    aliases: Mapping[str, int] = field(default_factory=dict)
    published_aliases: Mapping[str, int] = field(default_factory=dict)
    qualifiers: tuple[str, ...] = ()
    negations: tuple[str, ...] = ()
    followers: tuple[str, ...] = ()
    numeric: bool = False
    contains: bool = True
    direction: Direction = "ascending"
    parser: str | None = None
    codes_shown: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", dict(sorted(self.options.items())))
        if len(self.options) < 2:
            raise SpecificationError(
                "a scale needs two or more codes", parameter="options", got=dict(self.options)
            )
        if self.direction not in ("ascending", "descending"):
            raise SpecificationError(
                "unknown direction",
                parameter="direction",
                got=self.direction,
                expected="ascending or descending",
            )
        for language, texts in self.languages.items():
            if set(texts) != set(self.options):
                raise SpecificationError(
                    f"language {language!r} does not name every code once",
                    parameter="languages",
                    got=sorted(texts),
                    expected=sorted(self.options),
                )
        for name in ("aliases", "published_aliases"):
            strange = {text: code for text, code in getattr(self, name).items() if code not in self.options}
            if strange:
                raise SpecificationError(
                    "an alias stands for a code that is not on the scale",
                    parameter=name,
                    got=strange,
                    expected=f"one of {list(self.options)}",
                )
        self.lookup()

    @property
    def codes(self) -> tuple[int, ...]:
        """The codes, from lowest to highest."""
        return tuple(self.options)

    @property
    def bounds(self) -> tuple[int, int]:
        """Lowest and highest code."""
        return self.codes[0], self.codes[-1]

    def reverse(self, code: int) -> int:
        """The code at the same distance from the other end of the scale."""
        return self.codes[0] + self.codes[-1] - code

    def lookup(self) -> dict[str, int]:
        """Normal form of every option text and alias in every language, to its code."""
        table: dict[str, int] = {}
        texts = [(text, code) for code, text in self.options.items()]
        texts += [(text, code) for language in self.languages.values() for code, text in language.items()]
        texts += list(self.aliases.items())
        for text, code in texts:
            key = normalise_text(text)
            if not key:
                raise SpecificationError("an option has no text", parameter="options", got=f"code {code}")
            if table.setdefault(key, code) != code:
                raise SpecificationError(
                    "one text stands for two codes",
                    parameter="options",
                    got=f"{text!r}: {table[key]} and {code}",
                )
        return table
