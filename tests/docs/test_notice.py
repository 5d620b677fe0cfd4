"""NOTICE names what is imported with its licence, and nothing under the GPL is imported."""

import ast
import importlib.util
import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def script():
    spec = importlib.util.spec_from_file_location("make_notice", ROOT / "scripts" / "make_notice.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_distribution_of_the_lock_is_named_with_its_licence():
    pins = script().locked(ROOT / "requirements.lock")
    text = (ROOT / "NOTICE").read_text(encoding="utf-8")
    named = dict(re.findall(r"^(\S+) \d\S*: (.+)$", text, re.MULTILINE))
    assert set(named) == set(pins), "write it again: python scripts/make_notice.py"
    assert len(pins) > 100
    assert not [name for name, said in named.items() if said == "not declared"]
    assert not [name for name, said in named.items() if re.search(r"\bA?GPL", said)]
    for name in ("Inter", "pandoc", "Vega", "pingouin"):
        assert name in text


def test_the_list_of_components_is_that_of_the_locks():
    found = json.loads((ROOT / "sbom.json").read_text(encoding="utf-8"))
    listed = {part["name"]: (part["version"], part["scope"]) for part in found["components"]}
    base, dev = (script().locked(ROOT / f"requirements{part}.lock") for part in ("", "-dev"))
    assert listed == {
        **{name: (version, "excluded") for name, version in dev.items()},
        **{name: (version, "required") for name, version in base.items()},
    }, "write it again: python scripts/make_notice.py"
    used = [part for part in found["components"] if part["scope"] == "required"]
    assert all(part["licenses"][0]["license"]["name"] != "not declared" for part in used)


def test_every_pin_of_the_locks_has_the_hashes_of_its_files():
    for part in ("", "-dev"):
        text = (ROOT / f"requirements{part}.lock").read_text(encoding="utf-8")
        pins = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
        assert len(pins) == len(script().locked(ROOT / f"requirements{part}.lock"))
        assert all("--hash=sha256:" in pin for pin in pins)


def test_no_package_under_the_gpl_is_imported():
    names = set()
    for file in (ROOT / "valuestats").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add((node.module or "").split(".")[0])
    assert "numpy" in names
    assert not names & {"pingouin", "krippendorff"}
