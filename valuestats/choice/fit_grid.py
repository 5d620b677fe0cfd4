"""Utilities of the options on a grid: each option put into the same contexts, at levels of some columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack
from scipy.special import expit

from valuestats.base.errors import SpecificationError
from valuestats.choice.fit_design import OPTION, ChoiceDesign, RowMatrices
from valuestats.choice.fit_draws import ChoiceDraws, utilities
from valuestats.regression.formula_syntax import names_in

Floats = NDArray[np.float64]


def grid_utilities(
    design: ChoiceDesign, draws: ChoiceDraws, by: Sequence[str] = ()
) -> tuple[pd.DataFrame, Floats]:
    """Utility of each option at each combination of levels of `by`, about the mean of the options there.

    Columns that belong to the option (they are the same wherever it is offered) are its own; nothing is shown first; other
    columns of fixed effects are averaged over the choices. Effects of groups count where the option and `by` name the group,
    and are 0, those of the typical group, elsewhere.

    Returns
    -------
    tuple
        The grid, a row for each option and combination with the columns `by` and ``option``, and draws ``(rows, S)``.
    """
    cells, times = design.rows.cells, design.rows.times
    unknown = [c for c in by if c not in cells.columns or c == OPTION]
    if unknown:
        raise SpecificationError(
            "no such column in the formula",
            parameter="by",
            got=", ".join(unknown),
            expected=", ".join(c for c in cells.columns if c != OPTION),
        )
    own = {c for c in cells.columns if c not in (*by, OPTION, "position") and _of_option(cells, c)}
    known = {OPTION, *by, *own}
    inside = [n for n, g in enumerate(design.groups) if set(g.factor) <= known]
    needed = _needed(design, inside)
    rest = [c for c in cells.columns if c in needed and c not in known and c != "position"]
    contexts = (
        cells.assign(_times=times).groupby([*by, *rest], sort=True)["_times"].sum().reset_index()
        if by or rest
        else pd.DataFrame({"_times": [1.0]})
    )
    idle = {c: cells[c].iloc[0] for c in cells.columns if c not in (*known, *rest)}
    if "position" in cells.columns:
        idle["position"] = 0.0
    fixed = cells.drop_duplicates(OPTION).set_index(OPTION)[sorted(own)]
    own_values: dict[Any, dict[str, Any]] = {o: dict(fixed.loc[o]) for o in fixed.index}
    keys, found = [], []
    for label, part in contexts.groupby(list(by), sort=True) if by else [((), contexts)]:
        share = part["_times"].to_numpy() / part["_times"].sum()
        for option in design.rows.options:
            keys.append((*label, option))
            frame = part.assign(**{OPTION: option}, **own_values[option], **idle)
            found.append(_averaged(design.evaluate(frame[list(cells.columns)]), share))
    stacked = RowMatrices(
        csr_array(vstack([f.x for f in found])),
        tuple(np.array([f.index[n] for f in found]) for n in range(len(design.groups))),
        tuple(np.stack([f.z[n] for f in found]) for n in range(len(design.groups))),
        np.array([f.offset for f in found]),
    )
    skip = tuple(n for n in range(len(design.groups)) if n not in inside)
    drawn = utilities(draws, stacked, skip=skip)
    together = drawn.reshape(-1, len(design.rows.options), drawn.shape[1])
    together -= together.mean(axis=1, keepdims=True)
    return pd.DataFrame(keys, columns=[*by, OPTION]), together.reshape(drawn.shape)


def preferred(design: ChoiceDesign, draws: ChoiceDraws, apart: Floats, label: object = None) -> Floats:
    """Probability that an option is preferred where one of a pair is, by the difference of utilities ``(..., S)``.

    Davidson's ties leave it as it is without ties. By Rao and Kupper a difference must exceed a threshold either way; with
    several thresholds it is that of the level `label`, or the mean over the choices.
    """
    if design.spec.ties != "rao-kupper":
        return np.asarray(expit(apart))
    labels = design.rows.set_labels
    if len(labels) < 2:
        weights = np.ones(1)
    elif label is not None:
        weights = np.array([float(label == one) for one in labels])
    else:
        own = design.rows.per_choice[design.spec.thresholds].astype(str).to_numpy()
        weights = np.array([design.rows.weight[own == one].sum() for one in labels]) / design.rows.scored
    found = np.zeros_like(apart)
    for w, h in zip(weights, np.exp(draws.own[:, :, 0]).T, strict=True):
        one, two = expit(apart - h), expit(-apart - h)
        found += w * one / (one + two)
    return found


def _needed(design: ChoiceDesign, inside: list[int]) -> set[str]:
    terms = design.spec.terms
    names = {*terms.fixed.columns, *(n for node in terms.offsets for n in names_in(node))}
    for n in inside:
        names |= {*terms.groups[n].effects.columns}
    return names


def _averaged(rows: RowMatrices, share: Floats) -> RowMatrices:
    return RowMatrices(
        csr_array(csr_array(share[None]) @ rows.x),
        tuple(i[0] for i in rows.index),
        tuple(share @ z for z in rows.z),
        np.asarray(share @ rows.offset),
    )


def _of_option(cells: pd.DataFrame, column: str) -> bool:
    return bool(cells.groupby(OPTION)[column].nunique().max() == 1)
