"""Shares of people as tables have them: under other names, in percent, with a column for each option."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.base.errors import InputError
from valuestats.base.labels import nearest
from valuestats.ingest.answers.texts import as_text
from valuestats.ingest.tabular.column_map import require_known
from valuestats.ingest.tabular.dialects import decimal_points
from valuestats.ingest.tabular.files import Table, read_table
from valuestats.tables.population import ROUNDING

COLUMNS = ("group", "question", "option", "position", "share", "n", "ordered", "persona")
_OTHER_NAMES = {"group": ("country",), "question": ("item",), "share": ("percent", "percentage")}
_PERCENT = 100 * ROUNDING  # by how much percentages of a question may miss 100


def share_table(path: Path, columns: Mapping[str, str]) -> pd.DataFrame:
    """The shares of a file as columns of `Population`; see `valuestats.similarity.reading.read_people`.

    Raises
    ------
    InputError
        A column that is not there, a cell that is no number; with file and row.
    """
    require_known(columns, COLUMNS, "columns")
    table = read_table(path)
    found = {}
    for ours in COLUMNS:
        column = table.column(_name(table, columns, ours))
        if column is not None:
            texts = as_text(column)
            found[ours] = texts.mask(texts == "")
        elif ours in columns or ours in ("group", "question"):
            raise _lacks(table, ours, columns.get(ours, ours))
    if "share" in found and "option" not in found:
        raise _lacks(table, "option", "option")
    if "share" not in found:
        return _wide(table, found, columns)
    long = pd.DataFrame(found)
    for name in ("share", "n", "position"):
        if name in long:
            long[name] = _numbers(table, long[name], name)
    if "position" not in long:
        long["position"] = _places(long)
    return _as_shares(long, path)


def _name(table: Table, columns: Mapping[str, str], ours: str) -> str:
    """The file's name of one of our columns."""
    if ours in columns:
        return columns[ours]
    return next((name for name in (ours, *_OTHER_NAMES.get(ours, ())) if table.has(name)), ours)


def _wide(table: Table, found: Mapping[str, pd.Series], columns: Mapping[str, str]) -> pd.DataFrame:
    """A row for each option of a table with a column for each."""
    used = {_name(table, columns, ours) for ours in found}
    cells = {}
    for name in table.names:
        column = table.column(name)
        if name in used or column is None:
            continue
        texts = decimal_points(as_text(column), table.delimiter)
        numbers = pd.to_numeric(texts.mask(texts == ""), errors="coerce")
        if numbers.notna().any() and (numbers.notna() | (texts == "")).all():
            cells[name] = numbers
    if len(cells) < 2:
        raise InputError(
            "no shares",
            parameter="columns",
            got=f"columns {', '.join(table.names[:30])}",
            expected="columns option and share, or a column of numbers for each option",
            hint="map the file's columns, e.g. columns={'share': 'percent', 'option': 'answer'}",
            file=table.source.path,
        )
    kept = pd.DataFrame(
        {ours: column for ours, column in found.items() if ours not in ("option", "position")}
    )
    if "n" in kept:
        kept["n"] = _numbers(table, kept["n"], "n")
    options = [
        kept.assign(option=name, position=float(place), share=numbers, source_row=np.arange(table.length))
        for place, (name, numbers) in enumerate(cells.items(), start=1)
    ]
    long = pd.concat(options).sort_values(["source_row", "position"], kind="stable", ignore_index=True)
    return _as_shares(long.dropna(subset="share", ignore_index=True), table.source.path)


def _as_shares(long: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Shares, from percentages where all questions add up to about 100."""
    key = [name for name in ("group", "question", "persona") if name in long]
    sums = long.groupby(key, dropna=False, observed=True)["share"].sum()
    told = sums[sums > 0]
    if len(told) and ((told - 100).abs() <= _PERCENT).all():
        long = long.assign(share=long["share"] / 100)
    rows = long["source_row"] if "source_row" in long else range(len(long))
    return long.assign(source_file=path.name, source_row=rows)


def _places(long: pd.DataFrame) -> pd.Series:
    """Positions from 1, in the order in which a question's options first stand."""
    first = long.drop_duplicates(["question", "option"])
    places = first.groupby("question", observed=True).cumcount() + 1
    named = first.assign(_place=places.astype(float))[["question", "option", "_place"]]
    return long.merge(named, on=["question", "option"], how="left")["_place"]


def _numbers(table: Table, texts: pd.Series, name: str) -> pd.Series:
    numbers = pd.to_numeric(decimal_points(texts, table.delimiter), errors="coerce")
    wrong = numbers.isna() & texts.notna()
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise InputError(
            "not a number",
            parameter=name,
            got=texts.iloc[row],
            expected="a number such as 0.4 or 40, with a point (or a comma where it is not what parts the columns)",
            file=table.source.path,
            row=row,
        )
    return numbers


def _lacks(table: Table, ours: str, theirs: str) -> InputError:
    near = nearest(theirs, table.names)
    return InputError(
        "a column is missing",
        parameter=ours,
        got=f"columns {', '.join(table.names[:30])}",
        expected=theirs,
        hint=(f"did you mean {near!r}? " if near else "") + f"map it with columns={{{ours!r}: theirs}}",
        file=table.source.path,
    )
