"""What the identifiers of logs say of an instrument's items and of runs: found where it is plain, refused where not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from valuestats.base.errors import SpecificationError, ValuestatsError
from valuestats.base.labels import counted
from valuestats.base.progress import say
from valuestats.ingest.identifiers import with_identifiers
from valuestats.instruments import Instrument
from valuestats.tables import Responses

_WORDS = (
    "run", "rep", "repeat", "repeats", "repetition", "replicate", "epoch", "trial", "try", "attempt", "iter", "iteration",
    "sample", "draw", "seed", "round", "pass", "copy", "take", "r", "n", "k", "s", "e", "t",
)  # fmt: skip
_RUN = f"(?:{'|'.join(_WORDS)})"
_MARK = "[-_./:#@ ]"
_BEHIND = re.compile(
    rf"(?P<rest>.*?\w)(?P<mark>{_MARK}+(?:{_RUN}{_MARK}?)?)(?P<run>\d+)", re.IGNORECASE | re.DOTALL
)
_BEFORE = re.compile(
    rf"(?P<mark>(?:.*{_MARK})?(?:{_RUN}{_MARK}?)?)(?P<run>\d+)(?P<after>{_MARK}+)(?P<rest>.*\w)",
    re.IGNORECASE | re.DOTALL,
)
_ENDS_IN_RUN = re.compile(rf"(?:^|{_MARK})(?:{'|'.join(word for word in _WORDS if len(word) > 1)}){_MARK}?$")
_PROMPTS = ("prompt_sha256", "item_text_sha256")
_SHOWN = 3
_LONGEST = 200


@dataclass(frozen=True)
class Naming:
    """How the logs name the instrument's items.

    Attributes
    ----------
    prefix
        What stands before the instrument's identifiers in the items, as read.
    pattern
        ``item_pattern`` of `valuestats.read_responses`, where the identifiers say more than the item.
    responses
        The answers, read by it.
    n_items
        How many of the instrument's items were asked.
    """

    prefix: str
    pattern: str | None
    responses: Responses
    n_items: int

    @property
    def names_runs(self) -> bool:
        """Whether the identifiers call the run by a word."""
        return (
            self.pattern is not None
            and re.search(rf"{_MARK}{_RUN}{_MARK}?\(|^{_RUN}{_MARK}?\(", self.pattern) is not None
        )


def naming(responses: Responses, instrument: Instrument, prefix: str | None = None) -> Naming:
    """How the logs name the instrument's items: as it does itself, with a text before them, with the number of a run.

    A number in the identifiers is a run only where all identifiers have one in the same place, where each item then stands
    once in each run, and where no item has several prompts.

    Raises
    ------
    SpecificationError
        The logs hold none of the items, or identifiers of which only a part fits.
    """
    items = responses.items
    before = _prefix(items, instrument) if prefix is None else prefix
    fits = _fitting(items, before, instrument)
    whole = fits == set(items)
    found = _with_runs(responses, instrument) if prefix is None else []
    # All of "q1-run1", "q1-run2", … are items 1, 2, … behind "q1-run" too.
    if whole and any(n.names_runs for n in found):
        fits = set()
    if fits and (whole or prefix is not None or _is_one_of_several(fits, responses, instrument)):
        _require_most(responses, fits, before, instrument)
        if not whole:
            others = [item for item in items if item not in fits]
            say(
                f"not of the {instrument.name}, and not scored: {counted(len(others), 'item')} ({_some(others)})"
            )
        return Naming(before, None, responses, len(fits))
    if len(found) == 1:
        say(f"runs are read from the identifiers, by the pattern {found[0].pattern}")
        return found[0]
    raise _misfit(responses, instrument, before, fits, found)


def _prefix(items: Iterable[str], instrument: Instrument) -> str:
    """The text before the instrument's identifiers that most items of the logs have."""
    known = sorted(instrument.items, key=len, reverse=True)
    found: Counter[str] = Counter()
    for item in items:
        found.update({item.removesuffix(own) for own in known if item.endswith(own)})
    # The same identifiers under a longer text are fewer, so the most frequent is the text itself.
    return max(found, key=lambda text: (found[text], -len(text)), default="")


def _fitting(items: Iterable[str], prefix: str, instrument: Instrument) -> set[str]:
    return set(items) & {prefix + own for own in instrument.items}


def _is_one_of_several(fits: set[str], responses: Responses, instrument: Instrument) -> bool:
    """Whether logs of other things too hold the instrument whole: runs that look like items leave most answers unread."""
    return len(fits) == len(instrument.items) and 2 * _rows_of(responses, fits) > len(responses)


def _rows_of(responses: Responses, items: set[str]) -> int:
    return int(responses.frame["item"].astype(str).isin(items).sum())


def _require_most(responses: Responses, fits: set[str], prefix: str, instrument: Instrument) -> None:
    if 2 * _rows_of(responses, fits) <= len(responses):
        raise _misfit(responses, instrument, prefix, fits, [])


def _with_runs(responses: Responses, instrument: Instrument) -> list[Naming]:
    """The ways of reading a run from the identifiers that leave each item once in each run; the fullest ones."""
    found = []
    for pattern in dict.fromkeys(_patterns(responses.items)):
        try:
            read = with_identifiers(responses, pattern)
        except ValuestatsError:
            continue
        prefix = _prefix(read.items, instrument)
        if _ENDS_IN_RUN.search(prefix):
            continue  # what varies behind it is the run
        if _fitting(read.items, prefix, instrument) == set(read.items) and not _has_several_prompts(
            read.frame
        ):
            found.append(Naming(prefix, pattern, read, len(read.items)))
    most = max((n.n_items for n in found), default=0)
    return [n for n in found if n.n_items == most]


def _patterns(items: Iterable[str]) -> Iterable[str]:
    """Patterns that all identifiers meet: one text before or behind the run in each of them."""
    names = list(items)
    if any(len(name) > _LONGEST for name in names):
        return  # patterns with several ends take long on long texts
    behind = [_BEHIND.fullmatch(name) for name in names]
    marks = {match["mark"] for match in behind if match is not None}
    if all(match is not None for match in behind) and len(marks) == 1:
        yield rf"(?P<item>.+){_literal(marks.pop())}(?P<epoch>\d+)"
    before = [_BEFORE.fullmatch(name) for name in names]
    around = {(match["mark"], match["after"]) for match in before if match is not None}
    if all(match is not None for match in before) and len(around) == 1:
        mark, after = around.pop()
        yield rf"{_literal(mark)}(?P<epoch>\d+){_literal(after)}(?P<item>.+)"


def _literal(text: str) -> str:
    return re.sub(r"\\([-#@/: ])", r"\1", re.escape(text))


def _has_several_prompts(frame: pd.DataFrame) -> bool:
    """Whether what would be runs of one item are different questions."""
    for name in _PROMPTS:
        if name in frame.columns and frame[name].notna().any():
            key = [
                c
                for c in ("model", "item", "condition", "persona", "language", "wording", "option_order")
                if c in frame
            ]
            pairs = frame[[*key, name]].drop_duplicates()
            return bool(pairs.duplicated(key).any())
    return False


def _misfit(
    responses: Responses, instrument: Instrument, prefix: str, fits: set[str], found: list[Naming]
) -> SpecificationError:
    items = responses.items
    own = sorted(instrument.items, key=lambda name: (len(name), name))
    others = [item for item in items if item not in fits]
    expected = f"items {_some(own)} of the {instrument.name}, each with the same text before it"
    advice = (
        r"say what the identifiers mean: item_pattern='(?P<item>.+)-run(?P<epoch>\d+)' for item and run (groups may also be "
        "condition, persona, language, wording), or prefix=… for the text before the item"
    )
    where: dict[str, Any] = {"parameter": "item_pattern", "expected": expected, "hint": advice}
    if found:
        ways = "; ".join(f"{n.pattern} ({counted(n.n_items, 'item')})" for n in found)
        return SpecificationError(
            "the identifiers can be taken for items and runs in two ways",
            got=f"{_some(items)}: {ways}",
            **where,
        )
    if not fits:
        where["hint"] = (
            advice + ", or where a record of the logs names the item: fields={'item': 'metadata.NAME'}"
        )
        return SpecificationError(
            "the logs hold none of the instrument's items", got=f"items {_some(items)}", **where
        )
    return SpecificationError(
        "only a part of what was asked is of the instrument",
        got=f"{len(fits):,} of {len(items):,} identifiers ({_rows_of(responses, fits):,} of {len(responses):,} answers) are "
        f"its items with {prefix!r} before them: {_some(sorted(fits))}; not {_some(others)}",
        **where,
    )


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:_SHOWN]) + (", …" if len(listed) > _SHOWN else "")
