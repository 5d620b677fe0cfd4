"""Verbs of answers given for groups of people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from valuestats.result import Result
from valuestats.tables import Population


def _steering_effect(
    answers: Population, people: Population, level: float, seed: int, **options: Any
) -> Result:
    from valuestats.similarity import steering_effect

    return steering_effect(answers, people, level=level, seed=seed, **options)


def _language_effect(
    answers: Population,
    people: Population,
    languages: Mapping[str, Any],
    level: float,
    seed: int,
    **options: Any,
) -> Result:
    from valuestats.similarity import language_effect

    return language_effect(answers, people, languages, level=level, seed=seed, **options)


def _stereotype_check(
    answers: Population, people: Population, level: float, seed: int, **options: Any
) -> Result:
    from valuestats.similarity import stereotype_check

    return stereotype_check(answers, people, level=level, seed=seed, **options)


def _opinionqa_measures(
    answers: Population, people: Population, level: float, seed: int, **options: Any
) -> Result:
    from valuestats.similarity import opinionqa_measures

    return opinionqa_measures(answers, people, level=level, seed=seed, **options)


VERBS: dict[str, Callable[..., Any]] = {
    "language_effect": _language_effect,
    "opinionqa_measures": _opinionqa_measures,
    "steering_effect": _steering_effect,
    "stereotype_check": _stereotype_check,
}
