"""What a table of stances says against itself: refusals among them, rows that stand twice, conditions run together."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from valuestats.base.labels import counted
from valuestats.ingest.answers.matching import fold
from valuestats.ingest.answers.refusals import load_refusal_rules
from valuestats.results.aspects import Aspect
from valuestats.results.result import Result
from valuestats.results.trust import of_notes
from valuestats.results.verdicts import Reason
from valuestats.tables.conditions import TOGETHER, together_notes

REFUSED = "reads as a refusal and counts as a stance"
TWICE = "twice (same"
_SAYS: tuple[tuple[str, Aspect], ...] = ((REFUSED, "refusals"), (TWICE, "repeated"), (TOGETHER, "pooled"))
_SHOWN = 60


def stance_notes(frame: pd.DataFrame, step: str, by: str | None, names: Sequence[str]) -> tuple[str, ...]:
    """Notes on the rows of a table of stances, as given.

    Parameters
    ----------
    frame
        ``item``, the step, ``stance``, and whatever stands beside them.
    step, by
        Columns of the axis and of the groups.
    names
        The stances.

    Examples
    --------
    >>> said = "I can't do that."
    >>> rows = pd.DataFrame({"item": 1, "step": [0, 0, 1], "epoch": 1, "stance": ["for", "for", said]})
    >>> for note in stance_notes(rows, "step", None, ["for", said]):
    ...     print(note)
    “I can't do that.” reads as a refusal and counts as a stance, in 1 answer: leave the stance null where none was taken
    1 row given twice (same item, step, epoch and stance): each counts
    """
    return (*_refusals(frame, names), *_twice(frame, step, by), *together_notes(frame, [step, by], "by='{}'"))


def stance_reasons(result: Result) -> list[Reason]:
    """The notes as reasons."""
    return of_notes(result, _SAYS)


def _refusals(frame: pd.DataFrame, names: Sequence[str]) -> list[str]:
    rules = load_refusal_rules()
    # single words may be options of the question
    found = [
        n
        for n in names
        if len((text := fold(n)).split()) > 1 and (rules.refuses(text) or rules.disclaims(text))
    ]
    if not found:
        return []
    many = int(frame["stance"].astype(object).map(str, na_action="ignore").isin(found).sum())
    first = found[0] if len(found[0]) <= _SHOWN else found[0][: _SHOWN - 1] + "…"
    others = f", and so do {counted(len(found) - 1, 'other text')}" if len(found) > 1 else ""
    return [
        f"“{first}” {REFUSED}{others}, in {counted(many, 'answer')}: leave the stance null where none was taken"
    ]


def _twice(frame: pd.DataFrame, step: str, by: str | None) -> list[str]:
    """Rows that are the same in all columns, where repeats are told apart by their number."""
    if "epoch" not in frame.columns or "share" in frame.columns:
        return []
    key = [c for c in ("item", step, by, "epoch") if c is not None]
    again = int(frame.drop(columns="source_row", errors="ignore").astype(str).duplicated().sum())
    return (
        [f"{counted(again, 'row')} given {TWICE} {', '.join(key)} and stance): each counts"] if again else []
    )
