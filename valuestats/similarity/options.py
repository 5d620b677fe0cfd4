"""The policy for options that are not answers."""

from __future__ import annotations

from typing import Literal, get_args

import pandas as pd

from valuestats.errors import SpecificationError
from valuestats.ingest.answer_options import (
    REFUSAL_OPTION_PATTERNS,
    base_country,
    is_pseudo_country,
    is_refusal_option,
)

__all__ = [
    "REFUSAL_OPTION_PATTERNS",
    "RefusalPolicy",
    "base_country",
    "check_policy",
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


def without_refusals(frame: pd.DataFrame) -> pd.DataFrame:
    """Drop the refusal options; the shares that are left are renormalised where distances are taken."""
    options = frame["option"].astype(str)
    refusal = {o: is_refusal_option(o) for o in options.unique()}
    return frame[~options.map(refusal).astype(bool)]
