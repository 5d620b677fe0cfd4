"""Sources that results name are found in the bibliography, each the one that is meant."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd

import valuestats as vs
from valuestats.instruments import load_instrument
from valuestats.results.bibliography import _apart, bibtex, citation_of_package, reference, references

ROOT = Path(__file__).parents[2] / "valuestats"
CITING = re.compile("CITATION|APPROXIMATION|^MODEL$")
UNKNOWN = {"COUPLE", "ValuePilot", "Value", "WorldView-Bench", "Chinese", "LLM"}
"""First words of systems that name no author."""


def is_citing(node):
    """Whether a node of a syntax tree gives sources: an assignment to such a name, or such an argument."""
    named = [t.id for t in getattr(node, "targets", []) if isinstance(t, ast.Name)]
    assigned = isinstance(node, ast.Assign) and any(map(CITING.search, named))
    return assigned or (isinstance(node, ast.keyword) and node.arg in ("citation", "citations"))


def sources():
    """Texts that the code gives results and systems as sources."""
    for module in sorted(ROOT.rglob("*.py")):
        for node in filter(is_citing, ast.walk(ast.parse(module.read_text("utf-8")))):
            for constant in ast.walk(node.value):
                if isinstance(constant, ast.Constant) and re.search(r"\d{4}", str(constant.value)):
                    yield from _apart(constant.value)
    for name in ("pvq21", "pvq40", "bfi10", "bfi25", "mfq2", "value_portrait"):
        yield load_instrument(name).citation


SOURCES = sorted(set(sources()))


def is_one_entry(source):
    """Whether a source is found, and a word of its own tells it from others of its author and year."""
    found = reference(source)
    if found is None:
        return source.split()[0].rstrip(",") in UNKNOWN
    same = [r for r in references() if (r.family, r.year) == (found.family, found.year)]
    own = found.words - frozenset().union(*(r.words for r in same if r is not found))
    words = {re.sub(r"[^a-z0-9]", "", word) for word in re.findall(r"\w{3,}", source.lower())}
    return len(same) == 1 or bool(own & words)


def test_each_source_is_one_entry():
    assert len(SOURCES) > 200
    assert [source for source in SOURCES if not is_one_entry(source)] == []


def test_no_entry_is_idle_and_keys_are_authors_and_years():
    used = {found.key for source in SOURCES if (found := reference(source)) is not None}
    keys = [r.key for r in references()]
    assert sorted(set(keys)) == sorted(keys)
    assert set(keys) - used == set()
    for entry in references():
        assert entry.key.startswith(entry.family + entry.year)
        assert entry.text.count("{") == entry.text.count("}")
        assert re.search(r"^  title = \{.+\}", entry.text, re.MULTILINE)


def test_a_source_without_an_entry_is_one_by_its_text():
    entries = bibtex(
        ["Doe and Roe (1999), A {thing}", "Doe (1999). Another.", "Doe (1999). Another", "Data of ours"]
    )
    assert [re.search(r"\{(\w+),", e)[1] for e in entries] == ["doe1999", "doe1999a", "data"]
    assert "note = {A (thing)}" in entries[0]
    assert "author = {Doe and Roe}" in entries[0]


def test_a_result_and_a_folder_of_results_say_whom_to_cite(tmp_path):
    frame = pd.DataFrame({"model": ["a"] * 6 + ["b"] * 6, "item": [*"123456"] * 2, "answer": [1, 2, 3, 4, 5, 6] * 2,
                          "status": "valid"})  # fmt: skip
    keys = pd.DataFrame({"item": [*"123456"], "dimension": ["p"] * 3 + ["q"] * 3})
    result = vs.score(frame, keys, scale=(1, 6))
    said = result.bibtex()
    assert said.startswith(citation_of_package())
    assert "Bootstrap methods: another look at the jackknife" in said
    assert "Value Portrait" not in said  # the keys are not by correlations
    bare = subprocess.run(
        [sys.executable, "-m", "valuestats", "cite", str(tmp_path)], capture_output=True, text=True
    )
    assert bare.returncode != 0
    assert "holds no finished run" in bare.stderr
