"""Columns of a formula as matrices and levels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.errors import InputError, SpecificationError
from valuestats.regression.effects_formula import OrdinalSpec

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def used_columns(spec: OrdinalSpec, frame: pd.DataFrame) -> list[str]:
    """Columns of the table that a regression needs."""
    wanted = dict.fromkeys([*spec.terms.columns, *(n for n in (spec.thresholds, spec.discrimination) if n)])
    missing = [n for n in [spec.response, *wanted] if n not in frame.columns]
    if missing:
        raise InputError(
            "the data lack columns of the formula",
            parameter="data",
            got=f"missing {', '.join(missing)}",
            expected=f"some of {', '.join(map(str, frame.columns))}",
        )
    return list(wanted)


def as_text(column: pd.Series) -> pd.Series:
    """Labels of a column: whole numbers without decimals."""
    if column.dtype == object and pd.api.types.infer_dtype(column, skipna=False) == "string":
        return column
    whole = pd.api.types.is_numeric_dtype(column) and bool((column == column.round()).all())
    return (column.astype(int) if whole else column).astype(str).astype(object)


def joined(rows: pd.DataFrame, factor: tuple[str, ...]) -> pd.Series:
    """Levels of a factor, or of several crossed ones, as text."""
    text = pd.DataFrame({name: as_text(rows[name]) for name in factor})
    return text[factor[0]] if len(factor) == 1 else text.agg(":".join, axis=1)


def group_index(rows: pd.DataFrame, factor: tuple[str, ...], levels: tuple[str, ...]) -> Ints:
    """Level of each row; of levels that were not fitted -1, -2, …, one number each."""
    labels = pd.Index(joined(rows, factor))
    found = pd.Index(levels).get_indexer(labels).astype(np.int64)
    new = found < 0
    found[new] = -1 - pd.factorize(labels[new])[0]
    return found


def labels_of(cells: pd.DataFrame, column: str | None, parameter: str) -> tuple[str, ...]:
    """Levels of a column of labels, at least two."""
    if column is None:
        return ()
    levels = tuple(sorted(as_text(cells[column]).unique()))
    if len(levels) < 2:
        raise SpecificationError("a factor has one level", parameter=parameter, got=f"{column}: {levels[0]}")
    return levels


def level_index(rows: pd.DataFrame, column: str | None, labels: tuple[str, ...]) -> Ints:
    """Level of each row in a column of labels; 0 without a column."""
    if column is None:
        return np.zeros(len(rows), dtype=np.int64)
    return pd.Index(labels).get_indexer(pd.Index(as_text(rows[column]))).astype(np.int64)


def ordered_levels(column: pd.Series, name: str) -> tuple[Any, ...]:
    """Levels of a monotonic covariate in ascending order."""
    if not pd.api.types.is_numeric_dtype(column):
        raise SpecificationError(
            "a monotonic effect needs a covariate of ordered numbers", parameter="formula", got=f"mo({name})"
        )
    levels = tuple(sorted(column.unique()))
    if len(levels) < 2:
        raise SpecificationError("a factor has one level", parameter="formula", got=f"mo({name})")
    return levels


def positions(rows: pd.DataFrame, names: tuple[str, ...], levels: tuple[tuple[Any, ...], ...]) -> Ints:
    """Place of each row among the levels of the monotonic covariates."""
    found = np.zeros((len(rows), len(names)), dtype=np.int64)
    for n, (name, known) in enumerate(zip(names, levels, strict=True)):
        found[:, n] = pd.Index(known).get_indexer(pd.Index(rows[name]))
        if (found[:, n] < 0).any():
            raise SpecificationError(
                "a monotonic covariate has a level that was not fitted", parameter="newdata", got=name
            )
    return found
