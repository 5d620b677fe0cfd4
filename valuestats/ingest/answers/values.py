"""What counts as the value of an answer at one place of a text: an option, a number, a label, or two that agree."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from valuestats.ingest.answers.languages import UNSPACED, load_languages
from valuestats.ingest.answers.letters import Shown
from valuestats.ingest.answers.matching import Matcher
from valuestats.ingest.answers.numbers import Number, number_at
from valuestats.instruments.scale import normalise_text

OFF_SCALE = "not on the scale"
"""The reason why a number or label that can be read is no code."""

Edge = Literal["end", "hard", "soft"]

_QUOTES = r"\"'\u201c\u201d\u2018\u2019\u201e\u00ab\u00bb\u2039\u203a\u300e\u300f\u300c\u300d\u300a\u300b"
_SYMBOLS = r"\u2190-\u21ff\u2500-\u27bf\u2b00-\u2bff\U0001f300-\U0001faff"
_OPEN = re.compile(rf"(?:[\s{_QUOTES}{_SYMBOLS}\[(\u3010{{*_`#|:]|[-\u2013\u2014\u2022\u00b7](?=\s))*")
_CLOSE = rf"[^\S\n]*[{_QUOTES}{_SYMBOLS}\])\u3011}}*_`|]*[^\S\n]*"
_EDGE = re.compile(
    rf"{_CLOSE}(?:(?P<end>[.!;\u3002\u2026\s{_QUOTES}\]){_SYMBOLS}*_`:|,-]*\Z)|(?P<asked>[?\u061f])"
    r"|(?P<hard>\.{1,3}(?![\w.])|\.(?=[^\W\d_])|[!;\n\u3002\u2026\u0964]|(?<=\))[^\S\n]*\n)"
    r"|(?P<soft>[,\u3001\u060c([\u3010=\u2192]|:(?!\d)|[-\u2013](?=\s)|\u2014))"
)
_JOIN = re.compile(rf"{_CLOSE}(?:[,;/~\u301c\u2013\u2014\u2212\u2192|&(\[-]|->|\.\.+)[^\S\n]*")
_SIGN = re.compile(rf"{_CLOSE}[^\S\n]*(?:[-\u2013\u2014:=,.\u2192]+|[(\[])?[^\S\n]*[{_QUOTES}*_(\[]*")
_OVER = re.compile(r"[^\S\n]*(?:[/\u2044]|\((?:out )?of\b)[^\S\n]*")
_NEXT = re.compile(r"[^\S\n]*")
_ARTICLE = re.compile(rf"[^\S\n]+[{_QUOTES}*_(]*(?=\d)")
_LABEL = re.compile(r"(?:option |choice |letter |answer )?[(\[]?([a-z]|[ivx]{1,4})(?![^\W_]|')")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_MARKER = re.compile(r"(?:option )?[(\[]?[a-z][)\]:.]+[^\S\n]+")


class Value(NamedTuple):
    """A value read at a place: its code, or None with the reason why it is none; where it ends, and how."""

    code: int | None
    end: int
    edge: Edge
    number: bool = False
    option: bool = False
    fault: str | None = None
    word: bool = False


@dataclass(frozen=True)
class _Words:
    before: re.Pattern[str]
    firm: re.Pattern[str]
    because: re.Pattern[str]
    units: re.Pattern[str]
    out_of: re.Pattern[str]
    joins: re.Pattern[str]
    after: frozenset[str]


@lru_cache(maxsize=1)
def _words() -> _Words:
    rules = load_languages()
    spaced: dict[str, set[str]] = {}
    beside: dict[str, set[str]] = {}
    for key in ("before", "firm", "because", "units", "out_of", "joins"):
        for name, language in rules.languages.items():
            unspaced = language.script in (*UNSPACED, "hangul")
            (beside if unspaced else spaced).setdefault(key, set()).update(rules.raw[name][key])

    def pattern(key: str, blank: str) -> str:
        def listed(words: set[str]) -> str:
            return "|".join(
                re.escape(normalise_text(w) if w.isalpha() else w)
                for w in sorted(words, key=len, reverse=True)
            )

        return (
            rf"(?:{blank}(?:{listed(spaced[key])})(?![\w'])|[^\S\n]*(?:{listed(beside.get(key, {'(?!)'}))}))"
        )

    out_of = "|".join(sorted(map(re.escape, spaced["out_of"]), key=len, reverse=True))
    return _Words(
        before=re.compile(rf"(?:{pattern('before', '')}[^\S\n]*){{1,3}}"),
        firm=re.compile(rf"(?:(?:{pattern('before', '')}|{pattern('firm', '')})[^\S\n]*){{1,4}}"),
        because=re.compile(pattern("because", r"[^\S\n]+")),
        units=re.compile(pattern("units", r"[^\S\n]*")),
        out_of=re.compile(rf"[^\S\n]+(?:{out_of})[^\S\n]+"),
        joins=re.compile(pattern("joins", r"[^\S\n]*,?[^\S\n]+")),
        after=frozenset(w for language in rules.languages.values() if language.spaced for w in language.after),
    )  # fmt: skip


def explains(text: str, place: int) -> bool:
    """Whether an explanation starts at a place ("because …")."""
    before = _NEXT.match(text, place)
    start = before.end() if before else place
    return _words().because.match(f" {text[start : start + 40]}") is not None


@dataclass(slots=True)
class Values:
    """Reads values by a scale, and by the options as they were shown."""

    matcher: Matcher
    shown: Shown | None = None
    other_scale: bool = False

    def at(self, text: str, start: int) -> Value | None:
        """The value that stands at a place of a folded text, None where none does."""
        place = self._opened(text, start)
        return self._option(text, place) or self._number(text, place) or self._label(text, place)

    def whole(self, text: str) -> Value | None:
        """The value that a folded text is, and nothing else."""
        found = self.at(text, 0)
        return found if found is not None and found.edge == "end" else None

    @staticmethod
    def _opened(text: str, start: int) -> int:
        first = text[start : start + 1]
        if first.isalnum() and first.isascii():
            return start  # as at most places
        place = _OPEN.match(text, start).end()  # type: ignore[union-attr]
        return place if place == start else _OPEN.match(text, place).end()  # type: ignore[union-attr]

    def _option(self, text: str, place: int) -> Value | None:
        found = self.matcher.at(text, place)
        if found is None:
            before = _words().before.match(text, place)
            found = self.matcher.at(text, self._opened(text, before.end())) if before else None
        if found is None and (self.shown is None or self.shown.kind in ("numbers", "unknown")):
            marker = _MARKER.match(text, place)
            found = self.matcher.at(text, marker.end()) if marker else None
        if found is None:
            return None
        code, end, numbered = found.code, found.end, False
        if number := self._number_beside(text, end):
            numbered, end = True, number.end
            if self.code(number.value) != code and not self._is_place(number.value):
                return Value(None, end, "soft", True, True, "contradiction")
        if self._joined(text, end, code, code):
            return Value(None, end, "soft", numbered, True, "alternatives")
        return self._edged(text, end, Value(code, end, "end", numbered, True))

    def _number(self, text: str, place: int) -> Value | None:
        if not self._numeric():
            return self._marked(text, place)
        number = number_at(text, place)
        if number is None:
            before = _words().firm.match(text, place)
            if before is None:
                return None
            number = number_at(text, self._opened(text, before.end()), words=True)
            if number is None:
                return None
        if number.word and (article := _ARTICLE.match(text, number.end)):  # "une 4", "een 4"
            number = number_at(text, article.end(), words=False) or number
        return self._of_number(text, number)

    def _of_number(self, text: str, number: Number) -> Value | None:
        end = number.end
        code = self.code(number.value)
        fault = None if code is not None else self._reason(number.value)
        over = _OVER.match(text, end) or _words().out_of.match(text, end)
        if over is not None and over[0].strip() == "of" and self.matcher.language == "nl":  # or, in Dutch
            over = None
        if over is None and (unit := _words().units.match(text, end)):  # "4 stars out of 6"
            over = _words().out_of.match(text, unit.end())
        of = number_at(text, over.end()) if over else None
        if of is not None:
            end = of.end
            if of.value != self._highest() or code is None:
                code, fault = None, fault or "another denominator"
            if again := _OVER.match(text, end):
                end, code, fault = again.end(), None, "another denominator"
        if unit := _words().units.match(text, end):
            end = unit.end()
        option = self._option_beside(text, end)
        if option is not None:
            end = option.end
            if self._is_place(number.value):  # it may be the option's place: which one it is, the text says
                code, fault = option.code, None
            elif option.code != code:
                code, fault = None, "contradiction"
        elif self._joined(text, end, code, number.value):
            return Value(None, end, "soft", True, False, "alternatives")
        if option is not None and self._joined(text, end, code):
            return Value(None, end, "soft", True, True, "alternatives")
        found = self._edged(text, end, Value(code, end, "end", True, option is not None, fault, number.word))
        if found is None and of is None and option is None:
            return None
        return found

    def _marked(self, text: str, place: int) -> Value | None:
        """An option behind a number, on a scale that has no numbers: the number is no more than a mark."""
        number = number_at(text, place, words=False)
        option = self._option_beside(text, number.end) if number else None
        if option is None or self._joined(text, option.end, option.code):
            return None
        return self._edged(text, option.end, Value(option.code, option.end, "end", False, True))

    def _label(self, text: str, place: int) -> Value | None:
        """A letter or Roman number that stands before an option of the list as shown."""
        shown = self.shown
        if shown is None or shown.kind not in ("letters", "roman"):
            return None
        found = _LABEL.match(text, place)
        if found is None:
            return None
        end = found.end()
        texts = shown.behind(found[1])
        code = None if texts is None else self.matcher.lookup.get(normalise_text(texts))
        fault = None if code is not None else ("no such label" if texts is None else OFF_SCALE)
        option = self._option_beside(text, end)
        if option is not None:
            end = option.end
            code, fault = (code, fault) if option.code == code else (None, "contradiction")
        edged = self._edged(text, end, Value(code, end, "end", False, option is not None, fault))
        if edged is None or (option is None and edged.edge == "soft" and found[1] in "ai"):
            return None
        return edged

    def _edged(self, text: str, end: int, value: Value) -> Value | None:
        """The value with the edge behind it; None where the sentence goes on in a way that makes it something else."""
        edge = _EDGE.match(text, end)
        if edge is None:
            because = _words().because.match(text, end)
            return value._replace(end=end, edge="soft") if because else None
        if edge["asked"] is not None:
            return value._replace(code=None, end=edge.end(), edge="soft", fault="a question")
        kind: Edge = "end" if edge["end"] is not None else "hard" if edge["hard"] is not None else "soft"
        if kind == "soft" and value.fault is None:
            place = self._opened(text, edge.end())
            word = _WORD.match(text, place)
            if word is not None and word[0] in _words().after:
                return value._replace(code=None, edge=kind, fault="taken back")
        return value._replace(end=edge.end(), edge=kind)

    def _number_beside(self, text: str, end: int) -> Number | None:
        """A number right behind an option, which says the same or contradicts it."""
        if not self._numeric():
            return None
        sign = _SIGN.match(text, end)
        place = sign.end() if sign else end
        number = number_at(text, place, words=False) if place > end else None
        if number is None:
            return None
        stop = number.end
        over = _OVER.match(text, stop) or _words().out_of.match(text, stop)
        of = number_at(text, over.end()) if over else None
        if of is not None:
            if of.value != self._highest():
                return None
            stop = of.end
        if unit := _words().units.match(text, stop):
            stop = unit.end()
        return number._replace(end=stop) if _EDGE.match(text, stop) else None

    def _option_beside(self, text: str, end: int) -> Value | None:
        sign = _SIGN.match(text, end)
        place = sign.end() if sign else end
        found = self.matcher.at(text, place) if place > end else None
        if found is None:
            return None
        edge = _EDGE.match(text, found.end)
        if edge is None and _words().because.match(text, found.end) is None:
            return None
        return Value(found.code, found.end, "soft", False, True)

    def _joined(self, text: str, end: int, code: int | None, number: int | None = None) -> bool:
        """Whether another value follows, so that both are alternatives or a range."""
        joined = _JOIN.match(text, end) or _words().joins.match(text, end)
        if joined is None:
            return False
        place = joined.end()
        for _ in range(3):
            place = _NEXT.match(text, place).end()  # type: ignore[union-attr]
            more = _words().joins.match(f" {text[place : place + 40]}")
            before = _words().before.match(text, place)
            step = max(place + more.end() - 1 if more else place, before.end() if before else place)
            if step == place:
                break
            place = step
        place = self._opened(text, place)
        option = self.matcher.at(text, place)
        if option is not None:
            return option.code != code
        other = number_at(text, place) if self._numeric() else None
        if other is None or (other.value is not None and other.value == number):
            return False
        sign = text[end : joined.end()].strip()
        if sign in ("(", "[") and self.code(other.value) is None:  # "4 (66%)"
            return False
        return sign not in (",", ";", "(", "[") or _EDGE.match(text, other.end) is not None

    def _numeric(self) -> bool:
        return self.matcher.scale.numeric or (self.shown is not None and self.shown.kind == "numbers")

    def _highest(self) -> int | None:
        if self.shown is not None and self.shown.kind == "numbers":
            return max(map(int, self.shown.labels))
        return self.matcher.scale.codes[-1]

    def code(self, number: int | None) -> int | None:
        """Code of a number: of the option as shown where the list is known, else the number itself."""
        if number is None or self.other_scale:
            return None
        shown, scale = self.shown, self.matcher.scale
        if shown is not None and shown.kind == "numbers":
            return self._shown_code(number, shown)
        if not scale.numeric or number not in scale.codes or (shown is not None and shown.kind == "unknown"):
            return None
        if (
            shown is not None
        ):  # lettered: a number may be a code or a place in the list, unless they are the same
            place = number - 1
            if (
                0 <= place < len(shown.texts)
                and self.matcher.lookup.get(normalise_text(shown.texts[place])) != number
            ):
                return None
        return number

    def _shown_code(self, number: int, shown: Shown) -> int | None:
        text = shown.behind(str(number))
        if text is not None:
            return self.matcher.lookup.get(normalise_text(text))
        numbers = [int(label) for label in shown.labels]
        codes = [self.matcher.lookup.get(normalise_text(text)) for text in shown.texts]
        # only the ends are named: the numbers between them go up or down with the codes
        if len(numbers) == 2 and None not in codes and abs(numbers[1] - numbers[0]) > 1:
            slope = (codes[1] - codes[0]) / (numbers[1] - numbers[0])  # type: ignore[operator]
            code = codes[0] + slope * (number - numbers[0])  # type: ignore[operator]
            inside = min(numbers) <= number <= max(numbers)
            return int(code) if abs(slope) == 1 and inside and int(code) in self.matcher.scale.codes else None
        return None

    def _is_place(self, number: int | None) -> bool:
        """Whether a number may be the code or the place of an option, in an order that is not known."""
        unknown = self.shown is not None and self.shown.kind == "unknown"
        return unknown and not self.other_scale and number in self.matcher.scale.codes

    def _reason(self, number: int | None) -> str:
        if self.other_scale:
            return "another scale"
        if self.shown is not None and self.shown.kind != "numbers" and number in self.matcher.scale.codes:
            return "order not known"
        return OFF_SCALE
