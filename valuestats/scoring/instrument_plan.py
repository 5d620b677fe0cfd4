"""What an instrument asks for: items, scales, direction of the codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from valuestats.base.errors import SpecificationError
from valuestats.instruments import Instrument
from valuestats.scoring.scale_means import parent_scores, scale_scores

Form = Literal["centred", "raw"]


Weighting = Literal["items", "values"]


Direction = Literal["ascending", "descending"]


def form_of(form: Form | None, usual: Form) -> Form:
    """The form that was asked for, or the usual one."""
    if form not in (None, "centred", "raw"):
        raise SpecificationError(
            "no such form of score", parameter="form", got=form, expected="centred or raw"
        )
    return usual if form is None else form


@dataclass(frozen=True)
class _Scored:
    raw: np.ndarray
    centred: np.ndarray
    answered: np.ndarray
    mean_rating: np.ndarray


@dataclass(frozen=True)
class Plan:
    """Which items make up which dimension, and how."""

    family: str
    dimensions: list[str]
    items: list[str]
    sign: np.ndarray
    member: np.ndarray | None
    middle: float
    min_share: float
    n_items: np.ndarray
    weighting: Weighting
    circular: bool

    def score(self, y: np.ndarray, weights: np.ndarray | None = None) -> _Scored:
        """Scores of shape (..., respondents, dimensions)."""
        found = scale_scores(y, self.sign, self.middle, self.min_share, weights)
        if self.member is None:
            return _Scored(found.raw, found.centred, found.answered, found.mean_rating)
        raw, centred = (parent_scores(s, self.member, self.min_share) for s in (found.raw, found.centred))
        return _Scored(raw, centred, found.answered @ self.member, found.mean_rating)


def plan_of(instrument: Instrument, family: str | None, weighting: str | None, min_share: float) -> Plan:
    """Items, weights and scale of each dimension of one family."""
    name = next(iter(instrument.families)) if family is None else family
    if name not in instrument.families:
        raise SpecificationError(
            "no such family in the instrument",
            parameter="family",
            got=name,
            expected=", ".join(instrument.families),
        )
    if not 0 <= min_share <= 1:
        raise SpecificationError(
            "not a share", parameter="min_share", got=min_share, expected="between 0 and 1"
        )
    wanted = list(instrument.families[name])
    children = [
        (dimension, parent)
        for dimensions in instrument.families.values()
        for dimension in dimensions.values()
        for parent in dimension.parents
        if parent in wanted
    ]
    how = weighting or ("values" if children else "items")
    if how not in ("items", "values") or (how == "values" and not children):
        raise SpecificationError(
            "no such weighting of this family",
            parameter="weighting",
            got=how,
            expected="items" if not children else "items or values",
            hint="only dimensions with values beneath them can weight those values equally",
        )
    parts = (
        list({id(d): d for d, _ in children}.values())
        if how == "values"
        else list(instrument.families[name].values())
    )
    items = list(instrument.items)
    place = {item: j for j, item in enumerate(items)}
    sign = np.zeros((len(items), len(parts)))
    for k, part in enumerate(parts):
        for item in part.items:
            sign[place[item], k] = -1 if item in part.reversed else 1
    if not (sign != 0).any():
        raise SpecificationError(
            "the instrument declares no items for this family",
            parameter="family",
            got=name,
            hint="use score() with keys",
        )
    member = None
    if how == "values":
        member = np.zeros((len(parts), len(wanted)))
        for dimension, parent in children:
            member[[d is dimension for d in parts].index(True), wanted.index(parent)] = 1
    n_items = (sign != 0).sum(axis=0)
    low, high = instrument.scale.bounds
    return Plan(
        name,
        wanted,
        items,
        sign,
        member,
        (low + high) / 2,
        min_share,
        n_items if member is None else (n_items @ member).astype(int),
        "values" if how == "values" else "items",
        name in instrument.circumplex,
    )


def coded(
    frame: pd.DataFrame, instrument: Instrument, plan: Plan, direction: str, items: Mapping[str, str] | None
) -> tuple[pd.DataFrame, list[str]]:
    """Respondents x all items of the instrument, codes in the instrument's direction, and what was found wrong."""
    if direction not in ("ascending", "descending"):
        raise SpecificationError(
            "unknown direction", parameter="direction", got=direction, expected="ascending or descending"
        )
    named = frame["item"].astype(str)
    if items is not None:
        named = named.map({str(k): str(v) for k, v in items.items()})
    wide = (
        frame.assign(item=named)
        .dropna(subset="item")
        .pivot(index="respondent", columns="item", values="rating")
    )
    asked = [i for i in plan.items if i in wide.columns]
    if not asked:
        raise SpecificationError(
            "none of the items is the instrument's",
            parameter="items",
            got=", ".join(frame["item"].astype(str).drop_duplicates().head(5)),
            expected=f"{', '.join(plan.items[:5])}, …",
            hint="name them by a mapping, items={'their name': 'instrument item'}",
        )
    everyone = pd.Index(frame["respondent"].drop_duplicates(), name="respondent")
    wide = wide.reindex(index=everyone, columns=plan.items)
    notes = []
    low, high = instrument.scale.bounds
    off = (wide < low) | (wide > high)
    if off.to_numpy().any():
        codes = sorted({f"{v:g}" for v in wide.to_numpy()[off.to_numpy()]})
        where = [str(c) for c in wide.columns[off.any()]]
        notes.append(
            f"{int(off.to_numpy().sum())} answers with codes off the scale {low}-{high} ({', '.join(codes[:8])}; items "
            f"{', '.join(where[:12])}) count as missing"
        )
        wide = wide.mask(off)
    if len(asked) < len(plan.items):
        absent = [i for i in plan.items if i not in asked]
        notes.append(f"{len(absent)} of {len(plan.items)} items were not asked: {', '.join(absent[:10])}")
    if direction == "descending":
        wide = low + high - wide
    return wide, notes


def looks_reversed(means: Mapping[str, float], usual: Sequence[str]) -> float:
    """Rank correlation of observed means with the order in which people usually stand; negative where turned round.

    Examples
    --------
    >>> looks_reversed({"a": 1.0, "b": 2.0, "c": 3.0}, ["a", "b", "c"])
    -1.0
    """
    known = [d for d in usual if np.isfinite(means.get(d, np.nan))]
    if len(known) < 3:
        return float("nan")
    observed = pd.Series([means[d] for d in known])
    return float(observed.rank().corr(pd.Series(range(len(known), 0, -1)).rank()))
