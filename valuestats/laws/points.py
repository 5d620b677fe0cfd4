"""From a table to the points of a law, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.errors import InputError, SpecificationError
from valuestats.laws.curves import Array, Curve
from valuestats.laws.fitting import Points
from valuestats.laws.known_errors import require_own_units


@dataclass(frozen=True)
class Measured:
    """The points of one group.

    Attributes
    ----------
    label
        The group.
    points
        Log outcomes and centred log sizes of the rows with an outcome.
    member
        Number of the unit of each point, among all units of the table.
    asked
        Rows, with those that have no outcome.
    spans
        Largest size over the smallest, by size.
    """

    label: str
    points: Points
    member: NDArray[np.int64]
    asked: int
    spans: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.points.y)


def sizes_of(x: str | Sequence[str]) -> list[str]:
    """Names of the one or two columns of sizes."""
    names = [x] if isinstance(x, str) else list(x)
    if not 1 <= len(names) <= 2 or len(set(names)) < len(names):
        raise SpecificationError(
            "a law takes one size or two",
            parameter="x",
            got=names,
            expected="a column, or two different ones",
        )
    return names


def measured(
    frame: pd.DataFrame,
    outcome: str,
    sizes: Sequence[str],
    *,
    error: str | None = None,
    unit: str | None = None,
    by: str | None = None,
) -> tuple[list[Measured], list[str]]:
    """Points of each group, and the names of the units that are resampled (rows, where no column says).

    Raises
    ------
    SpecificationError
        A column that the table lacks, or that stands for two things; errors that can't be in the outcome's units.
    InputError
        A size or an outcome that is not a number above 0, an error below 0, a null unit or group, no row, by row.
    """
    wanted: dict[str, list[str | None]] = {
        "y": [outcome],
        "x": list(sizes),
        "error": [error],
        "unit": [unit],
        "by": [by],
    }
    for parameter, names in wanted.items():
        for name in names:
            if name is not None and name not in frame.columns:
                raise SpecificationError(
                    "no such column",
                    parameter=parameter,
                    got=name,
                    expected=", ".join(map(str, frame.columns)),
                )
    used = [name for names in wanted.values() for name in names if name is not None]
    if len(set(used)) < len(used):
        twice = next(name for name in used if used.count(name) > 1)
        raise SpecificationError("one column stands for two things", parameter="x", got=twice)
    if frame.empty:
        raise InputError("the table has no rows", parameter="frame", got=0)
    values = _positive(frame, outcome, "y", optional=True)
    u = np.log(np.column_stack([_positive(frame, name, "x") for name in sizes]))
    known = np.zeros(len(frame)) if error is None else _errors(frame, error)
    member, units = _labels(frame, unit, "unit") if unit else (np.arange(len(frame)), np.arange(len(frame)))
    group, groups = (
        _labels(frame, by, "by") if by else (np.zeros(len(frame), dtype=np.int64), np.array(["all"]))
    )
    seen = ~np.isnan(values)
    found = []
    for k, label in enumerate(groups):
        own = group == k
        here = own & seen
        if not here.any():
            raise InputError("no outcome at all", parameter="y", got=f"{label}: 0 of {own.sum()} rows")
        own_u = u[here]
        centre = own_u.mean(axis=0)
        points = Points(np.log(values[here]), own_u - centre, centre, known[here] / values[here])
        if error is not None:
            require_own_units(points, str(label), error)
        spans = tuple(float(x) for x in np.exp(np.ptp(own_u, axis=0)))
        found.append(Measured(str(label), points, member[here], int(own.sum()), spans))
    return found, [str(x) for x in units]


def require_identified(part: Measured, curve: Curve, sizes: Sequence[str]) -> None:
    """Refuse points that can't tell the parameters of a curve apart.

    Raises
    ------
    SpecificationError
        An outcome that does not vary, too few points or sizes, or two sizes of a constant ratio of logs.
    """
    y, u = part.points.y, part.points.u
    where = "" if part.label == "all" else f"{part.label}: "
    if np.ptp(y) <= 1e-12 * max(1.0, float(np.abs(y).max())):
        raise SpecificationError(
            "the outcome does not vary", parameter="y", got=f"{where}{np.exp(y[0]):g} throughout"
        )
    if len(y) <= curve.size + 1:
        raise SpecificationError(
            "too few points",
            parameter="frame",
            got=f"{where}{len(y)}",
            expected=f"more than {curve.size + 1}",
        )
    own = u[:, list(curve.inputs)]
    least = 2 + int(curve.floor) + 2 * int(curve.shape == "broken")
    for name, column in zip([sizes[k] for k in curve.inputs], own.T, strict=True):
        n = len(np.unique(column.round(9)))
        if n < least:
            raise SpecificationError(
                "too few different sizes",
                parameter="x",
                got=f"{where}{n} of {name}",
                expected=f"{least} or more",
                hint="a floor needs three sizes, a break four",
            )
    if own.shape[1] == 2 and abs(float(np.atleast_2d(np.corrcoef(own.T))[0, 1])) > 1 - 1e-9:
        raise SpecificationError(
            "two sizes that grow together can't be told apart",
            parameter="x",
            got=f"{where}{', '.join(sizes)}",
        )


def _positive(frame: pd.DataFrame, column: str, parameter: str, *, optional: bool = False) -> Array:
    values = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=float)
    null = frame[column].isna().to_numpy()
    bad = (null & (not optional)) | (~null & ~(np.isfinite(values) & (values > 0)))
    if bad.any():
        row = int(bad.argmax())
        raise InputError(
            "not a number above 0",
            parameter=parameter,
            got=f"{column} = {frame[column].iloc[row]}",
            expected="numbers above 0, whose logarithms are taken",
            row=row,
        )
    return values


def _errors(frame: pd.DataFrame, column: str) -> Array:
    values = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=float)
    bad = ~(np.isfinite(values) & (values >= 0))
    if bad.any():
        row = int(bad.argmax())
        raise InputError(
            "not a standard error",
            parameter="error",
            got=f"{column} = {frame[column].iloc[row]}",
            expected="0 or more",
            row=row,
        )
    return values


def _labels(
    frame: pd.DataFrame, column: str, parameter: str
) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    null = frame[column].isna().to_numpy()
    if null.any():
        raise InputError("a null label", parameter=parameter, got=column, row=int(null.argmax()))
    member, names = pd.factorize(frame[column], sort=True)
    return np.asarray(member, dtype=np.int64), np.asarray(names, dtype=object)
