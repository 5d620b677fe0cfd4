"""A disk that fails at any operation, and a run that is killed at any: the old results stand, or the new ones."""

import errno
import shutil
import sys
import types

import pandas as pd
import pytest
from failing_disk import FailingDisk

import valuestats.study.stepping as stepping
from valuestats.base import files
from valuestats.base.errors import ValuestatsError
from valuestats.base.registry import Room, register, unregister
from valuestats.cli.main import main
from valuestats.results.receipts import product_faults, read_manifest, read_receipt
from valuestats.study import run_study
from valuestats.study.verification import verify_results

STUDY = """
study: small
title: A small study
seed: 3
steps:
  numbers: {verb: numbers, path: {file: numbers.csv}}
  total: {verb: total, frame: "@numbers"}
"""


@pytest.fixture
def study(tmp_path, monkeypatch):
    def numbers(path):
        return pd.DataFrame({"x": [float(n) for n in path.read_text().split()]})

    def total(frame):
        return {"sum": float(frame["x"].sum())}

    monkeypatch.setattr(
        stepping, "code_of", lambda verb: "code"
    )  # it reads the package's files, not the results
    toys = types.ModuleType("fault_verbs")
    monkeypatch.setitem(sys.modules, "fault_verbs", toys)
    toys.numbers, toys.total = numbers, total
    room = register(Room(verbs={name: f"fault_verbs:{name}" for name in ("numbers", "total")}))
    path = tmp_path / "study.yml"
    path.write_text(STUDY)
    yield path
    unregister(room)


class Turns:
    """Old results, what the new ones are, and a way back to the old ones."""

    def __init__(self, study, place):
        self.study, self.out, self.before = study, place / "out", place / "before"
        numbers = study.parent / "numbers.csv"
        numbers.write_text("1 2")
        self.folder = self.run().folder
        self.old = self.steps()
        shutil.copytree(self.out, self.before)
        numbers.write_text("5 6 7")
        self.run()
        self.new = self.steps()

    def run(self):
        return run_study(self.study, results=self.out)

    def back(self):
        shutil.rmtree(self.out)
        shutil.copytree(self.before, self.out)

    def steps(self):
        """The hash of each step that is there; each is whole."""
        found = {}
        for place in sorted(self.folder.iterdir()):
            if place.is_dir() and not place.name.startswith("."):
                receipt = read_receipt(place)
                assert product_faults(place, receipt) == []
                found[place.name] = receipt["outputs_sha256"]
        return found

    def check_standing(self, where):
        stand = self.steps()
        assert set(stand) == {"numbers", "total"}, where
        assert all(stand[name] in (self.old[name], self.new[name]) for name in stand), where
        assert read_manifest(self.folder)["study"] == "small"

    def check_going_on(self, where):
        again = self.run()
        assert again.load("total") == {"sum": 18.0}, where
        assert self.steps() == self.new, where
        assert verify_results(self.folder).passed, where
        assert {p.name for p in self.folder.iterdir()} == {"numbers", "total", "manifest.json"}, where


@pytest.fixture
def turns(study, tmp_path):
    return Turns(study, tmp_path)


@pytest.mark.parametrize(
    ("number", "exchanges"),
    [
        (errno.ENOSPC, True),
        pytest.param(errno.EIO, True, marks=pytest.mark.slow),
        pytest.param(errno.ENOSPC, False, marks=pytest.mark.slow),
    ],
)
def test_whatever_operation_fails_the_old_or_the_new_stands(turns, monkeypatch, number, exchanges):
    if not exchanges:
        monkeypatch.setattr(files, "_swap", lambda: None)
    disk, said = FailingDisk(monkeypatch, turns.out), []
    for at in range(1, 1000):
        turns.back()
        with disk.failing(at, number):
            try:
                turns.run()
            except ValuestatsError as error:
                said.append(str(error))
        turns.check_standing(disk.where)
        turns.check_going_on(disk.where)
        if disk.where is None:  # each operation has failed once
            break
    assert disk.where is None
    assert len(said) >= 15
    assert max(text.count("\n") for text in said) < 8


@pytest.mark.parametrize("exchanges", [True, False])
def test_a_run_that_is_killed_at_any_operation_is_taken_up(turns, monkeypatch, exchanges):
    if not exchanges:
        monkeypatch.setattr(files, "_swap", lambda: None)
    disk = FailingDisk(monkeypatch, turns.out)
    for at in range(1, 1000):
        turns.back()
        with disk.failing(at, kills=True):
            turns.run()
        if exchanges:
            turns.check_standing(disk.where)
        turns.check_going_on(disk.where)
        if disk.where is None:
            break
    assert disk.where is None
    assert at > 30


def test_the_command_line_says_a_fault_in_one_error(study, tmp_path, monkeypatch, capsys):
    (tmp_path / "numbers.csv").write_text("1 2")
    disk = FailingDisk(monkeypatch, tmp_path / "out")
    for at in range(1, 1000):
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        with disk.failing(at):
            status = main(["run", str(study), "--results", str(tmp_path / "out")])
        said = capsys.readouterr().err
        assert (status, said.count("error: ")) in ((0, 0), (1, 1)), (disk.where, said)
        if disk.where is None:
            break
    assert disk.where is None
    assert status == 0
