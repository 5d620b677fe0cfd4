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


GROUPED = """
```{{python}}
#| label: tbl-a
#| tbl-cap: "Groups of five rows."
#| echo: false
from valuestats.reporting import show_table
rows = [(f"group {{g}}", f"row {{g}}{{k}}", k, "a") for g in {groups!r} for k in range(5)]
frame = pd.DataFrame(rows, columns=["group", "row", "n", "m"])
show_table(frame, groups="group")
```
"""


@pytest.mark.parametrize("lines", [24, 25, 27, 29])
def test_a_group_is_not_torn_and_its_name_stands_over_it(tmp_path, lines):
    told = pages(tmp_path, "\n\n".join(["A line more."] * lines) + GROUPED.format(groups="ABCD"))
    assert len(told) == 2
    for g in "ABCD":
        (there,) = [page for page in told if f"group {g}" in page]
        assert [there.count(f"row {g}{k}") for k in range(5)] == [1] * 5


def test_no_row_of_a_long_table_stands_alone_on_a_page(tmp_path, monkeypatch):
    monkeypatch.setattr(typst_pdf, "_FITS", ((1.0, 1.0),))

    def rows(count):
        table = GROUPED.replace("range(5)", f"range({count})").replace(', groups="group"', "")
        told = pages(tmp_path, "\n\n".join(["A line more."] * 16) + table.format(groups="A"))
        return [page.count("row A") for page in told]

    fit = rows(30)[0]
    assert 13 < fit < 28
    assert rows(fit + 1) == [fit - 2, 3]


def test_a_long_cell_of_numbers_is_parted_before_its_brackets(tmp_path):
    cell = "0.596 [0.509, 0.678] (25 roles)"
    table = f"""
```{{python}}
#| echo: false
from valuestats.reporting import show_table
show_table(pd.DataFrame({{f"A quantity {{k}}": ["{cell}"] * 2 for k in range(6)}}), align="r" * 6)
```
"""
    (told,) = pages(tmp_path, table)
    assert told.count("[0.509, 0.678]") == 12


def test_a_heading_over_a_picture_alone_stays_with_it(tmp_path):
    body = f"# One\n\n{PARAGRAPH * 4}\n\n# The picture\n" + FIGURE.format(name="a", height=600)
    body += f"\n\n# The next\n\n{PARAGRAPH}\n"
    told = "\f".join(pages(tmp_path, body))
    assert told.index("The picture") < told.index("Picture a") < told.index("The next")
