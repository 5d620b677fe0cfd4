"""Text of a formula to a tree: names of columns, numbers, texts, a closed set of signs, and calls by name.

There is no attribute, no subscript and no way to name anything but columns and the functions that the reader of the tree
knows: a tree is data, and nothing of a formula is ever handed to an interpreter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from valuestats.base.errors import SpecificationError

# Of a formula: characters, brackets and minus signs inside one another, and signs between terms.
_LONGEST, _DEEPEST, _MOST = 10_000, 40, 300
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<name>[^\W\d](?:\w|\.(?=\w))*)
    | (?P<quoted>`[^`]*`)
    | (?P<text>"[^"\\]*"|'[^'\\]*')
    | (?P<other>%[^%\s]*%)
    | (?P<sign>\|\||\*\*|[-+*/:^()|,=~])
    | (?P<end>$)
    | (?P<unknown>.)
    )""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Name:
    """A column."""

    name: str


@dataclass(frozen=True)
class Number:
    """A number."""

    value: float


@dataclass(frozen=True)
class Text:
    """A quoted text."""

    value: str


@dataclass(frozen=True)
class Call:
    """A function by name; `named` holds its arguments by keyword."""

    function: str
    arguments: tuple[Node, ...]
    named: tuple[tuple[str, Node], ...] = ()


@dataclass(frozen=True)
class Sign:
    """Two trees joined by a sign, or one behind a minus (`left` is None)."""

    sign: str
    left: Node | None
    right: Node


@dataclass(frozen=True)
class Bar:
    """``(effects | factor)`` or ``(effects || factor)``."""

    effects: Node
    factor: Node
    correlated: bool


type Node = Name | Number | Text | Call | Sign | Bar


def refused(
    message: str, got: object, expected: str | None = None, hint: str | None = None
) -> SpecificationError:
    """What is wrong with a formula, as an error to raise."""
    return SpecificationError(message, parameter="formula", got=got, expected=expected, hint=hint)


def shown(node: Node) -> str:
    """A tree as text, spaced in one way.

    Examples
    --------
    >>> shown(parse("bs(x,df=4)*`my model`"))
    'bs(x, df=4) * my model'
    """
    match node:
        case Name(name):
            return name
        case Number(value):
            return f"{value:.12g}"
        case Text(value):
            return f"'{value}'"
        case Call(function, arguments, named):
            inside = [*map(shown, arguments), *(f"{k}={shown(v)}" for k, v in named)]
            return f"{function}({', '.join(inside)})"
        case Sign(sign, left, right):
            if left is None:
                return f"{sign}{_inside(right)}"
            space = "" if sign == ":" else " "
            return f"{_inside(left)}{space}{sign}{space}{_inside(right)}"
        case Bar(effects, factor, correlated):
            return f"({shown(effects)}{'|' if correlated else '||'}{shown(factor)})"


def _inside(node: Node) -> str:
    return f"({shown(node)})" if isinstance(node, Sign) else shown(node)


def names_in(node: Node) -> Iterator[str]:
    """Columns that a tree names, in the order of the text."""
    match node:
        case Name(name):
            yield name
        case Call(function, arguments, named):
            # Of a coding only the column is one: the rest of C(x, Sum) are names of codings.
            for part in arguments[:1] if function == "C" else (*arguments, *(v for _, v in named)):
                yield from names_in(part)
        case Sign(_, left, right):
            if left is not None:
                yield from names_in(left)
            yield from names_in(right)
        case Bar(effects, factor, _):
            yield from names_in(effects)
            yield from names_in(factor)


def parse(text: str) -> Node:
    """The tree of one side of a formula.

    Raises
    ------
    SpecificationError
        A sign that formulas do not have, or one in a place where it says nothing.

    Examples
    --------
    >>> parse("a + (1|Q('my item'))")
    Sign(sign='+', left=Name(name='a'), right=Bar(effects=Number(value=1.0), factor=Name(name='my item'), correlated=True))
    """
    found = parse_sides(text)
    if len(found) != 1:
        raise refused("one side of a formula has no '~'", text)
    return found[0]


def parse_sides(text: str) -> list[Node]:
    """The trees between the tildes of a formula; nothing before the first one gives no tree."""
    if not isinstance(text, str):
        raise refused("a formula is text", type(text).__name__, "answer ~ model + (1|item)")
    if len(text) > _LONGEST:
        raise refused("a formula is too long", f"{len(text)} characters", f"at most {_LONGEST}")
    reader = _Reader(text)
    sides: list[Node] = []
    if reader.sign == "~":
        reader.next()
    sides.append(reader.sum())
    while reader.sign == "~":
        reader.next()
        sides.append(reader.sum())
    if reader.kind != "end":
        reader.fail()
    return sides


class _Reader:
    """Reads by precedence, as R does: ``^ **`` before a minus, before ``:``, before ``* /``, before ``+ -``."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.depth, self.joined = text, 0, 0, 0
        self.kind, self.value = "", ""
        self.next()

    @property
    def sign(self) -> str:
        """The present sign; empty if there is none."""
        return self.value if self.kind == "sign" else ""

    def next(self) -> None:
        """Go on to the next token."""
        found: Any = _TOKEN.match(self.text, self.at)
        self.kind, self.at = str(found.lastgroup), found.end()
        self.value = found.group(self.kind)
        if self.kind in ("unknown", "other"):
            raise refused(
                f"a formula has no {self.value!r}",
                self.text,
                "columns, + - * / : ** ( ), group terms with |, and the functions of formulas",
                "a column of another name is written `like this` or Q('like this')",
            )

    def fail(self) -> None:
        """Refuse the present token."""
        if self.depth and self.kind == "end":
            raise refused("a bracket of the formula is not closed", self.text)
        what = f"at {self.value!r}" if self.kind != "end" else "at its end"
        raise refused(f"the formula can't be read {what}", self.text, "answer ~ model * x + (1|item)")

    def _infix(self, signs: tuple[str, ...], operand: Any) -> Node:
        left: Node = operand()
        while self.sign in signs:
            sign = self.sign
            self.joined += 1
            if self.joined > _MOST:
                raise refused("a formula has too many signs", f"more than {_MOST}")
            self.next()
            left = Sign(sign, left, operand())
        return left

    def sum(self) -> Node:
        """Terms joined by plus and minus."""
        return self._infix(("+", "-"), self._product)

    def _product(self) -> Node:
        return self._infix(("*", "/"), self._interaction)

    def _interaction(self) -> Node:
        return self._infix((":",), self._unary)

    def _unary(self) -> Node:
        if self.sign in ("-", "+"):
            sign = self.sign
            self._deeper(1)
            self.next()
            right = self._unary()
            self._deeper(-1)
            return Sign("-", None, right) if sign == "-" else right
        return self._power()

    def _power(self) -> Node:
        base = self._atom()
        if self.sign not in ("**", "^"):
            return base
        self.next()
        self._deeper(1)
        found = Sign("**", base, self._unary())
        self._deeper(-1)
        return found

    def _deeper(self, by: int) -> None:
        self.depth += by
        if self.depth > _DEEPEST:
            raise refused("a formula is nested too deeply", f"more than {_DEEPEST} brackets")

    def _atom(self) -> Node:
        kind, value = self.kind, self.value
        if kind == "number":
            self.next()
            return Number(float(value))
        if kind == "text":
            self.next()
            return Text(value[1:-1])
        if kind == "quoted":
            self.next()
            return Name(value[1:-1])
        if kind == "name":
            self.next()
            return self._call(value) if self.sign == "(" else Name(value)
        if value == "(":
            return self._bracket()
        self.fail()
        raise AssertionError  # `fail` raises

    def _bracket(self) -> Node:
        self._open()
        inside = self.sum()
        if self.sign in ("|", "||"):
            correlated = self.sign == "|"
            self.next()
            inside = Bar(inside, self.sum(), correlated)
        self._close()
        return inside

    def _open(self) -> None:
        self._deeper(1)
        self.next()

    def _close(self) -> None:
        if self.sign != ")":
            self.fail()
        self.next()
        self._deeper(-1)

    def _call(self, function: str) -> Node:
        arguments: list[Node] = []
        named: list[tuple[str, Node]] = []
        self._open()
        while self.sign != ")":
            part = self.sum()
            if self.sign == "=" and isinstance(part, Name):
                self.next()
                named.append((part.name, self.sum()))
            elif named:
                self.fail()
            else:
                arguments.append(part)
            if self.sign != ",":
                break
            self.next()
        self._close()
        if function == "Q":
            match arguments, named:
                case [Text(name)], []:
                    return Name(name)
            raise refused("Q() quotes the name of a column", self.text, "Q('my column')")
        return Call(function, tuple(arguments), tuple(named))
