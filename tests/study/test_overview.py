"""The index of a study and of all systems: what finished runs say, from what is stored, hostile texts inert."""

import json

import pandas as pd
import pytest

from valuestats.base.errors import StudyError
from valuestats.base.files import sha256_file
from valuestats.cli.main import main
from valuestats.results.meta import make_meta
from valuestats.results.receipts import write_receipt
from valuestats.results.result import Result
from valuestats.study import run_study
from valuestats.study.headlines import headline
from valuestats.study.index_page import write_index, write_systems_index
from valuestats.study.overview import study_overview, systems_overview

HOSTILE = "</title><script>alert(1)</script>"
STUDY = f"""
study: small
title: "A study {HOSTILE}"
system: kornat
seed: 3
steps:
  numbers: {{verb: read_table, path: {{file: numbers.csv}}}}
  result: {{verb: read_table, path: {{file: numbers.csv}}}}
"""
PAGE = """<title>Own page</title><main id="main">
<div class="callout callout-important"><p>A notice.</p></div><p>What it is about.</p>
<h2 id="sec-glance">At a glance</h2><figure><p>A caption.</p></figure><p>A is <em>above</em>&nbsp;B &lt;i&gt;.</p>
<h2 id="sec-more">More</h2><p>Later.</p></main>"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "study.yml").write_text(STUDY)
    (tmp_path / "own" / "numbers.csv").write_text(
        "quantity,recomputed,verdict\nq,1,reproduced\nq,2,differs\nq,3,reproduced\nq,,not computable\n"
    )
    folder = run_study(tmp_path / "own" / "study.yml", results=tmp_path / "results").folder
    frame = pd.DataFrame(
        {"estimand": "s", "model": [HOSTILE, "b"], "estimate": [0.1, 0.2], "std_error": 0.1, "lower": 0.0, "upper": 0.4,
         "level": 0.95, "interval": "none", "n_scored": [0, 9], "n_asked": 9}
    )  # fmt: skip
    for file in (folder / "result").iterdir():
        file.unlink()
    Result("scores", frame, ("model",), make_meta("mean", {})).write_into(folder / "result")
    write_receipt(folder / "result", {"step": "result", "verb": "read_table", "key": "k", "seconds": 0.1})
    (folder / "reports").mkdir()
    page = folder / "reports" / "own.html"
    page.write_text(PAGE)
    pages = {"own": {"key": "k", "files": {"own.html": sha256_file(page)}}}
    (folder / "reports" / "pages.json").write_text(json.dumps(pages))
    return folder


def test_the_headline_is_the_first_finding_outside_of_notices_and_captions():
    assert headline(PAGE).text == "A is above B <i>."
    assert headline(PAGE).title == "Own page"
    assert headline(PAGE.replace("sec-glance", "sec-other")).text == "What it is about."
    assert headline("no page at all").text == ""
    assert headline("<main><p>open").text == ""


def test_a_run_in_short(folder):
    found = study_overview(folder)
    assert dict(found.published) == {"reproduced": 2, "differs": 1, "not computable": 1}
    assert (found.headline, found.pages[0].title) == ("A is above B <i>.", "Own page")
    (result,) = found.results
    assert result.step == "result"
    assert any(reason.startswith(HOSTILE) and "0 of 9 answers scored" in reason for reason in result.against)
    with pytest.raises(StudyError, match="no finished run"):
        study_overview(folder / "reports")


def test_the_index_links_its_pages_and_runs_nothing(folder):
    text = write_index(folder).read_text()
    assert 'href="own.html"' in text
    assert "A is above B &lt;i&gt;." in text
    assert "Of 4 published numbers 2 are reproduced, 1 differs, 1 not computable." in text
    assert "<script" not in text
    assert text.count("<title>") == 1
    assert "default-src 'none'" in text


def test_all_systems_are_listed_run_or_not(folder):
    write_index(folder)
    rows = {row["id"]: row for row in systems_overview(folder.parent)}
    assert rows["kornat"]["run"]
    assert rows["kornat"]["published"]["reproduced"] == 2
    assert not rows["civics"]["run"]
    assert all(row["material"] and row["citation"] for row in rows.values())
    text = write_systems_index(folder.parent).read_text()
    assert 'href="small/reports/index.html"' in text
    assert "Not run here." in text


def test_systems_on_the_command_line(folder, capsys):
    assert main(["systems", "--json", "--results", str(folder.parent)]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [r["id"] for r in rows if r["run"]] == ["kornat"]
    assert main(["systems", "--results", str(folder.parent)]) == 0
    shown = capsys.readouterr()
    assert "2 reproduced, 1 differs, 1 not computable" in shown.out
    assert "open this: file:" in shown.err
    assert (folder.parent / "index.html").is_file()


def test_a_damaged_run_is_left_out(folder):
    (folder / "manifest.json").write_text("{")
    assert not any(row["run"] for row in systems_overview(folder.parent))
