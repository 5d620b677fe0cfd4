"""The loop that reads logs, by a format of a tool that doesn't exist; and which files a path means."""

import json
from dataclasses import replace

import pytest

from valuestats.base.errors import InputError, SpecificationError
from valuestats.ingest.logs.fields import json_lines
from valuestats.ingest.logs.loop import LogFormat, file_by_file, read_logs
from valuestats.ingest.logs.rows import most_likely
from valuestats.ingest.paths import files_at, named


def rows(source, asked):
    for record in json_lines(source):
        row = asked.row(
            record, model=asked.model or "m", item=record.identifier("q"), raw=record.text("said")
        )
        if "scores" in record.value:
            row = most_likely(row, ["A", "B"], record.value["scores"], shown=["Like me", "Not like me"])
        if record.text("lost"):
            row = replace(row, status="unparsable", rule="lost", error=record.text("lost"))
        yield row


TOY = LogFormat("toy", "toy logs", lambda path: path.suffix == ".toy", file_by_file(rows))


def read(path, kind=TOY, **options):
    arguments = {"scale": "pvq21", "fields": None, "compat": None, "duplicates": "error"}
    return read_logs(path, kind, **arguments | options)


def write(file, *records):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    return file


def test_rows_of_all_files_in_order_each_with_its_source(tmp_path):
    write(tmp_path / "b.toy", {"q": 2, "said": "Not like me."})
    write(tmp_path / "a" / "z.toy", {"q": 1, "said": "Like me."}, {"q": 3, "scores": [-2.0, -0.5]})
    write(tmp_path / "notes.txt", {"q": 9})
    frame = read(tmp_path, model="x").frame
    assert list(zip(frame["source_file"], frame["source_row"], frame["item"], strict=True)) == [
        ("a/z.toy", 0, "1"), ("a/z.toy", 1, "3"), ("b.toy", 0, "2"),
    ]  # fmt: skip
    assert frame["answer"].tolist() == [5, 2, 2]
    assert frame["raw"].tolist() == ["Like me.", "B", "Not like me."]
    assert set(frame["model"]) == {"x"}


def test_a_record_that_failed_but_can_be_named_is_a_row_with_its_reason(tmp_path):
    file = write(
        tmp_path / "a.toy", {"q": 1, "said": "Like me.", "lost": "a number is NaN"}, {"q": 2, "said": "5"}
    )
    frame = read(file).frame
    assert frame["status"].tolist() == ["unparsable", "valid"]
    assert (frame["rule"][0], frame["error"][0]) == ("lost", "a number is NaN")
    assert frame["answer"].isna().tolist() == [True, False]


def test_declared_fields_hide_what_the_format_says(tmp_path):
    file = write(tmp_path / "a.toy", {"q": 1, "said": "5", "who": {"id": 7}})
    assert read(file, fields={"item": "who.id", "persona": "q"}).frame[["item", "persona"]].iloc[
        0
    ].tolist() == ["7", "1"]
    with pytest.raises(SpecificationError, match="unknown field"):
        read(file, fields={"answer": "q"})


def test_a_format_that_needs_all_files_at_once(tmp_path):
    def backwards(sources, asked):
        for source in reversed(list(sources)):
            yield from rows(source, asked)

    for name in "ab":
        write(tmp_path / f"{name}.toy", {"q": name, "said": "5"})
    assert read(tmp_path, replace(TOY, rows=backwards)).frame["item"].tolist() == ["b", "a"]


def test_nothing_to_read(tmp_path):
    assert not TOY.detect(tmp_path)
    with pytest.raises(InputError, match="no toy logs here"):
        read(tmp_path)
    with pytest.raises(InputError, match="no such file"):
        read(tmp_path / "a.toy")
    blank = tmp_path / "blank.toy"
    blank.write_text("\n\n")
    with pytest.raises(InputError, match="no records"):
        read(blank)


def test_files_that_a_path_means(tmp_path):
    a, b = write(tmp_path / "x" / "a.toy.gz"), write(tmp_path / "y" / "b.toy")
    assert files_at(tmp_path) == [a, b]
    assert files_at(tmp_path / "*" / "*.toy") == [b]
    assert files_at(a) == [a]
    assert files_at(tmp_path / "nothing") == []
    assert [name for _, name in named([a, b])] == ["x/a.toy", "y/b.toy"]
    assert [name for _, name in named([a])] == ["a.toy"]
    assert [name for _, name in named([a], tmp_path)] == ["x/a.toy"]
