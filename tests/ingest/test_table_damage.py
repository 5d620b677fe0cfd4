"""CSV, JSON Lines, JSON and Parquet: rows in are rows out or one clear error; nothing is unpickled, no tag is obeyed."""

import gzip
import io
import json
import pickle
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from valuestats.base.errors import InputError, ValuestatsError
from valuestats.ingest import datasets, describe_contents, limits, read_responses, sources
from valuestats.ingest.answers.refusals import load_refusal_rules
from valuestats.ingest.tabular import parquet as parquet_files
from valuestats.ingest.tabular.parquet import open_parquet
from valuestats.instruments import load_instrument
from valuestats.study import load_study

ROWS = [
    {"model": f"m{n % 2}", "item": str(n // 2), "raw": text}
    for n, text in enumerate(
        [
            "Like me.",
            "not like me",
            "I'm sorry, I can't help with that.",
            "",
            'a,b "c"\nd',
            "é漢字",
            "5",
            "NA",
        ]
    )
]


def as_parquet(frame):
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


CONTENTS = {
    "answers.csv": pd.DataFrame(ROWS).to_csv(index=False).encode(),
    "answers.tsv": pd.DataFrame(ROWS).to_csv(index=False, sep="\t").encode(),
    "answers.jsonl": "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS).encode(),
    "answers.json": json.dumps(ROWS, ensure_ascii=False).encode(),
    "answers.parquet": as_parquet(pd.DataFrame(ROWS)),
}
CONTENTS |= {
    f"{name}.gz": gzip.compress(CONTENTS[name], mtime=0) for name in ("answers.csv", "answers.jsonl")
}


def attempt(name, content):
    """Number of rows read, or None where there was one clear error that names the file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, name)
        file.write_bytes(content)
        frame = fault = None
        try:
            frame = read_responses(file, reader="table", scale="pvq21", duplicates="report").frame
        except InputError as error:
            fault = error
        if frame is None:
            assert fault.file is not None, fault
            assert Path(fault.file).name.startswith("answers")
            return None
        assert frame["status"].notna().all()
        assert frame["source_row"].is_monotonic_increasing
        assert frame["source_row"].is_unique
        assert frame["source_sha256"].str.len().eq(64).all()
        return len(frame)


@pytest.mark.parametrize("name", CONTENTS)
def test_all_rows_of_an_undamaged_table(name):
    assert attempt(name, CONTENTS[name]) == len(ROWS)


@pytest.mark.parametrize("name", CONTENTS)
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_table_that_is_cut_off(name, data):
    content = CONTENTS[name]
    found = attempt(name, content[: data.draw(st.integers(0, len(content) - 1))])
    # Text formats have no end mark: a file cut between two rows is a shorter file. Others must say it.
    if not name.endswith((".csv", ".tsv", ".jsonl")):
        assert found is None
    assert found is None or found <= len(ROWS)


@pytest.mark.parametrize("name", CONTENTS)
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_table_with_flipped_bits(name, data):
    content = bytearray(CONTENTS[name])
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    attempt(name, bytes(content))


@pytest.mark.parametrize("name", ["answers.csv", "answers.tsv", "answers.jsonl", "answers.json"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-16-le", "cp037", "gb18030", "shift_jis"])
def test_a_table_in_another_encoding_is_said_to_be_unless_a_byte_order_mark_names_it(name, encoding):
    text = CONTENTS[name].decode().replace("é", "e")
    if encoding == "cp037":
        text = text.replace("漢字", "e")
    assert attempt(name, text.encode(encoding)) == (len(ROWS) if encoding in ("utf-16", "utf-32") else None)


@pytest.mark.parametrize("name", ["answers.csv", "answers.jsonl", "answers.json", "answers.parquet"])
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(noise=st.binary(max_size=300))
def test_noise(name, noise):
    attempt(name, noise)


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(
    texts=st.lists(TEXTS, min_size=1, max_size=8),
    name=st.sampled_from(["answers.jsonl", "answers.json", "answers.parquet"]),
)
def test_every_text_comes_back_as_it_went_in(texts, name):
    rows = [{"model": "m", "item": str(n), "raw": text} for n, text in enumerate(texts)]
    content = {
        "answers.jsonl": "".join(json.dumps(row) + "\n" for row in rows).encode(),
        "answers.json": json.dumps(rows).encode(),
        "answers.parquet": as_parquet(pd.DataFrame(rows)),
    }[name]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, name)
        file.write_bytes(content)
        frame = read_responses(file, scale="pvq21").frame
    assert frame["raw"].fillna("").tolist() == texts
    counts = describe_counts(frame)
    assert sum(counts.values()) == len(texts)


def describe_counts(frame):
    return frame["status"].astype(str).value_counts().to_dict()


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(texts=st.lists(TEXTS, min_size=1, max_size=6))
def test_every_text_of_a_csv_comes_back(texts):
    assume(all("\r" not in text for text in texts))
    rows = [{"model": "m", "item": str(n), "raw": text} for n, text in enumerate(texts)]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "answers.csv")
        pd.DataFrame(rows).to_csv(file, index=False)
        frame = read_responses(file, scale="pvq21").frame
        contents = describe_contents(file)
    assert frame["raw"].fillna("").tolist() == texts
    statuses = contents.description.statuses
    assert statuses.loc[statuses["model"] == "all", "n"].sum() == len(texts)


class Bomb:
    def __reduce__(self):
        return (Path.touch, (Path(tempfile.gettempdir(), "valuestats-was-here"),))


def payloads():
    bomb = pickle.dumps([{"model": "m", "item": "1", "raw": Bomb()}])
    zipped = io.BytesIO()
    np.savez(zipped, raw=np.array([Bomb()], dtype=object))
    plain = io.BytesIO()
    np.save(plain, np.array([Bomb()], dtype=object), allow_pickle=True)
    return {
        "pickle": bomb,
        "pickle.gz": gzip.compress(bomb),
        "npz": zipped.getvalue(),
        "npy": plain.getvalue(),
    }


@pytest.mark.parametrize("kind", ["pickle", "pickle.gz", "npz", "npy"])
@pytest.mark.parametrize(
    "name",
    [
        "a.pkl",
        "a.pickle",
        "a.npz",
        "a.npy",
        "a.csv",
        "a.json",
        "a.jsonl",
        "a.parquet",
        "a.eval",
        "a.json.gz",
        "a.csv.gz",
    ],
)
def test_nothing_is_unpickled(kind, name, tmp_path):
    mark = Path(tempfile.gettempdir(), "valuestats-was-here")
    mark.unlink(missing_ok=True)
    file = tmp_path / name
    file.write_bytes(payloads()[kind])
    for reader in ("auto", "table", "inspect", "lm_eval", "helm", "lighteval", "promptfoo", "batch"):
        with pytest.raises(ValuestatsError):
            read_responses(
                file,
                reader=reader,
                scale="pvq21",
                **({"model": "m"} if reader in ("lm_eval", "lighteval") else {}),
            )
    assert not mark.exists()


def test_python_objects_in_the_metadata_of_a_parquet_file_are_left_alone(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    mark = Path(tempfile.gettempdir(), "valuestats-was-here")
    mark.unlink(missing_ok=True)
    table = pa.Table.from_pylist([{"model": "m", "item": "1", "raw": "like me"}])
    bomb = pickle.dumps(Bomb())
    field = table.schema.field("raw").with_metadata(
        {b"ARROW:extension:name": b"arrow.py_extension_type", b"ARROW:extension:metadata": bomb}
    )
    table = table.cast(pa.schema([table.schema.field("model"), table.schema.field("item"), field]))
    file = tmp_path / "answers.parquet"
    pq.write_table(table.replace_schema_metadata({"pandas": bomb, "PANDAS_ATTRS": bomb}), file)
    assert read_responses(file, scale="pvq21").frame["status"].tolist() == ["valid"]
    assert not mark.exists()


TAGS = [
    "!!python/object/apply:os.system ['touch /tmp/valuestats-was-here']",
    "!!python/name:os.system ''",
    "!!python/object/new:os.system [touch]",
    "!own {a: 1}",
]


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("read", [load_instrument, load_study, load_refusal_rules, datasets.read_registry])
def test_tags_in_yaml_are_refused(tag, read, tmp_path):
    for content in (tag, f"study: {tag}", f"id: x\nsteps: [{tag}]"):
        file = tmp_path / "file.yml"
        file.write_text(content)
        with pytest.raises(ValuestatsError):
            read(file)


@pytest.mark.parametrize("read", [load_instrument, load_study, load_refusal_rules, datasets.read_registry])
def test_yaml_that_multiplies_itself_is_refused(read, tmp_path):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    file = tmp_path / "file.yml"
    file.write_text("\n".join(lines))
    with pytest.raises(ValuestatsError) as caught:
        read(file)
    assert len(str(caught.value)) < 5000


def test_a_gzip_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "FREE", 1 << 20)
    file = tmp_path / "answers.csv.gz"
    file.write_bytes(gzip.compress(b"model,item,raw\n" + bytes(1 << 24)))
    with pytest.raises(InputError, match="far more than it should"):
        read_responses(file, reader="table", scale="pvq21")
    # A second stream behind the first counts with it, and an honest file in two streams is read whole.
    file.write_bytes(gzip.compress(b"a" * 900_000) + gzip.compress(b"a" * 900_000))
    with pytest.raises(InputError, match="far more than it should"):
        read_responses(file, reader="table", scale="pvq21")
    file.write_bytes(
        gzip.compress(b"model,item,raw\nm,1,like me\n") + gzip.compress(b"m,2,like me\n") + bytes(8)
    )
    assert len(read_responses(file, reader="table", scale="pvq21")) == 2


def parquet_bomb(path, kind, rows=3000):
    """A file of a few kilobytes: one page of zeros, one text with many codes, a nested one, rows of one number."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    long = "x" * 20_000
    raw = {
        "page": ["0" * (20 << 20)],
        "codes": [long] * rows,
        "nested": [[{"text": long}]] * rows,
        "rows": [None] * (1 << 20),
    }[kind]
    table = pa.table({"raw": raw, "model": ["m"] * len(raw), "item": ["1"] * len(raw)})
    pq.write_table(table, path, compression="zstd", use_dictionary=kind != "page")
    return path


@pytest.mark.parametrize("kind", ["page", "codes", "nested", "rows"])
def test_a_parquet_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(sources, "MAX_UNPACKED", 5 << 20)
    monkeypatch.setattr(parquet_files, "MAX_RATIO", 100)
    file = parquet_bomb(tmp_path / "answers.parquet", kind)
    assert file.stat().st_size < 30_000
    with pytest.raises(InputError, match="far more than it should") as caught:
        read_responses(file, reader="table", scale="pvq21")
    assert Path(caught.value.file).name == "answers.parquet"


def test_texts_of_a_parquet_file_are_written_out_in_pieces(tmp_path):
    file = parquet_bomb(tmp_path / "answers.parquet", "codes", rows=9000)  # 180 MB
    whole = open_parquet(file, file, file.stat().st_size)
    assert whole.rows == 9000
    pieces = list(whole.pieces(20_000))
    assert [len(pieces) > 2, sum(piece.num_rows for piece in pieces)] == [True, 9000]
    assert max(piece.nbytes for piece in pieces) < parquet_files.MAX_PIECE + (1 << 20)
    assert pieces[-1].column("raw")[-1].as_py() == "x" * 20_000


@pytest.mark.parametrize("dictionary", [True, False])
def test_any_column_of_parquet_is_read_as_arrow_reads_it(tmp_path, dictionary):
    import datetime

    import pyarrow as pa
    import pyarrow.parquet as pq

    values = {
        "text": pa.array(["a", None, "é"]),
        "large": pa.array(["a", None, ""], pa.large_string()),
        "category": pa.array(["a", None, "a"]).dictionary_encode(),
        "bytes": pa.array([b"\xff", None, b""]),
        "whole": pa.array([1, None, 2**60]),
        "day": pa.array([datetime.date(2026, 1, 1), None, None]),
        "list": pa.array([["a", None], None, []]),
        "records": pa.array([[{"k": "v", "n": 1}], None, [{"k": None, "n": 2}]]),
        "map": pa.array([[("a", "b")], None, []], pa.map_(pa.string(), pa.string())),
        "null": pa.nulls(3),
        "number": pa.array([1, None, 2], pa.decimal128(38, 2)),
        "a.b": pa.array(["x", "y", None]),
    }
    table = pa.table(values)
    file = tmp_path / "t.parquet"
    pq.write_table(table, file, use_dictionary=dictionary)
    found = open_parquet(file, file, file.stat().st_size).whole()
    assert found.schema.equals(pq.read_table(file).schema)
    assert found.to_pylist() == table.to_pylist()
