"""All pairs along one key of a result, with intervals that hold together."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from valuestats.results.result import Result
from valuestats.statistics.simultaneous import simultaneous_intervals


def all_pairs(result: Result, dimension: str, level: float = 0.95) -> pd.DataFrame:
    """Differences of all pairs along one key, within each combination of the others.

    Intervals are sup-t from the paired draws: with probability `level` they hold all pairs of their combination at once
    (Montiel Olea and Plagborg-Møller 2019), so that the largest of the differences may be picked.

    Parameters
    ----------
    result
        With draws or replicates.
    dimension
        The key along which to compare.
    level
        Probability, in (0, 1).

    Returns
    -------
    pandas.DataFrame
        The other keys, ``first``, ``second`` (in the order of the labels), ``estimate``, ``std_error``, ``lower``, ``upper``,
        ``level``, ``interval`` and ``differs`` (the interval leaves out 0).
    """
    draws, points = result.replicates(), result.points()
    others = [k for k in result.keys if k != dimension]
    stacked = draws.transpose("draw", *others, dimension).to_numpy()
    centre = points.transpose(*others, dimension).to_numpy()
    labels = [str(x) for x in draws[dimension].to_numpy()]
    one, two = (np.array(side, dtype=int) for side in zip(*combinations(range(len(labels)), 2), strict=True))
    names = [[str(x) for x in draws[k].to_numpy()] for k in others]
    parts = []
    for place in np.ndindex(*centre.shape[:-1]):
        drawn = stacked[(slice(None), *place)]
        difference = drawn[:, one] - drawn[:, two]
        estimate = centre[place][one] - centre[place][two]
        found = simultaneous_intervals(difference, estimate, level)
        parts.append(
            pd.DataFrame(
                {
                    **{k: names[n][place[n]] for n, k in enumerate(others)},
                    "first": np.array(labels)[one],
                    "second": np.array(labels)[two],
                    "estimate": estimate,
                    "std_error": difference.std(axis=0, ddof=1),
                    "lower": found.lower,
                    "upper": found.upper,
                }
            )
        )
    frame = pd.concat(parts, ignore_index=True)
    frame["level"], frame["interval"] = level, "simultaneous, sup-t"
    frame["differs"] = (frame["lower"] > 0) | (frame["upper"] < 0)
    return frame
