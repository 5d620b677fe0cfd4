"""Find the options of a scale inside a text, word by word."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from valuestats.instruments import AnswerScale
from valuestats.instruments.scale import normalise_text

_HARD_BREAKS = frozenset(".!?;:。！？；：")
_BREAKS = _HARD_BREAKS | frozenset(",()\n、，")
_SEGMENT = re.compile(r"([.!?;:]+(?=[\s*_\"'”»)\]]|$)|[。！？；：]+|\n+)")
_ANSWER_WORDS = (
    r"(?:(?:my|the|your|final|overall)\s+)*(?:answer|rating|score|response|choice|option|selection|number|antwort"
    r"|réponse|respuesta|risposta|resposta|ответ|回答|答案|答え|답변)(?:\s+is|\s+would\s+be)?"
)
_NUMERIC = re.compile(rf"(?:{_ANSWER_WORDS}\s*[:=]?\s*)?(\d+)(?:\s*(?:/|out of)\s*(\d+))?")
_NUMBERED_OPTION = re.compile(r"(\d+)\s*[-–—:.)(=]+\s*(.+)")


@dataclass(frozen=True)
class Match:
    """One option found in a text: its code, whether its neighbours leave its meaning in doubt, and its end."""

    code: int
    doubtful: bool
    end: int


@dataclass(frozen=True)
class Matcher:
    """A scale made ready for matching; see `compile_scale`."""

    lookup: dict[str, int]
    options: dict[str, tuple[tuple[tuple[str, ...], int, bool], ...]]
    qualifiers: frozenset[str]
    negations: frozenset[str]
    negative_endings: tuple[str, ...]
    followers: frozenset[str]
    codes: frozenset[int]
    numeric: bool
    contains: bool
    longest: int

    def exact(self, text: str) -> int | None:
        """Code of a text that is an option and nothing else."""
        return None if len(text) > self.longest else self.lookup.get(normalise_text(text))

    def number(self, text: str) -> int | None:
        """Code of a text that is a bare code ("4", "Answer: 4", "4 - like me"), if the scale allows it."""
        if not self.numeric:
            return None
        text = normalise_text(text)
        if found := _NUMERIC.fullmatch(text):
            code, out_of = int(found[1]), found[2]
            return code if code in self.codes and out_of in (None, str(max(self.codes))) else None
        if (found := _NUMBERED_OPTION.fullmatch(text)) and self.exact(found[2]) == int(found[1]):
            return int(found[1])
        return None

    def contradicts(self, text: str) -> bool:
        """Whether a text gives one code as a number and another as its option ("5 - somewhat like me")."""
        found = _NUMBERED_OPTION.fullmatch(normalise_text(text)) if self.numeric else None
        if not found or int(found[1]) not in self.codes:
            return False
        return self.exact(found[2]) not in (None, int(found[1]))

    def segments(self, text: str) -> list[int | None]:
        """Code of each line and sentence that is an option and nothing else; None for the others."""
        parts = _SEGMENT.split(text)
        codes: list[int | None] = []
        for position in range(0, len(parts), 2):
            if any(map(str.isalnum, parts[position])):
                asked = position + 1 < len(parts) and parts[position + 1].startswith(("?", "？"))
                codes.append(None if asked else self.exact(parts[position]))
        return codes

    def matches(self, text: str) -> Iterator[Match]:
        """Yield the options in a text, the longest at each place, none overlapping another."""
        words, breaks, ends = _tokenise(text)
        position = free = 0
        while position < len(words):
            found = self._at(words, breaks, position)
            if found is None:
                position += 1
                continue
            length, code, tail = found
            end = position + length
            after = breaks[end]
            if not after.startswith(("?", "？")):  # "Is it like me?" states nothing
                doubtful = self._negated(words, breaks, free, position) or (
                    tail and self._qualified(words, breaks, position, end)
                )
                yield Match(code, doubtful, ends[end - 1])
            position = free = end

    def _at(self, words: list[str], breaks: list[str], start: int) -> tuple[int, int, bool] | None:
        for option, code, tail in self.options.get(words[start], ()):
            end = start + len(option)
            if tuple(words[start:end]) == option and not any(
                _HARD_BREAKS & set(between) for between in breaks[start + 1 : end]
            ):
                return len(option), code, tail
        return None

    def _negated(self, words: list[str], breaks: list[str], free: int, start: int) -> bool:
        position = start
        while position > free and not breaks[position]:
            position -= 1
            word = words[position]
            if word in self.negations or word.endswith(self.negative_endings):
                return True
        return False

    def _qualified(self, words: list[str], breaks: list[str], start: int, end: int) -> bool:
        if start and not breaks[start] and words[start - 1] in self.qualifiers:
            return True
        if end < len(words) and not breaks[end] and words[end] in self.followers:
            return True
        # "friends who, like me, ..." is an aside
        return start > 0 and end < len(words) and breaks[start] == "," and breaks[end] == ","


def sentence_ends_between(text: str, start: int, end: int) -> bool:
    """Whether a sentence or line of `text` ends between two places."""
    return any(character in _HARD_BREAKS or character == "\n" for character in text[start:end])


def compile_scale(scale: AnswerScale) -> Matcher:
    """Make a scale ready for matching.

    An option is a *tail* where a longer option ends with it ("like me" in "not like me"): only then do the
    scale's qualifiers and followers matter.

    Examples
    --------
    >>> matcher = compile_scale(AnswerScale({1: "not like me", 2: "like me"}, negations=("n't",)))
    >>> [m.code for m in matcher.matches("That is not like me, honestly.")]
    [1]
    >>> [m.doubtful for m in matcher.matches("That isn't like me.")]
    [True]
    """
    lookup = scale.lookup()
    sequences = {tuple(_tokenise(text)[0]): code for text, code in lookup.items()}
    options: dict[str, list[tuple[tuple[str, ...], int, bool]]] = defaultdict(list)
    for words, code in sorted(sequences.items(), key=lambda pair: -len(pair[0])):
        tail = any(len(other) > len(words) and other[-len(words) :] == words for other in sequences)
        if words:
            options[words[0]].append((words, code, tail))
    endings = tuple(word for word in scale.negations if word.startswith(("n'", "'")))
    return Matcher(
        lookup=lookup,
        options={first: tuple(found) for first, found in options.items()},
        qualifiers=frozenset(scale.qualifiers),
        negations=frozenset(scale.negations),
        negative_endings=endings,
        followers=frozenset(scale.followers),
        codes=frozenset(scale.codes),
        numeric=scale.numeric,
        contains=scale.contains,
        longest=3 * max(map(len, lookup)) + 40,  # room for outer blanks and markdown
    )


def _tokenise(text: str) -> tuple[list[str], list[str], list[int]]:
    """Words of a folded text, the clause breaks before each (and after the last), and where each word ends."""
    words: list[str] = []
    breaks = [""]
    ends: list[int] = []
    for found in _token_pattern().finditer(text):
        token = found[0]
        if token in _BREAKS:
            breaks[-1] += token
        else:
            words.append(token)
            breaks.append("")
            ends.append(found.end())
    return words, breaks, ends


@lru_cache(maxsize=1)
def _token_pattern() -> re.Pattern[str]:
    # Python's \w leaves out combining marks, without which words of Indic scripts fall apart; Han and kana
    # are written without blanks, so there each character is a word.
    marks = "".join(
        chr(c)
        for c in range(0x300, min(sys.maxunicode, 0x11000))
        if unicodedata.combining(chr(c)) or unicodedata.category(chr(c)) in ("Mc", "Mn")
    )
    han = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    letters = rf"(?:(?![{han}])[^\W_]|[{marks}])"
    return re.compile(rf"[{han}]|{letters}+(?:'{letters}+)*|[{re.escape(''.join(_BREAKS))}]")
