"""A disk that fails at any operation, and a process that is killed at any: the old results stand, or the new ones."""

import builtins
import contextlib
import errno
import io
import os
import pathlib
import shutil
import sys
import types

import pandas as pd
import pytest

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


class Faults:
    """Every operation on a file is counted; the one of a given number fails, half of what it writes written."""

    def __init__(self, monkeypatch, place):
        self.count, self.at, self.number, self.place = 0, None, errno.ENOSPC, str(place)
        self.where = None
        for owner, name in (
            (os, "open"), (os, "mkdir"), (os, "replace"), (os, "rename"), (os, "chmod"), (os, "fsync"),
            (os, "scandir"), (io, "open"), (builtins, "open"), (files, "_exchanged"),
        ):  # fmt: skip
            monkeypatch.setattr(owner, name, self.counted(getattr(owner, name), name))
        for owner, name in (
            (pathlib.Path, "write_bytes"), (pathlib.Path, "write_text"), (pd.DataFrame, "to_parquet"),
        ):  # fmt: skip
            monkeypatch.setattr(owner, name, self.half(getattr(owner, name), name))

    def ours(self, arguments):
        # A file that is open is named by its number: synchronising is counted wherever it happens.
        return any(isinstance(a, int) or self.place in str(a) for a in arguments[:2])

    def counted(self, real, name):
        def operation(*arguments, **options):
            self.tick(name, arguments)
            return real(*arguments, **options)

        return operation

    def half(self, real, name):
        def operation(owner, *arguments, **options):
            try:
                self.tick(name, (owner, *arguments))
            except OSError:
                target = pathlib.Path(arguments[0] if name == "to_parquet" else owner)
                with contextlib.suppress(OSError):
                    os.truncate(target, 0)
                raise
            return real(owner, *arguments, **options)

        return operation

    def tick(self, name, arguments):
        if self.at is None or not self.ours(arguments):
            return
        self.count += 1
        if self.count == self.at:
            self.where = (name, str(arguments[0]))
            raise OSError(self.number, os.strerror(self.number), str(arguments[0]))


@pytest.fixture
def study(tmp_path, monkeypatch):
    def numbers(path):
        return pd.DataFrame({"x": [float(n) for n in path.read_text().split()]})

    def total(frame):
        return {"sum": float(frame["x"].sum())}

    toys = types.ModuleType("fault_verbs")
    monkeypatch.setitem(sys.modules, "fault_verbs", toys)
    toys.numbers, toys.total = numbers, total
    room = register(Room(verbs={name: f"fault_verbs:{name}" for name in ("numbers", "total")}))
    path = tmp_path / "study.yml"
    path.write_text(STUDY)
    yield path
    unregister(room)


def steps_of(folder):
    """Each step of a results folder, which must be whole; and nothing else but its manifest."""
    found = {}
    for place in sorted(folder.iterdir()):
        if place.is_dir() and not place.name.startswith("."):
            receipt = read_receipt(place)
            assert product_faults(place, receipt) == []
            found[place.name] = receipt["outputs_sha256"]
    return found


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_whatever_operation_fails_the_old_or_the_new_stands(study, tmp_path, monkeypatch, number):
    (tmp_path / "numbers.csv").write_text("1 2")
    first = run_study(study, results=tmp_path / "out")
    old, before = steps_of(first.folder), tmp_path / "before"
    shutil.copytree(tmp_path / "out", before)
    (tmp_path / "numbers.csv").write_text("5 6 7")
    new = steps_of(run_study(study, results=tmp_path / "out").folder)
    faults = Faults(monkeypatch, tmp_path / "out")
    faults.number = number
    failed = 0
    for at in range(1, 1000):
        faults.at = None
        shutil.rmtree(tmp_path / "out")
        shutil.copytree(before, tmp_path / "out")
        faults.at, faults.count, faults.where = at, 0, None
        try:
            run_study(study, results=tmp_path / "out")
        except ValuestatsError as error:
            failed += 1
            assert str(error).count("\n") < 8
        faults.at = None
        stand = steps_of(first.folder)
        assert set(stand) == {"numbers", "total"}, faults.where
        assert all(stand[name] in (old[name], new[name]) for name in stand), faults.where
        assert read_manifest(first.folder)["study"] == "small"
        # The way on: the same command.
        again = run_study(study, results=tmp_path / "out")
        assert again.load("total") == {"sum": 18.0}
        assert verify_results(again.folder).passed
        left = {p.name for p in again.folder.iterdir()}
        assert left == {"numbers", "total", "manifest.json"}, faults.where
        if faults.where is None:  # no operation of this number: all have failed once
            break
    else:
        pytest.fail("there is no end of operations")
    assert failed >= 15


def test_the_command_line_says_a_fault_in_one_error(study, tmp_path, monkeypatch, capsys):
    (tmp_path / "numbers.csv").write_text("1 2")
    faults = Faults(monkeypatch, tmp_path / "out")
    faults.number = errno.ENOSPC
    for at in range(1, 1000):
        faults.at = None
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        faults.at, faults.count, faults.where = at, 0, None
        status = main(["run", str(study), "--results", str(tmp_path / "out")])
        faults.at = None
        said = capsys.readouterr().err
        assert (status, said.count("error: ")) in ((0, 0), (1, 1)), (faults.where, said)
        if faults.where is None:
            break
    assert status == 0
