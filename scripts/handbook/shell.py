"""What stands around the content of a page: its head, the search, the list of pages, the contents, its neighbours."""

from __future__ import annotations

import html
import re
import string
from collections.abc import Sequence
from pathlib import Path

from handbook.pages import SECTIONS, Page
from handbook.rendering import Fragment, relative


def document(page: Page, content: Fragment, pages: Sequence[Page]) -> str:
    """The whole page around its content."""
    from valuestats.reporting.charting import themes_html

    charts = any(slot.kind == "chart" for slot in page.slots)
    top = relative(page.path, "index.html").removesuffix("index.html")

    def script(name: str) -> str:
        return f'<script src="{top}assets/{name}" defer></script>'

    scripts = ([themes_html(), script("vega.js")] if charts else []) + [
        script("report.js"),
        script("site.js"),
    ]
    described = f'<meta name="description" content="{_text(page.summary)}">' if page.summary else ""
    title = page.title if page.path == "index.html" else f"{page.title} · valuestats"
    toc = [(level, name, text) for level, name, text in content.headings if level <= 3 and name]
    order = [p for p in pages if p.section == page.section]
    at = next((i for i, p in enumerate(order) if p.path == page.path), None)
    around = _around(page, order, at) if page.section in ("Tutorials", "Concepts", "Guides", "Start") else ""
    crumb = "" if page.path == "index.html" else f'<p class="study">{_text(page.section)}</p>'
    return string.Template(
        (Path(__file__).parent / "assets" / "page.html").read_text(encoding="utf-8")
    ).substitute(
        described=described,
        title=_text(title),
        top=top,
        wide=" with-toc" if len(toc) > 1 else "",
        navigation=_navigation(page, pages),
        contents=_contents(toc),
        crumb=crumb,
        heading=_title(page.title),
        content=content.content,
        around=around,
        origin=_origin(page),
        scripts="\n".join(scripts),
    )


def _origin(page: Page) -> str:
    if page.source:
        return f"Made of <code>{_text(page.source)}</code>, whose code ran when this page was made."
    return "Made of the code and its docstrings, whose examples ran when this page was made."


def _title(title: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", _text(title))


def _text(text: str) -> str:
    return html.escape(text, quote=True)


def _contents(toc: Sequence[tuple[int, str, str]]) -> str:
    if len(toc) < 2:
        return ""
    rows = "".join(
        f'<li class="level-{level}"><a href="#{name}">{_text(text)}</a></li>' for level, name, text in toc
    )
    inside = f"<details open><summary>On this page</summary><ul>{rows}</ul></details>"
    return f'<nav class="toc" aria-label="On this page">{inside}</nav>'


def _navigation(page: Page, pages: Sequence[Page]) -> str:
    """All sections; the pages of the page's own section, by topic where it has topics, those of its own topic open."""
    parts = []
    for section in SECTIONS:
        inside = [p for p in pages if p.section == section]
        if not inside:
            continue
        if section != page.section:
            parts.append(f'<li><a href="{relative(page.path, inside[0].path)}">{section}</a></li>')
            continue
        topics = list(dict.fromkeys(p.topic for p in inside))
        rows = "".join(_topic(page, topic, [p for p in inside if p.topic == topic]) for topic in topics)
        parts.append(
            f'<li class="open"><a href="{relative(page.path, inside[0].path)}">{section}</a><ul>{rows}</ul></li>'
        )
    return f"<ul>{''.join(parts)}</ul>"


def _topic(page: Page, topic: str, inside: Sequence[Page]) -> str:
    rows = "".join(_entry(page, p) for p in inside)
    if not topic:
        return rows
    opened = " open" if topic == page.topic else ""
    return f"<li><details{opened}><summary>{_text(topic)}</summary><ul>{rows}</ul></details></li>"


def _entry(page: Page, other: Page) -> str:
    current = ' aria-current="page"' if other.path == page.path else ""
    return f'<li><a href="{relative(page.path, other.path)}"{current}>{_text(other.title.replace("`", ""))}</a></li>'


def _around(page: Page, order: Sequence[Page], at: int | None) -> str:
    if at is None:
        return ""
    links = []
    for name, other in (
        ("Before", order[at - 1] if at else None),
        ("Next", order[at + 1] if at + 1 < len(order) else None),
    ):
        if other:
            there = relative(page.path, other.path)
            links.append(
                f'<a class="{name.lower()}" href="{there}"><span>{name}</span> {_text(other.title)}</a>'
            )
    return f'<nav class="around" aria-label="Pages before and after">{"".join(links)}</nav>' if links else ""
