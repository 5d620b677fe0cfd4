"""Verbs of single published systems."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from valuestats.results.result import Result
from valuestats.tables import Population


def _published_keys(correlations: pd.DataFrame, threshold: float = 0.30, exclude: Any = ()) -> pd.DataFrame:
    from valuestats.keying.rules import key_frame

    return key_frame(correlations, threshold=threshold, exclude=[tuple(t) for t in exclude])


def _read_published_correlations(path: Path) -> pd.DataFrame:
    from valuestats.systems.value_portrait.release import read_published_correlations

    return read_published_correlations(path)


def _unlabelled_items(path: Path) -> pd.DataFrame:
    from valuestats.systems.value_portrait.comparison import unlabelled_items

    return unlabelled_items(path)


def _value_portrait_comparison(**arguments: Any) -> pd.DataFrame:
    from valuestats.systems.value_portrait.comparison import comparison

    return comparison(**arguments)


def _answered_by_all(answers: Population) -> Population:
    from valuestats.systems.global_opinions.comparison import answered_by_all

    return answered_by_all(answers)


def _similarity_ranks(similarity: Result, level: float) -> pd.DataFrame:
    from valuestats.systems.global_opinions.comparison import ranks

    return ranks(similarity, level)


def _opinion_oddities(people: Population, answers: Population) -> pd.DataFrame:
    from valuestats.systems.global_opinions.comparison import oddities

    return oddities(people, answers)


def _extreme_questions(questions: pd.DataFrame, count: int = 3) -> pd.DataFrame:
    from valuestats.systems.global_opinions.comparison import extreme_questions

    return extreme_questions(questions, count)


def _global_opinions_comparison(**arguments: Any) -> pd.DataFrame:
    from valuestats.systems.global_opinions.comparison import comparison

    return comparison(**arguments)


VERBS: dict[str, Callable[..., Any]] = {
    "answered_by_all": _answered_by_all,
    "extreme_questions": _extreme_questions,
    "global_opinions_comparison": _global_opinions_comparison,
    "opinion_oddities": _opinion_oddities,
    "published_keys": _published_keys,
    "read_published_correlations": _read_published_correlations,
    "similarity_ranks": _similarity_ranks,
    "unlabelled_items": _unlabelled_items,
    "value_portrait_comparison": _value_portrait_comparison,
}
