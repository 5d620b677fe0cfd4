"""A model's answer is untrusted: it is shown, and it is never markup, link, code or instruction."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from valuestats.base.errors import RenderError
from valuestats.reporting import escape_markdown
from valuestats.reporting.display import chart_spec
from valuestats.reporting.pandoc import READER, plain, run_pandoc
from valuestats.reporting.typst_blocks import typst_string

from .conftest import render_and_read
from .facts import Page, squeeze, typst_literals, typst_markup

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "![x](https://example.org/x.png)",
    "https://example.org/auto",
    '#read("/etc/passwd")',
    '#eval("1")',
    "$x$ and $$y$$",
    "{{< include x >}}",
    "{{< env HOME >}}",
    "`{python} 1+1`",
    "`code` ``` ~~~",
    "</body></html>",
    "</table></div>",
    "a | b || c",
    "::: {.callout-note}",
    "= heading",
    "- list",
    "/ term: x",
    "1. first",
    "@fig-x <label> @tbl-scores",
    "// comment /* x */",
    '"quoted\\" \\',
    "&lt;b&gt; &amp;",
    "~~gone~~ **bold** _it_ ^up^",
    "Table: caption {#tbl-x}",
    "abc\u202edcba\u2066x",
    "zero\u200bwidth\ufeff",
    "line\nbreak\r\n# heading",
    "\u4e2d\u6587 \u0627\u0644\u0639\u0631\u0628\u064a\u0629 \U0001f600",
]

PAGE = """---
title: T
author: 'A "quoted" <b> name'
---

```{python}
#| tags: [parameters]
hostile = []
```

```{python}
import altair as alt
import pandas as pd
from valuestats.reporting import escape_markdown, md, setup, show, show_table

setup()
frame = pd.DataFrame({"answer": hostile, "n": range(len(hostile))})
show_table(frame, labels={"answer": hostile[0]}, note=hostile[2])
show_table(frame.assign(m=1), spanners={hostile[0]: ["n", "m"]}, groups="answer", row_headers=0)
```

```{python}
frame
```

```{python}
show(alt.Chart(frame).mark_bar().encode(y="answer:N", x="n:Q", tooltip=["answer"]))
```

```{python}
for text in hostile:
    md(escape_markdown(text))
```

Inline: `{python} hostile[0]` and `{python} hostile[5]`.
"""


@pytest.fixture(scope="module")
def hostile_page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "page.qmd").write_text(PAGE, encoding="utf-8")
    return render_and_read(folder / "page.qmd", folder, params={"hostile": HOSTILE})


def shown(text: str) -> str:
    """How escape_markdown shows a text, as a reader sees it."""
    for name in ("\u202e", "\u2066", "\u200b", "\ufeff"):
        text = text.replace(name, f"[U+{ord(name):04X}]")
    return squeeze(text.replace("\r\n", "\n").replace("\n", " ↵ "))


def test_every_text_stands_in_its_cell_as_it_is(hostile_page):
    cells = [squeeze(e["text"]) for e in Page(hostile_page.html).all("th", "td")]
    for text in HOSTILE:
        assert cells.count(shown(text)) >= 3, text


def test_the_page_holds_no_element_of_theirs(hostile_page):
    page = Page(hostile_page.html)
    scripts = [e for e in page.all("script") if e["attrs"].get("type") != "application/json"]
    assert len(scripts) == 3
    assert not page.all("img")
    assert not [
        e
        for e in page.all("a")
        if "example" in e["attrs"].get("href", "") or "java" in e["attrs"].get("href", "")
    ]
    assert not [e for e in page.elements if any(a.startswith("on") for a in e["attrs"])]
    assert not page.all("math")
    assert not page.all("div", css="callout")
    assert [squeeze(e["text"]) for e in page.all("h1", "h2", "h3")] == ["T"]
    assert hostile_page.html.count("</body>") == 1
    author = next(e for e in page.all("meta") if e["attrs"].get("name") == "author")
    assert set(author["attrs"]) == {"name", "content"}


def test_no_character_reorders_the_page(hostile_page):
    for character in ("\u202e", "\u2066", "\u200b"):
        assert character not in hostile_page.html
        assert character not in hostile_page.typst
        assert all(character not in p.decode() for p in hostile_page.pictures.values())


def test_chart_data_can_not_leave_their_element(hostile_page):
    specs = [
        e["text"]
        for e in Page(hostile_page.html).all("script")
        if e["attrs"].get("type") == "application/json"
    ]
    chart = next(s for s in specs if "datasets" in s)
    assert "<" not in chart
    (rows,) = json.loads(chart)["datasets"].values()
    assert [r["answer"] for r in rows][:5] == HOSTILE[:5]
    (drawing,) = hostile_page.pictures.values()
    assert b"<script" not in drawing
    assert b"<image" not in drawing


def test_in_print_it_is_string_or_bare_words(hostile_page):
    markup = typst_markup(hostile_page.typst)
    body = markup.split("#vs-table", 1)[1]
    for call in ("read(", "eval(", "alert", "javascript", "#include", "example.org", "// comment"):
        assert call not in body
    literals = typst_literals(hostile_page.typst)
    assert '#read("/etc/passwd")' in literals
    assert "<script>alert(1)</script>" in literals


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=25))
def test_any_text_survives_pandoc_as_itself(texts):
    table = "\n".join(["| x |", "|---|", *(f"| {escape_markdown(t)} |" for t in texts)])
    ast = json.loads(run_pandoc(table, READER, "json", "--columns=100000"))
    (node,) = ast["blocks"]
    assert node["t"] == "Table"
    rows = node["c"][4][0][3]
    expected = [
        squeeze(plain(json.loads(run_pandoc(escape_markdown(t), READER, "json"))["blocks"]))
        for t in texts[:1]
    ]
    assert len(rows) == len(texts)
    assert squeeze(plain(rows[0])) == expected[0]
    kinds = {n["t"] for row in rows for cell in row[1] for block in cell[4] for n in block["c"]}
    assert kinds <= {"Str", "Space"}


@given(st.text())
def test_escaping_leaves_one_line_and_no_bare_punctuation(text):
    escaped = escape_markdown(text)
    assert "\n" not in escaped
    rest = escaped.replace("\\\\", "")
    for mark in "<>#$[]`{}|@":
        assert mark not in rest.replace("\\" + mark, "")


@given(st.text())
def test_typst_string_is_one_literal(text):
    literal = typst_string(text)
    assert typst_markup(literal) == '""'


@pytest.mark.parametrize(
    "spec",
    [
        {"data": {"url": "https://example.org/d.csv"}, "mark": "bar"},
        {"data": {"values": []}, "mark": "image"},
        {"data": {"values": []}, "mark": {"type": "image"}},
        {"data": {"values": []}, "mark": "point", "encoding": {"href": {"field": "a"}}},
        {"layer": [{"data": {"values": []}, "mark": "point", "encoding": {"url": {"field": "a"}}}]},
    ],
)
def test_charts_that_load_or_link_are_refused(spec):
    with pytest.raises(RenderError, match="may not load"):
        chart_spec(spec)


def test_chart_data_may_be_named_like_what_is_refused():
    spec = {"data": {"values": [{"url": "x", "href": "y"}]}, "mark": "point"}
    assert chart_spec(spec) == {**spec, "width": 520}
