"""The list of public names is whole and says what the documentation says."""

import importlib.util
from pathlib import Path

import valuestats

ROOT = Path(__file__).parents[2]


def test_every_public_name_stands_in_the_list_once_and_the_list_is_up_to_date():
    spec = importlib.util.spec_from_file_location("make_verb_list", ROOT / "scripts" / "make_verb_list.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    listed = [name for names in script.listed().values() for name in names]
    assert sorted(listed) == sorted(n for n in valuestats.__all__ if not n.startswith("_"))
    assert (ROOT / "docs" / "verbs.md").read_text(encoding="utf-8") == script.text(), (
        "run python scripts/make_verb_list.py"
    )
