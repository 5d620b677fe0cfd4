"""An ingest on a disk that fails at any operation, or killed at any: its rows are in the folder once, or not yet."""

import errno
import shutil

import pandas as pd
import pyarrow.parquet as pq
import pytest
from failing_disk import FailingDisk

from valuestats.base.errors import InputError, ValuestatsError
from valuestats.counting import write_responses
from valuestats.counting.answer_tables import parquet_files
from valuestats.counting.layout import STAGING


@pytest.fixture
def file(tmp_path):
    frame = pd.DataFrame(
        {"model": ["a", "b", "c"] * 4, "item": [str(i) for i in range(12)], "raw": "Like me."}
    )
    frame.to_csv(tmp_path / "answers.csv", index=False)
    return tmp_path / "answers.csv"


def counted(folder):
    try:
        return sum(pq.read_metadata(name).num_rows for name in parquet_files(folder))
    except InputError:  # no Parquet there, or not whole
        return 0


@pytest.mark.parametrize(
    ("number", "kills"),
    [(errno.ENOSPC, False), (0, True), pytest.param(errno.EIO, False, marks=pytest.mark.slow)],
)
def test_rows_are_there_once_or_not_yet(file, tmp_path, monkeypatch, number, kills):
    first = tmp_path / "first.csv"
    pd.DataFrame({"model": ["a"], "item": ["q"], "raw": ["Not like me."]}).to_csv(first, index=False)
    write_responses(first, tmp_path / "before", scale="value_portrait")
    disk, said = FailingDisk(monkeypatch, tmp_path / "out"), []
    for at in range(1, 1000):
        out = tmp_path / f"out{at}"
        shutil.copytree(tmp_path / "before", out)
        with disk.failing(at, number, kills=kills):
            try:
                write_responses(file, out, scale="value_portrait")
            except ValuestatsError as error:
                said.append(str(error))
        assert counted(out) in (0, 1, 13), disk.where
        write_responses(file, out, scale="value_portrait")
        assert counted(out) == 13, disk.where
        assert not (out / STAGING).exists()
        assert not [p for p in out.rglob("*") if p.name.endswith((".tmp", ".staged"))], disk.where
        if disk.where is None:
            break
    assert disk.where is None
    assert at > 20
    assert kills or len(said) > 10
    assert all(text.count("\n") < 8 for text in said)
