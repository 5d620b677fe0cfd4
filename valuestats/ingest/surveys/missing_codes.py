"""Which codes of a survey are no substantive answer, by a declared set of rules (``missing_codes.yml``)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd

from valuestats.base.errors import SpecificationError
from valuestats.ingest.answers.texts import as_text
from valuestats.instruments.loading import read_yaml
from valuestats.instruments.scale import normalise_text
from valuestats.tables.survey import (
    MAY_BE_MISSING,
    MISSING_CLASSES,
    OUTSIDE,
    TEXT_OR_MISSING,
    VALID,
    Code,
    Direction,
    code_text,
)

BY_CONVENTION = "missing by the convention, without a label"
_LAST_ANSWER = 6.0
_FAR = 3
_CONTINUOUS = 5
"""So many different answers as wide as the missing codes, and a variable counts (age, years) and doesn't choose."""

_BRACKETS = re.compile(r"[(\[{][^)\]}]*[)\]}]")
_PARTS = re.compile(r"\s*(?:[/;,:|]| or | - | – )\s*")
_REPEATED = re.compile(r"([6-9])\1*")


@dataclass(frozen=True)
class MissingRules:
    """The rules as read: label to class, conventions, texts of empty cells, labels of the ends of scales."""

    labels: Mapping[str, str]
    conventions: Mapping[str, Mapping[Code, str]]
    repeated: Mapping[str, Mapping[int, str]]
    empty_texts: frozenset[str]
    high: frozenset[str]
    low: frozenset[str]


@lru_cache(maxsize=1)
def missing_rules() -> MissingRules:
    """The rules that ship with the package."""
    path = Path(str(files("valuestats.ingest.surveys").joinpath("missing_codes.yml")))
    content = read_yaml(path)
    labels = {normalise_text(str(text)): kind for kind, texts in content["labels"].items() for text in texts}
    conventions = content["conventions"]
    return MissingRules(
        labels,
        {
            name: {as_code(c): k for c, k in rule.get("codes", {}).items()}
            for name, rule in conventions.items()
        },
        {name: rule.get("repeated", {}) for name, rule in conventions.items()},
        frozenset(content["texts"]["no_value"]),
        *(frozenset(normalise_text(t) for t in content["directions"][end]) for end in ("high", "low")),
    )


def as_code(value: Any) -> Code:
    """A code as it stands in a survey's frame: numbers as floats, the rest as text.

    Examples
    --------
    >>> as_code(3), as_code("3"), as_code(".a")
    (3.0, 3.0, '.a')
    """
    if isinstance(value, bool | None) or (isinstance(value, str) and "_" in value):  # Python reads 1_0 as 10
        return str(value)
    try:
        number = float(value)
    except OverflowError:  # a whole number beyond what a float can be
        return as_text(pd.Series([value], dtype=object)).iloc[0]
    except (TypeError, ValueError):
        return str(value)
    return number if math.isfinite(number) else str(value)


def label_class(label: str) -> str | None:
    """Class of a value label, or None where it is a substantive answer.

    Case, outer punctuation and what stands in brackets don't count; of a label with several parts the first part
    that is known decides, and every part must be known.

    Examples
    --------
    >>> label_class("Don't know (SPONTANEOUS)"), label_class("Weiß nicht"), label_class("Refused/No answer")
    ('dont_know', 'dont_know', 'refused')
    >>> label_class("Missing: Not asked in survey"), label_class("Other party"), label_class("I know all answers")
    ('not_asked', None, None)
    """
    known = missing_rules().labels
    # Beyond the last closing bracket each opening one would be searched to the end, in vain.
    end = max(label.rfind(bracket) for bracket in ")]}") + 1
    text = normalise_text(_BRACKETS.sub(" ", label[:end]) + label[end:]) or normalise_text(label)
    if text in known:
        return known[text]
    parts = [p for p in map(normalise_text, _PARTS.split(text)) if p]
    classes = [known.get(p) for p in parts]
    if len(parts) > 1 and parts[0] == "missing":  # it only announces what follows
        return classes[1] or "other"
    return None if not parts or None in classes else classes[0]


def label_direction(options: Mapping[Code, str]) -> Direction | None:
    """Whether a higher code is more, as far as the labels of a scale's ends tell.

    Examples
    --------
    >>> label_direction({1.0: "Very much like me", 6.0: "Not like me at all"})
    'descending'
    """
    rules = missing_rules()
    numbers = {c: normalise_text(t) for c, t in options.items() if isinstance(c, float)}
    high = [c for c, t in numbers.items() if t in rules.high]
    low = [c for c, t in numbers.items() if t in rules.low]
    if not high or not low:
        return None
    if min(high) > max(low):
        return "ascending"
    return "descending" if max(high) < min(low) else None


@dataclass(frozen=True)
class Declared:
    """What the user declares: pattern of variable names to (code to class, ``"valid"`` for a substantive code)."""

    codes: Mapping[str, Mapping[Code, str]]
    convention: str | None

    @classmethod
    def of(cls, missing: str | Mapping[str, Any] | None) -> Declared:
        """From ``"wvs"``, ``"ess"``, or ``{"convention": …, "val*": {0: "no_answer"}}``.

        Raises
        ------
        SpecificationError
            An unknown convention or class.
        """
        content: dict[str, Any] = {"convention": missing} if isinstance(missing, str) else dict(missing or {})
        convention = content.pop("convention", None)
        known = sorted(missing_rules().conventions)
        if convention is not None and convention not in known:
            raise SpecificationError(
                "unknown convention of missing codes",
                parameter="missing",
                got=convention,
                expected=f"{', '.join(known)}, or a mapping {{variable: {{code: class}}}}",
            )
        codes: dict[str, dict[Code, str]] = {}
        for pattern, given in content.items():
            if not isinstance(given, Mapping) or set(given.values()) - {*MISSING_CLASSES, VALID}:
                raise SpecificationError(
                    "not a declaration of missing codes",
                    parameter=f"missing[{pattern!r}]",
                    got=given,
                    expected=f"code: class, with a class of {', '.join([*MISSING_CLASSES, VALID])}",
                )
            codes[str(pattern)] = {as_code(code): str(kind) for code, kind in given.items()}
        return cls(codes, convention)

    def require_used(self, names: Sequence[str]) -> None:
        """Raise where a pattern meets no variable: a misspelt name would otherwise be silently without effect."""
        unused = [p for p in self.codes if not any(fnmatchcase(n, p) for n in names)]
        if unused:
            raise SpecificationError(
                "missing codes are declared for a variable that the file doesn't have",
                parameter="missing",
                got=", ".join(unused),
            )

    def of_variable(self, name: str) -> dict[Code, str]:
        """Codes declared for one variable; a later pattern goes before an earlier one."""
        found: dict[Code, str] = {}
        for pattern, codes in self.codes.items():
            if fnmatchcase(name, pattern):
                found.update(codes)
        return found


def classify(
    name: str,
    labels: Mapping[Code, str],
    used: Iterable[Code],
    by_file: Iterable[Code],
    declared: Declared,
) -> dict[Code, str]:
    """Class of each code of one variable that is no substantive answer.

    What the user declares goes first, then the label, then the named convention, then the file's own
    declaration (by the WVS codes and Stata's letters where they fit, else ``"other"``).

    Parameters
    ----------
    name
        The variable.
    labels
        Code to label.
    used
        Codes that occur.
    by_file
        Codes that the file declares as missing.
    declared
        What the user declares.

    Examples
    --------
    >>> classify("q", {1.0: "yes", 2.0: "no", 9.0: "DK"}, [1.0, 9.0, -2.0, 0.0], [-2.0], Declared.of({"q": {0: "other"}}))
    {-2.0: 'no_answer', 0.0: 'other', 9.0: 'dont_know'}
    """
    rules = missing_rules()
    own = declared.of_variable(name)
    file_codes = set(by_file)
    named: dict[Code, str] = {}
    if declared.convention is not None:
        named = dict(rules.conventions[declared.convention])
    top = max((c for c, t in labels.items() if isinstance(c, float) and label_class(t) is None), default=None)
    by_range: Mapping[float, str] = {}
    if declared.convention is not None and top is None:
        by_range = repeated_by_range([c for c in used if c not in own], declared.convention).missing
    found: dict[Code, str] = {}
    for code in {*used, *labels, *file_codes, *own}:
        if code in own:
            kind: str | None = own[code]
        else:
            kind = label_class(labels[code]) if code in labels else None
            if kind is None:
                kind = named.get(code)
            if kind is None and code not in labels:
                kind = _repeated(code, top, declared.convention)
                if kind is None and isinstance(code, float):
                    kind = by_range.get(code)
            if kind is None and code in file_codes:
                kind = rules.conventions["wvs"].get(code, "other") if code not in labels else "other"
        if kind is not None and kind != VALID:
            found[code] = kind
    return dict(sorted(found.items(), key=lambda pair: (isinstance(pair[0], str), pair[0])))


def _repeated(code: Code, top: Code | None, convention: str | None) -> str | None:
    if convention is None or top is None or not isinstance(code, float) or not code.is_integer():
        return None
    digits = missing_rules().repeated[convention]
    text = code_text(code)
    if code <= float(top) or not _REPEATED.fullmatch(text):
        return None
    return digits.get(int(text[0]))


@dataclass(frozen=True)
class ByRange:
    """Codes that the range of the others tells to be missing, and those of which it doesn't tell."""

    missing: Mapping[float, str]
    open: frozenset[float]


def repeated_by_range(codes: Iterable[Code], convention: str) -> ByRange:
    """Codes of one digit repeated (9, 77, 888) that lie beyond the others of an unlabelled variable.

    A survey gives all missing codes of a variable as many digits as keep them off its answers: where there is a 77, 7 is an
    answer. Codes of two and more digits are missing where all answers lie well below them, and, where many answers are as
    wide as they are, further below than these lie apart. 7, 8 and 9 are missing where the answers run from 1 without a gap
    and the next code is not in use; else they may as well be answers (1 to 7, 0 to 10).

    Examples
    --------
    >>> repeated_by_range([1.0, 6.0, 77.0, 99.0], "ess").missing
    {77.0: 'refused', 99.0: 'no_answer'}
    >>> repeated_by_range([1.0, 2.0, 9.0], "ess").missing, sorted(repeated_by_range([0.0, 5.0, 9.0], "ess").open)
    ({9.0: 'no_answer'}, [9.0])
    """
    digits = missing_rules().repeated.get(convention, {})
    numbers = {c for c in codes if isinstance(c, float)}
    if not digits or not all(c.is_integer() and c >= 0 for c in numbers):
        return ByRange({}, frozenset())
    for width in (5, 4, 3, 2):
        ends = {float(str(digit) * width): kind for digit, kind in digits.items()}
        found = {c: kind for c, kind in ends.items() if c in numbers}
        answers = numbers - set(found)
        if not found:
            continue
        first = 10.0 ** (width - 1)  # 10 for two digits: the first number as wide as the missing codes
        if answers and max(answers) < 6 * first and _stand_apart(min(found), answers, first):
            return ByRange(found, frozenset())
        return ByRange({}, frozenset(c for c in found if c > max(answers, default=0.0)))
    ends = {float(digit): kind for digit, kind in digits.items()}
    found = {c: kind for c, kind in ends.items() if c in numbers and c > _LAST_ANSWER}
    answers = numbers - set(found)
    if not found or not answers or max(answers) > _LAST_ANSWER:
        return ByRange({}, frozenset())
    top = max(answers)
    if len(answers) > 1 and answers == {float(n) for n in range(1, int(top) + 1)} and min(found) > top + 1:
        return ByRange(found, frozenset())
    return ByRange({}, frozenset(found))


def _stand_apart(code: float, answers: set[float], first: float) -> bool:
    """Whether a code lies further from the answers than these do from each other, where they are many (age, years)."""
    wide = sorted(c for c in answers if c >= first)
    if len(wide) < _CONTINUOUS:
        return True
    steps = [b - a for a, b in pairwise(wide)]
    return code - wide[-1] > _FAR * max(steps)


def findings_of(
    name: str,
    labels: Mapping[Code, str],
    counts: Mapping[Code, int],
    missing: Mapping[Code, str],
    by_file: Iterable[Code],
    declared: Declared,
) -> list[tuple[str, str, str, int]]:
    """What a reader must know of one variable's codes: kind, variable, found, n."""
    rows: list[tuple[str, str, str, int]] = []
    file_codes, own = set(by_file), declared.of_variable(name)
    asked = missing_rules().empty_texts
    doubtful: frozenset[float] = frozenset()
    if declared.convention is not None:
        doubtful = repeated_by_range([c for c in counts if c not in own], declared.convention).open
    valid = [c for c in labels if isinstance(c, float) and c not in missing]
    for code, n in counts.items():
        if code in own:
            continue
        text = code_text(code)
        if isinstance(code, str) and code.strip() in asked and code not in {*labels, *file_codes}:
            if code not in missing or all(isinstance(c, str) for c in counts):
                rows.append((TEXT_OR_MISSING, name, repr(text), n))
            continue
        if code in missing:
            if code not in labels and code not in file_codes and _REPEATED.fullmatch(text):
                rows.append((BY_CONVENTION, name, f"{text}: {missing[code].replace('_', ' ')}", n))
            elif missing[code] == "other" and code in labels and label_class(labels[code]) is None:
                rows.append(("label of a missing code is not known", name, f"{text}: {labels[code][:80]}", n))
            elif code in labels and file_codes and code not in file_codes:
                rows.append(
                    ("missing by its label, not by the file", name, f"{text}: {labels[code][:80]}", n)
                )
            continue
        if code in labels or not isinstance(code, float):
            continue
        if len(valid) > 1 and not min(valid) <= code <= max(valid):
            span = f"{code_text(min(valid))} to {code_text(max(valid))}"
            rows.append((OUTSIDE, name, f"{text}, scale {span}", n))
        elif len(valid) < 2 and (code in doubtful or _suspicious(code, counts)):
            rows.append((MAY_BE_MISSING, name, text, n))
    return rows


def _suspicious(code: float, counts: Mapping[Code, int]) -> bool:
    """A negative whole code among others that are not, or repeated 7s, 8s, 9s far above the others."""
    if len(counts) > 100 or not code.is_integer():
        return False
    others = [c for c in counts if isinstance(c, float) and c != code]
    if not others or not all(c.is_integer() for c in others):
        return False
    if code < 0 and _is_bipolar(counts):
        return False
    if -9 <= code < 0:
        return sum(counts[c] for c in others if c >= 0) > sum(counts[c] for c in others if c < -9)
    plain = [c for c in others if not _REPEATED.fullmatch(code_text(c))]
    return bool(code >= 66 and _REPEATED.fullmatch(code_text(code)) and plain and code > 4 * max(plain))


def _is_bipolar(counts: Mapping[Code, int]) -> bool:
    """Whether the codes run from a negative end to the same positive one (-3 to 3): the negative ones are answers then."""
    codes = {c for c in counts if isinstance(c, float)}
    top = max(codes, default=0.0)
    return top >= 3 and {-float(n) for n in range(int(top) + 1)} <= codes and min(codes) == -top
