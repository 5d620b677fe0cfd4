"""The matrices of a choice model's formula, and what its choices cannot tell."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from valuestats.base.errors import SpecificationError
from valuestats.base.labels import listed
from valuestats.choice.fit_rows import ChoiceRows
from valuestats.choice.spec import ChoiceSpec
from valuestats.regression.effects_columns import group_index, joined
from valuestats.regression.effects_design import GroupTerm
from valuestats.regression.effects_rows import prepared
from valuestats.regression.formula_matrix import Encoder, encode
from valuestats.regression.formula_numbers import Memory, finite, numbers
from valuestats.regression.formula_syntax import Name, Node, names_in, shown
from valuestats.regression.formula_terms import GroupPart, Side, Term

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
OPTION = "option"
_ALIASED = 1e-9  # of the information within choices, over that of its largest direction


@dataclass(frozen=True)
class RowMatrices:
    """What utilities are made of, for cells or for other rows.

    Attributes
    ----------
    x
        Fixed effects, sparse ``(rows, p)``.
    index, z
        Of each group term: level of each row (-1, -2, … for those not fitted) and its covariates ``(rows, q)``.
    offset
        What is added as it is, ``(rows,)``.
    """

    x: csr_array
    index: tuple[Ints, ...]
    z: tuple[Floats, ...]
    offset: Floats


@dataclass(frozen=True)
class ChoiceDesign:
    """Counted choices with the matrices of a formula.

    Attributes
    ----------
    spec, rows
        The model and the counted choices.
    matrices
        Of the cells.
    names
        Of the fixed effects.
    own_option
        Which of them are the options' own utilities, ``(p,)``.
    units
        Of each, the standard deviation of a number, 1 of a contrast: what its prior is stated in.
    levels
        Columns whose effects are told about their mean only, a group of them for each: ``(groups, p)`` of 0 and 1.
    groups
        Group terms.
    aliased
        Names of fixed effects that the choices can't tell apart.
    notes
        What a reader must know.
    """

    spec: ChoiceSpec
    rows: ChoiceRows
    matrices: RowMatrices
    names: tuple[str, ...]
    own_option: NDArray[np.bool_]
    units: Floats
    levels: Floats
    groups: tuple[GroupTerm, ...]
    aliased: tuple[str, ...]
    notes: tuple[str, ...]
    encoder: Encoder = field(repr=False)
    memory: Memory = field(repr=False)

    def evaluate(self, frame: pd.DataFrame) -> RowMatrices:
        """Matrices of other rows with the columns of the cells."""
        rows = prepared(frame, list(self.rows.cells.columns), self.rows.cells)
        return _matrices(self.spec, rows, self.encoder, self.groups, self.memory)

    def centred(self, beta: Floats) -> Floats:
        """Fixed effects, ``(..., p)``, with those told about their mean only taken about it."""
        if not len(self.levels):
            return beta
        sizes = self.levels.sum(axis=1)
        return np.asarray(beta - (beta @ self.levels.T / sizes) @ self.levels)


def _matrices(
    spec: ChoiceSpec, rows: pd.DataFrame, encoder: Encoder, groups: tuple[GroupTerm, ...], memory: Memory
) -> RowMatrices:
    x = encoder.matrix(rows)[:, int(encoder.intercept) :]
    return RowMatrices(
        csr_array(x),
        tuple(group_index(rows, g.factor, g.levels) for g in groups),
        tuple(g.encoder.matrix(rows) for g in groups),
        _offset(spec.terms.offsets, rows, memory),
    )


def choice_design(spec: ChoiceSpec, rows: ChoiceRows) -> ChoiceDesign:
    """The matrices of a formula over counted choices.

    Raises
    ------
    SpecificationError
        A term that is the same for all options of every choice, so that it changes none; a factor with one level;
        correlated effects.
    """
    cells = rows.cells
    side, notes = _varying(spec, rows)
    times = rows.times
    encoder = encode(side, cells, times)
    memory = Memory()
    memory.weights = times
    _offset(spec.terms.offsets, cells, memory)
    memory.weights = None
    groups = tuple(_group_term(cells, part, times) for part in spec.terms.groups)
    matrices = _matrices(spec, cells, encoder, groups, memory)
    for n, (group, part) in enumerate(zip(groups, spec.terms.groups, strict=True)):
        _require_variation(rows, group, part, matrices.index[n], matrices.z[n])
    names = encoder.names[int(encoder.intercept) :]
    levels, own = _levels(encoder, names, cells.iloc[:1])
    units = _units(matrices.x, times)
    for _, at in pooled_columns(spec, names):
        units[at] = 1.0  # of one scale
    gram = _within(rows, matrices.x)
    keep = [n for n, level in enumerate(levels) if level @ gram @ level <= _ALIASED * np.trace(gram)]
    design = ChoiceDesign(
        spec,
        rows,
        matrices,
        names,
        own,
        units,
        levels[keep],
        groups,
        (),
        (*rows.notes, *notes),
        encoder,
        memory,
    )
    return replace(design, aliased=_told_by_prior(design, gram))


def pooled_columns(spec: ChoiceSpec, names: tuple[str, ...]) -> list[tuple[str, Ints]]:
    """Names of the sets of pooled effects, and which of the fixed effects they are.

    Raises
    ------
    SpecificationError
        A set of one column, a column that is no covariate of the formula, or is in two sets.
    """
    found, seen = [], list[str]()
    for label, columns in spec.pooled:
        unknown = [c for c in columns if c not in names or c in seen or columns.count(c) > 1]
        if unknown or len(columns) < 2:
            raise SpecificationError(
                "a set of pooled effects is of two covariates or more, each in one set",
                parameter="pooled",
                got=f"{label}: {listed(unknown or list(columns))}",
                expected=f"some of {listed([n for n in names if n not in seen][:12])}",
            )
        seen += columns
        found.append((label, np.array([names.index(c) for c in columns], dtype=np.int64)))
    return found


def _varying(spec: ChoiceSpec, rows: ChoiceRows) -> tuple[Side, list[str]]:
    """Fixed terms without those that only stand for the margin of an interaction and change no choice."""
    terms = list(spec.terms.fixed.terms)
    flat = [t for t in terms if all(n in rows.fixed_within for f in t for n in names_in(f))]
    alone = [t for t in flat if not any(set(t) < set(other) for other in terms if other not in flat)]
    if alone:
        raise SpecificationError(
            "the same for all options of every choice, so it changes no choice",
            parameter="formula",
            got=listed([_text(t) for t in alone]),
            expected=f"option:{_text(alone[0])}, say: how the options' utilities differ over it",
        )
    notes = [
        f"{_text(t)} alone changes no choice and is left out: its interactions hold what it does"
        for t in flat
    ]
    left = tuple(t for t in terms if t not in flat)
    main = (Name(OPTION),)
    if main not in left:
        return Side(left, True), notes
    return Side((main, *(t for t in left if t != main)), False), notes


def _text(term: Term) -> str:
    return ":".join(map(shown, term))


def _group_term(cells: pd.DataFrame, part: GroupPart, weights: Floats) -> GroupTerm:
    levels = tuple(sorted(joined(cells, part.factor).unique()))
    if len(levels) < 2:
        raise SpecificationError(
            "a grouping factor has one level, so nothing varies over it", parameter="formula", got=f"({part})"
        )
    encoder = encode(part.effects, cells, weights)
    if part.correlated and len(encoder.names) > 1:
        crossed = ":".join((*part.factor, OPTION))
        raise SpecificationError(
            "correlated effects are not modelled in choices",
            parameter="formula",
            got=f"({part})",
            expected=f"({part.effects}||{':'.join(part.factor)}), or (1|{crossed})",
            hint=f"(1|{crossed}) gives each option an effect by {':'.join(part.factor)}, all of one spread",
        )
    return GroupTerm(str(part), part.factor, levels, encoder.names, False, encoder)


def _require_variation(rows: ChoiceRows, group: GroupTerm, part: GroupPart, index: Ints, z: Floats) -> None:
    """Refuse an effect that is the same for all options of every choice."""
    members = rows.members
    first = members.indices[members.indptr[:-1]]
    of_set = np.repeat(np.arange(members.shape[0]), np.diff(members.indptr))
    for q, name in enumerate(group.names):
        value = np.where(z[:, q] != 0, index, -1)
        here, there = members.indices, first[of_set]
        if not ((value[here] != value[there]) | (z[here, q] != z[there, q])).any():
            factor = ":".join(part.factor)
            one = (
                f"(1|{factor}:option): how its utility of each option differs"
                if name == "Intercept"
                else f"(0 + x|{factor}) with an x that differs between options"
            )
            raise SpecificationError(
                "the same for all options of every choice, so it changes no choice",
                parameter="formula",
                got=f"{name} of ({part})",
                expected=one,
                hint="an effect without the intercept is written (0 + position|judge)"
                if len(group.names) > 1
                else None,
            )


def _levels(encoder: Encoder, names: tuple[str, ...], row: pd.DataFrame) -> tuple[Floats, NDArray[np.bool_]]:
    """Sums over all options of each product that has a column for each, and which columns are the options' own."""
    found: list[Floats] = []
    own = np.zeros(len(names), dtype=bool)
    at = 0
    for product, sizes in zip(encoder.products, encoder.sizes(row), strict=True):
        place = np.arange(int(np.prod(sizes))).reshape(sizes) + at
        at += place.size
        for axis, (node, full) in enumerate(product.parts):
            if node == Name(OPTION) and full:
                each = np.moveaxis(place, axis, 0).reshape(sizes[axis], -1)
                for columns in each.T:
                    level = np.zeros(len(names))
                    level[columns] = 1.0
                    found.append(level)
                if len(sizes) == 1:
                    own[place.ravel()] = True
    return np.array(found).reshape(len(found), len(names)), own


def _within(rows: ChoiceRows, x: csr_array) -> Floats:
    """Cross products of the fixed effects' columns, taken about their mean in each set of options."""
    members = rows.members
    sizes = np.diff(members.indptr).astype(float)
    sums = csr_array(members @ x)
    squares = x.T @ diags_array(np.asarray(members.sum(axis=0)).ravel()) @ x
    means = sums.T @ diags_array(1.0 / sizes) @ sums
    return np.asarray((squares - means).todense())


def _units(x: csr_array, times: Floats) -> Floats:
    """The standard deviation of each column that holds more than three numbers, else 1."""
    found = np.ones(x.shape[1])
    columns = x.tocsc()
    for n in range(x.shape[1]):
        data = columns.data[columns.indptr[n] : columns.indptr[n + 1]]
        if len(np.unique(data.round(10))) > 2:
            column = columns[:, [n]].toarray()[:, 0]
            mean = np.average(column, weights=times)
            found[n] = np.sqrt(np.average((column - mean) ** 2, weights=times)) or 1.0
    return found


def _told_by_prior(design: ChoiceDesign, gram: Floats) -> tuple[str, ...]:
    """Names of fixed effects that no choice tells apart; of pooled sets each is looked at without the others.

    Parents are sums of their labels, which is no fault; and where every option has as much of a set, its effects are told
    about their mean only, as options' are.
    """
    sets = pooled_columns(design.spec, design.names)
    if not sets:
        return _aliased(design.names, design.units, design.levels, gram)
    found: set[str] = set()
    for _, own in sets:
        others = {int(n) for _, at in sets for n in at} - set(map(int, own))
        kept = np.array([n for n in range(len(design.names)) if n not in others])
        within = gram[np.ix_(kept, kept)]
        level = np.zeros((1, len(kept)))
        x = design.matrices.x[:, own]
        level[0, np.isin(kept, own)] = np.linalg.pinv((x.T @ x).toarray(), hermitian=True) @ x.sum(axis=0)
        alike = np.abs(x @ level[0, np.isin(kept, own)] - 1.0).max() < 1e-6  # every option has as much
        levels = np.concatenate([design.levels[:, kept], level[: int(alike)]])
        found |= {*_aliased(tuple(design.names[n] for n in kept), design.units[kept], levels, within)}
    return tuple(name for name in design.names if name in found)


def _aliased(names: tuple[str, ...], units: Floats, levels: Floats, gram: Floats) -> tuple[str, ...]:
    """Names of effects that no choice tells apart, those aside that are told about their mean."""
    p = len(gram)
    if not p:
        return ()
    scaled = gram / np.outer(units, units)
    known = np.linalg.qr((levels * units).T)[0]
    values, vectors = np.linalg.eigh(scaled + np.trace(scaled) / p * known @ known.T)
    null = vectors[:, values < _ALIASED * max(values.max(), 1e-300)]
    involved = (np.abs(null) > 1e-6).any(axis=1)
    return tuple(name for name, there in zip(names, involved, strict=True) if there)


def _offset(nodes: tuple[Node, ...], rows: pd.DataFrame, memory: Memory) -> Floats:
    found = np.zeros(len(rows))
    for node in nodes:
        found += finite(numbers(node, rows, memory), node)
    return found
