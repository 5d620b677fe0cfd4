"""The document tree written for Typst, from which the PDF is made."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from valuestats.reporting.assemble import Slot
from valuestats.reporting.boxes import CALLOUT_NAMES, Callout, callout, tabs
from valuestats.reporting.crossref import NAMES
from valuestats.reporting.pandoc import Node, attributes, element, nodes, plain, raw, raw_inline, transform
from valuestats.reporting.pictures import picture_bytes
from valuestats.reporting.tableshape import row_count
from valuestats.reporting.typst_tables import typst_table

# A word of these characters means nothing in Typst; any other word is written as a string literal.
_PLAIN_WORD = re.compile(r"[A-Za-z\u00c0-\u024f][A-Za-z0-9\u00c0-\u024f\u2019]*[,.:;?!]?")
_TEXT_WIDTH = 470.0
_TEXT_HEIGHT = 600.0
# Points per pixel: chart labels of 12 px stand at 8.6 pt beside text of 9.6 pt.
_SCALE = 0.72


@dataclass
class TypstTree:
    """Blocks for pandoc's Typst writer and the picture files they name."""

    blocks: list[Node]
    files: dict[str, bytes] = field(default_factory=dict)


# Rows that a table of no more than so many keeps on one page.
_SHORT = 12
_LED = "vs-led"
# The section that closes a page: no figure of the text before it stands behind it.
_CLOSING = {"sec-made"}


def typst_tree(
    blocks: list[Node],
    slots: Sequence[Slot],
    numbers: Mapping[str, str],
    folder: Path,
    drawing: Callable[[int], str],
) -> TypstTree:
    """Write floats, boxes, slots, text and code as Typst; the rest is left to pandoc.

    Parameters
    ----------
    blocks
        The document tree, references resolved.
    slots
        Outputs that stand in slots.
    numbers
        Number of every label.
    folder
        Where the document's own pictures lie.
    drawing
        Gives the SVG of the chart in a slot.
    """
    tree = TypstTree([])
    blocks = _led(list(transform(blocks, _described)))

    def visit(node: Node) -> Node | list[Node]:
        kind = node["t"]
        if kind in ("Str", "Code"):
            return typst_word(node)
        if kind == "CodeBlock":
            return raw("typst", _code(node))
        if kind == "Header":
            return _header(node, numbers)
        if kind == "Table":
            return typst_table(node, _TEXT_WIDTH, torn=row_count(node) > _SHORT)
        if kind == "Span" and attributes(node)[1][:1] == ["vs-equation"]:
            return _equation(node, numbers)
        if kind == "Image":
            return _image(node, folder, tree)
        if kind == "Div":
            return _div(node, slots, numbers, drawing, tree)
        return node

    tree.blocks = list(transform(blocks, visit))
    return tree


def typst_string(text: str) -> str:
    r"""A Typst string literal; nothing in it is markup.

    Examples
    --------
    >>> print(typst_string('#read("a")'))
    "#read(\"a\")"
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def typst_word(node: Node) -> Node:
    """Write a word or a stretch of code so that nothing in it is Typst markup; other nodes stay."""
    if node["t"] == "Str" and not _PLAIN_WORD.fullmatch(node["c"]):
        return raw_inline("typst", f"#{typst_string(node['c'])};")
    if node["t"] == "Code":
        return raw_inline("typst", f"#raw({typst_string(node['c'][1])});")
    return node


def _div(
    node: Node,
    slots: Sequence[Slot],
    numbers: Mapping[str, str],
    drawing: Callable[[int], str],
    tree: TypstTree,
) -> Node | list[Node]:
    identifier, classes, pairs = attributes(node)
    inner = node["c"][1]
    if _LED in classes:
        return _float(identifier, inner, numbers, led=True)
    if "vs-caption" in classes:
        return node
    if "vs-slot" in classes:
        index = int(dict(pairs)["slot"])
        return raw("typst", _slot(index, slots[index], drawing, tree))
    if "vs-float" in classes:
        return _float(identifier, inner, numbers)
    if (box := callout(node)) is not None:
        return _callout(box)
    if (panels := tabs(node)) is not None:
        return [block for panel in panels for block in panel]
    wrapper = {"table-note": "vs-note", "lead": "vs-lead", "small": "vs-small"}
    for name, function in wrapper.items():
        if name in classes:
            return [raw("typst", f"#{function}["), *inner, raw("typst", "]")]
    return list(inner)


def _slot(index: int, slot: Slot, drawing: Callable[[int], str], tree: TypstTree) -> str:
    if slot.kind in ("text", "stderr"):
        return f"#raw(block: true, {typst_string(slot.data.rstrip())})"
    if slot.kind == "png":
        name = f"output-{index}.png"
        tree.files[name] = slot.data
        return f'#vs-picture("{name}", {_TEXT_WIDTH}pt, {typst_string(slot.alt)})'
    svg = drawing(index) if slot.kind == "chart" else slot.data.decode()
    name = f"output-{index}.svg"
    tree.files[name] = svg.encode()
    return f'#vs-picture("{name}", {printed_width(svg):.1f}pt, {typst_string(slot.alt)})'


def printed_width(svg: str) -> float:
    """Width in points at which a drawing stands in print: no wider than the line, no higher than its page."""
    size = re.search(r'<svg[^>]*?\bwidth="([\d.]+)"[^>]*?\bheight="([\d.]+)"', svg)
    if size is None:
        return _TEXT_WIDTH
    width, height = float(size[1]), float(size[2])
    return width * min(_SCALE, _TEXT_WIDTH / width, _TEXT_HEIGHT / height)


def _led(blocks: list[Node]) -> list[Node]:
    """Mark the pictures that nothing but a heading leads to: they stay with it, or it would stand over nothing."""
    found = list(blocks)
    for k, (before, node) in enumerate(pairwise(blocks), 1):
        if before["t"] == "Header" and node["t"] == "Div" and "vs-float" in attributes(node)[1]:
            (identifier, classes, pairs), inner = node["c"]
            if identifier.startswith("fig-"):
                found[k] = element("Div", [[identifier, [*classes, _LED], pairs], inner])
    return found


def _float(
    identifier: str, blocks: list[Node], numbers: Mapping[str, str], *, led: bool = False
) -> list[Node]:
    kind = identifier.split("-")[0]
    label = f"{NAMES[kind]}\u00a0{numbers[identifier]}"
    name = "figure" if kind == "fig" else "table"
    caption = blocks[0]["c"][1][0]["c"]
    short = all(row_count(table) <= _SHORT for table in nodes(blocks[1:]) if table["t"] == "Table")
    here = led if kind == "fig" else not short
    return [
        raw("typst", f'#vs-float("{name}", "{identifier}", {str(here).lower()}, ['),
        element("Plain", [raw_inline("typst", f"#vs-label({typst_string(label)});: "), *caption]),
        raw("typst", "], ["),
        *blocks[1:],
        raw("typst", "])"),
    ]


def _callout(box: Callout) -> list[Node]:
    opening = f'#vs-callout("{box.kind}", "{CALLOUT_NAMES[box.kind]}", '
    if not box.title:
        return [raw("typst", opening + "none, ["), *box.body, raw("typst", "])")]
    return [
        raw("typst", opening + "["),
        element("Plain", box.title),
        raw("typst", "], ["),
        *box.body,
        raw("typst", "])"),
    ]


def _code(node: Node) -> str:
    languages = attributes(node)[1]
    language = f"lang: {typst_string(languages[0])}, " if languages else ""
    return f"#raw(block: true, {language}{typst_string(node['c'][1])})"


def _header(node: Node, numbers: Mapping[str, str]) -> Node | list[Node]:
    level, attr, inlines = node["c"]
    if attr[0] in numbers:
        number = raw_inline("typst", f"#text(fill: muted, weight: 400)[{numbers[attr[0]]}];#h(0.6em)")
        inlines = [number, *inlines]
    head = element("Header", [level, attr, inlines])
    return [raw("typst", "#place.flush()"), head] if attr[0] in _CLOSING else head


def _equation(node: Node, numbers: Mapping[str, str]) -> list[Node]:
    identifier = attributes(node)[0]
    return [
        raw_inline("typst", f"#vs-equation([({numbers[identifier]})])["),
        *node["c"][1],
        raw_inline("typst", f"] <{identifier}>"),
    ]


def _image(node: Node, folder: Path, tree: TypstTree) -> Node:
    attr, _, (address, _) = node["c"]
    name = f"picture-{len(tree.files)}{Path(address).suffix.lower()}"
    tree.files[name] = picture_bytes(address, folder)
    described = next((v for k, v in attr[2] if k == "fig-alt"), "")
    return raw_inline("typst", f'#vs-picture("{name}", {_TEXT_WIDTH}pt, {typst_string(described)})')


def _described(node: Node) -> Node:
    """Keep an image's alternative text as an attribute: its words are about to become Typst."""
    if node["t"] != "Image":
        return node
    (identifier, classes, pairs), alt, target = node["c"]
    if not any(key == "fig-alt" for key, _ in pairs):
        pairs = [*pairs, ["fig-alt", plain(alt)]]
    return element("Image", [[identifier, classes, pairs], alt, target])
