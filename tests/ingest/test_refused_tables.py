"""Tables that are damaged, in another encoding or asked for wrongly."""

import gzip

import pandas as pd
import pytest

from tests.ingest.written_tables import ROWS, write
from valuestats.base.errors import InputError, SpecificationError
from valuestats.counting import write_responses
from valuestats.ingest import read_responses


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_encodings(tmp_path, encoding):
    file = tmp_path / "a.csv"
    file.write_bytes("model,item,raw\nm,é,like me\n".encode(encoding))
    declared = {} if encoding == "utf-8-sig" else {"encoding": encoding}
    assert read_responses(file, scale="value_portrait", **declared).frame["item"].tolist() == ["é"]


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_a_wrong_encoding_names_the_byte_and_the_line(tmp_path, name):
    file = tmp_path / name
    file.write_bytes(b"model,item,raw\nm,1,caf\xe9\n")
    with pytest.raises(InputError, match="the text is not UTF-8") as caught:
        read_responses(file, scale="value_portrait")
    assert caught.value.got == "byte 0xe9 at byte 22, line 2"
    if name == "a.csv":
        file.write_bytes("model,item,raw\nm,é,like me\n".encode("utf-16"))  # a byte order mark says so
        assert read_responses(file, scale="value_portrait").frame["item"].tolist() == ["é"]
    with pytest.raises(InputError, match="unknown encoding"):
        read_responses(file, scale="value_portrait", encoding="klingon")


BAD_FILES = {
    "empty": ("a.csv", b"", "the file is empty", None),
    "header only": ("a.csv", b"model,item,raw\n", "no records", None),
    "header without end": ("a.csv", b"model,item,raw", "no records", None),
    "png": ("a.csv", b"\x89PNG\r\n\x1a\n" + bytes(9), "a PNG image", None),
    "zip": ("a.jsonl", b"PK\x03\x04" + bytes(9), "a ZIP archive", None),
    "html": ("a.csv", b"<!doctype html><html></html>", "a web page", None),
    "parquet as csv": ("a.csv", b"PAR1" + bytes(9), "a Parquet file", None),
    "no parquet": ("a.parquet", b"model,item,raw\n", "not a Parquet file", None),
    "cut gzip": ("a.csv.gz", gzip.compress(b"model,item,raw\nm,1,x\n" * 99)[:-12], "ends early", None),
    "long row": ("a.csv", b"model,item,raw\nm,1,x,y\n", "wrong number of fields", 0),
    "open quote": ("a.csv", b'model,item,raw\nm,1,x\nm,2,"x\nm,3,x\n', "never closed", 1),
    "one name twice": ("a.csv", b"model,item,item,raw\nm,1,2,x\n", "two columns have one name", None),
    "no json": ("a.jsonl", b"nope\n", "not JSON", 0),
    "list line": ("a.jsonl", b"[1]\n", "not a record", 0),
    "json object": ("a.json", b'{"model": "m"}', "not a list of records", None),
    "two lists": ("a.json", b'{"a": [{"x": 1}], "b": [{"x": 1}]}', "several lists of records", None),
    "pointer": (
        "a.csv",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
        "a git-lfs pointer",
        None,
    ),
    "no raw": ("a.csv", b"model,item\nm,1\n", "neither raw texts nor coded", None),
    "no item": ("a.csv", b"model,raw\nm,like me\n", "a column is missing", None),
    "null item": ("a.csv", b"model,item,raw\nm,,like me\n", "'item' may not stand there", 0),
    "epoch": ("a.csv", b"model,item,raw,epoch\nm,2,like me,one\n", "'epoch' may not stand there", 0),
    "twice": ("a.csv", b"model,item,raw\nm,1,like me\nm,2,x\nm,1,x\n", "a question stands twice", 2),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_files(tmp_path, case):
    name, content, message, row = BAD_FILES[case]
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_responses(file, scale="value_portrait")
    assert message in str(caught.value)
    assert caught.value.row == row
    assert caught.value.file is None or name.removesuffix(".gz") in caught.value.file


BROKEN = {
    "short row": ("a.csv", b"model,item,raw\nm,1,like me\nm,2\nm,3,like me\n", "wrong number of fields"),
    "long row": (
        "a.csv",
        b"model,item,raw\nm,1,like me\nm,2,like me,y\nm,3,like me\n",
        "wrong number of fields",
    ),
    "no json": (
        "a.jsonl",
        b'{"model": "m", "item": 1, "raw": "like me"}\nnope\n{"model": "m", "item": 3, "raw": "like me"}\n',
        "not JSON",
    ),
    "list line": (
        "a.jsonl",
        b'{"model": "m", "item": 1, "raw": "like me"}\n[1]\n{"model": "m", "item": 3, "raw": "like me"}\n',
        "not a record",
    ),
    "no record": (
        "a.json",
        b'[{"model": "m", "item": 1, "raw": "like me"}, 7, {"model": "m", "item": 3, "raw": "like me"}]',
        "not a record",
    ),
    "null item": ("a.csv", b"model,item,raw\nm,1,like me\nm,,like me\nm,3,like me\n", "got null, rows 1"),
    "epoch": ("a.csv", b"model,item,raw,epoch\nm,1,like me,1\nm,2,like me,one\nm,3,like me,1\n", "'one'"),
    "epoch -1": ("a.csv", b"model,item,raw,epoch\nm,1,like me,1\nm,2,like me,-1\nm,3,like me,1\n", "'-1'"),
    "no epoch": ("a.csv", b"model,item,raw,epoch\nm,1,like me,1\nm,2,like me,\nm,3,like me,1\n", "got nan"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_one_broken_record_stops_nothing(tmp_path, case, capsys):
    name, content, told = BROKEN[case]
    file = tmp_path / name
    file.write_bytes(content)
    read = read_responses(file, scale="value_portrait")
    assert read.frame[["item", "source_row"]].to_numpy().tolist() == [["1", 0], ["3", 2]]
    assert read.findings[["kind", "file", "row"]].to_numpy().tolist() == [["record without a row", name, 1]]
    assert told in read.findings["found"][0]
    assert "record without a row: 1" in capsys.readouterr().err
    done = write_responses(file, tmp_path / "out", scale="value_portrait")
    written = pd.read_parquet(tmp_path / "out")
    assert written.sort_values("source_row")["source_row"].tolist() == [0, 2]
    assert done.sources["findings"].tolist() == [1]


def test_one_file_never_stops_a_folder(tmp_path):
    write(tmp_path, "a.csv", ROWS)
    (tmp_path / "b.csv").write_text("colour\nred\n")
    (tmp_path / "listing.json").write_text('{"a.csv": {"rows": 4}}')
    read = read_responses(tmp_path, scale="value_portrait")
    assert len(read) == len(ROWS)
    assert read.findings[["kind", "file"]].to_numpy().tolist() == [
        ["file left out", "b.csv"], ["file left out", "listing.json"],
    ]  # fmt: skip


@pytest.mark.parametrize("start", ["\n", "\n\r\n\n", "  \n", "sep=,\n", "\ufeff\n"])
def test_lines_before_the_header_change_no_identifier(tmp_path, start):
    file = tmp_path / "a.csv"
    file.write_text(f"{start}model,item,raw\nm,007,like me\nm,1e3,like me\nm,01,like me\n", encoding="utf-8")
    assert read_responses(file, scale="value_portrait").frame["item"].tolist() == ["007", "1e3", "01"]
    write_responses(file, tmp_path / "out", scale="value_portrait")
    written = pd.read_parquet(tmp_path / "out").sort_values("source_row")
    assert written["item"].tolist() == ["007", "1e3", "01"]


def test_a_stray_quote_is_no_open_quote(tmp_path):
    file = tmp_path / "a.csv"
    file.write_bytes(b'model,item,raw\nm,1,a 5" disk\n')
    assert read_responses(file, scale="value_portrait").frame["raw"].tolist() == ['a 5" disk']


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"columns": {"itm": "item"}}, "did you mean 'item'"),
        ({"constants": {"speaker": "m"}}, "unknown column"),
        ({"columns": {"item": "id"}, "constants": {"item": "1"}}, "both mapped and constant"),
        ({"constants": {"model": "x"}}, "would hide a column"),
        ({"scale": None}, "raw texts need a scale"),
        ({"scale": 6}, "not a scale"),
        ({"reader": "excel"}, "unknown reader"),
        ({"speed": 9}, "no such argument"),
    ],
)
def test_requests_that_make_no_sense(tmp_path, arguments, message):
    file = write(tmp_path, "a.csv", ROWS)
    with pytest.raises(SpecificationError) as caught:
        read_responses(file, **{"scale": "value_portrait", **arguments})
    assert message in str(caught.value)


def test_a_mapped_column_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="a mapped column is missing") as caught:
        read_responses(write(tmp_path, "a.csv", ROWS), columns={"item": "id"}, scale="value_portrait")
    assert (caught.value.got, "model, item, raw" in caught.value.expected) == ("id", True)


def test_missing_texts_are_declared(tmp_path):
    file = write(tmp_path, "a.csv", ROWS)
    frame = read_responses(file, scale="value_portrait", missing=("", "NA")).frame
    assert frame["status"].tolist() == ["valid", "empty", "empty", "valid"]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("wave.sav", b"$FL2", "read it with read_survey"),
        ("wave.csv", b"cntry,gndr,imprich\nNA,1,6\n", "a survey: use read_survey"),
        ("wave.dta.gz", gzip.compress(b"x", mtime=0), "read it with read_survey"),
        ("a.eval", b"version https://git-lfs.github.com/spec/v1\n", "a git-lfs pointer"),
        ("a.parquet", b"version https://git-lfs.github.com/spec/v1\n", "a git-lfs pointer"),
        ("a.json", b'{"results": {"version": 2, "table": {"body": []}, "stats": {}}}', "a promptfoo export of version 2"),
        ("a.json", b'{"results": {"x": {}}, "configs": {}}', "results of lm-evaluation-harness"),
        ("a.json", b'{"name": "pvq", "adapter_spec": {}, "scenario_spec": {}}', "a run specification of HELM"),
    ],
)  # fmt: skip
def test_errors_name_what_the_file_is(tmp_path, name, content, told):
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_responses(file, scale="pvq21")
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("columns", "name"), [("model,item,my response", "my response"), ("model,item,x", "output")]
)
def test_the_hint_names_the_column_that_may_hold_the_answers(tmp_path, columns, name):
    file = tmp_path / "a.csv"
    file.write_text(f"{columns}\nm,1,like me\n")
    with pytest.raises(InputError) as caught:
        read_responses(file, scale="value_portrait")
    assert caught.value.hint == f"e.g. columns={{'raw': {name!r}}}"
