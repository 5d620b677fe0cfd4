"""The rows of answers that a regression takes, and what they cannot tell it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError
from valuestats.regression.cells import answer_codes, checked_counts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Unidentified = Literal["error", "warn"]
PRIOR_DECIDES = 'unidentified="warn" lets the prior decide; the result then says so'


def valid_rows(frame: pd.DataFrame, response: str, used: list[str]) -> tuple[float, pd.DataFrame, list[str]]:
    """Answers asked for, the valid rows, and a note of levels without any."""
    put = frame[frame["status"] != "not_administered"] if "status" in frame else frame
    given = put["count"] if "count" in put else pd.Series(1.0, index=put.index)
    number = checked_counts(given)
    valid = put[put[response].notna() & (number > 0)]
    valid = valid[valid["status"] == "valid"] if "status" in valid else valid
    if valid.empty:
        raise SpecificationError("there is no valid answer", parameter="data", got=f"{len(frame)} rows")
    refuse_gaps(valid, used, "data", "rows with an answer")
    silent = []
    for c in (c for c in used if not is_number(put[c]) and len(valid) < len(put)):
        asked, known = (set(rows[c].dropna().drop_duplicates().astype(str)) for rows in (put, valid))
        silent += [f"{c} {level}" for level in sorted(asked - known)]
    notes = [f"no valid answer, so no estimate: {', '.join(silent)}"] if silent else []
    return float(number.sum()), valid, notes


def refuse_gaps(valid: pd.DataFrame, used: list[str], parameter: str, where: str) -> None:
    """Raise where a column of the formula has nulls, or numbers that are not finite.

    Raises
    ------
    SpecificationError
        By name, with how many.
    """
    null = [c for c in used if valid[c].isna().any()]
    if null:
        raise SpecificationError(
            f"a column of the formula has nulls in {where}",
            parameter=parameter,
            got=", ".join(f"{c}: {int(valid[c].isna().sum())} nulls" for c in null),
            hint="drop those rows, or give the missing level a name",
        )
    infinite = [c for c in used if is_number(valid[c]) and not np.isfinite(valid[c].astype(float)).all()]
    if infinite:
        raise SpecificationError(
            "a covariate must be finite", parameter=parameter, got=f"infinite values of {', '.join(infinite)}"
        )


def answered_codes(answers: pd.Series, scale: tuple[int, int] | None) -> Ints:
    """Codes of the scale, at least two."""
    codes = answer_codes(answers, scale)
    if len(codes) < 2:
        raise SpecificationError(
            "an ordered answer needs at least two categories",
            parameter="scale",
            got=f"only the code {codes[0]}",
            hint="state the scale, e.g. scale=(1, 6)",
        )
    return codes


def prepared(frame: pd.DataFrame, used: list[str], like: pd.DataFrame | None) -> pd.DataFrame:
    """Columns as plain text or numbers, so that a level has one name wherever it comes from."""
    out = {}
    for name in used:
        column = frame[name] if like is None else like[name]
        given = frame[name]
        out[name] = given.astype(float) if is_number(column) else pd.Series(given.astype(str).astype(object))
    return pd.DataFrame(out, index=frame.index).reset_index(drop=True)


def is_number(column: pd.Series) -> bool:
    """Whether a column holds numbers; truth values do not count."""
    return bool(pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column))


def refuse(message: str, unidentified: Unidentified, **where: Any) -> list[str]:
    """Raise, or with `unidentified` ``"warn"`` give a note back."""
    if unidentified == "error":
        raise SpecificationError(message, **where, hint=PRIOR_DECIDES)
    return [f"{message} ({where.get('got')}): there the estimates rest on the prior"]


def unused(counts: Floats, codes: Ints, unidentified: Unidentified) -> list[str]:
    """Notes of categories that nobody used, or the refusal."""
    empty = [str(c) for c, n in zip(codes, counts.sum(axis=0), strict=True) if n == 0]
    if not empty:
        return []
    return refuse("categories were never used", unidentified, parameter="scale", got=", ".join(empty))


def separated(
    cells: pd.DataFrame, counts: Floats, columns: Sequence[str], unidentified: Unidentified
) -> list[str]:
    """Notes of levels and numbers of these columns that separate the answers, or the refusal."""
    found = []
    for name in (c for c in columns if not is_number(cells[c])):
        by = pd.DataFrame(counts).groupby(cells[name].to_numpy()).sum()
        for end in (by.columns[0], by.columns[-1]):
            alone = by.index[by[end] == by.sum(axis=1)]
            found += [f"{name}[{level}] has answers in the {'lowest' if end == 0 else 'highest'} category only"
                      for level in alone]  # fmt: skip
    for name in (c for c in columns if is_number(cells[c])):
        values = cells[name].to_numpy()
        ends = [(values[n > 0].min(), values[n > 0].max()) for n in counts.T if n.any()]
        if len(ends) < 2:
            continue
        for ordered in (ends, ends[::-1]):
            if values.min() < values.max() and all(a[1] <= b[0] for a, b in pairwise(ordered)):
                found.append(f"{name} orders the answers without overlap")
                break
    if not found:
        return []
    return refuse("the data are separated", unidentified, parameter="data", got="; ".join(found))


def distinct(cells: pd.DataFrame, replaced: Sequence[str], weights: Floats) -> tuple[pd.DataFrame, Floats]:
    """Cells that differ in more than the columns that are about to be replaced, and their summed weights ``(G, n)``.

    With models replaced, the cells of forty models are those of one: a fortieth of the cost.
    """
    kept = [c for c in cells.columns if c not in replaced]
    if not kept:
        return cells.iloc[:1], weights.sum(axis=1, keepdims=True)
    first = ~cells.duplicated(kept)
    number = cells.groupby(kept, sort=False, dropna=False, observed=True).ngroup().to_numpy()
    summed = np.zeros((len(weights), int(first.sum())))
    for row, own in zip(summed, weights, strict=True):
        np.add.at(row, number, own)
    return cells[first], summed


_MODELS = ("model", "llm", "source", "system", "agent")
_FEWEST_GROUPS = 5


def repeated_pairs(
    cells: pd.DataFrame, counts: Floats, fixed: Sequence[str], factors: Sequence[Sequence[str]]
) -> list[str]:
    """A note where each pair of model and item was asked several times and no group effect is of the pair.

    Answers of one model to one item share its own reaction to it; where the formula has no effect of the pair they count
    as independent, and intervals of the models' differences are too short (Barr, Levy, Scheepers and Tily 2013).

    Parameters
    ----------
    cells, counts
        Columns of the formula by cell, and answers by cell and category.
    fixed
        Columns of fixed effects; the first that is named like a model, else the first of texts, is taken for the model.
    factors
        Columns of each group effect.

    Examples
    --------
    >>> cells = pd.DataFrame({"model": ["a", "b"] * 5, "item": [str(k // 2) for k in range(10)]})
    >>> repeated_pairs(cells, np.full((10, 2), 2.0), ["model"], [("item",)])[0][:60]
    'each pair of model and item was asked 4 times, and the formu'
    >>> repeated_pairs(cells, np.full((10, 2), 2.0), ["model"], [("item",), ("model", "item")])
    []
    """
    texts = [c for c in fixed if not is_number(cells[c])]
    found = [c for c in texts if c in _MODELS] or texts[:1]
    notes = []
    for model in found[:1]:
        for factor in factors:
            if len(factor) != 1 or factor[0] in fixed or cells[factor[0]].nunique() < _FEWEST_GROUPS:
                continue
            item = factor[0]
            if any({model, item} <= set(f) for f in factors):
                continue
            asked = pd.Series(counts.sum(axis=1)).groupby([cells[model], cells[item]]).sum()
            if asked.median() < 2 or len(asked) <= cells[item].nunique():
                continue
            often = (
                f"{asked.median():g} times"
                if asked.min() == asked.max()
                else f"{asked.median():g} times (median)"
            )
            notes.append(
                f"each pair of {model} and {item} was asked {often}, and the formula has no (1|{model}:{item}): its answers "
                f"count as independent, so that intervals of {model} are too short where models react to single {item}s"
            )
    return notes
