"""Pages as HTML: the engine reads and writes their text, links are turned to the site's, the shell stands around it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import orjson

from handbook.pages import Page
from handbook.running import ROOT
from valuestats.reporting.assemble import check_slots
from valuestats.reporting.crossref import collect_floats, mark_equations, number_everything
from valuestats.reporting.html_blocks import WRITER, html_tree
from valuestats.reporting.pandoc import (
    READER,
    Node,
    attributes,
    element,
    nodes,
    plain,
    run_pandoc,
    transform,
    value_of,
)
from valuestats.reporting.tableshape import shape_tables

_READER = READER + "-citations-smart-tex_math_double_backslash"
_ANCHORS = re.compile(r'<a href="#cb[\d-]+" aria-hidden="true" tabindex="-1"></a>')
_CODE_IDS = re.compile(r'(<(?:span|div) )id="cb[\d-]+" ?')
_PRINTED = re.compile(r'<pre class="cell-output cell-output-text"><code>(.*?)</code></pre>', re.DOTALL)
_CALL = re.compile(r"(?P<prefix>(?:vs|valuestats)\.)?(?P<name>\w+)(?P<call>\(.*\))?", re.DOTALL)


class DeadLink(Exception):
    """A link of the text leads nowhere."""


@dataclass(frozen=True)
class Fragment:
    """A page's content as HTML, and its headings: level, identifier, text."""

    content: str
    headings: list[tuple[int, str, str]]
    words: list[tuple[str, str]]
    """Text by where it stands: ``heading`` or ``text``."""


@dataclass(frozen=True)
class Names:
    """Where pages stand: of files of the checkout, and of public names."""

    sources: Mapping[str, str]
    public: Mapping[str, str]


def fragment(page: Page, names: Names) -> Fragment:
    """The content of a page as HTML."""
    assembly = page.assembly()
    read = orjson.loads(run_pandoc(assembly.markdown, _READER, "json", "--columns=100000"))
    blocks = read["blocks"]
    found = [
        value_of(n, "slot") or "" for n in nodes(blocks) if n["t"] == "Div" and "vs-slot" in attributes(n)[1]
    ]
    check_slots(found, assembly)
    blocks = _linked(blocks, page, names)
    blocks = shape_tables(collect_floats(mark_equations(blocks)))
    numbers = number_everything(blocks, False)
    headings = [
        (n["c"][0] + 1, attributes(n)[0], plain(n["c"][2])) for n in nodes(blocks) if n["t"] == "Header"
    ]
    words = [("heading", text) for _, _, text in headings] + list(_texts(blocks))
    folder = (ROOT / page.source).parent if page.source else ROOT / "docs"
    tree = html_tree(blocks, assembly.slots, numbers, folder)
    ast = {"pandoc-api-version": read["pandoc-api-version"], "meta": {}, "blocks": tree}
    written = run_pandoc(
        orjson.dumps(ast).decode(),
        "json",
        WRITER,
        "--wrap=none",
        "--mathml",
        "--syntax-highlighting=pygments",
    )
    written = _PRINTED.sub(_prose, _CODE_IDS.sub(r"\1", _ANCHORS.sub("", written)))
    return Fragment(written, headings, words)


def _prose(match: re.Match[str]) -> str:
    """What is printed as running text may be broken into lines; a table of characters may not."""
    return (
        match[0]
        if re.search(r"\S {2,}\S|^ {2,}", match[1], re.M)
        else match[0].replace("cell-output-text", "prose", 1)
    )


def _texts(blocks: list[Node]) -> Any:
    for node in nodes(blocks):
        if node["t"] in ("Para", "Plain"):
            yield "text", plain(node["c"])
        elif node["t"] == "CodeBlock":
            yield "code", node["c"][1]


def _linked(blocks: list[Node], page: Page, names: Names) -> list[Node]:
    """Links between files as links between pages; code that is a public name leads to the name's page."""
    inside: set[int] = set()
    for node in nodes(blocks):
        if node["t"] in ("Link", "Header"):
            inside |= {id(inner) for inner in nodes(node["c"])}

    def visit(node: Node) -> Node | list[Node]:
        if node["t"] == "Link":
            return _link(node, page, names)
        if node["t"] == "Header":  # the title was the text's only heading of the first level
            level, *rest = node["c"]
            return element("Header", [max(1, level - 1), *rest])
        return node

    for node in list(nodes(blocks)):  # listed first: what is found is put into a link
        if node["t"] == "Code" and id(node) not in inside and "plain" not in node["c"][0][1]:
            target = _named(node["c"][1], page, names)
            if target:
                code = dict(node)
                node.clear()
                node.update(element("Link", [["", ["name"], []], [code], [relative(page.path, target), ""]]))
    return list(transform(blocks, visit))


def _named(code: str, page: Page, names: Names) -> str | None:
    match = _CALL.fullmatch(code)
    if match is None or match["name"] not in names.public or match["name"] in page.own_names:
        return None
    plainly = match["prefix"] or match["call"] or "_" in match["name"] or match["name"][0].isupper()
    return names.public[match["name"]] if plainly else None


def _link(node: Node, page: Page, names: Names) -> Node | list[Node]:
    attr, inlines, (target, title) = node["c"]
    if target.startswith(("https://", "http://", "mailto:", "#")) or "name" in attr[1]:
        return node
    if target.startswith("site:"):
        path, _, anchor = target.removeprefix("site:").partition("#")
        return element(
            "Link", [attr, inlines, [relative(page.path, path) + (f"#{anchor}" if anchor else ""), title]]
        )
    path, _, anchor = target.partition("#")
    base = (ROOT / page.source).parent if page.source else ROOT
    file = (base / path).resolve()
    known = file.relative_to(ROOT).as_posix() if file.is_relative_to(ROOT) else ""
    if known in names.sources:
        address = relative(page.path, names.sources[known])
        return element("Link", [attr, inlines, [address + (f"#{anchor}" if anchor else ""), title]])
    if file.exists():  # of the checkout, but no page: its name stays, as text
        return list(inlines)
    raise DeadLink(f"{page.source or page.path}: {target}")


def relative(start: str, target: str) -> str:
    """A link from one page of the site to another.

    Examples
    --------
    >>> relative("reference/score.html", "guides/trust.html"), relative("index.html", "guides/trust.html")
    ('../guides/trust.html', 'guides/trust.html')
    """
    return PurePosixPath(os.path.relpath(target, PurePosixPath(start).parent)).as_posix()
