"""Texts among people's answers in words that say there is no answer, looked at as value labels are."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from valuestats.ingest.surveys.missing_codes import label_class, missing_rules
from valuestats.instruments.scale import normalise_text
from valuestats.tables.survey import BY_TEXT, TEXT_OR_MISSING, VALID, Code

_LONGEST = 80
_SHORT = 3
_STEM = 5
_WORD = re.compile(r"[^\W\d_]{4,}")
_EVERYWHERE = frozenset(
    {
        "nicht", "keine", "keinen", "sans", "niet", "geen", "inte", "ikke", "nessuna", "with", "that", "this", "have",
        "haben", "prefer", "rather", "would", "asked", "none", "other", "überhaupt",
    }
)  # fmt: skip
_YES_NO = frozenset(
    {"yes", "no", "ja", "oui", "non", "sí", "si", "sim", "não", "nao", "nej", "nee", "tak", "nie", "ano"}
)


@dataclass(frozen=True)
class MissingTexts:
    """Texts of one variable that are no answer, with their class, and those that may be one."""

    missing: Mapping[Code, str]
    open: frozenset[str]


def is_no_answer(text: str) -> bool:
    """Whether a text says by itself that there is no answer.

    Examples
    --------
    >>> is_no_answer("Weiß nicht"), is_no_answer("Agree")
    (True, False)
    """
    return len(text) <= _LONGEST and label_class(text) is not None


def missing_texts(codes: Iterable[Code], labels: Mapping[Code, str], own: Mapping[Code, str]) -> MissingTexts:
    """Which texts of a variable are no substantive answer, by the texts that value labels are known by.

    A text that shares a word with another answer ("Don't know" beside "Know it well", "trifft nicht zu" beside "trifft zu"),
    or an abbreviation beside others of another length, may be an answer: it is left open. An abbreviation beside others of
    its length (countries: DE, FR, DK) is one.

    Parameters
    ----------
    codes
        What occurs.
    labels
        Value labels: a text that has one is judged by it.
    own
        What the user declares, which stands as it is.

    Examples
    --------
    >>> missing_texts(["Agree", "Disagree", "Don't know", "NS/NC"], {}, {}).missing
    {"Don't know": 'dont_know', 'NS/NC': 'dont_know'}
    >>> missing_texts(["DE", "FR", "DK"], {}, {}).missing
    {}
    >>> sorted(missing_texts(["trifft zu", "trifft nicht zu"], {}, {}).open)
    ['trifft nicht zu']
    """
    marks = missing_rules().empty_texts
    free = [
        c for c in codes if isinstance(c, str) and c not in labels and c not in own and c.strip() not in marks
    ]
    known = {c: kind for c in free if len(c) <= _LONGEST and (kind := label_class(c)) is not None}
    if not known:
        return MissingTexts({}, frozenset())
    answers = [
        labels.get(c, c)
        for c in codes
        if isinstance(c, str) and c not in known and own.get(c, VALID) == VALID and c.strip() not in marks
    ]
    stems = {stem for answer in answers for stem in _stems(answer)}
    short = [a for a in map(_letters, answers) if 0 < len(a) <= _SHORT and a.casefold() not in _YES_NO]
    missing: dict[Code, str] = {}
    doubtful = set()
    for text, kind in known.items():
        bare = _letters(text)
        if len(bare) <= _SHORT and text.isascii() and short:
            if not all(len(a) == len(bare) for a in short):
                doubtful.add(text)
        elif stems & set(_stems(text)):
            doubtful.add(text)
        else:
            missing[text] = kind
    return MissingTexts(missing, frozenset(doubtful))


def labels_in_doubt(
    labels: Mapping[Code, str], missing: Mapping[Code, str], settled: Collection[Code]
) -> list[float]:
    """Codes missing by their label alone, which shares a word with an answer's label and stands next to its code.

    Parameters
    ----------
    labels, missing
        Value labels, and the class of each missing code.
    settled
        Codes that the file or the user declares.

    Examples
    --------
    >>> labels = {1.0: "trifft zu", 2.0: "trifft eher zu", 3.0: "trifft nicht zu", 9.0: "weiß nicht"}
    >>> labels_in_doubt(labels, {3.0: "not_applicable", 9.0: "dont_know"}, ())
    [3.0]
    """
    answers = {c: t for c, t in labels.items() if c not in missing and isinstance(c, float)}
    if len(answers) < 2:
        return []
    stems = {stem for text in answers.values() for stem in _stems(text)}
    return [
        code
        for code in missing
        if isinstance(code, float)
        and code in labels
        and code not in settled
        and label_class(labels[code]) is not None
        and code >= 0
        and min(abs(code - other) for other in answers) <= 1
        and stems & set(_stems(labels[code]))
    ]


def findings_of_texts(
    name: str, found: MissingTexts, counts: Mapping[Code, int]
) -> list[tuple[str, str, str, int]]:
    """What a reader must know of the texts: kind, variable, found, n."""
    rows = [
        (BY_TEXT, name, f"{text!r}: {kind.replace('_', ' ')}", counts[text])
        for text, kind in found.missing.items()
    ]
    return rows + [(TEXT_OR_MISSING, name, repr(text), counts[text]) for text in sorted(found.open)]


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text)


def _stems(text: str) -> list[str]:
    words = _WORD.findall(normalise_text(text))
    return [word[:_STEM] for word in words if word not in _EVERYWHERE]
