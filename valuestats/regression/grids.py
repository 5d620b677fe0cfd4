"""Rows at which a regression is asked for predictions: typical ones, all combinations, or the data with columns set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.regression.fitted import OrdinalFit, require_in_formula
from valuestats.regression.grid_columns import Others, asked_of, columns_of
from valuestats.regression.gridded import FittedChoices


@checked
def datagrid(
    fit: OrdinalFit | FittedChoices,
    at: Mapping[str, Any] | Sequence[str] | str | None = None,
    *,
    others: Others = "typical",
    sets: Sequence[Any] | str | None = None,
) -> pd.DataFrame:
    """Rows for `predictions`, `comparisons` and `slopes`: every combination of the values of some columns.

    Parameters
    ----------
    fit
        What `valuestats.fit_ordinal` or `valuestats.fit_choice` gave.
    at
        Column to its values: one, a list, or ``"levels"`` (all that were fitted), ``"range"`` (least and greatest),
        ``"quartiles"`` (the three quartiles of the answers' values), ``"sd"`` (the mean, and one standard deviation to
        either side). A list of columns, or one, stands for their levels (of a number: the quartiles).
    others
        What the other columns of the formula are. ``"typical"``: of a number the mean over the answers, of anything else
        the most frequent level (as in most software). ``"balanced"``: all combinations of levels, numbers at their mean.
        ``"observed"``: the data as they are, once for each combination (counterfactual); ``count`` then says how many
        answers a row stands for, by which averages over the grid are weighted.
    sets
        Of choices, what is offered together: ``"pairs"`` (all pairs of options, where omitted), ``"all"`` (all options at
        once), a list of options, or several such lists. Each set stands in each context that `at` and `others` make; columns
        of the options are their own (a number's mean over what was offered), and nothing is shown first.

    Returns
    -------
    pandas.DataFrame
        The columns of the formula, those of `at` varying slowest. Of choices a row for each option of each set: ``choice``
        numbers the sets, ``option`` is what the row is of, and ``against`` says what else is offered.

    Raises
    ------
    SpecificationError
        A column that is not in the formula, ``"range"``, ``"quartiles"`` or ``"sd"`` of what is no number, more than a
        million rows, a set with one option or an unknown one.

    References
    ----------
    Arel-Bundock, Greifer and Heiss (2024), How to interpret statistical models using marginaleffects, JSS 111(9).

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.regression.fit import fit_ordinal
    >>> data = pd.DataFrame({"model": ["a", "a", "b", "b"] * 3, "length": [1.0, 3.0] * 6, "answer": [1, 2, 3] * 4})
    >>> fit = fit_ordinal("answer ~ model + length", data, seed=1)
    >>> datagrid(fit, {"length": "range"}).to_dict("list")
    {'length': [1.0, 3.0], 'model': ['a', 'a']}
    >>> datagrid(fit, "model", others="observed")["count"].tolist()
    [6.0, 6.0, 6.0, 6.0]
    """
    if not isinstance(fit, OrdinalFit):
        return fit.datagrid(at, sets="pairs" if sets is None else sets, others=others)
    if sets is not None:
        raise SpecificationError(
            "sets of options are offered in choices",
            parameter="sets",
            got=repr(sets),
            expected="a fit of fit_choice",
        )
    asked = asked_of(at)
    require_in_formula(fit.design, asked, "at")
    return columns_of(fit.design).grid(asked, others)
