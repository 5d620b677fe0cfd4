"""Verbs of answers given for groups of people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from valuestats.results.result import Result
from valuestats.tables import Population


def _steering_effect(
    answers: Population, people: Population, level: float, seed: int, **options: Any
) -> Result:
    from valuestats.similarity.steering import steering_effect

    return steering_effect(answers, people, level=level, seed=seed, **options)


def _language_effect(
    answers: Population,
    people: Population,
    languages: Mapping[str, Any],
    level: float,
    seed: int,
    **options: Any,
) -> Result:
    from valuestats.similarity.steering import language_effect

    return language_effect(answers, people, languages, level=level, seed=seed, **options)


def _stereotype_check(
    answers: Population, people: Population, level: float, seed: int, **options: Any
) -> Result:
    from valuestats.similarity.stereotypes import stereotype_check

    return stereotype_check(answers, people, level=level, seed=seed, **options)


def _opinionqa_measures(
    answers: Population, people: Population, level: float, seed: int, **options: Any
) -> Result:
    from valuestats.similarity.representation import opinionqa_measures

    return opinionqa_measures(answers, people, level=level, seed=seed, **options)


def _homogenisation(
    answers: Population, people: Population, level: float, seed: int, **options: Any
) -> Result:
    from valuestats.alignment.demographic import homogenisation

    return homogenisation(answers, people, level=level, seed=seed, **options)


def _noise_ceiling(respondents: pd.DataFrame, by: Any, level: float, seed: int, **options: Any) -> Result:
    from valuestats.alignment.ceiling import noise_ceiling

    return noise_ceiling(respondents, list(by), level=level, seed=seed, **options)


def _group_shares(respondents: pd.DataFrame, by: Any, **options: Any) -> Population:
    from valuestats.alignment.groups import group_shares

    return group_shares(respondents, list(by), **options)


def _poststratified_shares(
    respondents: pd.DataFrame, factors: Any, frame: pd.DataFrame, level: float, seed: int, **options: Any
) -> Result:
    from valuestats.alignment.poststratification import poststratified_shares

    return poststratified_shares(respondents, list(factors), frame, level=level, seed=seed, **options)


def _demographic_alignment(
    answers: Population, respondents: pd.DataFrame, by: Any, level: float, seed: int, **options: Any
) -> Result:
    from valuestats.alignment.demographic import demographic_alignment

    return demographic_alignment(answers, respondents, list(by), level=level, seed=seed, **options)


def _orientation_correlations(
    profiles: pd.DataFrame, orientations: pd.DataFrame, level: float, seed: int, **options: Any
) -> Result:
    from valuestats.alignment.orientations import orientation_correlations

    return orientation_correlations(profiles, orientations, level=level, seed=seed, **options)


VERBS: dict[str, Callable[..., Any]] = {
    "demographic_alignment": _demographic_alignment,
    "group_shares": _group_shares,
    "homogenisation": _homogenisation,
    "language_effect": _language_effect,
    "noise_ceiling": _noise_ceiling,
    "opinionqa_measures": _opinionqa_measures,
    "orientation_correlations": _orientation_correlations,
    "poststratified_shares": _poststratified_shares,
    "steering_effect": _steering_effect,
    "stereotype_check": _stereotype_check,
}
