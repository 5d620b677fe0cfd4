r"""A linear structural model on a graph: :math:`x = a + xB + e`, fitted in closed form from sufficient statistics.

With :math:`S` the covariance of the values, the coefficients of a value on its parents P are :math:`S_{PP}^{-1}S_{Pj}`; the
total effects are the entries of :math:`(I-B)^{-1}` (Wright 1934; Pearl 2009, chapter 5). All sets of weights are fitted
together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError
from valuestats.base.labels import counted
from valuestats.graphs.evidence import equivalents
from valuestats.graphs.graph import Graph, Marks
from valuestats.graphs.profiles import Profiles

Array = NDArray[np.float64]
MOST_UNDIRECTED = 10
"""Undirected edges up to which all equivalent graphs are gone through."""


@dataclass(frozen=True)
class LinearModel:
    """A structural model, or one under each set of weights.

    Attributes
    ----------
    names
        The values.
    weights
        Effect of the row's value on the column's, shape ``(sets, values, values)``.
    means
        Mean of each value, shape ``(sets, values)``.
    errors
        Residual variance of each value, shape ``(sets, values)``.
    """

    names: tuple[str, ...]
    weights: Array
    means: Array
    errors: Array

    def total(self, held: list[int] | None = None) -> Array:
        """Total effect of a shift of the row's value on the column's, values that are `held` not moved by others."""
        b = self.weights.copy()
        if held:
            b[:, :, held] = 0.0
        return np.asarray(np.linalg.inv(np.eye(b.shape[1]) - b))

    def under(self, do: Mapping[str, float]) -> Array:
        """Mean of each value where some are set, shape ``(sets, values)``."""
        places = [self.names.index(n) for n in do]
        shift = np.zeros_like(self.means)
        shift[:, places] = np.array(list(do.values())) - self.means[:, places]
        return np.asarray(self.means + np.einsum("gi,gij->gj", shift, self.total(places)))


def moments_under(rows: Profiles, weights: Array) -> tuple[Array, Array]:
    """Means and covariances of the values under weights of the lots, shapes ``(sets, values)`` and with one axis more."""
    centre = rows.scores.mean(axis=0)
    x = rows.scores - centre
    p = x.shape[1]
    flat = np.hstack([np.ones((len(x), 1)), x, (x[:, :, None] * x[:, None]).reshape(len(x), -1)])
    sums = np.zeros((rows.lots, flat.shape[1]))
    np.add.at(sums, rows.lot, flat)
    whole = weights @ sums
    mean = whole[:, 1 : p + 1] / whole[:, :1]
    second = whole[:, p + 1 :].reshape(-1, p, p) / whole[:, 0, None, None]
    return mean + centre, second - mean[:, :, None] * mean[:, None]


def fit_linear(names: tuple[str, ...], marks: Marks, means: Array, covariance: Array) -> LinearModel:
    """The model on an acyclic graph under each set of moments."""
    b = np.zeros_like(covariance)
    errors = np.zeros(means.shape)
    for j in range(len(names)):
        parents = np.flatnonzero(marks[:, j])
        own = covariance[:, j, j]
        if len(parents):
            inside = covariance[:, parents[:, None], parents]
            across = covariance[:, parents, j]
            coefficient = np.linalg.solve(inside, across[:, :, None])[:, :, 0]
            b[:, parents, j] = coefficient
            own = own - (coefficient * across).sum(axis=1)
        errors[:, j] = own
    return LinearModel(names, b, means, errors)


def require_acyclic(graph: Graph) -> Graph:
    """An acyclic graph of directed edges that this one stands for.

    Raises
    ------
    SpecificationError
        There is none.
    """
    whole = graph.extension()
    if whole is None:
        raise SpecificationError(
            "no acyclic graph has these directions",
            parameter="graph",
            got=f"{counted(int(graph.marks.sum()), 'mark')} among {len(graph.names)} values",
            hint="method='bic' finds the best acyclic one",
        )
    return whole


def all_equivalent(graph: Graph) -> list[Marks]:
    """Every acyclic graph that this one stands for; the extension alone beyond `MOST_UNDIRECTED` undirected edges."""
    whole = require_acyclic(graph)
    lines = np.argwhere(np.triu(graph.undirected))
    if len(lines) > MOST_UNDIRECTED:
        return [whole.marks]
    class_ = equivalents(whole.marks)
    found = []
    for sides in product((0, 1), repeat=len(lines)):
        marks = graph.directed.copy()
        for (i, j), side in zip(lines, sides, strict=True):
            marks[(i, j) if side == 0 else (j, i)] = 1
        if (
            not np.linalg.matrix_power(marks.astype(float), len(marks)).any()
            and (equivalents(marks) == class_).all()
        ):
            found.append(marks)
    return found or [whole.marks]


def require_lead(graph: Graph, causes: list[str]) -> None:
    """Refuse values that lead nowhere.

    Raises
    ------
    SpecificationError
        A value is not in the graph, or no way leads from any of these to another value.
    """
    places = [graph.place(c) for c in causes]
    reach = graph.reach()
    others = [k for k in range(len(graph.names)) if k not in places]
    if not reach[np.ix_(places, others)].any():
        raise SpecificationError(
            "no way leads from here to another value",
            parameter="do",
            got=", ".join(causes),
            expected="a cause of another",
        )
