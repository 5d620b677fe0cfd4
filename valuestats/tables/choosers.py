"""Who answered: the columns that name the chooser, within whom conditions are held against each other."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

CHOOSERS = ("model", "judge", "respondent")
"""Names of the column."""


def chooser_columns(frame: pd.DataFrame, condition: str, besides: Sequence[str | None] = ()) -> list[str]:
    """Columns that tell apart several choosers who answered under more than one condition.

    Choosers that are the conditions themselves (one model each) are none: there is nothing to pair within them.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"model": ["a", "a", "b", "b"], "condition": ["plain", "steered"] * 2})
    >>> chooser_columns(rows, "condition"), chooser_columns(rows.assign(condition=rows["model"]), "condition")
    (['model'], [])
    """
    found = []
    for column in CHOOSERS:
        if column not in frame.columns or column == condition or column in besides:
            continue
        pairs = frame[[column, condition]].astype(str).drop_duplicates()
        if len(set(pairs[column])) > 1 and pairs[column].duplicated().any():
            found.append(column)
    return found
