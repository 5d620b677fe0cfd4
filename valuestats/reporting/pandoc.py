"""pandoc as a function, and the few operations on its document tree that the engine needs."""

from __future__ import annotations

import functools
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

from valuestats.base.errors import RenderError
from valuestats.base.extras import from_extra

Node = dict[str, Any]

READER = (
    "markdown-raw_html-raw_tex-raw_attribute-latex_macros-native_divs-native_spans-markdown_in_html_blocks"
)
"""Quarto's markdown without what the profile leaves out: raw markup can't come through any cell's output."""


@functools.cache
def pandoc_path() -> str:
    """Where the pandoc of the ``pypandoc_binary`` wheel lies."""
    with from_extra("reports", "a document"):
        import pypandoc

    return str(pypandoc.get_pandoc_path())


@functools.cache
def pandoc_version() -> str:
    """Version of that pandoc."""
    import pypandoc

    return str(pypandoc.get_pandoc_version())


def run_pandoc(text: str, source: str, target: str, *options: str) -> str:
    """Convert `text` between two of pandoc's formats.

    Raises
    ------
    RenderError
        When pandoc fails, with the end of what it said.

    Examples
    --------
    >>> run_pandoc("*a*", "markdown", "html").strip()
    '<p><em>a</em></p>'
    """
    command = [pandoc_path(), "--from", source, "--to", target, "--sandbox=true", *options]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
    if done.returncode != 0:
        raise RenderError(
            f"pandoc could not write {target}",
            got=done.stderr.decode(errors="replace").strip()[-600:],
            hint="this is a fault of valuestats unless the document was changed by hand",
        )
    return done.stdout.decode()


def element(kind: str, content: Any = None) -> Node:
    """One node of the tree."""
    return {"t": kind} if content is None else {"t": kind, "c": content}


def raw(target: str, text: str) -> Node:
    """A block of `target`'s own markup."""
    return element("RawBlock", [target, text])


def raw_inline(target: str, text: str) -> Node:
    """A stretch of `target`'s own markup."""
    return element("RawInline", [target, text])


def words(text: str) -> list[Node]:
    """Plain text as inlines.

    Examples
    --------
    >>> [node["t"] for node in words("two words")]
    ['Str', 'Space', 'Str']
    """
    nodes: list[Node] = []
    for i, word in enumerate(text.split(" ")):
        if i:
            nodes.append(element("Space"))
        if word:
            nodes.append(element("Str", word))
    return nodes


def transform(value: Any, visit: Callable[[Node], Node | list[Node]]) -> Any:
    """Rebuild a tree from the leaves up; `visit` gives what takes a node's place."""
    if isinstance(value, list):
        out = []
        for item in value:
            item = transform(item, visit)
            if isinstance(item, dict) and "t" in item:
                result = visit(item)
                if isinstance(result, list):
                    out.extend(result)
                else:
                    out.append(result)
            else:
                out.append(item)
        return out
    if isinstance(value, dict):
        return {key: transform(inner, visit) for key, inner in value.items()}
    return value


def nodes(value: Any) -> Iterator[Node]:
    """Every node in the order of reading."""
    if isinstance(value, list):
        for item in value:
            yield from nodes(item)
    elif isinstance(value, dict):
        if "t" in value:
            yield value
        for inner in value.values():
            yield from nodes(inner)


def plain(value: Any) -> str:
    """Text of inlines or blocks without any markup.

    Examples
    --------
    >>> plain(words("two words"))
    'two words'
    """
    parts = []
    for node in nodes(value):
        kind = node["t"]
        if kind == "Str":
            parts.append(node["c"])
        elif kind in ("Space", "SoftBreak", "LineBreak"):
            parts.append(" ")
        elif kind in ("Code", "Math"):
            parts.append(node["c"][1])
    return "".join(parts).strip()


def classes(node: Node) -> list[str]:
    """Classes of a Div, Span, Header, CodeBlock or Table."""
    return list(attributes(node)[1])


def attributes(node: Node) -> list[Any]:
    """Identifier, classes and key-value pairs of a node that has them."""
    content = node["c"]
    return list(content[1] if node["t"] == "Header" else content[0])


def value_of(node: Node, key: str, default: str | None = None) -> str | None:
    """One key of a node's attributes."""
    return next((v for k, v in attributes(node)[2] if k == key), default)
