"""Curves of a regression: knots, the basis of their coefficients, and what they are at other places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError
from valuestats.latent.walks import walk_basis, walk_beyond
from valuestats.regression.effects_columns import group_index, joined
from valuestats.regression.effects_rows import is_number
from valuestats.regression.formula_curves import CurveKind, CurvePart
from valuestats.regression.formula_numbers import natural_splines, quantiles
from valuestats.regression.formula_syntax import refused

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_MOST_KNOTS, _MOST_AHEAD = 400, 400
_EVEN = 1e-6  # of a step, by which a place may be off the grid


@dataclass(frozen=True)
class CurveTerm:
    """A curve of a formula, one or one for each level of a factor.

    Attributes
    ----------
    part
        As it stands in the formula.
    levels
        Combined levels of ``by``; one empty text without.
    knots
        Places at which the curve is a coefficient's sum: steps, or knots of the spline.
    basis
        ``(knots, coefficients)``; times the spread it makes standard normal coefficients a curve.
    line
        ``(knots, 1)`` the straight line that goes with them, in units of the number's standard deviation; ``(knots, 0)`` of
        first-order walks.
    unit
        That standard deviation.
    """

    part: CurvePart
    levels: tuple[str, ...]
    knots: Floats
    basis: Floats = field(repr=False)
    line: Floats = field(repr=False)
    unit: float = 1.0

    @property
    def label(self) -> str:
        """As it names the draws."""
        return str(self.part)

    @property
    def columns(self) -> Floats:
        """Basis and line, ``(knots, columns)``."""
        return np.hstack([self.basis, self.line])

    def level(self, rows: pd.DataFrame) -> Ints:
        """Level of each row; one that was not fitted is refused."""
        if not self.part.by:
            return np.zeros(len(rows), dtype=np.int64)
        found = group_index(rows, self.part.by, self.levels)
        if (found < 0).any():
            lost = joined(rows, self.part.by)[found < 0]
            raise SpecificationError(
                "a level was not fitted, so it has no curve",
                parameter="newdata",
                got=f"{':'.join(self.part.by)}: {', '.join(sorted(set(lost))[:8])}",
                hint=f"{self.part}",
            )
        return found

    def weights(self, rows: pd.DataFrame) -> tuple[Floats, Floats]:
        """Of each row the weights of the knots ``(rows, knots)``, and of what the walk adds beyond them ``(rows, places)``.

        A curve at a row is ``weights @ f + spread * added @ z`` with standard normal z.
        """
        at = rows[self.part.column].to_numpy(dtype=float)
        if self.part.kind == "s":
            return natural_splines(at, self.knots), np.zeros((len(at), 0))
        more = _unseen(self.part, self.knots, at)
        places = np.concatenate([self.knots, more])
        order = np.argsort(places)
        share = np.stack([np.interp(at, places[order], row) for row in np.eye(len(places))[:, order]], axis=1)
        n = len(self.knots)
        if not len(more):
            return share, np.zeros((len(at), 0))
        mean, root = walk_beyond(self.part.kind, self.knots, more)
        return share[:, :n] + share[:, n:] @ mean, share[:, n:] @ root


def _unseen(part: CurvePart, knots: Floats, at: Floats) -> Floats:
    """Places that a walk goes on to: of first order each that is new, of second order the steps up to them."""
    if part.kind == "rw1":
        found = np.setdiff1d(at, knots)
    else:
        step = (knots[-1] - knots[0]) / (len(knots) - 1)
        below = np.ceil(max(knots[0] - at.min(initial=knots[0]), 0.0) / step - _EVEN)
        above = np.ceil(max(at.max(initial=knots[-1]) - knots[-1], 0.0) / step - _EVEN)
        if below + above > _MOST_AHEAD:
            found = np.zeros(int(min(below + above, 1e6)))
        else:
            found = np.concatenate(
                [knots[0] - step * np.arange(below, 0, -1), knots[-1] + step * np.arange(1, above + 1)]
            )
    if len(found) > _MOST_AHEAD:
        raise SpecificationError(
            f"too many new places for the walk {part}",
            parameter="newdata",
            got=f"{len(found):,} steps that were not fitted",
            expected=f"at most {_MOST_AHEAD} in one call",
        )
    return np.asarray(found, dtype=float)


def curve_terms(cells: pd.DataFrame, parts: Sequence[CurvePart], weights: Floats) -> tuple[CurveTerm, ...]:
    """The curves of a formula over counted cells with so many answers.

    Raises
    ------
    SpecificationError
        A column that holds no numbers, too few steps, a second-order walk over uneven ones, a factor with one level.
    """
    return tuple(_term(cells, part, weights) for part in parts)


def _term(cells: pd.DataFrame, part: CurvePart, weights: Floats) -> CurveTerm:
    if not is_number(cells[part.column]):
        raise refused(
            "a curve needs a column of numbers",
            str(part),
            hint=f"number the levels of {part.column} in the order of their steps, in a column of their own",
        )
    values = cells[part.column].to_numpy(dtype=float)
    knots = _knots(part, values, weights)
    levels = tuple(sorted(joined(cells, part.by).unique())) if part.by else ("",)
    if part.by and len(levels) < 2:
        raise refused("a factor with one level has no curve of its own", str(part), hint="leave by= out")
    mean = np.average(values, weights=weights)
    unit = float(np.sqrt(np.average((values - mean) ** 2, weights=weights)))
    line = (knots - knots.mean())[:, None] / unit
    basis = walk_basis(part.kind, knots)[0]
    return CurveTerm(part, levels, knots, basis, line if part.straight else line[:, :0], unit)


def _knots(part: CurvePart, values: Floats, weights: Floats) -> Floats:
    places = np.unique(values)
    require_steps(part.kind, places, part.column)
    if part.kind == "rw2":
        gaps = np.diff(places)
        steps = (places - places[0]) / gaps.min()
        places = np.linspace(places[0], places[-1], round(float(steps[-1])) + 1)
    elif part.kind == "s" and len(places) > part.df + 1:
        return quantiles(places, np.ones(len(places)), part.df + 1)
    if len(places) > _MOST_KNOTS:
        raise refused(
            "too many steps for a walk",
            f"{part} over {len(places):,}",
            f"at most {_MOST_KNOTS}",
            f"s({part.column}) has few knots, or round the steps",
        )
    return np.asarray(places, dtype=float)


def require_steps(kind: CurveKind, places: Floats, column: str) -> None:
    """Refuse too few steps, and a second-order walk over uneven ones (missing steps are no unevenness)."""
    least = 3 if kind == "rw1" else 4
    if len(places) < least:
        raise refused(
            "too few steps for a curve",
            f"{kind}({column}) over {len(places)}",
            f"{least} or more",
            f"C({column}) has an effect of each",
        )
    if kind == "rw2":
        gaps = np.diff(places)
        steps = (places - places[0]) / gaps.min()
        if np.abs(steps - steps.round()).max() > _EVEN:
            raise refused(
                "a second-order walk needs evenly spaced steps",
                f"rw2({column}) with gaps from {gaps.min():g} to {gaps.max():g}",
                hint=f"s({column}) is smooth over any places, rw1({column}) walks over any",
            )


def unlevelled(
    parts: Sequence[CurvePart], fixed: Sequence[str], groups: Sequence[tuple[str, ...]]
) -> list[str]:
    """Notes of factors whose curves are all centred at 0 while nothing else tells their levels apart."""
    found = []
    for part in parts:
        if part.by and not set(part.by) <= {*fixed, *(name for factor in groups for name in factor)}:
            found.append(
                f"the curves of {part} all have the mean 0, and nothing else in the formula tells the levels of "
                f"{':'.join(part.by)} apart"
            )
    return found


def beyond_steps(curves: Sequence[CurveTerm], rows: pd.DataFrame | None) -> list[str]:
    """Notes of rows before the first or after the last step of a curve."""
    found: list[str] = []
    if rows is None:
        return found
    for curve in curves:
        at, (first, last) = rows[curve.part.column], curve.knots[[0, -1]]
        out = int(((at < first) | (at > last)).sum())
        if out:
            how = "the walk goes on" if curve.part.kind != "s" else "the curve goes on straight"
            found.append(
                f"{out} of {len(at)} rows lie beyond the steps of {curve.label}, {first:g} to {last:g}, where {how}"
            )
    return found
