"""What speaks against sensitivity to conditions and changed answers: what repeating alone does, and what shuffles do."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuestats.base.labels import counted
from valuestats.results.result import Result
from valuestats.results.verdicts import Reason

_ALONE = "nothing was asked twice under the same conditions, so what asking again alone changes is not known"


def moves(row: pd.Series) -> bool:
    """Whether a model's answers depend on the level, by the test of its items' shifts and of what is common to them."""
    if "p_value" not in row:  # stored before there was a test
        return bool(row["estimate"] > row["baseline_upper"])
    return bool(row["p_value"] < 1 - row["level"])


def sensitivity_reasons(result: Result) -> list[Reason]:
    """A shift no larger than shuffled labels give; no baseline to hold it against; too few shuffles to tell."""
    found = []
    told, tries = result.meta["specification"], 2
    least = tries / (1 + int(told["permutations"]))
    for _, row in result.estimates.dropna(subset="estimate").iterrows():
        where = {"model": str(row["model"])}
        if np.isnan(row["baseline_upper"]):
            found.append(Reason("repeats", "care", _ALONE, where))
        elif least > 1 - row["level"]:
            text = f"{counted(int(told['permutations']), 'shuffle')} give no p-value below {least:.2f}"
            found.append(Reason("effect", "untested", text, where))
        elif not moves(row):
            p = f" (p = {row['p_value']:.2f})" if "p_value" in row else ""
            text = f"moves no more than shuffled labels do, which give up to {row['baseline_upper']:.2f}{p}"
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
