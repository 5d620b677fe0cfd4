"""What stands outside the package becomes part of it: an estimator and a system, registered or by an entry point."""

import importlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

import valuestats
from valuestats.base import registry
from valuestats.study import run_study
from valuestats.study.pages import render_reports

ROOT = Path(valuestats.__file__).parents[1]
MODULE = '''
"""A toy estimator and a toy system."""

from valuestats.base.registry import Kind, Room, System

ROOM = Room(
    public={"Toys": {"toy_mean": "toyvalues.means"}},
    kinds=(Kind("toy", figure="toyvalues.means:toy_chart", sentence="toyvalues.means:toy_sentence"),),
)
SYSTEM = System(id="toys", title="Toys", citation="Nobody (2025).", verbs={"toy_truth": "toyvalues.means:toy_truth"})
'''
MEANS = '''
import altair as alt
import pandas as pd

from valuestats.results.result import Result
from valuestats.results.meta import make_meta


def toy_mean(frame: pd.DataFrame, ends: tuple[float, float], *, level: float = 0.95) -> Result:
    """Mean of the column x within two ends."""
    inside = frame["x"][frame["x"].between(*ends)]
    row = {"estimand": "mean", "model": "toy", "estimate": inside.mean(), "std_error": inside.sem(), "lower": ends[0],
           "upper": ends[1], "level": level, "interval": "none", "n_scored": len(inside), "n_asked": len(frame)}
    return Result("toy", pd.DataFrame([row]), ("model",), make_meta("mean", {"ends": ends}))


def toy_chart(result: Result) -> alt.Chart:
    """A point."""
    return alt.Chart(result.estimates).mark_point().encode(x="estimate:Q")


def toy_sentence(result: Result) -> str:
    """The mean."""
    row = result.estimates.iloc[0]
    return f"The toys' mean is {row['estimate']:.2f} ({row['n_scored']} of {row['n_asked']})."


def toy_truth(*, seed: int = 0) -> dict[str, int]:
    """The truth behind the toys."""
    return {"seed": seed}
'''
SESSION = """
from valuestats.base.registry import register
import toyvalues

register(toyvalues.ROOM)
register(toyvalues.SYSTEM)
"""
STUDY = """
study: toys
title: Toys
system: toys
seed: 5
level: 0.8
steps:
  numbers: {verb: read_table, path: {file: numbers.csv}}
  truth: {verb: toy_truth}
  mean: {verb: toy_mean, frame: "@numbers", ends: [1, 3]}
reports: [page]
"""
PAGE = """---
title: "Toys"
lang: en
---

```{python}
#| tags: [parameters]
#| include: false
results = "results"
```

```{python}
#| label: setup
#| include: false
IMPORT
from valuestats.base.registry import systems
from valuestats.reporting import setup, show
from valuestats.reporting.stored_study import StoredStudy

setup()
study = StoredStudy(results)
```

`{python} study["mean"].sentence()` By `{python} systems()["toys"].citation`

```{python}
#| label: fig-mean
#| fig-cap: "The toys' mean."
#| fig-alt: "One point at 2."
show(study["mean"].plot())
```
"""
SENTENCE = "The toys’ mean is 2.00 (3 of 4)."


@pytest.fixture
def folder(tmp_path, monkeypatch):
    package = tmp_path / "site" / "toyvalues"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(MODULE)
    (package / "means.py").write_text(MEANS)
    (package / "session.py").write_text(SESSION)
    (tmp_path / "study.yml").write_text(STUDY)
    (tmp_path / "numbers.csv").write_text("x\n1\n2\n3\n9\n")
    # The kernel that renders a page is a process of its own.
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "site"), str(ROOT)]))
    return tmp_path


def verb_list():
    spec = importlib.util.spec_from_file_location(
        "make_public_names", ROOT / "scripts" / "make_public_names.py"
    )
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script.page()


def check_list(text):
    assert (
        "## Toys\n\n| name | what it does |\n|---|---|\n| `toy_mean` | Mean of the column x within two ends. |"
        in text
    )
    assert "| `toy_truth` | The truth behind the toys. |" in text


def check_page(pages):
    assert [p.suffix for p in pages] == [".html", ".pdf"]
    html = pages[0].read_text(encoding="utf-8").replace("'", "’").replace("&#39;", "’")
    assert SENTENCE in html
    assert "Nobody (2025)." in html
    assert "One point at 2." in html


def test_a_session_registers_an_estimator_and_a_system(folder, monkeypatch):
    monkeypatch.syspath_prepend(str(folder / "site"))
    (folder / "page.qmd").write_text(PAGE.replace("IMPORT", "import toyvalues.session"))
    toys = importlib.import_module("toyvalues")
    registry.register(toys.ROOM)
    registry.register(toys.SYSTEM)
    try:
        run = run_study(folder / "study.yml", results=folder / "results")
        assert run.load("truth") == {"seed": 5}
        found = run.load("mean")
        assert (found.estimates["estimate"].iloc[0], found.estimates["level"].iloc[0]) == (2.0, 0.8)
        assert found.sentence().replace("'", "’") == SENTENCE
        assert found.plot().to_dict()["mark"]["type"] == "point"
        assert valuestats.toy_mean is importlib.import_module("toyvalues.means").toy_mean
        check_list(verb_list())
        check_page(render_reports(run.folder, study=run.study.path, engine="embedded"))
        # Its own code, and no other, makes its step again.
        means = folder / "site" / "toyvalues" / "means.py"
        means.write_text(MEANS + "\n# another line\n")
        os.utime(means, ns=(1, means.stat().st_mtime_ns + 10**9))
        assert run_study(folder / "study.yml", results=folder / "results").computed == ("truth", "mean")
    finally:
        registry.unregister(toys.SYSTEM)
        registry.unregister(toys.ROOM)
        for name in [n for n in sys.modules if n.split(".")[0] == "toyvalues"]:
            del sys.modules[name]
    assert "toys" not in registry.systems()


def test_another_distribution_adds_them_by_entry_points(folder):
    about = folder / "site" / "toyvalues-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: toyvalues\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        "[valuestats]\ntoys = toyvalues:ROOM\ntoysystem = toyvalues:SYSTEM\n"
    )
    (folder / "page.qmd").write_text(PAGE.replace("IMPORT", ""))

    def told(*arguments):
        done = subprocess.run(
            [sys.executable, *arguments], capture_output=True, text=True, cwd=folder, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    pages = told("-m", "valuestats", "run", "study.yml", "--render", "--engine", "embedded").splitlines()
    check_page([folder / page for page in pages])
    check_list(
        told(
            "-c",
            f"import runpy; print(runpy.run_path({str(ROOT / 'scripts' / 'make_public_names.py')!r})['page']())",
        )
    )
    assert (
        told("-c", "from valuestats.base.registry import systems; print(systems()['toys'].title)") == "Toys\n"
    )
