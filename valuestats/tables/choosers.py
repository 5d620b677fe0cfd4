"""Who answered: the columns that name the chooser, within whom conditions are held against each other."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from valuestats.base.errors import SpecificationError
from valuestats.base.labels import counted

WITHIN = "\x1f"
"""Between the name of an item and who answered it."""
_NAMED = 5
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


def require_one_chooser(frame: pd.DataFrame, condition: str, by: str | None, why: str) -> None:
    """Refuse answers of several choosers in one group.

    Parameters
    ----------
    frame
        One row per answer.
    condition
        Column of what is compared.
    by
        Column of the groups.
    why
        What an average over them would do, in words.

    Raises
    ------
    SpecificationError
        Several choosers, and `by` is not the column that names them.
    """
    several = chooser_columns(frame, condition, [by])
    if several:
        names = frame[several[0]].astype(str).drop_duplicates()
        raise SpecificationError(
            f"several {several[0]}s are not averaged, so that {why}",
            parameter="by",
            got=f"{len(names)} in the column {several[0]}: {', '.join(names.head(5))}",
            expected=f"by={several[0]!r} (each of them), or the rows of one of them",
        )


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


def taken_together(frame: pd.DataFrame, condition: str, besides: Sequence[str | None] = ()) -> list[str]:
    """What is to be said where one estimate is over several choosers.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"item": 1, "model": ["a", "a", "b", "b"], "condition": ["plain", "steered"] * 2})
    >>> taken_together(rows, "condition")
    ['2 models are taken together, so that one that goes another way than the others is not seen: a, b']
    """
    said = []
    for who in chooser_columns(frame, condition, besides):
        names = sorted(set(frame[who].astype(str)))
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        said.append(
            f"{counted(len(names), who)} are taken together, so that one that goes another way than the others is not seen: "
            f"{', '.join(names[:_NAMED])}{more}"
        )
    return said
