"""The terms of a formula that are curves of one number: ``rw1(x)``, ``rw2(x)`` and ``s(x)``, each with ``by=``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args

from valuestats.regression.formula_syntax import Call, Name, Node, Number, Sign, refused, shown

CurveKind = Literal["rw1", "rw2", "s"]
CURVES = get_args(CurveKind)
_USAGE = "rw1(x), rw2(x), s(x), s(x, df=9), rw1(x, by=model), rw1(x, by=model:value)"
_LEAST_DF, _MOST_DF, _DF = 2, 100, 9


@dataclass(frozen=True)
class CurvePart:
    """A curve of a number, one for all rows or one for each level of a factor.

    Attributes
    ----------
    kind
        ``"rw1"``, ``"rw2"``: random walks of first and second order over the steps; ``"s"``: a penalised cubic spline.
    column
        The number.
    by
        Columns whose combined levels have a curve each; empty for one curve.
    df
        Columns of the spline, at most.
    """

    kind: CurveKind
    column: str
    by: tuple[str, ...] = ()
    df: int = _DF

    @property
    def straight(self) -> bool:
        """Whether a straight line is a part of the curve that the spread does not shrink."""
        return self.kind != "rw1"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it names."""
        return (self.column, *self.by)

    def __str__(self) -> str:
        more = [f"df={self.df}"] if self.kind == "s" and self.df != _DF else []
        more += [f"by={':'.join(self.by)}"] if self.by else []
        return f"{self.kind}({', '.join([self.column, *more])})"


def curve_part(call: Call) -> CurvePart:
    """Read a call of ``rw1()``, ``rw2()`` or ``s()``.

    Examples
    --------
    >>> str(curve_part(Call("rw1", (Name("month"),), (("by", Name("model")),))))
    'rw1(month, by=model)'
    """
    named = dict(call.named)
    known = {"by", "df"} if call.function == "s" else {"by"}
    one = len(call.arguments) == 1 and isinstance(call.arguments[0], Name)
    if not one or set(named) - known or len(named) < len(call.named):
        raise refused(
            f"{call.function}() is a curve of one column",
            shown(call),
            _USAGE,
            "arithmetic goes into a column of the data",
        )
    df = named.get("df", Number(float(_DF)))
    if not isinstance(df, Number) or df.value not in range(_LEAST_DF, _MOST_DF + 1):
        raise refused("df of s() is a whole number", shown(call), f"{_LEAST_DF} to {_MOST_DF}")
    by = _factor(named["by"], call) if "by" in named else ()
    column = cast(Name, call.arguments[0]).name
    if column in by:
        raise refused("a curve of a column by the same column", shown(call), _USAGE)
    return CurvePart(cast(CurveKind, call.function), column, by, int(df.value))


def _factor(node: Node, call: Call) -> tuple[str, ...]:
    if isinstance(node, Name):
        return (node.name,)
    if isinstance(node, Sign) and node.sign == ":" and node.left is not None:
        return (*_factor(node.left, call), *_factor(node.right, call))
    raise refused("by= names a column, or several joined by ':'", shown(call), _USAGE)


def require_told_apart(curves: Sequence[CurvePart], lines: Sequence[str]) -> None:
    """Refuse two curves of one column by the same factor, and the straight line that a curve has already.

    `lines` are the columns that stand as they are among the fixed effects.
    """
    seen: dict[tuple[str, frozenset[str]], CurvePart] = {}
    for part in curves:
        other = seen.setdefault((part.column, frozenset(part.by)), part)
        if other is not part:
            raise refused("two curves of one column can't be told apart", f"{other} and {part}")
        if part.straight and not part.by and part.column in lines:
            raise refused(
                f"the straight line of {part.column} is a part of {part}",
                f"{part.column} + {part}",
                hint=f"leave {part.column} out; the result has it as line[{part}]",
            )
