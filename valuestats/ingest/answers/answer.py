"""One answer on its way through the rules: its words, language, options, statements and segments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from valuestats.ingest.answers.languages import Language, load_languages, until, words_of
from valuestats.ingest.answers.matching import Match
from valuestats.ingest.answers.numbers import may_spell_numbers, number_words
from valuestats.ingest.answers.parts import Parts
from valuestats.ingest.answers.refusals import RefusalRules
from valuestats.ingest.answers.stated import LABELLED, Statement, statements
from valuestats.ingest.answers.values import Value, Values, explains

_MOST = 64  # options that are looked at in one text
_OPENS = re.compile(
    r"(?:\A|\n|[.!?;:\u3002\uff01\uff1f\uff1b\u2026][\"'\u201d\u2019)\]*_]{0,3}(?:\s|(?<=\u3002)))[\s\"'\u201c\u201e\u00ab(\[*_>#|\u300c-]*\Z"
)
ENDS = re.compile(r"[.!?;:\u3002\uff01\uff1f\uff1b\n]")
LIST = re.compile(r"(?:\A|\s)(\d{1,2})[.)]\s")
_DIGITS = re.compile(r"\d+")
_CLAUSES = re.compile(r"[.!?;,\n]")
_LABEL = re.compile(r"(?<![^\W_])(?:[a-z]|[ivx]{2,4})(?![^\W_])")


class Parsed(NamedTuple):
    """Code (or None), status and rule of one text."""

    answer: int | None
    status: str
    rule: str


@dataclass
class Answer:
    """The text of one answer on its way through the rules: what is read of it once, when a rule asks for it."""

    parts: Parts
    folded: str
    values: Values
    refusals: RefusalRules
    numeric: bool
    _values: dict[int, Value | None] = field(default_factory=dict)

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of the text."""
        return frozenset(words_of(self.folded))

    def _has(self, words: frozenset[str]) -> bool:
        """Whether one of the words may stand in the text; where phrases were taken out of it, what is left may be others."""
        return self.clean is not self.folded or not self.words.isdisjoint(words)

    @cached_property
    def language(self) -> Language | None:
        """The language of the text, None where it is in none that has rules."""
        return load_languages().language_of(self.folded, hint=self.values.matcher.language, words=self.words)

    @cached_property
    def refused(self) -> tuple[str, int] | None:
        """The rule of the text's language that says no to the task, and where."""
        return self.refusals.refuses(self.clean, self.language.name if self.language else None)

    def declined(self) -> Parsed | None:
        """The refusal that the text is by a rule of any language: a short text can be taken for its neighbour's."""
        refused = self.refused or self.refusals.refuses(self.clean)
        if refused:
            return Parsed(None, "refusal", f"refusal:{refused[0]}")
        disclaimed = self.refusals.disclaims(self.clean)
        return Parsed(None, "refusal", f"disclaimer:{disclaimed}") if disclaimed else None

    @cached_property
    def clean(self) -> str:
        """The folded text without phrases that hold a negation and negate nothing ("I can't help but say 5")."""
        if not load_languages().may_negate_nothing(self.folded, self.words) or self.language is None:
            return self.folded
        return self.language.unless.sub("", self.folded)

    def at(self, place: int) -> Value | None:
        """The value that stands at a place."""
        if place not in self._values:
            self._values[place] = self.values.at(self.clean, place)
        return self._values[place]

    @cached_property
    def matches(self) -> list[Match]:
        """The options in the text, the first `_MOST` of them."""
        found = []
        for match in self.values.matcher.matches(self.clean):
            found.append(match)
            if len(found) == _MOST:
                break
        return found

    @cached_property
    def stated(self) -> list[tuple[Statement, Value]]:
        """What the text states: the values behind labels and in sentences that say that they are the answer."""
        found = []
        places = sorted({match.start for match in self.matches} | set(self._numbers()))
        for statement in statements(self.clean, places, self.language if places[-1:] > [0] else None):
            value = self.at(statement.start)
            pronoun = value is not None and value.word and value.code == 1 and statement.weight < LABELLED
            if value is not None and not pronoun:  # "I choose this one"
                found.append((statement, self.checked(value)))
        return found

    def _numbers(self) -> Iterator[int]:
        """Places at which a number stands, or a letter where the options have some."""
        if self.numeric:
            yield from (found.start() for found in islice(_DIGITS.finditer(self.clean), _MOST))
            if may_spell_numbers(self.clean, self.words):
                yield from (found.start() for found in islice(number_words().finditer(self.clean), _MOST))
            if self.values.shown is not None and self.values.shown.kind in ("letters", "roman"):
                yield from (found.start() for found in islice(_LABEL.finditer(self.clean), _MOST))

    def checked(self, value: Value) -> Value:
        """A value, without its code where a degree or a negation follows an option that has none of its own."""
        if value.edge != "soft" or not value.option or value.code is None or self.language is None:
            return value
        if not self.language.spaced:
            rest = ENDS.split(self.clean[value.end : value.end + 80])[0]
            return (
                value._replace(code=None, fault="negated")
                if any(w in rest for w in self.language.after)
                else value
            )
        match = next((m for m in self.matches if m.end <= value.end and m.code == value.code), None)
        if match is None or self.values.matcher.graded(match, self.language):
            return value
        near = until(
            words_of(ENDS.split(self.clean[value.end : value.end + 80])[0])[:3], self.language.because
        )
        comma = self.clean[: value.end].rstrip().endswith(",")
        if (
            comma
            and near
            and not (
                near[0] in load_languages().first
                or near[0] in self.language.contrasts
                or explains(self.clean, value.end)
            )
        ):
            return value._replace(code=None, fault="hedged")  # "Like me, the author values honesty"
        doubt = self.language.degrees | (self.language.negations - self.language.followers)
        if match.text in self.language.negations:  # "no, never"
            doubt = self.language.degrees
        return value._replace(code=None, fault="hedged") if any(word in doubt for word in near) else value

    @cached_property
    def segments(self) -> list[tuple[int, Value]]:
        """Lines and sentences that are a value and nothing else, numbers as lines only ("1. First, ..." is a list)."""
        text, found = self.clean, []
        for match in self.matches:
            if _OPENS.search(text[max(0, match.start - 16) : match.start]) or (
                match.start < 16 and not text[: match.start].strip(" \n\"'*_>#-")
            ):
                value = self.at(match.start)
                if value is None:
                    continue
                colon = text[value.end - 1 : value.end] == ":"
                if (
                    (value.edge != "soft" or colon)
                    and not self.led_by_negation(match.start)
                    and not self._graded_before(match)
                ):
                    found.append((match.start, value))
        if self.numeric and len({label[1] for label in LIST.finditer(text)}) < 2:
            place = 0
            for line in text.split("\n")[:400]:
                if (
                    0 < len(line) <= 60
                    and (value := self.values.whole(line)) is not None
                    and (value.number or not value.option)
                ):
                    found.append((place, value._replace(end=place + value.end)))
                place += len(line) + 1
        return sorted(found, key=lambda one: one[0])

    def _graded_before(self, match: Match) -> bool:
        """Whether the sentence before an option is no more than a degree ("Somewhat. Like me.")."""
        if match.start == 0 or self.language is None or not self._has(self.language.degrees):
            return False
        if self.values.matcher.graded(match, self.language):
            return False
        parts = ENDS.split(self.clean[max(0, match.start - 40) : match.start])
        words = words_of(next((part for part in reversed(parts) if part.strip()), ""))
        return bool(words) and self.language.degrees.issuperset(words)

    def led_by_negation(self, place: int) -> bool:
        """Whether a colon leads to a place, and what stands before it holds a negation ("I would not say: …")."""
        before = self.clean[max(0, place - 160) : place].rstrip(" \n\"'*_([>-\u201c\u201e")
        if not before.endswith(":"):
            return False
        if self.language is None:
            return False
        if self.language.spaced and "n't" not in self.clean and not self._has(self.language.negations):
            return False
        clause = _CLAUSES.split(before[:-1])[-1]
        words = words_of(clause)
        if not self.language.spaced:
            return any(word in clause for word in self.language.negations | self.language.after)
        return any(
            (word in self.language.negations and word not in load_languages().conditions)
            or word.endswith("n't")
            for word in words
        )
