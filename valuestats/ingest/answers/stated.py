"""Where a text says that an answer follows: the labels of fields, and the sentences that state one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from valuestats.ingest.answers.languages import SCRIPTS, UNSPACED, Language, load_languages, words_of
from valuestats.instruments.scale import normalise_text

FINAL, LABELLED, SAID = 3, 2, 1
"""How much a statement weighs: a last word, a labelled field, a sentence."""

_SEPARATOR = re.compile(
    r"[\"'*_)\]]*[^\S\n]*(?:[(\[][^()\[\]\n]{0,40}[)\]][^\S\n]*)?[*_\"]*[^\S\n]*(?:[:=]|->|\u2192|\u21d2|[-\u2013\u2014](?=[^\S\n]))[^\S\n]*\n?"
)
_ABOUT = re.compile(  # "my rating for this statement is …"
    r"[^\S\n]+(?:out of \d+|(?:for|to|on|of|about|zu|für|pour|sur|à|para|per|voor|op|von)(?:[^\S\n]+[^\W\d_]+){1,4}?)"
    r"(?=[^\S\n]*(?:[:=\u2192]|[^\S\n](?:is|ist|est|es|é|è|would|lautet)\b))"
)
_INDEXED = re.compile(
    r"[^\S\n]*(?:(?:#|no\.?)?[^\S\n]*\d+|[(\[](?:#|item|question|statement|q|no\.?|frage|nr\.?)?[^\S\n]*\d+[)\]])[^\S\n]*[:)=]"
)
_ALONE = re.compile(r"[^\S\n]*\n\s*")
_DIRECT = re.compile(r"[^\S\n]+(?=[\d(\[\"'])|(?=[\d])")
_SENTENCE = re.compile(r"[.!?;\n\u3002]")
_CLAUSE = re.compile(r"[.!?;,\n\u3002\u3001]")
_REACH = 120
_NO_WORD = r"(?![\w'])"
_LATIN = frozenset({"latin"})


@dataclass(frozen=True)
class Statement:
    """A place of a text at which a stated answer starts, what it weighs, and whether it is turned round."""

    start: int
    weight: int
    negated: bool = False


@dataclass(frozen=True)
class _Patterns:
    labels: re.Pattern[str]
    last: re.Pattern[str]
    copulas: re.Pattern[str]
    says: re.Pattern[str]
    free: frozenset[str]
    own: frozenset[str]


@lru_cache(maxsize=64)
def _patterns(scripts: frozenset[str], language: str | None) -> _Patterns:
    """Patterns for the scripts of a text: labels of all their languages, sentences of its own where it is known."""
    rules = load_languages()
    chosen = [
        (rules.raw[name], language)
        for name, language in rules.languages.items()
        if language.script in scripts
    ]

    def listed(key: str, unspaced: bool) -> list[str]:
        words = {
            normalise_text(w)
            for raw, one in chosen
            for w in raw[key]
            if (one.script in (*UNSPACED, "hangul")) == unspaced
        }
        return [re.escape(word) for word in sorted(words, key=len, reverse=True)]

    def either(key: str) -> str:
        spaced, beside = listed(key, False), listed(key, True)
        parts = [rf"(?<!\w)(?:{'|'.join(spaced)})(?!\w)"] if spaced else []
        return "|".join(parts + beside) or "(?!)"

    copulas = (
        [rf"[^\S\n]+(?:{'|'.join(listed('copulas', False))})[^\S\n]*:?[^\S\n]+"]
        if listed("copulas", False)
        else []
    )
    copulas += (
        [rf"[^\S\n]*(?:{'|'.join(listed('copulas', True))})[^\S\n]*:?[^\S\n]*"]
        if listed("copulas", True)
        else []
    )
    says = (
        "|".join(
            raw["says"] if one.script in (*UNSPACED, "hangul") else rf"(?:(?<!\w){raw['says']}{_NO_WORD})"
            for raw, one in chosen
            if language is None or raw is rules.raw[language]
        )
        or "(?!)"
    )
    return _Patterns(
        labels=re.compile(either("labels")),
        last=re.compile(rf"[^\S\n]+(?:{either('final')})"),
        copulas=re.compile("|".join(copulas)),
        says=re.compile(rf"(?:{says})(?:[^\S\n]*(?:[:,]|[-\u2013](?=[^\S\n])))?[^\S\n]*\n?", re.VERBOSE),
        free=frozenset(normalise_text(word) for raw, _ in chosen for word in raw["labels"][:3]),
        own=frozenset(normalise_text(word) for raw, _ in chosen for word in (*raw["own"], *raw["final"])),
    )  # fmt: skip


def _scripts_of(folded: str) -> frozenset[str]:
    if folded.isascii():
        return _LATIN
    found = {name for name, ranges in SCRIPTS.items() if re.search(f"[{ranges}]", folded)}
    return _LATIN | found | (UNSPACED if found & UNSPACED else frozenset())


def statements(folded: str, places: Iterable[int], language: Language | None = None) -> Iterator[Statement]:
    """The places of a folded text at which an answer is said to start, in their order.

    Looked for in front of `places` only, those at which a value stands.

    Examples
    --------
    >>> text = "confidence: 5. final answer: 4"
    >>> [text[s.start :] for s in statements(text, [12, 29])]
    ['4']
    """
    found: dict[int, Statement] = {}
    done = 0
    for place in places:
        start = max(done, place - _REACH)
        if place > start:
            patterns = _patterns(
                _scripts_of(folded[start:place]), None if language is None else language.name
            )
            for one in (
                *_labelled(folded, start, place, patterns),
                *_said(folded, start, place, patterns, language),
            ):
                if one.start not in found or found[one.start].weight < one.weight:
                    found[one.start] = one
        done = max(done, place - 8)
    yield from sorted(found.values(), key=lambda one: one.start)


def _labelled(folded: str, low: int, high: int, patterns: _Patterns) -> Iterator[Statement]:
    rules = load_languages()
    for label in patterns.labels.finditer(folded, low, high):
        end = label.end()
        last = patterns.last.match(folded, end)  # "réponse finale :"
        end = last.end() if last else end
        if _INDEXED.match(folded, end):  # "answer 2: …" is one of several
            continue
        about = _ABOUT.match(folded, end)
        if about is not None and (
            _SEPARATOR.match(folded, about.end()) or patterns.copulas.match(folded, about.end())
        ):
            if any(word in rules.ignored for word in words_of(about[0])):
                continue
            end = about.end()
        separator = _SEPARATOR.match(folded, end)
        copula = None if separator else patterns.copulas.match(folded, end)
        sign = separator or copula or _ALONE.match(folded, end) or _DIRECT.match(folded, end)
        if sign is None:
            continue
        name = label[0]
        before = _SENTENCE.split(folded[max(0, label.start() - _REACH) : label.start()])[-1]
        words = words_of(before)
        if separator:
            if len(words) > 8:
                continue
        elif copula:
            if not (
                name in patterns.free
                or any(word in patterns.own for word in words[-2:])
                or any(before.endswith(own) for own in patterns.own)
            ):
                continue
        elif words:
            continue
        clause = words_of(_CLAUSE.split(before)[-1])
        if any(word in rules.ignored for word in clause[-4:]) or _ignored_beside(before, rules.ignored):
            continue
        final = (
            last is not None
            or name in rules.final
            or any(word in rules.final for word in clause[-3:])
            or _final_beside(before, rules.final)
        )
        yield Statement(sign.end(), FINAL if final else LABELLED)


def _ignored_beside(before: str, words: frozenset[str]) -> bool:
    """Whether a label of a script without blanks has another name right before it."""
    return not before.isascii() and any(
        before.rstrip(" 的の").endswith(word) for word in words if not word.isascii() and word
    )


def _final_beside(before: str, words: frozenset[str]) -> bool:
    return not before.isascii() and any(word in before[-6:] for word in words if not word.isascii())


def _said(
    folded: str, low: int, high: int, patterns: _Patterns, language: Language | None
) -> Iterator[Statement]:
    negations, contrasts = _turns(None if language is None else language.name)
    for said in patterns.says.finditer(folded, low, high):
        before = _SENTENCE.split(folded[max(0, said.start() - _REACH) : said.start()])[-1]
        clause = words_of(_CLAUSE.split(before)[-1])
        last = max((place for place, word in enumerate(clause) if word in contrasts), default=-1)
        scope = [word for word in clause[last + 1 :] if word not in load_languages().conditions]
        negated = any(word in negations or word.endswith("n't") for word in scope)
        yield Statement(said.end(), SAID, negated)


@lru_cache(maxsize=32)
def _turns(language: str | None) -> tuple[frozenset[str], frozenset[str]]:
    """Negations and contrasts of a language, or of all."""
    languages = load_languages().languages
    known = list(languages.values()) if language is None else [languages[language]]
    return frozenset(w for one in known for w in one.negations), frozenset(
        w for one in known for w in one.contrasts
    )


_SCALE = r"(?:scale|skala|\u00e9chelle|escala|scala|schaal|\u0448\u043a\u0430\u043b\w+|\u0645\u0642\u064a\u0627\u0633)"
_LED = (
    r"(?:(?:on|using|from|with|auf|sur|en|em|in|su|op|\u043f\u043e|\u043d\u0430|\u0639\u0644\u0649|a|the|this|my|your|einer|der"
    r"|une|l'|una|uma|een|de|eine)[^\S\n]+)*"
)
_FROM = r"(?:[^\S\n]*(?:of|from|ranging|going|von|de|da|van|\u043e\u0442|\u0645\u0646|du|which goes))*[^\S\n]*:?[^\S\n]*"
_TO = (
    r"[^\S\n]*(?:to|through|-|\u2013|\u2014|~|bis|\u00e0|a|al|at\u00e9|e|et|und|and|tot|\u0434\u043e|\u5230|\u81f3"
    r"|\u304b\u3089|\u0625\u0644\u0649|\u0938\u0947)[^\S\n]*"
)
_ENDS = rf"(-?\d{{1,4}}){_TO}(-?\d{{1,4}})"
_SCALE_PHRASE = re.compile(
    rf"\(?{_LED}(?:likert[^\S\n]+)?{_SCALE}{_FROM}{_ENDS}(?![\d.,]*\d)[^\S\n]*\)?,?"
    rf"|\(?{_LED}{_ENDS}[^\S\n-]*-?(?:likert[^\S\n]+)?(?:scale|skala)\)?"
    rf"|[(\[][^\S\n]*{_ENDS}[^\S\n]*[)\]]"
)
_SCALE_MARKS = re.compile(
    "scal|skal|chelle|schaal|\u0448\u043a\u0430\u043b|\u0645\u0642\u064a\u0627\u0633|[(\\[]"
)
_POINTS = re.compile(
    r"(\d{1,3})[- ](?:point|punkte|punkt|points|puntos|pontos|punti|punts)[- ](?:\w+[- ])?"
    r"(?:scale|skala|\u00e9chelle|escala|scala|schaal)"
)


def without_scale(folded: str, codes: tuple[int, ...]) -> tuple[str, bool]:
    """A text without what it says about the scale, and whether it speaks of another scale than these codes.

    Examples
    --------
    >>> text, other = without_scale("5 (on a scale of 1 to 6)", (1, 2, 3, 4, 5, 6))
    >>> text.strip(), other
    ('5', False)
    >>> without_scale("on a scale of 1 to 10: 4", (1, 2, 3, 4, 5, 6))[1]
    True
    """
    other = False
    if _SCALE_MARKS.search(folded) is None:
        return folded, other

    def blank(phrase: re.Match[str]) -> str:
        nonlocal other
        low, high = (int(number) for number in phrase.groups() if number is not None)
        if {low, high} == {codes[0], codes[-1]}:
            return " " * len(phrase[0])
        other = other or not phrase[0].startswith(("(", "[")) or "scal" in phrase[0]
        return phrase[0]

    text = _SCALE_PHRASE.sub(blank, folded)
    points = _POINTS.search(folded)
    return text, other or (points is not None and int(points[1]) != len(codes))
