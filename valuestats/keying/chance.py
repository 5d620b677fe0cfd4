"""How many keys there would be if ratings and values were unrelated."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuestats.keying.correlations import TIES
from valuestats.statistics.correlation import permuted_exceedances
from valuestats.statistics.resampling import equal_tailed
from valuestats.tables import Ratings


def chance_keys(
    ratings: Ratings,
    *,
    threshold: float = 0.30,
    permutations: int = 500,
    level: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """How many items would be keyed to each dimension if ratings and values were unrelated.

    Estimand: the expected number of items with ``r > threshold`` under random pairing of raters' ratings
    with the scores of other raters of the same items (a permutation test's null distribution).

    Parameters
    ----------
    ratings
        Ratings of items and the raters' own scores.
    threshold
        The rule of the keys.
    permutations, seed
        Of the shuffling.
    level
        Probability between ``lower`` and ``upper``.

    Returns
    -------
    pandas.DataFrame
        Per family and dimension, and per family in all (``dimension`` is ``"(all)"``):
        ``expected``, ``lower``, ``upper``.

    References
    ----------
    Westfall and Young (1993), Resampling-based multiple testing.

    Examples
    --------
    ::

        chance_keys(ratings, threshold=0.30, seed=1)
    """
    matrix, _, respondents = ratings.matrix()
    scores, dimensions = ratings.value_matrix(respondents)
    counts = permuted_exceedances(
        matrix, np.round(scores, TIES), threshold, permutations, np.random.default_rng(seed)
    )
    columns = {name: counts[:, k] for k, name in enumerate(dimensions)}
    for family in dict.fromkeys(family for family, _ in dimensions):
        columns[family, "(all)"] = np.sum(
            [counts[:, k] for k, (f, _) in enumerate(dimensions) if f == family], axis=0
        )
    rows = []
    for (family, dimension), drawn in columns.items():
        lower, upper = equal_tailed(drawn, level)
        rows.append((family, dimension, float(drawn.mean()), float(lower), float(upper)))
    found = pd.DataFrame(rows, columns=["family", "dimension", "expected", "lower", "upper"])
    return found.assign(threshold=threshold)
