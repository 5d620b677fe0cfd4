"""Tables cut into pieces: rows come once, whole and in order, wherever a piece ends."""

import json

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.counting.test_streaming_ingest import records, rows_in, write
from valuestats.base.errors import InputError
from valuestats.counting import write_responses
from valuestats.ingest import read_responses
from valuestats.ingest.tabular import csv_pieces as csv_pieces_module
from valuestats.ingest.tabular.batches import scan_table, table_batches
from valuestats.ingest.tabular.files import read_table

_FIELD = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=8)


@settings(max_examples=40)
@given(st.lists(st.tuples(_FIELD, _FIELD), min_size=1, max_size=12), st.integers(1, 5))
def test_batches_of_any_table_are_the_table(tmp_path_factory, rows, size):
    folder = tmp_path_factory.mktemp("batches")
    frame = pd.DataFrame(rows, columns=["a", "b"], dtype="str")
    frame.to_csv(folder / "t.csv", index=False)
    frame.to_parquet(folder / "t.parquet")
    (folder / "t.jsonl").write_text("\n".join(json.dumps({"a": a, "b": b}) for a, b in rows), "utf-8")
    for name in ("t.csv", "t.parquet", "t.jsonl"):
        whole = read_table(folder / name)
        scanned = scan_table(folder / name, name=name)
        assert scanned.source.sha256 == whole.source.sha256
        parts = list(table_batches(scanned, rows=size))
        for column in ("a", "b"):
            values = [v for part in parts for v in part.column(column).tolist()]
            assert values == whole.column(column).tolist()


def test_a_csv_row_longer_than_the_limit_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_pieces_module, "LIMIT", 4 << 20)
    (tmp_path / "a.csv").write_text(f'model,item,raw\nm,1,"{"x" * (9 << 20)}"\nm,2,Like me.\n')
    with pytest.raises(InputError, match="too long to be read in batches"):
        write_responses(tmp_path / "a.csv", tmp_path / "out", scale="value_portrait")


def test_a_long_csv_row_is_ingested_as_it_is_read(tmp_path):
    text = "Like me." + "x" * (9 << 20)
    (tmp_path / "a.csv").write_text(f'model,item,raw\nm,1,"{text}"\nm,2,Like me.\n')
    write_responses(tmp_path / "a.csv", tmp_path / "out", scale="value_portrait")
    rows = rows_in(tmp_path / "out").sort_values("item")
    read = read_responses(tmp_path / "a.csv", scale="value_portrait").frame
    assert rows["raw"].tolist() == read["raw"].tolist() == [text, "Like me."]
    assert rows["status"].tolist() == read["status"].tolist()


def test_rows_longer_than_a_small_block_come_once_and_in_order(tmp_path):
    texts = ["Like me." + "." * ((700 << 10) if i in (30_000, 60_000) else 0) for i in range(70_000)]
    frame = pd.DataFrame({"model": "m", "item": [str(i) for i in range(70_000)], "raw": texts})
    frame.to_csv(tmp_path / "a.csv", index=False)
    parts = table_batches(scan_table(tmp_path / "a.csv", name="a.csv"))
    read = [part.column(name).tolist() for part in parts for name in ("item", "raw")]
    assert [value for part in read[::2] for value in part] == frame["item"].tolist()
    assert [value for part in read[1::2] for value in part] == texts


def test_rows_that_are_left_out_do_not_move_the_numbers_of_the_others(tmp_path):
    rows = records(5000)
    rows[2500]["item"] = None
    file = write(tmp_path, "a.jsonl", rows)
    lines = file.read_text().splitlines()
    lines[100] = "{broken"  # every other line is blank, and no record
    file.write_text("\n".join(lines))
    done = write_responses(file, tmp_path / "out", scale="value_portrait", batch_rows=300)
    assert done.rows == 4998
    assert sorted(rows_in(tmp_path / "out")["source_row"]) == sorted(set(range(5000)) - {50, 2500})
    assert "left out or in doubt: 2" in done.to_text()


def test_quotes_of_all_kinds_are_cut_where_rows_end(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_pieces_module, "BLOCK", 97)
    texts = ['a 5" disk', "two\nlines", 'said "so"', "a,b", '"', "\n\n", "x" * 500] * 20
    frame = pd.DataFrame({"model": "m", "item": [str(n) for n in range(len(texts))], "raw": texts})
    frame.to_csv(tmp_path / "a.csv", index=False)
    with (tmp_path / "a.csv").open("a") as handle:
        handle.write('m,last,a 5" disk\n')  # a quote that opens nothing
    parts = list(table_batches(scan_table(tmp_path / "a.csv", name="a.csv")))
    assert len(parts) > 20
    assert [v for part in parts for v in part.column("raw")] == [*texts, 'a 5" disk']
    assert [n for part in parts for n in part.rows] == list(range(len(texts) + 1))
    whole = read_table(tmp_path / "a.csv")
    assert whole.column("raw").tolist() == [*texts, 'a 5" disk']
