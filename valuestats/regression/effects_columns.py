"""Columns of a formula as matrices and levels."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.errors import InputError, SpecificationError
from valuestats.regression.effects_formula import OrdinalSpec

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_WORDS = {"Sum", "Treatment", "Poly", "np", "True", "False", "reference", "levels", "degree"}


def used_columns(spec: OrdinalSpec, frame: pd.DataFrame) -> list[str]:
    """Columns of the table that a regression needs."""
    text = " ".join([spec.formula.split("~")[1], spec.disc or ""])
    text = re.sub(r"'[^']*'|\"[^\"]*\"", " ", text)
    names = re.findall(r"\b([A-Za-z_]\w*)\b(?!\s*\()(?!\.)(?!\s*=[^=])", text)
    names += [n for n in (spec.thresholds, spec.discrimination) if n]
    wanted = [n for n in dict.fromkeys(names) if n not in _WORDS or n in frame.columns]
    missing = [n for n in [spec.response, *wanted] if n not in frame.columns]
    if missing:
        raise InputError(
            "the data lack columns of the formula",
            parameter="data",
            got=f"missing {', '.join(missing)}",
            expected=f"some of {', '.join(map(str, frame.columns))}",
        )
    return wanted


def encoder_of(side: str, cells: pd.DataFrame) -> Any:
    """The design matrix of one side of a formula as fitted to the cells; None for an intercept alone."""
    if side.strip() == "1":
        return None
    from formulae import design_matrices

    try:
        return design_matrices(side, cells).common
    except Exception as error:  # formulae raises many kinds
        raise SpecificationError(
            "the formula can't be read", parameter="formula", got=side, hint=str(error)
        ) from error


def encoded(encoder: Any, rows: pd.DataFrame) -> tuple[Floats, tuple[str, ...]]:
    """Columns of an encoder without its intercept."""
    if encoder is None:
        return np.zeros((len(rows), 0)), ()
    names = list(encoder.as_dataframe().columns)
    values = np.asarray(encoder.evaluate_new_data(rows).design_matrix, dtype=float).reshape(len(rows), -1)
    kept = [n for n, name in enumerate(names) if name != "Intercept"]
    return values[:, kept], tuple(names[n] for n in kept)


def group_columns(encoder: Any, rows: pd.DataFrame) -> Floats:
    """Columns of a group's effects for given rows."""
    if encoder is None:
        return np.ones((len(rows), 1))
    return np.asarray(encoder.evaluate_new_data(rows).design_matrix, dtype=float).reshape(len(rows), -1)


def as_text(column: pd.Series) -> pd.Series:
    """Labels of a column: whole numbers without decimals."""
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
