"""Two thousand damaged inputs of every format: each is read, or refused by one error that names its file."""

import os
import time
from types import SimpleNamespace

import pytest

from . import harness
from .harness import Report, fuzz
from .run import Job
from .targets import targets

INPUTS, PARTS = 2000, 8


@pytest.mark.parametrize("part", range(PARTS))
def test_damaged_inputs_are_read_or_refused(part, tmp_path):
    count = INPUTS // PARTS
    report = fuzz(targets(), 1, count, tmp_path, start=part * count)
    assert report.inputs == count
    assert 0 < report.refused < count
    assert report.faults == []


def ended_at_seven(said, start, count, note):
    """Inputs that do nothing, but for number 7, which ends its process."""
    for number in range(start, start + count):
        note.write_text(str(number))
        if number == 7:
            os.kill(os.getpid(), 9)
    return Report(inputs=count)


def test_an_input_that_ends_its_process_is_a_fault_and_the_others_are_tried():
    report = Job(ended_at_seven).chunk(SimpleNamespace(seed=3), 4, 10)
    assert report.inputs == 10
    assert [(fault["number"], fault["kind"]) for fault in report.faults] == [(7, "ends its process")]


@pytest.mark.parametrize(
    ("use", "limit", "kind"),
    [
        (lambda place, rng: time.sleep(30), "HANGS", "hangs"),
        (lambda place, rng: [None for _ in iter(int, 1)], "SLOW", "slow"),
    ],
)
def test_an_input_that_waits_or_works_too_long_is_a_fault(use, limit, kind, monkeypatch, tmp_path):
    monkeypatch.setattr(harness, limit, 0.2)
    target = SimpleNamespace(name="t", weight=1, make=lambda rng: [("a", b"")], use=use)
    (fault,) = fuzz([target], 1, 1, tmp_path).faults
    assert fault["kind"] == kind
