"""The mutation tester's mutants: what is changed, what is left alone, and how a sample is drawn."""

import ast
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.fixture(scope="module")
def mutants():
    sys.path.insert(0, str(SCRIPTS))
    try:
        from mutants import mutants
    finally:
        sys.path.remove(str(SCRIPTS))
    return mutants


def body(mutants, line, head="def f(a, b=1, level=0.9):"):
    return {m.mutated.replace("(", "").replace(")", "") for m in mutants(f"{head}\n    {line}\n")}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("return a < b", {"return a <= b", "return a > b"}),
        ("return a == b", {"return a != b"}),
        ("return a / 2", {"return a * 2", "return a / 3"}),
        ("return any(a)", {"return alla"}),
        ("return a.max()", {"return a.min"}),
        ("return -a", {"return a"}),
        ("return not a", {"return a"}),
        ("return a and b", {"return a or b"}),
        ("return True", {"return False"}),
        ("return a if b else 0.5", {"return a if not b else 0.5", "return a if b else 1.5"}),
        ("a -= b", {"a += b"}),
    ],
)
def test_each_kind_of_change(mutants, line, expected):
    assert body(mutants, line) == expected


@pytest.mark.parametrize(
    "line",
    [
        '"""A text of 3 lines."""',
        "raise ValueError(1 + 2)",
        "x: int | None = a",
        'return f"{a + 1}"',
        'return "a" + b',
    ],
)
def test_what_is_left_alone(mutants, line):
    assert body(mutants, line) == set()


def test_each_mutant_parses_and_differs_in_its_lines_only(mutants):
    source = (SCRIPTS / "mutants.py").read_text(encoding="utf-8")
    found = mutants(source)
    assert len({m.text for m in found}) == len(found) > 30
    before = source.splitlines()
    for m in found:
        ast.parse(m.text)
        after = m.text.splitlines()
        assert before[: m.line - 1] == after[: m.line - 1]
        rest = len(before) - m.last_line
        assert before[m.last_line :] == after[len(after) - rest :]
        assert m.original != m.mutated


def test_constants_outside_functions_stay_and_methods_change(mutants):
    source = "LIMIT = 3\n\n\nclass A:\n    size = 2\n\n    def f(self):\n        return 1\n"
    assert [(m.function, m.line, m.mutated) for m in mutants(source)] == [("A.f", 8, "return 2")]


def test_characters_of_several_bytes_do_not_shift_the_place(mutants):
    assert body(mutants, 'return g("é—", a + b)') == {'return g"é—", a - b'}
