"""Population: how groups of people answered, as shares per question and option."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pandera.pandas as pa

from valuestats.base.errors import InputError
from valuestats.base.labels import counted, span
from valuestats.tables.schema import require_unique, row_of, validate

SCHEMA = pa.DataFrameSchema(
    {
        "group": pa.Column(nullable=False, description="the country or group, not null"),
        "question": pa.Column(nullable=False, description="the question's identifier, not null"),
        "option": pa.Column(nullable=False, description="the option's text, not null"),
        "position": pa.Column(
            float,
            pa.Check(lambda x: np.isfinite(x), error="finite"),
            coerce=True,
            description="the option's place, a finite number",
        ),
        "share": pa.Column(float, pa.Check.ge(0), coerce=True, nullable=False, description="a share from 0"),
        "n": pa.Column(float, nullable=True, required=False, coerce=True),
        "ordered": pa.Column(nullable=True, required=False),
    },
    strict=False,
)

ROUNDING = 0.05
"""How far a group's published shares may add up from one before they are an error: tables round to 1%."""
_TOLD = 0.005
"""A sum that is farther from one than this is told."""


def _none_adjusted() -> pd.DataFrame:
    return pd.DataFrame(
        {"group": pd.Series(dtype="str"), "question": pd.Series(dtype="str"), "total": pd.Series(dtype=float)}
    )


@dataclass(frozen=True)
class Population:
    """Answer distributions of groups of people (or of models: ``group`` is then the model).

    Attributes
    ----------
    frame
        Long table: ``group``, ``question`` (text and option set together identify it), ``option``,
        ``position`` (a number: distances on a scale use the spacing), ``share``; optionally ``n`` (answers behind the
        shares) and ``ordered``.
    rounding
        Largest distance of a sum of shares from one. Sums within it are renormalised, which `adjusted` tells; an all-zero
        question is left at zero, and reported by `empty`.
    adjusted
        The questions of groups whose shares added up to less than .995 or more than 1.005 and were renormalised:
        ``group``, ``question``, ``total``; what is given is known from a table that this one was made of.

    Raises
    ------
    InputError
        Shares that do not add up to one, a negative share, an option that stands twice.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"group": "Chile", "question": "q", "option": ["yes", "no"],
    ...     "position": [0, 1], "share": [0.4, 0.6]})
    >>> Population(frame).groups
    ['Chile']
    """

    frame: pd.DataFrame
    rounding: float = ROUNDING
    adjusted: pd.DataFrame = field(default_factory=_none_adjusted, repr=False, compare=False)

    def __post_init__(self) -> None:
        frame = validate(self.frame, SCHEMA, table="population").reset_index(drop=True)
        require_unique(frame, ["group", "question", "position"], table="population")
        sums = frame.groupby(["group", "question"], observed=True)["share"].transform("sum").to_numpy()
        wrong = (np.abs(sums - 1) > self.rounding) & (sums > 0)
        if wrong.any():
            position = int(np.flatnonzero(wrong)[0])
            row, source = row_of(frame, position)
            bad = frame.iloc[position]
            raise InputError(
                "population: the shares of a question do not add up to one",
                parameter="share",
                got=f"{sums[position]:.4f} for group {bad['group']}, question {str(bad['question'])[:80]!r}",
                expected=f"1 within {self.rounding:g}",
                hint="percentages must be divided by 100; add what was left out, or divide by the sum of the others",
                file=source,
                row=row,
            )
        frame["share"] = np.divide(frame["share"], sums, out=np.zeros(len(frame)), where=sums > 0)
        object.__setattr__(self, "frame", frame)
        told = (np.abs(sums - 1) > _TOLD) & (sums > 0)
        if told.any():
            found = frame[["group", "question"]].assign(total=sums)[told]
            known = [self.adjusted] if len(self.adjusted) else []
            both = pd.concat([*known, found]).drop_duplicates(["group", "question"], ignore_index=True)
            object.__setattr__(self, "adjusted", both)

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def groups(self) -> list[str]:
        """The groups, in alphabetical order."""
        return sorted(map(str, self.frame["group"].unique()))

    def notes(self) -> list[str]:
        """What stands with results: how many questions did not add up to one.

        Examples
        --------
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"group": "Chile", "question": "q", "option": ["yes", "no"],
        ...     "position": [0, 1], "share": [0.41, 0.57]})
        >>> Population(frame).notes()
        ['the shares of 1 question of a group add up to 98%, not to 100%, and were divided by their sum']
        """
        if self.adjusted.empty:
            return []
        totals = self.adjusted["total"]
        between = span(100 * totals.min(), 100 * totals.max(), ".3g").replace(" to ", "% to ")
        what = counted(len(totals), "question of a group", "questions of groups")
        return [f"the shares of {what} add up to {between}%, not to 100%, and were divided by their sum"]

    def empty(self) -> pd.DataFrame:
        """The (group, question) pairs whose shares are all zero."""
        sums = self.frame.groupby(["group", "question"], observed=True)["share"].sum()
        return sums[sums == 0].reset_index()[["group", "question"]]
