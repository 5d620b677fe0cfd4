"""A whole report as a Word document, by pandoc: text, tables, formulas, and charts as pictures."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from valuestats.base.files import atomic_file
from valuestats.reporting.assemble import Slot
from valuestats.reporting.boxes import CALLOUT_NAMES, callout, tabs
from valuestats.reporting.charting import drawer
from valuestats.reporting.crossref import NAMES
from valuestats.reporting.pandoc import Node, attributes, element, run_pandoc, transform, words
from valuestats.reporting.pictures import picture_bytes, picture_type
from valuestats.reporting.typst_blocks import printed_width

_SCALE = 2.5
"""Pixels of a chart's picture per pixel of its drawing: some 250 dots per inch in print."""
_WIDTH = 6.3
"""Inches between the margins."""


def write_word_page(
    blocks: list[Node],
    slots: Sequence[Slot],
    numbers: Mapping[str, str],
    front: Mapping[str, Any],
    folder: Path,
    drawing: Callable[[int], str],
    api_version: list[int],
    target: Path,
) -> None:
    """Write a document's tree, references resolved, as ``.docx``; the file is replaced whole or not at all.

    Parameters
    ----------
    blocks, slots, numbers
        The tree, what stands in its slots, and the number of every label.
    front
        Front matter: title, subtitle, authors, date, study and provenance.
    folder
        Where the document's own pictures lie.
    drawing
        Gives the SVG of the chart in a slot.
    api_version
        Of the tree.
    target
        The file.
    """

    def visit(node: Node) -> Node | list[Node]:
        kind = node["t"]
        if kind == "Header":
            level, attr, inlines = node["c"]
            number = words(f"{numbers[attr[0]]} ") if attr[0] in numbers else []
            return element("Header", [level, attr, [*number, *inlines]])
        if kind == "Image":
            attr, inlines, (address, title) = node["c"]
            data = picture_bytes(address, folder)
            return element("Image", [attr, inlines, [_uri(data, picture_type(address)), title]])
        if kind == "Span" and attributes(node)[1][:1] == ["vs-equation"]:
            inner: list[Node] = node["c"][1]
            return inner
        if kind == "Div":
            return _div(node, slots, numbers, drawing)
        return node

    body = [*_head(front), *transform(blocks, visit), *_foot(front)]
    meta = {
        name: {"t": "MetaInlines", "c": words(str(front[name]))}
        for name in ("title", "subtitle", "date")
        if front.get(name)
    }
    ast = {"pandoc-api-version": api_version, "meta": meta, "blocks": body}
    with atomic_file(target) as temporary:
        run_pandoc(orjson.dumps(ast).decode(), "json", "docx", "--output", str(temporary))


def _head(front: Mapping[str, Any]) -> list[Node]:
    author = front.get("author")
    names = author if isinstance(author, list) else [author] if author else []
    said = [str(n["name"] if isinstance(n, Mapping) else n) for n in names]
    lines = [", ".join(said), str(front.get("study") or "")]
    return [element("Para", words(line)) for line in lines if line]


def _foot(front: Mapping[str, Any]) -> list[Node]:
    told = front.get("provenance")
    lines = told if isinstance(told, list) else [told] if told else []
    return [element("Para", [element("Emph", words(str(line)))]) for line in lines]


def _div(
    node: Node, slots: Sequence[Slot], numbers: Mapping[str, str], drawing: Callable[[int], str]
) -> Node | list[Node]:
    identifier, classes, pairs = attributes(node)
    inner: list[Node] = node["c"][1]
    if "vs-caption" in classes:
        return node
    if "vs-slot" in classes:
        index = int(dict(pairs)["slot"])
        return _slot(index, slots[index], drawing)
    if "vs-float" in classes:
        kind = identifier.split("-")[0]
        label = [element("Strong", words(f"{NAMES[kind]}\u00a0{numbers[identifier]}:")), element("Space")]
        caption = element("Para", [*label, *inner[0]["c"][1][0]["c"]])
        return [*inner[1:], caption] if kind == "fig" else [caption, *inner[1:]]
    if (box := callout(node)) is not None:
        name = [element("Strong", words(CALLOUT_NAMES[box.kind]))]
        title = [*name, *words(": "), *box.title] if box.title else name
        return element("BlockQuote", [element("Para", title), *box.body])
    if (panels := tabs(node)) is not None:
        return [block for panel in panels for block in panel]
    return inner


def _slot(index: int, slot: Slot, drawing: Callable[[int], str]) -> Node:
    if slot.kind in ("text", "stderr"):
        return element("CodeBlock", [["", [], []], slot.data.rstrip()])
    if slot.kind == "png":
        return _picture(slot.data, slot.alt, _WIDTH)
    svg = drawing(index) if slot.kind == "chart" else slot.data.decode()
    data = drawer().svg_to_png(svg, scale=_SCALE)
    return _picture(data, slot.alt, min(_WIDTH, printed_width(svg) / 72))


def _picture(data: bytes, alt: str, width: float) -> Node:
    size = ["", [], [["width", f"{width:.2f}in"]]]
    return element("Para", [element("Image", [size, words(_plain(alt)), [_uri(data, "image/png"), ""]])])


def _uri(data: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
