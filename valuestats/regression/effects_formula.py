"""A regression formula of ordered answers, read into counted cells and design matrices."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.errors import InputError, SpecificationError
from valuestats.latent.likelihoods.families import Family, FamilyLink, check_family
from valuestats.regression.effects_rows import (
    Unidentified,
    answered_codes,
    one_level,
    prepared,
    refuse,
    separated,
    unused,
    valid_rows,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_WORDS = {"Sum", "Treatment", "Poly", "np", "True", "False", "reference", "levels", "degree"}


@dataclass(frozen=True)
class OrdinalSpec:
    """An ordinal regression, said in full.

    Attributes
    ----------
    formula
        ``response ~ fixed effects + (terms | group) + mo(x) + cs(x)``; see `valuestats.regression.fit.fit_ordinal`.
    family, link
        The likelihood; see `valuestats.latent.likelihoods.families`.
    thresholds
        Column each of whose levels has its own thresholds, partially pooled; None for one common set.
    discrimination
        Column each of whose levels has its own discrimination (graded response model); None for none.
    disc
        Right side of a formula of the log discrimination (location-scale model), e.g. ``"~ model"``.

    Examples
    --------
    >>> OrdinalSpec("answer ~ model + (1|item)", thresholds="item").response
    'answer'
    """

    formula: str
    family: Family = "cumulative"
    link: FamilyLink = "logit"
    thresholds: str | None = None
    discrimination: str | None = None
    disc: str | None = None

    def __post_init__(self) -> None:
        check_family(self.family, self.link)
        if self.formula.count("~") != 1 or not self.formula.split("~")[0].strip():
            raise SpecificationError(
                "a formula has a response and terms",
                parameter="formula",
                got=self.formula,
                expected="answer ~ model + (1|item)",
            )

    @property
    def response(self) -> str:
        """Name of the column of answers."""
        return self.formula.split("~")[0].strip()


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
    encoder: Any = field(repr=False, default=None, compare=False)


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
    """

    x: Floats
    sets: Ints
    index: tuple[Ints, ...]
    z: tuple[Floats, ...]
    disc: Floats
    level: Ints
    specific: Floats
    monotonic: Ints


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
    encoders: dict[str, Any] = field(repr=False, default_factory=dict)

    @property
    def extended(self) -> list[str]:
        """Parts that are not linear in normal coefficients, or have correlated ones."""
        found = [f"correlated effects ({g.label})" for g in self.groups if g.correlated and len(g.names) > 1]
        found += ["disc"] if self.disc_names else []
        found += ["discrimination"] if self.level_labels else []
        found += ["cs()"] if self.specific_names else []
        return found + (["mo()"] if self.monotonic_names else [])

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
        try:
            parts = {
                k: _columns(self.encoders[k], rows)[0] - self.centres[k] for k in ("x", "disc", "specific")
            }
        except ValueError as error:
            raise SpecificationError(
                "the new data have a level of a fixed effect that was not fitted",
                parameter="newdata",
                got=str(error),
            ) from error
        return Matrices(
            parts["x"],
            _level_index(rows, self.spec.thresholds, self.set_labels),
            tuple(_group_index(rows, g.factor, g.levels) for g in self.groups),
            tuple(_group_columns(g.encoder, rows) for g in self.groups),
            parts["disc"],
            _level_index(rows, self.spec.discrimination, self.level_labels),
            parts["specific"],
            _positions(rows, self.monotonic_names, self.monotonic_levels),
        )


def split_terms(text: str) -> list[str]:
    """The terms of a formula's side, split at its outer plus signs.

    Examples
    --------
    >>> split_terms("model*value + (1 + x|item)")
    ['model*value', '(1 + x|item)']
    """
    found, depth, start = [], 0, 0
    for at, sign in enumerate(text):
        depth += (sign in "([") - (sign in ")]")
        if sign == "+" and depth == 0:
            found.append(text[start:at])
            start = at + 1
    if depth:
        raise SpecificationError("a bracket of the formula is not closed", parameter="formula", got=text)
    return [t.strip() for t in [*found, text[start:]] if t.strip()]


def read_formula(
    spec: OrdinalSpec,
) -> tuple[str, list[tuple[str, tuple[str, ...], bool]], list[str], list[str]]:
    """Fixed side, group terms (effects, factor, correlated), monotonic columns and category-specific terms.

    Examples
    --------
    >>> read_formula(OrdinalSpec("answer ~ model + (x||item/wording) + mo(effort)"))
    ('model', [('x', ('item',), False), ('x', ('item', 'wording'), False)], ['effort'], [])
    """
    fixed: list[str] = []
    groups: list[tuple[str, tuple[str, ...], bool]] = []
    monotonic: list[str] = []
    specific: list[str] = []
    for term in split_terms(spec.formula.split("~")[1]):
        if term.startswith("(") and term.endswith(")") and "|" in term:
            inner = term[1:-1]
            mark = "||" if "||" in inner else "|"
            effects, factor = (t.strip() for t in inner.split(mark, 1))
            names = [n.strip() for n in re.split(r"[:/]", factor)]
            if not effects or not all(re.fullmatch(r"\w+", n) for n in names):
                raise SpecificationError(
                    "a group term that can't be read",
                    parameter="formula",
                    got=term,
                    expected="(1|item), (x|item), (x||item), (1|model:item) or (1|item/wording)",
                )
            nested = [tuple(names[: n + 1]) for n in range(len(names))] if "/" in factor else [tuple(names)]
            groups += [(effects, one, mark == "|") for one in nested]
        elif found := re.fullmatch(r"mo\(\s*(\w+)\s*\)", term):
            monotonic.append(found.group(1))
        elif found := re.fullmatch(r"cs\((.+)\)", term):
            specific.append(found.group(1).strip())
        elif re.search(r"\b(mo|cs)\(", term) or "|" in term:
            raise SpecificationError(
                "mo(), cs() and group terms stand alone between plus signs", parameter="formula", got=term
            )
        else:
            fixed.append(term)
    side = " + ".join(fixed) or "1"
    if re.search(r"(^|[^\w.])0($|[^\w.])|-\s*1\b", side):
        raise SpecificationError(
            "the thresholds take the place of the intercept, so it can't be taken out",
            parameter="formula",
            got=spec.formula,
            hint="leave out '0 +' or '- 1'",
        )
    return side, groups, monotonic, specific


def build_effects(
    data: Any,
    spec: OrdinalSpec,
    *,
    scale: tuple[int, int] | None = None,
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
        Lowest and highest answer code; the observed range if not given.
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
    side, _, _, specific = read_formula(spec)
    used = _used_columns(spec, frame)
    asked, valid, silent = valid_rows(frame, spec.response, used)
    number = valid["count"].astype(float) if "count" in valid else pd.Series(1.0, index=valid.index)
    codes = answered_codes(valid[spec.response], scale)
    rows = prepared(valid, used, None)
    grouped = rows.assign(
        _code=pd.to_numeric(valid[spec.response]).to_numpy(dtype=np.int64), _count=number.to_numpy(), _all=0
    )
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
    one_level(cells, [side, spec.disc or "", *specific])
    raw = [_columns(design.encoders[k], cells)[0] for k in ("x", "specific")]
    whole = np.column_stack([np.ones(len(cells)), *raw])
    if np.linalg.matrix_rank(whole) < whole.shape[1]:
        notes += refuse(
            "some fixed effects can't be told apart",
            unidentified,
            parameter="formula",
            got=f"{whole.shape[1]} columns of rank {np.linalg.matrix_rank(whole)}",
        )
    notes += separated(cells, counts, [side, *specific], unidentified)
    return replace(design, notes=tuple(notes))


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
        A factor with one level, or a group term given twice.
    """
    cells, counts = counted.cells, counted.counts
    side, group_parts, monotonic, specific = read_formula(spec)
    encoders = {
        "x": _encoder(side, cells),
        "disc": _encoder((spec.disc or "1").lstrip("~ "), cells),
        "specific": _encoder(" + ".join(specific) or "1", cells),
    }
    weights = counts.sum(axis=1)
    raw = {k: _columns(e, cells) for k, e in encoders.items()}
    centres = {k: np.average(v[0], axis=0, weights=weights) for k, v in raw.items()}
    # A log discrimination of 0 belongs to the reference level, as in brms and `ordinal::clm`.
    centres["disc"] = np.zeros_like(centres["disc"])
    groups = tuple(
        _group_term(cells, effects, factor, correlated) for effects, factor, correlated in group_parts
    )
    labels = [g.label for g in groups]
    if len(set(labels)) < len(labels):
        raise SpecificationError("a group term is given twice", parameter="formula", got=", ".join(labels))
    set_labels = _labels(cells, spec.thresholds, "thresholds")
    level_labels = _labels(cells, spec.discrimination, "discrimination")
    monotonic_levels = tuple(_ordered(cells[name], name) for name in monotonic)
    design = EffectsDesign(
        spec, counts, counted.codes, cells, _EMPTY, raw["x"][1], raw["disc"][1], raw["specific"][1],
        tuple(monotonic), monotonic_levels, groups, set_labels, level_labels, centres,
        counted.asked, tuple(notes), counted.row_cell, counted.row_category, counted.row_count, encoders,
    )  # fmt: skip
    object.__setattr__(design, "matrices", design.evaluate(cells))
    return design


_NONE = np.zeros((0, 0))
_EMPTY = Matrices(_NONE, np.zeros(0, int), (), (), _NONE, np.zeros(0, int), _NONE, np.zeros((0, 0), int))


def _used_columns(spec: OrdinalSpec, frame: pd.DataFrame) -> list[str]:
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


def _encoder(side: str, cells: pd.DataFrame) -> Any:
    if side.strip() == "1":
        return None
    from formulae import design_matrices

    try:
        return design_matrices(side, cells).common
    except Exception as error:  # formulae raises many kinds
        raise SpecificationError(
            "the formula can't be read", parameter="formula", got=side, hint=str(error)
        ) from error


def _columns(encoder: Any, rows: pd.DataFrame) -> tuple[Floats, tuple[str, ...]]:
    """Columns of an encoder without its intercept."""
    if encoder is None:
        return np.zeros((len(rows), 0)), ()
    names = list(encoder.as_dataframe().columns)
    values = np.asarray(encoder.evaluate_new_data(rows).design_matrix, dtype=float).reshape(len(rows), -1)
    kept = [n for n, name in enumerate(names) if name != "Intercept"]
    return values[:, kept], tuple(names[n] for n in kept)


def _group_columns(encoder: Any, rows: pd.DataFrame) -> Floats:
    if encoder is None:
        return np.ones((len(rows), 1))
    return np.asarray(encoder.evaluate_new_data(rows).design_matrix, dtype=float).reshape(len(rows), -1)


def as_text(column: pd.Series) -> pd.Series:
    """Labels of a column: whole numbers without decimals."""
    whole = pd.api.types.is_numeric_dtype(column) and bool((column == column.round()).all())
    return (column.astype(int) if whole else column).astype(str).astype(object)


def _joined(rows: pd.DataFrame, factor: tuple[str, ...]) -> pd.Series:
    text = pd.DataFrame({name: as_text(rows[name]) for name in factor})
    return text[factor[0]] if len(factor) == 1 else text.agg(":".join, axis=1)


def _group_index(rows: pd.DataFrame, factor: tuple[str, ...], levels: tuple[str, ...]) -> Ints:
    labels = pd.Index(_joined(rows, factor))
    found = pd.Index(levels).get_indexer(labels).astype(np.int64)
    new = found < 0
    found[new] = -1 - pd.factorize(labels[new])[0]
    return found


def _group_term(cells: pd.DataFrame, effects: str, factor: tuple[str, ...], correlated: bool) -> GroupTerm:
    levels = tuple(sorted(_joined(cells, factor).unique()))
    label = f"{effects}|{':'.join(factor)}"
    if len(levels) < 2:
        raise SpecificationError(
            "a grouping factor has one level, so nothing varies over it",
            parameter="formula",
            got=f"({label})",
        )
    if effects == "1":
        return GroupTerm(label, factor, levels, ("Intercept",), False)
    encoder = _encoder(effects, cells)
    names = tuple(encoder.as_dataframe().columns)
    return GroupTerm(label, factor, levels, names, correlated and len(names) > 1, encoder)


def _labels(cells: pd.DataFrame, column: str | None, parameter: str) -> tuple[str, ...]:
    if column is None:
        return ()
    levels = tuple(sorted(as_text(cells[column]).unique()))
    if len(levels) < 2:
        raise SpecificationError("a factor has one level", parameter=parameter, got=f"{column}: {levels[0]}")
    return levels


def _level_index(rows: pd.DataFrame, column: str | None, labels: tuple[str, ...]) -> Ints:
    if column is None:
        return np.zeros(len(rows), dtype=np.int64)
    return pd.Index(labels).get_indexer(pd.Index(as_text(rows[column]))).astype(np.int64)


def _ordered(column: pd.Series, name: str) -> tuple[Any, ...]:
    if not pd.api.types.is_numeric_dtype(column):
        raise SpecificationError(
            "a monotonic effect needs a covariate of ordered numbers", parameter="formula", got=f"mo({name})"
        )
    levels = tuple(sorted(column.unique()))
    if len(levels) < 2:
        raise SpecificationError("a factor has one level", parameter="formula", got=f"mo({name})")
    return levels


def _positions(rows: pd.DataFrame, names: tuple[str, ...], levels: tuple[tuple[Any, ...], ...]) -> Ints:
    found = np.zeros((len(rows), len(names)), dtype=np.int64)
    for n, (name, known) in enumerate(zip(names, levels, strict=True)):
        found[:, n] = pd.Index(known).get_indexer(pd.Index(rows[name]))
        if (found[:, n] < 0).any():
            raise SpecificationError(
                "a monotonic covariate has a level that was not fitted", parameter="newdata", got=name
            )
    return found
