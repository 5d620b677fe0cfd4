"""What speaks against sensitivity to conditions and changed answers: what repeating alone does, and what shuffles do."""

from __future__ import annotations

import numpy as np

from valuestats.results.result import Result
from valuestats.results.verdicts import Reason

_ALONE = "nothing was asked twice under the same conditions, so what asking again alone changes is not known"


def sensitivity_reasons(result: Result) -> list[Reason]:
    """A shift no larger than shuffled labels give; no baseline to hold it against."""
    found = []
    for _, row in result.estimates.dropna(subset="estimate").iterrows():
        where = {"model": str(row["model"])}
        if np.isnan(row["baseline_upper"]):
            found.append(Reason("repeats", "care", _ALONE, where))
        elif not row["estimate"] > row["baseline_upper"]:
            text = f"moves no more than shuffled labels do, which give up to {row['baseline_upper']:.2f}"
            found.append(Reason("effect", "none", text, where))
    return found


def changed_reasons(result: Result) -> list[Reason]:
    """Changes no more than repeats alone, or with no repeats to be held against, unless repeats are what is compared."""
    found = []
    if "epoch" in result.meta["specification"]["over"]:
        return []
    for _, row in result.estimates.dropna(subset="estimate").iterrows():
        where = {key: str(row[key]) for key in result.keys}
        if np.isnan(row["baseline"]):
            found.append(Reason("repeats", "care", _ALONE, where))
        elif row["measure"] == "changed" and row["lower"] <= row["baseline"]:
            text = f"no more than repeats of one condition differ ({row['baseline']:.0%})"
            found.append(Reason("effect", "none", text, where))
    return found
