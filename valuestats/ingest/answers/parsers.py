"""Ways in which a raw answer is read, as functions of one shape, so that they can be held beside each other."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from valuestats.base.errors import SpecificationError
from valuestats.ingest.answers.letters import LETTERS, option_code, read_letter
from valuestats.ingest.answers.logprobs import logprob_distributions
from valuestats.ingest.answers.parse import parse_answers
from valuestats.ingest.answers.texts import as_text
from valuestats.instruments import AnswerScale
from valuestats.tables import Responses

UNAVAILABLE = "unavailable"
"""Outcome of a parser that needs what a row doesn't have: log-probabilities, lettered options, a text."""

_FIRST_LETTER = re.compile(r"(?<![^\W_])([A-Z])(?![^\W_]|['\u2019])")
_NUMBER = re.compile(r"(?<![\d.,-])\d+(?![\d]|[.,]\d)")


@dataclass(frozen=True)
class Parser:
    """A named way of reading: a function of responses and scale to ``answer`` and ``status`` on their index."""

    name: str
    read: Callable[[Responses, AnswerScale], pd.DataFrame]


def regex_parser(pattern: str, *, name: str = "regex") -> Parser:
    r"""A parser of your own: a regular expression with one named group, ``answer``.

    What the group matches is read as a code of the scale, an option's text, or the letter of an option as the
    prompt showed it. The expression runs on RE2, whose time is linear in the text, so that no pattern and no
    text can hold it up; RE2 has no look-around and no back-references.

    Raises
    ------
    SpecificationError
        Not an RE2 expression, or no group called ``answer`` and that one only.

    Examples
    --------
    >>> regex_parser(r"rating:\s*(?P<answer>\d)", name="rating").name
    'rating'
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    fault = SpecificationError(
        "not a pattern that can be used",
        parameter=f"parsers[{name!r}]",
        got=pattern[:200],
        expected="an RE2 expression with one named group, (?P<answer>…)",
    )
    if not isinstance(pattern, str) or pattern.count("(?P<") != 1 or "(?P<answer>" not in pattern:
        raise fault
    try:
        pc.extract_regex(pa.array([""]), pattern)
    except pa.ArrowException:
        raise fault from None

    def read(responses: Responses, scale: AnswerScale) -> pd.DataFrame:
        raw = as_text(responses.frame["raw"])
        found = pc.extract_regex(pa.array(raw.fillna(""), type=pa.string()), pattern)
        texts = [None if hit is None else hit["answer"] for hit in found.to_pylist()]
        return _coded(raw, [_meant(t, o, scale) for t, o in zip(texts, _options(responses), strict=True)])

    return Parser(name, read)


def _meant(text: str | None, options: Sequence[str], scale: AnswerScale) -> int | None:
    if text is None:
        return None
    if (plain := text.strip()).isdecimal() and int(plain) in scale.codes:
        return int(plain)
    if (code := option_code(plain, scale)) is not None:
        return code
    return _lettered(plain, options, scale) if len(plain) == 1 else None


def _lettered(letter: str, options: Sequence[str], scale: AnswerScale) -> int | None:
    place = LETTERS.find(letter.upper())
    return option_code(options[place], scale) if 0 <= place < len(options) else None


def _default(responses: Responses, scale: AnswerScale) -> pd.DataFrame:
    frame = responses.frame
    stops = frame["stop_reason"].astype(object) if "stop_reason" in frame.columns else None
    read = parse_answers(frame["raw"], scale, stop_reason=stops)
    answer, status = read["answer"].tolist(), read["status"].astype(str).tolist()
    for n, (text, options) in enumerate(zip(as_text(frame["raw"]), _options(responses), strict=True)):
        if options and isinstance(text, str) and (named := read_letter(text, options)):
            code = None if named.option is None else option_code(named.option, scale)
            answer[n], status[n] = (pd.NA, "unparsable") if code is None else (code, "valid")
    return _frame(frame.index, answer, status)


def _published(responses: Responses, scale: AnswerScale) -> pd.DataFrame:
    read = parse_answers(responses.frame["raw"], scale, compat="published")
    return _frame(responses.frame.index, read["answer"].tolist(), read["status"].astype(str).tolist())


def _first_letter(responses: Responses, scale: AnswerScale) -> pd.DataFrame:
    raw = as_text(responses.frame["raw"])
    codes = []
    for text, options in zip(raw, _options(responses), strict=True):
        hit = _FIRST_LETTER.search(text) if isinstance(text, str) else None
        codes.append(_lettered(hit[1], options, scale) if hit else None)
    read = _coded(raw, codes)
    read.loc[[not options for options in _options(responses)], "status"] = UNAVAILABLE
    return read


def _first_number(responses: Responses, scale: AnswerScale) -> pd.DataFrame:
    raw = as_text(responses.frame["raw"])
    codes = []
    for text in raw:
        hit = _NUMBER.search(text) if isinstance(text, str) else None
        value = int(hit[0]) if hit and len(hit[0]) < 10 else None
        codes.append(value if value in scale.codes else None)
    return _coded(raw, codes)


def _logprob(responses: Responses, scale: AnswerScale) -> pd.DataFrame:
    found = logprob_distributions(responses, scale)
    codes = found[list(scale.codes)]
    some = codes.max(axis=1) > 0
    answer = codes[some].idxmax(axis=1) if some.any() else pd.Series(dtype=object)
    status = pd.Series("unparsable", index=found.index).mask(some, "valid")
    index = responses.frame.index
    return _frame(
        index, answer.reindex(index).tolist(), status.reindex(index, fill_value=UNAVAILABLE).tolist()
    )


PARSERS: Mapping[str, Parser] = {
    parser.name: parser
    for parser in (
        Parser("default", _default),
        Parser("published", _published),
        Parser("first_letter", _first_letter),
        Parser("first_number", _first_number),
        Parser("logprob", _logprob),
    )
}
"""The package's own rules; those of Value Portrait's publication; the first capital letter that stands alone, by the
options as shown; the first whole number; the option of the highest log-probability."""


def _options(responses: Responses) -> list[list[str]]:
    frame = responses.frame
    if "options" not in frame.columns:
        return [[] for _ in range(len(frame))]
    known: dict[str, list[str]] = {}
    found: list[list[str]] = []
    for text in frame["options"]:
        if not isinstance(text, str):
            found.append([])
            continue
        if text not in known:
            known[text] = json.loads(text)
        found.append(known[text])
    return found


def _coded(raw: pd.Series, codes: Sequence[int | None]) -> pd.DataFrame:
    blank = raw.isna() | (raw.fillna("").str.strip() == "")
    status = [
        "valid" if code is not None else "empty" if nothing else "unparsable"
        for code, nothing in zip(codes, blank, strict=True)
    ]
    return _frame(raw.index, codes, status)


def _frame(index: pd.Index, answer: Sequence[object], status: Sequence[str]) -> pd.DataFrame:
    codes = pd.array([None if pd.isna(a) else int(a) for a in answer], dtype="Int64")  # type: ignore[call-overload]
    return pd.DataFrame({"answer": codes, "status": list(status)}, index=index)
