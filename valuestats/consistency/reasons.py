"""Why a coefficient of reliability does not exist for the answers at hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from valuestats.consistency.hierarchical import degrees_of_freedom

FEWEST = 4
"""Respondents below which no coefficient is given: their covariances say next to nothing of a scale."""
LEAST = {"omega_total": 3, "omega_ordinal": 3}
_LISTED = 3


def why_undefined(
    coefficient: str,
    y: NDArray[np.float64],
    items: Sequence[object],
    *,
    missing: str,
    factors: int,
    kind: str = "respondent",
) -> str:
    """The reason, in words, of a coefficient that is null.

    Parameters
    ----------
    coefficient
        Its name.
    y
        Answers, shape ``(respondents, items)``, NaN where missing.
    items
        Names of the items.
    missing, factors
        As of `valuestats.reliability`.
    kind
        What the respondents are.

    Examples
    --------
    >>> y = np.array([[1.0, np.nan], [2.0, np.nan], [np.nan, 3.0]])
    >>> why_undefined("alpha", y, ["a", "b"], missing="pairwise", factors=3)
    'a and b were never asked together'
    >>> why_undefined("alpha", y[:, :1], ["a"], missing="pairwise", factors=3)
    'one item: it needs two'
    >>> why_undefined("alpha", np.array([[1.0, 2.0], [3.0, 3.0]]), ["a", "b"], missing="pairwise", factors=3)
    '2 respondents are too few for a coefficient: it needs 4'
    """
    p = y.shape[1]
    least = LEAST.get(coefficient, 2)
    if p < least:
        return f"{'one item' if p == 1 else f'{p} items'}: it needs {'two' if least == 2 else 'three'}"
    if coefficient.startswith("omega_hierarchical") and degrees_of_freedom(p, factors) < 0:
        return f"{p} items cannot carry {factors} group factors"
    there = ~np.isnan(y)
    if missing == "complete":
        whole = there.all(axis=1)
        if whole.sum() < 2:
            return f"{_respondents(int(whole.sum()))} answered all {p} items"
        y, there = y[whole], there[whole]
    together = there.T.astype(int) @ there.astype(int)
    first, second = np.triu_indices(p, 1)
    for least_shared, told in (
        (1, "were never asked together"),
        (2, "were both answered by one respondent only"),
    ):
        few = np.flatnonzero(together[first, second] < least_shared)
        if len(few):
            a, b = items[int(first[few[0]])], items[int(second[few[0]])]
            more = f" (and {len(few) - 1} more pairs)" if len(few) > 1 else ""
            return f"{a} and {b} {told}{more}"
    respondents = int(there.any(axis=1).sum())
    if respondents < FEWEST:
        return f"{respondents} {kind}s are too few for a coefficient: it needs {FEWEST}"
    spread = np.array([np.ptp(y[there[:, j], j]) for j in range(p)])
    if not spread.any():
        return "no variance: every respondent gives the same answer"
    still = [str(items[int(j)]) for j in np.flatnonzero(spread == 0)]
    if still and coefficient != "alpha":
        more = f" and {len(still) - _LISTED} more" if len(still) > _LISTED else ""
        return f"no variance in {', '.join(still[:_LISTED])}{more}"
    if not np.ptp(np.where(there, y, 0.0).sum(axis=1)) and there.all():
        return "no variance of the sum: the items cancel each other"
    if coefficient.startswith("omega"):
        return "the factor solution has a loading of 1 or more (Heywood)"
    return "the correlations of the pairs do not form one matrix"


def _respondents(n: int) -> str:
    return "no respondent" if n == 0 else f"only {n} respondent{'' if n == 1 else 's'}"
