"""The counted cells of an ordinal regression, and the matrices of its effects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.errors import InputError, SpecificationError
from valuestats.regression.answer_labels import Scale, coded_answers
from valuestats.regression.effects_columns import (
    group_index,
    joined,
    labels_of,
    level_index,
    ordered_levels,
    positions,
    used_columns,
)
from valuestats.regression.effects_curves import CurveTerm, curve_terms, unlevelled
from valuestats.regression.effects_formula import OrdinalSpec
from valuestats.regression.effects_rows import (
    Unidentified,
    answered_codes,
    prepared,
    refuse,
    repeated_pairs,
    separated,
    unused,
    valid_rows,
)
from valuestats.regression.formula_matrix import Encoder, encode
from valuestats.regression.formula_numbers import Memory, finite, numbers
from valuestats.regression.formula_syntax import Node
from valuestats.regression.formula_terms import GroupPart
from valuestats.tables.conditions import together_notes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class GroupTerm:
    """Effects that vary over the levels of a grouping factor.

    Attributes
    ----------
    label
        ``effects|factor`` as it names the draws.
    factor
        Columns whose combined levels form the groups.
    levels
        Labels of the groups.
    names
        The varying effects, ``"Intercept"`` first if there is one.
    correlated
        Whether the effects of a group share an estimated correlation.
    """

    label: str
    factor: tuple[str, ...]
    levels: tuple[str, ...]
    names: tuple[str, ...]
    correlated: bool
    encoder: Encoder = field(repr=False, compare=False)


@dataclass(frozen=True)
class Matrices:
    """What a row's linear predictor is made of; rows are cells or rows of new data.

    Attributes
    ----------
    x
        Fixed effects, centred, ``(rows, p)``.
    sets
        Threshold set, ``(rows,)``; -1 for a level that was not fitted.
    index, z
        Per group term: the level of each row (-1, -2, …: levels that were not fitted) and its covariates ``(rows, q)``.
    disc
        Covariates of the log discrimination, ``(rows, r)``.
    level
        Level of the discrimination column, ``(rows,)``.
    specific
        Covariates with category-specific effects, centred, ``(rows, c)``.
    monotonic
        Positions of the monotonic covariates, ``(rows, m)``.
    offset
        What is added to the location with a coefficient of 1, centred, ``(rows,)``.
    curve_index, curves, beyond
        Per curve: the level of each row, its columns ``(rows, columns)``, and what a random walk adds at places that were
        not fitted, ``(rows, places)``, per unit of its spread.
    """

    x: Floats
    sets: Ints
    index: tuple[Ints, ...]
    z: tuple[Floats, ...]
    disc: Floats
    level: Ints
    specific: Floats
    monotonic: Ints
    offset: Floats
    curve_index: tuple[Ints, ...] = ()
    curves: tuple[Floats, ...] = ()
    beyond: tuple[Floats, ...] = ()


@dataclass(frozen=True)
class EffectsDesign:
    """Counted cells of ordered answers with the matrices of a formula.

    Attributes
    ----------
    spec
        The specification.
    counts
        Answers per cell and category, ``(cells, K)``.
    codes
        Answer code of each category, ``(K,)``.
    cells
        The columns the formula uses, one row per cell.
    matrices
        Of the cells.
    names
        Names of the fixed effects.
    disc_names, specific_names, monotonic_names
        Those of the other parts.
    monotonic_levels
        Levels of each monotonic covariate, in order.
    groups
        The group terms.
    curves
        The random walks and splines.
    set_labels, level_labels
        Levels of the threshold column and of the discrimination column.
    centres
        Means that were taken off, by part.
    asked
        Answers asked for in the data, valid or not.
    notes
        What a reader must know of the data.
    row_cell, row_category, row_count
        Cell, category and number of answers of each valid row of the data, in their order.
    """

    spec: OrdinalSpec
    counts: Floats
    codes: Ints
    cells: pd.DataFrame
    matrices: Matrices
    names: tuple[str, ...]
    disc_names: tuple[str, ...]
    specific_names: tuple[str, ...]
    monotonic_names: tuple[str, ...]
    monotonic_levels: tuple[tuple[Any, ...], ...]
    groups: tuple[GroupTerm, ...]
    set_labels: tuple[str, ...]
    level_labels: tuple[str, ...]
    centres: dict[str, Floats]
    asked: float
    notes: tuple[str, ...]
    row_cell: Ints = field(repr=False)
    row_category: Ints = field(repr=False)
    row_count: Floats = field(repr=False)
    encoders: dict[str, Encoder] = field(repr=False, default_factory=dict)
    offset_memory: Memory = field(repr=False, default_factory=Memory)
    labels: dict[int, str] = field(default_factory=dict)
    curves: tuple[CurveTerm, ...] = ()

    @property
    def extended(self) -> list[str]:
        """Parts that are not linear in normal coefficients, or have correlated ones."""
        found = [f"correlated effects ({g.label})" for g in self.groups if g.correlated and len(g.names) > 1]
        found += ["disc"] if self.disc_names else []
        found += ["discrimination"] if self.level_labels else []
        found += ["cs()"] if self.specific_names else []
        return found + (["mo()"] if self.monotonic_names else [])

    @property
    def walked(self) -> set[str]:
        """Columns that a random walk goes over, which has no slope."""
        return {curve.part.column for curve in self.curves if curve.part.kind != "s"}

    def evaluate(self, frame: pd.DataFrame) -> Matrices:
        """Matrices of other rows; a level of a fixed effect that was not fitted is refused."""
        used = [c for c in self.cells.columns if c not in frame.columns]
        if used:
            raise InputError(
                "the new data lack columns", parameter="newdata", got=f"missing {', '.join(used)}"
            )
        null = [c for c in self.cells.columns if frame[c].isna().any()]
        if null:
            raise InputError(
                "the new data have rows without a value",
                parameter="newdata",
                got=f"null in {', '.join(null)}",
                expected="a value of each covariate in each row",
            )
        rows = prepared(frame, list(self.cells.columns), self.cells)
        parts = {k: self.encoders[k].matrix(rows)[:, 1:] - self.centres[k] for k in ("x", "disc", "specific")}
        weights = [curve.weights(rows) for curve in self.curves]
        return Matrices(
            parts["x"],
            level_index(rows, self.spec.thresholds, self.set_labels),
            tuple(group_index(rows, g.factor, g.levels) for g in self.groups),
            tuple(g.encoder.matrix(rows) for g in self.groups),
            parts["disc"],
            level_index(rows, self.spec.discrimination, self.level_labels),
            parts["specific"],
            positions(rows, self.monotonic_names, self.monotonic_levels),
            _offset(self.spec.terms.offsets, rows, self.offset_memory) - self.centres["offset"],
            tuple(curve.level(rows) for curve in self.curves),
            tuple(known @ curve.columns for curve, (known, _) in zip(self.curves, weights, strict=True)),
            tuple(beyond for _, beyond in weights),
        )


def build_effects(
    data: Any,
    spec: OrdinalSpec,
    *,
    scale: Scale | None = None,
    unidentified: Unidentified = "error",
) -> EffectsDesign:
    """Count answers into cells and build the matrices of a formula.

    Parameters
    ----------
    data
        `Responses` or a frame with the columns of the formula; a column ``count`` makes a row stand for so many
        answers, and rows whose ``status`` is not ``valid`` or whose answer is null are asked but not scored.
    spec
        The regression.
    scale
        See `valuestats.fit_ordinal`.
    unidentified
        ``"error"``: refuse what the data can't tell (an unused category, a separated level, aliased effects);
        ``"warn"``: let the prior decide and say so in the notes.

    Returns
    -------
    EffectsDesign

    Raises
    ------
    InputError
        A column is missing.
    SpecificationError
        Null covariates, a factor with one level, codes outside the scale, or what `unidentified` refuses.
    """
    if unidentified not in get_args(Unidentified):
        raise SpecificationError(
            "unknown choice", parameter="unidentified", got=unidentified, expected="error or warn"
        )
    frame = data if isinstance(data, pd.DataFrame) else getattr(data, "frame", None)
    if not isinstance(frame, pd.DataFrame):
        raise InputError("not a table of answers", parameter="data", got=type(data).__name__)
    used = used_columns(spec, frame)
    asked, valid, silent = valid_rows(frame, spec.response, used)
    number = valid["count"].astype(float) if "count" in valid else pd.Series(1.0, index=valid.index)
    answers, ends, labels = coded_answers(valid[spec.response], scale)
    codes = answered_codes(answers, ends)
    rows = prepared(valid, used, None)
    grouped = rows.assign(_code=answers.to_numpy(dtype=np.int64), _count=number.to_numpy(), _all=0)
    row_cell = (
        rows.groupby(used, sort=True).ngroup().to_numpy(dtype=np.int64)
        if used
        else np.zeros(len(rows), dtype=np.int64)
    )
    wide = grouped.pivot_table(
        index=used or ["_all"], columns="_code", values="_count", aggfunc="sum", fill_value=0
    ).reindex(columns=codes, fill_value=0)
    cells = wide.index.to_frame(index=False)[used] if used else pd.DataFrame(index=range(1))
    counts = np.ascontiguousarray(wide.to_numpy(dtype=float))
    notes = silent + unused(counts, codes, unidentified)
    counted = Counted(
        cells,
        counts,
        codes,
        asked,
        np.asarray(row_cell, dtype=np.int64),
        grouped["_code"].to_numpy(dtype=np.int64) - codes[0],
        grouped["_count"].to_numpy(dtype=float),
    )
    design = design_of(spec, counted)
    raw = [design.encoders[k].matrix(cells)[:, 1:] for k in ("x", "specific")]
    whole = np.column_stack([np.ones(len(cells)), *raw])
    if np.linalg.matrix_rank(whole) < whole.shape[1]:
        notes += refuse(
            "some fixed effects can't be told apart",
            unidentified,
            parameter="formula",
            got=f"{whole.shape[1]} columns of rank {np.linalg.matrix_rank(whole)}",
        )
    terms = spec.terms
    notes += repeated_pairs(cells, counts, list(terms.fixed.columns), [g.factor for g in design.groups])
    own = dict.fromkeys((*terms.fixed.columns, *terms.specific.columns))
    notes += separated(cells, counts, list(own), unidentified)
    notes += together_notes(valid, used, "a term of {}")
    notes += unlevelled(terms.curves, terms.fixed.columns, [group.factor for group in terms.groups])
    return replace(design, notes=tuple(notes), labels=labels)


@dataclass(frozen=True)
class Counted:
    """Answers counted into cells, before the formula's matrices; the attributes are those of `EffectsDesign`."""

    cells: pd.DataFrame
    counts: Floats
    codes: Ints
    asked: float
    row_cell: Ints
    row_category: Ints
    row_count: Floats


def design_of(spec: OrdinalSpec, counted: Counted, notes: Sequence[str] = ()) -> EffectsDesign:
    """The matrices of a formula over counted cells; what `build_effects` checks is not checked here.

    Raises
    ------
    SpecificationError
        A factor with one level.
    """
    cells, counts = counted.cells, counted.counts
    terms, weights = spec.terms, counts.sum(axis=1)
    sides = {"x": terms.fixed, "disc": replace(terms.disc, intercept=True), "specific": terms.specific}
    encoders = {k: encode(side, cells, weights) for k, side in sides.items()}
    centres = {k: np.average(e.matrix(cells)[:, 1:], axis=0, weights=weights) for k, e in encoders.items()}
    # A log discrimination of 0 belongs to the reference level, as in brms and `ordinal::clm`.
    centres["disc"] = np.zeros_like(centres["disc"])
    memory = Memory()
    memory.weights = weights
    centres["offset"] = np.asarray(np.average(_offset(terms.offsets, cells, memory), weights=weights))
    memory.weights = None
    groups = tuple(_group_term(cells, part, weights) for part in terms.groups)
    set_labels = labels_of(cells, spec.thresholds, "thresholds")
    level_labels = labels_of(cells, spec.discrimination, "discrimination")
    monotonic_levels = tuple(ordered_levels(cells[name], name) for name in terms.monotonic)
    names = {k: e.names[1:] for k, e in encoders.items()}
    design = EffectsDesign(
        spec, counts, counted.codes, cells, _EMPTY, names["x"], names["disc"], names["specific"],
        terms.monotonic, monotonic_levels, groups, set_labels, level_labels, centres,
        counted.asked, tuple(notes), counted.row_cell, counted.row_category, counted.row_count, encoders, memory,
        curves=curve_terms(cells, terms.curves, weights),
    )  # fmt: skip
    object.__setattr__(design, "matrices", design.evaluate(cells))
    return design


_NONE = np.zeros((0, 0))


_EMPTY = Matrices(
    _NONE, np.zeros(0, int), (), (), _NONE, np.zeros(0, int), _NONE, np.zeros((0, 0), int), np.zeros(0)
)


def _offset(nodes: Sequence[Node], rows: pd.DataFrame, memory: Memory) -> Floats:
    """Sum of the offsets of each row."""
    found = np.zeros(len(rows))
    for node in nodes:
        found += finite(numbers(node, rows, memory), node)
    return found


def _group_term(cells: pd.DataFrame, part: GroupPart, weights: Floats) -> GroupTerm:
    levels = tuple(sorted(joined(cells, part.factor).unique()))
    if len(levels) < 2:
        raise SpecificationError(
            "a grouping factor has one level, so nothing varies over it",
            parameter="formula",
            got=f"({part})",
        )
    encoder = encode(part.effects, cells, weights)
    correlated = part.correlated and len(encoder.names) > 1
    return GroupTerm(str(part), part.factor, levels, encoder.names, correlated, encoder)
