"""Two thousand damaged inputs of every format: each is read, or refused by one error that names its file."""

import pytest

from .harness import fuzz
from .targets import targets

INPUTS, PARTS = 2000, 8


@pytest.mark.parametrize("part", range(PARTS))
def test_damaged_inputs_are_read_or_refused(part, tmp_path):
    count = INPUTS // PARTS
    report = fuzz(targets(), 1, count, tmp_path, start=part * count)
    assert report.inputs == count
    assert 0 < report.refused < count
    assert report.faults == []
