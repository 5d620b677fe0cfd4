"""From a table of choices to features of the offered options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import eye_array

from valuestats.base.errors import InputError, SpecificationError
from valuestats.base.labels import counted, listed
from valuestats.choice.counted import PLACE, first_places
from valuestats.choice.fit_design import choice_design
from valuestats.choice.fit_maximum import kept_columns, require_identified
from valuestats.choice.fit_rows import choice_rows, with_places
from valuestats.choice.missing_by import missing_by
from valuestats.choice.place_alias import same_as_place
from valuestats.choice.spec import ChoiceSpec
from valuestats.latent.likelihoods.choices import ChoiceStages
from valuestats.tables.choices import Choices

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class FeatureSets:
    """What a model of features is fitted to.

    Attributes
    ----------
    x
        Features of each option less those of the option taken, shape ``(choices, options, features)``; zero where fewer
        options were offered.
    offered
        Which options there are, shape ``(choices, options)``.
    names
        Features.
    unit
        Number of the unit of each choice.
    units
        Names of the units.
    asked
        Choices, with those that are not valid.
    labels
        Identifier of each choice.
    depends
        Features that the choices which were not made depend on, and how.
    alias
        Features that can't be told from the place, or the place from something else, and why.
    """

    x: Array
    offered: NDArray[np.bool_]
    names: tuple[str, ...]
    unit: Ints
    units: tuple[str, ...]
    asked: int
    labels: tuple[str, ...]
    depends: Mapping[str, str] = field(default_factory=dict)
    alias: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.x)

    def rows(self, which: Ints | NDArray[np.bool_]) -> FeatureSets:
        """Some of the choices."""
        labels = tuple(np.asarray(self.labels, dtype=object)[which])
        return replace(
            self, x=self.x[which], offered=self.offered[which], unit=self.unit[which], labels=labels
        )

    def notes(self) -> list[str]:
        """How many choices were not made, what that depends on, and what can't be told from the place."""
        if self.asked == len(self):
            return list(self.alias.values())
        text = f"{self.asked - len(self):,} of {counted(self.asked, 'choice')} were not made and are left out"
        text += f": {listed(list(self.depends.values()))}" if self.depends else ""
        return [text, *self.alias.values()]

    def noted(self) -> dict[str, dict[str, str]]:
        """What speaks against weights of these choices, for the record of a result."""
        return {"missing_by": dict(self.depends), "place_alias": dict(self.alias)}

    @cached_property
    def flat(self) -> Array:
        """Features of the offered options, a row each, choice by choice."""
        return self.x[self.offered]

    @cached_property
    def choice_of(self) -> Ints:
        """Choice of each row of `flat`."""
        return np.repeat(np.arange(len(self.x)), self.offered.sum(axis=1))

    @cached_property
    def stages(self) -> ChoiceStages:
        """The choices as `valuestats.fit_choice` takes them: stages of single options, of which the first was taken."""
        rows = len(self.flat)
        start = np.r_[0, np.cumsum(self.offered.sum(axis=1))].astype(np.int64)
        count = np.zeros(rows)
        count[start[:-1]] = 1.0
        pairs = len(self.x) if self.x.shape[1] == 2 else 0
        weights = eye_array(rows, format="csr")
        return ChoiceStages(rows, weights, np.full(rows, -1), start, count, pairs=pairs)

    @property
    def differences(self) -> Array:
        """Features of the option taken less those of each other one, a row each."""
        other = self.offered.copy()
        other[:, 0] = False
        return -self.x[other]


def feature_sets(choices: Choices, features: Sequence[str] | str, unit: str | None = None) -> FeatureSets:
    """Features of the options of each valid choice of one option, the option taken first; counted choices one by one.

    `features` are columns, or a formula as `valuestats.fit_choice` takes it, ``"utility ~ x + option:condition"``, without
    effects of groups; utilities of options are then those less the first option's. ``position`` is 1 for the option shown
    first in both.

    Raises
    ------
    SpecificationError
        No feature, one that the table lacks or that never differs within a choice, or one named twice; a choice that put
        several options first, or an outcome in their place; no valid choice.
    InputError
        A feature that is no number, or a null unit, by row.
    """
    choices = choices.one_by_one()
    frame = choices.frame
    formula = features if isinstance(features, str) and "~" in features else None
    names = [] if formula else [features] if isinstance(features, str) else list(features)
    if not formula and (not names or len(set(names)) < len(names)):
        raise SpecificationError(
            "features stand once each", parameter="features", got=names, expected="different columns"
        )
    for name in [*names, *([] if unit is None else [unit])]:
        if name not in frame.columns:
            raise SpecificationError(
                "no such column",
                parameter="features" if name in names else "unit",
                got=name,
                expected=", ".join(map(str, frame.columns)),
            )
    asked = frame["choice"].nunique()
    valid = frame[frame["status"] == "valid"].reset_index(drop=True)
    if valid.empty:
        raise SpecificationError("no valid choice", parameter="choices", got=f"{asked} choices")
    first = (valid["rank"] == 1).to_numpy(dtype=bool, na_value=False)
    number, labels = pd.factorize(valid["choice"])
    taken = np.bincount(number, weights=first, minlength=len(labels))
    if (taken != 1).any():
        at = int((taken != 1).argmax())
        raise SpecificationError(
            "a choice that took not one option",
            parameter="choices",
            got=f"{labels[at]}: {int(taken[at])} options in the first place",
            expected="one option taken in each valid choice",
            hint="ties and outcomes are modelled by choice_strengths and fit_choice",
        )
    columns = list(ChoiceSpec(formula).terms.columns) if formula else names
    names, values = _formula_columns(choices, formula, valid) if formula else (names, _numbers(valid, names))
    order = np.lexsort((~first, number))
    number, values = number[order], values[order]
    start = np.flatnonzero(np.r_[True, np.diff(number) > 0])
    place = np.arange(len(number)) - start[number]
    size = int(place.max()) + 1
    x = np.zeros((len(labels), size, len(names)))
    offered = np.zeros((len(labels), size), dtype=bool)
    offered[number, place] = True
    x[number, place] = values - values[start[number]]
    if size < 2 or (offered.sum(axis=1) < 2).any():
        raise SpecificationError(
            "a choice of one option", parameter="choices", expected="two options or more in each"
        )
    same = np.abs(x).max(axis=(0, 1)) == 0
    if same.any():
        raise SpecificationError(
            "a feature never differs within a choice", parameter="features", got=names[int(same.argmax())]
        )
    if unit is None:
        member, units = np.arange(len(labels)), [str(k) for k in labels]
    else:
        member, units = _members(valid, unit, labels)
    return FeatureSets(
        x,
        offered,
        tuple(names),
        np.asarray(member, dtype=np.int64),
        tuple(units),
        int(asked),
        tuple(map(str, labels)),
        missing_by(choices, columns),
        same_as_place(choices, columns),
    )


def _numbers(valid: pd.DataFrame, names: list[str]) -> Array:
    if PLACE in names:
        valid = valid.assign(**{PLACE: first_places(valid)})
    values = valid[names].apply(lambda c: pd.to_numeric(c, errors="coerce")).to_numpy(dtype=float)
    wrong = ~np.isfinite(values)
    if wrong.any():
        row, column = (int(k[0]) for k in np.nonzero(wrong))
        raise InputError(
            "not a number",
            parameter="features",
            got=f"{names[column]} = {valid[names[column]].iloc[row]}",
            row=row,
        )
    return np.asarray(values)


def _formula_columns(choices: Choices, formula: str, valid: pd.DataFrame) -> tuple[list[str], Array]:
    """Columns of a formula for each offered option, those that only tell differences of options less the first's."""
    spec = ChoiceSpec(formula)
    if spec.terms.groups or spec.terms.offsets:
        raise SpecificationError(
            "weights are the same for all, or by class: no effects of groups and no offset",
            parameter="features",
            got=formula,
            expected="fixed effects",
            hint=f"fit_choice({formula!r}, ...) has both",
        )
    design = choice_design(spec, choice_rows(choices, spec))
    require_identified(design)
    rows = with_places(valid, spec)[list(design.rows.cells.columns)]
    kept = kept_columns(design)
    names = [design.names[n] for n in kept]
    return names, design.evaluate(rows).x.toarray()[:, kept]


def _members(valid: pd.DataFrame, unit: str, labels: pd.Index) -> tuple[Ints, list[str]]:
    if valid[unit].isna().any():
        raise InputError(
            "a null unit", parameter="unit", got=unit, row=int(valid[unit].isna().to_numpy().argmax())
        )
    pairs = valid[["choice", unit]].drop_duplicates()
    if pairs["choice"].duplicated().any():
        raise SpecificationError("a choice belongs to two units", parameter="unit", got=unit)
    member, names = pd.factorize(pairs.set_index("choice")[unit].reindex(labels), sort=True)
    return np.asarray(member, dtype=np.int64), [str(k) for k in names]
