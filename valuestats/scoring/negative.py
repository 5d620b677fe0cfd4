"""Items that go against a value and were no keys of it, as only positive ones were asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from valuestats.base.labels import counted, listed, number, readable

_NAMED = 5


def left_out_warnings(negative: Mapping[str, Sequence[str]], dimensions: Sequence[str]) -> list[str]:
    """Which items of the scored dimensions are no keys, and what keys them.

    Examples
    --------
    >>> left_out_warnings({"Power": ["3", "8"]}, ["Power"])
    ["2 items go against their value and are no keys: Power 3 and 8; keys(signs='both') takes them, turned"]
    """
    told = {d: list(negative[d]) for d in dimensions if negative.get(d)}
    if not told:
        return []
    many = sum(map(len, told.values()))
    each, shown = [], 0
    for dimension, items in told.items():
        if shown >= _NAMED:
            break
        first = items[: _NAMED - shown]
        shown += len(first)
        each.append(f"{readable(dimension)} {listed(first)}")
    more = f" and {number(many - shown)} more" if many > shown else ""
    goes, are = ("goes against its", "is no key") if many == 1 else ("go against their", "are no keys")
    them = "it" if many == 1 else "them"
    return [
        f"{counted(many, 'item')} {goes} value and {are}: {', '.join(each)}{more}; keys(signs='both') takes {them}, turned"
    ]
