"""What an ordinal regression says on the answer scale: probabilities, expected scores and marginal effects."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.regression.effects_design import EffectsDesign, Matrices
from valuestats.regression.effects_draws import EffectDraws, row_probabilities
from valuestats.regression.effects_rows import distinct
from valuestats.regression.fitted import OrdinalFit, require_in_formula
from valuestats.regression.prediction_results import (
    OF_OUTCOME,
    GroupEffects,
    Outcome,
    draws_with_point,
    label_of,
    predicted_cube,
)
from valuestats.results.result import Result

Floats = NDArray[np.float64]
_AT_ONCE = 4_000_000  # numbers of one pass over draws x rows x categories


@checked
def predicted_probabilities(
    fit: OrdinalFit,
    newdata: pd.DataFrame | None = None,
    *,
    by: Sequence[str] | str = (),
    groups: GroupEffects = "observed",
    level: float = 0.95,
    most: int = 1000,
) -> Result:
    """Probability of each answer category.

    With `by`, the average over the rows of the data with those columns set to each combination of their levels
    (a counterfactual average: every model answers the same items); with `newdata`, one prediction per row; with
    neither, the average over the data as they are.

    Parameters
    ----------
    fit
        What `fit_ordinal` gave.
    newdata
        Rows with the columns of the formula.
    by
        Columns of the formula.
    groups
        Group effects: ``"observed"`` as estimated (of a group that was not fitted: drawn from their distribution),
        ``"zero"`` (the typical group), ``"new"`` (a new group, whose effects are drawn).
    level
        Probability inside the equal-tailed intervals.
    most
        At most so many posterior draws are used.

    Returns
    -------
    Result
        Kind ``"ordinal_prediction"``, keys ``(*by, "code")`` or ``("row", "code")``; its ``contrast`` and ``rank``
        use the same draws.

    Raises
    ------
    SpecificationError
        A column that is not in the formula, or both `newdata` and `by`.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.regression.fit import fit_ordinal
    >>> data = pd.DataFrame({"model": ["a"] * 3 + ["b"] * 3, "answer": [1, 2, 3] * 2,
    ...     "count": [20, 30, 10, 8, 25, 27]})
    >>> found = predicted_probabilities(fit_ordinal("answer ~ model", data, seed=1), by="model")
    >>> bool(abs(found.estimates.groupby("model")["estimate"].sum() - 1).max() < 1e-9)
    True
    """
    keys, coords, p = _predicted(fit, newdata, by, groups, most)
    codes = fit.design.codes.tolist()
    spec = {"by": list(keys), "groups": groups, "level": level, "quantity": "probability"}
    return predicted_cube(
        fit, "ordinal_prediction", "category probability", (*keys, "code"), {**coords, "code": codes}, p, spec,
        newdata,
    )  # fmt: skip


@checked
def expected_score(
    fit: OrdinalFit,
    newdata: pd.DataFrame | None = None,
    *,
    by: Sequence[str] | str = (),
    groups: GroupEffects = "observed",
    level: float = 0.95,
    most: int = 1000,
) -> Result:
    """Expected answer, ``sum_k code_k P(y = k)``, in the units of the answer codes.

    Parameters are those of `predicted_probabilities`; the result has the keys `by` (or ``row``).

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.regression.fit import fit_ordinal
    >>> data = pd.DataFrame({"model": ["a"] * 3 + ["b"] * 3, "answer": [1, 2, 3] * 2,
    ...     "count": [20, 30, 10, 8, 25, 27]})
    >>> found = expected_score(fit_ordinal("answer ~ model", data, seed=1), by="model")
    >>> int(found.rank("model").set_index("model").loc["b", "rank"])
    1
    """
    keys, coords, p = _predicted(fit, newdata, by, groups, most)
    if not keys:
        keys, coords, p = ("row",), {"row": ["all"]}, p[:, None]
    spec = {"by": list(keys), "groups": groups, "level": level, "quantity": "score"}
    return predicted_cube(
        fit, "ordinal_prediction", "expected score", keys, coords, p @ fit.design.codes.astype(float), spec,
        newdata,
    )  # fmt: skip


@checked
def marginal_effects(
    fit: OrdinalFit,
    variable: str,
    *,
    outcome: Outcome = "score",
    by: Sequence[str] | str = (),
    reference: Any = None,
    groups: GroupEffects = "observed",
    level: float = 0.95,
    most: int = 1000,
) -> Result:
    """Average effect of a covariate on the answer scale.

    Of a factor, and of a number that a random walk goes over: the average over the rows of the prediction at each level
    minus that at the reference level. Of any other number: the average slope, by central differences of a ten-thousandth of
    its standard deviation. With `by`, the averages are over the rows of each observed combination of those columns.

    Parameters
    ----------
    fit
        What `fit_ordinal` gave.
    variable
        A column of the formula.
    outcome
        ``"score"``: the expected answer; ``"probabilities"``: each category.
    by
        Columns of the formula, other than `variable`, within which to average.
    reference
        Level compared with; the first if not given.
    groups, level, most
        As in `predicted_probabilities`.

    Returns
    -------
    Result
        Kind ``"ordinal_effect"``, keys ``("contrast", *by)`` and, for probabilities, ``code``.

    Raises
    ------
    SpecificationError
        A column or level that was not fitted, or a combination of `by` without rows.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.regression.fit import fit_ordinal
    >>> data = pd.DataFrame({"model": ["a"] * 3 + ["b"] * 3, "answer": [1, 2, 3] * 2,
    ...     "count": [20, 30, 10, 8, 25, 27]})
    >>> found = marginal_effects(fit_ordinal("answer ~ model", data, seed=1), "model")
    >>> found.estimates["contrast"].tolist(), bool(found.estimates["lower"].iloc[0] > 0)
    (['b - a'], True)
    """
    columns = _columns(fit, by)
    _columns(fit, variable)
    if variable in columns:
        raise SpecificationError(
            "an effect can't be averaged within its own levels", parameter="by", got=variable
        )
    cells, design = fit.design.cells, fit.design
    member, coords = _members(design, columns)
    numeric = pd.api.types.is_numeric_dtype(cells[variable]) and variable not in design.monotonic_names
    numeric = numeric and variable not in _grouping(design) and variable not in design.walked
    few = draws_with_point(fit, most)
    if numeric:
        step = 1e-4 * float(np.sqrt(np.cov(cells[variable], aweights=design.counts.sum(axis=1))))
        labels = [f"slope of {variable}"]
        high, low = (
            _averaged(
                design, few, design.evaluate(cells.assign(**{variable: cells[variable] + s})), member, groups
            )
            for s in (step, -step)
        )
        effects = [(high - low) / (2.0 * step)]
    else:
        levels = list(fit.coordinates[variable])
        base = levels[0] if reference is None else reference
        if base not in levels:
            raise SpecificationError(
                f"no such {variable}",
                parameter="reference",
                got=base,
                expected=", ".join(map(str, levels)),
            )
        same, member = distinct(cells, [variable], member)
        at = {
            v: _averaged(design, few, design.evaluate(same.assign(**{variable: v})), member, groups)
            for v in levels
        }
        others = [v for v in levels if v != base]
        labels = [f"{label_of(v)} - {label_of(base)}" for v in others]
        effects = [at[v] - at[base] for v in others]
    values = np.stack(effects, axis=1)
    values = values.reshape(len(values), len(labels), *(len(c) for c in coords.values()), -1)
    keys: tuple[str, ...] = ("contrast", *columns)
    whole = {"contrast": labels, **coords}
    if outcome == "score":
        values = values @ design.codes.astype(float)
    else:
        keys, whole = (*keys, "code"), {**whole, "code": design.codes.tolist()}
    spec = {
        "variable": variable,
        "outcome": outcome,
        "by": list(columns),
        "groups": groups,
        "level": level,
        "quantity": "slope" if numeric else "difference",
    }
    name = f"average {'slope' if numeric else 'difference'} of {OF_OUTCOME[outcome]}"
    return predicted_cube(fit, "ordinal_effect", name, keys, whole, values, spec)


def _columns(fit: OrdinalFit, by: Sequence[str] | str) -> tuple[str, ...]:
    found = (by,) if isinstance(by, str) else tuple(by)
    require_in_formula(fit.design, found, "by")
    return found


def _grouping(design: EffectsDesign) -> set[str]:
    return {c for g in design.groups for c in g.factor}


def _predicted(
    fit: OrdinalFit, newdata: pd.DataFrame | None, by: Sequence[str] | str, groups: str, most: int
) -> tuple[tuple[str, ...], dict[str, list[str]], Floats]:
    """Keys, their labels and probabilities ``(S, *keys, K)``."""
    columns = _columns(fit, by)
    design, few = fit.design, draws_with_point(fit, most)
    if newdata is not None:
        if columns:
            raise SpecificationError(
                "predictions are by row of newdata or by columns", parameter="by", got=by
            )
        if newdata.empty:
            raise SpecificationError("there are no rows to predict", parameter="newdata", got="0 rows")
        rows = design.evaluate(newdata)
        p = _averaged(design, few, rows, np.eye(len(newdata)), groups)
        return ("row",), {"row": [str(i) for i in range(len(newdata))]}, p
    total = design.counts.sum(axis=1)
    weights = (total / total.sum())[None]
    if not columns:
        return (), {}, _averaged(design, few, design.matrices, weights, groups)[:, 0]
    levels = [fit.coordinates[c] for c in columns]
    same, weights = distinct(design.cells, columns, weights)
    found = [
        _averaged(
            design,
            few,
            design.evaluate(same.assign(**dict(zip(columns, values, strict=True)))),
            weights,
            groups,
        )[:, 0]
        for values in product(*levels)
    ]
    p = np.stack(found, axis=1).reshape(few.size, *(len(v) for v in levels), -1)
    return columns, {c: [label_of(v) for v in vs] for c, vs in zip(columns, levels, strict=True)}, p


def _averaged(
    design: EffectsDesign, draws: EffectDraws, rows: Matrices, weights: Floats, groups: str
) -> Floats:
    """Probabilities averaged over rows by each row of `weights`, ``(S, len(weights), K)``, in passes over draws."""
    size = max(1, _AT_ONCE // max(1, len(rows.sets) * len(design.codes)))
    parts = []
    for start in range(0, draws.size, size):
        some = draws.part(slice(start, start + size))
        p = row_probabilities(design, some, rows, groups=groups, seed=start)
        parts.append(weights @ p)
    return np.concatenate(parts)


def _members(design: EffectsDesign, columns: tuple[str, ...]) -> tuple[Floats, dict[str, list[str]]]:
    """Weights of the cells in each combination of the columns' levels, rows adding up to 1."""
    total = design.counts.sum(axis=1)
    if not columns:
        return (total / total.sum())[None], {}
    levels = [sorted(design.cells[c].unique()) for c in columns]
    rows = []
    for values in product(*levels):
        inside = np.logical_and.reduce([design.cells[c] == v for c, v in zip(columns, values, strict=True)])
        if not inside.any():
            raise SpecificationError(
                "a combination of levels has no answers",
                parameter="by",
                got=", ".join(map(str, values)),
                hint="average by fewer columns",
            )
        rows.append(np.where(inside, total, 0.0) / total[inside].sum())
    return np.stack(rows), {c: [label_of(v) for v in vs] for c, vs in zip(columns, levels, strict=True)}
