"""Verbs that compare answers with people's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from valuestats.results.result import Result
from valuestats.tables import Population


def _country_similarity(
    answers: Population, people: Population, level: float, seed: int, **options: Any
) -> Result:
    from valuestats.similarity.country import country_similarity

    return country_similarity(answers, people, level=level, seed=seed, **options)


def _group_similarity(people: Population, **options: Any) -> pd.DataFrame:
    from valuestats.similarity.details import group_similarity

    return group_similarity(people, **options)


def _pair_similarity(people: Population, pairs: Any, level: float, seed: int, **options: Any) -> pd.DataFrame:
    from valuestats.similarity.references import pair_similarity

    return pair_similarity(people, pairs, level=level, seed=seed, **options)


def _uniform_similarity(people: Population, level: float, seed: int, **options: Any) -> pd.DataFrame:
    from valuestats.similarity.references import uniform_similarity

    return uniform_similarity(people, level=level, seed=seed, **options)


def _similarity_matrix(people: Population, **options: Any) -> pd.DataFrame:
    from valuestats.similarity.references import similarity_matrix

    return similarity_matrix(people, **options)


def _social_alignment(
    answers: Population, people: Population, level: float, seed: int, **options: Any
) -> pd.DataFrame:
    from valuestats.similarity.social import social_alignment

    return social_alignment(answers, people, level=level, seed=seed, **options)


def _adjusted_similarity(
    answers: Population, people: Population, level: float, seed: int, **options: Any
) -> pd.DataFrame:
    from valuestats.similarity.adjusted import adjusted_similarity

    return adjusted_similarity(answers, people, level=level, seed=seed, **options)


def _similarity_by_question(answers: Population, people: Population) -> pd.DataFrame:
    from valuestats.similarity.details import similarity_by_question

    return similarity_by_question(answers, people)


def _answers_as(answers: Population, persona: Any) -> Population:
    from valuestats.similarity.conditions import answers_as

    return answers_as(answers, persona)


VERBS: dict[str, Callable[..., Any]] = {
    "answers_as": _answers_as,
    "adjusted_similarity": _adjusted_similarity,
    "country_similarity": _country_similarity,
    "group_similarity": _group_similarity,
    "pair_similarity": _pair_similarity,
    "similarity_by_question": _similarity_by_question,
    "similarity_matrix": _similarity_matrix,
    "social_alignment": _social_alignment,
    "uniform_similarity": _uniform_similarity,
}
