"""Verbs that bring single answers of people, and tables of a population, into a study."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from valuestats.results.result import Result
from valuestats.tables import Survey


def _survey_answers(
    survey: Survey,
    questions: Sequence[str],
    by: Sequence[str] = (),
    respondent: str | None = None,
    ordered: bool | None = None,
) -> pd.DataFrame:
    from valuestats.alignment.microdata import survey_answers

    return survey_answers(survey, questions, by=list(by), respondent=respondent, ordered=ordered)


def _read_answers(path: Path, columns: Mapping[str, str] | None = None) -> pd.DataFrame:
    from valuestats.alignment.microdata import read_answers

    return read_answers(path, columns)


def _read_table(path: Path, columns: Mapping[str, str] | None = None) -> pd.DataFrame:
    from valuestats.alignment.microdata import read_frame

    return read_frame(path, columns)


def _group_recovery(
    truth: Mapping[str, Any],
    alignment: Result,
    homogenisation: Result,
    poststratified: Result,
) -> pd.DataFrame:
    from valuestats.simulation.recovery import group_recovery

    return group_recovery(truth, alignment, homogenisation, poststratified)


VERBS: dict[str, Callable[..., Any]] = {
    "group_recovery": _group_recovery,
    "read_answers": _read_answers,
    "read_table": _read_table,
    "survey_answers": _survey_answers,
}
