"""Single mutations of the functions of a Python module, each a replacement of a stretch of its text."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

COMPARISONS: dict[type, tuple[type, ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
ARITHMETIC: dict[type, type] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_PAIRS = [
    ("any", "all"),
    ("min", "max"),
    ("minimum", "maximum"),
    ("nanmin", "nanmax"),
    ("argmin", "argmax"),
    ("floor", "ceil"),
    ("cummin", "cummax"),
    ("idxmin", "idxmax"),
]
NAMES = {one: two for pair in _PAIRS for one, two in (pair, pair[::-1])}


@dataclass(frozen=True)
class Mutant:
    """One mutation: where it is, what stood there, and the module's text with it."""

    line: int
    last_line: int
    function: str
    operator: str
    original: str
    mutated: str
    text: str


def mutants(source: str) -> list[Mutant]:
    """All single mutations of a module's functions, in the order of the text.

    Left alone: annotations, defaults, decorators, docstrings, what stands in a ``raise``, and the clock.
    """
    found = []
    for function, node in _nodes(ast.parse(source)):
        for operator, changed in _changes(node):
            found.append(_mutant(source, function, node, operator, changed))
    unique = {m.text: m for m in found if m is not None and m.text != source}
    return sorted(unique.values(), key=lambda m: (m.line, m.operator, m.mutated))


def _nodes(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    def inside(node: ast.AST, name: str) -> Iterator[tuple[str, ast.AST]]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for child in node.body:
                yield from inside(child, f"{name}.{node.name}" if name else node.name)
        elif isinstance(node, ast.ClassDef):
            for child in node.body:
                if name or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield from inside(child, f"{name}.{node.name}" if name else node.name)
        elif isinstance(node, ast.AnnAssign):
            if node.value is not None:
                yield from inside(node.value, name)
        elif not isinstance(node, ast.Raise | ast.JoinedStr) and not _clock(node):
            yield name, node
            for child in ast.iter_child_nodes(node):
                yield from inside(child, name)

    for child in tree.body:
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from inside(child, "")


def _clock(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and "perf_counter()" in ast.unparse(node)


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Changed copies of a node, with the name of what was done."""

    def changed(do: Callable[[ast.AST], None]) -> ast.AST:
        twin = copy.deepcopy(node)
        do(twin)
        return twin

    if isinstance(node, ast.Compare):
        for k, op in enumerate(node.ops):
            for other in COMPARISONS[type(op)]:
                yield "comparison", changed(lambda n, k=k, other=other: n.ops.__setitem__(k, other()))
    elif isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in ARITHMETIC:
        sides = [node.left, node.right] if isinstance(node, ast.BinOp) else [node.value]
        if not any(_textual(side) for side in sides):
            other = ARITHMETIC[type(node.op)]
            yield "arithmetic", changed(lambda n: setattr(n, "op", other()))
    elif isinstance(node, ast.BoolOp):
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield "and/or", changed(lambda n: setattr(n, "op", other()))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not | ast.Invert):
        yield ("sign" if isinstance(node.op, ast.USub) else "negation"), node.operand
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield "constant", changed(lambda n: setattr(n, "value", not node.value))
        elif isinstance(node.value, int | float):
            yield "constant", changed(lambda n: setattr(n, "value", node.value + 1))
    elif isinstance(node, ast.Name) and node.id in NAMES and isinstance(node.ctx, ast.Load):
        yield "any/all, min/max", changed(lambda n: setattr(n, "id", NAMES[node.id]))
    elif isinstance(node, ast.Attribute) and node.attr in NAMES:
        yield "any/all, min/max", changed(lambda n: setattr(n, "attr", NAMES[node.attr]))
    if isinstance(node, ast.If | ast.IfExp | ast.While) and _plain(node.test):
        yield "negation", node.test


def _plain(test: ast.AST) -> bool:
    return isinstance(test, ast.Name | ast.Attribute | ast.Call | ast.Subscript | ast.NamedExpr)


def _textual(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _mutant(source: str, function: str, node: ast.AST, operator: str, changed: ast.AST) -> Mutant | None:
    place = node
    new = ast.unparse(changed)
    if operator == "negation" and not isinstance(node, ast.UnaryOp):
        place, new = changed, f"(not ({new}))"
    elif isinstance(node, ast.expr) and not isinstance(node, ast.Constant | ast.Name | ast.Attribute):
        new = f"({new})"
    lines = source.splitlines(keepends=True)
    start = len("".join(lines[: place.lineno - 1]).encode()) + place.col_offset
    end = len("".join(lines[: place.end_lineno - 1]).encode()) + place.end_col_offset
    raw = source.encode()
    text = (raw[:start] + new.encode() + raw[end:]).decode()
    try:
        ast.parse(text)
    except SyntaxError:
        return None
    after = len(lines) - place.end_lineno
    told = text.splitlines()[place.lineno - 1 :]
    told = told[: len(told) - after] if after else told
    was = source.splitlines()[place.lineno - 1 : place.end_lineno]
    return Mutant(
        place.lineno,
        place.end_lineno,
        function,
        operator,
        " ".join(line.strip() for line in was),
        " ".join(line.strip() for line in told),
        text,
    )
