"""A formula's tree as terms: fixed, group, monotonic and category-specific ones, curves, and offsets.

The signs mean what they mean in R (Wilkinson and Rogers 1973): ``a*b`` is ``a + b + a:b``, ``a/b`` is ``a + a:b``,
``(a + b)^2`` all terms of up to two, ``a*b - a`` takes a term out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from valuestats.regression.formula_curves import CURVES, CurvePart, curve_part, require_told_apart
from valuestats.regression.formula_numbers import FUNCTIONS, check_call, check_number
from valuestats.regression.formula_syntax import (
    Bar,
    Call,
    Name,
    Node,
    Number,
    Sign,
    names_in,
    parse,
    parse_sides,
    refused,
    shown,
)

_TERMS, _POWER = 500, 6  # terms of a side, and the highest power of a sum
_ALONE = ("mo", "cs", "offset", *CURVES)
_BETWEEN = "mo(), cs(), offset(), rw1(), rw2(), s() and group terms stand alone between plus signs"
Term = tuple[Node, ...]


@dataclass(frozen=True)
class Side:
    """Terms that make columns.

    Attributes
    ----------
    terms
        Each a product of factors (columns and calls), those of one factor first.
    intercept
        Whether there is an intercept, which decides how factors are coded.
    """

    terms: tuple[Term, ...] = ()
    intercept: bool = True

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the terms name."""
        return _once(name for term in self.terms for factor in term for name in names_in(factor))

    def __str__(self) -> str:
        parts = [":".join(map(shown, term)) for term in self.terms]
        return " + ".join([*([] if self.intercept else ["0"]), *parts]) or "1"


@dataclass(frozen=True)
class GroupPart:
    """Effects that vary over the levels of a factor, or of several crossed ones."""

    effects: Side
    factor: tuple[str, ...]
    correlated: bool

    def __str__(self) -> str:
        return f"{self.effects}|{':'.join(self.factor)}"


@dataclass(frozen=True)
class Formula:
    """A formula taken apart.

    Attributes
    ----------
    response
        Column of answers.
    fixed, specific, disc
        Fixed effects, category-specific ones, and those on the log discrimination.
    groups
        Group terms.
    monotonic
        Columns with a monotonic effect.
    offsets
        Numbers that are added to the location as they are, with a coefficient of 1.
    curves
        Random walks and penalised splines.
    """

    response: str
    fixed: Side
    specific: Side
    disc: Side
    groups: tuple[GroupPart, ...]
    monotonic: tuple[str, ...]
    offsets: tuple[Node, ...]
    curves: tuple[CurvePart, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of all terms, each once."""
        parts = [
            *self.fixed.columns,
            *(name for node in self.offsets for name in names_in(node)),
            *(name for group in self.groups for name in (*group.effects.columns, *group.factor)),
            *self.monotonic,
            *(name for curve in self.curves for name in curve.columns),
            *self.specific.columns,
            *self.disc.columns,
        ]
        return _once(parts)


def read_sides(formula: str, disc: str | None = None, *, thresholds: bool = True) -> Formula:
    """Take a formula apart, and that of the log discrimination with it.

    With `thresholds` the intercept can't be taken out, as they stand in its place.

    Raises
    ------
    SpecificationError
        What a formula cannot express, by name.

    Examples
    --------
    >>> found = read_sides("answer ~ model/x + (x||item/wording) + mo(effort) + offset(log(n))")
    >>> str(found.fixed), [str(g) for g in found.groups], found.monotonic
    ('model + model:x', ['x|item', 'x|item:wording'], ('effort',))
    """
    sides = parse_sides(formula) if "~" in str(formula) else []
    if len(sides) != 2 or not isinstance(sides[0], Name):
        raise refused("a formula has a response and terms", formula, "answer ~ model + (1|item)")
    plain: list[tuple[bool, Node]] = []
    groups: list[GroupPart] = []
    curves: list[CurvePart] = []
    alone: dict[str, list[Node]] = {name: [] for name in _ALONE}
    for added, node in _summed(sides[1]):
        kind = node.function if isinstance(node, Call) else ""
        if kind not in _ALONE and not isinstance(node, Bar):
            if any(_stands_alone(part) for part in _parts(node)):
                raise refused(_BETWEEN, shown(node))
            plain.append((added, node))
        elif not added:
            raise refused("a term that can't be taken out by a minus", shown(node))
        elif isinstance(node, Bar):
            groups += _group(node)
        elif isinstance(node, Call) and kind in CURVES:
            curves.append(curve_part(node))
        else:
            alone[kind].append(_only(node))
    fixed = _side(plain, formula)
    if thresholds and not fixed.intercept:
        raise refused(
            "the thresholds take the place of the intercept, so it can't be taken out",
            formula,
            hint="leave out '0 +' or '- 1'",
        )
    _once_each(groups)
    require_told_apart(curves, [t[0].name for t in fixed.terms if len(t) == 1 and isinstance(t[0], Name)])
    for node in alone["mo"]:
        if not isinstance(node, Name):
            raise refused("a monotonic effect is that of one column", shown(node), "mo(effort)")
    for node in alone["offset"]:
        check_number(node)
    specific = [side for node in alone["cs"] for side in _summed(node)]
    return Formula(
        sides[0].name,
        fixed,
        _side(specific, formula),
        _side(_summed(parse(disc)), disc) if disc else Side(),
        tuple(groups),
        _once(name for node in alone["mo"] for name in names_in(node)),
        tuple(alone["offset"]),
        tuple(curves),
    )


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _summed(node: Node, added: bool = True) -> list[tuple[bool, Node]]:
    """What the outer plus and minus signs join, with whether it is added."""
    if isinstance(node, Sign) and node.sign in ("+", "-") and node.left is not None:
        return [*_summed(node.left, added), *_summed(node.right, added == (node.sign == "+"))]
    if isinstance(node, Sign) and node.left is None:
        return _summed(node.right, not added)
    return [(added, node)]


def _parts(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node, Sign):
        for side in (node.left, node.right):
            if side is not None:
                yield from _parts(side)
    elif isinstance(node, Call):
        for inner in (*node.arguments, *(value for _, value in node.named)):
            yield from _parts(inner)


def _stands_alone(node: Node) -> bool:
    return isinstance(node, Bar) or (isinstance(node, Call) and node.function in _ALONE)


def _only(node: Node) -> Node:
    if not isinstance(node, Call) or len(node.arguments) != 1 or node.named:
        raise refused("a function of one argument", shown(node), "mo(x), cs(x), offset(x)")
    inner = node.arguments[0]
    if any(_stands_alone(part) for part in _parts(inner)):
        raise refused(_BETWEEN, shown(node))
    return inner


def _side(parts: list[tuple[bool, Node]], text: str | None) -> Side:
    """Terms of a sum; its numbers 1 and 0 say whether there is an intercept."""
    intercept, found = True, dict[frozenset[Node], Term]()
    for added, node in parts:
        if isinstance(node, Number):
            if node.value not in (0.0, 1.0):
                raise refused("a number is no term", text, hint="arithmetic stands in I(), as in I(2 * x)")
            intercept = added == (node.value == 1.0)
            continue
        for term in _expanded(node):
            if added:
                found.setdefault(frozenset(term), term)
            elif found.pop(frozenset(term), None) is None:
                raise refused("a term is taken out that is not there", _named(term), hint=text)
        if len(found) > _TERMS:
            raise refused("a formula has too many terms", len(found), f"at most {_TERMS}")
    return Side(tuple(sorted(found.values(), key=len)), intercept)


def _named(term: Term) -> str:
    return ":".join(map(shown, term))


def _expanded(node: Node) -> list[Term]:
    """The terms that a tree stands for."""
    match node:
        case Name():
            return [(node,)]
        case Call(function):
            if function not in FUNCTIONS:
                raise refused(
                    f"a formula can't call {function}()",
                    shown(node),
                    ", ".join(f"{name}()" for name in sorted([*FUNCTIONS, *_ALONE])),
                    "put what else is wanted into a column of the data",
                )
            check_call(node)
            return [(node,)]
        case Sign(sign, left, right) if left is not None:
            return _joined(sign, left, right, node)
    raise refused(
        "a part that is no term", shown(node), hint="arithmetic stands in I(), as in I(x / 2) or I(-x)"
    )


def _joined(sign: str, left: Node, right: Node, node: Node) -> list[Term]:
    first = _expanded(left)
    if sign == "**":
        if not isinstance(right, Number) or right.value not in range(1, _POWER + 1):
            raise refused(
                "a power of terms is a whole number",
                shown(node),
                f"1 to {_POWER}",
                "I(x^2) is the square of x",
            )
        found = first
        for _ in range(int(right.value) - 1):
            found = _unique([*found, *_crossed(found, first)])
        return found
    second = _expanded(right)
    if sign == "+":
        return _unique([*first, *second])
    if sign == ":":
        return _crossed(first, second)
    if sign == "*":
        return _unique([*first, *second, *_crossed(first, second)])
    if sign == "/":
        whole: Term = tuple(dict.fromkeys(factor for term in first for factor in term))
        return _unique([*first, *_crossed([whole], second)])
    raise refused("a minus inside a product", shown(node), hint="write the terms out")


def _crossed(first: list[Term], second: list[Term]) -> list[Term]:
    if len(first) * len(second) > _TERMS:
        raise refused("a formula has too many terms", len(first) * len(second), f"at most {_TERMS}")
    return _unique(tuple(dict.fromkeys([*one, *two])) for one in first for two in second)


def _unique(terms: Iterable[Term]) -> list[Term]:
    found: dict[frozenset[Node], Term] = {}
    for term in terms:
        found.setdefault(frozenset(term), term)
    return list(found.values())


def _group(bar: Bar) -> list[GroupPart]:
    """A group term, or the several that a nested factor ``a/b`` stands for."""
    factor, nested, names = bar.factor, "/" in _signs(bar.factor), list[str]()
    for part in _parts(factor):
        if isinstance(part, Name):
            names.append(part.name)
        elif not (isinstance(part, Sign) and part.sign in (":", "/")) or len(_signs(factor)) > 1:
            raise refused(
                "a group term that can't be read",
                shown(bar),
                "(1|item), (x|item), (x||item), (1|model:item) or (1|item/wording)",
            )
    effects = _side(_summed(bar.effects), shown(bar))
    if not effects.terms and not effects.intercept:
        raise refused("a group term without effects", shown(bar), "(1|item) or (0 + x|item)")
    factors = [tuple(names[: n + 1]) for n in range(len(names))] if nested else [tuple(names)]
    return [GroupPart(effects, one, bar.correlated) for one in factors]


def _signs(node: Node) -> set[str]:
    return {part.sign for part in _parts(node) if isinstance(part, Sign)}


def _once_each(groups: list[GroupPart]) -> None:
    """Refuse an effect that two group terms give: their standard deviations could not be told apart."""
    for one, two in combinations(groups, 2):
        if set(one.factor) != set(two.factor):
            continue
        both = [
            _named(t) for t in one.effects.terms if frozenset(t) in {frozenset(s) for s in two.effects.terms}
        ]
        both += ["Intercept"] if one.effects.intercept and two.effects.intercept else []
        if both:
            raise refused(
                f"{', '.join(both)} by {':'.join(one.factor)} is given twice",
                f"({one}) and ({two})",
                hint="(x||item) holds the intercept; (0 + x||item) goes with (1|item)",
            )
