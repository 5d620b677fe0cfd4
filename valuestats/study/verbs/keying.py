"""Verbs of what keys are worth: shrinkage, validity, stability, and what a rule changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from valuestats.results.result import Result
from valuestats.tables import Ratings


def _shrink_correlations(correlations: Result, level: float, **options: Any) -> Result:
    from valuestats.keying.shrinkage import shrink_correlations

    return shrink_correlations(correlations, level=level, **options)


def _key_validity(ratings: Ratings, level: float, seed: int, **options: Any) -> Result:
    from valuestats.keying.validity import key_validity

    return key_validity(ratings, level=level, seed=seed, **options)


def _key_stability(ratings: Ratings, seed: int, **options: Any) -> pd.DataFrame:
    from valuestats.keying.validity import key_stability

    return key_stability(ratings, seed=seed, **options)


def _stable_keys(keyed: pd.DataFrame, stability: pd.DataFrame, share: float = 0.8) -> pd.DataFrame:
    from valuestats.keying.rules import stable_keys

    return stable_keys(keyed, stability, share=share)


def _keys_per_item(keyed: pd.DataFrame) -> pd.DataFrame:
    from valuestats.keying.rules import keys_per_item

    return keys_per_item(keyed)


def _compare_coefficients(correlations: Mapping[str, Result], threshold: float = 0.30) -> pd.DataFrame:
    from valuestats.keying.coefficients import compare_coefficients

    return compare_coefficients(correlations, threshold=threshold)


def _own_scores(ratings: Ratings, family: str) -> pd.DataFrame:
    """The raters' own scores of one family, in the form that `circumplex` takes."""
    own = ratings.values[ratings.values["family"] == family]
    return own[["respondent", "dimension", "score"]].reset_index(drop=True)


def _compare_rankings(scores: Mapping[str, Result], level: float) -> pd.DataFrame:
    from valuestats.keying.rankings import compare_rankings

    return compare_rankings(scores, level=level)


def _ranks_by_rule(scores: Mapping[str, Result], level: float) -> pd.DataFrame:
    from valuestats.keying.rankings import ranks_by_rule

    return ranks_by_rule(scores, level=level)


VERBS: dict[str, Callable[..., Any]] = {
    "compare_coefficients": _compare_coefficients,
    "compare_rankings": _compare_rankings,
    "key_stability": _key_stability,
    "key_validity": _key_validity,
    "keys_per_item": _keys_per_item,
    "own_scores": _own_scores,
    "ranks_by_rule": _ranks_by_rule,
    "shrink_correlations": _shrink_correlations,
    "stable_keys": _stable_keys,
}
