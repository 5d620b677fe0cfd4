"""Tables with one column per item: long answers, and faults named by file and row."""

import pytest

from valuestats.base.errors import InputError
from valuestats.ingest.tabular.item_answers import read_item_answers


@pytest.mark.parametrize(
    ("text", "options", "message", "row"),
    [
        ("a,b\n1,2\n", {"items": ["a", "c"]}, "a column is missing", None),
        ("a,b\n1,2\nx,3\n", {"items": ["a", "b"]}, "not a number", 1),
        ("a,b\n1,2\n1,3\n", {"items": ["b"], "respondent": "a"}, "respondent of its own", 1),
        ("a,b\n1,2\n,3\n", {"items": ["b"], "respondent": "a"}, "respondent of its own", 1),
        ("", {"items": ["b"]}, "not a table", None),
    ],
)
def test_faults(tmp_path, text, options, message, row):
    file = tmp_path / "a.csv"
    file.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        read_item_answers(file, **options)
    assert caught.value.row == row
    assert caught.value.file == str(file)


def test_no_such_file(tmp_path):
    with pytest.raises(InputError, match="not a table"):
        read_item_answers(tmp_path / "none.csv", items=["a"])


def test_what_is_kept_stands_beside_each_answer(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("id,a,b,weight\nx,1,2,0.5\ny,3,,1.5\n")
    found = read_item_answers(file, items={"a": "1", "b": "2"}, respondent="id", keep=["weight"])
    assert found[["respondent", "item", "weight", "source_row"]].to_numpy().tolist() == [
        ["x", "1", 0.5, 0], ["y", "1", 1.5, 1], ["x", "2", 0.5, 0], ["y", "2", 1.5, 1],
    ]  # fmt: skip
    assert found["rating"].isna().sum() == 1
