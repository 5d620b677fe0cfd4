"""How a table's columns become those of Responses, and the covariates that are carried along."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from valuestats.base.errors import InputError, SpecificationError
from valuestats.base.labels import nearest
from valuestats.ingest.answers.texts import as_text
from valuestats.ingest.sources import plain_name
from valuestats.ingest.tabular.files import Table
from valuestats.tables import STATUSES
from valuestats.tables.responses import SCHEMA

ModelFrom = Literal["file", "folder"]
Missing = Sequence[str] | Mapping[str, Sequence[str]]
"""Texts that mean null, in all columns or in some of ours."""

SOURCE = ("source_file", "source_sha256", "source_row")
_EXTRA = ("prompt", "provider", "rule", "stop_reason", "logprobs")
COLUMNS = tuple(name for name in SCHEMA.columns if name not in SOURCE) + _EXTRA
"""The names a column map may give: those of Responses, and what helps to read them."""


@dataclass(frozen=True)
class ColumnMap:
    """How a table's columns become those of Responses; see `read_table_responses`."""

    columns: Mapping[str, str]
    constants: Mapping[str, object]
    statuses: Mapping[str, str]
    missing: Missing = ("",)
    model_from: ModelFrom | None = None
    keep: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        taken = sorted(set(self.keep) & {*COLUMNS, *SOURCE, "options"})
        if taken:
            raise SpecificationError(
                "a covariate has the name of a column of Responses",
                parameter="keep",
                got=", ".join(taken),
                expected="another name, as in {'asked_language': 'language'}",
                hint="columns of Responses are read without being named, or mapped by columns=",
            )
        for parameter, names in (("columns", self.columns), ("constants", self.constants)):
            require_known(names, COLUMNS, parameter)
        if isinstance(self.missing, Mapping) and (strange := sorted(set(self.missing) - set(COLUMNS))):
            raise SpecificationError(
                "unknown column", parameter="missing", got=strange, expected=f"one of {', '.join(COLUMNS)}"
            )
        both = sorted(set(self.columns) & set(self.constants))
        if both:
            raise SpecificationError("a column is both mapped and constant", parameter=", ".join(both))
        strange = sorted({str(ours) for ours in self.statuses.values()} - set(STATUSES))
        if strange:
            raise SpecificationError(
                "unknown status", parameter="statuses", got=strange, expected=f"one of {', '.join(STATUSES)}"
            )

    def theirs(self, ours: str) -> str | None:
        """The file's column that is one of ours; none where theirs of our name is mapped to another one of ours."""
        return self.columns.get(ours, None if ours in self.columns.values() else ours)

    def apply(self, table: Table) -> dict[str, pd.Series]:
        """Columns of Responses that a table has, as they stand in it."""
        found: dict[str, pd.Series] = {}
        for ours in COLUMNS:
            theirs = self.theirs(ours)
            column = None if theirs is None else table.column(theirs)
            if ours in self.constants:
                if column is not None:
                    raise SpecificationError(
                        "a constant would hide a column of the file",
                        parameter=f"constants[{ours!r}]",
                        got=f"{table.source.name} has a column {theirs!r}",
                    )
                column = pd.Series([self.constants[ours]] * table.length, dtype=object)
            elif column is None and ours in self.columns:
                raise InputError(
                    "a mapped column is missing",
                    parameter=f"columns[{ours!r}]",
                    got=theirs,
                    expected=f"one of {', '.join(table.names[:30])}",
                    file=table.source.path,
                )
            if ours == "model" and self.model_from is not None:
                if column is not None:
                    raise SpecificationError(
                        "the file's name would hide a column of the file",
                        parameter="model_from",
                        got=f"{table.source.name} has a column {theirs!r}",
                    )
                column = pd.Series([self._model(table)] * table.length, dtype=object)
            if column is not None:
                found[ours] = column
        return found

    def kept(self, table: Table) -> dict[str, pd.Series]:
        """The covariates, as texts; what they are is settled over all tables."""
        found = {}
        for ours, theirs in self.keep.items():
            column = table.column(theirs)
            if column is None:
                near = nearest(theirs, table.names)
                raise InputError(
                    "a column to keep is missing",
                    parameter="keep",
                    got=theirs,
                    expected=f"one of {', '.join(table.names[:30])}",
                    hint=f"did you mean {near!r}?" if near else None,
                    file=table.source.path,
                )
            found[ours] = without_missing(as_text(column), self.missing_in(ours))
        return found

    def _model(self, table: Table) -> str:
        path = Path(plain_name(table.source.path.absolute()))
        return path.stem if self.model_from == "file" else path.parent.name

    def missing_in(self, ours: str) -> tuple[str, ...]:
        """The texts that mean null in one of our columns."""
        if isinstance(self.missing, Mapping):
            return tuple(self.missing.get(ours, ("",)))
        return tuple(self.missing)


def require_known(names: Iterable[str], known: Sequence[str], parameter: str) -> None:
    """Refuse a map of columns that names one of ours that there is not."""
    for name in names:
        if name not in known:
            near = nearest(name, known)
            raise SpecificationError(
                "unknown column",
                parameter=parameter,
                got=name,
                expected=f"one of {', '.join(known)}",
                hint=f"did you mean {near!r}?" if near else "the map goes {ours: theirs}",
            )


def without_missing(column: pd.Series, missing: tuple[str, ...]) -> pd.Series:
    """A column of texts whose texts of `missing` are null."""
    return column.mask(column.isin(missing)) if missing else column


def typed(column: pd.Series) -> pd.Series:
    """A covariate as what all its values are: whole numbers, numbers, true and false, or labels."""
    known = column.dropna()
    if known.empty:
        return column.astype("category")
    truths = known.str.strip().str.lower()
    if truths.isin(["true", "false"]).all():
        return (column.str.strip().str.lower() == "true").astype("boolean").mask(column.isna())
    numbers = pd.to_numeric(column, errors="coerce").astype("Float64")
    if numbers[known.index].isna().any() or not np.isfinite(numbers[known.index].to_numpy(dtype=float)).all():
        return column.astype("category")
    whole = (numbers.dropna() % 1 == 0).all() and numbers.abs().max() < 2**53
    return numbers.astype("Int64") if whole else numbers
