"""Waves in their order, and which of them follow each other by one step."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError
from valuestats.base.labels import listed

WIDEST = 1.5
"""Times the shortest time between two waves from which on it is more than one step: months differ by less."""
_DATE = re.compile(r"\d{4}-\d{2}(-\d{2})?")
_NUMBERED = re.compile(r"(\D*)(\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class Waves:
    """The waves of a panel.

    Attributes
    ----------
    code
        Number of each row's wave, in the order of waves.
    names
        The waves, as printed.
    adjacent
        Whether each wave and the next are one step apart, shape ``(waves - 1,)``.
    """

    code: NDArray[np.int64]
    names: tuple[str, ...]
    adjacent: NDArray[np.bool_]

    @property
    def skipped(self) -> list[str]:
        """Pairs of waves between which there is more than one step."""
        pairs = zip(self.names, self.names[1:], self.adjacent, strict=False)
        return [f"{one} to {other}" for one, other, near in pairs if not near]


def waves_of(wave: pd.Series) -> Waves:
    """Waves by number or date; numbers written as text, or at the end of names that begin alike, count as numbers.

    Two waves are one step apart where the time between them is less than 1.5 times the shortest. Of an ordered categorical
    each level is one step from the next.

    Raises
    ------
    SpecificationError
        Names without a number, whose order in time the alphabet does not know.

    Examples
    --------
    >>> import pandas as pd
    >>> found = waves_of(pd.Series(["wave 10", "wave 9", "wave 12"]))
    >>> found.names, found.skipped
    (('wave 9', 'wave 10', 'wave 12'), ['wave 10 to wave 12'])
    """
    ordered = isinstance(wave.dtype, pd.CategoricalDtype) and bool(wave.dtype.ordered)
    place = wave.cat.codes.astype(float) if ordered else _places(wave)
    code, places = pd.factorize(place, sort=True)
    first = np.unique(code, return_index=True)[1]
    names = tuple(_printed(wave.iloc[k]) for k in first)
    gaps = np.diff(np.asarray(places, dtype=float))
    near = gaps < WIDEST * gaps.min() if len(gaps) else np.zeros(0, dtype=bool)
    return Waves(np.asarray(code, dtype=np.int64), names, near)


def _places(wave: pd.Series) -> pd.Series:
    """Time of each row."""
    if pd.api.types.is_datetime64_any_dtype(wave):
        return wave.astype("int64").astype(float)
    number = pd.to_numeric(wave, errors="coerce")
    if number.notna().all():
        return number.astype(float)
    names = wave.astype(str)
    each = names.unique()
    if all(_DATE.fullmatch(name) for name in each):
        return pd.to_datetime(names, format="ISO8601").astype("int64").astype(float)
    found = [m for m in map(_NUMBERED.fullmatch, each) if m is not None]
    if len(found) < len(each) or len({m[1] for m in found}) > 1:
        raise SpecificationError(
            "waves by names have no order in time",
            parameter="wave",
            got=listed(each[:4].tolist()),
            expected="numbers, dates, names that end in a number, or an ordered categorical",
        )
    return names.map({m.string: float(m[2]) for m in found}).astype(float)


def _printed(name: object) -> str:
    return f"{name:g}" if isinstance(name, float) else str(name)
