"""Tables in the document tree: widths, row headers, group rows and header scopes."""

from __future__ import annotations

import json
from typing import Any

from valuestats.reporting.pandoc import Node, attributes, element, transform, value_of


def shape_tables(blocks: list[Node]) -> list[Node]:
    """Apply what a ``vs-table`` Div says to the table in it, and give every header cell its scope."""

    def visit(node: Node) -> Node:
        if node["t"] == "Table":
            return _with_scopes(node)
        if node["t"] == "Div" and "vs-table" in attributes(node)[1]:
            inner = [_told(child, node) if child["t"] == "Table" else child for child in node["c"][1]]
            return element("Div", [["", ["vs-table"], []], inner])
        return node

    return list(transform(blocks, visit))


def column_count(table: Node) -> int:
    """Number of columns of a table."""
    return len(table["c"][2])


def row_count(table: Node) -> int:
    """Number of body rows of a table."""
    return sum(len(body[3]) for body in table["c"][4])


def _told(table: Node, div: Node) -> Node:
    attr, caption, specs, head, bodies, foot = table["c"]
    widths = json.loads(value_of(div, "tbl-colwidths") or "null")
    specs = [
        [align, element("ColWidth", widths[i] / 100) if widths else element("ColWidthDefault")]
        for i, (align, _) in enumerate(specs)
    ]
    row_headers = int(value_of(div, "row-headers") or 0)
    rows = [row for body in bodies for row in body[3]]
    bodies = _bodies(rows, len(specs), row_headers)
    return element("Table", [attr, caption, specs, head, bodies, foot])


def _bodies(rows: list[Any], columns: int, row_headers: int) -> list[Any]:
    """A table body for each group, under a heading row that spans all columns."""
    bodies: list[Any] = []
    for attr, cells in rows:
        if _is_group(cells, columns):
            name = _cell(cells[0], ["row-group"], [["scope", "rowgroup"]], span=columns)
            bodies.append([["", [], []], row_headers, [[attr, [name]]], []])
            continue
        if not bodies:
            bodies.append([["", [], []], row_headers, [], []])
        heads = [_cell(cell, [], [["scope", "row"]]) for cell in cells[:row_headers]]
        bodies[-1][3].append([attr, [*heads, *cells[row_headers:]]])
    return bodies


def _is_group(cells: list[Any], columns: int) -> bool:
    first = cells[0][4]
    return (
        len(cells) == columns > 1
        and len(first) == 1
        and [inline["t"] for inline in first[0]["c"]] == ["Strong"]
        and all(not cell[4] for cell in cells[1:])
    )


def _with_scopes(table: Node) -> Node:
    attr, caption, specs, head, bodies, foot = table["c"]
    rows = []
    for row_attr, cells in head[1]:
        shown = []
        for cell in cells:
            spans = cell[3] > 1
            name = cell[4]
            scope = [["scope", "colgroup" if spans else "col"]] if name else []
            marked = _cell(cell, ["spanner"] if spans else [], scope)
            shown.append([marked[0], element("AlignCenter"), *marked[2:]] if spans else marked)
        rows.append([row_attr, shown])
    return element("Table", [attr, caption, specs, [head[0], rows], bodies, foot])


def _cell(cell: list[Any], names: list[str], pairs: list[list[str]], span: int | None = None) -> list[Any]:
    (identifier, classes, old), align, down, across, blocks = cell
    return [[identifier, [*classes, *names], [*old, *pairs]], align, down, span or across, blocks]
