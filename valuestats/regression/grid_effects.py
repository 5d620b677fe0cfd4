"""Predictions, comparisons and slopes of a regression at the rows of any grid, averaged by any columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.regression.fitted import OrdinalFit
from valuestats.regression.grid_columns import columns_of
from valuestats.regression.grid_rows import (
    Asked,
    answers_asked,
    changes_of,
    labelled,
    listed_names,
    passes,
    require_columns,
)
from valuestats.regression.gridded import FittedChoices
from valuestats.regression.prediction_results import (
    OF_OUTCOME,
    GroupEffects,
    Outcome,
    wrapped_rows,
)
from valuestats.results.result import Result

Floats = NDArray[np.float64]
Comparison = Literal["difference", "ratio", "log ratio", "lift", "log odds ratio"]
Slope = Literal["dydx", "eyex", "eydx", "dyex"]

COMPARED: Mapping[str, Callable[[Floats, Floats], Floats]] = {
    "difference": lambda high, low: high - low,
    "ratio": lambda high, low: high / low,
    "log ratio": lambda high, low: np.log(high / low),
    "lift": lambda high, low: (high - low) / low,
    "log odds ratio": lambda high, low: np.log(high / (1 - high)) - np.log(low / (1 - low)),
}
GridOutcome = Literal["score", "probabilities", "wins"]
NEUTRAL = {"ratio": 1.0}
"""What no difference is, where it is not 0."""


@checked
def predictions(
    fit: OrdinalFit | FittedChoices,
    grid: pd.DataFrame | None = None,
    *,
    by: Sequence[str] | str | None = None,
    outcome: GridOutcome | None = None,
    groups: GroupEffects = "observed",
    level: float = 0.95,
    most: int = 1000,
) -> Result:
    """Predicted answers at the rows of a grid, or averaged over them by any of its columns.

    Parameters
    ----------
    fit
        What `valuestats.fit_ordinal` or `valuestats.fit_choice` gave.
    grid
        Rows with the columns of the formula, as `datagrid` makes them; a column ``count`` weighs them in averages. Where
        omitted, the answers that were fitted; of choices, all pairs of options in the typical context.
    by
        Columns of the grid within whose combinations predictions are averaged; ``[]``: over all rows. None: each row by
        itself.
    outcome
        ``"score"`` (where omitted): the expected answer, in the units of the codes; ``"probabilities"``: that of each
        answer. Of choices ``"wins"`` (where omitted): the probability of each row's option where one of its set is taken
        alone; ``"probabilities"``: ties and outcomes that are no option take theirs.
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
        Kind ``"ordinal_prediction"``, keys `by` (or ``row``; the columns of the grid stand beside it) and, of
        probabilities, ``code``; of choices ``"choice_prediction"``, keys `by` or ``row``. Its draws are paired, so that
        `hypotheses` and ``contrasts`` compare any of its rows.

    Raises
    ------
    SpecificationError
        A column of the formula that the grid lacks, a column of `by` that it lacks, more than 5,000 rows one by one; of
        choices, a set of fewer than two options, or one in two contexts.

    References
    ----------
    Arel-Bundock, Greifer and Heiss (2024), How to interpret statistical models using marginaleffects, JSS 111(9).

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.regression.fit import fit_ordinal
    >>> from valuestats.regression.grids import datagrid
    >>> data = pd.DataFrame({"model": ["a"] * 3 + ["b"] * 3, "answer": [1, 2, 3] * 2,
    ...     "count": [20, 30, 10, 8, 25, 27]})
    >>> fit = fit_ordinal("answer ~ model", data, seed=1)
    >>> predictions(fit, datagrid(fit, "model")).estimates["model"].tolist()
    ['a', 'b']

    How likely an option is taken, of any pair or set:

    >>> from valuestats import fit_choice, pair_choices
    >>> pairs = pd.DataFrame({"option_a": list("xxxxyy"), "option_b": list("yyyyzz"), "winner": list("xxxyyz")})
    >>> choices = fit_choice("utility ~ 0 + option", pair_choices(pairs), engine="ml")
    >>> found = predictions(choices, datagrid(choices, sets=["x", "y"])).estimates
    >>> found.set_index("option")["estimate"].round(2).to_dict()
    {'x': 0.75, 'y': 0.25}
    """
    if not isinstance(fit, OrdinalFit):
        return fit.predictions(grid, by=by, outcome=outcome, groups=groups, level=level, most=most)
    outcome = _of_answers(outcome)
    asked = answers_asked(fit, grid, by)
    values = passes(fit, [asked.rows], asked, outcome, groups, most, lambda p: p[0])
    spec = {"by": asked.by, "groups": groups, "level": level, "outcome": outcome, "at": asked.at}
    name = OF_OUTCOME["score"] if outcome == "score" else "category probability"
    quantity = "score" if outcome == "score" else "probability"
    return wrapped_rows(
        fit,
        "ordinal_prediction",
        name,
        asked.labels,
        asked.keys,
        values,
        {**spec, "quantity": quantity},
        outcome,
        asked.rows,
    )


@checked
def comparisons(
    fit: OrdinalFit | FittedChoices,
    variables: Mapping[str, Any] | Sequence[str] | str,
    grid: pd.DataFrame | None = None,
    *,
    by: Sequence[str] | str | None = (),
    outcome: GridOutcome | None = None,
    comparison: Comparison = "difference",
    groups: GroupEffects = "observed",
    level: float = 0.95,
    most: int = 1000,
) -> Result:
    r"""How predicted answers change when one column is set from one value to another, all else as the grid has it.

    :math:`f(\bar p_g(x = b),\ \bar p_g(x = a))`, where :math:`\bar p_g` averages the rows' predictions within the group g of
    `by`, and f is the comparison; of a difference this is the average of the rows' differences. In choices a column of the
    choice (judge, condition) is set for all options of a set, a column of the options (length, position) for the row's own
    option alone, the others as the grid has them.

    Parameters
    ----------
    fit, grid, outcome, groups, level, most
        As in `predictions`.
    variables
        Columns to change, each by itself. A mapping says how: of a number, by how much it goes up from what it is (1
        where omitted), ``"sd"`` (half a standard deviation to either side), ``"range"``, or a pair of values; of levels
        ``"reference"`` (each against the first, where omitted), ``"pairwise"``, ``"sequential"``, or a pair of levels.
    by
        Columns within whose combinations predictions are averaged first; where omitted over all rows, of choices within
        ``option``. None: row by row.
    comparison
        ``"difference"``, ``"ratio"``, ``"log ratio"``, ``"lift"`` (the change as a share of where it began), or, of
        probabilities, ``"log odds ratio"``.

    Returns
    -------
    Result
        Kind ``"ordinal_effect"``, keys ``("contrast", *by)`` (or ``row``) and, of probabilities, ``code``; of choices
        ``"choice_effect"``; the column ``variable`` says what was changed.

    Raises
    ------
    SpecificationError
        A column or level that was not fitted, a change that the column does not allow, log odds of a score.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.regression.fit import fit_ordinal
    >>> data = pd.DataFrame({"model": ["a"] * 3 + ["b"] * 3 + ["c"] * 3, "answer": [1, 2, 3] * 3,
    ...     "count": [20, 30, 10, 8, 25, 27, 5, 20, 35]})
    >>> found = comparisons(fit_ordinal("answer ~ model", data, seed=1), {"model": "pairwise"})
    >>> found.estimates["contrast"].tolist()
    ['b - a', 'c - a', 'c - b']
    """
    if not isinstance(fit, OrdinalFit):
        return fit.comparisons(
            variables,
            grid,
            by=by,
            outcome=outcome,
            comparison=comparison,
            groups=groups,
            level=level,
            most=most,
        )
    outcome = _of_answers(outcome)
    if comparison == "log odds ratio" and outcome == "score":
        raise SpecificationError(
            "odds are of probabilities", parameter="outcome", got=outcome, expected="probabilities"
        )
    asked = answers_asked(fit, grid, by)
    how = dict(variables) if isinstance(variables, Mapping) else dict.fromkeys(listed_names(variables))
    require_columns(fit, how, "variables")
    function = COMPARED[comparison]
    found, labels = [], []
    sign = " / " if comparison in ("ratio", "log ratio", "log odds ratio") else " - "
    for column, change in how.items():
        if column in asked.by:
            raise SpecificationError(
                "a comparison can't be averaged within its own levels", parameter="by", got=column
            )
        for name, high, low in changes_of(columns_of(fit.design), column, change, asked.rows, sign):
            both = [asked.rows.assign(**{column: end}) for end in (high, low)]
            labels.append((column, name if len(how) == 1 else f"{column}, {name}"))
            found.append(passes(fit, both, asked, outcome, groups, most, lambda p: function(p[0], p[1])))
    spec = {
        "variable": ", ".join(map(str, how)),
        "by": asked.by,
        "at": asked.at,
        "groups": groups,
        "level": level,
        "outcome": outcome,
        "comparison": comparison,
        "quantity": comparison,
    }
    return _of_contrasts(fit, f"{comparison} of {OF_OUTCOME[outcome]}", labels, asked, found, spec, outcome)


@checked
def slopes(
    fit: OrdinalFit,
    variables: Sequence[str] | str,
    grid: pd.DataFrame | None = None,
    *,
    by: Sequence[str] | str | None = (),
    outcome: Outcome = "score",
    slope: Slope = "dydx",
    groups: GroupEffects = "observed",
    level: float = 0.95,
    most: int = 1000,
) -> Result:
    r"""Slopes of predicted answers in numeric columns, at the rows of a grid or averaged over them.

    Central differences of a ten-thousandth of the column's standard deviation, row by row, then averaged within `by`.

    Parameters
    ----------
    fit, grid, outcome, groups, level, most
        As in `predictions`.
    variables
        Numeric columns of the formula.
    by
        Columns within whose combinations the rows' slopes are averaged; where omitted over all rows. None: row by row.
    slope
        ``"dydx"``; or an elasticity: ``"eyex"`` (per cent by per cent, :math:`\partial y/\partial x \cdot x/y`), ``"eydx"``
        (share by unit, :math:`\partial y/\partial x / y`), ``"dyex"`` (:math:`\partial y/\partial x \cdot x`).

    Returns
    -------
    Result
        Kind ``"ordinal_effect"``, keys ``("contrast", *by)`` (or ``row``) and, of probabilities, ``code``.

    Raises
    ------
    SpecificationError
        A column that was not fitted, or is no number.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.regression.fit import fit_ordinal
    >>> data = pd.DataFrame({"length": [0, 1, 2] * 3, "answer": [1] * 3 + [2] * 3 + [3] * 3,
    ...     "count": [30, 20, 10, 20, 20, 20, 10, 20, 30]})
    >>> found = slopes(fit_ordinal("answer ~ length", data, seed=1), "length")
    >>> bool(found.estimates["lower"].iloc[0] > 0)
    True
    """
    asked, names = answers_asked(fit, grid, by), listed_names(variables)
    require_columns(fit, names, "variables")
    columns = columns_of(fit.design)
    found, labels = [], []
    for column in names:
        if not columns.is_number(column):
            raise SpecificationError(
                "slopes are of numbers",
                parameter="variables",
                got=column,
                expected="a numeric column that is neither a group nor a monotonic scale",
                hint="comparisons(fit, column) compares levels",
            )
        step = 1e-4 * columns.spread(column)
        x = asked.rows[column].astype(float)
        frames = [asked.rows.assign(**{column: x + s}) for s in (step, -step, 0.0)]
        wide = x.to_numpy() if outcome == "score" else x.to_numpy()[:, None]
        by_x = wide if slope in ("eyex", "dyex") else 1.0

        def at_rows(p: list[Floats], step: float = step, by_x: Any = by_x) -> Floats:
            rate = (p[0] - p[1]) / (2.0 * step) * by_x
            return rate / p[2] if slope in ("eyex", "eydx") else rate

        labels.append((column, f"slope of {column}" if slope == "dydx" else f"{slope} of {column}"))
        found.append(passes(fit, frames, asked, outcome, groups, most, at_rows, row_by_row=True))
    spec = {
        "variable": ", ".join(names),
        "by": asked.by,
        "at": asked.at,
        "groups": groups,
        "level": level,
        "outcome": outcome,
        "slope": slope,
        "quantity": "slope",
    }
    return _of_contrasts(fit, f"slope of {OF_OUTCOME[outcome]}", labels, asked, found, spec, outcome)


def _of_answers(outcome: GridOutcome | None) -> Outcome:
    if outcome == "wins":
        raise SpecificationError(
            "only options are taken",
            parameter="outcome",
            got=repr(outcome),
            expected="score or probabilities; wins of a fit of fit_choice",
        )
    return outcome or "score"


def _of_contrasts(
    fit: OrdinalFit,
    estimand: str,
    contrasts: list[tuple[str, str]],
    asked: Asked,
    found: list[Floats],
    spec: dict[str, Any],
    outcome: str,
) -> Result:
    """The result of several contrasts, each at all that is reported."""
    labels, keys = labelled(contrasts, asked)
    values = np.concatenate(found, axis=1)
    return wrapped_rows(fit, "ordinal_effect", estimand, labels, keys, values, spec, outcome, asked.rows)
