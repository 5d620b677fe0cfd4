"""Files to Parquet: the rows of the plain reader, whole or not at all, once each, whatever breaks off."""

import errno
import gzip
import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from valuestats.base import locks
from valuestats.base.errors import InputError, SpecificationError, ValuestatsError
from valuestats.counting import count_answers, layout, open_answers, streaming, write_responses
from valuestats.counting.answer_tables import quiet_engines
from valuestats.counting.layout import partition_name
from valuestats.counting.partitions import OWN_FOLDERS, PartitionWriter
from valuestats.ingest import read_responses
from valuestats.ingest.readers import response_readers
from valuestats.ingest.tabular import batches as table_batches_module
from valuestats.instruments import AnswerScale
from valuestats.systems.value_portrait import release as value_portrait

TEXTS = ["Like me.", "Not like me at all", "", "I cannot answer that.", 'a "quoted"\nline, with commas', "5"]
MODELS = ["meta/Llama:8b", "META/llama:8b", "é"]


def records(rows: int) -> list[dict]:
    return [
        {"model": MODELS[i % 3], "item": f"q{i % 4}", "epoch": i // 12 + 1, "raw": TEXTS[i % 6]}
        | ({"meta": {"lang": "de"}} if i > rows // 2 else {})
        for i in range(rows)
    ]


def write(folder: Path, name: str, rows: list[dict]) -> Path:
    file = folder / name
    frame = pd.DataFrame(rows).drop(columns="meta", errors="ignore")
    if ".jsonl" in name:
        text = "\n\n".join(json.dumps(r) for r in rows).encode()
        file.write_bytes(gzip.compress(text) if name.endswith("gz") else text)
    elif name.endswith(".parquet"):
        frame.to_parquet(file)
    elif name.endswith(".json"):
        file.write_text(json.dumps(rows))
    else:
        frame.to_csv(file, index=False, sep="\t" if name.endswith("tsv") else ",")
    return file


def rows_in(folder: Path) -> pd.DataFrame:
    with quiet_engines():
        frame = open_answers(folder).to_pyarrow().to_pandas()
    return frame.sort_values(["source_file", "source_row"], ignore_index=True)


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl", "a.jsonl.gz", "a.parquet", "a.json"])
def test_rows_are_those_of_the_plain_reader(tmp_path, name):
    file = write(tmp_path, name, records(60))
    expected = read_responses(file, scale="value_portrait", duplicates="report").frame
    done = write_responses(file, tmp_path / "out", scale="value_portrait", batch_rows=7)
    assert (done.rows, done.rows_written) == (60, 60)
    got = rows_in(tmp_path / "out")
    assert set(expected.columns) == set(got.columns)
    for column in expected.columns:
        pd.testing.assert_series_equal(
            got[column].astype(object).where(got[column].notna(), None),
            expected[column].astype(object).where(expected[column].notna(), None),
            check_dtype=False,
        )


def test_a_path_into_records_may_be_absent_from_a_whole_batch(tmp_path):
    file = write(tmp_path, "a.jsonl", records(40))
    columns = {"language": "meta.lang"}
    write_responses(file, tmp_path / "out", scale="value_portrait", columns=columns, batch_rows=5)
    counts = count_answers(tmp_path / "out", ["language"]).groupby("language", dropna=False)["count"].sum()
    assert counts["de"] == 19
    assert counts.sum() == 40


def test_partitions_tell_models_apart_and_are_the_same_each_time(tmp_path):
    file = write(tmp_path, "a.csv", records(60))
    trees = []
    for out in ("one", "two"):
        write_responses(file, tmp_path / out, scale="value_portrait")
        files = sorted(p.relative_to(tmp_path / out) for p in (tmp_path / out).rglob("*.parquet"))
        trees.append({str(p): (tmp_path / out / p).read_bytes() for p in files})
    assert trees[0] == trees[1]
    assert {Path(p).parent.name for p in trees[0]} == {partition_name(m) for m in MODELS}
    assert len({partition_name(m).casefold() for m in MODELS}) == 3


@pytest.mark.parametrize("models", [OWN_FOLDERS, OWN_FOLDERS + 1, 3000])
def test_many_models_share_folders(tmp_path, models):
    rows = 6000
    names = [f"lab/model:{i % models}" for i in range(rows)]
    frame = pd.DataFrame(
        {"model": names, "item": [f"q{i // models}" for i in range(rows)], "raw": "Like me."}
    )
    frame.to_csv(tmp_path / "a.csv", index=False)
    out = tmp_path / "out"
    write_responses(tmp_path / "a.csv", out, scale="value_portrait", batch_rows=500)
    files = list(out.rglob("*.parquet"))
    assert len(files) <= min(models, OWN_FOLDERS + layout.SHARED_FOLDERS)
    own = {partition_name(name) for name in names[:OWN_FOLDERS]}
    shared = {layout.shared_partition_name(name) for name in names[OWN_FOLDERS:models]}
    assert {p.parent.name for p in files} == own | shared
    expected = pd.Series(names).value_counts()
    counted = count_answers(out, ["model"]).groupby("model")["count"].sum()
    assert counted.sort_index().equals(expected.sort_index().rename_axis("model").rename("count"))
    assert rows_in(out)["source_row"].tolist() == list(range(rows))


def test_a_part_of_a_batch_is_as_large_as_what_it_holds(tmp_path):
    frame = pd.DataFrame(
        {"model": ["rare", *["m"] * 9999], "item": [f"item-{i:060d}" for i in range(10_000)]}
    )
    frame["epoch"], frame["raw"], frame["status"] = 1, "x", "valid"
    writer = PartitionWriter(tmp_path, "0")
    writer.add(frame)
    assert writer._bytes[partition_name("rare")] < 1000
    assert writer._bytes[partition_name("m")] > 9999 * 60


def test_known_files_are_skipped_and_same_content_is_said(tmp_path):
    logs = tmp_path / "logs"
    logs.mkdir()
    write(logs, "a.csv", records(12))
    write_responses(logs, tmp_path / "out", scale="value_portrait")
    write(logs, "b.csv", records(24))
    (logs / "c.csv").write_bytes((logs / "b.csv").read_bytes())
    done = write_responses(logs, tmp_path / "out", scale="value_portrait")
    assert done.sources["outcome"].tolist() == ["known", "written", "same content"]
    assert done.rows == done.rows_written + 12 + 24
    assert count_answers(tmp_path / "out", [])["count"].sum() == 36
    assert "same content: 1 files, 24 rows" in done.to_text()


def test_a_fault_leaves_nothing_of_its_file_and_says_the_row(tmp_path):
    logs = tmp_path / "logs"
    logs.mkdir()
    write(logs, "a.csv", records(12))
    bad = records(30)
    bad[23]["status"] = "strange"
    write(logs, "b.jsonl", bad)
    done = write_responses(logs, tmp_path / "out", scale="value_portrait", batch_rows=10)
    assert done.sources["outcome"].tolist() == ["written", "left out"]
    assert "'status' may not stand" in done.sources["reason"][1]
    assert "b.jsonl: responses: a value of 'status' may not stand there" in done.to_text()
    with pytest.raises(InputError, match="'status' may not stand") as caught:
        write_responses(logs / "b.jsonl", tmp_path / "alone", scale="value_portrait", batch_rows=10)
    assert (caught.value.row, Path(caught.value.file).name) == (23, "b.jsonl")
    assert set(rows_in(tmp_path / "out")["source_file"]) == {"a.csv"}
    write(logs, "b.jsonl", records(30))
    done = write_responses(logs, tmp_path / "out", scale="value_portrait")
    assert done.sources["outcome"].tolist() == ["known", "written"]


@pytest.mark.parametrize("place", ["staged", "recorded", "half moved"])
def test_what_was_broken_off_is_finished_by_the_same_call(tmp_path, monkeypatch, place):
    file = write(tmp_path, "a.csv", records(60))
    out = tmp_path / "out"

    def stop(*_):
        raise KeyboardInterrupt

    move = streaming._move

    def half(folder, record):
        move(folder, {**record, "files": record["files"][:1]})
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        if place == "staged":
            patched.setattr(streaming, "write_record", stop)
        else:
            patched.setattr(streaming, "_move", stop if place == "recorded" else half)
        with pytest.raises(KeyboardInterrupt):
            write_responses(file, out, scale="value_portrait")
    with pytest.raises(InputError, match=r"no Parquet here|isn't whole"):
        open_answers(out)
    done = write_responses(file, out, scale="value_portrait")
    assert done.rows == 60
    assert len(rows_in(out)) == 60
    assert not (out / layout.STAGING).exists()


def test_what_may_not_be_mixed_in_one_folder(tmp_path):
    file = write(tmp_path, "a.csv", records(12))
    out = tmp_path / "out"
    write_responses(file, out, scale="value_portrait")
    with pytest.raises(SpecificationError, match="other arguments"):
        write_responses(file, out, scale="value_portrait", constants={"persona": "p"})
    write(tmp_path, "a.csv", records(24))
    with pytest.raises(InputError, match="of this name was ingested"):
        write_responses(file, out, scale="value_portrait")
    with pytest.raises(InputError, match="holds something else"):
        write_responses(file, tmp_path, scale="value_portrait")
    with pytest.raises(SpecificationError, match="no such argument"):
        write_responses(file, tmp_path / "new", scale="value_portrait", colour=1)
    with pytest.raises(SpecificationError, match="nothing to ingest"):
        write_responses([], tmp_path / "new")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"model,item,raw\n", "no records"),
        ("a.csv", b"model,item,raw\nm,1\n", "wrong number of fields"),
        ("a.csv", b'model,item,raw\nm,1,"open\n', "never closed"),
        ("a.csv", b"model,model,raw\nm,1,x\n", "one name"),
        ("a.csv", b"model,item,raw\nm,1,\xff\n", "not UTF-8"),
        ("a.csv", b"\x89PNG____", "another format"),
        ("a.jsonl", b'{"mod', "not JSON"),
        ("a.jsonl", b"[1]\n", "not a record"),
        ("a.jsonl.gz", gzip.compress(b'{"model": "m"}\n' * 50)[:-9], "gzip stream"),
        ("a.parquet", b"PAR1____PAR1", "not a Parquet file"),
    ],
    # names of their own: gzip writes the time, and workers that run side by side must collect the same tests
    ids=[
        "empty",
        "header only",
        "short row",
        "open quote",
        "one name twice",
        "not utf-8",
        "png",
        "cut json",
        "list line",
        "cut gzip",
        "no parquet",
    ],
)
def test_damaged_files_are_one_clear_error(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        write_responses(tmp_path / name, tmp_path / "out", scale="value_portrait", reader="table")
    assert not list((tmp_path / "out").rglob("*.parquet"))


def test_other_encodings_and_byte_order_marks(tmp_path):
    text = "model,item,raw\nmé,1,Like me.\n"
    for name, content, encoding in (
        ("l.csv", text.encode("latin-1"), "latin-1"),
        ("u.csv", text.encode("utf-16"), "utf-16"),
        ("b.csv", text.encode("utf-8-sig"), "utf-8"),
    ):
        (tmp_path / name).write_bytes(content)
        out = tmp_path / f"out-{name}"
        write_responses(tmp_path / name, out, scale="value_portrait", encoding=encoding)
        assert count_answers(out, ["model"])["model"].tolist() == ["mé"]


def test_logs_of_tools_are_ingested_file_by_file(tmp_path):
    logs = Path(__file__).parent.parent / "ingest" / "logs"
    logs_only = [r for r in response_readers() if r.name not in ("table", "value_portrait", "ingested")]
    found = [p for p in sorted(logs.rglob("*")) if p.is_file() and any(r.detect(p) for r in logs_only)]
    known = [p for p in found if p.parent.name != "lm_eval_rolling"]  # no answers: refused by its reader
    assert {next(r.name for r in logs_only if r.detect(p)) for p in known} == {r.name for r in logs_only}
    for number, path in enumerate(known):
        expected = read_responses(path, scale="pvq21", duplicates="report").frame
        done = write_responses(path, tmp_path / str(number), scale="pvq21")
        assert done.rows_written == len(expected)
        assert count_answers(tmp_path / str(number), [])["count"].sum() == len(expected)
        assert not done.sources["left_out"].any()


def test_a_line_without_end_is_not_held(tmp_path, monkeypatch):
    monkeypatch.setattr(table_batches_module, "MAX_UNPACKED", 4 << 20)
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b'{"model": "' + bytes(8 << 20)))
    with pytest.raises(InputError, match="a line is too long"):
        write_responses(tmp_path / "a.jsonl.gz", tmp_path / "out", scale="value_portrait", reader="table")


def test_two_ingests_into_one_folder_do_not_meet(tmp_path):
    file = write(tmp_path, "a.csv", records(60))
    out = tmp_path / "out"
    code = (
        "import sys; from pathlib import Path; from valuestats.counting.layout import sole_writer\n"
        "with sole_writer(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(out)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(InputError, match="another ingest is writing") as caught:
            write_responses(file, out, scale="value_portrait")
        assert f"process {other.pid}" in str(caught.value)
        other.kill()  # what holds the lock may end in any way
        other.wait()
        assert write_responses(file, out, scale="value_portrait").rows_written == 60
    assert len(rows_in(out)) == 60
    with layout.sole_writer(out), pytest.raises(InputError, match="another ingest"):  # in one process alike
        write_responses(file, out, scale="value_portrait")
    assert write_responses(file, out, scale="value_portrait").rows_written == 0


@pytest.mark.parametrize(("number", "runs"), [(errno.ENOLCK, True), (errno.EIO, False)])
def test_a_file_system_without_locks_is_written_without(tmp_path, monkeypatch, number, runs):
    def fails(_):
        raise OSError(number, "no locks here")

    monkeypatch.setattr(locks, "_lock", fails)
    file = write(tmp_path, "a.csv", records(6))
    if runs:
        assert write_responses(file, tmp_path / "out", scale="value_portrait").rows_written == 6
    else:
        with pytest.raises(ValuestatsError, match="could not write") as caught:
            write_responses(file, tmp_path / "out", scale="value_portrait")
        assert "no locks here" in str(caught.value)


@pytest.mark.mirror
def test_released_files_count_as_the_plain_reader_has_them(release, tmp_path):
    files = [path for path, _ in value_portrait.result_files(release)[:4]]
    done = write_responses(files, tmp_path / "out", scale="value_portrait")
    assert done.rows_written == 4 * 520
    pd.testing.assert_frame_equal(
        count_answers(tmp_path / "out"), count_answers(value_portrait.read_responses(files))
    )


def test_what_was_ingested_is_read_back_as_it_was_read(tmp_path):
    rows = records(400)
    rows[7]["item"] = None
    files = [write(tmp_path, name, part) for name, part in (("b.jsonl", rows[:250]), ("a.jsonl", rows[250:]))]
    write_responses(files, tmp_path / "out", scale="value_portrait")
    found = read_responses(tmp_path / "out", scale="value_portrait")
    whole = read_responses(sorted(files), scale="value_portrait", duplicates="report")
    shared = [name for name in whole.frame if name in found.frame]
    assert {"raw", "answer", "status", "rule", "source_file", "source_row"} <= set(shared)
    for name in shared:
        assert found.frame[name].astype(object).equals(whole.frame[name].astype(object)), name
    assert found.findings.astype(str).equals(whole.findings.astype(str))
    with pytest.raises(SpecificationError, match="off the scale"):
        read_responses(tmp_path / "out", scale=AnswerScale({1: "no", 2: "yes"}))
    with pytest.raises(SpecificationError, match="read when they were ingested"):
        read_responses(tmp_path / "out", compat="published")
