"""Every link of the finished site, followed: a page or a place that is not there fails the build."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from html.parser import HTMLParser
from urllib.parse import unquote


class _Links(HTMLParser):
    """Links, loaded files and identifiers of one page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value is None:
                continue
            if name == "id":
                self.ids.append(value)
            elif name == "href" and tag == "a":
                self.links.append(value)
            elif name in ("src", "href"):
                self.loaded.append(value)


def dead_links(pages: Mapping[str, str], files: set[str]) -> list[str]:
    """What is wrong with the links of a site.

    Parameters
    ----------
    pages
        HTML by path.
    files
        Paths of all files, pages included.

    Returns
    -------
    list of str
        A line for each link to a page or place that is not there, each file loaded from elsewhere, and each identifier
        that stands twice on a page.

    Examples
    --------
    >>> dead_links({"a.html": '<a href="b.html#x">'}, {"a.html", "b.html"})
    ['a.html: no place #x in b.html']
    """
    read = {}
    for path, text in pages.items():
        read[path] = _Links()
        read[path].feed(text)
    wrong = []
    for path, found in read.items():
        wrong += [
            f"{path}: identifier {name} stands twice"
            for name in sorted({i for i in found.ids if found.ids.count(i) > 1})
        ]
        for target in found.loaded:
            if target.startswith("data:"):
                continue
            if (
                ":" in target.split("/")[0]
                or target.startswith("//")
                or _resolved(path, target)[0] not in files
            ):
                wrong.append(f"{path}: loads {target}")
        for target in found.links:
            if target.startswith(("https://", "http://", "mailto:", "data:")):
                continue
            place, anchor = _resolved(path, target)
            if place not in files:
                wrong.append(f"{path}: no page {target}")
            elif anchor and anchor not in (read[place].ids if place in read else []):
                wrong.append(f"{path}: no place #{anchor} in {place}")
    return wrong


def _resolved(path: str, target: str) -> tuple[str, str]:
    file, _, anchor = target.partition("#")
    place = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(file))) if file else path
    return place, unquote(anchor)
