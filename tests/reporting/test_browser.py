"""The page in a real browser: charts drawn under its own security policy, tabs, theme, narrow screens."""

import json
import re
import shutil
import subprocess
import tempfile
from html import unescape
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

BROWSER = next(
    (b for b in ("chromium", "chromium-browser", "google-chrome", "chrome") if shutil.which(b)), None
)

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
    "--virtual-time-budget=15000",
]

# Runs in a copy of the page without its policy, framed at a chosen width, and tells the frame what it sees.
PROBE = """
<script>
(async () => {
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  const charts = [...document.querySelectorAll(".vs-chart")];
  for (let i = 0; i < 100 && !charts.every((box) => box.dataset.drawn); i++) await wait(50);
  const seen = {
    width: window.innerWidth,
    overflow: document.documentElement.scrollWidth,
    drawn: charts.map((box) => box.querySelectorAll("svg").length),
    labels: charts.map((box) => box.querySelector("[role=graphics-document]")?.getAttribute("aria-label")),
    theme: document.documentElement.dataset.theme,
  };
  const tabs = [...document.querySelectorAll('[role="tab"]')];
  const open = () => [...document.querySelectorAll('[role="tabpanel"]')].map((p) => !p.hasAttribute("data-closed"));
  seen.tabsBefore = open();
  tabs[0].focus();
  tabs[0].dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
  seen.tabsAfter = open();
  seen.focused = document.activeElement.textContent;
  document.querySelector(".theme-toggle").click();
  const flipped = seen.theme === "dark" ? "light" : "dark";
  for (let i = 0; i < 100 && !charts.every((box) => box.dataset.drawn === flipped); i++) await wait(50);
  seen.redrawn = charts.every((box) => box.dataset.drawn === flipped);
  seen.pageColour = getComputedStyle(document.body).backgroundColor;
  seen.font = document.fonts.check('600 16px Inter');
  parent.postMessage(JSON.stringify(seen), "*");
})().catch((error) => parent.postMessage(JSON.stringify({ error: String(error.stack) }), "*"));
</script>
"""

FRAME = """<!DOCTYPE html><meta charset="utf-8"><body style="margin:0">
<iframe src="{src}" style="width:{width}px;height:800px;border:0"></iframe><pre id="seen"></pre>
<script>addEventListener("message", (event) => {{ document.getElementById("seen").textContent = event.data; }});</script>
"""


@pytest.fixture(scope="module")
def browse():
    """Open a file and return the finished document and the console's lines."""
    if BROWSER is None:
        pytest.skip("no Chromium on this machine")

    def _browse(path: Path, query: str = ""):
        with tempfile.TemporaryDirectory() as profile:
            command = [BROWSER, *FLAGS, f"--user-data-dir={profile}", "--dump-dom", f"file://{path}{query}"]
            done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        return done.stdout, re.findall(r"CONSOLE[^\n]*", done.stderr)

    return _browse


def test_charts_are_drawn_under_the_page_s_own_policy(rendered, browse):
    dom, console = browse(rendered.outcome.paths["html"])
    assert console == []
    boxes = dom.split('<div class="vs-chart"')[1:]
    assert len(boxes) == 3
    assert all("<svg" in box for box in boxes)
    assert 'role="tablist"' in dom


def test_the_policy_stops_a_script_that_was_slipped_in(rendered, browse, tmp_path):
    page = tmp_path / "page.html"
    page.write_text(rendered.html.replace("</main>", "<script>document.title = 'taken'</script></main>"))
    dom, console = browse(page)
    assert "<title>taken</title>" not in dom
    assert any("Content Security Policy" in line for line in console)


@pytest.fixture(scope="module")
def probe(rendered, browse, tmp_path_factory):
    folder = tmp_path_factory.mktemp("probe")
    bare = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", rendered.html)
    (folder / "page.html").write_text(bare.replace("</body>", PROBE + "</body>"), encoding="utf-8")

    def _probe(width: int, theme: str) -> dict:
        frame = folder / f"frame-{width}-{theme}.html"
        frame.write_text(FRAME.format(src=f"page.html?theme={theme}", width=width), encoding="utf-8")
        dom, console = browse(frame)
        seen = json.loads(unescape(re.search(r'<pre id="seen">(.*?)</pre>', dom, re.DOTALL)[1]))
        return {**seen, "console": console}

    return _probe


@pytest.mark.parametrize(("width", "theme"), [(360, "dark"), (1280, "light")])
def test_page_works_at_this_width(probe, width, theme):
    seen = probe(width, theme)
    assert "error" not in seen, seen
    assert seen["console"] == []
    assert seen["width"] == width
    assert seen["overflow"] <= width
    assert seen["drawn"] == [1, 1, 1]
    assert seen["labels"][0] == "Bars rising from model m0 to the last model."
    assert (seen["tabsBefore"], seen["tabsAfter"]) == ([True, False], [False, True])
    assert seen["focused"] == "Second"
    assert seen["theme"] == theme
    assert seen["redrawn"]
    assert seen["pageColour"] == ("rgb(255, 255, 255)" if theme == "dark" else "rgb(20, 23, 28)")
    assert seen["font"]
