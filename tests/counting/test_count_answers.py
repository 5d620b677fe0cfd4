"""Counts per cell: every row once, nulls as cells, the same from a frame, Parquet and any DuckDB table."""

import ibis
import pandas as pd
import pytest

from valuestats.base.errors import InputError, SpecificationError
from valuestats.counting import count_answers, open_answers
from valuestats.tables import Responses

BY = ["model", "item", "condition", "wording"]


def by_hand(frame: pd.DataFrame, by: list[str]) -> dict:
    """Counts by a plain loop, keyed by the cell; None for null."""
    counts: dict = {}
    for row in frame[[*by, "status", "answer"]].itertuples(index=False):
        key = tuple(None if pd.isna(v) else v for v in row)
        counts[key] = counts.get(key, 0) + 1
    return counts


def as_dict(counts: pd.DataFrame) -> dict:
    rows = counts.drop(columns="count").itertuples(index=False)
    keys = [tuple(None if pd.isna(v) else v for v in row) for row in rows]
    assert len(set(keys)) == len(keys)
    return dict(zip(keys, counts["count"].tolist(), strict=True))


def test_counts_are_those_of_a_plain_loop(answers, parquet_folder):
    expected = by_hand(answers, BY)
    from_frame = count_answers(answers, BY)
    assert as_dict(from_frame) == expected
    assert from_frame["count"].sum() == len(answers)
    assert from_frame["condition"].isna().any()
    assert (from_frame["condition"] == "").any()
    for source in (Responses(answers), parquet_folder, str(parquet_folder / "*" / "*.parquet")):
        pd.testing.assert_frame_equal(count_answers(source, BY), from_frame)


def test_categories_and_integer_keys_count_as_their_texts(answers):
    names = ["model", "item", "condition", "wording", "status"]
    pd.testing.assert_frame_equal(
        count_answers(answers.astype(dict.fromkeys(names, "category")), BY), count_answers(answers, BY)
    )
    numbered = answers.assign(wording=answers["wording"].str[1:].astype(int))
    assert set(count_answers(numbered, ["wording"])["wording"]) == {"1", "2"}


def test_an_ibis_table_stays_with_its_own_connection(answers, parquet_folder):
    connection = ibis.duckdb.connect()
    connection.raw_sql(f"CREATE VIEW mine AS SELECT * FROM read_parquet('{parquet_folder}/*/*.parquet')")
    with pytest.warns(DeprecationWarning, match="fetch_arrow_table"):
        table = connection.table("mine")
    steered = table.filter(table["condition"] == "steered")
    expected = count_answers(answers[answers["condition"] == "steered"], BY)
    pd.testing.assert_frame_equal(count_answers(steered, BY), expected)


def test_default_keys_leave_out_what_is_null_throughout(answers):
    counts = count_answers(answers)
    assert list(counts.columns) == [
        "model", "item", "condition", "wording", "option_order", "cluster", "status", "answer", "count",
    ]  # fmt: skip
    pd.testing.assert_frame_equal(count_answers(answers.drop(columns="persona")), counts)


def test_counts_are_counted_on(answers):
    fine = count_answers(answers, BY)
    pd.testing.assert_frame_equal(count_answers(fine, ["model"]), count_answers(answers, ["model"]))
    assert count_answers(answers, []).groupby("status")["count"].sum().to_dict() == (
        answers["status"].value_counts().to_dict()
    )


def test_epochs_can_be_cells_and_stay_numbers(answers):
    counts = count_answers(answers, ["epoch"])
    assert counts["epoch"].tolist() == sorted(answers["epoch"])
    assert counts["epoch"].dtype == "int64"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"status": "done"}, "'status' may not stand"),
        ({"status": "refusal"}, "'answer, status' may not stand"),
        ({"status": None}, "'status' may not stand"),
        ({"model": None}, "'model' may not stand"),
    ],
)
def test_values_that_may_not_stand_there(answers, tmp_path, change, message):
    frame = answers.copy()
    place = frame.index[frame["status"] == "valid"][0]
    for name, value in change.items():
        frame.loc[place, name] = value
    frame.to_parquet(tmp_path / "a.parquet")
    with pytest.raises(InputError, match=message) as caught:
        count_answers(tmp_path, BY)
    assert "1 rows" in str(caught.value)


def test_schema_faults_name_the_column(answers, tmp_path):
    file = tmp_path / "a.parquet"
    answers.drop(columns=["raw", "source_row"]).to_parquet(file)
    with pytest.raises(InputError, match="a column is missing") as caught:
        open_answers(file)
    assert caught.value.parameter == "raw, source_row"
    answers.assign(answer=answers["answer"].astype("str")).to_parquet(file)
    with pytest.raises(InputError, match="'answer' has the wrong type"):
        open_answers(file)
    answers.assign(wording=1.5).to_parquet(file)
    with pytest.raises(InputError, match="'wording' has the wrong type"):
        open_answers(file)


def test_places_without_answers(tmp_path, answers):
    with pytest.raises(InputError, match="no Parquet here"):
        open_answers(tmp_path)
    with pytest.raises(InputError, match="no such file"):
        open_answers(tmp_path / "none")
    with pytest.raises(InputError, match="not a table of responses"):
        open_answers([1])
    with pytest.raises(SpecificationError, match="no cell is named"):
        count_answers(answers, ["raw"])
    with pytest.raises(SpecificationError, match="no such column"):
        count_answers(answers, ["language"])


def test_no_rows_are_no_counts(answers):
    assert count_answers(answers.iloc[:0], BY).shape == (0, len(BY) + 3)
    refused = answers[answers["status"] == "refusal"]
    counts = count_answers(refused, ["model"])
    assert counts["answer"].isna().all()
    assert counts["count"].sum() == len(refused)
