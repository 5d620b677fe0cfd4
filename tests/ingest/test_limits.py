"""Small files that stand for gigabytes: refused at the declared limits, read just below them."""

import gzip
import io
import json
import struct
import zipfile

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from valuestats.base.errors import InputError
from valuestats.ingest import limits, read_responses, read_survey
from valuestats.ingest.logs.archives import Archive
from valuestats.ingest.sources import Source, read_json, read_source
from valuestats.ingest.surveys.missing_codes import label_class

NCASES = (
    80  # where the header of an SPSS file says its number of rows, by the PSPP manual, "System File Format"
)


def claiming(path, rows):
    content = bytearray(path.read_bytes())
    content[NCASES : NCASES + 4] = struct.pack("<i", rows)
    path.write_bytes(content)
    return path


def test_an_spss_file_that_claims_rows_it_can_not_hold(tmp_path):
    path = tmp_path / "wave.sav"
    pyreadstat.write_sav(pd.DataFrame({"q": [1.0, 2.0]}), path)
    size = path.stat().st_size
    for rows in (300_000_000, size + 1):
        with pytest.raises(InputError, match="more rows than its bytes can hold"):
            read_survey(claiming(path, rows))
    with pytest.raises(InputError, match="ends early"):  # possible by its size, and left to the parser
        read_survey(claiming(path, size))
    assert len(read_survey(claiming(path, 2)).frame) == 2


def test_a_file_of_equal_cells_that_is_compressed_twice_is_read(tmp_path):
    path = tmp_path / "wave.zsav"
    pyreadstat.write_sav(pd.DataFrame({"q": np.ones(200_000), "r": np.ones(200_000)}), path, compress=True)
    assert 400_000 / path.stat().st_size > 100
    assert len(read_survey(path).frame) == 200_000


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(limits, "FREE", 1000)
    monkeypatch.setattr(limits, "MAX_RATIO", 20)
    monkeypatch.setattr(limits, "MAX_PARTS", 100)


def test_a_gzip_stream_at_its_limit_and_one_byte_beyond(small, tmp_path):
    path = tmp_path / "a.json.gz"
    for extra in (0, 1):
        content = b"[1]".ljust(1000 + extra)  # as many as may always be
        path.write_bytes(gzip.compress(content))
        if extra:
            with pytest.raises(InputError, match="unpacks to far more than it should"):
                read_source(path)
        else:
            assert read_source(path).content == content
    noise = np.random.default_rng(1).bytes(400)
    for extra in (0, 1):  # so many times its size: 600 bytes, zeros after the stream's end among them
        content = noise + bytes(20 * 600 - 400 + extra)
        path.write_bytes(gzip.compress(content).ljust(600, b"\0"))
        assert path.stat().st_size == 600
        if extra:
            with pytest.raises(InputError, match="unpacks to far more"):
                read_source(path)
        else:
            assert read_source(path).content == content


def archive(content, level=9):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as written:
        written.writestr("samples/a.json", content)
    return Source("a.eval", "a.eval", buffer.getvalue(), "")


def test_a_member_of_an_archive_at_its_limit_and_one_byte_beyond(small):
    at = b"[1]".ljust(1000)
    assert Archive(archive(at)).read("samples/a.json") == at
    with pytest.raises(InputError, match="a member unpacks to far more than it should"):
        Archive(archive(at + b" "))


def test_json_of_as_many_parts_as_may_be_and_one_more(small):
    at = b"[" + b",".join([b"{}"] * 99) + b"]"
    assert len(read_json(Source("a.json", "a.json", at, ""))) == 99
    assert Archive(archive(at)).read("samples/a.json") == at
    beyond = b"[" + b",".join([b"{}"] * 100) + b"]"
    for read in (
        lambda: read_json(Source("a.json", "a.json", beyond, "")),
        lambda: Archive(archive(beyond)).read("samples/a.json"),
    ):
        with pytest.raises(InputError, match="too many objects and lists") as caught:
            read()
        assert "101 in" in str(caught.value)


def test_real_bombs_end_in_one_error(tmp_path):
    many = b"[" + b"{}," * 15_000_000 + b"{}]"
    plain = tmp_path / "answers.json.gz"
    plain.write_bytes(gzip.compress(many, 9))
    assert plain.stat().st_size < 100_000
    with pytest.raises(InputError, match="too many objects and lists"):
        read_responses(plain, reader="table", scale="pvq21")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as written:
        written.writestr("header.json", json.dumps({"eval": {"model": "m", "task": "t"}}))
        written.writestr("samples/a_epoch_1.json", b"[" + b"{}," * 100_000_000 + b"{}]")
    log = tmp_path / "run.eval"
    log.write_bytes(buffer.getvalue())
    assert log.stat().st_size < 600_000
    with pytest.raises(InputError, match="unpacks to far more"):
        read_responses(log, scale="pvq21")


def test_a_long_label_is_read_in_one_pass():
    label = "Don't know" + "(" * 2_000_000
    assert label_class(label) == "dont_know"
    assert label_class("Refused (after a probe) [see note] {") == "refused"
