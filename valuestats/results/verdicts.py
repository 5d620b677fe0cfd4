"""Whether a number may be read, and why: the trust verdict that every result carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
import pandas as pd

from valuestats.base.labels import counted, levels_of, listed, printed_names, readable
from valuestats.results.aspects import AMISS, Aspect
from valuestats.statistics.clusters import FEW, LEAST

Sign = Literal["sound", "care", "untested", "none"]
"""``sound``: nothing that was looked at speaks against the number; ``care``: something does, and is named; ``untested``:
too little for a test, so that neither an effect nor its absence is known; ``none``: it can't be told from chance, or did not
pass what it had to, and is no finding."""
SILENT: tuple[Sign, ...] = ("untested", "none")
"""Signs of what is no finding: not tested, or tested and not told from chance."""

MARKS: dict[Sign, str] = {"sound": "●", "care": "△", "untested": "◇", "none": "○"}
"""The sign as it is printed beside a number."""

WORDS: dict[Sign, str] = {
    "sound": "sound",
    "care": "with care",
    "untested": "not tested",
    "none": "no finding",
}

QUESTIONS: dict[str, str] = {"answers": "against uniform answers", "group order": "among the groups"}
"""What numbers may answer that answer more than one question, the first of them first; in words."""


@dataclass(frozen=True)
class TrustLimits:
    """From where on something speaks against a number.

    Attributes
    ----------
    scored
        Share of the answers asked for that were scored; below it, care.
    units, fewest_units
        Resampled units (queries, clusters): below the first, care, as intervals rest on few; below the second there is
        none (docs/calibration.md has the coverage by number of units).
    separation
        Share of the variance between models that is not noise of their estimates; below it, care.
    reliability
        Coefficient of the scale; below it, care (Nunnally 1978 for early research).

    Examples
    --------
    >>> from valuestats import TrustLimits, read_responses, response_style, trust
    >>> responses = read_responses("data/demo/responses.jsonl.gz", scale="value_portrait")
    >>> found = response_style(responses, scale=(1, 6), replicates=50)
    >>> easy = TrustLimits(scored=0.5, units=10, separation=0.1)
    >>> [int((judged.verdict.rows["sign"] == "care").sum()) for judged in (trust(found), trust(found, limits=easy))]
    [33, 12]
    """

    scored: float = 0.9
    units: int = FEW
    fewest_units: int = LEAST
    separation: float = 0.5
    reliability: float = 0.7


TRUST_LIMITS = TrustLimits()


@dataclass(frozen=True)
class Reason:
    """One thing that was looked at, and what it says.

    Attributes
    ----------
    aspect
        What was looked at.
    sign
        What it says.
    text
        In words, with the numbers.
    where
        Keys of the estimates that it speaks of and their labels; empty for all.
    question
        Of `QUESTIONS` the one that it answers, where the numbers answer two; empty for what holds for both.
    """

    aspect: Aspect
    sign: Sign
    text: str
    where: Mapping[str, str] = field(default_factory=dict)
    question: str = ""


@dataclass(frozen=True)
class Verdict:
    """The verdict on a result: for each estimate, and in all.

    Attributes
    ----------
    reasons
        All that was looked at, the gravest first.
    rows
        The estimates' keys with ``sign`` and ``why`` (what speaks against the estimate); where they answer several
        questions (`QUESTIONS`), a column with the sign of each. ``sign`` is then that of the first; ``care`` where that
        one found nothing and another did.
    sign
        Of the result: ``untested`` or ``none`` where no estimate is a finding, else the gravest of the others.
    names
        What identifiers are called in print, where it isn't what they are.

    Examples
    --------
    >>> from valuestats import read_responses, response_style
    >>> responses = read_responses("data/demo/responses.jsonl.gz", scale="value_portrait")
    >>> verdict = response_style(responses, scale=(1, 6), replicates=50).verdict
    >>> verdict.sign, verdict.reasons[0].text
    ('care', '618 of 720 answers scored for each style')
    >>> verdict.rows["sign"].value_counts().to_dict()
    {'care': 33, 'sound': 15}
    """

    reasons: tuple[Reason, ...]
    rows: pd.DataFrame
    sign: Sign
    names: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def questions(self) -> tuple[str, ...]:
        """What the estimates answer, where that is several things."""
        return tuple(q for q in QUESTIONS if q in self.rows.columns)

    @property
    def against(self) -> tuple[Reason, ...]:
        """The reasons that are not sound; that a second question found nothing speaks against no estimate."""
        return tuple(
            r
            for r in self.reasons
            if r.sign != "sound" and (r.question in ("", next(iter(QUESTIONS))) or r.sign not in SILENT)
        )

    def of(self, key: str, column: str = "sign") -> pd.Series:
        """Sign by label of one key, of all or of one question: the best that any of its estimates has.

        Returns
        -------
        pandas.Series
            Indexed by label, as text.
        """
        rank = self.rows[column].map(RANK)
        best = rank.groupby(self.rows[key].astype(str), observed=True).min()
        return best.map(dict(enumerate(get_args(Sign))))

    def sentence(self) -> str:
        """The verdict in words: what can be read, what with care, what is no finding, and why."""
        with printed_names(self.names):
            return self._sentence()

    def _sentence(self) -> str:
        own = ("model", "sign", "why", *self.questions)
        key = next((k for k in self.rows.columns if k not in own), self.rows.columns[0])
        if not self.questions:
            return "; ".join([*self._parts(key, "sign", self.reasons), *self.nothing]) + "."
        told = []
        for question in self.questions:
            reasons = [r for r in self.reasons if r.question in ("", question)]
            told.append(f"{QUESTIONS[question]}: {'; '.join(self._parts(key, question, reasons))}")
        return ". ".join(text[:1].upper() + text[1:] for text in [*told, *self.nothing]) + "."

    def _parts(self, key: str, column: str, reasons: Sequence[Reason]) -> list[str]:
        """Labels by sign, the best first, each with why."""
        signs = self.of(key, column)
        parts = []
        for sign in get_args(Sign):
            labels = [str(label) for label in signs.index[signs == sign]]
            if not labels:
                continue
            whom = "all" if len(labels) == len(signs) else _few(labels)
            why = "" if sign == "sound" else self._because(key, labels, sign, reasons)
            parts.append(f"{MARKS[sign]} {WORDS[sign]}: {whom}{why}")
        best = self.rows[key].map(signs).map(RANK)
        for sign in get_args(Sign)[1:]:
            # A label is what its best estimate is; estimates that fall short of that are told beside it.
            worse = RANK["sound"] if sign == "care" else RANK["care"]
            alone = self.rows[(self.rows[column] == sign) & (best <= worse)]
            if len(alone):
                named = f" ({self._named(alone)})" if len(alone) <= _NAMED else ""
                parts.append(
                    f"{MARKS[sign]} {counted(len(alone), 'single estimate')} besides, {WORDS[sign]}{named}"
                )
        return parts

    def _named(self, rows: pd.DataFrame) -> str:
        """A few estimates by their keys."""
        keys = [k for k in self.rows.columns if k not in ("sign", "why", *self.questions)]
        return "; ".join(", ".join(readable(str(row[k])) for k in keys) for _, row in rows.iterrows())

    @property
    def nothing(self) -> tuple[str, ...]:
        """Of a result that can be trusted and found nothing: that it did not, and what it would have seen."""
        return tuple(r.text for r in self.reasons if r.aspect == "nothing")

    def _because(self, key: str, labels: Sequence[str], sign: Sign, reasons: Sequence[Reason]) -> str:
        """What speaks against these labels, each aspect once, and what does against most rows by another key."""
        told = _because(reasons, key, labels, sign)
        for aspect in dict.fromkeys(r.aspect for r in reasons if r.sign == sign and set(r.where) - {key}):
            own = [r for r in reasons if r.aspect == aspect and r.sign == sign and set(r.where) - {key}]
            here = np.zeros(len(self.rows), dtype=bool)
            for reason in own:
                rows = [
                    (self.rows[k].astype(str) == v).to_numpy()
                    for k, v in reason.where.items()
                    if k in self.rows
                ]
                here |= np.logical_and.reduce(rows) if rows else False
            among = self.rows[key].astype(str).isin(labels).to_numpy()
            if 2 * (here & among).sum() <= among.sum():
                continue
            (by,) = {k for r in own for k in r.where} if all(len(r.where) == 1 for r in own) else ("",)
            if not by:
                continue
            n = self.rows[by].nunique()
            whom = "" if len(own) == n else f" ({len(own)} of {levels_of(n, by)})"
            told.append(f"{AMISS[aspect, sign]}{whom}")
        return f" ({'; '.join(told)})" if told else ""


NAMED_IN_FULL = ("choices", "rule")
"""Aspects whose reason is said in its own words, as it names what to do instead."""
_NAMED = 3
"""Estimates that fall short of their label's best are named up to so many."""
RANK: dict[str, int] = {sign: k for k, sign in enumerate(get_args(Sign))}


def _few(labels: Sequence[str], most: int = 8) -> str:
    """Labels as a sentence lists them, the first of many."""
    shown = [readable(label) for label in labels]
    return listed(shown) if len(shown) <= most else f"{', '.join(shown[:most])} and {len(shown) - most} more"


def _because(reasons: Sequence[Reason], key: str, labels: Sequence[str], sign: Sign) -> list[str]:
    """What speaks against these labels, each aspect once."""
    said: dict[str, list[str]] = {}
    for reason in reasons:
        about = [label for label in labels if reason.where.get(key, label) == label]
        if reason.sign != sign or not about or (set(reason.where) - {key} and key not in reason.where):
            continue
        text = (
            reason.text
            if sign == "untested" or reason.aspect in NAMED_IN_FULL
            else AMISS[reason.aspect, reason.sign]
        )
        known = said.setdefault(text, [])
        known += [label for label in about if label not in known]
    return [text if len(found) == len(labels) else f"{text} ({_few(found)})" for text, found in said.items()]
