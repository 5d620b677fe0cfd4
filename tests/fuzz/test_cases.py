"""Minimal inputs of each kind of fault that fuzzing has found: each is read, or refused by one error with its file."""

import io
import json
import zipfile

import pandas as pd
import pytest

from valuestats import load_instrument, read_ratings, read_responses, read_survey, write_responses
from valuestats.activations.npz import open_npz
from valuestats.base.boundary import UNEXPECTED, one_error
from valuestats.base.errors import InputError, StudyError, ValuestatsError
from valuestats.ingest.surveys.globalopinionqa import read_published_layout
from valuestats.study import load_study

HUGE = "9" * 5000
RECORD = '{"model": "m", "item": "1", "raw": %s}\n'
TABLE = {"reader": "table", "scale": "value_portrait"}


def parquet(**columns):
    buffer = io.BytesIO()
    pd.DataFrame(columns).to_parquet(buffer)
    return buffer.getvalue()


def put(folder, name, content):
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    return file


def of_a_later_version():
    """A ZIP archive that says it needs a version of the format that there is not."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.npy", b"")
    content = bytearray(buffer.getvalue())
    content[content.index(b"PK\x01\x02") + 6] = 186
    return bytes(content)


ANSWERS = {
    "a huge integer": ("a.jsonl", RECORD % HUGE, 1),
    "a huge exponent": ("a.jsonl", RECORD % "1e999", 1),
    "half a character": ("a.jsonl", RECORD % r'"\ud800 like me"', 1),
    "half a character in a name": ("a.jsonl", r'{"model": "m\udfff", "item": "1", "raw": "x"}', 1),
    "a list for an answer": ("a.jsonl", RECORD % '["like me"]', 1),
    "a record for an answer": ("a.jsonl", RECORD % '{"a": {"b": [1]}}', 1),
    "lists in lists, as text": ("a.jsonl", RECORD % json.dumps("[" * 900 + '"x"' + "]" * 900), 1),
    "lists in lists": ("a.jsonl", RECORD % '"x"' + RECORD % ("[" * 50_000 + "]" * 50_000), 1),
    "a column named twice": ("a.csv", "model,item,raw,raw\nm,1,x,y\n", None),
    "a table of no rows": ("a.parquet", parquet(model=[], item=[], raw=[]), None),
    "a number beyond 64 bits": ("a.jsonl", '{"model": "m", "item": 99999999999999999999999, "raw": "x"}', 1),
    "an epoch beyond 64 bits": ("a.jsonl", '{"model": "m", "item": "1", "raw": "x", "epoch": 99999999999999999999}', None),
    "a time zone": (
        "a.parquet", parquet(model=["m"], item=["1"], raw=pd.to_datetime(["2020"]).tz_localize("Asia/Tokyo")), 1,
    ),
    "bytes": ("a.parquet", parquet(model=["m"], item=["1"], raw=[b"\xff\x00"]), 1),
    "categories of numbers": ("a.parquet", parquet(model=["m"], item=pd.Categorical([1]), raw=["x"]), 1),
    "a workbook of a later version": ("a.xlsx", of_a_later_version(), None),
    "nothing but NULs": ("a.csv", b"\x00" * 300, None),
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_are_read_and_ingested_alike(name, tmp_path):
    file, content, rows = ANSWERS[name]
    path = put(tmp_path, file, content)
    columns = {"epoch": "epoch"} if "epoch" in name else None
    for read in (
        lambda: len(read_responses(path, duplicates="report", columns=columns, **TABLE)),
        lambda: write_responses(path, tmp_path / "out", columns=columns, **TABLE).rows,
    ):
        if rows is None:
            with pytest.raises(InputError) as caught:
                read()
            assert caught.value.file
            assert caught.value.message != UNEXPECTED
        else:
            assert read() == rows


SURVEYS = {
    "lists in cells": ("a.json", '[{"q": [1, 2]}, {"q": {"a": 1}}, {"q": 3}]'),
    "lists in Parquet": ("a.parquet", parquet(q=[[1, 2], [3]])),
    "records in Parquet": ("a.parquet", parquet(q=[{"a": 1}, {"a": None}])),
    "half a character": ("a.json", r'[{"q\ud800": "\ud800"}, {"q\ud800": "x"}]'),
    "a huge integer": ("a.json", f'[{{"q": {"9" * 400}}}, {{"q": {HUGE}}}]'),
    "very many columns": ("a.csv", ";".join(f"v{i}" for i in range(4000)) + "\n" + ";".join(["1,5"] * 4000) + "\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", SURVEYS)
def test_surveys_are_read(name, tmp_path):
    file, content = SURVEYS[name]
    survey = read_survey(put(tmp_path, file, content))
    for column in list(survey.frame.columns)[:3]:
        assert len(survey.status(column)) == len(survey.frame)


def test_half_a_character_in_a_literal_of_a_release_is_replaced(tmp_path):
    """Seed 7, number 35,050."""
    table = "question,selections,options,source\nQ?,\"defaultdict(<class 'list'>, {'Ja\\ud800pan': [0.5, 0.5]})\","
    path = put(tmp_path, "global_opinions.csv", table + "\"['Y\\udc00es', 'No']\",WVS\n")
    found = read_published_layout(path).frame
    assert found["group"].unique().tolist() == ["Ja\ufffdpan"]
    assert found["option"].tolist() == ["Y\ufffdes", "No"]


def test_a_survey_of_a_header_alone_has_no_respondents(tmp_path):
    path = put(tmp_path, "a.csv", "a;b\n")
    with pytest.raises(InputError, match=r"no respondents|no records|empty") as caught:
        read_survey(path)
    assert caught.value.file.endswith("a.csv")


def test_ratings_in_two_groups_are_a_conflict_and_no_fault(tmp_path):
    path = put(tmp_path, "r.csv", "respondent,item,rating,group\np,1,1,a\np,2,2,b\nq,1,3,\n")
    found = read_ratings(path, scale=(1, 6))
    assert found.conflicts[0].startswith("respondent p rates in groups a, b")


@pytest.mark.parametrize("field", ["seed", "level"])
@pytest.mark.parametrize(
    "value", ["three", ".nan", ".inf", "1e300", HUGE, "[]", "{a: b}", "null", "true", "-1", '"3"']
)
def test_seed_and_level_of_a_study_are_numbers(field, value, tmp_path):
    text = "study: a\ntitle: A\nseed: 1\nlevel: 0.9\nsteps: {s: {verb: read_table, path: {file: x.csv}}}\n"
    lines = [line for line in text.splitlines() if not line.startswith(field)]
    path = put(tmp_path, "study.yml", "\n".join([*lines, f"{field}: {value}"]))
    with pytest.raises(StudyError) as caught:
        load_study(path)
    assert caught.value.file


@pytest.mark.parametrize(
    "text",
    ["id: {? {a: [b]} : c}", "id: [[[]]]", "scale: {options: {? [1] : a}}", "scale: {options: {1: {2: x}}}", "&a [*a]"],
)  # fmt: skip
def test_odd_keys_of_an_instrument_are_one_error(text, tmp_path):
    with pytest.raises(InputError) as caught:
        load_instrument(put(tmp_path, "own.yml", text))
    assert caught.value.file
    assert caught.value.message != UNEXPECTED


def test_what_no_reader_foresaw_names_file_row_and_reason():
    with pytest.raises(InputError) as caught, one_error("a.json", row=7):
        raise KeyError("missing")
    assert (caught.value.file, caught.value.row) == ("a.json", 7)
    assert "KeyError" in caught.value.got
    for error in (ValuestatsError("ours"), OSError("disk"), MemoryError(), KeyboardInterrupt()):
        with pytest.raises(type(error)), one_error("a.json"):
            raise error


def test_archives_of_a_later_version_are_one_error(tmp_path):
    for read, name in ((read_responses, "a.eval"), (open_npz, "a.npz")):
        with pytest.raises(InputError, match="archive") as raised:
            read(put(tmp_path, name, of_a_later_version()))
        assert raised.value.got == "zip file version 18.6", name
