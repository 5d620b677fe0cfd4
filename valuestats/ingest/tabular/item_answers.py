"""People's answers to an instrument from a table with one column per item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from valuestats.base.errors import InputError


def read_item_answers(
    path: str | Path,
    *,
    items: Mapping[str, str] | Sequence[str],
    respondent: str | None = None,
    keep: Sequence[str] = (),
) -> pd.DataFrame:
    r"""Answers in long form from a CSV file (plain or gzip) with one row per respondent and one column per item.

    Parameters
    ----------
    path
        The file.
    items
        Columns of items; a mapping gives each the name it has in the instrument.
    respondent
        Column that names the respondent; the number of the record where omitted.
    keep
        Columns of the respondent to keep, e.g. ``weight`` or a group.

    Returns
    -------
    pandas.DataFrame
        ``respondent, item, rating``, what was kept, ``source_file`` and ``source_row``; an empty cell is null.

    Raises
    ------
    InputError
        A column is missing, an answer is not a number, or a respondent stands twice.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "a.csv"
    >>> _ = file.write_text("id,sd1,po1\nx,6,1\ny,5,\n")
    >>> read_item_answers(file, items={"sd1": "1", "po1": "2"}, respondent="id")["rating"].tolist()
    [6.0, 5.0, 1.0, nan]
    """
    path = Path(path)
    try:
        table = pd.read_csv(path)
    except (FileNotFoundError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError("not a table that can be read", got=str(error), file=path) from None
    names = dict(items) if isinstance(items, Mapping) else {c: c for c in items}
    wanted = [*names, *keep, *([] if respondent is None else [respondent])]
    absent = [c for c in wanted if c not in table.columns]
    if absent:
        raise InputError(
            "answers: a column is missing",
            parameter=", ".join(map(str, absent)),
            got=", ".join(map(str, list(table.columns)[:30])),
            file=path,
        )
    person = pd.Series(range(len(table))) if respondent is None else table[respondent]
    if person.isna().any() or person.duplicated().any():
        row = int((person.isna() | person.duplicated()).to_numpy().argmax())
        raise InputError(
            "answers: each row needs a respondent of its own",
            parameter=respondent,
            got=repr(person.iloc[row]),
            file=path,
            row=row,
        )
    parts = []
    for column, item in names.items():
        rating = pd.to_numeric(table[column], errors="coerce")
        wrong = (rating.isna() & table[column].notna()).to_numpy()
        if wrong.any():
            row = int(wrong.argmax())
            raise InputError(
                "answers: not a number",
                parameter=column,
                got=repr(table[column].iloc[row]),
                expected="a code, or an empty cell",
                file=path,
                row=row,
            )
        parts.append(
            pd.DataFrame(
                {
                    "respondent": person.to_numpy(),
                    "item": str(item),
                    "rating": rating.astype(float),
                    **{k: table[k] for k in keep},
                    "source_file": path.name,
                    "source_row": range(len(table)),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
