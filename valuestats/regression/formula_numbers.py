"""The functions of a formula: a closed set, worked out on columns of numbers.

What a function learns of the data (a mean, knots) is kept by its tree, so that new rows are treated as the fitted ones were.
Means, quantiles and orthogonality are over answers, not over the cells that they were counted into.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.interpolate import BSpline, CubicSpline

from valuestats.base.errors import SpecificationError
from valuestats.regression.effects_rows import is_number
from valuestats.regression.formula_syntax import Call, Name, Node, Number, Sign, Text, refused, shown

Floats = NDArray[np.float64]
ELEMENTWISE: dict[str, Callable[[Floats], Floats]] = {
    "log": np.log,
    "exp": np.exp,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "I": np.asarray,
}
STANDARD = ("center", "scale", "standardize")
# Of each basis its whole numbers, with the default (None: to be given) and the least and the largest.
BASES: dict[str, dict[str, tuple[int | None, int, int]]] = {
    "poly": {"degree": (None, 1, 10)},
    "bs": {"df": (None, 1, 50), "degree": (3, 1, 5)},
    "cr": {"df": (None, 2, 50)},
}
CODINGS = ("Treatment", "Sum", "Poly")
FUNCTIONS = (*ELEMENTWISE, *STANDARD, *BASES, "C")
_SIGNS: dict[str, Callable[[Floats, Floats], Floats]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "**": np.power,
}


class Memory(dict[Node, Any]):
    """What functions learned; with `weights` (answers per row) they learn, without they have learned."""

    weights: Floats | None = None


def check_call(node: Call) -> None:
    """Refuse a call of a known function whose arguments are not those that it takes."""
    if node.function == "C":
        _coding(node)
    elif node.function in BASES:
        basis_sizes(node)
        check_number(node.arguments[0])
    else:
        check_number(node)


def check_number(node: Node) -> None:
    """Refuse what is not arithmetic of columns and numbers."""
    match node:
        case Name() | Number():
            return
        case Sign(sign, left, right) if sign in _SIGNS:
            if left is not None:
                check_number(left)
            check_number(right)
            return
        case Call(function, arguments, named) if function in ELEMENTWISE or function in STANDARD:
            if len(arguments) != 1 or named:
                raise refused(f"{function}() takes one argument", shown(node), f"{function}(x)")
            check_number(arguments[0])
            return
        case Call(function):
            raise refused(
                f"a formula can't call {function}() in arithmetic",
                shown(node),
                ", ".join(f"{name}()" for name in sorted([*ELEMENTWISE, *STANDARD])),
                "put what else is wanted into a column of the data",
            )
    raise refused("arithmetic is + - * / ^ of columns and numbers", shown(node), "I(x^2 + 2 * z)")


def basis_sizes(node: Call) -> dict[str, int]:
    """The whole numbers that a basis is asked for with."""
    known = BASES[node.function]
    given = {**dict(zip(known, node.arguments[1:], strict=False)), **dict(node.named)}
    usage = f"{node.function}(x, {', '.join(f'{k}={low + 2}' for k, (_, low, _) in known.items())})"
    if not node.arguments or len(node.arguments) > 1 + len(known) or set(given) - set(known):
        raise refused(f"{node.function}() does not take these arguments", shown(node), usage)
    found: dict[str, int] = {}
    for name, (default, least, most) in known.items():
        value = given.get(name, None if default is None else Number(float(default)))
        if not isinstance(value, Number) or value.value not in range(least, most + 1):
            raise refused(
                f"{name} of {node.function}() is a whole number", shown(node), f"{least} to {most}", usage
            )
        found[name] = int(value.value)
    if found.get("df", 50) < found.get("degree", 0):
        raise refused(
            "a spline has no fewer columns than its degree", shown(node), f"df from {found['degree']}"
        )
    return found


def _coding(node: Call) -> tuple[str, str, Node | None]:
    """Column, coding and reference level of ``C(x, Sum)``, ``C(x, Treatment('b'))``."""
    usage = "C(x), C(x, Sum), C(x, Poly), C(x, Treatment('b'))"
    parts = [*node.arguments[1:], *(value for name, value in node.named if name == "contrast")]
    if not node.arguments or not isinstance(node.arguments[0], Name) or len(parts) > 1:
        raise refused("C() codes one column", shown(node), usage)
    if any(name != "contrast" for name, _ in node.named):
        raise refused("C() takes a column and a coding", shown(node), usage)
    column = node.arguments[0].name
    match parts:
        case []:
            return column, "Treatment", None
        case [Name(coding)] if coding in CODINGS:
            return column, coding, None
        case [Call("Treatment", arguments, named)]:
            levels = [*arguments, *(value for name, value in named if name == "reference")]
            if len(levels) == 1 and len(arguments) + len(named) == 1 and isinstance(levels[0], Text | Number):
                return column, "Treatment", levels[0]
    raise refused("a coding that C() does not have", shown(node), usage)


def coding_of(node: Call) -> tuple[str, str, str | None]:
    """Column, coding and label of the reference level of a call of ``C()``."""
    column, coding, level = _coding(node)
    return column, coding, None if level is None else shown(level).strip("'")


@np.errstate(all="ignore")
def numbers(node: Node, rows: pd.DataFrame, memory: Memory) -> Floats:
    """A column of numbers from a tree of arithmetic, shape ``(rows,)``; what has no value is not finite."""
    match node:
        case Number(value):
            return np.full(len(rows), value)
        case Name(name):
            if not is_number(rows[name]):
                raise refused("arithmetic needs numbers", f"{name} holds labels")
            return rows[name].to_numpy(dtype=float)
        case Sign(sign, left, right):
            behind = numbers(right, rows, memory)
            return -behind if left is None else _SIGNS[sign](numbers(left, rows, memory), behind)
        case Call(function, arguments, _) if function in ELEMENTWISE:
            return ELEMENTWISE[function](numbers(arguments[0], rows, memory))
        case Call(function, arguments, _):
            inner = finite(numbers(arguments[0], rows, memory), arguments[0])
            mean, sd = _learned(node, memory, lambda w: _moments(node, inner, w))
            return inner - mean if function == "center" else (inner - mean) / sd
    raise refused("arithmetic is + - * / ^ of columns and numbers", shown(node))


def basis(node: Call, rows: pd.DataFrame, memory: Memory) -> Floats:
    """Columns of ``poly()``, ``bs()`` or ``cr()``, shape ``(rows, columns)``."""
    value, sizes = finite(numbers(node.arguments[0], rows, memory), node.arguments[0]), basis_sizes(node)
    if node.function == "poly":
        return _polynomials(
            value, *_learned(node, memory, lambda w: _recurrence(node, value, w, sizes["degree"]))
        )
    if node.function == "bs":
        degree = sizes["degree"]
        knots = _learned(node, memory, lambda w: _spline_knots(node, value, w, sizes["df"] - degree, degree))
        return np.asarray(BSpline.design_matrix(value, knots, degree, extrapolate=True).toarray()[:, 1:])
    knots = _learned(node, memory, lambda w: _distinct(node, quantiles(value, w, sizes["df"] + 1)))
    return natural_splines(value, knots)[:, 1:]


def finite(values: Floats, what: Node) -> Floats:
    """The values, refused where one is no finite number."""
    if not np.isfinite(values).all():
        lost = int((~np.isfinite(values)).reshape(len(values), -1).any(axis=1).sum())
        raise refused(
            f"{shown(what)} is no finite number in some rows",
            f"{lost} of {len(values)} distinct rows of covariates",
        )
    return values


def _learned(node: Node, memory: Memory, learn: Callable[[Floats], Any]) -> Any:
    if memory.weights is not None and node not in memory:
        memory[node] = learn(memory.weights)
    return memory[node]


def _moments(node: Node, value: Floats, weights: Floats) -> tuple[float, float]:
    mean = float(np.average(value, weights=weights))
    sd = float(np.sqrt((weights * (value - mean) ** 2).sum() / max(weights.sum() - 1.0, 1.0)))
    if not sd > 0:
        raise refused("a number that does not vary", shown(node))
    return mean, sd


def _recurrence(node: Node, value: Floats, weights: Floats, degree: int) -> tuple[list[float], list[float]]:
    """Centres and squared lengths of the polynomials that are orthogonal over the answers (Forsythe 1957)."""
    if len(np.unique(value)) <= degree:
        raise refused("too few distinct values for the degree", shown(node), f"more than {degree}")
    centres: list[float] = []
    lengths: list[float] = []
    before, now = np.zeros_like(value), np.ones_like(value)
    for k in range(degree + 1):
        lengths.append(float((weights * now**2).sum()))
        centres.append(float((weights * value * now**2).sum() / lengths[-1]))
        ratio = lengths[k] / lengths[k - 1] if k else 0.0
        before, now = now, (value - centres[-1]) * now - ratio * before
    return centres, lengths


def _polynomials(value: Floats, centres: list[float], lengths: list[float]) -> Floats:
    before, now, found = np.zeros_like(value), np.ones_like(value), []
    for k in range(len(lengths) - 1):
        ratio = lengths[k] / lengths[k - 1] if k else 0.0
        before, now = now, (value - centres[k]) * now - ratio * before
        found.append(now / np.sqrt(lengths[k + 1]))
    return np.stack(found, axis=1)


def _spline_knots(node: Node, value: Floats, weights: Floats, inner: int, degree: int) -> Floats:
    knots = _distinct(node, quantiles(value, weights, inner + 2))
    return np.concatenate([np.repeat(knots[0], degree), knots, np.repeat(knots[-1], degree)])


def _distinct(node: Node, knots: Floats) -> Floats:
    if (np.diff(knots) <= 0).any():
        raise refused("too few distinct values for the knots of a spline", shown(node), hint="a smaller df")
    return knots


def quantiles(value: Floats, weights: Floats, number: int) -> Floats:
    """Evenly spaced quantiles of the answers (type 7 of Hyndman and Fan 1996), the extremes included."""
    order = np.argsort(value)
    reached, sorted_values = np.cumsum(weights[order]), value[order]
    place = np.linspace(0.0, 1.0, number) * max(reached[-1] - 1.0, 0.0)
    low = np.minimum(np.searchsorted(reached, np.floor(place), side="right"), len(value) - 1)
    high = np.minimum(np.searchsorted(reached, np.ceil(place), side="right"), len(value) - 1)
    share = place - np.floor(place)
    return np.asarray((1.0 - share) * sorted_values[low] + share * sorted_values[high])


def natural_splines(value: Floats, knots: Floats) -> Floats:
    """Natural cubic spline by its heights at the knots, ``(rows, knots)``; straight beyond the last ones."""
    spline = CubicSpline(knots, np.eye(len(knots)), bc_type="natural")
    inside = np.clip(value, knots[0], knots[-1])
    return np.asarray(spline(inside) + (value - inside)[:, None] * spline(inside, 1))


def unknown_level(column: str, labels: object) -> SpecificationError:
    """A level of a fixed effect that was not fitted, as an error to raise."""
    return SpecificationError(
        "the new data have a level of a fixed effect that was not fitted",
        parameter="newdata",
        got=f"{column}: {labels}",
    )
