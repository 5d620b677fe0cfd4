"""Whole reports as Word documents, read back by pandoc and by their parts."""

import json
import re
import subprocess
import zipfile

import pytest
import yaml

from valuestats import render, run_study
from valuestats.base.errors import RenderError, StudyError
from valuestats.reporting.pandoc import pandoc_path
from valuestats.study import load_study
from valuestats.study.pages import render_reports

PAGE = """---
title: "A page"
subtitle: "In Word"
author: ["Ada", "Ben"]
date: "2026-11-30"
number-sections: true
provenance: "Data: simulated."
---

```{python}
#| echo: false
#| warning: false
from valuestats.reporting import setup, show, show_table, md

setup()
import altair as alt
import pandas as pd
```

# First {#sec-first}

@fig-one and @tbl-two say it; the sum is $x^2$.

```{python}
#| label: fig-one
#| fig-cap: "Two points."
#| fig-alt: "Points at 1 and 2."
#| echo: false
show(alt.Chart(pd.DataFrame({"x": [1, 2]})).mark_point().encode(x="x:Q"))
```

```{python}
#| label: tbl-two
#| tbl-cap: "Two rows."
#| echo: false
show_table(pd.DataFrame({"Model": ["m <b>", "n"], "Score": ["1.20", "−0.30"]}), align="lr")
```

::: {.callout-warning title="Take care"}
This is a warning.
:::

::: {.content-visible when-format="html"}
Only on the screen.
:::
"""


def read_back(file):
    told = subprocess.run([pandoc_path(), str(file), "--to", "json"], capture_output=True, check=True).stdout
    plain = subprocess.run(
        [pandoc_path(), str(file), "--to", "plain", "--wrap=none"], capture_output=True, check=True, text=True
    ).stdout
    return json.loads(told), plain


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("word")
    (folder / "page.qmd").write_text(PAGE, encoding="utf-8")
    return render(folder / "page.qmd", formats=["html", "docx"], output_dir=folder / "out")


def test_a_word_document_says_what_the_page_says(made):
    tree, text = read_back(made.paths["docx"])
    for said in (
        "First",
        "Figure 1: Two points.",
        "Table 1: Two rows.",
        "Take care",
        "This is a warning.",
        "Data: simulated.",
    ):
        assert said.replace("Figure 1", "Figure\u00a01").replace("Table 1", "Table\u00a01") in text, said
    assert "Only on the screen" not in text
    assert "Figure\u00a01 and Table\u00a01 say it" in text
    (table,) = [b for b in tree["blocks"] if b["t"] == "Table"]
    assert len(table["c"][4][0][3]) == 2
    assert "m <b>" in text
    assert "−0.30" in text
    meta = tree["meta"]
    assert "".join(x.get("c", " ") for x in meta["title"]["c"]) == "A page"
    assert "Ada, Ben" in text


def test_charts_are_pictures_with_their_words(made):
    with zipfile.ZipFile(made.paths["docx"]) as parts:
        pictures = [n for n in parts.namelist() if n.startswith("word/media/")]
        assert len(pictures) == 1
        data = parts.read(pictures[0])
        document = parts.read("word/document.xml").decode()
    assert data.startswith(b"\x89PNG")
    assert len(data) > 2000
    assert 'descr="Points at 1 and 2."' in document
    assert "<m:oMath>" in document  # the formula is Word's own


def test_the_same_numbers_stand_in_html_and_word(made):
    _, text = read_back(made.paths["docx"])
    page = re.sub(r"<script.*?</script>|<style.*?</style>", "", made.paths["html"].read_text(), flags=re.S)
    for number in ("1.20", "−0.30"):
        assert number in page
        assert number in text


def test_quarto_is_not_asked_for_word(tmp_path):
    (tmp_path / "page.qmd").write_text(PAGE, encoding="utf-8")
    with pytest.raises(RenderError, match="embedded engine"):
        render(tmp_path / "page.qmd", formats=["docx"], engine="quarto")


STUDY = {"study": "words", "title": "Words", "seed": 1, "reports": ["own"], "formats": ["html", "docx"]}
OWN = '---\ntitle: "Own"\n---\n\n```{python}\n#| tags: [parameters]\nresults = ""\n```\n\n# Here\n\nText.\n'


def test_a_study_asks_for_it(tmp_path):
    (tmp_path / "a.csv").write_text("a\n1\n")
    (tmp_path / "own.qmd").write_text(OWN)
    steps = {"table": {"verb": "read_table", "path": {"file": "a.csv"}}}
    (tmp_path / "study.yml").write_text(yaml.safe_dump({**STUDY, "steps": steps}))
    run = run_study(tmp_path / "study.yml", results=tmp_path / "results")
    pages = render_reports(run.folder, study=tmp_path / "study.yml")
    assert sorted(p.name for p in pages) == ["own.docx", "own.html"]
    assert "own.docx" in (run.folder / "reports" / "index.html").read_text()
    assert "Text." in read_back(run.folder / "reports" / "own.docx")[1]


@pytest.mark.parametrize("formats", [[], "html", ["docx"], ["html", "odt"], None])
def test_other_formats_are_refused(formats, tmp_path):
    steps = {"table": {"verb": "read_table", "path": {"file": "a.csv"}}}
    (tmp_path / "study.yml").write_text(yaml.safe_dump({**STUDY, "steps": steps, "formats": formats}))
    with pytest.raises(StudyError) as caught:
        load_study(tmp_path / "study.yml")
    assert caught.value.parameter == "formats"
