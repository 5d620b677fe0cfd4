"""Tables of any shape: formats, encodings, column maps, and everything that must not happen silently."""

import itertools
import json
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ingest.written_tables import ROWS, write
from valuestats.base.errors import InputError, SpecificationError
from valuestats.counting import write_responses
from valuestats.ingest import read_ratings, read_responses
from valuestats.ingest.tabular.columns import read_table_responses
from valuestats.instruments import AnswerScale


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "json", "parquet"])
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_every_format_gives_the_same_rows(tmp_path, kind, suffix):
    frame = read_responses(write(tmp_path, f"a.{kind}{suffix}", ROWS), scale="value_portrait").frame
    assert frame["item"].tolist() == ["1", "2", "3", "4"]
    assert frame["raw"].fillna("").tolist() == [row["raw"] for row in ROWS]
    assert frame["status"].tolist() == ["valid", "unparsable", "empty", "valid"]
    assert frame["source_row"].tolist() == [0, 1, 2, 3]
    assert set(frame["source_file"]) == {f"a.{kind}"}
    assert frame["epoch"].tolist() == [1, 1, 1, 1]


def test_column_map_constants_and_prompt(tmp_path):
    rows = [{"question_id": 7, "output": {"text": "like me"}, "q": "How much?", "junk": "x", "cluster": 3}]
    read = read_responses(
        write(tmp_path, "a.jsonl", rows),
        columns={"item": "question_id", "raw": "output.text", "prompt": "q"},
        constants={"model": "x", "wording": "v1"},
        scale="value_portrait",
    ).frame
    assert read[["model", "item", "cluster", "wording", "raw", "answer"]].astype(object).iloc[0].tolist() == [
        "x",
        "7",
        "3",
        "v1",
        "like me",
        5,
    ]
    assert len(read["prompt_sha256"].iloc[0]) == 64
    assert not {"junk", "prompt"} & set(read.columns)


def test_identifiers_of_mixed_types_are_one(tmp_path):
    rows = [
        {"model": 1, "item": i, "epoch": e, "raw": "like me"} for e, i in enumerate(("1", 1, 1.0), start=1)
    ]
    frame = read_responses(write(tmp_path, "a.jsonl", rows), scale="value_portrait").frame
    assert set(frame["item"]) == {"1"}
    assert set(frame["model"]) == {"1"}
    with pytest.raises(InputError, match="stands twice"):
        read_responses(
            write(tmp_path, "b.jsonl", [{**row, "epoch": 1} for row in rows]), scale="value_portrait"
        )


def test_coded_answers(tmp_path):
    rows = [{"item": "a", "code": "4"}, {"item": "b", "code": "5.0"}, {"item": "c", "code": ""}]
    frame = read_responses(
        write(tmp_path, "a.csv", rows), columns={"answer": "code"}, constants={"model": "m"}, scale="pvq21"
    ).frame
    assert frame["answer"].tolist() == [4, 5, pd.NA]
    assert frame["status"].tolist() == ["valid", "valid", "empty"]
    assert frame["raw"].isna().all()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("7", "a code of the scale"),
        ("-1", "a code of the scale"),
        ("99", "a code of the scale"),
        ("4.5", "a whole number"),
        ("x", "whole"),
        ("9" * 5000, "whole"),
        ("inf", "whole"),
    ],
)
def test_codes_that_are_none_are_rows_without_an_answer(tmp_path, code, expected):
    rows = [
        {"model": "m", "item": item, "answer": a}
        for item, a in zip("abcd", ("4", code, "", code), strict=True)
    ]
    file = write(tmp_path, "a.csv", rows)
    read = read_responses(file, scale="pvq21")
    assert read.frame["status"].tolist() == ["valid", "unparsable", "empty", "unparsable"]
    assert read.frame["raw"].tolist()[1] == code
    assert read.frame["raw"].isna().tolist() == [True, False, True, False]
    found = read.findings.iloc[0]
    assert (len(read.findings), found["kind"], found["row"]) == (1, "code that is no answer", 1)
    assert expected in found["found"]
    assert "(2 such rows)" in found["found"]
    assert "missing={'answer': ['', '" in found["found"]
    with pytest.raises(InputError, match=expected) as caught:  # none of them is on the scale
        read_responses(write(tmp_path, "b.csv", [rows[1]]), scale="pvq21")
    assert (caught.value.row, caught.value.file) == (0, str(tmp_path / "b.csv"))


def test_a_column_of_texts_that_is_called_answer(tmp_path):
    rows = [{"model": "m", "item": str(n), "answer": f"text {n}"} for n in range(50)]
    with pytest.raises(InputError, match=r"columns=\{'raw'"):
        read_responses(write(tmp_path, "a.csv", rows), scale="pvq21")
    rows.append({"model": "m", "item": "x", "answer": "4"})
    read = read_responses(write(tmp_path, "a.csv", rows), scale="pvq21")
    assert len(read.findings) == 11
    assert "40 more different values (40 such rows)" in read.findings["found"].iloc[-1]
    assert read.frame["raw"].tolist()[:2] == ["text 0", "text 1"]


def test_codes_that_are_declared_as_missing(tmp_path):
    rows = [{"model": "m", "item": i, "answer": a} for i, a in (("-1", "4"), ("2", "-1"), ("3", "99.0"))]
    missing = {"answer": ["", "-1", "99"]}
    read = read_responses(write(tmp_path, "a.csv", rows), scale="pvq21", missing=missing)
    assert read.frame["status"].tolist() == ["valid", "empty", "empty"]
    assert read.frame["item"].tolist() == ["-1", "2", "3"]
    assert not len(read.findings)
    with pytest.raises(SpecificationError, match="unknown column"):
        read_responses(tmp_path / "a.csv", scale="pvq21", missing={"answr": ["-1"]})


def test_statuses_of_the_log(tmp_path):
    rows = [
        {"item": "a", "raw": "like me", "state": "ok"},
        {"item": "b", "raw": "like me", "state": "cut"},
        {"item": "c", "raw": "", "state": "not asked"},
        {"item": "d", "raw": "hm", "state": "ok"},
    ]
    mapping = {"ok": "valid", "cut": "truncated", "not asked": "not_administered"}
    arguments = {"columns": {"status": "state"}, "constants": {"model": "m"}, "scale": "value_portrait"}
    file = write(tmp_path, "a.csv", rows)
    frame = read_responses(file, statuses=mapping, **arguments).frame
    assert frame["status"].tolist() == ["valid", "truncated", "not_administered", "unparsable"]
    assert frame["answer"].tolist() == [5, pd.NA, pd.NA, pd.NA]
    with pytest.raises(InputError, match="'status' may not stand there") as caught:
        read_responses(file, statuses={"ok": "valid"}, **arguments)
    assert (caught.value.row, caught.value.got) == (1, "cut (2 such rows)")
    with pytest.raises(SpecificationError, match="unknown status"):
        read_responses(file, statuses={"ok": "done"}, **arguments)


def test_a_code_beside_a_status_that_denies_it_is_no_answer(tmp_path):
    rows = [("a", "4", "refusal"), ("b", "5", "valid"), ("c", "", "valid"), ("d", "", "refusal")]
    file = write(tmp_path, "a.csv", [{"model": "m", "item": i, "answer": a, "status": s} for i, a, s in rows])
    read = read_responses(file)
    assert read.frame["status"].tolist() == ["unparsable", "valid", "unparsable", "refusal"]
    assert read.frame["answer"].tolist() == [pd.NA, 5, pd.NA, pd.NA]
    assert read.findings[["kind", "row"]].to_numpy().tolist() == [
        ["code and status contradict each other", 0]
    ]


def test_failed_calls_and_texts_that_were_cut_off(tmp_path):
    rows = [
        {"model": "m", "item": "a", "raw": None, "error": "timeout", "stop_reason": None},
        {"model": "m", "item": "b", "raw": "some", "error": None, "stop_reason": "length"},
    ]
    frame = read_responses(write(tmp_path, "a.jsonl", rows), scale="value_portrait").frame
    assert frame["status"].tolist() == ["api_error", "truncated"]
    assert frame["rule"].tolist() == ["api_error", "stop_reason"]


def test_folders_and_patterns(tmp_path):
    for name, model in (("x/a.csv", "a"), ("x/b.jsonl.gz", "b")):
        (tmp_path / "x").mkdir(exist_ok=True)
        write(tmp_path, name, [row | {"model": model} for row in ROWS])
    frame = read_responses(tmp_path / "x", scale="value_portrait").frame
    assert (len(frame), sorted(set(frame["source_file"]))) == (8, ["a.csv", "b.jsonl"])
    assert frame["source_row"].tolist() == [0, 1, 2, 3] * 2
    assert len(read_responses(str(tmp_path / "x" / "*.csv"), scale="value_portrait")) == 4
    assert len(read_table_responses([tmp_path / "x" / "a.csv"], scale="value_portrait")) == 4
    with pytest.raises(InputError, match="no tables here"):
        read_responses(str(tmp_path / "y" / "*.csv"), scale="value_portrait")


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path, delimiter):
    file = tmp_path / "a.csv"
    lines = [["model", "item", "raw"], ["m", "1", "like me, really"], ["m", "2", '"like me"']]
    file.write_text("\n".join(delimiter.join(line) for line in lines))
    frame = read_responses(file, scale="value_portrait").frame
    assert frame["raw"].tolist() == ["like me, really", "like me"]
    write_responses(file, tmp_path / "out", scale="value_portrait")
    assert sorted(pd.read_parquet(tmp_path / "out")["raw"]) == ["like me", "like me, really"]


def test_decimal_commas_of_codes_and_ratings(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("model;item;answer\nm;1;4,0\nm;2;-1,0\n")
    frame = read_responses(file, scale="pvq21", missing={"answer": ["-1"]}).frame
    assert frame["status"].tolist() == ["valid", "empty"]
    file.write_text("respondent;item;rating\np;1;4,5\nq;1;2\n")
    assert read_ratings(file, scale=(1, 6)).frame["rating"].tolist() == [4.5, 2.0]


def test_a_comma_file_stays_one_whatever_its_texts_hold(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("model,item,raw\nm,1,a;b;c\nm,2,a;b;c\n")
    assert read_responses(file, scale="value_portrait").frame["raw"].tolist() == ["a;b;c"] * 2


@pytest.mark.parametrize("key", ["questions", "examples", "data"])
def test_records_under_a_key(tmp_path, key):
    file = tmp_path / "a.json"
    records = [{"item": "1", "raw": "like me"}, {"item": "2", "raw": "not like me", "model": "other"}]
    file.write_text(json.dumps({"model": "m", "n": 2, "tags": ["x"], key: records}))
    frame = read_responses(file, scale="value_portrait").frame
    assert frame[["model", "item", "answer"]].to_numpy().tolist() == [["m", "1", 5], ["other", "2", 2]]
    file.write_text(json.dumps({"model": "m", "people": [{"name": "x"}], key: records}))
    with pytest.raises(InputError, match="several lists of records") as caught:
        read_responses(file, scale="value_portrait")
    assert "records='people'" in caught.value.hint
    again = read_responses(file, scale="value_portrait", records=key).frame
    assert again["item"].tolist() == ["1", "2"]


@pytest.mark.parametrize("given", [None, "pvq*", ["pvq1", "pvq2", "pvq3"]])
def test_a_table_with_one_row_per_run(tmp_path, given):
    file = tmp_path / "a.csv"
    file.write_text("model,pvq1,pvq2,pvq3,persona\na,1,6,,x\na,2,5,99,x\nb,3,4,1,y\n")
    read = read_responses(file, scale="pvq21", **({} if given is None else {"items": given}))
    frame = read.frame
    assert frame["item"].tolist() == ["pvq1", "pvq2", "pvq3"] * 3
    assert frame["answer"].tolist() == [1, 6, pd.NA, 2, 5, pd.NA, 3, 4, 1]
    assert frame["status"].tolist()[2:6:3] == ["empty", "unparsable"]
    assert frame["epoch"].tolist() == [1] * 3 + [2] * 3 + [1] * 3
    assert frame["source_row"].tolist() == [0] * 3 + [1] * 3 + [2] * 3
    assert frame["persona"].tolist() == ["x"] * 6 + ["y"] * 3
    assert ("read as a wide table" in read.findings["kind"].tolist()) == (given is None)
    named = read_responses(file, scale="pvq21", items={"pvq1": "1", "pvq2": "2"})
    assert named.items == ["1", "2"]
    file.write_text("model,q1,q2,q3\na,like me,not like me,\n")
    assert read_responses(file, scale="pvq21").frame["answer"].tolist() == [5, 2, pd.NA]
    file.write_text("model,prompt,output1,output2\na,?,like me,not like me\n")  # two answers to one question
    with pytest.raises(InputError, match="a column is missing"):
        read_responses(file, scale="pvq21")


STEERED = "model,role,prompt,run,pvq1,pvq2,pvq3\n" + "".join(
    f"{model},{role},{prompt},{run},1,2,3\n"
    for model, role, prompt, run in itertools.product("ab", ("judge", "nurse"), ("no", "be"), "12")
)


def test_rows_of_a_wide_table_that_differ_in_what_was_asked_are_no_runs(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text(STEERED)
    with pytest.raises(InputError, match="differ in what they were asked") as caught:
        read_responses(file, scale="pvq21")
    assert caught.value.parameter == "role, prompt, run"  # run alone doesn't number the rows of a model
    assert "keep={'role': 'role', 'asked_prompt': 'prompt', 'run': 'run'}" in caught.value.hint
    assert "{'persona': 'role', 'condition': 'prompt', 'wording': 'run'}" in caught.value.hint
    asked = {"persona": "role", "condition": "prompt"}
    read = read_responses(file, scale="pvq21", columns=asked)  # and here it does
    assert read.frame.groupby(["model", "persona", "condition", "item"])["epoch"].max().unique().tolist() == [
        2
    ]
    with pytest.raises(InputError, match="differ in what they were asked") as caught:
        read_responses(file, scale="pvq21", columns={"persona": "role"}, keep={"asked": "prompt"})
    assert caught.value.parameter == "prompt, run"
    pooled = read_responses(
        file, scale="pvq21", duplicates="number", keep={"role": "role", "asked_prompt": "prompt"}
    )
    assert pooled.frame["epoch"].max() == 8
    file.write_text("model,when,pvq1,pvq2,pvq3\n" + "".join(f"a,10:0{n},1,2,3\n" for n in range(6)))
    assert read_responses(file, scale="pvq21").frame["epoch"].max() == 6  # times are no design


def test_runs_counted_from_nought_are_read_whole(tmp_path):
    rows = [{"model": "m", "item": "1", "raw": "like me", "sample": n} for n in range(3)]
    read = read_responses(write(tmp_path, "a.csv", rows), scale="pvq21", columns={"epoch": "sample"})
    assert read.frame["epoch"].tolist() == [0, 1, 2]
    assert read.findings.empty


def test_a_column_that_is_mapped_is_not_read_under_its_own_name_too(tmp_path):
    rows = [{"model": "m", "item": "1", "answer": "like me", "prompt": "none"}]
    file = write(tmp_path, "a.csv", rows)
    for columns in ({"raw": "answer", "condition": "prompt"}, {"raw": "answer", "persona": "prompt"}):
        frame = read_responses(file, scale="pvq21", columns=columns).frame
        assert frame["answer"].tolist() == [5]
        assert "prompt_sha256" not in frame
        written = write_responses(
            file,
            tmp_path / f"out{len(list(tmp_path.iterdir()))}",
            reader="table",
            scale="pvq21",
            columns=columns,
        )
        assert written.rows == 1


@pytest.mark.parametrize("scale", ["A-D", list("ABCD"), {1: "A", 2: "B", 3: "C", 4: "D"}])
def test_options_that_are_letters(tmp_path, scale):
    texts = ["B", "Answer: C", "Antwort: A", "\u7b54\u3048\uff1aD", "A dog barks.", "E"]
    rows = [{"model": "m", "item": str(n), "raw": text} for n, text in enumerate(texts)]
    frame = read_responses(write(tmp_path, "a.csv", rows), scale=scale).frame
    assert frame["answer"].tolist() == [2, 3, 1, 4, pd.NA, pd.NA]


@pytest.mark.parametrize("scale", [["yes", "Yes!"], ["yes"], ["", "yes"], {1: "a"}])
def test_options_that_are_no_scale(tmp_path, scale):
    with pytest.raises(SpecificationError, match="not the options of a scale"):
        read_responses(write(tmp_path, "a.csv", ROWS), scale=scale)


def test_the_model_by_the_name_of_the_file_or_folder(tmp_path):
    for model in ("org__a", "b-7b.v2"):
        (tmp_path / model).mkdir()
        write(tmp_path, f"{model}.csv.gz", [{"item": "1", "raw": "like me"}])
        write(tmp_path / model, "answers.csv", [{"item": "1", "raw": "like me"}])
    with pytest.raises(InputError, match="a column is missing") as caught:
        read_responses(tmp_path / "org__a.csv.gz", scale="pvq21")
    assert "model_from='file'" in caught.value.hint
    by_file = read_responses(str(tmp_path / "*.csv.gz"), scale="pvq21", model_from="file")
    assert by_file.models == ["b-7b.v2", "org__a"]
    by_folder = read_responses(str(tmp_path / "*" / "*.csv"), scale="pvq21", model_from="folder")
    assert by_folder.models == ["b-7b.v2", "org__a"]
    with pytest.raises(SpecificationError, match="would hide"):
        read_responses(write(tmp_path, "c.csv", ROWS), scale="pvq21", model_from="file")


def test_a_scale_for_each_item(tmp_path):
    rows = [("Q1", "like me", ""), ("Q2", "agree", ""), ("Q3", "10", ""), ("Q2", "10", "x")]
    table = [{"model": "m", "item": i, "raw": r, "persona": p} for i, r, p in rows]
    ten = AnswerScale({n: str(n) for n in range(1, 11)})
    two = AnswerScale({1: "disagree", 2: "agree"})
    scales = {"*": ten, "Q1": "pvq21", "Q2": two}
    frame = read_responses(write(tmp_path, "a.csv", table), scale=scales).frame
    assert frame["answer"].tolist() == [5, 2, 10, pd.NA]
    assert frame["item"].tolist() == ["Q1", "Q2", "Q3", "Q2"]
    codes = [{"model": "m", "item": i, "answer": a} for i, a in (("Q1", "6"), ("Q2", "6"), ("Q3", "6"))]
    read = read_responses(write(tmp_path, "b.csv", codes), scale=scales)
    assert read.frame["answer"].tolist() == [6, pd.NA, 6]
    assert "[1, 2]" in read.findings["found"][0]
    with pytest.raises(SpecificationError, match="an item has no scale") as caught:
        read_responses(tmp_path / "a.csv", scale={"Q1": "pvq21"})
    assert caught.value.got == "Q2"
    write_responses(tmp_path / "a.csv", tmp_path / "out", scale=scales)
    written = pd.read_parquet(tmp_path / "out").sort_values("source_row")
    assert written["answer"].fillna(0).tolist() == [5, 2, 10, 0]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(json_values, min_size=1, max_size=12))
def test_rows_in_are_rows_out_json_lines(values):
    rows = [{"model": "m", "item": n, "raw": value} for n, value in enumerate(values)]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "a.jsonl")
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        frame = read_responses(file, scale="pvq40").frame
    assert frame["source_row"].tolist() == list(range(len(values)))
    assert frame["item"].tolist() == [str(n) for n in range(len(values))]
    assert frame["status"].notna().all()
    for raw, value in zip(frame["raw"], values, strict=True):
        if isinstance(value, str) and value and value.isascii():
            assert raw == value
        assert pd.isna(raw) == (value is None or value == "")


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30), min_size=1, max_size=10
    )
)
def test_rows_in_are_rows_out_csv(texts):
    import csv

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "a.csv")
        with file.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.writer(handle, quoting=csv.QUOTE_ALL)
            writer.writerow(["model", "item", "raw"])
            writer.writerows(["m", n, text] for n, text in enumerate(texts))
        frame = read_responses(file, scale="pvq40").frame
    assert frame["raw"].fillna("").tolist() == texts
