"""What an argument may be (whole, within bounds, one of some values), and what arguments of a name must be."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real


@dataclass(frozen=True)
class Whole:
    """Allows whole numbers from `least` on."""

    least: int | None = None

    @property
    def expected(self) -> str:
        """What is allowed, in words."""
        return "a whole number" if self.least is None else f"a whole number from {self.least} on"

    def allows(self, value: object) -> bool:
        """Whether the value is allowed."""
        if is_bool(value):
            return False
        try:
            number = operator.index(value)  # type: ignore[arg-type]
        except TypeError:
            return False
        return self.least is None or number >= self.least


@dataclass(frozen=True)
class Number:
    """Allows numbers between two bounds; `closed` names those that belong to it: ``""``, ``"["``, ``"]"`` or ``"[]"``."""

    least: float = -math.inf
    most: float = math.inf
    closed: str = "[]"

    @property
    def expected(self) -> str:
        """What is allowed, in words."""
        if math.isinf(self.least) and math.isinf(self.most):
            return "a number"
        if math.isinf(self.most):
            return f"{self.least:g} or more" if "[" in self.closed else f"above {self.least:g}"
        words = {"[]": "in [{}, {}]", "[": "in [{}, {})", "]": "in ({}, {}]", "": "in ({}, {})"}
        return words[self.closed].format(f"{self.least:g}", f"{self.most:g}")

    def allows(self, value: object) -> bool:
        """Whether the value is allowed."""
        if is_bool(value) or not isinstance(value, Real):
            return False
        number = float(value)
        if math.isnan(number):
            return False
        above = number >= self.least if "[" in self.closed else number > self.least
        return above and (number <= self.most if "]" in self.closed else number < self.most)


@dataclass(frozen=True)
class OneOf:
    """Allows the values of a ``Literal``; `each` of a sequence of them where they are asked for by the list.

    Objects of some `kinds` may stand for a value, as where it names one of them.
    """

    values: tuple[object, ...]
    each: bool = False
    kinds: tuple[type, ...] = ()

    @property
    def expected(self) -> str:
        """What is allowed, in words."""
        names = ", ".join([*(str(v) for v in self.values), *(kind.__name__ for kind in self.kinds)])
        return f"a list of some of {names}" if self.each else f"one of {names}"

    def allows(self, value: object) -> bool:
        """Whether the value is allowed."""
        if self.kinds and isinstance(value, self.kinds):
            return True
        if not self.each:
            return any(type(v) is type(value) and v == value for v in self.values)
        return (
            isinstance(value, Sequence)
            and not isinstance(value, str)
            and all(OneOf(self.values).allows(v) for v in value)
        )


@dataclass(frozen=True)
class Truth:
    """Allows true and false."""

    expected: str = "True or False"

    def allows(self, value: object) -> bool:
        """Whether the value is allowed."""
        return is_bool(value)


@dataclass(frozen=True)
class Instance:
    """Allows objects of some classes."""

    kinds: tuple[type, ...]

    @property
    def expected(self) -> str:
        """What is allowed, in words."""
        return " or ".join(kind.__name__ for kind in self.kinds)

    def allows(self, value: object) -> bool:
        """Whether the value is allowed."""
        return isinstance(value, self.kinds)


type Check = Whole | Number | OneOf | Truth | Instance

INSIDE = Number(0.0, 1.0, "")
"""Strictly between 0 and 1."""

POSITIVE = Number(0.0, math.inf, "")
"""Above 0."""

SHARE = Number(0.0, 1.0)
"""From 0 to 1."""

CONVENTIONS: dict[str, Check] = {
    "level": INSIDE,
    "seed": Whole(0),
    "replicates": Whole(0),
    "permutations": Whole(0),
    "draws": Whole(2),
    "tune": Whole(1),
    "chains": Whole(1),
    "splits": Whole(1),
    "folds": Whole(2),
    "starts": Whole(0),
    "imputations": Whole(2),
    "purify": Whole(0),
    "limit": Whole(0),
    "most": Whole(2),
    "refits": Whole(0),
    "least": Whole(0),
    "probability": INSIDE,
    "q": INSIDE,
    "false_discovery": INSIDE,
    "target_accept": INSIDE,
    "min_share": SHARE,
    "share": INSIDE,
    "threshold": Number(0.0, 1.0, "["),
    "factors": Whole(1),
    "n": Whole(1),
    "max_iterations": Whole(1),
    "threads": Whole(1),
    "batch_rows": Whole(1),
    "half_width": POSITIVE,
    "spread_sd": POSITIVE,
    "tolerance": POSITIVE,
    "loading_bound": POSITIVE,
    "threshold_bound": POSITIVE,
    "residual_bound": POSITIVE,
}
"""What arguments of these names must be in every verb, unless the annotation says otherwise (`Whole` in ``Annotated``)."""


def is_bool(value: object) -> bool:
    """Whether a value is true or false, of Python or of numpy."""
    # by its name, since numpy is not imported here
    return isinstance(value, bool) or type(value).__name__ == "bool"
