"""Tables with one row per run and one column per item, as tables with one row per answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

import numpy as np
import pandas as pd

from valuestats.base.errors import InputError
from valuestats.ingest.answers.texts import as_text
from valuestats.ingest.tabular.files import Table

ITEM, VALUE = "item", "\0 value"
_NUMBERED = re.compile(r"(.*?\D)_?(\d+)")
_LEAST = 3

type WideItems = str | Sequence[str] | Mapping[str, str]
"""Columns of items: a name or a pattern (``"pvq*"``), several of them, or columns with the names of their items."""


class _Long(Table):
    """A wide table (``_columns``: it, and its columns of items) read row by row, each item of a row after the other."""

    def column(self, name: str) -> pd.Series | None:
        wide, items = self._columns
        if name == ITEM:
            return pd.Series([item for _, item in items] * wide.length, dtype=object)
        if name == VALUE:
            cells = [as_text(wide.column(column)).to_numpy(dtype=object) for column, _ in items]
            return as_text(pd.Series(np.stack(cells, axis=1).ravel(), dtype=object))
        column = wide.column(name)
        return None if column is None else column.repeat(len(items)).reset_index(drop=True)


def long_table(table: Table, items: WideItems) -> Table:
    """The table with one row for each of its rows and each item; what stands in the cells is the column `VALUE`.

    Raises
    ------
    InputError
        No such columns.
    """
    chosen = _chosen(table, items)
    names = (ITEM, VALUE, *(name for name in table.names if name not in dict(chosen)))
    places = np.repeat(table.rows, len(chosen))
    length = table.length * len(chosen)
    return _Long(table.source, length, names, (table, chosen), places, table.delimiter)


def numbered_columns(table: Table) -> list[str]:
    """Columns that are one name with running numbers (``pvq1``, ``pvq2``, …); none where several names have some."""
    families: dict[str, list[str]] = {}
    for name in table.names:
        match = _NUMBERED.fullmatch(name)
        if match:
            families.setdefault(match[1], []).append(name)
    large = [columns for columns in families.values() if len(columns) >= _LEAST]
    return large[0] if len(large) == 1 else []


def is_coded(values: pd.Series, missing: Sequence[str]) -> bool:
    """Whether the cells hold numbers, but for those that are missing."""
    there = values[values.notna() & ~values.isin(missing)]
    return bool(len(there)) and bool(pd.to_numeric(there, errors="coerce").notna().all())


def _chosen(table: Table, items: WideItems) -> list[tuple[str, str]]:
    declared = (
        dict(items)
        if isinstance(items, Mapping)
        else dict.fromkeys([items] if isinstance(items, str) else items)
    )
    found: dict[str, str] = {}
    for pattern, item in declared.items():
        met = [name for name in table.names if name == pattern or fnmatchcase(name, pattern)]
        if not met:
            raise InputError(
                "no column for an item",
                parameter="items",
                got=pattern,
                expected=f"some of {', '.join(table.names[:30])}",
                file=table.source.path,
            )
        found.update({name: name if item is None else str(item) for name in met})
    return [(name, found[name]) for name in table.names if name in found]
