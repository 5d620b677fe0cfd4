"""The raters' own scores, beside what they say of items."""

from __future__ import annotations

import pandas as pd

from valuestats.base.errors import SpecificationError
from valuestats.tables import Ratings


def own_scores(ratings: Ratings, family: str) -> pd.DataFrame:
    """The raters' own scores of one family, in the form that `valuestats.circumplex` takes.

    Parameters
    ----------
    ratings
        People's ratings with their own scores.
    family
        Of dimensions, e.g. ``"pvq"``.

    Returns
    -------
    pandas.DataFrame
        ``respondent, dimension, score``.

    Raises
    ------
    SpecificationError
        No scores of that family.

    Examples
    --------
    >>> rated = pd.DataFrame({"respondent": ["p"], "item": ["1"], "rating": [3.0]})
    >>> values = pd.DataFrame({"respondent": ["p"], "family": "pvq", "dimension": "Power", "score": [2.0]})
    >>> own_scores(Ratings(rated, values, (1, 6)), "pvq")["score"].tolist()
    [2.0]
    """
    own = ratings.values[ratings.values["family"] == family]
    if own.empty:
        known = ", ".join(sorted(map(str, ratings.values["family"].unique())))
        raise SpecificationError("no such family", parameter="family", got=family, expected=known)
    return own[["respondent", "dimension", "score"]].reset_index(drop=True)
