"""The options of a scale inside a folded text, and whether what stands beside them leaves their meaning in doubt."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from valuestats.ingest.answers.languages import Language, load_languages, marks, until, word_pattern, words_of
from valuestats.instruments import AnswerScale
from valuestats.instruments.scale import _APOSTROPHES, normalise_text

_INVISIBLE = dict.fromkeys((65038, 65039, 8419, 8203, 8204, 8205, 8206, 8207, 8288, 65279, 173))
_CLEAN = _APOSTROPHES | _INVISIBLE
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_UNSPACED_LETTER = re.compile(f"[{_UNSPACED}]")
_BETWEEN = r"[\s,()\[\]'\"\u201c\u201d*_/-]{1,4}"
_REACH = 240
_CLAUSE = re.compile(r"[.!?;,\n\u3002\u3001\uff0c\u061b\u060c\u0964]")
_AFTER_COLON = re.compile(r":\s*\n\s*")
_START = re.compile(r"[:(\u2014]|\s[-\u2013]\s")
_DEFINES = re.compile(  # "6 means very much like me", but not "case 6 is very much like me"
    r"(?:\A|[.,;:(\n]|\b(?:where|and|while|with|score of|value of|rating of|wobei|und|et|donde|y|onde|e|dove|waarbij|en)\b)"
    r"\s*[\"'(]?\d{1,2}[\"')]?\s*(?:means?|is|=|equals|being|represents|indicates|stands for|corresponds to|bedeutet|heisst"
    r"|signifie|significa|betekent|\u043e\u0437\u043d\u0430\u0447\u0430\u0435\u0442|\u8868\u793a|\u4ee3\u8868)"
    r"\s*[\"'\u201c\u201e\u00ab]?\s*\Z"
)
_SENTENCE = re.compile(r"[.!?;\n]")


class Match(NamedTuple):
    """One option found in a text: its code, its words, and where it stands."""

    code: int
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Matcher:
    """A scale made ready for matching; see `compile_scale`."""

    scale: AnswerScale
    lookup: dict[str, int]
    pattern: re.Pattern[str]
    texts: dict[tuple[str, ...], str]
    tails: frozenset[str]
    longest: int
    language: str | None

    def exact(self, text: str) -> int | None:
        """Code of a text that is an option and nothing else; a question, and a number, is none."""
        if len(text) > self.longest or text.rstrip().endswith(("?", "？")):
            return None
        key = normalise_text(text)
        return None if key.isdecimal() else self.lookup.get(key)

    def at(self, folded: str, position: int) -> Match | None:
        """The longest option that starts at a place of a folded text."""
        found = self.pattern.match(folded, position)
        return None if found is None or self._inside(folded, position) else self._match(found)

    @staticmethod
    def _inside(folded: str, start: int) -> bool:
        """Whether a place is inside a word ("unlike me")."""
        if start == 0:
            return False
        before = folded[start - 1]
        if before.isascii() and not (before.isalnum() or before == "_"):
            return False
        if _UNSPACED_LETTER.match(folded[start]):
            return False
        return (
            (before.isalnum() and not _UNSPACED_LETTER.match(before))
            or before == "_"
            or unicodedata.category(before)[0] == "M"
        )

    def matches(self, folded: str) -> Iterator[Match]:
        """Yield the options in a folded text, the longest at each place, none overlapping another."""
        found = self.pattern.search(folded)
        while found is not None:
            match = None if self._inside(folded, found.start()) else self._match(found)
            if match is not None:
                yield match
            found = self.pattern.search(folded, found.start() + 1 if match is None else found.end())

    def _match(self, found: re.Match[str]) -> Match | None:
        """The option; None where the words run together in a way that no option is written ("not'like me")."""
        text = self.texts.get(_words_in_option(found[0]))
        return None if text is None else Match(self.lookup[text], text, found.start(), found.end())

    def graded(self, match: Match, language: Language) -> bool:
        """Whether an option says its own degree ("somewhat like me", "not like me", "strongly agree")."""
        return _graded(match.text, language.name)

    def doubtful(
        self, folded: str, match: Match, language: Language, free: int = 0, stop: int | None = None
    ) -> bool:
        """Whether negations, degrees or other words beside an option, from `free` to `stop`, leave its meaning in doubt."""
        left = _AFTER_COLON.sub(": ", folded[max(free, match.start - _REACH) : match.start])
        right = folded[match.end : min(match.end + _REACH, len(folded) if stop is None else stop)]
        clauses = _CLAUSE.split(left)
        before = _contrasted(clauses[-1], language)
        after = _CLAUSE.split(right)[0]
        if before is None or _DEFINES.search(left) or self._negated(clauses, before, language):
            return True
        if not language.spaced:
            return self._doubtful_unspaced(match, before, after, language)
        stops = language.followers | language.contrasts | language.because
        if any(word in language.after for word in until(words_of(after)[:6], stops)):
            return True
        following = until(words_of(after), language.because)
        if (following and following[0] in language.degrees) or self._ranged(clauses, before, language):
            return True
        if self.graded(match, language):
            return False
        if left.rstrip(" ").endswith(",") and right[:1] == ",":  # "friends who, like me, ..."
            return True
        return self._led(match, before, language) or self._followed(match, right, language)

    def negated(self, folded: str, match: Match, language: Language) -> bool:
        """Whether a negation reaches an option."""
        clauses = _CLAUSE.split(_AFTER_COLON.sub(": ", folded[max(0, match.start - _REACH) : match.start]))
        before = _contrasted(clauses[-1], language)
        return before is None or self._negated(clauses, before, language)

    def _negated(self, clauses: list[str], before: str, language: Language) -> bool:
        negations = language.negations | frozenset(self.scale.negations)
        if not language.spaced:
            return any(word in before for word in negations)
        endings = (*language.endings, *(w for w in self.scale.negations if w.startswith(("n'", "'"))))
        scope = words_of(before)
        earlier = words_of(clauses[-2]) if len(clauses) > 1 else []
        if scope and scope[0] in language.that:  # "ich glaube nicht, dass …"
            scope = earlier + scope
        elif (
            earlier
            and earlier[0] in language.conditions
            and not any(word in language.must for word in earlier)
        ):  # "if I were kinder, …"
            return True
        # "I do not, in any way, agree": what stands between commas doesn't end the scope of the word before them
        if len(clauses) > 2 and len(earlier) <= 6 and (words := words_of(clauses[-3])):
            scope.append(words[-1])
        return any(word in negations or word.endswith(endings) for word in scope)

    @staticmethod
    def _ranged(clauses: list[str], before: str, language: Language) -> bool:
        """Whether a degree alone stands before an option and its comma or conjunction ("moderately to very important")."""
        earlier, words = (words_of(clauses[-2]) if len(clauses) > 1 else []), words_of(before)
        if earlier and all(word in language.degrees for word in earlier):  # "Strongly, I agree"
            return True
        return len(words) > 1 and words[-1] in load_languages().joins and words[-2] in language.degrees

    def _degrees(self, match: Match, language: Language) -> frozenset[str]:
        return language.degrees | (language.emphasis if match.text in self.tails else frozenset())

    def _led(self, match: Match, before: str, language: Language) -> bool:
        """Whether what leads to an option without a degree of its own is anything but a statement of it."""
        degrees = self._degrees(match, language)
        start = _START.split(before)[-1]
        words = words_of(start)
        if start.rstrip(" \"'*_(\u201c\u201e")[-1:].isdigit():
            return True
        if not words:
            return False
        beside = words[-1]
        if (
            beside in degrees
            or any(word in language.degrees for word in words[-3:])
            or beside in self.scale.qualifiers
        ):
            return True
        return not (beside in language.stating or beside in language.emphasis)

    def _followed(self, match: Match, right: str, language: Language) -> bool:
        """Whether what follows an option without a degree of its own makes it another statement."""
        if right.lstrip(" ,(")[:1].isdigit():
            return True
        degrees = self._degrees(match, language)
        near = until(words_of(_SENTENCE.split(right)[0])[:4], language.because)
        if any(word in degrees for word in near):
            return True
        following = words_of(_CLAUSE.split(right)[0])
        if not following:
            return False
        word = following[0]
        if any(
            one in language.negations for one in until(following, language.because)
        ):  # "agree with nothing"
            return True
        if word in language.followers or word in self.scale.followers:
            return True
        return word not in language.going_on

    def _doubtful_unspaced(self, match: Match, before: str, after: str, language: Language) -> bool:
        if any(word in after for word in language.after):
            return True
        if self.graded(match, language):
            return False
        start = _START.split(before)[-1].rstrip(" 「『“\"'")
        if any(start.endswith(word) for word in (*language.degrees, *self.scale.qualifiers)):
            return True
        if any(after.lstrip().startswith(word) for word in (*language.followers, *self.scale.followers)):
            return True
        return bool(start) and not any(
            start.endswith(word) for word in (*language.stating, *language.emphasis)
        )


def _contrasted(clause: str, language: Language) -> str | None:
    """What of a clause stands behind its last contrast; None where that is nothing ("anything but like me")."""
    if language.spaced:
        words = list(word_pattern().finditer(clause))
        for place in range(len(words) - 1, -1, -1):
            if words[place][0] in language.contrasts:
                before = words[place - 1][0] if place else ""
                if before in language.negations or before in ("all", "everything"):  # "anything but …"
                    continue
                if place == len(words) - 1 and place > 0:
                    return None
                return clause[words[place].end() :]
        return clause
    cut = max((clause.rfind(word) + len(word) for word in language.contrasts if word in clause), default=0)
    return clause[cut:]


def fold(text: str) -> str:
    """Unicode NFKC, one kind of apostrophe, no invisible characters, case folded; line breaks and punctuation stay."""
    if text.isascii():
        return text.translate(_APOSTROPHES).casefold() if "`" in text else text.casefold()
    return unicodedata.normalize("NFKC", text).translate(_CLEAN).casefold()


@lru_cache(maxsize=64)
def _language_of(texts: tuple[str, ...]) -> str | None:
    found = load_languages().language_of(fold(" ".join(texts)))
    return None if found is None else found.name


@lru_cache(maxsize=4096)
def _graded(option: str, language: str) -> bool:
    """Whether an option's text says its own degree in a language."""
    rules = load_languages().languages[language]
    own = rules.degrees | rules.negations
    if not rules.spaced:
        return any(word in option and word != option for word in own)
    words = words_of(option)
    return len(words) > 1 and any(word in own for word in words)


@lru_cache(maxsize=1)
def _option_words() -> re.Pattern[str]:
    """One word of an option's text; where words aren't told apart by blanks, one character."""
    return re.compile(rf"[{_UNSPACED}]|(?:(?![{_UNSPACED}])[^\W_]|[{marks()}])+(?:'[^\W_]+)*")


@lru_cache(maxsize=4096)
def _words_in_option(written: str) -> tuple[str, ...]:
    return tuple(_option_words().findall(written))


@lru_cache(maxsize=64)
def _compiled(
    key: tuple[tuple[str, int], ...], numeric: bool
) -> tuple[re.Pattern[str], dict[tuple[str, ...], str], frozenset[str]]:
    # an option that is no more than its code is read as a number
    words = {
        t: _option_words().findall(t) for t, code in key if not (numeric and t.isdecimal() and t == str(code))
    }
    parts = []
    texts = tuple(text for text in sorted(words, key=len, reverse=True) if words[text])
    for text in texts:
        tokens = words[text]
        joined = re.escape(tokens[0])
        for one, two in itertools.pairwise(tokens):
            unspaced = re.match(f"[{_UNSPACED}]", two) and re.match(f"[{_UNSPACED}]", one)
            joined += (r"\s?" if unspaced else _BETWEEN) + re.escape(two)
        after = "" if re.match(f"[{_UNSPACED}]", tokens[-1]) else rf"(?![\w{marks()}]|'[^\W\d_])"
        parts.append(f"{joined}{after}")
    tails = {
        text
        for text, tokens in words.items()
        if any(
            len(other) > len(tokens) and tokens in (other[-len(tokens) :], other[: len(tokens)])
            for other in words.values()
        )
    }
    return (
        re.compile("|".join(parts) or r"(?!)"),
        {tuple(words[text]): text for text in texts},
        frozenset(tails),
    )


def compile_scale(scale: AnswerScale) -> Matcher:
    """Make a scale ready for matching.

    An option is a *tail* where a longer option starts or ends with it ("like me" in "not like me").

    Examples
    --------
    >>> from valuestats.ingest.answers.languages import load_languages
    >>> english = load_languages().languages["en"]
    >>> matcher = compile_scale(AnswerScale({1: "not like me", 2: "like me"}))
    >>> [m.code for m in matcher.matches("that is not like me, honestly.")]
    [1]
    >>> text = "that isn't like me."
    >>> [matcher.doubtful(text, m, english) for m in matcher.matches(text)]
    [True]
    """
    lookup = scale.lookup()
    pattern, texts, tails = _compiled(tuple(lookup.items()), scale.numeric)
    return Matcher(
        scale=scale,
        lookup=lookup,
        pattern=pattern,
        texts=texts,
        tails=tails,
        longest=3 * max(map(len, lookup)) + 40,  # room for outer blanks and markdown
        language=_language_of(tuple(scale.options.values())),
    )
