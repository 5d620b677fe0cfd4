"""Names that hints, docstrings and pages send a reader to: each exists, and what a hint calls is public."""

import ast
import importlib
import re
from pathlib import Path

import pytest

from valuestats.base.registry import public_names

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "valuestats").rglob("*.py"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
NAMED = re.compile(r"\b(?:vs|valuestats)\.([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?![\w/-])")
CALLED = re.compile(r"(?<![\w.])([a-z_]\w+)\(")
# Of the languages of formulas, Python and files: no names of this package.
NOT_OURS = {"defaultdict", "mo", "cs", "offset", "rw1", "rw2", "s", "cr", "bs", "C"}
# Of the side of the browser, of files, and a placeholder.
ELSEWHERE = {"vegalite", "inline", "yml", "db", "NAME"}


def there(path):
    """Whether a dotted path leads to a module, a public name or an attribute of one."""
    parts = path.split(".")
    for k in range(len(parts), -1, -1):
        try:
            found = importlib.import_module(".".join(["valuestats", *parts[:k]]))
        except ImportError:
            continue
        for name in parts[k:]:
            if not hasattr(found, name):
                return False
            found = getattr(found, name)
        return True
    return False


def texts(module):
    tree = ast.parse(module.read_text("utf-8"))
    return [
        (n.lineno, n.value)
        for n in ast.walk(tree)
        if isinstance(n, ast.Constant) and isinstance(n.value, str)
    ]


def hints(module):
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.keyword) and node.arg in ("hint", "expected"):
            for part in ast.walk(node.value):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.lineno, part.value


def test_what_texts_of_the_code_name_exists():
    missing = [
        f"{module.relative_to(ROOT)}:{line} {found.group(0)}"
        for module in MODULES
        for line, text in texts(module)
        for found in NAMED.finditer(text)
        if found.group(1) not in ELSEWHERE and not there(found.group(1))
    ]
    assert missing == []


def test_what_hints_call_is_public():
    public = set(public_names())
    missing = [
        f"{module.relative_to(ROOT)}:{line} {found.group(1)}() in {text!r}"
        for module in MODULES
        for line, text in hints(module)
        for found in CALLED.finditer(text)
        if found.group(1) not in public | NOT_OURS
    ]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_what_pages_name_exists(page):
    found = {m.group(1) for m in NAMED.finditer(page.read_text("utf-8"))} - ELSEWHERE
    assert [name for name in sorted(found) if not there(name)] == []


@pytest.mark.parametrize("name", ["turn_codes", "social_alignment", "read_people", "read_model_answers"])
def test_verbs_that_pages_and_hints_send_to_are_exported(name):
    assert name in public_names()
    assert there(name)


def test_the_check_finds_a_name_that_is_not_there():
    assert not there("no_such_verb")
    assert not there("regression.fit.no_such_function")
    assert there("regression.fit.fit_ordinal")
