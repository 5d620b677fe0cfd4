"""Ratings: people rate items, and people have values."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pandera.pandas as pa

from valuestats.base.errors import InputError
from valuestats.tables.schema import require_unique, validate

RATINGS = pa.DataFrameSchema(
    {
        "respondent": pa.Column(nullable=False, description="the rater's identifier, not null"),
        "item": pa.Column(nullable=False, description="the item's identifier, not null"),
        "rating": pa.Column(float, nullable=True, coerce=True, description="a number on the scale"),
        "group": pa.Column(nullable=True, required=False),
    },
    strict=False,
)

VALUES = pa.DataFrameSchema(
    {
        "respondent": pa.Column(nullable=False, description="the rater's identifier, not null"),
        "family": pa.Column(nullable=False, description="the instrument, e.g. pvq"),
        "dimension": pa.Column(nullable=False, description="the value or trait"),
        "score": pa.Column(float, nullable=True, coerce=True, description="a number"),
    },
    strict=False,
)


@dataclass(frozen=True)
class Ratings:
    """Ratings of items by respondents, and the respondents' own scores.

    Attributes
    ----------
    frame
        Columns ``respondent``, ``item``, ``rating`` and optionally ``group`` (who was shown which items).
    values
        Columns ``respondent``, ``family``, ``dimension``, ``score``.
    scale
        Lowest and highest rating that may occur.
    conflicts
        Filled by validation: one line for each identifier that means two things, by name.

    Raises
    ------
    InputError
        A rating is missing or off the scale, a key stands twice, or a respondent's scores stand twice.

    Examples
    --------
    >>> import pandas as pd
    >>> ratings = pd.DataFrame({"respondent": ["p", "q"], "item": ["1", "1"], "rating": [6, 2]})
    >>> values = pd.DataFrame({"respondent": ["p", "q"], "family": "pvq", "dimension": "Power",
    ...     "score": [1.0, 2.0]})
    >>> Ratings(ratings, values, scale=(1, 6)).conflicts
    ()
    """

    frame: pd.DataFrame
    values: pd.DataFrame
    scale: tuple[float, float]
    conflicts: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        frame = validate(self.frame, RATINGS, table="ratings")
        values = validate(self.values, VALUES, table="values of respondents")
        _require_on_scale(frame, self.scale)
        require_unique(frame, ["respondent", "item"], table="ratings")
        require_unique(values, ["respondent", "family", "dimension"], table="values of respondents")
        object.__setattr__(self, "frame", frame)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "conflicts", tuple(_conflicts(frame, values)))

    def __len__(self) -> int:
        return len(self.frame)

    def matrix(self) -> tuple[np.ndarray, list[str], list[str]]:
        """Ratings as an array (items x respondents, NaN where unrated), with both lists of names."""
        row, items = pd.factorize(self.frame["item"], sort=True)
        column, respondents = pd.factorize(self.frame["respondent"], sort=True)
        wide = np.full((len(items), len(respondents)), np.nan)
        wide[row, column] = self.frame["rating"].to_numpy(dtype=float)
        return wide, list(map(str, items)), list(map(str, respondents))

    def value_matrix(self, respondents: list[str]) -> tuple[np.ndarray, list[tuple[str, str]]]:
        """Scores as an array (respondents x dimensions, NaN where unknown), with their names."""
        values = self.values.astype({"respondent": str, "family": str, "dimension": str})
        wide = values.pivot(index="respondent", columns=["family", "dimension"], values="score")
        dimensions = list(
            values[["family", "dimension"]].drop_duplicates().itertuples(index=False, name=None)
        )
        return wide.reindex(index=respondents, columns=dimensions).to_numpy(dtype=float), dimensions


def _require_on_scale(frame: pd.DataFrame, scale: tuple[float, float]) -> None:
    low, high = scale
    rating = frame["rating"]
    off = rating.isna() | (rating < low) | (rating > high)
    if not off.any():
        return
    position = int(np.flatnonzero(off.to_numpy())[0])
    row = frame.iloc[position]
    raise InputError(
        "ratings: a rating is not a number on the scale",
        parameter="rating",
        got=f"{row['rating']} (respondent {row['respondent']}, item {row['item']}); {int(off.sum())} rows",
        expected=f"{low:g} to {high:g}",
        hint="leave out the row where an item was not rated",
        file=str(row["source_file"]) if "source_file" in frame.columns else None,
        row=int(row["source_row"]) if "source_row" in frame.columns else position,
    )


def _conflicts(frame: pd.DataFrame, values: pd.DataFrame) -> list[str]:
    found = []
    if "group" in frame.columns:
        groups = frame["group"].astype(object).groupby(frame["respondent"].astype(str)).unique()
        for respondent, names in groups[groups.map(len) > 1].items():
            listed = ", ".join(sorted(map(str, names)))
            found.append(f"respondent {respondent} rates in groups {listed}, but has one set of own scores")
    unknown = sorted(set(frame["respondent"].astype(str)) - set(values["respondent"].astype(str)))
    if unknown:
        found.append(f"{len(unknown)} raters have no own scores: {', '.join(unknown[:20])}")
    silent = sorted(set(values["respondent"].astype(str)) - set(frame["respondent"].astype(str)))
    if silent:
        found.append(f"{len(silent)} respondents have own scores but no ratings: {', '.join(silent[:20])}")
    return found
