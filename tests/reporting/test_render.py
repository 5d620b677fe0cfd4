"""What the embedded engine makes of a document with every feature of the profile."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from valuestats.base.errors import RenderError, SpecificationError
from valuestats.reporting import render

from .conftest import HERE
from .facts import Page, page_facts, squeeze, typst_literals, typst_markup

FACTS = json.loads((HERE / "facts.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("fact", sorted(FACTS))
def test_facts_are_the_stored_ones(rendered, fact):
    assert page_facts(rendered.html)[fact] == FACTS[fact]


def test_every_reference_has_its_target(rendered):
    facts = page_facts(rendered.html)
    assert facts["references"]
    assert all(found for _, _, found in facts["references"])
    labels = set(re.findall(r"<((?:fig|tbl|eq|sec)-[\w-]+)>", typst_markup(rendered.typst)))
    assert labels == set(facts["labels"])


def test_both_formats_come_from_one_numbering(rendered):
    html = [c.split(":")[0] for c in page_facts(rendered.html)["captions"]]
    print_labels = [
        squeeze(t) for t in typst_literals(rendered.typst) if re.fullmatch(r"(Figure|Table)\s\d+", t)
    ]
    captions = re.findall(r'#vs-label\("((?:Figure|Table)\s\d+)"\)', rendered.typst)
    assert sorted(squeeze(c) for c in captions) == sorted(html)
    assert set(print_labels) >= set(html)


def test_conditional_content_stays_in_its_format(rendered):
    assert "Only on the web" in rendered.html
    assert "Only in print" not in rendered.html
    assert "Only in print" in rendered.typst
    assert "Only on the web" not in rendered.typst


def test_nothing_loads_from_anywhere(rendered):
    page = Page(rendered.html)
    loading = [
        (e["tag"], e["attrs"][a]) for e in page.elements for a in ("src", "srcset", "data") if a in e["attrs"]
    ]
    loading += [(e["tag"], e["attrs"].get("href")) for e in page.all("link", "base", "image", "use")]
    assert all(value.startswith("data:") for _, value in loading), loading
    styles = "".join(e["text"] for e in page.all("style"))
    assert "@font-face" in styles
    assert "@import" not in styles
    assert all(u.startswith("data:") for u in re.findall(r"url\(\s*[\"']?([^)]{0,40})", styles))
    policy = next(e for e in page.all("meta") if e["attrs"].get("http-equiv") == "Content-Security-Policy")
    assert policy["attrs"]["content"].startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-eval" not in policy["attrs"]["content"]


def test_the_chart_library_is_there_once_and_only_with_charts(rendered, tmp_path, write):
    assert rendered.html.count("vegaEmbed=") == 1
    plain = render(write("Only text."), output_dir=tmp_path, engine="embedded", formats=["html"])
    text = plain.paths["html"].read_text(encoding="utf-8")
    assert "vegaEmbed=" not in text
    assert "vs-chart-themes" not in [e["attrs"].get("id") for e in Page(text).elements]
    assert not (tmp_path / "page.pdf").exists()


def test_generator_names_engine_and_versions(rendered):
    generator = next(e for e in Page(rendered.html).all("meta") if e["attrs"].get("name") == "generator")
    assert re.match(
        r"valuestats \S+, embedded engine \(pandoc [\d.]+; typst [\d.]+; vl-convert",
        generator["attrs"]["content"],
    )
    assert rendered.outcome.engine == "embedded"
    assert rendered.outcome.version in generator["attrs"]["content"]


def test_pictures_are_drawn_in_the_shipped_font_with_alternative_text(rendered):
    drawings = [d.decode() for n, d in rendered.pictures.items() if n.endswith(".svg")]
    assert len(drawings) == 3
    assert all('font-family="Inter"' in d for d in drawings)
    assert '"Bars rising from model m0 to the last model."' in rendered.typst
    assert any(e["attrs"].get("scope") == "col" for e in Page(rendered.html).all("th"))


def test_the_pdf_says_what_the_page_says(rendered):
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    path = rendered.outcome.paths["pdf"]
    text = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True).stdout
    text = squeeze(text.replace("\u00a0", " "))
    facts = page_facts(rendered.html)
    for said in (facts["title"], *facts["captions"], "Only in print.", "31 January 2026", "Folded away."):
        assert said in text
    assert "never run" in text
    assert "Only on the web" not in text


def test_same_input_same_bytes(rendered, tmp_path):
    again = render(HERE / "fixtures" / "full.qmd", output_dir=tmp_path, engine="embedded")
    for name, path in again.paths.items():
        assert path.read_bytes() == rendered.outcome.paths[name].read_bytes(), name


def test_parameters_replace_those_of_the_page(tmp_path, write):
    path = write(
        '```{python}\n#| tags: [parameters]\nn = 1\nfolder = "x"\n```\n\nn is `{python} n`, `{python} folder`.'
    )
    outcome = render(
        path,
        output_dir=tmp_path / "out",
        engine="embedded",
        formats=["html"],
        params={"n": 5, "folder": Path("a_b")},
    )
    assert "n is 5, a_b." in Page(outcome.paths["html"].read_text()).all("main")[0]["text"]
    with pytest.raises(RenderError, match="does not declare") as caught:
        render(path, output_dir=tmp_path, engine="embedded", params={"m": 5})
    assert caught.value.expected == "folder, n"


def test_metadata_takes_the_place_of_front_matter(tmp_path, write):
    metadata = {"title": "1 < 2 *", "study": "S", "provenance": ["from a", "from b"], "date": "2026-02-01"}
    outcome = render(write("x"), output_dir=tmp_path, engine="embedded", formats=["html"], metadata=metadata)
    page = Page(outcome.paths["html"].read_text(encoding="utf-8"))
    assert page.all("h1")[0]["text"] == "1 < 2 *"
    assert [squeeze(e["text"]) for e in page.all("p", css="provenance")] == ["from a", "from b"]
    assert page.all("time")[0]["attrs"]["datetime"] == "2026-02-01"


def test_a_failing_cell_is_named_with_its_line(tmp_path, write):
    path = write("```{python}\n#| label: broken\nx = 1\nx / 0\n```")
    with pytest.raises(RenderError) as caught:
        render(path, output_dir=tmp_path / "out", engine="embedded")
    assert caught.value.message == "page.qmd:8: the cell 'broken' failed: ZeroDivisionError: division by zero"
    assert "x / 0" in str(caught.value.got)
    assert not (tmp_path / "out").exists()


def test_a_failing_inline_expression_is_named_with_its_line(tmp_path, write):
    path = write("one `{python} 1`\n\ntwo `{python} nothing`")
    with pytest.raises(RenderError, match=r"page\.qmd:7: an inline expression failed") as caught:
        render(path, output_dir=tmp_path, engine="embedded")
    assert caught.value.got == "nothing"
    assert "NameError" in caught.value.hint


def test_html_output_is_refused(tmp_path, write):
    path = write("```{python}\nfrom IPython.display import HTML\nHTML('<b>x</b>')\n```")
    with pytest.raises(RenderError, match=r"page\.qmd:5: this cell shows text/html"):
        render(path, output_dir=tmp_path, engine="embedded")


def test_markdown_that_swallows_what_follows_is_refused(tmp_path, write):
    opening = "```{python}\nfrom valuestats.reporting import md\nmd('~~~')\n```\n\n"
    body = opening + "```{python}\nprint('lost')\n```\n\n```{python}\nmd('~~~')\n```"
    with pytest.raises(RenderError, match="got lost"):
        render(write(body), output_dir=tmp_path, engine="embedded")


def test_a_long_table_repeats_its_header_over_pages(tmp_path, write):
    body = (
        "```{python}\n#| label: tbl-long\n#| tbl-cap: Long.\nimport pandas as pd\n"
        "from valuestats.reporting import show_table\n"
        "show_table(pd.DataFrame({'Only heading': range(150)}))\n```"
    )
    outcome = render(write(body), output_dir=tmp_path, engine="embedded")
    assert Page(outcome.paths["html"].read_text(encoding="utf-8")).all("div", css="long")
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    command = ["pdftotext", str(outcome.paths["pdf"]), "-"]
    pages = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\f")[:-1]
    assert len(pages) > 1
    assert all("Only heading" in page for page in pages)


@pytest.mark.parametrize(
    ("options", "parameter"),
    [({"formats": "html"}, "formats"), ({"formats": ["odt"]}, "formats"), ({"engine": "latex"}, "engine")],
)
def test_unknown_choices_are_refused(write, options, parameter):
    with pytest.raises(SpecificationError) as caught:
        render(write("x"), **options)
    assert caught.value.parameter == parameter
