"""What is said of estimates and pairs that have no interval: not tested, which is neither alike nor apart."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from valuestats.base.labels import counted, levels_of, number, p_value
from valuestats.results.result import Result
from valuestats.results.verdicts import Reason
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
    return _PLURAL.get(unit) or levels_of(2, unit).removeprefix("2 ")


def unit_count(result: Result, n: int) -> str:
    """So many of what would be resampled."""
    unit = str(result.meta.get("specification", {}).get("unit") or "unit")
    if unit not in _PLURAL:
        return levels_of(n, unit)
    several = units_of(result)
    one = several[:-3] + "y" if several.endswith("ies") else several[:-1]
    return counted(n, one, several)


def why_untested(result: Result, frame: pd.DataFrame | None = None) -> str:
    """Why rows have no interval.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from valuestats.results.meta import make_meta
    >>> from valuestats.results.replicates import draws_tree
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
    held = "p_value" in frame.columns and bool(frame.loc[frame["lower"].isna(), "p_value"].notna().any())
    without = "without an interval" if held else "not tested"
    if lost == len(frame):
        return f"{without}: {why_untested(result)}"
    if not lost:
        return said
    return f"{said}; {number(lost)} of {counted(len(frame), 'estimate')} {without}: {why_untested(result)}"


def chance_reason(
    row: pd.Series, where: Mapping[str, str], told: str, units: str, *, alone: str = "too little for a test"
) -> Reason | None:
    """That an effect can't be told from chance, or that no test could have told it; None where it is told.

    Parameters
    ----------
    row
        With ``level``, ``p_adjusted`` and, where a test has a least p-value, ``p_least``: what would have stood in
        ``p_adjusted`` had everything pointed one way.
    where
        Keys of the estimate.
    told
        What it can't be told from, as a clause.
    units
        What the test flips or permutes, in the plural.
    alone
        Why there is no p-value, where there is none.

    Examples
    --------
    >>> import pandas as pd
    >>> row = pd.Series({"level": 0.95, "p_adjusted": 0.16, "p_least": 0.15625, "n_units": 8})
    >>> chance_reason(row, {}, "can't be told from no effect", "clusters").text
    'with 8 clusters no p-value can lie below 0.156'
    >>> chance_reason(row.replace({0.15625: 0.01}), {}, "can't be told from no effect", "clusters").sign
    'none'
    """
    p, least = row["p_adjusted"], row.get("p_least", 0.0)
    if p < 1 - row["level"]:
        return None
    if pd.isna(p):
        return Reason("effect", "untested", alone, where)
    if least >= 1 - row["level"]:
        text = f"with {number(row['n_units'])} {units} no p-value can lie below {float(least):.3g}"
        return Reason("effect", "untested", text, where)
    return Reason("effect", "none", f"{told} ({p_value(float(p))})", where)


def out_of(result: Result, every: pd.DataFrame, what: str, several: str | None = None) -> str:
    """How many of these estimates there are, and of how many of them nothing was tested, with why.

    Examples
    --------
    ::

        f"{number(len(found))} of {out_of(result, every, 'effect')}"  # 2 of 7 testable effects (3 not tested: …)
    """
    lost = int(untested_rows(result, every).sum())
    if not lost:
        return counted(len(every), what, several)
    testable = counted(len(every) - lost, f"testable {what}", several and f"testable {several}")
    return f"{testable} ({number(lost)} not tested: {untested_because(result, every)})"


def untested_rows(result: Result, every: pd.DataFrame) -> pd.Series:
    """Whether each of these estimates was not tested."""
    signs = pd.Series(result.verdict.rows["sign"].to_numpy(), index=result.estimates.index)
    return signs.reindex(every.index) == "untested"


def untested_because(result: Result, every: pd.DataFrame | None = None) -> str:
    """Why estimates were not tested, each reason once."""
    rows = result.estimates if every is None else every
    told = [r for r in result.verdict.reasons if r.sign == "untested"]
    about = []
    for reason in told:
        here = np.ones(len(rows), dtype=bool)
        for key, label in reason.where.items():
            here &= (rows[key].astype(str) == label).to_numpy()
        if here.any():
            about.append(reason.text)
    return "; ".join(list(dict.fromkeys(about))[:2])


def pairs_apart(pairs: pd.DataFrame, what: str) -> str:
    """How many pairs differ of those that could be tested.

    Examples
    --------
    >>> import pandas as pd
    >>> pairs_apart(pd.DataFrame({"differs": pd.array([True, False, None], dtype="boolean")}), "models")
    '1 of 2 testable pairs of models (1 not testable)'
    >>> pairs_apart(pd.DataFrame({"differs": pd.array([True, False], dtype="boolean")}), "models")
    '1 of 2 pairs of models'
    >>> pairs_apart(pd.DataFrame({"differs": pd.array([None], dtype="boolean")}), "models")  # … differ
    'no pair of models could be tested, so that none is known to'
    """
    differs = pairs["differs"] if "estimate" not in pairs else pairs.dropna(subset="estimate")["differs"]
    lost = int(differs.isna().sum())
    tested = len(differs) - lost
    some = int(differs.fillna(False).sum())
    if not tested:
        return f"no pair of {what} could be tested, so that none is known to"
    apart = number(some) if some else "none"
    if not lost:
        return f"{apart} of {counted(tested, 'pair')} of {what}"
    return f"{apart} of {counted(tested, 'testable pair')} of {what} ({number(lost)} not testable)"
