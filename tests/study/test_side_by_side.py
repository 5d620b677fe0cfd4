"""Steps and pages in processes side by side: the same numbers, one message for a fault, and nothing left running."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from valuestats.base.errors import StudyError, ValuestatsError
from valuestats.base.workers import cores, side_by_side
from valuestats.study import runner
from valuestats.study.runner import run_study

ROOT = Path(__file__).parents[2]
STUDY = """
study: beside
title: Steps that need not wait for each other
seed: 3
steps:
  answers: {verb: simulated_labels}
  effects: {verb: simulated_label_effects}
  style: {verb: response_style, answers: "@answers", scale: [1, 6], terms: [option_labels]}
  described: {verb: describe, answers: "@answers"}
  truth: {verb: label_truth, truth: "@effects", style: "@style"}
"""


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "_STEPS_EACH", 1)
    monkeypatch.setattr(runner, "cores", lambda: 2)
    (tmp_path / "study.yml").write_text(STUDY)
    return tmp_path / "study.yml"


def test_the_numbers_do_not_know_how_many_ran_at_once(study, tmp_path, capsys):
    one = run_study(study, results=tmp_path / "one")
    two = run_study(study, results=tmp_path / "two", jobs=2)
    assert one.computed == two.computed == tuple(step.name for step in one.study.steps)
    compared = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "compare_results.py"), str(one.folder), str(two.folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert compared.returncode == 0, compared.stdout
    for name, step in one.manifest["steps"].items():
        assert step["key"] == two.manifest["steps"][name]["key"]
    assert list(one.manifest["steps"]) == list(two.manifest["steps"])
    said = capsys.readouterr().err
    assert said.count(" truth: done in") == 2
    again = run_study(study, results=tmp_path / "two", jobs=2)
    assert again.computed == ()
    assert not multiprocessing.active_children()


def test_a_fault_in_a_step_is_the_same_error_and_ends_the_others(study, tmp_path):
    study.write_text(STUDY.replace("terms: [option_labels]", "terms: [option_orders]"))
    told = []
    for jobs in (2, 1):
        with pytest.raises(ValuestatsError, match="option_orders") as caught:
            run_study(study, results=tmp_path / "out", jobs=jobs)
        told.append((type(caught.value), str(caught.value)))
        assert (tmp_path / "out" / "beside" / "answers" / "step.json").is_file()
    assert told[0] == told[1]
    assert not multiprocessing.active_children()


def test_a_process_that_is_ended_from_outside_is_one_error(study, tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "worked_out_elsewhere", _vanish)
    with pytest.raises(StudyError, match="ended from outside") as caught:
        run_study(study, results=tmp_path / "out", jobs=2)
    assert "--jobs 1" in str(caught.value)


def test_workers_give_results_and_errors_and_end(tmp_path):
    with side_by_side(2) as workers:
        made = [workers.submit(pow, n, 2) for n in range(5)]
        assert [m.result() for m in made] == [0, 1, 4, 9, 16]
        with pytest.raises(ZeroDivisionError):
            workers.submit(divmod, 1, 0).result()
        assert not workers.submit(_terminal).result()
    with pytest.raises(BrokenProcessPool), side_by_side(1) as workers:
        workers.submit(os._exit, 3).result()
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        _interrupted(tmp_path)
    assert time.monotonic() - started < 60
    assert (tmp_path / "tidied").exists()  # what runs may put things in order
    assert not multiprocessing.active_children()


def test_a_process_that_may_have_none_runs_one_at_a_time(monkeypatch):
    assert cores() >= 1
    monkeypatch.setattr(multiprocessing.current_process(), "_config", {"daemon": True})
    assert cores() == 1


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_ctrl_c_is_one_message_and_leaves_nothing(tmp_path):
    steps = "".join(f"  s{n}: {{verb: simulated_labels, seed: {n}}}\n" for n in range(200))
    (tmp_path / "study.yml").write_text(f"study: many\ntitle: Many\nseed: 1\nsteps:\n{steps}")
    command = [sys.executable, "-m", "valuestats", "run", str(tmp_path / "study.yml")]
    command += ["--results", str(tmp_path / "out"), "--jobs", "2"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        deadline = time.monotonic() + 120
        # a folder that is still being written has another name, and goes with the process
        while not [p for p in (tmp_path / "out").glob("many/*/step.json") if p.parent.suffix != ".tmp"]:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of them
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert said.count("interrupted: ") == 1
    while _lives(process.pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert not [p.name for p in (tmp_path / "out" / "many").iterdir() if p.name.endswith(".tmp")]
    kept = list((tmp_path / "out").glob("many/*/step.json"))
    assert 0 < len(kept) < 200
    assert all(json.loads(receipt.read_text())["key"] for receipt in kept)


def _lives(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _interrupted(folder):
    with side_by_side(2) as workers:
        workers.submit(_tidy, folder)
        while not (folder / "began").exists():
            time.sleep(0.01)
        raise KeyboardInterrupt


def _vanish(*_):
    os._exit(9)


def _terminal():
    return sys.stderr.isatty()


def _tidy(folder):
    (folder / "began").touch()
    try:
        time.sleep(60)
    finally:
        (folder / "tidied").touch()
