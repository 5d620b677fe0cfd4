"""Divisions of the document tree: conditional content, callouts and tabsets, taken apart for the writers."""

from __future__ import annotations

from dataclasses import dataclass

from valuestats.base.errors import RenderError
from valuestats.reporting.pandoc import Node, attributes, nodes, transform, value_of

CALLOUT_NAMES = {"note": "Note", "tip": "Tip", "important": "Important", "warning": "Warning"}


def keep_format(blocks: list[Node], target: str) -> list[Node]:
    """Leave out what the document does not show in this format."""

    def visit(node: Node) -> Node | list[Node]:
        if node["t"] != "Div":
            return node
        classes = attributes(node)[1]
        visible, hidden = "content-visible" in classes, "content-hidden" in classes
        if not (visible or hidden):
            return node
        only, but = value_of(node, "when-format"), value_of(node, "unless-format")
        matches = only == target if only else but != target
        inner: list[Node] = node["c"][1]
        return inner if matches == visible else []

    return list(transform(blocks, visit))


@dataclass(frozen=True)
class Callout:
    """A callout's kind, its title (inlines, perhaps none) and its body."""

    kind: str
    title: list[Node]
    body: list[Node]
    collapse: bool | None


def callout(node: Node) -> Callout | None:
    """The callout that a Div is, or None."""
    if node["t"] != "Div":
        return None
    kind = next((c.removeprefix("callout-") for c in attributes(node)[1] if c.startswith("callout-")), None)
    if kind is None:
        return None
    body = node["c"][1]
    title: list[Node] = []
    said = value_of(node, "title")
    if said:
        from valuestats.reporting.pandoc import words

        title = words(said)
    elif body and body[0]["t"] == "Header":
        title, body = body[0]["c"][2], body[1:]
    collapse = value_of(node, "collapse")
    return Callout(kind, title, body, None if collapse is None else collapse == "true")


def tabs(node: Node) -> list[list[Node]] | None:
    """The panels of a tabset, each beginning with its heading; None for any other node."""
    if node["t"] != "Div" or "panel-tabset" not in attributes(node)[1]:
        return None
    panels: list[list[Node]] = []
    level = next((b["c"][0] for b in node["c"][1] if b["t"] == "Header"), None)
    for block in node["c"][1]:
        if block["t"] == "Header" and block["c"][0] == level:
            panels.append([block])
        elif panels:
            panels[-1].append(block)
        else:
            raise RenderError("a tabset begins with the heading of its first tab", got=block["t"])
    if len(panels) < 2:
        raise RenderError("a tabset has at least two headings", got=len(panels))
    return panels


def check_links(blocks: list[Node]) -> None:
    """Refuse links that are not to the web, to mail or inside the document.

    Raises
    ------
    RenderError
        With the link.
    """
    for node in nodes(blocks):
        if node["t"] == "Link" and not node["c"][2][0].startswith(("https://", "http://", "mailto:", "#")):
            raise RenderError(
                "a link may lead to https, http, mailto or a place in the document", got=node["c"][2][0]
            )
