"""The Python blocks of the documentation run, in order, from the root of the repository."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)  # not ```python no-run


@pytest.mark.parametrize(
    "page", ["psychometrics.md", "choosing.md", "items.md", "judges.md", "auditing.md", "activations.md"]
)
def test_examples_of_the_page_run_in_order(page, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    blocks = BLOCK.findall((ROOT / "docs" / page).read_text("utf-8"))
    assert len(blocks) > 3
    names: dict[str, object] = {}
    for number, block in enumerate(blocks, 1):
        exec(compile(block, f"docs/{page}, block {number}", "exec"), names)
    assert capsys.readouterr().out  # what a block prints is a sentence or a table, never nothing
