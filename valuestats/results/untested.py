"""What is said of estimates and pairs that have no interval: not tested, which is neither alike nor apart."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import counted, number
from valuestats.results.result import Result
from valuestats.statistics.clusters import LEAST

_PLURAL = {"query": "queries", "item cluster": "items"}


def has_intervals(frame: pd.DataFrame) -> bool:
    """Whether any estimate of these rows has an interval."""
    return bool((frame["lower"].notna() & frame["upper"].notna()).any())


def with_intervals(frame: pd.DataFrame, over: str = "") -> str:
    """What a caption says of the intervals that a chart of these rows draws.

    Examples
    --------
    >>> import pandas as pd
    >>> with_intervals(pd.DataFrame({"lower": [0.1], "upper": [0.3], "level": [0.9]}), "over questions")
    'with 90% intervals over questions'
    >>> with_intervals(pd.DataFrame({"lower": [None], "upper": [None], "level": [0.9]}))
    'without intervals, for which there was too little'
    """
    if not has_intervals(frame):
        return "without intervals, for which there was too little"
    return f"with {100 * float(frame['level'].iloc[0]):g}% intervals {over}".rstrip()


def units_of(result: Result) -> str:
    """What was resampled, in the plural."""
    unit = str(result.meta.get("specification", {}).get("unit") or "unit")
    return _PLURAL.get(unit, f"{unit}s")


def unit_count(result: Result, n: int) -> str:
    """So many of what would be resampled."""
    several = units_of(result)
    one = several[:-3] + "y" if several.endswith("ies") else several[:-1]
    return counted(n, one, several)


def why_untested(result: Result, frame: pd.DataFrame | None = None) -> str:
    """Why rows have no interval.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from valuestats.results.meta import make_meta
    >>> from valuestats.results.result import draws_tree
    >>> frame = pd.DataFrame({"estimand": "x", "model": ["a", "b"], "value": "v", "estimate": 1.0, "std_error": 0.1,
    ...     "lower": None, "upper": None, "level": 0.95, "interval": "none", "n_scored": 1, "n_asked": 1,
    ...     "n_units": [2, 3]})
    >>> draws = draws_tree("bootstrap", np.full((9, 2, 1), np.nan), {"model": ["a", "b"], "value": ["v"]})
    >>> why_untested(Result("scores", frame, ("model", "value"), make_meta("m", {"unit": "item"}), draws))
    '2 to 3 items a value give no interval'
    """
    rows = result.estimates if frame is None else frame
    rows = rows[rows["lower"].isna() & rows["estimate"].notna()]
    if result.draws is None:
        return "no interval was asked for"
    if "n_units" in rows.columns and len(rows):
        few = rows["n_units"].dropna()
        few = few[few < LEAST]
        if len(few):
            low, high = int(few.min()), int(few.max())
            told = unit_count(result, high) if low == high else f"{low} to {unit_count(result, high)}"
            a_value = " a value" if len(result.keys) > 1 else ""
            return f"{told}{a_value} {'gives' if high == 1 else 'give'} no interval"
    return "no interval could be had"


def interval_caveat(result: Result, said: str) -> str:
    """What a sentence says of intervals: `said` where there are any, and of how many there are none, and why."""
    frame = result.estimates.dropna(subset="estimate")
    lost = int((frame["lower"].isna() | frame["upper"].isna()).sum())
    if lost == len(frame):
        return f"not tested: {why_untested(result)}"
    if not lost:
        return said
    return f"{said}; {number(lost)} of {counted(len(frame), 'estimate')} not tested: {why_untested(result)}"


def pairs_apart(pairs: pd.DataFrame, what: str) -> str:
    """How many pairs differ of those that could be tested.

    Examples
    --------
    >>> import pandas as pd
    >>> pairs_apart(pd.DataFrame({"differs": pd.array([True, False, None], dtype="boolean")}), "models")
    '1 of 2 testable pairs of models (1 not testable)'
    >>> pairs_apart(pd.DataFrame({"differs": pd.array([True, False], dtype="boolean")}), "models")
    '1 of 2 pairs of models'
    """
    differs = pairs["differs"] if "estimate" not in pairs else pairs.dropna(subset="estimate")["differs"]
    lost = int(differs.isna().sum())
    tested = len(differs) - lost
    some = int(differs.fillna(False).sum())
    apart = number(some) if some else "none"
    if not lost:
        return f"{apart} of {counted(tested, 'pair')} of {what}"
    return f"{apart} of {counted(tested, 'testable pair')} of {what} ({number(lost)} not testable)"
