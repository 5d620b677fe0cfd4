"""Shares of a survey as a population."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.results.result import Result
from valuestats.tables import Population


@checked
def as_population(
    shares: Result, *, n: Literal["effective", "scored"] = "effective", ordered: bool | None = None
) -> Population:
    """The shares as a `Population`, which similarity and alignment take.

    Parameters
    ----------
    shares
        What `population_shares` returned.
    n
        The number of answers said to stand behind a group's shares: ``"effective"``, the harmonic mean over the options
        of n / deff, or ``"scored"``, the count.
    ordered
        Whether the options, in the order of their codes, form a scale; without it the column ``ordered`` is left out.

    Returns
    -------
    Population
        Groups without answers to a question are left out of it.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.surveys.shares import population_shares
    >>> from valuestats.tables import Survey
    >>> people = as_population(population_shares(Survey(pd.DataFrame({"q": [1, 1, 2, 1]})), "q"))
    >>> people.frame[["group", "option", "share", "n"]].to_numpy().tolist()
    [['all', '1', 0.75, 4.0], ['all', '2', 0.25, 4.0]]
    """
    if shares.kind != "population_shares":
        raise SpecificationError(
            "not a result of population_shares",
            parameter="shares",
            got=shares.kind,
            expected="population_shares",
        )
    frame = shares.estimates[shares.estimates["estimate"].notna()].copy()
    size = frame["n_scored"].astype(float)
    if n == "effective":
        per_option = 1 / frame["n_effective"].where(frame["n_effective"] > 0)
        mean = per_option.groupby([frame["group"], frame["question"]], observed=True).transform("mean")
        size = (1 / mean).fillna(frame["n_kish"])
    columns = {
        "group": frame["group"],
        "question": frame["question"],
        "option": frame["option"],
        "position": frame["position"],
        "share": frame["estimate"],
        "n": size,
        "std_error": frame["std_error"],
    }
    if ordered is not None:
        columns["ordered"] = pd.Series(ordered, index=frame.index)
    return Population(pd.DataFrame(columns))
