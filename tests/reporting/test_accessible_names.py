"""Two rules of axe on rendered pages: graphics have a name, and a control's name holds what is seen of it."""

import re
import subprocess
from html.parser import HTMLParser

import pytest

from valuestats import render

from .test_browser import BROWSER, FLAGS
from .test_word_pages import PAGE

pytestmark = pytest.mark.browser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
GRAPHICS = {"img", "graphics-symbol", "graphics-document"}
CONTROLS = {"button", "link", "tab", "menuitem", "checkbox", "radio", "switch", "option"}
TABS = """
::: {.panel-tabset}
## One

Here.

## Two

There.
:::

[A link](https://example.org)
"""


class Names(HTMLParser):
    """Elements that the two rules look at, with their names and what is seen of them."""

    def __init__(self):
        super().__init__()
        self.open, self.graphics, self.controls = [], [], []

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        role = said.get("role") or {"button": "button", "a": "link", "summary": "button"}.get(tag, "")
        drawn = tag == "svg" or any(o["tag"] == "svg" for o in self.open)
        entry = {"tag": tag, "role": role, "label": said.get("aria-label"), "text": "", "title": "", **said}
        if drawn and role in GRAPHICS and said.get("aria-hidden") != "true":
            self.graphics.append(entry)
        if role in CONTROLS and not drawn:
            self.controls.append(entry)
        if tag not in VOID and not self.get_starttag_text().endswith("/>"):
            self.open.append(entry)

    def handle_endtag(self, tag):
        for n in range(len(self.open) - 1, -1, -1):
            if self.open[n]["tag"] == tag:
                del self.open[n:]
                return

    def handle_data(self, data):
        for entry in self.open:
            entry["text"] += data
        if self.open and self.open[-1]["tag"] == "title" and len(self.open) > 1:
            self.open[-2]["title"] += data


def names(text):
    found = Names()
    found.feed(text)
    return found


def unnamed(found):
    return [g for g in found.graphics if not (g["label"] or g.get("aria-labelledby") or g["title"]).strip()]


def mismatched(found):
    """Controls whose label lacks what is seen, letters and digits compared, as axe does."""

    def plain(text):
        return re.sub(r"[^\w]+", " ", text.lower()).strip()

    return [
        c
        for c in found.controls
        if c["label"] and plain(c["text"]) and plain(c["text"]) not in plain(c["label"])
    ]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    if BROWSER is None:
        pytest.skip("no Chromium on this machine")
    folder = tmp_path_factory.mktemp("names")
    (folder / "page.qmd").write_text(PAGE + TABS, encoding="utf-8")
    done = render(folder / "page.qmd", formats=["html"], engine="embedded", output_dir=folder)
    url = done.paths["html"].resolve().as_uri()
    out = subprocess.run([BROWSER, *FLAGS, "--dump-dom", url], capture_output=True, text=True, check=False)
    return names(out.stdout)


def test_every_graphic_has_a_name(page):
    assert len(page.graphics) == 3  # an axis and two points
    assert unnamed(page) == []


def test_a_control_s_name_holds_what_is_seen_of_it(page):
    assert len(page.controls) > 3
    assert any(c["label"] for c in page.controls)
    assert mismatched(page) == []


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ('<svg role="img"></svg>', (1, 0)),
        ('<svg><g role="graphics-symbol" aria-label=""></g></svg>', (1, 0)),
        ('<svg role="img"><title>Points</title></svg><svg role="img" aria-label="Points"></svg>', (0, 0)),
        ('<button aria-label="Switch theme">Light</button>', (0, 1)),
        ('<button aria-label="Light theme, switch"><span>Light</span></button>', (0, 0)),
        ('<a href="#" aria-label="Home">Read more</a>', (0, 1)),
    ],
)
def test_the_two_faults_are_seen_where_they_are(text, faults):
    found = names(text)
    assert (len(unnamed(found)), len(mismatched(found))) == faults
