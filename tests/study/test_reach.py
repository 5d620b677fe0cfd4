"""A step depends on the code its verb can reach: on a statistic, not on a figure, nor on another subject."""

import importlib
import os
import sys
import types

import pytest

from valuestats.base.registry import load, verbs
from valuestats.study.reach import code_of, reachable, versions

LAZY = """
import importlib

_NAMES = {"mean": "toyhouse.numbers.means", "two": "toyhouse.numbers.unused"}


def __getattr__(name):
    if name not in _NAMES:
        raise AttributeError(name)
    return getattr(importlib.import_module(_NAMES[name]), name)
"""
KEYS = """
from toyhouse.numbers.means import mean


def keys(frame):
    from toyhouse import late
    from toyhouse.keys import figures
    return mean(frame) + late.plus
"""
SCORES = """
from toyhouse.numbers import two

NAME = "toyhouse.late:plus"


def scores(frame):
    return two
"""
FILES = {
    "__init__.py": "",
    "keys/__init__.py": "",
    "keys/verb.py": KEYS,
    "keys/figures.py": "import toyhouse.drawing\n",
    "keys/words.yml": "a: 1\n",
    "drawing.py": "line = 1\n",
    "late.py": "plus = 1\n",
    "numbers/__init__.py": LAZY,
    "numbers/means.py": "from . import weights as w\n\n\ndef mean(x):\n    return w.one * x.mean()\n",
    "numbers/weights.py": "one = 1\n",
    "numbers/unused.py": "two = 2\n",
    "scores/__init__.py": "",
    "scores/verb.py": SCORES,
}


@pytest.fixture
def house(tmp_path, monkeypatch):
    for name, text in FILES.items():
        file = tmp_path / "toyhouse" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path / "toyhouse"
    for name in [n for n in sys.modules if n.split(".")[0] == "toyhouse"]:
        del sys.modules[name]


def change(file):
    file.write_text(file.read_text() + "# another line\n")
    os.utime(file, ns=(1, file.stat().st_mtime_ns + 10**9))


def of(name):
    return load(f"toyhouse.{name}.verb:{name}")


def test_imports_are_followed_everywhere_they_may_stand(house):
    assert set(reachable("toyhouse.keys.verb")) == {
        f"toyhouse.{n}" for n in ("keys.verb", "late", "numbers.means", "numbers.weights")
    }
    # A name that a package looks up when asked for, and a module that a text names.
    assert {"toyhouse.numbers.unused", "toyhouse.late"} <= set(reachable("toyhouse.scores.verb"))
    assert "toyhouse.numbers.means" not in reachable("toyhouse.scores.verb")


@pytest.mark.parametrize(
    ("name", "keys", "scores"),
    [
        ("numbers/weights.py", True, False),
        ("numbers/means.py", True, False),
        ("late.py", True, True),
        ("keys/verb.py", True, False),
        ("keys/words.yml", True, False),
        ("keys/figures.py", False, False),
        ("drawing.py", False, False),
        ("numbers/unused.py", False, True),
        ("scores/verb.py", False, True),
    ],
)
def test_what_a_change_makes_again(house, name, keys, scores):
    before = code_of(of("keys")), code_of(of("scores"))
    assert (code_of(of("keys")), code_of(of("scores"))) == before
    change(house / name)
    assert (code_of(of("keys")) != before[0], code_of(of("scores")) != before[1]) == (keys, scores)


def test_verbs_of_the_package_reach_their_statistics_and_no_figure():
    score = set(reachable(load(verbs()["score"]).__module__))
    assert {
        "valuestats.scoring.keyed",
        "valuestats.statistics.resampling",
        "valuestats.results.result",
    } <= score
    assert not {n for n in score if n.startswith(("valuestats.similarity", "valuestats.regression"))}
    for name, path in verbs().items():
        own = load(path).__module__
        presenting = {n for n in reachable(own) if ".figures" in n or ".sentences" in n or ".reporting" in n}
        assert not presenting - {own, "valuestats.reporting.render"}, name


def test_a_release_reader_is_reached_by_who_asks_for_readers():
    found = reachable(load(verbs()["read_responses"]).__module__)
    assert "valuestats.systems.value_portrait.release" in found
    assert "valuestats.systems.value_portrait.release" not in reachable("valuestats.scoring.keyed")


def test_a_function_of_a_session_is_known_by_its_own_code(monkeypatch):
    session = types.ModuleType("a_session")
    monkeypatch.setitem(sys.modules, "a_session", session)
    exec("def verb():\n    return 1\n", vars(session))
    before = code_of(session.verb)
    exec("def verb():\n    return 2\n", vars(session))
    assert code_of(session.verb) != before


def test_versions_name_what_computes():
    found = versions()
    assert found["python"] == ".".join(map(str, sys.version_info[:2]))
    assert found["numpy"] == importlib.import_module("numpy").__version__
    assert {"scipy", "pandas", "pymc"} <= set(found)
