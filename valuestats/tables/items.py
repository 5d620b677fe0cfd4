"""Items: what was asked, and the query each item belongs to."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import pandera.pandas as pa

from valuestats.tables.schema import require_unique, validate

SCHEMA = pa.DataFrameSchema(
    {
        "item": pa.Column(nullable=False, description="the item's identifier, not null"),
        "cluster": pa.Column(nullable=False, description="the query the item belongs to, not null"),
        "text": pa.Column(nullable=True, required=False),
    },
    strict=False,
)


@dataclass(frozen=True)
class Items:
    """The items of a study, each once.

    Attributes
    ----------
    frame
        Columns ``item``, ``cluster`` (the query or dilemma an item belongs to; the item itself where there
        is none) and optionally ``text`` (may be under copyright: never printed at length).

    Examples
    --------
    >>> import pandas as pd
    >>> Items(pd.DataFrame({"item": ["1-1", "1-2"], "cluster": ["1", "1"]})).frame["cluster"].nunique()
    1
    """

    frame: pd.DataFrame

    def __post_init__(self) -> None:
        frame = validate(self.frame, SCHEMA, table="items")
        require_unique(frame, ["item"], table="items")
        object.__setattr__(self, "frame", frame)

    def __len__(self) -> int:
        return len(self.frame)
