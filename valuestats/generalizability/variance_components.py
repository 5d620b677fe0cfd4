"""Variance components of crossed random facets from sums of squares, and what designs follow from them.

By hand: statsmodels' `anova_lm` agrees on complete tables, takes 40 times as long and has no components (docs/choices.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError

Array = NDArray[np.float64]
Effect = tuple[int, ...]
RESIDUAL: Effect = (-1,)
"""Stands for the differences between answers in one cell; where no cell has two, for the highest interaction with them."""


@dataclass(frozen=True)
class Components:
    """Variance components of all main effects and interactions of the axes of a table.

    Attributes
    ----------
    effects
        Axes of each effect, smallest first; the last is `RESIDUAL`.
    estimate
        Unbiased estimates, shape ``(effects,)``; they can be negative.
    squares, degrees
        Sums of squares of the effects and their degrees of freedom.
    coefficients
        Expected sums of squares as combinations of the components, shape ``(effects, effects)``.
    confounded
        Whether the residual holds the highest interaction.
    """

    effects: tuple[Effect, ...]
    estimate: Array
    squares: Array
    degrees: Array
    coefficients: Array
    confounded: bool

    def draws(self, count: int, rng: np.random.Generator) -> Array:
        r"""Generalised pivotal draws of the components, shape ``(count, effects)``, none below zero.

        Each expected sum of squares is drawn as :math:`SS\cdot\nu/\chi^2_\nu` and the equations are solved (Weerahandi
        1993; Hannig, Iyer and Patterson 2006): exact pivots where effects are normal and no cell is empty.
        """
        pivots = (
            np.maximum(self.squares, 0)
            * self.degrees
            / rng.chisquare(self.degrees, (count, len(self.degrees)))
        )
        return np.maximum(np.linalg.solve(self.coefficients, pivots.T).T, 0)


def variance_components(total: Array, count: Array, squares: float) -> Components:
    r"""Variance components by Henderson's method 1, which is the analysis of variance where no cell is empty.

    For each set A of axes :math:`T_A=\sum_a y_{a\cdot}^2/n_a`, with expectation
    :math:`N\mu^2+\sum_B\sigma_B^2\sum_{a}\frac1{n_a}\sum_b n_{ab}^2`; the sums of squares are the alternating sums of the T
    over subsets, and the components solve the equations (Henderson 1953; Searle, Casella and McCulloch 1992, chapter 5).

    Parameters
    ----------
    total
        Sum of the answers per cell, one axis per facet.
    count
        Answers per cell, same shape.
    squares
        Sum of the squared answers.

    Returns
    -------
    Components

    Raises
    ------
    SpecificationError
        An axis with fewer than two levels, or so many empty cells that an effect can't be told from others.

    Examples
    --------
    >>> import numpy as np
    >>> y = np.array([[9.0, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])
    >>> found = variance_components(y, np.ones_like(y), float((y**2).sum()))  # Shrout and Fleiss (1979), table 3
    >>> found.estimate.round(2).tolist()
    [2.56, 5.24, 1.02]
    """
    if min(count.shape) < 2:
        raise SpecificationError(
            "a facet with one level has no variance to estimate",
            parameter="facets",
            got=f"levels {count.shape}",
        )
    axes = range(count.ndim)
    n = float(count.sum())
    mean = total.sum() / n
    squares = squares - n * mean**2
    total = total - mean * count  # the estimates do not depend on the mean; without it no digits are lost
    sets: list[Effect] = [s for size in range(count.ndim + 1) for s in combinations(axes, size)]
    margins = {s: count.sum(axis=tuple(a for a in axes if a not in s)) for s in sets}
    sums = {s: total.sum(axis=tuple(a for a in axes if a not in s)) for s in sets}
    confounded = bool(count.max() <= 1)
    full = tuple(axes)
    effects = [s for s in sets if s and not (confounded and s == full)]
    terms = {s: float(_over(sums[s] ** 2, margins[s]).sum()) for s in sets}
    expected = {
        s: np.array([_expected(s, b, margins) for b in effects] + [float((margins[s] > 0).sum())])
        for s in sets
    }
    rows, values = [], []
    for effect in effects:
        parts = [(sub, (-1.0) ** (len(effect) - len(sub))) for sub in sets if set(sub) <= set(effect)]
        values.append(sum(sign * terms[sub] for sub, sign in parts))
        rows.append(sum(sign * expected[sub] for sub, sign in parts))
    if confounded:
        parts = [(sub, (-1.0) ** (len(full) - len(sub))) for sub in sets]
        values.append(sum(sign * terms[sub] for sub, sign in parts))
        rows.append(sum(sign * expected[sub] for sub, sign in parts))
    else:
        values.append(squares - terms[full])
        rows.append(np.full(len(effects) + 1, n) - expected[full])
    matrix, found = np.array(rows), np.array(values)
    degrees = matrix[:, -1]
    if (degrees < 0.5).any() or np.linalg.cond(matrix / np.abs(matrix).max(axis=1, keepdims=True)) > 1e10:
        raise SpecificationError(
            "too many cells are empty to tell the effects apart",
            parameter="facets",
            got=f"{int((count > 0).sum())} of {count.size} cells answered",
            hint="leave a facet out, or keep the levels that were asked of all",
        )
    named = (*effects, RESIDUAL)
    return Components(named, np.linalg.solve(matrix, found), found, degrees, matrix, confounded)


def _over(above: Array, below: Array) -> Array:
    return np.divide(above, below, out=np.zeros_like(above, dtype=float), where=below > 0)


def _expected(a: Effect, b: Effect, margins: Mapping[Effect, Array]) -> float:
    """Coefficient of the variance of effect `b` in the term of `a`."""
    both = tuple(sorted({*a, *b}))
    squared = margins[both] ** 2
    inner = squared.sum(axis=tuple(k for k, axis in enumerate(both) if axis not in a))
    return float(_over(inner, margins[a]).sum())


@dataclass(frozen=True)
class Precision:
    """What a design gives for the score of an object (axis 0), arrays of shape ``(...)``.

    Attributes
    ----------
    universe
        Variance of the objects' true scores (fixed facets taken as they are).
    relative
        Error variance of differences between objects asked under the same levels.
    absolute
        Error variance of one object's score.
    """

    universe: Array
    relative: Array
    absolute: Array

    @property
    def generalizability(self) -> Array:
        """Universe variance over itself and the relative error."""
        return _over(np.asarray(self.universe), np.asarray(self.universe + self.relative))

    @property
    def dependability(self) -> Array:
        """Universe variance over itself and the absolute error."""
        return _over(np.asarray(self.universe), np.asarray(self.universe + self.absolute))


def precision(
    variance: Array,
    effects: Sequence[Effect],
    sizes: Mapping[int, float],
    repeats: float = 1,
    fixed: Sequence[int] = (),
) -> Precision:
    r"""Error variances of a mean over so many levels of each facet (Cronbach et al. 1972; Brennan 2001).

    An effect of the object with fixed facets only is part of the true score; one with a random facet is error, divided
    by the levels over which it is averaged; those without the object count for the absolute error only.

    Parameters
    ----------
    variance
        Components, shape ``(..., effects)``.
    effects
        Their axes; axis 0 is the object.
    sizes
        Levels of each other axis.
    repeats
        Answers in each cell.
    fixed
        Axes whose levels are all there are.

    Examples
    --------
    >>> import numpy as np
    >>> found = precision(np.array([2.0, 1.0, 0.8]), [(0,), (1,), RESIDUAL], {1: 4})
    >>> float(found.relative), float(found.absolute), round(float(found.generalizability), 4)
    (0.2, 0.45, 0.9091)
    """
    values = np.maximum(np.asarray(variance, dtype=float), 0)
    shape = values.shape[:-1]
    universe, relative, absolute = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for k, effect in enumerate(effects):
        axes = tuple(sizes) if effect == RESIDUAL else tuple(a for a in effect if a != 0)
        part = values[..., k] / np.prod([sizes[a] for a in axes])
        if effect == RESIDUAL:
            relative, absolute = relative + part / repeats, absolute + part / repeats
        elif all(a in fixed for a in axes):
            universe = universe + (part if 0 in effect else 0)
        else:
            relative = relative + (part if 0 in effect else 0)
            absolute = absolute + part
    return Precision(universe, relative, absolute)
