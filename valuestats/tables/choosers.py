"""Who answered: the columns that name the chooser, within whom conditions are held against each other."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

WITHIN = "\x1f"
"""Between the name of an item and who answered it."""
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


def items_of_choosers(frame: pd.DataFrame, condition: str, besides: Sequence[str | None] = ()) -> pd.Series:
    """The item of each row, told apart by who answered where there are several.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"item": 1, "model": ["a", "a", "b", "b"], "condition": ["plain", "steered"] * 2})
    >>> [name.split(WITHIN) for name in items_of_choosers(rows, "condition").unique()]
    [['1', 'a'], ['1', 'b']]
    """
    named = frame["item"].astype(str)
    for who in chooser_columns(frame, condition, besides):
        named = named + WITHIN + frame[who].astype(str)
    return named
