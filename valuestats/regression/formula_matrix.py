"""Terms of a formula as columns of numbers: codings of factors, and the rule of which columns are not redundant."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.regression.effects_rows import is_number
from valuestats.regression.formula_numbers import (
    BASES,
    Memory,
    basis,
    coding_of,
    finite,
    numbers,
    unknown_level,
)
from valuestats.regression.formula_syntax import Call, Name, Node, refused, shown
from valuestats.regression.formula_terms import Side, Term

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Factor:
    """A column of labels with its coding.

    Attributes
    ----------
    text
        As it stands in the names of columns.
    column
        The column of labels.
    levels
        In their order.
    contrast
        One row for each level; `marks` names its columns.
    """

    text: str
    column: str
    levels: tuple[object, ...]
    contrast: Floats
    marks: tuple[str, ...]

    def columns(self, rows: pd.DataFrame, *, full: bool) -> tuple[Floats, list[str]]:
        """Columns of each level, or those of the coding, with their names."""
        at = pd.Index(self.levels).get_indexer(pd.Index(rows[self.column]))
        if (at < 0).any():
            raise unknown_level(self.column, ", ".join(sorted({str(v) for v in rows[self.column][at < 0]})))
        table = np.eye(len(self.levels)) if full else self.contrast
        marks = [label(level) for level in self.levels] if full else self.marks
        return table[at], [f"{self.text}[{mark}]" for mark in marks]


@dataclass(frozen=True)
class Product:
    """A product of factors, each with whether all its levels have a column, and of numbers."""

    parts: tuple[tuple[Node, bool], ...]


@dataclass(frozen=True)
class Encoder:
    """The columns of one side of a formula, as fitted to the cells.

    Attributes
    ----------
    names
        Of the columns; ``"Intercept"`` is the first where there is one.
    """

    intercept: bool
    products: tuple[Product, ...]
    factors: dict[Node, Factor] = field(repr=False)
    memory: Memory = field(repr=False)
    names: tuple[str, ...] = ()

    def matrix(self, rows: pd.DataFrame) -> Floats:
        """The columns for given rows, shape ``(rows, columns)``."""
        return self._columns(rows)[0]

    def sizes(self, rows: pd.DataFrame) -> list[list[int]]:
        """Columns of each part of each product."""
        return [[self._part(n, rows, full)[0].shape[1] for n, full in p.parts] for p in self.products]

    def _columns(self, rows: pd.DataFrame) -> tuple[Floats, list[str]]:
        found = [np.ones((len(rows), 1))] if self.intercept else []
        names = ["Intercept"] if self.intercept else []
        for product in self.products:
            values, own = np.ones((len(rows), 1)), [""]
            for node, full in product.parts:
                more, marks = self._part(node, rows, full)
                values = (values[:, :, None] * more[:, None, :]).reshape(len(rows), -1)
                own = [f"{a}:{b}" if a else b for a in own for b in marks]
            found.append(values)
            names += own
        return np.concatenate([np.zeros((len(rows), 0)), *found], axis=1), names

    def _part(self, node: Node, rows: pd.DataFrame, full: bool) -> tuple[Floats, list[str]]:
        if node in self.factors:
            return self.factors[node].columns(rows, full=full)
        if isinstance(node, Call) and node.function in BASES:
            values = finite(basis(node, rows, self.memory), node)
            return values, [f"{shown(node)}[{k}]" for k in range(values.shape[1])]
        return finite(numbers(node, rows, self.memory), node)[:, None], [shown(node)]


def encode(side: Side, cells: pd.DataFrame, weights: Floats) -> Encoder:
    """Fit the columns of a side to counted cells.

    Parameters
    ----------
    side
        The terms.
    cells
        Columns of the formula, a row per cell.
    weights
        Answers of each cell, by which functions learn means and quantiles.

    Examples
    --------
    >>> from valuestats.regression.formula_terms import read_sides
    >>> cells = pd.DataFrame({"m": ["a", "b", "c"], "x": [0.0, 1.0, 2.0]})
    >>> encode(read_sides("y ~ m/x").fixed, cells, np.ones(3)).names
    ('Intercept', 'm[b]', 'm[c]', 'm[a]:x', 'm[b]:x', 'm[c]:x')
    """
    factors: dict[Node, Factor] = {}
    for node in dict.fromkeys(factor for term in side.terms for factor in term):
        if isinstance(node, Call) and node.function == "C":
            factors[node] = _factor(node, *coding_of(node), cells)
        elif isinstance(node, Name) and not is_number(cells[node.name]):
            factors[node] = _factor(node, node.name, "Treatment", None, cells)
    memory = Memory()
    memory.weights = weights
    encoder = Encoder(side.intercept, _without_redundancy(side, factors), factors, memory)
    names = encoder._columns(cells)[1]
    memory.weights = None
    return Encoder(side.intercept, encoder.products, factors, memory, tuple(names))


def label(level: object) -> str:
    """A level as it stands in names: whole numbers without decimals."""
    return f"{level:g}" if isinstance(level, float) else str(level)


def _factor(node: Node, column: str, coding: str, reference: str | None, cells: pd.DataFrame) -> Factor:
    levels = tuple(sorted(cells[column].unique().tolist()))
    names = [label(level) for level in levels]
    if len(levels) < 2:
        raise refused(
            "a factor has one level, so it has no effect",
            f"{column}: {names[0]}",
            hint="leave it out of the formula",
        )
    if coding == "Poly":
        if not is_number(cells[column]):
            raise refused("a polynomial coding needs levels that are numbers", shown(node))
        place = np.arange(len(levels)) - 0.5 * (len(levels) - 1)  # evenly spaced, as R's contr.poly
        powers = np.vander(place, increasing=True)
        q, r = np.linalg.qr(powers)
        marks = tuple([".L", ".Q", ".C", *(f"^{k}" for k in range(4, len(levels)))][: len(levels) - 1])
        return Factor(shown(node), column, levels, (q * np.sign(np.diag(r)))[:, 1:], marks)
    if coding == "Sum":
        contrast = np.concatenate([np.eye(len(levels) - 1), -np.ones((1, len(levels) - 1))])
        return Factor(shown(node), column, levels, contrast, tuple(names[:-1]))
    if reference is not None and reference not in names:
        raise refused("the reference is no level", reference, ", ".join(names))
    base = 0 if reference is None else names.index(reference)
    kept = [n for n in range(len(levels)) if n != base]
    return Factor(shown(node), column, levels, np.eye(len(levels))[:, kept], tuple(names[n] for n in kept))


def _without_redundancy(side: Side, factors: dict[Node, Factor]) -> tuple[Product, ...]:
    """Which factors of which terms have a column for each level, so that no column is a sum of others.

    A term spans the products of its factors' contrasts over all subsets of them; those that earlier terms of the same
    numbers span are left out, and the rest is written with as few products as can be: a subset with and without a factor
    is that factor with all its levels (Smith 2011, the rule of patsy).
    """
    used: set[tuple[frozenset[Node], frozenset[Node]]] = set()
    if side.intercept:
        used.add((frozenset(), frozenset()))
    found: list[Product] = []
    for term in side.terms:
        labels = [f for f in term if f in factors]
        bucket = frozenset(f for f in term if f not in factors)
        left: list[dict[Node, bool]] = []
        for size in range(len(labels) + 1):
            for subset in combinations(labels, size):
                key = (bucket, frozenset(subset))
                if key not in used:
                    used.add(key)
                    left.append(dict.fromkeys(subset, False))
        while _absorb(left):
            pass
        found += [_product(term, full, factors) for full in left]
    return tuple(found)


def _absorb(products: list[dict[Node, bool]]) -> bool:
    """Let a product that has one more contrast than an earlier one take it in; whether there was one."""
    for short in products:
        for long in products:
            more = [f for f in long if f not in short]
            same = all(long.get(f) == full for f, full in short.items())
            if same and len(more) == 1 and len(long) == len(short) + 1 and not long[more[0]]:
                long[more[0]] = True
                products.remove(short)
                return True
    return False


def _product(term: Term, full: dict[Node, bool], factors: dict[Node, Factor]) -> Product:
    return Product(tuple((f, full.get(f, False)) for f in term if f not in factors or f in full))
