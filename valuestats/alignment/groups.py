"""Single answers of people, checked, and the shares of the groups they belong to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError, SpecificationError
from valuestats.base.labels import listed, number, readable
from valuestats.ingest.surveys.answer_options import scale_order
from valuestats.statistics.ratios import ratio
from valuestats.tables import Population

JOIN = " × "
"""Stands between the levels in the name of an intersection."""


DECLARED = "declared"
"""The weights that a survey declares: the column ``weight``, which `survey_answers` gives where there are any."""


def design_weight(respondents: pd.DataFrame, weight: str | None) -> str | None:
    """The column of weights that is meant: of ``"declared"`` the column ``weight`` where there is one.

    Examples
    --------
    >>> frame = pd.DataFrame({"respondent": [1], "weight": [0.5]})
    >>> design_weight(frame, "declared"), design_weight(frame[["respondent"]], "declared"), design_weight(frame, None)
    ('weight', None, None)
    """
    if weight != DECLARED or DECLARED in respondents.columns:
        return weight
    return "weight" if "weight" in respondents.columns else None


def unweighted_note(respondents: pd.DataFrame, weight: str | None) -> list[str]:
    """That shares are unweighted, and whether the answers carry weights; nothing where they are weighted."""
    if weight is not None:
        return []
    if "weight" in respondents.columns:
        return ["unweighted, as was asked for, though the answers carry design weights"]
    return ["unweighted: the answers carry no column of design weights"]


def checked_answers(
    respondents: pd.DataFrame, by: Sequence[str], weight: str | None
) -> tuple[pd.DataFrame, list[str]]:
    """The answers that can be used, with columns ``group`` and ``weight``, and what was left out.

    Raises
    ------
    SpecificationError
        No grouping column, or a column that is not there.
    InputError
        Two answers of one respondent to one question, a negative or missing weight, or no answer left.
    """
    wanted = ["respondent", "question", "option", *by, *([weight] if weight else [])]
    missing = [name for name in wanted if name not in respondents.columns]
    if missing or not by:
        raise SpecificationError(
            "a column is missing" if missing else "no column to group by",
            parameter="respondents" if missing else "by",
            got=", ".join(missing) or "nothing",
            expected=", ".join(wanted),
        )
    twice = respondents.duplicated(["respondent", "question"]).to_numpy()
    if twice.any():
        row = int(twice.argmax())
        bad = respondents.iloc[row]
        raise InputError(
            "a respondent answered a question twice",
            parameter="respondent, question",
            got=f"{bad['respondent']}, {str(bad['question'])[:80]}",
            expected="one row per respondent and question",
            row=row,
        )
    weights = np.ones(len(respondents)) if weight is None else respondents[weight].to_numpy(dtype=float)
    wrong = ~np.isfinite(weights) | (weights < 0)
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError(
            "a weight that is no weight",
            parameter=weight,
            got=weights[row],
            expected="a number from 0",
            row=row,
        )
    silent = respondents["option"].isna().to_numpy()
    unknown = respondents[list(by)].isna().any(axis=1).to_numpy()
    nothing = weights == 0
    kept = ~silent & ~unknown & ~nothing
    said = [
        f"{number(int(mask.sum()))} answers {what} are left out of groups by {listed([readable(c) for c in by])}"
        for mask, what in (
            (silent, "without an option"),
            (unknown & ~silent, f"of people without {' or '.join(by)}"),
            (nothing & ~silent & ~unknown, "with weight 0"),
        )
        if mask.any()
    ]
    frame = respondents[kept].reset_index(drop=True)
    if frame.empty:
        raise InputError("no usable answer", parameter="respondents", got="; ".join(said) or "no rows")
    names = frame[list(by)].astype(str)
    frame["group"] = (
        names.iloc[:, 0].str.cat([names[c] for c in by[1:]], sep=JOIN) if len(by) > 1 else names.iloc[:, 0]
    )
    frame["weight"] = weights[kept]
    if "position" not in frame.columns:
        frame["position"] = frame.groupby("question")["option"].transform(_places)
    return frame, said


def _places(options: pd.Series) -> pd.Series:
    """Places of options that came without one: those of a known scale, else of the alphabet."""
    names = sorted(options.unique())
    known = scale_order(names) if all(isinstance(o, str) for o in names) else None
    return options.map({option: place for place, option in enumerate(known or names)})


def with_levels(table: pd.DataFrame, groups: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """A table of groups with their levels in columns of their own after ``group``, under the names they have in the data.

    Parameters
    ----------
    table
        Has a column ``group``.
    groups
        ``group`` and the columns of `by`.
    by
        Columns that make the groups; those whose names the table has already are left out.

    Examples
    --------
    >>> import pandas as pd
    >>> groups = pd.DataFrame({"group": ["old × f"], "age": ["old"], "sex": ["f"]})
    >>> with_levels(pd.DataFrame({"group": ["old × f", "all"]}), groups, ["age", "sex"]).astype(object).values.tolist()
    [['old × f', 'old', 'f'], ['all', nan, nan]]
    """
    own = groups.drop_duplicates("group").set_index("group")
    names = [name for name in by if name not in table.columns]
    done = table.copy()
    for place, name in enumerate(names, start=list(table.columns).index("group") + 1):
        done.insert(place, name, table["group"].map(own[name]))
    return done


@checked
def group_shares(
    respondents: pd.DataFrame,
    by: Sequence[str],
    *,
    weight: str | None = DECLARED,
    least: int = 1,
) -> Population:
    r"""Shares of the options in each group, or intersection of groups, of a survey.

    .. math:: \hat p_{gk} = \frac{\sum_{i \in g} w_i\,[y_i = k]}{\sum_{i \in g} w_i}, \qquad
              n_g = \frac{(\sum_{i \in g} w_i)^2}{\sum_{i \in g} w_i^2}

    Parameters
    ----------
    respondents
        One row per answer: ``respondent``, ``question``, ``option`` (null: no answer), the columns of `by`, and
        where there are ``position`` (place of the option), ``ordered`` and ``text``.
    by
        Columns that make the groups; several make their intersections, named ``"a × b"``. They stay as columns.
    weight
        Column of design weights; ``"declared"``: the column ``weight``, where there is one, as there is of a survey that
        declares its weights. None for unweighted shares.
    least
        Groups with fewer people who answered a question are left out of that question.

    Returns
    -------
    Population
        With ``n`` (Kish's effective number of people, Kish 1965), ``people`` (how many answered) and the options that
        nobody of a group chose at share 0.

    Raises
    ------
    SpecificationError, InputError
        See `checked_answers`; or no group has `least` people.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"respondent": [1, 2, 3], "question": "q", "option": ["yes", "no", "yes"],
    ...     "age": "old", "sex": ["f", "f", "m"], "w": [1.0, 3.0, 1.0]})
    >>> found = group_shares(frame, ["age", "sex"], weight="w").frame
    >>> found[["group", "option", "share", "n"]].round(2).to_numpy().tolist()
    [['old × f', 'no', 0.75, 1.6], ['old × f', 'yes', 0.25, 1.6], ['old × m', 'no', 0.0, 1.0], ['old × m', 'yes', 1.0, 1.0]]
    """
    frame, _ = checked_answers(respondents, by, design_weight(respondents, weight))
    table = counted(frame)
    table = table[table["people"] >= least]
    if table.empty:
        raise SpecificationError(
            "no group is large enough", parameter="least", got=least, expected="a smaller number"
        )
    return Population(with_levels(table.drop(columns="effective").reset_index(drop=True), frame, by))


def counted(frame: pd.DataFrame) -> pd.DataFrame:
    """Shares, effective counts and sizes per group, question and option; every option of a question in each."""
    carried = [c for c in ("ordered", "text", "code") if c in frame.columns]
    options = frame.drop_duplicates(["question", "option"])[["question", "option", "position", *carried]]
    size = frame.assign(square=frame["weight"] ** 2).groupby(["group", "question"], sort=True, observed=True)
    total = size.agg(
        total=("weight", "sum"), square=("square", "sum"), people=("weight", "size")
    ).reset_index()
    cells = total.merge(options, on="question").sort_values(
        ["group", "question", "position"], ignore_index=True
    )
    given = frame.groupby(["group", "question", "option"], observed=True)["weight"].sum().rename("given")
    cells = cells.merge(given.reset_index(), on=["group", "question", "option"], how="left")
    given_weight = cells["given"].fillna(0.0).to_numpy(dtype=float)
    cells["share"] = ratio(given_weight, cells["total"].to_numpy(dtype=float))
    cells["n"] = cells["total"] ** 2 / cells["square"]
    cells["effective"] = cells["share"] * cells["n"]
    return cells.drop(columns=["total", "square", "given"])
