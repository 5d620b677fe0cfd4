"""What no line's end tears apart: a letter and its number, a short cell, the words of a row's name."""

from __future__ import annotations

from typing import Any

from valuestats.reporting.pandoc import Node, element, plain, raw_inline, transform

# Of letters: a cell as short as a number with its interval's sign, or a verdict, is one thing to the eye.
_SHORT = 14
# Of letters: longer names (addresses, paths) may still be broken, or they alone would fill a narrow screen.
_NAME = 40
# Of letters: a column of sentences is not squeezed to one word a line by what beside it is not broken.
_WORDY = 36
# Of letters: a longer address may be broken behind its slashes.
_ADDRESS = 24
_SIGNS = {"=", "<", ">", "≤", "≥"}


def glue(value: Any) -> Any:
    """The tree with ``p = .05`` held together: what stands around a sign of comparison stays on its line."""
    if isinstance(value, dict):
        return {key: glue(inner) for key, inner in value.items()}
    if not isinstance(value, list):
        return value
    items = [glue(item) for item in value]
    for k, item in enumerate(items):
        if isinstance(item, dict) and item.get("t") == "Str" and item["c"] in _SIGNS:
            for beside in (k - 1, k + 1):
                if 0 <= beside < len(items) and items[beside] == element("Space"):
                    items[beside] = element("Str", "\u00a0")
    return items


def unbroken(table: Node) -> Node:
    """A table of a page whose short cells, words in the first column and names with numbers keep to one line."""
    attr, caption, specs, head, bodies, foot = table["c"]
    kept = [
        [name, headers, rows, [[row, [_cell(c, k) for k, c in enumerate(cells)]] for row, cells in body]]
        for name, headers, rows, body in bodies
    ]
    return element("Table", [attr, caption, specs, head, kept, foot])


def _cell(cell: list[Any], place: int) -> list[Any]:
    (identifier, classes, pairs), align, down, across, blocks = cell
    letters = len(plain(blocks))
    if 0 < letters <= _SHORT:
        classes = [*classes, "short"]
    else:
        classes = [*classes, "wordy"] if letters > _WORDY and down == across == 1 else classes
        blocks = transform(blocks, _word if place == 0 else _version)
    return [[identifier, classes, pairs], align, down, across, blocks]


def _word(node: Node) -> Node | list[Node]:
    if node["t"] == "Str" and "/" in node["c"] and len(node["c"]) > _ADDRESS:
        parts = node["c"].split("/")
        return [
            part for k, text in enumerate(parts) for part in _behind_a_slash(text, last=k == len(parts) - 1)
        ]
    if node["t"] == "Str" and not node["c"].isalnum() and len(node["c"]) <= _NAME:
        return element("Span", [["", ["short"], []], [node]])
    return node


def _behind_a_slash(text: str, *, last: bool) -> list[Node]:
    return [element("Str", text)] if last else [element("Str", f"{text}/"), raw_inline("html", "<wbr>")]


def _version(node: Node) -> Node | list[Node]:
    """A name with a number, as models have it, or an address, wherever it stands."""
    return (
        _word(node)
        if node["t"] == "Str" and ("/" in node["c"] or any(c.isdigit() for c in node["c"]))
        else node
    )
