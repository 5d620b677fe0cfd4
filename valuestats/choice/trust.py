"""What speaks against estimates from choices: defects that the choices show of themselves."""

from __future__ import annotations

from valuestats.results.result import Result
from valuestats.results.verdicts import Reason


def choice_reasons(result: Result) -> list[Reason]:
    """A reason of care for each defect that was found before the fit."""
    return [Reason("choices", "care", text) for text in result.meta.get("defects", [])]
