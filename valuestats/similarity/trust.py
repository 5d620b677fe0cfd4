"""Whether a similarity is more than what answering at random would reach."""

from __future__ import annotations

import pandas as pd

from valuestats.results.result import Result
from valuestats.results.untested import why_untested
from valuestats.results.verdicts import Reason


def baseline_reasons(result: Result) -> list[Reason]:
    """Each similarity against that of uniform answers on the same questions: its ``baseline``."""
    found = []
    for row in result.estimates.to_dict("records"):
        base = row["baseline"]
        if base != base or row["estimate"] != row["estimate"]:
            continue
        where = {k: str(row[k]) for k in result.keys}
        numbers = f"{row['estimate']:.3f} against {base:.3f}"
        low, high = (row[c] if row[c] == row[c] else row["estimate"] for c in ("lower", "upper"))
        if high < base:
            found.append(Reason("baseline", "none", f"below what uniform answers score, {numbers}", where))
        elif low <= base:
            found.append(
                Reason("baseline", "none", f"not above what uniform answers score, {numbers}", where)
            )
    return found or [Reason("baseline", "sound", "every similarity lies above what uniform answers score")]


def condition_reasons(result: Result) -> list[Reason]:
    """Changes whose interval holds none, or that have no interval; each is judged alone."""
    found = []
    for _, row in result.estimates.dropna(subset="estimate").iterrows():
        where = {key: str(row[key]) for key in result.keys}
        if pd.isna(row["lower"]) or pd.isna(row["upper"]):
            found.append(Reason("effect", "untested", why_untested(result), where))
        elif row["lower"] <= 0 <= row["upper"]:
            found.append(Reason("effect", "none", "its interval holds no change", where))
    return found
