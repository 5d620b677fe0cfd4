"""Raw text to answer code and status, by rules that are named in the result."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from valuestats.base.errors import SpecificationError
from valuestats.ingest.answers.matching import Matcher, compile_scale, sentence_ends_between
from valuestats.ingest.answers.refusals import RefusalRules, load_refusal_rules
from valuestats.ingest.answers.texts import as_text
from valuestats.instruments import AnswerScale
from valuestats.instruments.scale import _APOSTROPHES
from valuestats.tables.responses import STATUSES

Compat = Literal["published"]
_LENGTH_STOPS = frozenset({"length", "max_tokens", "max_output_tokens", "model_length"})
_REFUSAL_STOPS = frozenset({"content_filter", "refusal", "safety"})
_BLANKS = re.compile(r"\s+")


class Parsed(NamedTuple):
    """Code (or None), status and rule of one text."""

    answer: int | None
    status: str
    rule: str


def parse_answers(
    raw: pd.Series,
    scale: AnswerScale,
    *,
    compat: Compat | None = None,
    stop_reason: pd.Series | None = None,
    rules: RefusalRules | None = None,
) -> pd.DataFrame:
    """Read answer codes from raw texts.

    Rules, in order; the first that applies decides and is named in ``rule``:

    ``blank``
        Nothing there: ``empty``.
    ``exact``
        The text is an option (after Unicode normalisation, case folding, and without outer punctuation,
        quotes and markdown) or, on a scale with ``numeric``, a bare code (``number``).
    ``leading``, ``trailing``
        The first, else the last, line or sentence is an option and nothing else, and no other line is a
        different one.
    ``refusal:NAME``
        A rule of ``refusals.yml`` that says no to the task, unless a sentence before it holds a clear answer.
    ``contained``
        All options found in the text, longest first, are the same one and none is negated or qualified.
    ``disclaimer:NAME``
        No answer, and the text says that the model has no thoughts or points elsewhere: ``refusal``.
    ``stop_reason``
        No answer, and the log says that the text was cut off (``truncated``) or filtered (``refusal``).
    ``ambiguous``, ``none``
        Several options or one in doubt; or nothing at all: ``unparsable``.

    Parameters
    ----------
    raw
        The texts, as they came. What is neither text nor null is read in its JSON form.
    scale
        The answer scale.
    compat
        ``"published"``: the parser of Value Portrait (lower case, blanks collapsed; the option itself, else
        the longest option inside the text). It reads "some like me" and "isn't like me" as "like me". Where
        it finds nothing, status and rule are those of the default rules; ``unparsable`` where these find an
        answer.
    stop_reason
        Why the model stopped, one for each text, where the log says so.
    rules
        Refusal rules of your own, see `valuestats.ingest.answers.refusals.load_refusal_rules`.

    Returns
    -------
    pandas.DataFrame
        ``answer`` (Int64, null unless valid), ``status``, ``rule`` (categories), on the index of `raw`.

    Raises
    ------
    SpecificationError
        Unknown `compat`, or `stop_reason` of another length.

    Examples
    --------
    >>> from valuestats.instruments import load_instrument
    >>> scale = load_instrument("value_portrait").scale
    >>> texts = pd.Series(["Like me.", "It isn't like me", "some like me", "Sorry, I can't answer that.", ""])
    >>> parse_answers(texts, scale)
       answer      status                rule
    0       5       valid               exact
    1    <NA>  unparsable           ambiguous
    2    <NA>  unparsable           ambiguous
    3    <NA>     refusal  refusal:en_apology
    4    <NA>       empty               blank
    >>> parse_answers(texts, scale, compat="published")["answer"].tolist()
    [5, 5, 5, <NA>, <NA>]
    """
    if compat not in (None, "published"):
        raise SpecificationError(
            "unknown compat", parameter="compat", got=compat, expected="None or 'published'"
        )
    if stop_reason is not None and len(stop_reason) != len(raw):
        raise SpecificationError(
            "one stop reason for each text", parameter="stop_reason", got=len(stop_reason), expected=len(raw)
        )
    positions, uniques = pd.factorize(as_text(raw))
    matcher, refusals = compile_scale(scale), rules or load_refusal_rules()
    parsed = [_parse(text, matcher, refusals) for text in uniques]
    if compat == "published":
        published = _PublishedParser(scale)
        parsed = [published(text, default) for text, default in zip(uniques, parsed, strict=True)]
    parsed.append(Parsed(None, "empty", "blank"))  # position -1: null
    names = sorted({p.rule for p in parsed} | {"stop_reason"})
    answer = np.array([np.nan if p.answer is None else p.answer for p in parsed])[positions]
    status = np.array([STATUSES.index(p.status) for p in parsed])[positions]
    rule = np.array([names.index(p.rule) for p in parsed])[positions]
    if stop_reason is not None:
        status, rule = _apply_stops(status, rule, stop_reason, names.index("stop_reason"))
    return pd.DataFrame(
        {
            "answer": pd.array(answer, dtype="Int64"),
            "status": pd.Categorical.from_codes(status, categories=pd.Index(STATUSES)),
            "rule": pd.Categorical.from_codes(rule, categories=pd.Index(names)).remove_unused_categories(),
        },
        index=raw.index,
    )


def fold(text: str) -> str:
    """Unicode NFKC, one kind of apostrophe, case folded; line breaks and punctuation stay."""
    return unicodedata.normalize("NFKC", text).translate(_APOSTROPHES).casefold()


def _parse(text: str, matcher: Matcher, refusals: RefusalRules) -> Parsed:
    if not text.strip():
        return Parsed(None, "empty", "blank")
    code = matcher.exact(text)
    if code is not None:
        return Parsed(code, "valid", "exact")
    code = matcher.number(text)
    if code is not None:
        return Parsed(code, "valid", "number")
    if matcher.contradicts(text):
        return Parsed(None, "unparsable", "ambiguous")
    folded = fold(text)
    found = _outer_segment(folded, matcher)
    if found is not None:
        return found
    matches = list(matcher.matches(folded)) if matcher.contains else []
    codes = {match.code for match in matches}
    clear = len(codes) == 1 and not any(match.doubtful for match in matches)
    refused = refusals.refuses(folded)
    if refused and not (clear and sentence_ends_between(folded, matches[0].end, refused[1])):
        return Parsed(None, "refusal", f"refusal:{refused[0]}")
    if clear:
        return Parsed(codes.pop(), "valid", "contained")
    disclaimed = refusals.disclaims(folded)
    if disclaimed:
        return Parsed(None, "refusal", f"disclaimer:{disclaimed}")
    return Parsed(None, "unparsable", "ambiguous" if matches else "none")


def _outer_segment(folded: str, matcher: Matcher) -> Parsed | None:
    segments = matcher.segments(folded)
    lines = [line for line in folded.splitlines() if line.strip()]
    # Bare codes count as lines only: "1. First of all, ..." is a list.
    numbers = [matcher.number(line) for line in lines] if matcher.numeric and len(lines) > 1 else [None]
    stated = {code for code in (*segments, *numbers) if code is not None}
    if len(stated) != 1:
        return None
    if (segments and segments[0] is not None) or numbers[0] is not None:
        return Parsed(stated.pop(), "valid", "leading")
    if (segments and segments[-1] is not None) or numbers[-1] is not None:
        return Parsed(stated.pop(), "valid", "trailing")
    return None


class _PublishedParser:
    """The parser of the Value Portrait release, verified on all of its rows."""

    def __init__(self, scale: AnswerScale) -> None:
        self.exact = {text.lower(): code for code, text in scale.options.items()}
        self.aliases = {text.lower(): code for text, code in scale.published_aliases.items()}
        self.by_length = sorted(self.exact, key=len, reverse=True)

    def __call__(self, text: str, default: Parsed) -> Parsed:
        text = _BLANKS.sub(" ", text.lower()).strip()
        if text in self.exact:
            return Parsed(self.exact[text], "valid", "published exact")
        for alias, code in self.aliases.items():
            if alias in text:
                return Parsed(code, "valid", "published alias")
        for option in self.by_length:
            if option in text:
                return Parsed(self.exact[option], "valid", "published contained")
        if default.status == "valid":
            return Parsed(None, "unparsable", "published none")
        return default


def _apply_stops(
    status: np.ndarray, rule: np.ndarray, stop_reason: pd.Series, stop_rule: int
) -> tuple[np.ndarray, np.ndarray]:
    reason = stop_reason.astype(str).str.casefold()
    unanswered = np.isin(status, [STATUSES.index("unparsable"), STATUSES.index("empty")])
    status, rule = status.copy(), rule.copy()
    for stops, name in ((_LENGTH_STOPS, "truncated"), (_REFUSAL_STOPS, "refusal")):
        hit = unanswered & reason.isin(stops).to_numpy()
        status[hit], rule[hit] = STATUSES.index(name), stop_rule
    return status, rule
