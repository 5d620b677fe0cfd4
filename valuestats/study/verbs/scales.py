"""Verbs of item keys and scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from valuestats.results.result import Result
from valuestats.tables import Ratings, Responses


def _item_values(
    ratings: Ratings, level: float, method: Any = "spearman", families: Any = None, compat: Any = None
) -> Result:
    from valuestats.keying.correlations import item_values

    return item_values(ratings, method=method, families=families, level=level, compat=compat)


def _keys(correlations: Result, exclude: Any = (), **rule: Any) -> pd.DataFrame:
    from valuestats.keying.rules import keys

    return keys(correlations, exclude=[tuple(t) for t in exclude], **rule)


def _chance_keys(
    ratings: Ratings, level: float, seed: int, threshold: float = 0.30, permutations: int = 500
) -> pd.DataFrame:
    from valuestats.keying.chance import chance_keys

    return chance_keys(ratings, threshold=threshold, permutations=permutations, level=level, seed=seed)


def _score(
    responses: Responses,
    keyed: pd.DataFrame,
    family: str,
    level: float,
    seed: int,
    scale: Sequence[float] | None = None,
    replicates: int = 2000,
    dropped: pd.DataFrame | None = None,
    compat: Any = None,
) -> Result:
    from valuestats.scoring.keyed import score

    bounds = None if scale is None else (float(scale[0]), float(scale[1]))
    return score(
        responses,
        keyed,
        family=family,
        scale=bounds,
        level=level,
        replicates=replicates,
        seed=seed,
        dropped=dropped,
        compat=compat,
    )


def _exclude_ratings(ratings: Ratings, respondent: str, group: str, reason: str) -> Ratings:
    from valuestats.systems.value_portrait.overwritten import exclude_ratings

    del reason  # it stands in the study file, and so in the hash of the step
    return exclude_ratings(ratings, respondent=respondent, group=group)


def _compare_correlations(recomputed: Result, published: pd.DataFrame) -> pd.DataFrame:
    from valuestats.systems.value_portrait.overwritten import compare_correlations

    return compare_correlations(recomputed, published)


def _explain_by_respondent(
    ratings: Ratings, published: pd.DataFrame, respondent: str, group: str
) -> pd.DataFrame:
    from valuestats.systems.value_portrait.overwritten import explain_by_respondent

    return explain_by_respondent(ratings, published, respondent=respondent, group=group)


VERBS: dict[str, Callable[..., Any]] = {
    "chance_keys": _chance_keys,
    "compare_correlations": _compare_correlations,
    "exclude_ratings": _exclude_ratings,
    "explain_by_respondent": _explain_by_respondent,
    "item_values": _item_values,
    "keys": _keys,
    "score": _score,
}
