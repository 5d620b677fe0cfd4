"""Intervals of published percentages: from their n, and from what may depend on what."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from valuestats.auditing.rounding import possible_counts
from valuestats.base.errors import InputError


def share_interval(share: float, n: float, level: float) -> tuple[float, float]:
    """Interval of a share of n answers, n perhaps an effective number.

    Clopper and Pearson (1934), which with an effective n is that of Korn and Graubard (1998).

    Examples
    --------
    >>> [round(x, 3) for x in share_interval(0.9, 50, 0.95)]
    [0.782, 0.967]
    """
    low, high = proportion_confint(share * n, n, alpha=1 - level, method="beta")
    return float(low), float(high)


def wilson_interval(share: float, n: float, level: float) -> tuple[float, float]:
    """Wilson's (1927) interval of a share of n answers.

    Examples
    --------
    >>> [round(x, 3) for x in wilson_interval(0.9, 50, 0.95)]
    [0.786, 0.957]
    """
    low, high = proportion_confint(share * n, n, alpha=1 - level, method="wilson")
    return float(low), float(high)


def count_of(percent: float, decimals: int, n: int) -> int:
    """The one count of n that is printed as this percentage.

    Raises
    ------
    InputError
        No count is, or several are.

    Examples
    --------
    >>> count_of(70.5, 1, 210)
    148
    """
    possible = possible_counts(round(percent * 10**decimals), decimals, n, 100)
    if len(possible) != 1:
        raise InputError(
            "a percentage that no count gives" if not possible else "a percentage that several counts give",
            parameter="percent",
            got=f"{percent}% of {n}",
            expected="one count",
        )
    return possible[0]


def possible_sizes(percent: float, decimals: int, step: int, most: int) -> list[int]:
    """Multiples of `step` up to `most` of which some count is printed as this percentage.

    Examples
    --------
    >>> possible_sizes(87.5, 1, 5, 60)
    [40]
    """
    units = round(percent * 10**decimals)
    return [n for n in range(step, most + 1, step) if len(possible_counts(units, decimals, n, 100))]


def dependence_intervals(share: float, units: Mapping[str, float], level: float) -> pd.DataFrame:
    """Intervals of one share under several assumptions of what is independent.

    Parameters
    ----------
    share
        Between 0 and 1.
    units
        What is taken as independent, and how many there are: the effective number of answers.
    level
        Of the intervals.

    Returns
    -------
    pandas.DataFrame
        ``unit``, ``n_effective``, ``estimate``, ``lower``, ``upper``.

    Examples
    --------
    >>> dependence_intervals(0.7, {"answers": 200, "scenes": 6}, 0.95)["lower"].round(2).tolist()
    [0.63, 0.25]
    """
    ends = np.array([share_interval(share, n, level) for n in units.values()])
    return pd.DataFrame(
        {
            "unit": list(units),
            "n_effective": list(units.values()),
            "estimate": share,
            "lower": ends[:, 0],
            "upper": ends[:, 1],
        }
    )
