"""A run that was broken off goes on to the same results, to the last bit, and two runs do not meet."""

import subprocess
import sys
import types

import numpy as np
import pandas as pd
import pytest

from valuestats.base.errors import InputError
from valuestats.base.registry import Room, register, unregister
from valuestats.study import run_study

STUDY = """
study: small
title: A small study
seed: 3
steps:
  frame: {verb: frame}
  table: {verb: table}
  seen: {verb: seen, frame: "@frame", table: "@table"}
"""


@pytest.fixture
def study(tmp_path, monkeypatch):
    def frame():
        number = np.arange(6)
        made = pd.DataFrame({"text": ["b", "a", None] * 2, "x": number / 3.0})
        made["kind"] = pd.Categorical(["v", "u", "v"] * 2, categories=["v", "u"], ordered=True)
        made["few"] = pd.array([1, 2, None] * 2, dtype="Int8")
        made["mixed"] = pd.Series(["a", "b", "c"] * 2, dtype=object)
        return made.iloc[::-1]  # the columns' memory runs backwards, and the index too

    def table():
        return {"pair": (1, 2), "number": np.float32(0.1), 3: None} | {"x": float("nan")}

    def seen(frame, table):
        return {
            "dtypes": [str(d) for d in frame.dtypes],
            "index": [int(i) for i in frame.index],
            "sum": float(np.asarray(frame["x"]).sum()).hex(),
            "table": {str(k): f"{type(v).__name__} {v!r}" for k, v in table.items()},
        }

    def nothing(path=None):
        raise KeyboardInterrupt

    toys = types.ModuleType("resume_verbs")
    monkeypatch.setitem(sys.modules, "resume_verbs", toys)
    toys.frame, toys.seen, toys.nothing = frame, seen, nothing
    toys.table = lambda: {k: v for k, v in table().items() if k != 3}
    room = register(Room(verbs={name: f"resume_verbs:{name}" for name in ("frame", "table", "seen")}))
    path = tmp_path / "study.yml"
    path.write_text(STUDY)
    yield path
    unregister(room)


def test_later_steps_see_the_same_in_one_go_and_when_taken_up(study, tmp_path, monkeypatch):
    straight = run_study(study, results=tmp_path / "straight").load("seen")
    toys = sys.modules["resume_verbs"]
    good = toys.seen
    monkeypatch.setattr(toys, "seen", toys.nothing)
    study.write_text(
        STUDY.replace('seen: {verb: seen, frame: "@frame", table: "@table"}', "seen: {verb: seen}")
    )
    with pytest.raises(KeyboardInterrupt):
        run_study(study, results=tmp_path / "resumed")
    monkeypatch.setattr(toys, "seen", good)
    study.write_text(STUDY)
    run = run_study(study, results=tmp_path / "resumed")
    assert run.reused == ("frame", "table")
    assert run.load("seen") == straight


def test_two_runs_into_one_folder_do_not_meet(study, tmp_path):
    code = (
        "import sys; from pathlib import Path; from valuestats.base.locks import sole_process\n"
        "here = Path(sys.argv[1])\n"
        "with sole_process(here / '.small.lock', folder=here, doing='x'): print('held', flush=True); sys.stdin.read()"
    )
    out = tmp_path / "out"
    command = [sys.executable, "-c", code, str(out)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(InputError, match="another run is writing these results") as caught:
            run_study(study, results=out)
        assert f"process {other.pid}" in str(caught.value)
        assert not (out / "small").exists()
        other.kill()
        other.wait()
        assert run_study(study, results=out).computed == ("frame", "table", "seen")
