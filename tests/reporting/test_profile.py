"""The profile's reader: what it takes in, and where it says no."""

import pytest

from valuestats.base.errors import RenderError
from valuestats.reporting.blocks import Cell, Text
from valuestats.reporting.profile import read_document

from .conftest import FIXTURE


def test_full_document_reads_into_blocks():
    document = read_document(FIXTURE)
    labels = [cell.label for cell in document.cells if cell.label]
    assert labels == ["fig-bars", "tbl-scores", "printed"]
    assert document.front["study"] == "Fixture study"
    expressions = [e for block in document.blocks if isinstance(block, Text) for e, _ in block.expressions]
    assert expressions == ["size", "label"]


def test_cell_options_stand_over_the_document_s_defaults(write):
    path = write("```{python}\n#| echo: true\n1\n```\n\n```{python}\n2\n```", "execute:\n  echo: false\n")
    first, second = read_document(path).cells
    assert (first.options["echo"], second.options["echo"]) == (True, False)
    assert (first.line, first.code_line) == (7, 9)


def test_project_and_folder_defaults_are_merged(tmp_path, write):
    (tmp_path / "_quarto.yml").write_text("project:\n  type: default\ntoc: true\nexecute:\n  echo: false\n")
    (tmp_path / "_metadata.yml").write_text("toc-depth: 4\nexecute:\n  warning: false\n")
    front = read_document(write("Text.")).front
    assert (front["toc"], front["toc-depth"]) == (True, 4)
    assert (front["execute"]["echo"], front["execute"]["warning"], front["execute"]["eval"]) == (
        False,
        False,
        True,
    )


def test_include_and_meta_are_put_in_place(tmp_path, write):
    (tmp_path / "part.md").write_text("from the part\n")
    document = read_document(
        write("{{< include part.md >}}\n\nn is {{< meta params.n >}}", "params:\n  n: 7\n")
    )
    text = "\n".join(line.text for block in document.blocks for line in block.lines)
    assert "from the part" in text
    assert "n is 7" in text


def test_code_that_looks_like_markup_is_left_alone(write):
    body = "```markdown\n{{< video x >}}\n<b>\n::: {.odd}\n`{python} x`\n```\n\nAlso `<b>` and $a<b>c$."
    (block,) = read_document(write(body)).blocks
    assert not block.expressions


def test_overrides_are_plain_text(write):
    front = read_document(write("Text."), {"title": "a*b*", "date": "2026-01-31"}).front
    assert front["title"] == r"a\*b\*"
    assert front["date"] == "2026-01-31"


FAULTS = {
    "cell option": ("```{python}\n#| fold: true\n1\n```", 6, "unknown cell option", "fold"),
    "option type": ("```{python}\n#| echo: maybe\n1\n```", 6, "wrong value", "maybe"),
    "callout kind": (
        "text\n\n::: {.callout-danger}\nx\n:::",
        7,
        "class is not in the profile",
        ".callout-danger",
    ),
    "class": ("::: {.column-margin}\nx\n:::", 5, "class is not in the profile", ".column-margin"),
    "attribute": ('::: {.callout-note icon="false"}\nx\n:::', 5, "attribute is not in the profile", "icon"),
    "format": ('::: {.content-visible when-format="docx"}\nx\n:::', 5, "unknown format", "docx"),
    "shortcode": ("\n\nsee {{< video x.mp4 >}}", 7, "shortcode is not in the profile", "{{< video x.mp4 >}}"),
    "include": ("{{< include none.md >}}", 5, "does not exist", "none.md"),
    "meta": ("{{< meta none >}}", 5, "no such key", "none"),
    "other language": ("```{r}\n1\n```", 5, "kind of code block", "```{r}"),
    "raw block": ("```{=html}\n<b>\n```", 5, "kind of code block", "```{=html}"),
    "raw html": ("a\n<br> b", 6, "raw HTML", "<br>"),
    "reference": ("a\n\nsee @fig-none.", 7, "no target", "@fig-none"),
    "label twice": ("## A {#sec-a}\n\n## B {#sec-a}", 7, "used twice", "sec-a"),
    "open division": ("::: {.lead}\nx", 5, "not closed", None),
    "stray close": ("x\n\n:::", 7, "never opened", None),
    "open code": ("```python\nx", 5, "not closed", None),
    "expression": ("`{python} 1 +`", 5, "not valid Python", "1 +"),
    "no caption": ("```{python}\n#| label: tbl-a\n1\n```", 5, "no tbl-cap", None),
    "no alternative text in a division": ("::: {#fig-a}\nx\n\nc\n:::", 5, "no alternative text", "#fig-a"),
    "no alternative text": ("```{python}\n#| label: fig-a\n#| fig-cap: c\n1\n```", 5, "no fig-alt", None),
    "caption without label": ("```{python}\n#| fig-cap: c\n1\n```", 6, "needs a label", None),
}


@pytest.mark.parametrize(("body", "line", "message", "got"), FAULTS.values(), ids=FAULTS.keys())
def test_faults_name_file_and_line(write, body, line, message, got):
    path = write(body)
    with pytest.raises(RenderError) as caught:
        read_document(path)
    assert caught.value.message.startswith(f"page.qmd:{line}: ")
    assert message in caught.value.message
    assert caught.value.file == str(path)
    if got is not None:
        assert str(caught.value.got).strip() == got


@pytest.mark.parametrize(
    ("front", "message"),
    [
        ("bibliography: a.bib\n", "unknown front matter key"),
        ("date: soon\n", "wrong value"),
        ("format: pdf\n", "wrong value"),
        ("execute:\n  freeze: auto\n", "unknown execute option"),
        ("toc: [\n", "not valid YAML"),
    ],
)
def test_front_matter_faults(write, front, message):
    with pytest.raises(RenderError, match=message):
        read_document(write("x", front))


def test_fault_in_an_included_file_names_that_file(tmp_path, write):
    (tmp_path / "part.md").write_text("fine\n\n<div>\n")
    with pytest.raises(RenderError, match=r"part\.md:3: raw HTML"):
        read_document(write("{{< include part.md >}}"))


def test_include_of_itself_is_refused(tmp_path, write):
    (tmp_path / "a.md").write_text("{{< include b.md >}}\n")
    (tmp_path / "b.md").write_text("{{< include a.md >}}\n")
    with pytest.raises(RenderError, match="includes itself"):
        read_document(write("{{< include a.md >}}"))


def test_source_may_be_a_project_folder(tmp_path):
    (tmp_path / "index.qmd").write_text("---\ntitle: T\n---\n")
    with pytest.raises(RenderError, match=r"_quarto\.yml"):
        read_document(tmp_path)
    (tmp_path / "_quarto.yml").write_text("project:\n  type: default\n")
    assert read_document(tmp_path).path == (tmp_path / "index.qmd").resolve()


def test_shipped_documents_keep_to_the_profile():
    root = FIXTURE.parents[3]
    documents = sorted([*root.glob("reports/**/*.qmd"), *root.glob("analyses/**/*.qmd")])
    # a part whose name begins with an underscore is read where a page includes it
    documents = [path for path in documents if not path.name.startswith("_")]
    assert documents
    for path in documents:
        assert any(isinstance(block, Cell) for block in read_document(path).blocks), path
