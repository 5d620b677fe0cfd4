"""Which engine renders, and what a Quarto that is missing, old or failing does."""

import json
import os
import stat
import sys

import pytest
import yaml

from valuestats.base.errors import RenderError
from valuestats.reporting import render
from valuestats.reporting.host import host
from valuestats.reporting.quarto import find_quarto

FAKE = """#!{python}
import json, os, pathlib, sys
here = pathlib.Path(__file__).parent
if sys.argv[1:] == ["--version"]:
    print({version!r})
    sys.exit({version_status})
log = here / "calls.jsonl"
arguments = sys.argv[1:]
page = pathlib.Path(arguments[1])
said = {{"arguments": arguments, "text": page.read_text(), "files": sorted(os.listdir()),
         "python": os.environ.get("QUARTO_PYTHON")}}
with log.open("a") as handle:
    handle.write(json.dumps(said) + "\\n")
if {fail!r}:
    print("progress", file=sys.stderr)
    print("ERROR: typst is unhappy", file=sys.stderr)
    sys.exit(3)
kind = {{"html": "html", "typst": "pdf"}}[arguments[arguments.index("--to") + 1]]
if {write!r}:
    page.with_suffix("." + kind).write_text("from quarto " + kind)
"""


@pytest.fixture
def quarto(tmp_path, monkeypatch):
    """Put a fake Quarto on the search path; returns a function that makes it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.delenv("QUARTO_PATH", raising=False)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def make(version="1.9.2", fail=False, write=True, version_status=0):
        file = folder / "quarto"
        file.write_text(
            FAKE.format(
                python=sys.executable, version=version, fail=fail, write=write, version_status=version_status
            )
        )
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
        return file

    return make


def calls(file):
    return [json.loads(line) for line in (file.parent / "calls.jsonl").read_text().splitlines()]


def test_quarto_on_the_search_path_is_taken_and_gets_a_page_that_was_run(quarto, write, tmp_path, capsys):
    file = quarto()
    body = "```{python}\n#| tags: [parameters]\nn = 0\n```\n\nThere are `{python} n` of `{python} '<b>'`."
    path = write(body, 'study: "S"\nprovenance: ["a", "b"]\ndate: 2026-01-31\n')
    outcome = render(path, output_dir=tmp_path / "out", params={"n": 1}, metadata={"title": "a*b"})
    assert (outcome.engine, outcome.version) == ("quarto", "1.9.2")
    assert outcome.paths["html"].read_text() == "from quarto html"
    assert outcome.paths["pdf"].read_text() == "from quarto pdf"
    html, pdf = sorted(calls(file), key=lambda said: said["arguments"][-1])
    assert html["arguments"] == ["render", "page.qmd", "--to", "html"]
    assert pdf["arguments"] == ["render", "page.qmd", "--to", "typst"]
    assert {"_quarto.yml", "quarto.scss", "before.typ", "fonts", "head.html"} <= set(html["files"])
    assert "head.html" not in pdf["files"]
    for said in (html, pdf):
        assert said["python"] == sys.executable
        _, front, text = said["text"].split("---\n", 2)
        front = yaml.safe_load(front)
        assert (front["title"], str(front["date"]), front["engine"]) == (r"a\*b", "2026-01-31", "markdown")
        assert "::: {.provenance}\nS\\\na\\\nb\n:::" in text
        assert r"There are 1 of \<b\>." in text
        assert "{python}" not in text
    assert "quarto engine (1.9.2)" in capsys.readouterr().err


def test_a_failing_quarto_is_an_error_and_leaves_nothing(quarto, write, tmp_path):
    quarto(fail=True)
    with pytest.raises(RenderError, match=r"Quarto failed \(exit status 3\)") as caught:
        render(write("x"), output_dir=tmp_path / "out")
    assert "typst is unhappy" in caught.value.got
    assert not (tmp_path / "out").exists()


def test_a_quarto_that_leaves_no_file_is_an_error(quarto, write, tmp_path):
    quarto(write=False)
    with pytest.raises(RenderError, match="left no file"):
        render(write("x"), output_dir=tmp_path / "out")


@pytest.mark.parametrize(
    ("version", "taken"), [("1.9.0", True), ("1.10.3", True), ("2.0", True), ("1.8.27", False)]
)
def test_auto_asks_the_version(quarto, version, taken):
    quarto(version)
    found = find_quarto()
    assert (found is not None) == taken
    if taken:
        assert found.version == version


def test_an_old_quarto_is_passed_over_by_auto_and_refused_when_asked_for(
    quarto, write, tmp_path, monkeypatch
):
    file = quarto("1.4.550")
    outcome = render(write("x"), output_dir=tmp_path / "out", formats=["html"])
    assert outcome.engine == "embedded"
    with pytest.raises(RenderError, match="too old"):
        render(write("x"), output_dir=tmp_path, engine="quarto")
    with pytest.raises(RenderError, match="too old") as caught:
        render(write("x"), output_dir=tmp_path, quarto_path=file)
    assert caught.value.parameter == "quarto_path"
    monkeypatch.setenv("QUARTO_PATH", str(file.parent))
    with pytest.raises(RenderError, match="too old") as caught:
        render(write("x"), output_dir=tmp_path)
    assert caught.value.parameter == "QUARTO_PATH"


def test_a_quarto_that_can_not_say_its_version_is_an_error(quarto):
    quarto("no number")
    with pytest.raises(RenderError, match="did not say its version"):
        find_quarto()
    quarto("1.9.1", version_status=1)
    with pytest.raises(RenderError, match="exit status 1"):
        find_quarto()


def test_a_named_quarto_must_exist(write, tmp_path):
    with pytest.raises(RenderError, match="no such Quarto") as caught:
        render(write("x"), output_dir=tmp_path, quarto_path=tmp_path / "none")
    assert caught.value.got == str(tmp_path / "none")


def test_without_quarto_auto_is_embedded_and_quarto_is_an_error(write, tmp_path, monkeypatch):
    monkeypatch.delenv("QUARTO_PATH", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_quarto() is None
    with pytest.raises(RenderError, match="not installed"):
        render(write("x"), output_dir=tmp_path, engine="quarto")


def test_a_document_outside_the_profile_does_not_reach_quarto(quarto, write, tmp_path):
    file = quarto()
    with pytest.raises(RenderError, match="shortcode"):
        render(write("{{< video x >}}"), output_dir=tmp_path)
    assert not (file.parent / "calls.jsonl").exists()


def test_the_page_knows_quarto_s_format(tmp_path, monkeypatch):
    info = tmp_path / "info.json"
    for said, expected in (("html", "quarto-html"), ("typst", "quarto-typst")):
        info.write_text(json.dumps({"format": {"identifier": {"base-format": said}}}))
        monkeypatch.setenv("QUARTO_EXECUTE_INFO", str(info))
        assert host() == expected
    info.write_text("{}")
    with pytest.raises(RenderError, match="could not be read"):
        host()


def test_under_quarto_a_chart_is_a_raw_block_or_a_drawing(tmp_path, monkeypatch):
    from valuestats.reporting.display import chart_bundle

    spec = {"data": {"values": [{"a": "</script>"}]}, "mark": "point", "encoding": {"y": {"field": "a"}}}
    info = tmp_path / "info.json"
    info.write_text(json.dumps({"format": {"identifier": {"base-format": "html"}}}))
    monkeypatch.setenv("QUARTO_EXECUTE_INFO", str(info))
    bundle = chart_bundle(spec)
    assert bundle["text/markdown"].startswith('\n```{=html}\n<div class="vs-chart">')
    assert bundle["text/markdown"].count("</script>") == 1
    assert "text/html" not in bundle
    info.write_text(json.dumps({"format": {"identifier": {"base-format": "typst"}}}))
    monkeypatch.setenv("QUARTO_EXECUTE_INFO", str(info))
    assert set(chart_bundle(spec)) == {"image/svg+xml", "text/plain"}
