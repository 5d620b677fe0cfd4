"""What is written from the rooms' records is up to date, and names every public name once."""

import importlib.util
import re
from pathlib import Path

import pytest

import valuestats

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("make_public_names", ROOT / "scripts" / "make_public_names.py")
SCRIPT = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(SCRIPT)


@pytest.mark.parametrize("target", SCRIPT.TARGETS, ids=lambda p: p.name)
def test_what_the_script_writes_is_up_to_date(target):
    assert target.read_text(encoding="utf-8") == SCRIPT.TARGETS[target](), (
        "run python scripts/make_public_names.py"
    )


def test_every_public_name_stands_in_the_list_once():
    listed = re.findall(r"^\| `(\w+)` \|", SCRIPT.page().split("## In study files only")[0], re.MULTILINE)
    assert sorted(listed) == sorted(n for n in dir(valuestats) if not n.startswith("_"))
