"""Labels of a judge and of people as codes: one label however it is written, and what stands against taking it for one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.errors import InputError, SpecificationError
from valuestats.base.labels import counted
from valuestats.raters.labels import TRUTH, joined, same_label, written

ONE_SIDED = "a label of one side only"
"""In a note of a label that the judge or people never use."""
_TRUTH = {name: str(number) for name, number in TRUTH.items()}
_SIDES = {"judge": "the judge", "label": "people"}

Codes = NDArray[np.int64]


def coded_labels(
    rows: pd.DataFrame, labels: Sequence[str] | None
) -> tuple[tuple[str, ...], Codes, Codes, list[str]]:
    """The labels, the judge's and people's as codes (-1 where null), and what was found.

    Labels that differ only in case or in blanks are one, called as it is written most often (or declared); so are numbers
    however they are written. A label that one side never gives is named: it may be a mistake of the file, such as another
    word for the same.

    Raises
    ------
    InputError
        Labels that are not declared, or declared twice.
    SpecificationError
        Fewer than two labels.
    """
    keys, texts = {}, {}
    for column in _SIDES:
        known = rows[column].notna().to_numpy()
        texts[column] = [written(x) if k else "" for x, k in zip(rows[column], known, strict=True)]
        keys[column] = [_key(x) if k else "" for x, k in zip(rows[column], known, strict=True)]
    if {*keys["judge"], *keys["label"]} <= {"", *_TRUTH, *_TRUTH.values()}:
        keys = {column: [_TRUTH.get(key, key) for key in own] for column, own in keys.items()}
    spelled: dict[str, Counter[str]] = {}
    for column in _SIDES:
        for key, text in zip(keys[column], texts[column], strict=True):
            if key:
                spelled.setdefault(key, Counter())[text] += 1
    said = [joined(ways) for _, ways in sorted(spelled.items()) if len(ways) > 1]
    called = {key: max(sorted(ways), key=lambda text, w=ways: w[text]) for key, ways in spelled.items()}  # type: ignore[misc]
    if labels is None:
        order = sorted(called, key=called.__getitem__)
    else:
        order = [_key(x) for x in labels]
        if not {*order, *called} - {*_TRUTH, *_TRUTH.values()}:
            order = [_TRUTH.get(key, key) for key in order]
        unknown = [called[key] for key in sorted(called) if key not in order]
        if unknown or len(set(order)) < len(order):
            raise InputError(
                "judged: labels that are not declared, or declared twice",
                parameter="labels",
                got=", ".join(unknown or map(written, labels)),
                expected=", ".join(map(written, labels)),
            )
        called = {key: written(x) for key, x in zip(order, labels, strict=True)}
    if len(order) < 2:
        raise SpecificationError(
            "one label leaves nothing to correct",
            parameter="judged",
            got=", ".join(called.values()) or "none",
            expected="2 or more",
        )
    names = tuple(called[key] for key in order)
    code = {key: k for k, key in enumerate(order)}
    judge, label = (np.array([code.get(key, -1) for key in keys[c]], dtype=np.int64) for c in _SIDES)
    return names, judge, label, [*said, *_one_sided(names, judge, label)]


def _key(rating: Any) -> str:
    """What labels that are one have in common, as text."""
    return str(same_label(rating))


def _one_sided(names: tuple[str, ...], judge: Codes, label: Codes) -> list[str]:
    """Labels of the part that both labelled, or of all, that one side never gives."""
    found = []
    both = (judge >= 0) & (label >= 0)
    for k, name in enumerate(names):
        mine, theirs = int((judge == k).sum()), int((label == k).sum())
        if not mine and not theirs:
            continue
        if not mine:
            found.append(
                f"{ONE_SIDED}: the judge never gives {name!r}, which people give to {counted(theirs, 'item')}"
            )
        elif not theirs and int((both & (judge == k)).sum()):
            times = counted(int((both & (judge == k)).sum()), "item")
            found.append(
                f"{ONE_SIDED}: people never give {name!r}, which the judge gives to {times} that they labelled"
            )
    return found
