"""Ratings as raters' verbs take them: their schema, and ratings that are numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pandera.pandas as pa

from valuestats.base.errors import InputError
from valuestats.raters.labels import label_of

RATINGS = pa.DataFrameSchema(
    {
        "respondent": pa.Column(nullable=False, description="the rater's identifier, not null"),
        "item": pa.Column(nullable=False, description="the rated item's identifier, not null"),
        "rating": pa.Column(
            nullable=True, description="a number, a label or a set of labels; null where not rated"
        ),
    },
    strict=False,
)


def numbers_of(rating: pd.Series, why: str) -> np.ndarray:
    """Ratings as numbers; an error that begins with `why` where one is none."""
    numbers = pd.to_numeric(rating, errors="coerce")
    wrong = ~np.isfinite(numbers.to_numpy(dtype=float))
    if wrong.any():
        raise InputError(
            f"ratings: {why}",
            parameter="rating",
            got=repr(rating[wrong].iloc[0]),
            expected="a number",
        )
    return numbers.to_numpy(dtype=float)


def number_levels(rating: pd.Series) -> int:
    """How many different numbers the ratings are; 0 where some are none, or there are but two."""
    numbers = pd.to_numeric(rating.map(label_of), errors="coerce")
    if rating.map(lambda one: isinstance(one, bool | np.bool_)).any() or numbers.isna().any():
        return 0
    levels = int(numbers.nunique())
    return levels if levels > 2 else 0
