"""What a rendered page says, apart from how it looks: the facts that both engines must agree on."""

import json
import re
from html.parser import HTMLParser

VOID = {"meta", "img", "br", "hr", "link", "input", "col"}


class Page(HTMLParser):
    """Flat list of elements, each with its attributes and all text below it."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[dict] = []
        self._open: list[dict] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        element = {"tag": tag, "attrs": dict(attrs), "text": "", "path": [e["tag"] for e in self._open]}
        element["within"] = [e["attrs"].get("class") or "" for e in self._open]
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag):
        while self._open:
            if self._open.pop()["tag"] == tag:
                break

    def handle_data(self, data):
        for element in self._open:
            element["text"] += data

    def all(self, *tags: str, css: str | None = None) -> list[dict]:
        chosen = [e for e in self.elements if not tags or e["tag"] in tags]
        return (
            chosen if css is None else [e for e in chosen if css in (e["attrs"].get("class") or "").split()]
        )


def squeeze(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _title_lines(page: Page) -> list[dict]:
    """Lines of the title block and of the end of the page, without the one that names the engine's versions."""
    lines = [e for e in page.all("p") if {"title-block", "made"} & set(e["within"])]
    return [e for e in lines if "engine" not in e["attrs"]["class"].split()]


def page_facts(html: str) -> dict:
    """Headings, captions, references with their targets, tables, callouts, charts and labels."""
    page = Page(html)
    ids = {e["attrs"]["id"] for e in page.elements if e["attrs"].get("id")}
    rows, tables = [], []
    for element in page.all("table", "tr", "th", "td"):
        if element["tag"] == "table":
            tables.append(rows := [])
        elif element["tag"] == "tr":
            rows.append([])
        else:
            scope = element["attrs"].get("scope")
            rows[-1].append(squeeze(element["text"]) + (f" <{scope}>" if scope else ""))
    specs = [
        json.loads(e["text"])
        for e in page.all("script")
        if e["attrs"].get("type") == "application/json" and "id" not in e["attrs"]
    ]
    return {
        "title": squeeze(page.all("title")[0]["text"]),
        "title_block": [squeeze(e["text"]) for e in _title_lines(page)],
        "headings": [
            [e["tag"], e["attrs"].get("id"), squeeze(e["text"])]
            for e in page.all("h1", "h2", "h3", "h4", "h5")
        ],
        "captions": [squeeze(e["text"]) for e in page.all("figcaption")],
        "references": [
            [squeeze(e["text"]), e["attrs"]["href"], e["attrs"]["href"][1:] in ids]
            for e in page.all("a", css="vs-ref")
        ],
        "contents": [
            [squeeze(e["text"]), e["attrs"]["href"], e["attrs"]["href"][1:] in ids]
            for e in page.all("a")
            if "toc" in e["within"]
        ],
        "labels": sorted(i for i in ids if re.match(r"(fig|tbl|eq|sec)-", i)),
        "tables": tables,
        "callouts": [squeeze(e["text"]) for e in page.all("div", css="callout")],
        "tabs": [squeeze(e["text"]) for e in page.all("h3", "h4") if "tab-panel" in e["within"]],
        "formulas": [squeeze(e["text"]) for e in page.all("annotation")],
        "charts": [[s.get("description"), sorted(s.keys() & {"mark", "hconcat", "width"})] for s in specs],
        "code": [squeeze(e["text"]) for e in page.all("pre")],
        "footnotes": [
            squeeze(e["text"]) for e in page.all("li") if (e["attrs"].get("id") or "").startswith("fn")
        ],
    }


STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


def typst_literals(source: str) -> list[str]:
    """Every string literal of Typst markup."""
    return [json.loads(m.replace("\n", "\\n")) for m in STRING.findall(source)]


def typst_markup(source: str) -> str:
    """Typst markup without its string literals: what Typst acts on."""
    return STRING.sub('""', source)
