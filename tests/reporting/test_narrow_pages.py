"""A page on a telephone: names of rows are whole, cells of a heat map can be told apart, titles and legends fit."""

import json
import re
from html import unescape

import pandas as pd
import pytest

from valuestats import render
from valuestats.reporting.display import table_to_markdown
from valuestats.reporting.html_blocks import html_tree
from valuestats.reporting.pandoc import READER, plain, run_pandoc, words
from valuestats.reporting.tableshape import shape_tables
from valuestats.reporting.unbroken import glue

from .test_browser import FRAME, browse  # noqa: F401

pytestmark = pytest.mark.browser

MODELS = [
    "gemini-2.0-flash-thinking-exp-01-21",
    "claude-3-5-sonnet-20241022",
    "mistral-small-24b-instruct-2501",
]
ALIKE = [
    "meta-llama/Meta-Llama-3.1-70B-Instruct-Turbo",
    "meta-llama/Meta-Llama-3.1-70B-Instruct-Turbo-128K",
    "meta-llama/Meta-Llama-3.1-70B-Instruct-Lite",
    "gpt-4o",
    "a model whose long name begins as none of the others does",
]
LONG = ["as counted, and not corrected for what few of them are", "corrected"]
PAGE = f"""---
title: "Narrow"
---

```{{python}}
#| echo: false
from valuestats.reporting import setup, show, show_table
setup()
import altair as alt
import pandas as pd
models = {MODELS!r}
rows = [(m, f"value {{k}}", k / 10) for m in models for k in range(14)]
long = pd.DataFrame(rows, columns=["model", "value", "x"])
scores = {{f"Value {{k}}": ["+0.12 [-0.10, +0.30]"] * 3 for k in range(5)}}
show_table(pd.DataFrame({{"Model": models, **scores, "Trust": ["○ no finding"] * 3}}))
show(alt.Chart(long).mark_rect().encode(x="value:N", y=alt.Y("model:N", axis=alt.Axis(labelLimit=400)),
    color=alt.Color("x:Q", title="Centred score (answer scale points)")), alt="A map.")
title = "Achievement: centred score (answer scale points)"
show(alt.Chart(long).mark_point().encode(x=alt.X("x:Q", title=title), y=alt.Y("model:N", title=None),
    color=alt.Color("model:N", title=None, legend=alt.Legend(orient="bottom", columns=3))), alt="Points.")
corners = pd.DataFrame({{"x": [0, 0, 1, 1], "y": [0, 1, 0, 1]}})
show(alt.Chart(corners).mark_point().encode(x=alt.X("x:Q", axis=None), y=alt.Y("y:Q", axis=None)).properties(
    width=480, height=480), alt="A square.")
alike = pd.DataFrame([(m, k, k / 3) for m in {ALIKE!r} for k in range(3)], columns=["model", "k", "x"])
drawn = alt.Chart(alike).mark_point().encode(x="x:Q")
show(drawn.encode(y=alt.Y("model:N", title=None), color=alt.Color("model:N", title=None)), alt="Names alike.")
show(drawn.encode(y="k:O", facet=alt.Facet("model:N", title=None, columns=2)), alt="Panels.")
counted = pd.DataFrame({{"m": ["a name of a model", "b"], "x": [1, 2], "kind": {LONG!r}, "n": [10, 400]}})
both = alt.Chart(counted).mark_point()
whole = alt.Legend(labelLimit=0, orient="bottom")
both = both.encode(x="x:Q", y="m:N", color=alt.Color("kind:N", legend=whole), size=alt.Size("n:Q", legend=whole))
show(both, alt="Two legends.")
show(both.properties(width=400).facet(row="kind:N"), alt="Two legends, panels.")
beside = alt.Chart(pd.DataFrame({{"m": ["one", "two"], "x": [1, 2]}})).mark_point().properties(width=200)
bare = alt.Axis(labels=False)
show(alt.hconcat(beside.encode(x="x:Q", y="m:N"), beside.encode(x="x:Q", y=alt.Y("m:N", axis=bare))), alt="Beside.")
```
"""
PROBE = """
<script>
(async () => {
  const charts = [...document.querySelectorAll(".vs-chart")];
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  for (let i = 0; i < 100 && !charts.every((box) => box.dataset.drawn); i++) await wait(50);
  const lines = (cell) => {
    const range = document.createRange();
    range.selectNodeContents(cell);
    return new Set([...range.getClientRects()].map((r) => Math.round(r.top))).size;
  };
  const inside = (box) => {
    const whole = box.querySelector("svg").getBoundingClientRect();
    const texts = [...box.querySelectorAll("text")].map((t) => t.getBoundingClientRect()).filter((t) => t.width);
    return texts.every((t) => t.left >= whole.left - 1 && t.right <= whole.right + 1);
  };
  const texts = (box, role) => [...box.querySelectorAll(`${role} text`)].map((t) => t.textContent);
  const left = (text) => Math.round(text.getBoundingClientRect().left);
  const marks = [...charts[0].querySelectorAll(".mark-rect.role-mark path")].map((m) => m.getBoundingClientRect().width);
  parent.postMessage(JSON.stringify({
    names: [...document.querySelectorAll("tbody tr > :first-child, tbody tr > :last-child")].map(lines),
    axis: texts(charts[3], ".role-axis-label"),
    legend: texts(charts[3], ".role-legend-label"),
    panels: texts(charts[4], ".role-title-text"),
    fits: charts.slice(5, 7).map((box) => box.scrollWidth <= box.clientWidth + 1),
    stacked: texts(charts[7], ".role-axis-label").filter((text) => text === "one" || text === "two"),
    says: document.querySelector(".table-scroll").dataset.more,
    thin: Math.min(...marks),
    inside: charts.slice(0, 2).map(inside),
    square: ["left", "top"].map((side) => {
      const places = [...charts[2].querySelectorAll(".mark-symbol path")].map((m) => m.getBoundingClientRect()[side]);
      return Math.max(...places) - Math.min(...places);
    }),
    points: [charts[1].scrollWidth, charts[1].clientWidth],
    plot: charts[1].querySelector(".mark-symbol.role-mark").getBoundingClientRect().width,
    entries: [...charts[1].querySelectorAll(".role-legend-label text")].map(left),
  }), "*");
})().catch((error) => parent.postMessage(JSON.stringify({ error: String(error.stack) }), "*"));
</script>
"""


@pytest.fixture(scope="module")
def seen(browse, tmp_path_factory):  # noqa: F811
    folder = tmp_path_factory.mktemp("narrow")
    (folder / "page.qmd").write_text(PAGE, encoding="utf-8")
    done = render(folder / "page.qmd", formats=["html"], engine="embedded", output_dir=folder)
    text = done.paths["html"].read_text(encoding="utf-8")
    bare = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
    (folder / "page.html").write_text(bare.replace("</body>", PROBE + "</body>"), encoding="utf-8")
    (folder / "frame.html").write_text(FRAME.format(src="page.html?theme=light", width=390), encoding="utf-8")
    dom, console = browse(folder / "frame.html")
    assert console == []
    found = json.loads(unescape(re.search(r'<pre id="seen">(.*?)</pre>', dom, re.DOTALL)[1]))
    assert "error" not in found, found
    return found


def test_names_and_verdicts_stand_on_one_line_and_the_table_goes_on_to_the_side(seen):
    assert seen["names"] == [1] * 6
    assert seen["says"] == "sideways"


def test_columns_of_a_map_are_wide_enough_to_be_told_apart(seen):
    assert seen["thin"] >= 12


def test_titles_and_legends_fit_and_leave_the_plot_room(seen):
    assert seen["inside"] == [True, True]
    assert seen["points"][0] <= seen["points"][1] + 1
    assert seen["plot"] > 120
    assert len(set(seen["entries"])) == 1  # under each other


@pytest.mark.parametrize("where", ["axis", "legend", "panels"])
def test_names_that_are_cut_stay_apart(seen, where):
    found = [text for text in seen[where] if not re.fullmatch(r"[\d.]+", text)]
    assert len(found) == len(set(found)) == len(ALIKE)
    assert "gpt-4o" in found
    ends = [re.split("…|-", text)[-1] for text in sorted(found) if text.startswith("meta")]
    assert sorted(ends) == ["128K", "Lite", "Turbo"]
    assert any(text.endswith("…") and text.startswith("a model whose") for text in found)


def test_legends_beside_each_other_and_of_panels_fit(seen):
    assert seen["fits"] == [True, True]


def test_panels_under_each_other_have_their_own_names(seen):
    assert sorted(seen["stacked"]) == ["one", "one", "two", "two"]


def test_what_has_a_shape_keeps_it(seen):
    wide, high = seen["square"]
    assert 200 < wide < 400
    assert abs(wide - high) < 3


def cells(frame):
    tree = json.loads(run_pandoc(table_to_markdown(frame), READER, "json"))["blocks"]
    return json.dumps(html_tree(shape_tables(tree), [], {}, None))


def test_long_text_may_still_be_broken():
    said = cells(
        pd.DataFrame(
            {
                "model": ["claude-3-5-sonnet " * 3],
                "why": ["it was asked four times"],
                "trust": ["△ with care"],
            }
        )
    )
    assert said.count('"short"') == 3 + 1  # the three words of the name, and the verdict
    assert '"short"' not in cells(pd.DataFrame({"path": ["a-" * 40], "why": ["it was asked four times"]}))


def test_a_letter_and_its_number_stay_together():
    said = glue([{"t": "Para", "c": words("drawn (p = .05, r > .3) from a = sign")}])
    assert "p\u00a0=\u00a0.05, r\u00a0>\u00a0.3) from" in plain(said)
