"""The code of guides, tutorials and concepts runs, in order, as the documentation site runs it."""

from pathlib import Path

import pytest
from handbook.running import FENCE, run_guide

ROOT = Path(__file__).parents[2]
PAGES = [
    path.relative_to(ROOT).as_posix()
    for path in sorted((ROOT / "docs").rglob("*.md"))
    if any("no-run" not in m["info"] for m in FENCE.finditer(path.read_text("utf-8")))
]


def test_the_tutorials_are_among_them():
    assert sum("docs/tutorials/" in page for page in PAGES) == 5


SLOW = ("docs/tutorials/1-logs-to-a-report.md",)  # a process for each command


@pytest.mark.parametrize(
    "page", [pytest.param(p, marks=[pytest.mark.slow] if p in SLOW else []) for p in PAGES]
)
def test_the_code_of_the_page_runs_in_order_and_shows_something(page, recwarn):
    outcome = run_guide(page)
    assert outcome.error == ""
    assert any(block.shown for block in outcome.blocks)
    assert [made.fault for made in outcome.made if made.fault] == []


def test_a_block_that_fails_is_named(tmp_path, monkeypatch):
    (tmp_path / "page.md").write_text("# A\n\n```python\nx = 1\n```\n\n```python\ny\n```\n")
    monkeypatch.setattr("handbook.running.ROOT", tmp_path)
    outcome = run_guide("page.md")
    assert "page.md, block 2" in outcome.error
    assert "NameError" in outcome.error


def test_the_value_of_a_block_s_last_line_is_shown_and_what_is_marked_does_not_run(tmp_path, monkeypatch):
    (tmp_path / "page.md").write_text("```python\nx = 20\nx + 1\n```\n\n```python no-run\nnot code\n```\n")
    monkeypatch.setattr("handbook.running.ROOT", tmp_path)
    outcome = run_guide("page.md")
    assert outcome.error == ""
    assert [[shown.data for shown in block.shown] for block in outcome.blocks] == [["21"], []]


def test_shell_blocks_run_and_one_that_fails_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "page.md").write_text("```sh\necho one\n```\n\n```sh\nfalse\necho two\n```\n")
    monkeypatch.setattr("handbook.running.ROOT", tmp_path)
    monkeypatch.setattr("handbook.running._LINKED", ())
    outcome = run_guide("page.md")
    assert outcome.blocks[0].shown[0].data == "one"
    assert outcome.error.startswith("page.md, block 2")


def test_the_readme_s_regression_passes_its_gate(monkeypatch):
    monkeypatch.chdir(ROOT)
    blocks = [
        m["code"]
        for m in FENCE.finditer((ROOT / "README.md").read_text("utf-8"))
        if "fit_ordinal" in m["code"]
    ]
    space: dict[str, object] = {}
    exec("import valuestats as vs\n" + blocks[0], space)
    assert space["fit"].result.passed
