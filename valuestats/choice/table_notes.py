"""What a table of choices shows of its making: comparisons left out, rows that stand twice, names in two spellings."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from valuestats.base.labels import TWO_SPELLINGS, counted, listed, number, spelled_apart
from valuestats.tables.choices import Choices, chooser_columns

TWICE = "in every column"
"""In a note of choices that stand twice."""
MANY_TWICE = 0.01
"""Share of choices that repeat another from which errors are noticeably too small."""
_ASKED = re.compile(
    r"item|cluster|.*(question|prompt|query|dilemma|scenario|conversation|task)s?([_ .-]?id)?"
)


def table_notes(choices: Choices) -> list[str]:
    """What was left out in reading, and what stands twice or is spelled in two ways; nothing where nothing is found."""
    return [*left_out_notes(choices), *repeated_notes(choices), *spelling_notes(choices)]


def left_out_notes(choices: Choices) -> list[str]:
    """How many comparisons reading left out, by cause."""
    if choices.findings.empty:
        return []
    cause = choices.findings["found"].astype(str).str.split(": ", n=1).str[0].value_counts(sort=False)
    told = listed([f"{what} ({number(n)})" for what, n in cause.items()])
    return [f"{counted(len(choices.findings), 'comparison')} left out in reading: {told}"]


def repeated_notes(choices: Choices) -> list[str]:
    """How many choices say the same of the same question by the same judge as one before, where both have a column.

    Where neither judge nor question is known, equal choices are what any judge makes of many questions.
    """
    frame = choices.frame
    asked = [c for c in frame.columns if _ASKED.fullmatch(str(c).lower()) and frame[c].notna().any()]
    if not asked or not chooser_columns(frame) or "count" in frame.columns:
        return []
    rows = frame[frame["status"] == "valid"]
    if rows.empty:
        return []
    choice = pd.factorize(rows["choice"])[0]
    prints = pd.util.hash_pandas_object(rows.drop(columns="choice").astype(str), index=False).to_numpy()
    sums = np.zeros(int(choice.max()) + 1, dtype=np.uint64)
    np.add.at(sums, choice, prints)
    again = len(sums) - len(np.unique(sums))
    if not again:
        return []
    verb = "repeats" if again == 1 else "repeat"
    return [
        f"{number(again)} of {counted(len(sums), 'choice')} {verb} another {TWICE}: counted twice they make errors too "
        "small; drop them, or name the run in a column (epoch)"
    ]


def speaks_against(note: str) -> bool:
    """Whether a note of `table_notes` speaks against a fit: names in two spellings, many choices that stand twice."""
    found = re.match(rf"([\d,]+) of ([\d,]+) choices? repeats? another {TWICE}", note)
    if found is None:
        return TWO_SPELLINGS in note
    again, of = (int(text.replace(",", "")) for text in found.groups())
    return again >= MANY_TWICE * of


def spelling_notes(choices: Choices) -> list[str]:
    """Options and judges whose names are the same but for case and blanks."""
    frame = choices.frame
    found = []
    for column in ("option", *chooser_columns(frame)):
        found += spelled_apart(column, frame[column].dropna().unique())
    return found
