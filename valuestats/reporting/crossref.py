"""Figures, tables, formulas and sections: found, numbered in the order of reading, and referred to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from valuestats.base.errors import RenderError
from valuestats.reporting.pandoc import Node, attributes, element, nodes, transform, words

NAMES = {"fig": "Figure", "tbl": "Table", "eq": "Equation", "sec": "Section"}

_FLOAT = re.compile(r"^(fig|tbl)-")
_EQUATION_TAG = re.compile(r"^\{#(eq-[\w-]+)\}(.*)$", re.DOTALL)


def collect_floats(blocks: list[Node]) -> list[Node]:
    """Turn every way of writing a labelled figure or table into one: a ``vs-float`` Div, caption first."""
    return list(transform(blocks, _float))


def _float(node: Node) -> Node:
    kind = node["t"]
    if kind not in ("Div", "Figure", "Table"):
        return node
    identifier, classes, pairs = attributes(node)
    if not _FLOAT.match(identifier):
        return node
    if kind == "Div":
        caption, body = _split_caption(node["c"][1])
    elif kind == "Figure":
        caption, body = _caption_inlines(node["c"][1]), node["c"][2]
    else:
        caption = _caption_inlines(node["c"][1])
        body = [element("Table", [["", classes, pairs], [None, []], *node["c"][2:]])]
        pairs = []
    if not caption:
        raise RenderError("a labelled figure or table has no caption", got=identifier)
    head = element("Div", [["", ["vs-caption"], []], [element("Plain", caption)]])
    return element("Div", [[identifier, ["vs-float"], pairs], [head, *body]])


def _split_caption(blocks: list[Node]) -> tuple[list[Node], list[Node]]:
    """The caption Div of a cell, else the last paragraph (Quarto's rule for labelled divisions)."""
    for i, block in enumerate(blocks):
        if block["t"] == "Div" and "vs-caption" in attributes(block)[1]:
            return _inlines(block["c"][1]), blocks[:i] + blocks[i + 1 :]
    if blocks and blocks[-1]["t"] == "Para":
        return blocks[-1]["c"], blocks[:-1]
    return [], blocks


def _caption_inlines(caption: list[Any]) -> list[Node]:
    return _inlines(caption[1])


def _inlines(blocks: list[Node]) -> list[Node]:
    out: list[Node] = []
    for block in blocks:
        if block["t"] in ("Para", "Plain"):
            out += [element("Space"), *block["c"]] if out else block["c"]
    return out


def mark_equations(blocks: list[Node]) -> list[Node]:
    """Turn ``$$ … $$ {#eq-x}`` into a ``vs-equation`` Span that holds the formula."""

    def visit(node: Node) -> Node:
        if node["t"] not in ("Para", "Plain"):
            return node
        out: list[Node] = []
        for inline in node["c"]:
            match = _EQUATION_TAG.match(inline["c"]) if inline["t"] == "Str" else None
            before = [n for n in out if n["t"] not in ("Space", "SoftBreak")]
            if match and before and _is_display(before[-1]):
                while out[-1]["t"] in ("Space", "SoftBreak"):
                    out.pop()
                formula = out.pop()
                out.append(element("Span", [[match[1], ["vs-equation"], []], [formula]]))
                if match[2]:
                    out.append(element("Str", match[2]))
            else:
                out.append(inline)
        return element(node["t"], out)

    return list(transform(blocks, visit))


def _is_display(node: Node) -> bool:
    return node["t"] == "Math" and node["c"][0]["t"] == "DisplayMath"


def number_everything(blocks: list[Node], number_sections: bool) -> dict[str, str]:
    """Number of every label, counting each kind in the order of reading; sections count by level."""
    numbers: dict[str, str] = {}
    counts = {"fig": 0, "tbl": 0, "eq": 0}
    levels: list[int] = []
    inside = _headers_inside(blocks)
    for node in nodes(blocks):
        if node["t"] == "Header":
            identifier, classes, _ = attributes(node)
            if number_sections and id(node) not in inside and "unnumbered" not in classes:
                depth = node["c"][0]
                levels = (levels + [0] * depth)[:depth]
                levels[-1] += 1
                shown = levels[next((i for i, n in enumerate(levels) if n), 0) :]
                numbers[identifier] = ".".join(str(n) for n in shown)
        elif node["t"] in ("Div", "Span") and attributes(node)[1][:1] in (["vs-float"], ["vs-equation"]):
            identifier = attributes(node)[0]
            kind = identifier.split("-")[0]
            counts[kind] += 1
            numbers[identifier] = str(counts[kind])
    return numbers


def _headers_inside(blocks: list[Node]) -> set[int]:
    """Headers inside callouts and tabsets; they are no sections of the document."""
    return {
        id(inner)
        for node in nodes(blocks)
        if node["t"] == "Div" and _is_boxed(attributes(node)[1])
        for inner in nodes(node["c"][1])
        if inner["t"] == "Header"
    }


def _is_boxed(classes: list[str]) -> bool:
    return "panel-tabset" in classes or any(c.startswith("callout-") for c in classes)


def resolve(blocks: Any, numbers: Mapping[str, str]) -> Any:
    """Replace ``@fig-x`` and its kin with a link that says "Figure 1".

    Raises
    ------
    RenderError
        For a reference without a target, and for a citation (the profile has none).
    """

    def visit(node: Node) -> Node | list[Node]:
        if node["t"] != "Cite":
            return node
        out: list[Node] = []
        for i, citation in enumerate(node["c"][0]):
            if i:
                out += [element("Str", ","), element("Space")]
            out += _reference(citation, numbers)
        return out

    return transform(blocks, visit)


def _reference(citation: Node, numbers: Mapping[str, str]) -> list[Node]:
    target = citation["citationId"]
    kind = target.split("-")[0].lower()
    if kind not in NAMES:
        raise RenderError(
            "citations are not in the profile",
            got=f"@{target}",
            expected="a footnote, or @fig-…, @tbl-…, @eq-…, @sec-…",
        )
    if target not in numbers:
        hint = "set number-sections: true" if kind == "sec" else "is the target shown in this format?"
        raise RenderError("this reference has no target", got=f"@{target}", hint=hint)
    short = citation["citationMode"]["t"] == "SuppressAuthor"
    label = words(numbers[target]) if short else [element("Str", f"{NAMES[kind]}\u00a0{numbers[target]}")]
    prefix = [*citation["citationPrefix"], element("Space")] if citation["citationPrefix"] else []
    if prefix:
        label = words(numbers[target])
    return [
        *prefix,
        element("Link", [["", ["vs-ref"], []], label, [f"#{target}", ""]]),
        *citation["citationSuffix"],
    ]


def contents(blocks: list[Node], depth: int, numbers: Mapping[str, str]) -> Node | None:
    """The table of contents as a nested list of links, or None without any heading."""
    inside = _headers_inside(blocks)
    heads = [
        n
        for n in nodes(blocks)
        if n["t"] == "Header"
        and n["c"][0] <= depth
        and id(n) not in inside
        and "unlisted" not in attributes(n)[1]
    ]
    if not heads:
        return None
    return _contents_level(heads, numbers)


def _contents_level(heads: list[Node], numbers: Mapping[str, str]) -> Node:
    items = []
    while heads:
        head, rest = heads[0], heads[1:]
        below = 0
        while below < len(rest) and rest[below]["c"][0] > head["c"][0]:
            below += 1
        identifier = attributes(head)[0]
        label = [n for n in head["c"][2] if n["t"] != "Note"]
        if identifier in numbers:
            label = [
                element("Span", [["", ["header-section-number"], []], words(numbers[identifier])]),
                element("Space"),
                *label,
            ]
        item = [element("Plain", [element("Link", [["", [], []], label, [f"#{identifier}", ""]])])]
        if below:
            item.append(_contents_level(rest[:below], numbers))
        items.append(item)
        heads = rest[below:]
    return element("BulletList", items)
