"""What the data can tell of each parameter, and what they can't."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from valuestats.opinions.panel import Array
from valuestats.opinions.rules import Rule

ALIKE = 0.9
WIDE = 0.25
"""Rank correlation of posterior draws, and share of both ranges that the intervals span, from which two parameters are not
told apart."""
EDGE = 1e-3
"""Share of a range within which an end of an interval is at the range's edge."""

GAP = 0.05
"""Share of a range that lies between two separate pieces of an interval."""


def separate(low: Array, high: Array, limits: tuple[float, float]) -> int:
    """Pieces of an interval that are apart, of stretches in order.

    Examples
    --------
    >>> import numpy as np
    >>> separate(np.array([0.1, 0.2, 0.6]), np.array([0.2, 0.21, 0.7]), (0.0, 1.0))
    2
    """
    return 1 + int((low[1:] - high[:-1] > GAP * (limits[1] - limits[0])).sum())


def report(
    rule: Rule, ends: dict[str, tuple[float, float]], draws: Array, pieces: int, farthest: float
) -> dict[str, Any]:
    """Status of each parameter, and the correlation of the two.

    Parameters
    ----------
    rule
        With the ranges that were searched.
    ends
        Interval of each parameter.
    draws
        Posterior draws of (shape, strength), shape ``(draws, 2)``.
    pieces
        Separate stretches of shapes that the interval of the shape is made of.
    farthest
        The largest distance seen.

    Returns
    -------
    dict
        ``parameters``: for each ``name``, ``range``, ``status`` (``identified``, ``lower edge``, ``upper edge``, ``nothing``
        where the interval is the whole range) and ``pieces``; ``correlation`` of the two (None where there is one
        parameter), ``alike`` whether they are not told apart, ``everybody`` whether a bound that lets everybody in is not
        excluded.
    """
    told, spans = [], []
    for name, limits in ((rule.shape, rule.shapes), (rule.strength, rule.strengths)):
        if name is None:
            continue
        reach = EDGE * (limits[1] - limits[0])
        low, high = ends[name][0] <= limits[0] + reach, ends[name][1] >= limits[1] - reach
        spans.append((ends[name][1] - ends[name][0]) / (limits[1] - limits[0]))
        status = (
            "nothing" if low and high else "lower edge" if low else "upper edge" if high else "identified"
        )
        told.append(
            {
                "name": name,
                "range": [float(limits[0]), float(limits[1])],
                "status": status,
                "pieces": pieces if name == rule.shape else 1,
            }
        )
    both = rule.shape is not None and rule.strength is not None
    spread = both and bool((np.ptp(draws, axis=0) > 0).all())
    rho = float(stats.spearmanr(draws[:, 0], draws[:, 1]).statistic) if spread else None
    return {
        "parameters": told,
        "correlation": rho,
        "alike": rho is not None and abs(rho) >= ALIKE and min(spans) >= WIDE,
        "everybody": bool(rule.bounded and rule.shape and ends[rule.shape][1] >= farthest),
    }
