"""Raw text to answer code and status, by rules that are named in the result."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import batched, chain
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from valuestats.base.errors import SpecificationError
from valuestats.ingest.answers.answer import Parsed
from valuestats.ingest.answers.letters import Shown, with_unknown
from valuestats.ingest.answers.many_texts import reader_as_text, shared_readers
from valuestats.ingest.answers.read import reader_of
from valuestats.ingest.answers.refusals import RefusalRules, load_refusal_rules
from valuestats.ingest.answers.scales import ScaleLike, as_scale
from valuestats.ingest.answers.texts import as_text
from valuestats.ingest.answers.values import OFF_SCALE
from valuestats.tables.responses import STATUSES

Compat = Literal["published"]
_LENGTH_STOPS = frozenset({"length", "max_tokens", "max_output_tokens", "model_length"})
_REFUSAL_STOPS = frozenset({"content_filter", "refusal", "safety"})
_AT_ONCE = 100_000
"""Texts that are held, with what was read of them, beside the table."""


def parse_answers(
    raw: pd.Series,
    scale: ScaleLike,
    *,
    compat: Compat | None = None,
    stop_reason: pd.Series | None = None,
    rules: RefusalRules | None = None,
    shown: Sequence[Shown | None] | None = None,
    orders: pd.Series | None = None,
    parser: str | None = None,
) -> pd.DataFrame:
    r"""Read answer codes from raw texts.

    A text is taken apart first (`valuestats.ingest.answers.parts.take_apart`): reasoning is cut off, and JSON, tags,
    LaTeX boxes and markdown are read by parsers of their formats. Of what is left, the first and last 8,192 characters
    are read. Then come the rules, in order; the first that applies decides and is named in ``rule``:

    ``blank``
        Nothing there: ``empty``.
    ``unclosed reasoning``
        A block of reasoning is opened and not closed: ``truncated``.
    ``json``, ``xml``, ``boxed``
        A field whose name says that it holds the answer (``"rating": 5``, ``<answer>``, ``\boxed{}``).
    ``exact``, ``number``, ``letter``
        The text is an option, a code, or the label of an option as shown, and nothing else. A number is a token:
        -1, 1-2, 4.5 and 4/10 are no codes of a scale from 1 to 6, ``5.0``, ``five`` and ``5/6`` are 5.
    ``stated``
        A labelled field ("Score: 6") or a sentence ("I'd rate this a 4") states it: the last of them, those that call
        themselves final before the others, fields before sentences.
    ``leading``, ``trailing``
        The first, else the last, line or sentence is an option or a code and nothing else, and no other line is a
        different one.
    ``contained``
        All options found in the text, longest first, are the same one and none is negated, qualified or asked for, by
        the rules of the text's language (``languages.yml``). Without such rules it is off: ``no rules for the
        language``. It is off too where the text is longer than what is read.
    ``refusal:NAME``, ``disclaimer:NAME``
        A rule of ``refusals.yml`` that says no to the task; or no answer, and the text says that the model has no
        thoughts or points elsewhere: ``refusal``.
    ``stop_reason``
        No answer, and the log says that the text was cut off (``truncated``) or filtered (``refusal``).
    ``ambiguous``, ``order not known``, ``not on the scale``, ``another denominator``, ``another scale``, ``none``
        Several answers, one in doubt, or a number and an option that contradict each other; a number where the order of
        the options varies and the list as shown is not known; a number or label that is no code; or nothing at all:
        ``unparsable``.

    Parameters
    ----------
    raw
        The texts, as they came. What is neither text nor null is read in its JSON form.
    scale
        The answer scale, an instrument or its name, or lowest and highest code.
    compat
        ``"published"``: the parser of Value Portrait (lower case, blanks collapsed; the option itself, else
        the longest option inside the text). It reads "some like me" and "isn't like me" as "like me". Where
        it finds nothing, status and rule are those of the default rules; ``unparsable`` where these find an
        answer.
    stop_reason
        Why the model stopped, one for each text, where the log says so.
    rules
        Refusal rules of your own, see `valuestats.ingest.answers.refusals.load_refusal_rules`.
    shown
        Options as each prompt showed them (`valuestats.ingest.answers.letters.shown_list`), None where it isn't known.
        A number or letter then means the option as shown.
    orders
        The order of the options of each row, as a design says. Where it isn't ascending, or unknown while others differ,
        numbers are refused in rows without `shown`.
    parser
        Where in a text the answer stands: ``"regex:PATTERN"`` (RE2, one group ``(?P<answer>…)``), ``"json:a.b"``,
        ``"xml:tag"``, ``"first_number"`` or ``"first_letter"``; the scale's own `parser` where None. What stands there is
        read by the rules above. Where nothing does, status and rule are those of the default rules; ``unparsable`` where
        these find an answer.

    Returns
    -------
    pandas.DataFrame
        ``answer`` (Int64, null unless valid), ``status``, ``rule`` (categories), on the index of `raw`.

    Raises
    ------
    SpecificationError
        Unknown `compat` or `parser`, or `stop_reason` or `shown` of another length.

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
    scale = as_scale(scale)
    if compat not in (None, "published"):
        raise SpecificationError(
            "unknown compat", parameter="compat", got=compat, expected="None or 'published'"
        )
    for name, values in (("stop_reason", stop_reason), ("shown", shown), ("orders", orders)):
        if values is not None and len(values) != len(raw):
            said = "one stop reason for each text" if name == "stop_reason" else "one for each text"
            raise SpecificationError(said, parameter=name, got=len(values), expected=len(raw))
    text_positions, texts = pd.factorize(as_text(raw))
    pa.default_memory_pool().release_unused()  # what finding equal texts took, as much again as the texts
    lists: list[Shown | None] = [None]
    positions = text_positions
    distinct: Iterable[tuple[str, Shown | None]]
    if shown is not None or orders is not None:
        list_positions, lists = _distinct(with_unknown(shown or [None] * len(raw), scale, orders))
        pairs = np.where(text_positions < 0, np.nan, text_positions * len(lists) + list_positions)
        positions, keys = pd.factorize(pairs)
        distinct = ((texts[int(key) // len(lists)], lists[int(key) % len(lists)]) for key in keys)
    else:
        distinct = ((text, None) for text in texts)
    parser = parser if parser is not None else scale.parser
    read = reader_of(scale, rules or load_refusal_rules(), compat, parser)
    request = reader_as_text(scale, compat, parser) if rules is None else None
    with shared_readers() as several:
        answer, status, rule, names = _columns(
            several.read(part, read, request) for part in batched(distinct, _AT_ONCE, strict=False)
        )
    answer, status, rule = answer[positions], status[positions], rule[positions]
    if stop_reason is not None:
        status, rule = _apply_stops(status, rule, stop_reason, names)
    return pd.DataFrame(
        {
            "answer": pd.array(answer, dtype="Int64"),
            "status": pd.Categorical.from_codes(status, categories=pd.Index(STATUSES)),
            "rule": pd.Categorical.from_codes(rule, categories=pd.Index(names)).remove_unused_categories(),
        },
        index=raw.index,
    )


def _columns(
    parts: Iterable[list[Parsed]],
) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str]]:
    """Codes, statuses and rules of what was read, by number, and the names of the rules; last that of a null."""
    of_status = {name: number for number, name in enumerate(STATUSES)}
    of_rule: dict[str, int] = {"stop_reason": 0}
    answers: list[np.ndarray] = []
    statuses: list[np.ndarray] = []
    rules: list[np.ndarray] = []
    for part in chain(parts, [[Parsed(None, "empty", "blank")]]):  # at position -1 stands null
        answers.append(np.array([np.nan if p.answer is None else p.answer for p in part], dtype=float))
        statuses.append(np.array([of_status[p.status] for p in part], dtype=np.int8))
        rules.append(np.array([of_rule.setdefault(p.rule, len(of_rule)) for p in part], dtype=np.int64))
    names = sorted(of_rule)
    places = np.array([names.index(name) for name in of_rule])
    return np.concatenate(answers), np.concatenate(statuses), places[np.concatenate(rules)], names


def _distinct(shown: Sequence[Shown | None]) -> tuple[np.ndarray, list[Shown | None]]:
    places: dict[Shown | None, int] = {}
    positions = np.array([places.setdefault(one, len(places)) for one in shown], dtype=np.int64)
    return positions, list(places)


def _apply_stops(
    status: np.ndarray, rule: np.ndarray, stop_reason: pd.Series, names: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    reason = stop_reason.astype(str).str.casefold()
    unanswered = np.isin(status, [STATUSES.index("unparsable"), STATUSES.index("empty")])
    unanswered &= rule != (
        names.index(OFF_SCALE) if OFF_SCALE in names else -1
    )  # whole, though no answer here
    status, rule = status.copy(), rule.copy()
    for stops, name in ((_LENGTH_STOPS, "truncated"), (_REFUSAL_STOPS, "refusal")):
        hit = unanswered & reason.isin(stops).to_numpy()
        status[hit], rule[hit] = STATUSES.index(name), names.index("stop_reason")
    return status, rule
