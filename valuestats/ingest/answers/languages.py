"""What the words of a language do to an answer: the rules of ``languages.yml``, and which language a text is in."""

from __future__ import annotations

import re
import sys
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from itertools import takewhile
from typing import Any

import yaml

from valuestats.instruments.loading import parse_yaml
from valuestats.instruments.scale import normalise_text

SCRIPTS = {
    "kana": "\u3041-\u3096\u30a1-\u30fa",
    "han": "\u3400-\u4dbf\u4e00-\u9fff",
    "hangul": "\uac00-\ud7a3\u1100-\u11ff",
    "cyrillic": "\u0400-\u04ff",
    "arabic": "\u0620-\u06ff",
    "devanagari": "\u0900-\u097f",
    "other": "\u0370-\u03ff\u0530-\u05ff\u0700-\u08ff\u0980-\u10ff\u1200-\u18ff",
}
_SCRIPT = re.compile("|".join(f"(?P<{name}>[{ranges}])" for name, ranges in SCRIPTS.items()))
_OTHER_LETTERS = {"cyrillic": re.compile("[іїєґўјљњђћџѓќ]"), "arabic": re.compile("[پچژگکیےٹڈ]")}
_PLAIN = re.compile(r"[a-z]+(?:'[a-z]+)*")
_READ = 1_000  # characters by which the language of a text is told
_KEPT = 4_096  # sets of words whose language is kept
_LISTS = (
    "words", "negations", "after", "degrees", "emphasis", "stating", "followers", "contrasts", "going_on", "that",
    "conditions", "must",
)  # fmt: skip
UNSPACED = frozenset({"han", "kana"})


@dataclass(frozen=True)
class Language:
    """The rules of one language, words in their folded form; ``languages.yml`` says what each list is."""

    name: str
    script: str
    words: frozenset[str]
    negations: frozenset[str]
    endings: tuple[str, ...]
    after: frozenset[str]
    degrees: frozenset[str]
    emphasis: frozenset[str]
    stating: frozenset[str]
    followers: frozenset[str]
    contrasts: frozenset[str]
    going_on: frozenset[str]
    that: frozenset[str]
    conditions: frozenset[str]
    must: frozenset[str]
    because: frozenset[str]
    unless: re.Pattern[str]

    @property
    def spaced(self) -> bool:
        """Whether its words are told apart by blanks and endings don't hang on them."""
        return self.script not in (*UNSPACED, "hangul")


@dataclass(frozen=True)
class Rules:
    """The rules of all languages, and what is the same for all of them."""

    languages: dict[str, Language]
    raw: dict[str, dict[str, Any]]

    @cached_property
    def labels(self) -> frozenset[str]:
        """Names of the field of an answer, of all languages."""
        return self._all("labels")

    @cached_property
    def final(self) -> frozenset[str]:
        """Words by which a field is the last word."""
        return self._all("final")

    @cached_property
    def ignored(self) -> frozenset[str]:
        """Names of other fields."""
        return self._all("ignored")

    @cached_property
    def first(self) -> frozenset[str]:
        """Words of the first person."""
        return self._all("first")

    @cached_property
    def conditions(self) -> frozenset[str]:
        """Words that start a condition."""
        return self._all("conditions")

    @cached_property
    def revisions(self) -> re.Pattern[str]:
        """Words by which an answer is taken back for another one."""
        words = sorted(map(re.escape, self._all("revisions")), key=len, reverse=True)
        return re.compile(rf"(?<![a-z])(?:{'|'.join(words)})(?![a-z])")

    @cached_property
    def joins(self) -> frozenset[str]:
        """Words that make a range or alternatives of the values around them."""
        return self._all("joins")

    @cached_property
    def _unless(self) -> tuple[tuple[str, ...], frozenset[str]]:
        phrases = sorted(self._all("unless"))
        return tuple(phrases), frozenset(words[-1] for phrase in phrases if (words := words_of(phrase)))

    def may_negate_nothing(self, folded: str, words: frozenset[str]) -> bool:
        """Whether a text of these words has a phrase that in some language holds a negation and negates nothing."""
        phrases, last = self._unless
        return not (folded.isascii() and last.isdisjoint(words)) and any(
            phrase in folded for phrase in phrases
        )

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Spelled-out numbers of all languages."""
        found: dict[str, int] = {}
        for language in self.raw.values():
            for word, number in language["numbers"].items():
                if found.setdefault(_folded(word), number) != number:
                    raise ValueError(f"{word!r} is two numbers")
        return found

    @cached_property
    def _latin_words(self) -> dict[str, tuple[str, ...]]:
        """The languages in Latin script that know a word."""
        known: dict[str, list[str]] = {}
        for name, language in self.languages.items():
            for word in language.words if language.script == "latin" else ():
                known.setdefault(word, []).append(name)
        return {word: tuple(names) for word, names in known.items()}

    @cached_property
    def _by_words(self) -> dict[tuple[frozenset[str], str | None], str | None]:
        return {}

    def _all(self, name: str) -> frozenset[str]:
        return frozenset(_folded(word) for language in self.raw.values() for word in language[name])

    def language_of(
        self, folded: str, *, hint: str | None = None, words: frozenset[str] | None = None
    ) -> Language | None:
        """The language of a folded text (of these words), or None where it is in none that has rules.

        A script that one language alone has here decides; in Latin script most known words do, and where two
        languages have as many, that of `hint` (the scale's); None where that is neither.
        """
        script = None
        if not folded.isascii():
            found = {match.lastgroup for match in _SCRIPT.finditer(folded[:_READ])}
            script = next((name for name in SCRIPTS if name in found), None)
        if script is not None:
            other = _OTHER_LETTERS.get(script)
            if other is not None and other.search(folded):
                return None
            if script == "kana" or script == "han":
                return self.languages["ja" if script == "kana" else "zh"]
            return next((one for one in self.languages.values() if one.script == script), None)
        known = self._of_words(frozenset(words_of(folded[:_READ])) if words is None else words, hint)
        return None if known is None else self.languages[known]

    def _of_words(self, words: frozenset[str], hint: str | None) -> str | None:
        """The language in Latin script that knows most of these words; answers often share all of theirs."""
        key = (words, hint)
        if key not in self._by_words:
            if len(self._by_words) >= _KEPT:
                self._by_words.clear()
            counts: dict[str, int] = {}
            for word in words:
                for name in self._latin_words.get(word, ()):
                    counts[name] = counts.get(name, 0) + 1
            if hint in counts:
                counts[hint] += 1
            most = max(counts.values(), default=0)
            tied = [name for name, count in counts.items() if count == most]
            told = most > 0 and most * 8 >= len(words) and len(tied) == 1
            self._by_words[key] = tied[0] if told else None
        return self._by_words[key]


def _folded(word: str) -> str:
    return normalise_text(word) or word


@lru_cache(maxsize=1)
def load_languages() -> Rules:
    """The rules that ship with the package.

    Examples
    --------
    >>> rules = load_languages()
    >>> rules.language_of("i would say that this is like me").name, rules.numbers["fünf"]
    ('en', 5)
    >>> rules.language_of("olen samaa mieltä") is None
    True
    """
    content = files("valuestats.ingest.answers").joinpath("languages.yml").read_bytes()
    # The package's own file needs none of the caution with which those of users are read.
    raw = yaml.load(content, Loader=yaml.CSafeLoader) if yaml.__with_libyaml__ else parse_yaml(content)
    languages = {}
    for name, content in raw.items():
        lists = {
            key: frozenset(_folded(word) for word in content[key] if not word.startswith("n'"))
            for key in _LISTS
        }
        script = content.get("script", "latin")
        told = lists["words"] | lists["stating"] | lists["negations"] | lists["degrees"] | lists["emphasis"]
        unless = "|".join(
            re.escape(phrase) for phrase in sorted(map(_folded, content["unless"]), key=len, reverse=True)
        )
        languages[name] = Language(
            name=name, script=script, **(lists | {"words": told}),
            because=frozenset(_folded(phrase) for phrase in content["because"] if " " not in phrase),
            endings=tuple(word for word in content["negations"] if word.startswith("n'")),
            unless=re.compile(rf"[^\S\n]*(?:{unless}),?" if script in UNSPACED else rf"[^\S\n]*(?<!\w)(?:{unless})(?!\w),?"),
        )  # fmt: skip
    return Rules(languages, raw)


@lru_cache(maxsize=1)
def marks() -> str:
    r"""Combining marks, which Python's ``\\w`` leaves out, as ranges of a character class."""
    places = [
        c for c in range(0x300, min(sys.maxunicode, 0x11000))
        if unicodedata.combining(chr(c)) or unicodedata.category(chr(c)) in ("Mc", "Mn")
    ]  # fmt: skip
    ranges: list[list[int]] = []
    for place in places:
        if ranges and ranges[-1][1] == place - 1:
            ranges[-1][1] = place
        else:
            ranges.append([place, place])
    return "".join(f"{chr(a)}-{chr(b)}" if b > a else chr(a) for a, b in ranges)


@lru_cache(maxsize=1)
def word_pattern() -> re.Pattern[str]:
    """One word of a folded text, with its combining marks."""
    return re.compile(rf"(?:[^\W\d_]|[{marks()}])+(?:'[^\W\d_]+)*")


def until(words: list[str], stops: frozenset[str]) -> list[str]:
    """The words before the first that stops them."""
    return list(takewhile(lambda word: word not in stops, words))


def words_of(folded: str) -> list[str]:
    """The words of a folded text.

    Examples
    --------
    >>> words_of("it isn't (quite) like me, 5")
    ['it', "isn't", 'quite', 'like', 'me']
    """
    return (_PLAIN if folded.isascii() else word_pattern()).findall(folded)
