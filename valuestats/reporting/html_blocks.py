"""The document tree written for HTML."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from valuestats.reporting.assemble import Slot
from valuestats.reporting.boxes import CALLOUT_NAMES, Callout, callout, tabs
from valuestats.reporting.charting import chart_html
from valuestats.reporting.crossref import NAMES
from valuestats.reporting.pandoc import Node, attributes, element, raw, raw_inline, transform, words
from valuestats.reporting.pictures import picture_bytes, picture_type
from valuestats.reporting.tableshape import row_count
from valuestats.reporting.unbroken import unbroken

WRITER = "html5"

# A table of more rows than this scrolls inside the page, under its own header.
_LONG = 60


def html_tree(
    blocks: list[Node], slots: Sequence[Slot], numbers: Mapping[str, str], folder: Path
) -> list[Node]:
    """Write floats, boxes, slots, tables and formulas as HTML; the rest is left to pandoc."""

    def visit(node: Node) -> Node | list[Node]:
        kind = node["t"]
        if kind == "Div":
            return _div(node, slots, numbers)
        if kind == "Table":
            return [
                raw("html", f'<div class="table-scroll{" long" if row_count(node) > _LONG else ""}">'),
                unbroken(node),
                raw("html", "</div>"),
            ]
        if kind == "Header":
            return _header(node, numbers)
        if kind == "Span" and attributes(node)[1][:1] == ["vs-equation"]:
            return _equation(node, numbers)
        if kind == "Image":
            return _image(node, folder)
        return node

    return list(transform(blocks, visit))


def _div(node: Node, slots: Sequence[Slot], numbers: Mapping[str, str]) -> Node | list[Node]:
    identifier, classes, _ = attributes(node)
    if "vs-slot" in classes:
        return raw("html", _slot(slots[int(dict(attributes(node)[2])["slot"])]))
    if "vs-float" in classes:
        return _float(identifier, node["c"][1], numbers)
    if (box := callout(node)) is not None:
        return _callout(box)
    if (panels := tabs(node)) is not None:
        out = [raw("html", '<div class="vs-tabset">')]
        for panel in panels:
            out += [raw("html", '<section class="tab-panel">'), *panel, raw("html", "</section>")]
        return [*out, raw("html", "</div>")]
    return node


def _slot(slot: Slot) -> str:
    if slot.kind == "chart":
        return chart_html(slot.data)
    if slot.kind in ("svg", "png"):
        data = base64.b64encode(slot.data).decode()
        mime = "image/svg+xml" if slot.kind == "svg" else "image/png"
        return f'<p><img src="data:{mime};base64,{data}" alt="{html.escape(slot.alt)}"></p>'
    return f'<pre class="cell-output cell-output-{slot.kind}"><code>{html.escape(slot.data)}</code></pre>'


def _float(identifier: str, blocks: list[Node], numbers: Mapping[str, str]) -> list[Node]:
    kind = identifier.split("-")[0]
    name = "figure" if kind == "fig" else "table"
    caption = [
        raw("html", "<figcaption>"),
        element(
            "Plain",
            [_label(kind, numbers[identifier]), element("Str", ":"), element("Space"), *_caption(blocks[0])],
        ),
        raw("html", "</figcaption>"),
    ]
    body = blocks[1:]
    inside = [*caption, *body] if name == "table" else [*body, *caption]
    return [
        raw("html", f'<figure id="{identifier}" class="{name}-float">'),
        *inside,
        raw("html", "</figure>"),
    ]


def _label(kind: str, number: str) -> Node:
    return element("Span", [["", ["float-label"], []], [element("Str", f"{NAMES[kind]}\u00a0{number}")]])


def _caption(div: Node) -> list[Node]:
    inlines: list[Node] = div["c"][1][0]["c"]
    return inlines


def _callout(box: Callout) -> list[Node]:
    kind = raw_inline("html", f'<span class="kind">{CALLOUT_NAMES[box.kind]}</span>')
    title = [kind]
    if box.title:
        title += [raw_inline("html", ' <span class="text">'), *box.title, raw_inline("html", "</span>")]
    opening = f'<div class="callout callout-{box.kind}" role="note">'
    if box.collapse is None:
        return [
            raw("html", f'{opening}<p class="callout-title">'),
            element("Plain", title),
            raw("html", "</p>"),
            *box.body,
            raw("html", "</div>"),
        ]
    is_open = "" if box.collapse else " open"
    return [
        raw("html", f'{opening}<details{is_open}><summary class="callout-title">'),
        element("Plain", title),
        raw("html", '</summary><div class="callout-body">'),
        *box.body,
        raw("html", "</div></details></div>"),
    ]


def _header(node: Node, numbers: Mapping[str, str]) -> Node:
    level, attr, inlines = node["c"]
    if attr[0] in numbers:
        number = element("Span", [["", ["header-section-number"], []], words(numbers[attr[0]])])
        inlines = [number, element("Space"), *inlines]
    # The page's title is its only h1.
    return element("Header", [min(level + 1, 6), attr, inlines])


def _equation(node: Node, numbers: Mapping[str, str]) -> list[Node]:
    identifier, _, _ = attributes(node)
    opening = f'<span id="{html.escape(identifier)}" class="equation"><span>'
    number = f'</span><span class="equation-number">({numbers[identifier]})</span></span>'
    return [raw_inline("html", opening), *node["c"][1], raw_inline("html", number)]


def _image(node: Node, folder: Path) -> Node:
    attr, alt, (address, title) = node["c"]
    data = picture_bytes(address, folder)
    encoded = base64.b64encode(data).decode()
    described: Any = next((words(v) for k, v in attr[2] if k == "fig-alt"), alt)
    pairs = [pair for pair in attr[2] if pair[0] != "fig-alt"]
    source = f"data:{picture_type(address)};base64,{encoded}"
    return element("Image", [[attr[0], attr[1], pairs], described, [source, title]])
