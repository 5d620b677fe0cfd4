"""Answers as respondents by items, with the group of each respondent: what measurement models start from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pandera.pandas as pa
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError
from valuestats.tables import Ratings, Responses
from valuestats.tables.schema import require_unique, validate

ADMINISTRATION = (
    "model",
    "language",
    "persona",
    "condition",
    "step",
    "wording",
    "option_order",
    "option_labels",
    "epoch",
    "seed",
)
"""What tells one administration of an instrument to a model from another."""

_SCHEMA = pa.DataFrameSchema(
    {
        "respondent": pa.Column(nullable=False, description="who answered, not null"),
        "item": pa.Column(nullable=False, description="the item's identifier, not null"),
        "rating": pa.Column(float, nullable=True, coerce=True, description="a number, or null where missing"),
    },
    strict=False,
)


@dataclass(frozen=True)
class PersonItems:
    """A matrix of answers.

    Attributes
    ----------
    y
        Shape ``(respondents, items)``, NaN where missing.
    respondents, items
        Their labels.
    member
        Number of each respondent's group, shape ``(respondents,)``; all 0 without groups.
    groups
        Labels of the groups; empty without groups.
    unit
        What a respondent is: ``"respondent"``, or ``"administration"`` of the instrument to a model.

    Examples
    --------
    >>> import numpy as np
    >>> PersonItems(np.ones((2, 1)), ("p", "q"), ("1",), np.zeros(2, dtype=int), ()).n_asked
    2
    """

    y: NDArray[np.float64]
    respondents: tuple[str, ...]
    items: tuple[str, ...]
    member: NDArray[np.int64]
    groups: tuple[str, ...]
    unit: str = "respondent"

    @property
    def n_asked(self) -> int:
        """Cells of the matrix, answered or not."""
        return int(self.y.size)

    def notes(self) -> list[str]:
        """What a reader must know of the unit."""
        if self.unit == "respondent":
            return []
        return [
            "a respondent here is one administration of the instrument to a model (prompt, wording, order, epoch): "
            "what is found describes these prompts and models, not a population of respondents"
        ]


def person_items(
    answers: pd.DataFrame | Ratings | Responses, *, group: str | None = None, items: tuple[str, ...] = ()
) -> PersonItems:
    """Bring answers into a matrix of respondents by items.

    Parameters
    ----------
    answers
        One row per answer: ``respondent``, ``item``, ``rating`` and the column named by `group`; a `Ratings` table;
        or `Responses`, where each administration of the instrument to a model (model, language, persona,
        condition, wording, order, epoch, seed) is one respondent and only valid answers count.
    group
        Column that says to which group a respondent belongs.
    items
        The items to keep, in this order; all where empty.

    Raises
    ------
    SpecificationError
        No such column, a respondent in two groups or none, no answered item, fewer than two respondents.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"respondent": ["p", "p", "q"], "item": ["1", "2", "1"], "rating": [3, 4, 5]})
    >>> person_items(frame).y
    array([[ 3.,  4.],
           [ 5., nan]])
    """
    frame, unit = _long(answers)
    if group is not None and group not in frame.columns:
        raise SpecificationError(
            "no such column", parameter="by", got=group, expected=", ".join(map(str, frame.columns))
        )
    frame = frame.assign(item=frame["item"].astype(str), respondent=frame["respondent"].astype(str))
    if items:
        frame = frame[frame["item"].isin(items)]
    wide = frame.pivot(index="respondent", columns="item", values="rating")
    wide = wide.reindex(index=frame["respondent"].drop_duplicates().to_list())
    order = [
        i for i in (items or dict.fromkeys(frame["item"])) if i in wide.columns and wide[i].notna().any()
    ]
    if not order or len(wide) < 2:
        raise SpecificationError(
            "nothing to measure with",
            parameter="answers",
            got=f"{len(wide)} respondents, {len(order)} answered items",
            expected="two respondents or more, one answered item or more",
            hint="check that items carry the same identifiers in the answers and in the keys",
        )
    member, groups = _membership(frame, wide.index, group)
    y = wide[order].to_numpy(dtype=float)
    return PersonItems(y, tuple(wide.index), tuple(order), member, groups, unit)


def _long(answers: pd.DataFrame | Ratings | Responses) -> tuple[pd.DataFrame, str]:
    if isinstance(answers, Responses):
        frame = answers.frame
        by = [c for c in ADMINISTRATION if c in frame.columns and frame[c].notna().any()]
        parts = frame[by].astype("string").fillna("")
        names = pd.Series([" | ".join(row) for row in parts.to_numpy(dtype=str)], index=frame.index)
        valid = (frame["status"] == "valid") & frame["answer"].notna()
        found = frame.drop(columns=["respondent", "rating"], errors="ignore").assign(
            respondent=names, rating=frame["answer"].where(valid).astype(float)
        )
        require_unique(found, ["respondent", "item"], table="responses")
        return found, "administration"
    table = validate(answers.frame if isinstance(answers, Ratings) else answers, _SCHEMA, table="answers")
    require_unique(table, ["respondent", "item"], table="answers")
    return table, "respondent"


def _membership(
    frame: pd.DataFrame, respondents: pd.Index, group: str | None
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    if group is None:
        return np.zeros(len(respondents), dtype=np.int64), ()
    pairs = frame[["respondent", group]].drop_duplicates()
    twice = pairs.loc[pairs["respondent"].duplicated(), "respondent"]
    if len(twice) or pairs[group].isna().any():
        raise SpecificationError(
            "each respondent must belong to one group",
            parameter=group,
            got=f"{twice.iloc[0]} in two groups" if len(twice) else "a respondent without a group",
        )
    labels = pairs.set_index("respondent")[group].reindex(respondents).astype(str)
    groups = tuple(sorted(labels.unique()))
    return labels.map({g: k for k, g in enumerate(groups)}).to_numpy(dtype=np.int64), groups
