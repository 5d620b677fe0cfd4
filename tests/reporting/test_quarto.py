"""Pages under Quarto: the stand-in that keeps its rules, and Quarto itself where there is one."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from valuestats.base.errors import RenderError
from valuestats.reporting import render
from valuestats.reporting.profile import read_document
from valuestats.reporting.quarto import find_quarto

from .conftest import FIXTURE, HERE
from .facts import Page, page_facts, squeeze
from .test_browser import browse  # noqa: F401
from .test_untrusted import HOSTILE

ROOT = HERE.parents[1]
DIRECT = HERE / "fixtures" / "direct.qmd"
SHIPPED = sorted([*ROOT.glob("reports/*/[!_]*.qmd"), *ROOT.glob("analyses/*/[!_]*.qmd")])


@pytest.fixture(scope="module", params=["stand-in", pytest.param("quarto", marks=pytest.mark.quarto)])
def program(request, tmp_path_factory):
    """Something to call as Quarto."""
    if request.param == "quarto":
        found = find_quarto()
        if found is None:
            pytest.skip("no Quarto 1.9 or newer on this machine")
        return found.path
    file = tmp_path_factory.mktemp("bin") / "quarto"
    file.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{HERE / "quarto_standin.py"}" "$@"\n')
    file.chmod(0o755)
    return file


def call(program, *arguments, cwd, **environment):
    """What `quarto …` does in a user's shell."""
    said = {k: v for k, v in os.environ.items() if k != "VALUESTATS_RENDER"}
    said |= {"QUARTO_PYTHON": sys.executable, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(
        [str(program), *map(str, arguments)], cwd=cwd, env=said, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module", params=["direct", "laid out"])
def page(request, program, tmp_path_factory):
    """A folder with the page: as Quarto itself runs it, or as the package runs it and Quarto lays it out."""
    folder = tmp_path_factory.mktemp("page")
    values = {"rows": 7, "hostile": HOSTILE}
    shutil.copy(DIRECT, folder / "page.qmd")
    if request.param == "laid out":
        render(folder / "page.qmd", engine="quarto", quarto_path=program, params=values)
        return folder
    (folder / "params.yml").write_text(yaml.safe_dump(values), encoding="utf-8")
    done = call(program, "render", "page.qmd", "--execute-params", "params.yml", cwd=folder)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


def read(folder):
    return (folder / "page.html").read_text(encoding="utf-8")


def body(text):
    """Text of the page without scripts and styles."""
    return squeeze(re.sub(r"<[^>]*>", " ", re.sub(r"(?s)<(script|style).*?</\1>", "", text)))


def pdf_text(folder):
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not on this machine")
    done = subprocess.run(["pdftotext", "-layout", folder / "page.pdf", "-"], capture_output=True, check=True)
    return done.stdout.decode()


def test_charts_are_drawn_in_a_browser_and_described(page, browse):  # noqa: F811
    dom, console = browse(page / "page.html")
    boxes = dom.split('class="vs-chart"')[1:]
    assert len(boxes) == 3
    assert all("<svg" in box for box in boxes)
    assert not [line for line in console if "WARN" not in line and "page_files/libs" not in line]
    for said in ("Bars of a cell.", "Bars of a division.", "Bars of a section."):
        assert f'aria-label="{said}"' in dom


def test_inline_texts_are_inert_and_numbers_are_numbers(page):
    text = read(page)
    found = Page(text)
    assert not [e for e in found.elements if any(name.startswith("on") for name in e["attrs"])]
    assert not [e for e in found.all("img") if not e["attrs"].get("src", "").startswith("data:")]
    assert not [
        e
        for e in found.all("a")
        if "example.org" in e["attrs"].get("href", "") or "java" in e["attrs"].get("href", "")
    ]
    assert "alert(1)" not in re.findall(r"(?s)<script[^>]*>(.*?)</script>", text)
    shown = body(text)
    assert "\\xa0" not in text
    assert "np.float64" not in shown
    assert "0.50\u00a0[0.40,\u00a00.60]" in re.sub(r"&nbsp;", "\u00a0", text)
    assert "There are 7 rows, the mean is 0.5," in shown
    assert "First text: &lt;script&gt;alert(1)&lt;/script&gt;." in shown
    assert "{{&lt; env HOME &gt;}}" in shown
    assert "The end of all." in shown


def test_sections_shown_from_a_cell_keep_their_divisions(page):
    text = read(page)
    assert ":::" not in body(text).replace("::: {.callout-note}", "")
    for said in ("A section that only some have", "A figure of a section.", "A table of a section."):
        assert said in body(text)
    found = Page(text)
    assert {"fig-cell", "fig-division", "fig-some", "tbl-some", "tbl-long"} <= {
        e["attrs"]["id"] for e in found.elements if e["attrs"].get("id")
    }
    assert "sec-some" in text


def test_study_and_provenance_lines_are_on_the_page(page):
    shown = body(read(page))
    assert shown.count("Fixture study") == 1
    assert shown.count("Data: simulated, seed 7") == 1
    assert "Fixture study" in pdf_text(page)


def test_the_pdf_has_every_row_of_a_long_table(page):
    text = pdf_text(page)
    rows = re.findall(r"\brow\d{3}\b", text)
    assert sorted(set(rows)) == [f"row{i:03d}" for i in range(70)]
    assert "The end." in text
    assert "A figure of a section." in squeeze(text)


def test_without_the_condition_there_is_no_section(program, tmp_path):
    shutil.copy(DIRECT, tmp_path / "page.qmd")
    done = call(program, "render", "page.qmd", "--to", "html", "-P", "rows:2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    shown = body(read(tmp_path))
    assert "There are 2 rows" in shown
    assert "A section that only some have" not in shown


def test_both_engines_number_and_print_the_same(program, rendered, tmp_path):
    if program.parent.name.startswith("bin") and "pytest" in str(program):
        pytest.skip("the stand-in numbers nothing")
    outcome = render(FIXTURE, output_dir=tmp_path, engine="quarto", quarto_path=program)
    facts, ours = page_facts(outcome.paths["html"].read_text(encoding="utf-8")), page_facts(rendered.html)
    assert facts["captions"] == ours["captions"]

    def cells(found):
        return [[re.sub(r" <\w+>$", "", c) for c in row if c] for table in found["tables"] for row in table]

    assert [[c for c in row if c] for row in cells(facts)] == [[c for c in row if c] for row in cells(ours)]
    assert len(facts["charts"]) == len(ours["charts"])


def test_nothing_of_the_page_is_loaded_from_anywhere(page):
    assert not re.findall(r"<(?:script|img|link)[^>]*(?:src|href)=[\"']https?:", read(page))


def test_without_papermill_the_package_still_passes_parameters(program, tmp_path, monkeypatch):
    absent = tmp_path / "absent"
    (absent / "papermill").mkdir(parents=True)
    (absent / "papermill" / "__init__.py").write_text("raise ImportError('not here')\n")
    path = os.pathsep.join([str(absent), str(ROOT)])
    shutil.copy(DIRECT, tmp_path / "page.qmd")
    done = call(program, "render", "page.qmd", "--to", "html", "-P", "rows:2", cwd=tmp_path, PYTHONPATH=path)
    assert done.returncode != 0
    assert "papermill" in done.stderr
    monkeypatch.setenv("PYTHONPATH", path)
    outcome = render(
        DIRECT,
        output_dir=tmp_path / "out",
        formats=["html"],
        engine="quarto",
        quarto_path=program,
        params={"rows": 2},
    )
    assert "There are 2 rows" in body(outcome.paths["html"].read_text(encoding="utf-8"))


def test_a_page_of_a_project_that_does_not_list_it(program, tmp_path):
    (tmp_path / "_quarto.yml").write_text("project:\n  render: [other.qmd]\n")
    source = tmp_path / "page.qmd"
    source.write_text("---\ntitle: T\n---\n\nText `{python} 1 + 1`.\n")
    outcome = render(source, output_dir=tmp_path / "out", engine="quarto", quarto_path=program)
    assert "Text 2." in body(outcome.paths["html"].read_text(encoding="utf-8"))
    assert sorted(f.name for f in tmp_path.iterdir()) == ["_quarto.yml", "out", "page.qmd"]


def test_a_quarto_that_fails_says_why_and_without_colours(program, tmp_path):
    source = tmp_path / "page.qmd"
    source.write_text("---\ntitle: T\nlang: '\"'\n---\n\nText.\n")
    with pytest.raises(RenderError, match="Quarto failed") as caught:
        render(source, output_dir=tmp_path, formats=["pdf"], engine="quarto", quarto_path=program)
    assert re.search(r"(?i)error", str(caught.value))
    assert "working …" not in str(caught.value).splitlines()[-1]
    assert "\x1b" not in caught.value.got
    assert "render (file" not in str(caught.value)
    assert not (tmp_path / "page.pdf").exists()


def test_a_setup_whose_output_quarto_would_drop_is_an_error(program, tmp_path):
    text = DIRECT.read_text(encoding="utf-8")
    (tmp_path / "page.qmd").write_text(
        text.replace("#| label: setup\n#| echo: false", "#| label: setup\n#| include: false"),
        encoding="utf-8",
    )
    done = call(program, "render", "page.qmd", "--to", "html", cwd=tmp_path)
    assert done.returncode != 0
    assert "must show what it shows" in done.stderr


@pytest.mark.parametrize("file", SHIPPED, ids=lambda f: f"{f.parent.name}/{f.stem}")
def test_every_shipped_page_shows_what_its_setup_shows(file):
    cells = [c for c in read_document(file).cells if re.search(r"\bsetup\(\)", c.code)]
    assert len(cells) == 1
    assert cells[0].options["include"]


def test_the_project_s_list_is_of_pages_that_make_report_makes():
    project = yaml.safe_load((ROOT / "_quarto.yml").read_text(encoding="utf-8"))
    study = yaml.safe_load((ROOT / "analyses" / "value_portrait" / "study.yml").read_text(encoding="utf-8"))
    pages = [ROOT / name for name in project["project"]["render"]]
    assert sorted(p.stem for p in pages) == sorted(study["reports"])
    for page in pages:
        assert 'results = "../../results/value_portrait"' in page.read_text(encoding="utf-8")
    own = yaml.safe_load(
        (ROOT / "valuestats" / "reporting" / "assets" / "quarto" / "_quarto.yml").read_text(encoding="utf-8")
    )
    names = lambda said: {k: _named(v) for k, v in said.items()}  # noqa: E731
    assert names(project["format"]) == names(own["format"])
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {"/.quarto/", "**/*.quarto_ipynb"} <= set(ignored)


def _named(value):
    if isinstance(value, dict):
        return {k: _named(v) for k, v in value.items()}
    return [_named(v) for v in value] if isinstance(value, list) else Path(str(value)).name
