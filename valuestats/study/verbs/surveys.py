"""Verbs of human surveys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from valuestats.results.result import Result
from valuestats.tables import Population, Survey


def _read_survey(
    path: Path,
    design: Mapping[str, str] | None = None,
    missing: Any = None,
    labels: Any = None,
    variables: Sequence[str] | None = None,
    encoding: str | None = None,
) -> Survey:
    from valuestats.ingest import read_survey

    return read_survey(
        path, design=design, missing=missing, labels=labels, variables=variables, encoding=encoding
    )


def _population_shares(
    survey: Survey,
    questions: Sequence[str],
    level: float,
    by: Sequence[str] | None = None,
    no_answer: Any = "exclude",
    interval: Any = "logit",
    single_psu: Any = "error",
) -> Result:
    from valuestats.surveys.shares import population_shares

    return population_shares(
        survey, questions, by=by, no_answer=no_answer, interval=interval, single_psu=single_psu, level=level
    )


def _as_population(shares: Result, n: Any = "effective", ordered: bool | None = None) -> Population:
    from valuestats.surveys.shares import as_population

    return as_population(shares, n=n, ordered=ordered)


def _rake(survey: Survey, margins: Mapping[str, Mapping[Any, float]], trim: float | None = None) -> Survey:
    from valuestats.surveys.raking import rake

    return rake(survey, margins, trim=trim).survey


def _scale_check(survey: Survey, instrument: str, items: Any, family: str = "pvq") -> dict[str, Any]:
    from valuestats.surveys.scales import scale_check

    found = scale_check(survey, instrument, items, family=family)
    return {
        "text": found.to_text(),
        "by_labels": found.by_labels,
        "by_data": found.by_data,
        "turned": found.turned,
        "items": found.items.to_dict("records"),
    }


def _scale_answers(
    survey: Survey, instrument: str, items: Any, by: Sequence[str] = (), family: str = "pvq"
) -> pd.DataFrame:
    from valuestats.surveys.scales import scale_answers

    return scale_answers(survey, instrument, items, by=by, family=family)


def _turn_codes(survey: Survey, variables: Sequence[str], low: int, high: int) -> Survey:
    from valuestats.surveys.scales import turn_codes

    return turn_codes(survey, variables, low, high)


def _describe_survey(survey: Survey) -> dict[str, Any]:
    from valuestats.ingest.surveys.description import describe_survey

    return {"text": describe_survey(survey).to_text()}


VERBS: dict[str, Callable[..., Any]] = {
    "as_population": _as_population,
    "describe_survey": _describe_survey,
    "population_shares": _population_shares,
    "rake": _rake,
    "read_survey": _read_survey,
    "scale_answers": _scale_answers,
    "scale_check": _scale_check,
    "turn_codes": _turn_codes,
}
