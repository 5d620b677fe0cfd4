"""The page of own code and libraries is made of its benchmark's result, and says what the code does."""

import importlib.util
import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IMPORTED = {
    "pyyaml": "yaml",
    "markdown-it-py": "markdown_it",
    "ibis-framework": "ibis",
    "duckdb": r"ibis\.duckdb",
    "vl-convert-python": "vl_convert",
    "great-tables": "great_tables",
    "arviz-stats": "arviz_stats",
    "pypandoc_binary": "pypandoc",
    "zarr": 'engine="zarr"',
    "ipykernel": "ipykernel_launcher",
    "python-calamine": "python_calamine",
    "charset-normalizer": "charset_normalizer",
}


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("make_choices", ROOT / "scripts" / "make_choices.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def found():
    return json.loads((ROOT / "benchmarks" / "results" / "choices.json").read_text("utf-8"))


def source(module):
    path = ROOT / module if module.startswith("benchmarks/") else ROOT / "valuestats" / module
    return path.read_text("utf-8")


def test_the_page_is_made_of_the_result(script):
    page = (ROOT / "docs" / "choices.md").read_text("utf-8")
    assert page == script.text(), "run python scripts/make_choices.py"


def test_each_piece_of_own_code_is_ten_times_faster_more_right_or_free_of_the_licence(found):
    assert len(found["rows"]) >= 18
    for row in found["rows"]:
        reason = row["ratio"] >= 10 or row["difference"] > 1e-10 or "licence" in row["lacks"]
        assert reason, (row["what"], row["ratio"], row["difference"])


def test_modules_with_a_measured_alternative_name_the_page(found):
    for module in {row["module"] for row in found["rows"]}:
        assert "docs/choices.md" in source(module).split('"""')[1], module


def test_every_dependency_is_used_where_the_page_says(script):
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    extras = project["optional-dependencies"]
    required = [
        *project["dependencies"],
        *(line for name in ("nuts", "reports", "spark", "survey") for line in extras[name]),
    ]
    names = {re.split(r"[\[>=<]", text)[0] for text in required}
    assert {name for name, _, _ in script.LIBRARIES} == names
    for name, _, where in script.LIBRARIES:
        if where:
            pattern = IMPORTED.get(name, rf"(?:import|from) {name}\b")
            assert re.search(pattern, source(where)), (name, where)
    for _, where in script.ALONE:
        assert source(where)
