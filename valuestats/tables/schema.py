"""One way to check a frame against its declared schema and to say what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from valuestats.base.errors import InputError


def validate(
    frame: pd.DataFrame, schema: pa.DataFrameSchema, *, table: str, file: str | Path | None = None
) -> pd.DataFrame:
    """Check `frame` against `schema`; the first fault becomes one clear error.

    Parameters
    ----------
    frame
        The table to check.
    schema
        Declared columns, types and checks.
    table
        What the table is, for the message.
    file
        Where it came from, if one file.

    Returns
    -------
    pandas.DataFrame
        The same rows, columns coerced to their declared types.

    Raises
    ------
    InputError
        A column is missing, has the wrong type, or holds a value that may not be there.
    """
    required = [name for name, column in schema.columns.items() if column.required]
    missing = [name for name in required if name not in frame.columns]
    if missing:
        raise InputError(
            f"{table}: a column is missing",
            parameter=", ".join(missing),
            got=f"columns {', '.join(map(str, list(frame.columns)[:30]))}",
            expected=", ".join(required),
            hint=f"rename yours: frame.rename(columns={{'your name': {missing[0]!r}}})",
            file=file,
        )
    try:
        return schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        raise _as_input_error(error.failure_cases, frame, schema, table, file) from None


def group_column(by: str | None, taken: Iterable[str]) -> str:
    """The column of a result that holds groups: it keeps the name it has in the data; ``"group"`` where nothing is grouped.

    Raises
    ------
    InputError
        The result has a column of that name.

    Examples
    --------
    >>> group_column("country", ["estimate"]), group_column(None, ["estimate"])
    ('country', 'group')
    """
    if by in set(taken):
        raise InputError(
            "a result has a column of this name",
            parameter="by",
            got=by,
            expected="another name",
            hint=f"rename it: frame.rename(columns={{{by!r}: ...}})",
        )
    return by or "group"


def _as_input_error(
    cases: pd.DataFrame, frame: pd.DataFrame, schema: pa.DataFrameSchema, table: str, file: str | Path | None
) -> InputError:
    cases = cases.sort_values("check", key=lambda c: c.astype(str).str.startswith("coerce"), kind="stable")
    first = cases.iloc[-1] if str(cases["check"].iloc[-1]).startswith("coerce") else cases.iloc[0]
    column = str(first["column"])
    if column in frame.columns and pd.isna(first["index"]):  # a failed cast names no row: find it
        numbers = pd.to_numeric(frame[column], errors="coerce")
        first = first.copy()
        bad = (numbers.isna() & frame[column].notna()) | (numbers % 1 != 0) & numbers.notna()
        if bad.any():
            first["index"] = bad.idxmax()
            first["failure_case"] = frame.loc[bad, column].iloc[0]
    declared = schema.columns.get(column)
    index = None if pd.isna(first["index"]) else first["index"]
    row, source = row_of(frame, index)
    if declared is None:
        return InputError(f"{table}: not as declared", expected=first["check"], file=source or file, row=row)
    return InputError(
        f"{table}: a value of {column!r} may not stand there",
        parameter=column,
        got=repr(first["failure_case"]),
        expected=declared.description or first["check"],
        file=source or file,
        row=row,
    )


def row_of(frame: pd.DataFrame, index: object) -> tuple[int | None, str | None]:
    """Source row and file of one row of a frame, given its index label."""
    if index is None or index not in frame.index:
        return None, None
    position = frame.index.get_loc(index)
    return source_of(frame, position) if isinstance(position, int) else (None, None)


def source_of(frame: pd.DataFrame, position: int) -> tuple[int, str | None]:
    """Source row and file of the row at a position, whatever the index."""
    row, source = position, None
    if "source_row" in frame.columns and not pd.isna(frame["source_row"].iloc[position]):
        row = int(frame["source_row"].iloc[position])
    if "source_file" in frame.columns:
        source = str(frame["source_file"].iloc[position])
    return row, source


def require_unique(
    frame: pd.DataFrame, columns: Iterable[str], *, table: str, file: str | Path | None = None
) -> None:
    """Raise when two rows share the same key, naming the first such key and its second row."""
    names = list(columns)
    twice = frame.duplicated(names, keep="first")
    if not twice.any():
        return
    position = int(twice.to_numpy().argmax())
    row, source = row_of(frame, frame.index[position])
    key = frame.iloc[position][names]
    raise InputError(
        f"{table}: two rows have the same key",
        parameter=", ".join(names),
        got=", ".join(f"{n}={key[n]!r}" for n in names) + f" ({int(twice.sum())} such rows)",
        expected="each key once",
        hint="drop the repeats or add the column that tells them apart",
        file=source or file,
        row=row,
    )
