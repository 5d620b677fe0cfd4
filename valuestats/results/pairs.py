"""All pairs along one key of a result, with intervals that hold together."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from valuestats.results.comparisons import interval_name
from valuestats.results.joint import TOGETHER, differs, joint
from valuestats.results.result import Result


def all_pairs(result: Result, dimension: str, level: float = 0.95) -> pd.DataFrame:
    """Differences of all pairs along one key, within each combination of the others.

    Intervals are sup-t from the paired draws: with probability `level` they hold all pairs of their combination at once
    (Montiel Olea and Plagborg-Møller 2019), so that the largest of the differences may be picked; of few clusters they are
    of several Student's t at once with the jackknife's errors. A single pair has the interval of `Result.contrast`.

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
        The other keys, ``first``, ``second`` (in the order of the labels), ``estimate``, ``std_error``, ``lower``,
        ``upper``, ``level``, ``interval`` and ``differs`` (the interval leaves out 0; missing where there is no interval,
        so that nothing was tested).
    """
    points = result.points()
    others = [k for k in result.keys if k != dimension]
    drawn = joint(result, [*others, dimension])
    centre = points.transpose(*others, dimension).to_numpy()
    labels = [str(x) for x in points[dimension].to_numpy()]
    one, two = (np.array(side, dtype=int) for side in zip(*combinations(range(len(labels)), 2), strict=True))
    weights = np.eye(len(labels))[one] - np.eye(len(labels))[two]
    names = [[str(x) for x in points[k].to_numpy()] for k in others]
    parts = []
    for place in np.ndindex(*centre.shape[:-1]):
        difference = drawn.at(place).combined(weights)
        estimate = centre[place][one] - centre[place][two]
        lower, upper, _ = difference.together(estimate, level)
        parts.append(
            pd.DataFrame(
                {
                    **{k: names[n][place[n]] for n, k in enumerate(others)},
                    "first": np.array(labels)[one],
                    "second": np.array(labels)[two],
                    "estimate": estimate,
                    "std_error": difference.error,
                    "lower": lower,
                    "upper": upper,
                }
            )
        )
    frame = pd.concat(parts, ignore_index=True)
    how = TOGETHER if len(one) > 1 else interval_name(result)
    frame["level"], frame["interval"] = level, np.where(frame["lower"].isna(), "none", how).astype(object)
    frame["differs"] = differs(frame["lower"].to_numpy(dtype=float), frame["upper"].to_numpy(dtype=float))
    return frame


def facing(pairs: pd.DataFrame, label: str) -> pd.DataFrame:
    """The pairs of `all_pairs` that one label is in, turned so that it stands first.

    Examples
    --------
    >>> pairs = pd.DataFrame({"first": ["a", "a"], "second": ["b", "c"], "estimate": [1.0, 2.0], "lower": [0.5, 1.0],
    ...     "upper": [1.5, 3.0]})
    >>> facing(pairs, "b").to_numpy().tolist()
    [['b', 'a', -1.0, -1.5, -0.5]]
    """
    own = pairs[(pairs["first"] == label) | (pairs["second"] == label)]
    back = (own["second"] == label).to_numpy()
    return own.assign(
        first=label,
        second=own["second"].mask(back, own["first"]),
        estimate=own["estimate"].mask(back, -own["estimate"]),
        lower=own["lower"].mask(back, -own["upper"]),
        upper=own["upper"].mask(back, -own["lower"]),
    )


def rank_sets(
    result: Result, dimension: str, level: float = 0.95, pairs: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Places along one key that the data leave open, for the whole ranking at once.

    A label may hold every place from one more than the number of labels surely above it to the number that are not surely
    below it, "surely" by the simultaneous intervals of `all_pairs`: with probability `level` all true places lie in their
    sets (Klein, Wright and Wieczorek 2020; Mogstad, Romano, Shaikh and Wilhelm 2024). `pairs` are those of `all_pairs`,
    where they are at hand.

    Returns
    -------
    pandas.DataFrame
        The keys, ``estimate``, ``place`` (1 = highest), ``best``, ``worst`` and ``together`` (True: the sets hold at once).
    """
    pairs = all_pairs(result, dimension, level) if pairs is None else pairs
    others = [k for k in result.keys if k != dimension]
    up = (pairs["lower"] > 0).to_numpy()
    one, two = pairs["first"].to_numpy(dtype=object), pairs["second"].to_numpy(dtype=object)
    above = pairs.assign(high=np.where(up, one, two), low=np.where(up, two, one))
    sure = above[above["differs"].fillna(False)]
    frame = result.estimates[[*result.keys, "estimate"]].dropna(subset="estimate").reset_index(drop=True)
    frame[list(result.keys)] = frame[list(result.keys)].astype(str)
    held = frame.groupby(others) if others else frame.assign(_all="")[["_all", "estimate"]].groupby("_all")
    size = held["estimate"].transform("size").to_numpy()
    frame["place"] = held["estimate"].rank(ascending=False, method="min").astype(int)
    higher, lower = (
        frame[[*others, dimension]]
        .merge(
            sure.groupby([*others, side]).size().rename("n").reset_index().rename(columns={side: dimension}),
            on=[*others, dimension],
            how="left",
        )["n"]
        .fillna(0)
        .to_numpy(dtype=int)
        for side in ("low", "high")
    )
    return frame.assign(best=1 + higher, worst=size - lower, together=True)
