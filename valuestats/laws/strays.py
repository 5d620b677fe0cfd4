"""Units that do not follow the law of the others: their own points rise or fall along it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from valuestats.statistics.multiplicity import adjusted_p

Array = NDArray[np.float64]
LEAST_POINTS = 4
"""Points of a unit below which its slope is not tested."""


def stray_units(
    residuals: Callable[[NDArray[np.bool_]], Array], size: Array, member: NDArray[np.int64], level: float
) -> dict[int, float]:
    r"""Slopes of the units whose residuals from the law of the others surely have one.

    Of each unit with four points or more, :math:`r_i = a_u + b_u s_i + e_i` is fitted to its residuals by least squares,
    and :math:`b_u = 0` tested by Student's t with n - 2 degrees, adjusted over the units by Holm. A level of its own
    (:math:`a_u`) a unit may have. One that strays pulls the law towards itself, so that the others seem to stray from it:
    as long as any is told, the one is left out without which the slopes of the others are least (sum of squared t), until
    but half of the units are left.

    Parameters
    ----------
    residuals
        Log outcomes less those of the law that is fitted to the points where its argument holds, at all points.
    size
        Log size.
    member
        The unit of each point.
    level
        One less the error of all tests of one round together.

    Returns
    -------
    dict
        Slope against the law of the others by unit, of those that were left out.

    Examples
    --------
    >>> size = np.tile(np.arange(6.0), 4)
    >>> member = np.repeat(range(4), 6)
    >>> noise = 0.01 * np.tile([1.0, -1.0, -1.0, 1.0, 1.0, -1.0], 4)
    >>> outcome = noise + np.where(member == 3, 0.3, 0.0) * size
    >>> def from_their_line(kept):
    ...     slope, start = np.polyfit(size[kept], outcome[kept], 1)
    ...     return outcome - start - slope * size
    >>> {unit: round(b, 2) for unit, b in stray_units(from_their_line, size, member, 0.95).items()}
    {3: 0.3}
    """
    left = np.unique(member).tolist()
    least, strays = len(left) / 2, []
    kept = np.ones(len(member), dtype=bool)
    while len(left) > max(least, 1):
        chances = [p for _, _, p in _slopes(residuals(kept), size, member, left).values()]
        if len(chances) < 2 or adjusted_p(np.array(chances), "holm").min() >= 1 - level:
            break
        without = []
        for unit in left:
            slopes = _slopes(residuals(kept & (member != unit)), size, member, [u for u in left if u != unit])
            without.append(sum(t**2 for _, t, _ in slopes.values()))
        strays.append(left.pop(int(np.argmin(without))))
        kept &= member != strays[-1]
    if not strays:
        return {}
    return {unit: b for unit, (b, _, _) in _slopes(residuals(kept), size, member, strays).items()}


def unsaid_units(frame: pd.DataFrame, used: Sequence[str | None]) -> dict[str, int]:
    """Columns of names with several points for each name, which may be units that nobody named, and how many names.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"family": ["a", "a", "b", "b"], "model": ["a1", "a2", "b1", "b2"], "size": [1, 2, 1, 2]})
    >>> unsaid_units(table, ["size"])
    {'family': 2}
    """
    found = {}
    for name in frame.columns:
        column = frame[name]
        if (
            name in used
            or pd.api.types.is_numeric_dtype(column)
            or pd.api.types.is_datetime64_any_dtype(column)
        ):
            continue
        count = column.astype(str).nunique()
        if 1 < count <= len(frame) / 2:
            found[str(name)] = int(count)
    return found


def unsaid(column: str, count: int) -> str:
    """What is said of such a column."""
    return (
        f"{column} names {count} groups of several points, which are taken as independent and not looked through for "
        f"strays: pass unit={column!r}"
    )


def _slopes(
    residual: Array, size: Array, member: NDArray[np.int64], units: list[int]
) -> dict[int, tuple[float, float, float]]:
    """Slope, its t and p-value, of units with enough points that vary."""
    found = {}
    for unit in units:
        own = member == unit
        if own.sum() >= LEAST_POINTS and np.ptp(size[own]) > 0 and np.ptp(residual[own]) > 0:
            line = stats.linregress(size[own], residual[own])
            t = float(line.slope / line.stderr) if line.stderr > 0 else np.inf
            found[unit] = (float(line.slope), t, float(line.pvalue))
    return found
