"""What speaks against estimates from choices: defects that the choices show of themselves."""

from __future__ import annotations

from valuestats.base.labels import TWO_SPELLINGS
from valuestats.choice.positions import STUCK
from valuestats.choice.table_notes import TWICE
from valuestats.results.aspects import Aspect
from valuestats.results.result import Result
from valuestats.results.verdicts import Reason

_OWN: dict[str, Aspect] = {STUCK: "stuck", TWICE: "repeated", TWO_SPELLINGS: "spelling"}


def choice_reasons(result: Result) -> list[Reason]:
    """A reason of care for each defect that was found before the fit."""
    return [Reason(aspect_of(text), "care", text) for text in result.meta.get("defects", [])]


def aspect_of(defect: str) -> Aspect:
    """What a defect is one of."""
    return next((aspect for said, aspect in _OWN.items() if said in defect), "choices")
