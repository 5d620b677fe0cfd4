"""A scale for all items, or one for each: files of surveys and of benchmarks hold items of 2 to 11 points side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TypeGuard, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError
from valuestats.ingest.answers.scales import ScaleLike, as_scale, with_parser
from valuestats.instruments import AnswerScale
from valuestats.tables.responses import STATUSES

type Scales = ScaleLike | Mapping[str, ScaleLike]
"""A scale, or items (or patterns of them, ``"Q1*"``) with the scale of each; a later pattern goes before an earlier one."""


@dataclass(frozen=True)
class ItemScales:
    """Which scale each item has; patterns in the order in which they were declared."""

    patterns: tuple[tuple[str, AnswerScale], ...]

    @classmethod
    def of(cls, scale: Scales | ItemScales) -> ItemScales:
        """From a scale for all items, or a mapping of patterns to scales.

        Examples
        --------
        >>> ItemScales.of({"*": "pvq21", "b*": "bfi10"}).scale_of("b1").bounds
        (1, 5)
        """
        if isinstance(scale, ItemScales):
            return scale
        if _by_item(scale):
            if not scale:
                raise SpecificationError("no scales", parameter="scale", got="{}", expected="{item: scale}")
            return cls(tuple((str(pattern), as_scale(one)) for pattern, one in scale.items()))
        return cls((("*", as_scale(cast(ScaleLike, scale))),))

    def scale_of(self, item: str) -> AnswerScale:
        """The scale of one item.

        Raises
        ------
        SpecificationError
            No pattern meets it.
        """
        for pattern, scale in reversed(self.patterns):
            if fnmatchcase(item, pattern):
                return scale
        raise SpecificationError(
            "an item has no scale",
            parameter="scale",
            got=item,
            expected=f"one that meets {', '.join(repr(pattern) for pattern, _ in self.patterns[:10])}",
            hint="add it, or '*' for all others",
        )

    def groups(self, items: pd.Series) -> list[tuple[AnswerScale, NDArray[np.intp]]]:
        """Each scale that is needed, with the positions of the rows of its items; null items go with the first."""
        if len(self.patterns) == 1 and self.patterns[0][0] == "*":
            return [(self.patterns[0][1], np.arange(len(items)))]
        codes, names = pd.factorize(items, use_na_sentinel=True)
        scales = [self.scale_of(str(name)) for name in names]
        distinct: list[AnswerScale] = []
        for scale in scales or [self.patterns[0][1]]:
            if not any(scale is known for known in distinct):
                distinct.append(scale)
        which = np.array([*(next(n for n, d in enumerate(distinct) if d is s) for s in scales), 0])
        return [(scale, np.flatnonzero(which[codes] == number)) for number, scale in enumerate(distinct)]


def scales_with_parser(scale: Scales, parser: str) -> Scales:
    """The scale, or each of them, its texts read by a parser of your own.

    Examples
    --------
    >>> scales_with_parser({"*": "pvq21"}, "first_number")["*"].parser
    'first_number'
    """
    if _by_item(scale):
        return {pattern: with_parser(one, parser) for pattern, one in scale.items()}
    return with_parser(cast(ScaleLike, scale), parser)


def _by_item(scale: Scales) -> TypeGuard[Mapping[str, ScaleLike]]:
    """Whether a mapping says the scales of items, and not the options of one scale by their codes."""
    return isinstance(scale, Mapping) and not (scale and all(isinstance(key, int) for key in scale))


def read_by_item(
    items: pd.Series, scales: ItemScales, read: Callable[[AnswerScale, NDArray[np.intp]], pd.DataFrame]
) -> pd.DataFrame:
    """What `read` makes of the rows of each scale (``answer``, ``status``, ``rule``), in the order of the items.

    Parameters
    ----------
    items
        The item of each row.
    scales
        The scale of each item.
    read
        Reads the answers at these positions by this scale.
    """
    groups = scales.groups(items)
    if len(groups) == 1:
        return read(*groups[0])
    parts = [
        read(scale, rows).astype({"status": "str", "rule": "str"}).set_axis(rows) for scale, rows in groups
    ]
    found = pd.concat(parts).sort_index().set_axis(items.index)
    return found.astype({"status": pd.CategoricalDtype(list(STATUSES)), "rule": "category"})
