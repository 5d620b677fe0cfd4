"""Pages of a PDF: a picture that does not fit leaves no gap before it, and no page is begun for a few lines."""

import shutil
import subprocess

import pytest

from valuestats import render
from valuestats.reporting import typst_pdf

PARAGRAPH = (
    "Models differ in what they say they value, and in how far that holds from one wording to another. " * 6
)
FIGURE = """
```{{python}}
#| label: fig-{name}
#| fig-cap: "Picture {name}."
#| fig-alt: "A line."
#| echo: false
show(alt.Chart(frame).mark_line().encode(x="x:Q", y="y:Q").properties(height={height}))
```
"""
HEAD = """---
title: "Pages"
---

```{python}
#| echo: false
from valuestats.reporting import setup, show
setup()
import altair as alt
import pandas as pd
frame = pd.DataFrame({"x": [0, 1], "y": [0, 1]})
```
"""


def pages(tmp_path, body):
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext on this machine")
    (tmp_path / "page.qmd").write_text(HEAD + body, encoding="utf-8")
    done = render(tmp_path / "page.qmd", formats=["pdf"], engine="embedded", output_dir=tmp_path)
    said = subprocess.run(
        ["pdftotext", "-layout", done.paths["pdf"], "-"], capture_output=True, text=True, check=True
    )
    return said.stdout.rstrip("\f\n").split("\f")


def test_the_text_goes_on_before_a_picture_that_does_not_fit(tmp_path):
    body = f"# One\n\n{PARAGRAPH * 4}\n" + FIGURE.format(name="a", height=600)
    body += (
        f"\n# Two\n\nThe word is hither.\n\n{PARAGRAPH}\n\n# How this was made {{#sec-made}}\n\nBy hand.\n"
    )
    first, second = pages(tmp_path, body)
    assert "The word is hither" in first
    assert "Picture a" in second
    assert second.index("Picture a") < second.index("How this was made")


def test_a_page_is_saved_that_would_hold_a_few_lines(tmp_path, monkeypatch):
    """A text that grows behind a picture: where the picture, a little smaller, saves the second page, it does."""
    body = f"# One\n\n{PARAGRAPH * 2}\n" + FIGURE.format(name="a", height=300) + f"\n\n{PARAGRAPH}\n"
    grown = [body + "\n\n".join(["A line more."] * more) + "\n" for more in (1, 4)]
    fitted = [len(pages(tmp_path, text)) for text in grown]
    monkeypatch.setattr(typst_pdf, "_FITS", ((1.0, 1.0),))
    plain = [len(pages(tmp_path, text)) for text in grown]
    assert plain == [1, 2]
    assert fitted == [1, 1]


def test_a_short_table_is_not_torn(tmp_path):
    table = """
```{python}
#| label: tbl-a
#| tbl-cap: "Seven rows."
#| echo: false
from valuestats.reporting import show_table
show_table(pd.DataFrame({"row": [f"row {k}" for k in range(7)], "n": range(7)}))
```
"""
    told = pages(tmp_path, "\n\n".join(["A line more."] * 31) + "\n" + table + f"\n\n{PARAGRAPH * 3}\n")
    (there,) = [page for page in told if "row 0" in page]
    assert "row 6" in there
    assert len(told) == 2
    assert there is told[1]
