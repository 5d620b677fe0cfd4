"""What a table is said to hold: kinds of cells, and what adds up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from valuestats.base.errors import SpecificationError

CellKind = Literal[
    "share",
    "percent",
    "mean",
    "sd",
    "count",
    "rank",
    "win_rate",
    "matching",
    "correlation",
    "number",
]
"""``share`` (0 to 1) and ``percent`` (0 to 100) of n; ``mean`` and ``sd`` on a scale; ``count``; ``rank`` (1 is first);
square tables: ``win_rate`` (of the row over the column), ``matching`` (share of equal answers), ``correlation``;
``number``: anything else."""

SQUARE: tuple[CellKind, ...] = ("win_rate", "matching", "correlation")


@dataclass(frozen=True)
class Holds:
    """What the cells of a table, or of one of its columns, hold.

    Attributes
    ----------
    kind
        See `CellKind`.
    n
        How many answers are behind a cell: a number, or the column that says so. Without, nothing is said of rounding.
    decimals
        Decimals as printed. Without, those of the text, or, of numbers, the most that any cell of the column has.
    low, high
        Ends of the scale of a mean or SD.
    items
        Answers are whole numbers, and a mean or SD is of scores that average this many; without, answers are not known to
        be whole.
    mean
        For an SD, the column with its mean.
    ddof
        For an SD, what is taken off n.
    of
        For ranks, the column that is ranked.
    lowest_first
        For ranks, whether the lowest value has rank 1.
    per
        What a whole is, for win rates and shares of equal answers: 1, or 100 where they are printed in percent.

    Raises
    ------
    SpecificationError
        A kind that there isn't, ends in the wrong order, or a number that can't be.

    Examples
    --------
    >>> Holds("percent", n=50).whole
    100
    """

    kind: CellKind
    n: int | str | None = None
    decimals: int | None = None
    low: float | None = None
    high: float | None = None
    items: int | None = None
    mean: str | None = None
    ddof: int = 1
    of: str | None = None
    lowest_first: bool = False
    per: Literal[1, 100] = 1

    def __post_init__(self) -> None:
        if self.kind not in get_args(CellKind):
            _refuse("no such kind of cells", "kind", self.kind, ", ".join(get_args(CellKind)))
        if self.per not in (1, 100):
            _refuse("a whole is 1 or 100", "per", self.per, "1 or 100")
        for name, least in (("n", 1), ("decimals", 0), ("items", 1), ("ddof", 0)):
            value = getattr(self, name)
            if value is not None and not isinstance(value, str) and not (_whole(value) and value >= least):
                _refuse(f"impossible {name}", name, value, f"a whole number from {least} on")
        if self.low is not None and self.high is not None and not self.low < self.high:
            _refuse("the ends of the scale are in the wrong order", "low", self.low, f"below {self.high}")

    @property
    def whole(self) -> int:
        """What a share of everything is printed as."""
        return 100 if self.kind == "percent" else int(self.per)


@dataclass(frozen=True)
class Sums:
    """What adds up to what, or what its mean or SD is.

    Attributes
    ----------
    over
        ``"columns"``: in each row, the cells of `parts`; ``"rows"``: in each column, those of the rows `parts`.
    total
        The number that they make, or the name of the column (row) that holds it.
    parts
        Names of columns (rows); without, all but the total, and, of columns, all of the first one's kind.
    how
        ``"sum"``, ``"mean"`` or ``"sd"`` (with one degree of freedom less than parts).

    Examples
    --------
    >>> Sums("columns", 100, ("A", "B", "C")).how
    'sum'
    """

    over: Literal["columns", "rows"]
    total: float | str
    parts: tuple[str, ...] = ()
    how: Literal["sum", "mean", "sd"] = "sum"

    def __post_init__(self) -> None:
        for name, allowed in (("over", ("columns", "rows")), ("how", ("sum", "mean", "sd"))):
            if getattr(self, name) not in allowed:
                _refuse(f"no such {name}", name, getattr(self, name), " or ".join(allowed))


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _refuse(message: str, parameter: str, got: object, expected: str) -> None:
    raise SpecificationError(message, parameter=parameter, got=got, expected=expected)
