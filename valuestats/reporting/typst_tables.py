"""Tables written for Typst: their widths, what keeps to one line, and what keeps to one page."""

from __future__ import annotations

from typing import Any

from valuestats.reporting.pandoc import Node, element, nodes, raw, raw_inline
from valuestats.reporting.tableshape import column_count

# Letters of a cell of numbers that may stand on one line; a longer one is parted before its brackets.
_LINE = 24
# Rows of a group that is never torn; of a longer one, and of a table, so many stay together at either end.
_GROUP, _ENDS = 6, 2


def typst_table(node: Node, line: float, *, torn: bool) -> list[Node]:
    """A table; one that may be torn keeps a group's name with its rows, and leaves no row alone on a page.

    Parameters
    ----------
    node
        The table, its words written for Typst.
    line
        Width of the text in points.
    torn
        Whether its rows may stand on more than one page.
    """
    columns = column_count(node)
    size = 8.3 if columns <= 7 else 7.3 if columns <= 10 else 6.3
    (identifier, classes, pairs), caption, specs, head, bodies, foot = node["c"]
    rows = [[row_attr, [_head_cell(cell) for cell in cells]] for row_attr, cells in head[1]]
    attr = [identifier, [*classes, "typst:no-figure"], pairs]
    bodies = [[b[0], b[1], b[2], [_unbroken(row, specs) for row in b[3]]] for b in bodies]
    specs = _spread(specs, [*head[1], *(row for body in bodies for row in body[3])], size, line)
    if torn:
        specs, rows, bodies = _held(specs, rows, bodies)
    table = element("Table", [attr, caption, specs, [head[0], rows], bodies, foot])
    return [raw("typst", f"#vs-table(size: {size}pt)["), table, raw("typst", "]")]


def _held(specs: list[Any], head: list[Any], bodies: list[Any]) -> tuple[list[Any], list[Any], list[Any]]:
    """The table with a last column of no width, whose cells span the rows that stay together."""
    spans = [
        n for k, body in enumerate(bodies) for n in _spans(len(body[2]), len(body[3]), k == len(bodies) - 1)
    ]
    ties = iter([tie for n in spans for tie in (n, *[0] * (n - 1))])
    width = element("ColWidth", 0.0) if any(w["t"] == "ColWidth" for _, w in specs) else specs[-1][1]
    head = [[attr, [*cells, _tie(1)]] for attr, cells in head]
    held = [
        [body[0], body[1], *([_tied(row, next(ties)) for row in rows] for rows in (body[2], body[3]))]
        for body in bodies
    ]
    return [*specs, [element("AlignLeft"), width]], head, held


def _spans(heads: int, rows: int, last: bool) -> list[int]:
    """How many rows one after another stay together, of a group's name and its rows."""
    if heads and rows <= _GROUP:
        return [heads + rows]
    end = _ENDS + 1 if last else _ENDS
    if rows <= _ENDS + end:
        return [heads + rows] if heads + rows else []
    return [heads + _ENDS, *[1] * (rows - _ENDS - end), end]


def _tied(row: list[Any], tie: int) -> list[Any]:
    attr, cells = row
    return [attr, [*cells, _tie(tie)]] if tie else row


def _tie(rows: int) -> list[Any]:
    told = [["typst:inset", "0pt"], *([["typst:breakable", "false"]] if rows > 1 else [])]
    return [["", [], told], element("AlignDefault"), rows, 1, []]


def _unbroken(row: list[Any], specs: list[Any]) -> list[Any]:
    """Keep what stands to the right (numbers, intervals) on one line; if it is long, what its brackets hold."""
    attr, cells = row
    if len(cells) != len(specs):
        return row
    kept = [
        [*cell[:4], [_glued(block) for block in cell[4]]] if align["t"] == "AlignRight" else cell
        for cell, (align, _) in zip(cells, specs, strict=True)
    ]
    return [attr, kept]


def _glued(block: Node) -> Node:
    if block["t"] not in ("Plain", "Para"):
        return block
    long = len(_set_text([block])) > _LINE
    inlines: list[Node] = []
    for k, node in enumerate(block["c"]):
        after = _set_text(block["c"][k + 1 : k + 2])
        space = node["t"] in ("Space", "SoftBreak")
        inlines.append(raw_inline("typst", "~") if space and not (long and after[:1] in ("[", "(")) else node)
    return element(block["t"], inlines)


def _head_cell(cell: list[Any]) -> list[Any]:
    (identifier, classes, pairs), align, down, across, blocks = cell
    if "spanner" in classes:
        pairs = [*pairs, ["typst:stroke", "(bottom: 0.35pt + muted)"]]
    strong = [element(b["t"], [element("Strong", b["c"])]) if b["t"] == "Plain" else b for b in blocks]
    return [[identifier, classes, pairs], align, down, across, strong]


def _spread(specs: list[Any], rows: list[Any], size: float, line: float) -> list[Any]:
    """Let a table of several columns fill the line where its cells leave room for it."""
    given = any(width["t"] == "ColWidth" for _, width in specs)
    if given or len(specs) < 4:
        return specs
    needs = [0.0] * len(specs)
    for _, cells in rows:
        if len(cells) == len(specs):
            for i, cell in enumerate(cells):
                needs[i] = max(needs[i], 12 + 0.64 * size * len(_set_text(cell[4])))
    spare = line - sum(needs)
    if spare < 0:
        return specs
    widths = [(need + spare / len(specs)) / line for need in needs]
    return [[align, element("ColWidth", width)] for (align, _), width in zip(specs, widths, strict=True)]


def _set_text(blocks: list[Node]) -> str:
    """Text of blocks whose words may already be Typst strings."""
    return "".join(
        n["c"] if n["t"] == "Str" else n["c"][1].strip('#";') if n["t"] == "RawInline" else " "
        for n in nodes(blocks)
        if n["t"] in ("Str", "RawInline", "Space", "SoftBreak")
    )
