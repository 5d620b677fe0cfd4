"""The title and the headline of a rendered page, read from its HTML as data."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser

SECTIONS = ("sec-said", "sec-glance")
"""Sections whose first paragraph is a page's headline; that of the page, where it has none of them."""

_APART = {"figure", "table", "nav", "aside", "script", "style", "svg", "pre", "ul", "ol"}
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass(frozen=True)
class Headline:
    """What a page is called, and its first finding; texts without markup."""

    title: str
    text: str


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, bool]] = []
        self.section = ""
        self.title: list[str] = []
        self.first: dict[str, str] = {}
        self.text: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("id") or ""
        if name.startswith("sec-"):
            self.section = name
        if tag in _VOID:
            return
        apart = tag in _APART or any("callout" in word for word in (given.get("class") or "").split())
        self.open.append((tag, apart))
        if tag == "p" and self._inside("main") and not any(hidden for _, hidden in self.open):
            self.text = []

    def handle_endtag(self, tag: str) -> None:
        if tag == "p" and self.text is not None:
            found = " ".join("".join(self.text).split())
            if found:
                self.first.setdefault(self.section, found)
            self.text = None
        while self.open and any(name == tag for name, _ in self.open):
            name, _ = self.open.pop()
            if name == tag:
                break

    def handle_data(self, data: str) -> None:
        if self.text is not None:
            self.text.append(data)
        elif self.open and self.open[-1][0] == "title":
            self.title.append(data)

    def _inside(self, tag: str) -> bool:
        return any(name == tag for name, _ in self.open)


def headline(page: str) -> Headline:
    """Title and headline of a page.

    Parameters
    ----------
    page
        Its HTML, of either engine.

    Examples
    --------
    >>> headline("<title>T</title><main><div class='callout'><p>Note</p></div><p>A is <b>above</b> B.</p></main>")
    Headline(title='T', text='A is above B.')
    """
    reader = _Reader()
    reader.feed(page)
    reader.close()
    found = [reader.first[name] for name in SECTIONS if name in reader.first]
    return Headline("".join(reader.title).strip(), next(iter([*found, *reader.first.values()]), ""))
