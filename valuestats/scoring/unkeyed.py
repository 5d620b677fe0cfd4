"""Answers that no key names: a name spelt otherwise in keys and answers leaves most of them unscored without a word."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from valuestats.base.labels import counted, number
from valuestats.results.result import Result
from valuestats.results.verdicts import Reason


def unkeyed_answers(cells: pd.DataFrame, items: Iterable[str]) -> dict[str, Any]:
    """How many valid answers are to items that no key names, and how many keyed items were asked.

    Parameters
    ----------
    cells
        Counts of answers: ``item, status, count``.
    items
        The keyed items, by their names in the answers.

    Examples
    --------
    >>> cells = pd.DataFrame({"item": ["q1", "q2-a", "q2-b"], "status": "valid", "count": [1, 4, 4]})
    >>> unkeyed_answers(cells, ["q1", "q2"])
    {'unkeyed': 8, 'valid': 9, 'asked_items': 1, 'keyed_items': 2, 'example': 'q2-a'}
    """
    keyed = set(map(str, items))
    valid = cells[cells["status"] == "valid"]
    names = valid["item"].astype(str)
    strange = ~names.isin(keyed)
    return {
        "unkeyed": int(valid.loc[strange, "count"].sum()),
        "valid": int(valid["count"].sum()),
        "asked_items": len(keyed & set(cells["item"].astype(str))),
        "keyed_items": len(keyed),
        "example": str(names[strange].iloc[0]) if strange.any() else None,
    }


def unkeyed_reasons(result: Result) -> list[Reason]:
    """Speaks against scores where most answers have no key and some keys have no answer: names that don't meet.

    Answers without a key say nothing by themselves: logs may hold other items too.
    """
    found = result.meta.get("unkeyed_answers")
    if not found or 2 * found["unkeyed"] <= found["valid"] or found["asked_items"] == found["keyed_items"]:
        return []
    text = (
        f"{number(found['unkeyed'])} of {counted(found['valid'], 'valid answer')} are to items that no key names "
        f"(such as {found['example']}), and only {number(found['asked_items'])} of "
        f"{counted(found['keyed_items'], 'keyed item')} were asked"
    )
    return [Reason("scored", "care", text)]
