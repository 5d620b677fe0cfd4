"""Ways in which a raw answer is read, as functions of one shape, so that they can be held beside each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from valuestats.ingest.answers.letters import Shown, shown_from_text
from valuestats.ingest.answers.logprobs import logprob_distributions
from valuestats.ingest.answers.own import compiled_pattern, extractor
from valuestats.ingest.answers.parse import parse_answers
from valuestats.ingest.answers.texts import as_text
from valuestats.instruments import AnswerScale
from valuestats.tables import Responses

UNAVAILABLE = "unavailable"
"""Outcome of a parser that needs what a row doesn't have: log-probabilities, lettered options, a text."""

_MARKS = {"json": r"[{\[]", "xml": r"<[A-Za-z]"}


@dataclass(frozen=True)
class Parser:
    """A named way of reading: a function of responses and scale to ``answer``, ``status`` and ``rule`` on their index."""

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
    return Parser(name, _own(f"regex:{compiled_pattern(pattern, f'parsers[{name!r}]')}"))


def own_parser(parser: str, *, name: str | None = None) -> Parser:
    """A parser of your own by its specification, as `valuestats.ingest.parse_answers` takes it.

    Examples
    --------
    >>> own_parser("json:answer").name
    'json:answer'
    """
    extractor(parser)
    return Parser(name or parser, _own(parser))


def _own(parser: str) -> Callable[[Responses, AnswerScale], pd.DataFrame]:
    def read(responses: Responses, scale: AnswerScale) -> pd.DataFrame:
        raw = as_text(responses.frame["raw"])
        found = parse_answers(raw, scale, shown=_shown(responses), orders=_orders(responses), parser=parser)
        kind = parser.partition(":")[0]
        if kind not in _MARKS:
            return _frame(found)
        # A format that no row has is not a format of these answers; one that some rows miss is not always kept to.
        marked = raw.fillna("").str.contains(_MARKS[kind], regex=True)
        status = found["status"].astype(str)
        return _frame(found.assign(status=status if marked.any() else UNAVAILABLE))

    return read


def _default(responses: Responses, scale: AnswerScale) -> pd.DataFrame:
    frame = responses.frame
    stops = frame["stop_reason"].astype(object) if "stop_reason" in frame.columns else None
    shown, orders = _shown(responses), _orders(responses)
    return _frame(parse_answers(frame["raw"], scale, stop_reason=stops, shown=shown, orders=orders))


def _published(responses: Responses, scale: AnswerScale) -> pd.DataFrame:
    found = parse_answers(responses.frame["raw"], scale, compat="published")
    words = [one is None for one in _shown(responses)]  # it knows no labels
    return _frame(found.assign(status=found["status"].astype(str).where(np.array(words), UNAVAILABLE)))


def _first_letter(responses: Responses, scale: AnswerScale) -> pd.DataFrame:
    shown = _shown(responses)
    found = parse_answers(responses.frame["raw"], scale, shown=shown, parser="first_letter")
    lettered = [one is not None and one.kind in ("letters", "roman") for one in shown]
    return _frame(found.assign(status=found["status"].astype(str).where(np.array(lettered), UNAVAILABLE)))


def _first_number(responses: Responses, scale: AnswerScale) -> pd.DataFrame:
    shown = _shown(responses)
    orders = _orders(responses)
    found = parse_answers(responses.frame["raw"], scale, shown=shown, orders=orders, parser="first_number")
    numeric = [scale.numeric if one is None else one.kind == "numbers" for one in shown]
    return _frame(found.assign(status=found["status"].astype(str).where(np.array(numeric), UNAVAILABLE)))


def _logprob(responses: Responses, scale: AnswerScale) -> pd.DataFrame:
    found = logprob_distributions(responses, scale)
    codes = found[list(scale.codes)]
    some = codes.max(axis=1) > 0
    answer = codes[some].idxmax(axis=1) if some.any() else pd.Series(dtype=object)
    status = pd.Series("unparsable", index=found.index).mask(some, "valid")
    index = responses.frame.index
    return _frame(
        pd.DataFrame(
            {"answer": answer.reindex(index), "status": status.reindex(index, fill_value=UNAVAILABLE)}
        )
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


def _shown(responses: Responses) -> list[Shown | None]:
    """The options as shown, of each row."""
    frame = responses.frame
    if "options" not in frame.columns:
        return [None] * len(frame)
    return [shown_from_text(text) if isinstance(text, str) else None for text in frame["options"]]


def _orders(responses: Responses) -> pd.Series | None:
    return responses.frame.get("option_order")


def _frame(found: pd.DataFrame) -> pd.DataFrame:
    status = found["status"].astype(str)
    answer = pd.Series(
        pd.array([None if pd.isna(a) else int(a) for a in found["answer"]], dtype="Int64"), index=found.index
    )
    rule = found["rule"].astype(str) if "rule" in found.columns else status
    return pd.DataFrame({"answer": answer.mask(status != "valid"), "status": status, "rule": rule})
