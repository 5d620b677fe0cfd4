"""The metadata of a page: what its title block, its window title and its head say."""

from __future__ import annotations

import calendar
import datetime as dt
import html
import os
from collections.abc import Mapping
from typing import Any

import yaml

from valuestats.reporting.pandoc import Node, element, plain, raw_inline
from valuestats.reporting.vocabulary import MARKDOWN_KEYS


def metadata_block(front: Mapping[str, Any]) -> str:
    """YAML of the front matter's texts, for pandoc to read as markdown."""
    said = {key: front[key] for key in MARKDOWN_KEYS if front.get(key) and key != "params"}
    said.setdefault("abstract-title", "Abstract")
    said.setdefault("toc-title", "Contents")
    authors = front.get("author") or []
    authors = authors if isinstance(authors, list) else [authors]
    if authors:
        said["author"] = [a if isinstance(a, dict) else {"name": a} for a in authors]
    if isinstance(said.get("provenance"), str):
        said["provenance"] = [said["provenance"]]
    return "---\n" + yaml.safe_dump(said, allow_unicode=True, width=10**6) + "---\n"


def page_date(front: Mapping[str, Any]) -> dt.date | None:
    """The document's date; ``today`` follows ``SOURCE_DATE_EPOCH`` where that is set.

    Examples
    --------
    >>> page_date({"date": "2026-01-31"})
    datetime.date(2026, 1, 31)
    """
    said = front.get("date")
    if said is None:
        return None
    if isinstance(said, dt.datetime):
        return said.date()
    if isinstance(said, dt.date):
        return said
    text = str(said)
    if text == "today":
        epoch = os.environ.get("SOURCE_DATE_EPOCH")
        return dt.datetime.fromtimestamp(int(epoch), dt.UTC).date() if epoch else dt.date.today()
    return dt.date.fromisoformat(text)


def long_date(date: dt.date) -> str:
    """A date as a reader says it.

    Examples
    --------
    >>> long_date(dt.date(2026, 1, 31))
    '31 January 2026'
    """
    # Not strftime("%B"), which follows the machine's locale.
    return f"{date.day} {calendar.Month(date.month).name.title()} {date.year}"


def complete(
    meta: dict[str, Any], front: Mapping[str, Any], target: str, generator: str, contents: Node | None
) -> dict[str, Any]:
    """Add to the parsed metadata what the page templates ask for."""
    from valuestats.reporting.typst_blocks import typst_string

    literal = html.escape if target == "html" else typst_string

    def exact(text: str) -> Node:
        return element("MetaInlines", [raw_inline(target, literal(text))])

    def shown(text: str) -> Node:
        code = literal(text) if target == "html" else f"#{literal(text)};"
        return element("MetaInlines", [raw_inline(target, code)])

    date = page_date(front)
    added: dict[str, Any] = {
        "lang": exact(front["lang"]) if target == "html" else _bare(front["lang"].split("-")[0]),
        "pagetitle": exact(plain(meta["title"])),
        "generator": exact(generator),
        "engine-line": shown(f"Rendered by {generator}"),
    }
    names = [plain(author["c"]["name"]) for author in meta.get("author", {"c": []})["c"]]
    if names:
        added["author-name"] = element("MetaList", [exact(name) for name in names])
    if date is not None:
        added["date"] = element("MetaInlines", [element("Str", long_date(date))])
        added["iso-date"] = exact(date.isoformat())
        year, month, day = date.year, date.month, date.day
        typst_date = f"datetime(year: {year}, month: {month}, day: {day})"
        added["typst-date"] = element("MetaInlines", [raw_inline(target, typst_date)])
    if names or date is not None:
        added["byline"] = element("MetaBool", True)
    if front.get("description"):
        added["description"] = exact(front["description"])
    if contents is not None:
        added["contents"] = element("MetaBlocks", [contents])
    added["toc-depth"] = element("MetaString", str(front.get("toc-depth", 3)))
    return {**meta, **added}


def _bare(text: str) -> Node:
    return element("MetaString", text)
