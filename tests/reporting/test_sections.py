"""Sections that only some studies have: in the page's contents, numbered, inert; absent without a trace."""

import pandas as pd
import pytest

from valuestats.base.errors import RenderError
from valuestats.pages import demographic_alignment as demographics
from valuestats.reporting import render
from valuestats.reporting.sections import heading, show_figure, show_table_as

PAGE = """---
title: "Page"
toc: true
---

```{python}
#| tags: [parameters]
#| include: false
there = True
```

```{python}
#| label: setup
#| include: false
import altair as alt
import pandas as pd
from valuestats.reporting import setup
from valuestats.reporting.sections import heading, paragraph, show_figure, show_table_as
setup()
```

# Always {#sec-always}

Text.

```{python}
#| label: some
#| echo: false
#| output: asis
if there:
    heading("Sometimes <b>bold</b>", "sec-some")
    paragraph("See <script>alert(1)</script> here.")
    chart = alt.Chart(pd.DataFrame({"a": [1], "b": [2]})).mark_point().encode(x="a:Q", y="b:Q")
    show_figure(chart, "fig-some", "Computed *caption* 7", 'a "quoted" {brace}')
    show_table_as(pd.DataFrame({"a": [1]}), "tbl-some", "Computed table")
```
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    source = folder / "page.qmd"
    source.write_text(PAGE, encoding="utf-8")
    texts = {}
    for there in (True, False):
        done = render(
            source,
            output_dir=folder / str(there),
            engine="embedded",
            formats=["html"],
            params={"there": there},
        )
        texts[there] = done.paths["html"].read_text(encoding="utf-8")
    return texts


def test_a_section_that_is_there_is_like_any_other(pages):
    text = pages[True]
    body = text[text.rindex("</style>") :]
    assert 'href="#sec-some"' in body
    assert 'id="fig-some"' in body
    assert 'id="tbl-some"' in body
    assert "Computed *caption* 7" in body
    assert "<script>alert(1)" not in body
    assert "<b>bold</b>" not in body
    assert "a 'quoted' 'brace'" in body


def test_a_section_that_is_not_there_leaves_nothing(pages):
    assert "sec-some" not in pages[False]
    assert "fig-some" not in pages[False]
    assert 'id="sec-always"' in pages[False]


def test_what_is_no_label_is_refused():
    with pytest.raises(RenderError, match="no label"):
        heading("x", "fig-x")
    with pytest.raises(RenderError, match="no caption"):
        show_figure({}, "fig-x", " ", "alt")
    with pytest.raises(RenderError, match="no label"):
        show_table_as(pd.DataFrame({"a": [1]}), "tbl-x} {.evil", "caption")


def frame_of(groups, n):
    return pd.DataFrame({"group": groups, "other": "Chile", "similarity": 0.5, "n_questions": n})


def test_the_map_takes_one_group_per_country_and_names_what_it_leaves_out():
    groups = ["Britain", "Great Britain", "Peru", "Brazil", "India (Old national sample)"]
    between = frame_of(["Chile"] * 5, [30, 9, 12, 2, 40]).assign(other=groups)
    seen = demographics.people_on_the_map(between, "Chile", least=8)
    assert seen.frame["group"].tolist() == ["Britain", "Peru"]
    assert seen.few == ["Brazil"]
    assert seen.absent == ["India (Old national sample)"]
    assert "Brazil" in seen.said()
    assert "12 to 30" in seen.caption()
    assert demographics.people_on_the_map(between, "Peru") is None
