"""The front door: which reader is taken, and ratings from tables."""

import subprocess
import sys

import pytest
from small_release import write_release

from valuestats.base.errors import InputError, SpecificationError
from valuestats.ingest import read_ratings, read_responses
from valuestats.ingest.answers.scales import as_scale
from valuestats.instruments import load_instrument


def test_auto_takes_the_release_unless_columns_are_declared(tmp_path):
    write_release(tmp_path)
    assert "provider" in read_responses(tmp_path).frame.columns
    file = next((tmp_path / "lm_evaluation" / "outputs" / "final").rglob("*v2_results.json"))
    table = read_responses(
        file, columns={"item": "option_id", "cluster": "portrait_id", "raw": "raw_response"},
        constants={"model": "m"}, scale="value_portrait", duplicates="report",
    )  # fmt: skip
    assert table.frame["source_file"].tolist() == [file.name] * 3


def test_what_no_reader_recognises(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.sav").write_bytes(b"$FL2")
    (tmp_path / "a.txt").write_text("hello")
    for path, message in (
        (tmp_path / "empty", "the folder is empty"),
        (tmp_path / "absent.csv", "no such file"),
        (tmp_path / "absent", "no such file"),
        (tmp_path / "a.sav", "a survey holds people's answers"),
        (tmp_path / "a.txt", "no reader recognises this"),
    ):
        with pytest.raises(InputError, match=message):
            read_responses(path, scale="pvq21")


def test_a_scale_may_be_named_or_given(tmp_path):
    pvq = load_instrument("pvq21")
    assert as_scale("pvq21") is as_scale(pvq) is as_scale(pvq.scale)
    with pytest.raises(InputError, match="unknown instrument"):
        as_scale("pvq99")
    with pytest.raises(SpecificationError, match="not a scale"):
        as_scale(5)


def _ratings(tmp_path, rows, values="person,family,dimension,score\np,pvq,Power,1\nq,pvq,Power,2\n"):
    ratings, own = tmp_path / "ratings.csv", tmp_path / "values.csv"
    ratings.write_text("person,item,rating\n" + rows)
    own.write_text(values)
    return read_ratings(ratings, values=own, columns={"respondent": "person"}, scale=(1, 6))


def test_ratings_from_tables(tmp_path):
    read = _ratings(tmp_path, "p,1,6\nq,1,2\nr,2,3\n")
    assert read.frame["rating"].tolist() == [6, 2, 3]
    assert read.values["score"].tolist() == [1, 2]
    assert read.conflicts == ("1 raters have no own scores: r",)
    assert read.frame["source_row"].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("p,1,6\nq,1,7\n", "not a number on the scale"),
        ("p,1,6\nq,1,\n", "not a number on the scale"),
        ("p,1,6\nq,1,nan\n", "not a number on the scale"),
        ("p,1,6\nq,1,often\n", "not a number"),
        ("p,1,6\np,1,5\n", "same key"),
        ("p,1,6\n,1,5\n", "'respondent' may not stand there"),
    ],
)
def test_bad_ratings_are_named_by_file_and_row(tmp_path, rows, message):
    with pytest.raises(InputError, match=message) as caught:
        _ratings(tmp_path, rows)
    assert caught.value.row == 1
    assert "ratings.csv" in caught.value.file


def test_values_that_stand_twice_or_lack_a_column(tmp_path):
    with pytest.raises(InputError, match="same key"):
        _ratings(tmp_path, "p,1,6\n", "person,family,dimension,score\np,pvq,Power,1\np,pvq,Power,2\n")
    with pytest.raises(InputError, match="a column is missing") as caught:
        _ratings(tmp_path, "p,1,6\n", "person,family,dimension\np,pvq,Power\n")
    assert caught.value.parameter == "score"


def test_ratings_need_a_scale_and_a_known_reader(tmp_path):
    file = tmp_path / "r.csv"
    file.write_text("respondent,item,rating\np,1,6\n")
    with pytest.raises(SpecificationError, match="need a scale"):
        read_ratings(file)
    with pytest.raises(SpecificationError, match="unknown reader"):
        read_ratings(file, reader="spss", scale=(1, 6))
    assert len(read_ratings(file, scale=(1, 6)).values) == 0


def test_importing_the_readers_is_light():
    code = "import sys, valuestats.ingest; print('pandas' in sys.modules, 'pyarrow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_a_public_name_stays_a_function():
    import valuestats.ingest

    for name in ("describe", "parse_answers", "read_ratings", "read_responses"):
        assert callable(getattr(valuestats.ingest, name))
    with pytest.raises(AttributeError):
        _ = valuestats.ingest.read_everything
