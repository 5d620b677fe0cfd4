"""The policy for options that are not answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import pandas as pd

from valuestats.base.errors import SpecificationError
from valuestats.ingest.surveys.answer_options import (
    REFUSAL_OPTION_PATTERNS,
    base_country,
    is_pseudo_country,
    is_refusal_option,
    ordered_scale,
)

__all__ = [
    "REFUSAL_OPTION_PATTERNS",
    "RefusalPolicy",
    "base_country",
    "check_policy",
    "declared_scales",
    "is_pseudo_country",
    "is_refusal_option",
    "without_refusals",
]

RefusalPolicy = Literal["keep", "drop"]


def check_policy(policy: str) -> None:
    """Raise unless `policy` is one of the refusal policies."""
    if policy not in get_args(RefusalPolicy):
        raise SpecificationError(
            "no such policy for refusal options",
            parameter="refusal_options",
            got=policy,
            expected=" or ".join(get_args(RefusalPolicy)),
        )


def without_refusals(frame: pd.DataFrame, units: Sequence[str]) -> pd.DataFrame:
    """Drop the refusal options; the shares that are left are renormalised where distances are taken.

    Places that were counted through (0, 1, 2, …) close up where an option leaves them.

    Parameters
    ----------
    frame
        With the columns `units`, ``question``, ``option`` and ``position``.
    units
        Columns that say whose answers a row holds.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"group": "g", "question": "q", "position": range(3),
    ...     "option": ["Agree", "Don't know", "Disagree"]})
    >>> without_refusals(frame, ["group"])["position"].tolist()
    [0.0, 1.0]
    """
    options = frame["option"].astype(str)
    refusal = options.map({o: is_refusal_option(o) for o in options.unique()}).astype(bool)
    if not refusal.any():
        return frame
    keys = [*units, "question"]
    ordered = (
        frame[keys].assign(at=frame["position"].astype(float), lost=refusal).sort_values("at", kind="stable")
    )
    entry = ordered.groupby(keys, observed=True, dropna=False, sort=False)
    step = entry["at"].diff()
    uneven = (step.notna() & (step != 1)).groupby(entry.ngroup()).transform("any")
    closed = ordered["at"] - entry["lost"].cumsum().where(~uneven, 0)
    return frame.assign(position=closed)[~refusal]


def declared_scales(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the column ``ordered`` where there is none: true for questions whose option texts form a known scale.

    Parameters
    ----------
    frame
        With ``question``, ``option`` and ``position``.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"question": ["q"] * 3 + ["r"] * 3, "position": [0, 1, 2] * 2,
    ...     "option": ["Yes", "No", "Don't know", "Red", "Green", "Blue"]})
    >>> declared_scales(frame).groupby("question")["ordered"].first().to_dict()
    {'q': True, 'r': False}
    """
    if "ordered" in frame.columns:
        return frame
    options = frame.drop_duplicates(["question", "option"]).sort_values("position")
    known = {
        question: ordered_scale(part.astype(str).tolist()) is True
        for question, part in options.groupby("question", observed=True)["option"]
    }
    return frame.assign(ordered=frame["question"].map(known).astype(bool))
