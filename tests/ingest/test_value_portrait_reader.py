"""The Value Portrait reader on a small release, and on files that are damaged."""

import gzip
import hashlib
import json

import pytest
from small_release import ITEMS, record, write_json, write_release

from valuestats.base.errors import InputError, SpecificationError
from valuestats.ingest import read_ratings, read_responses
from valuestats.systems.value_portrait import release as vp

FINAL = "lm_evaluation/outputs/final"


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "gz"])
def small(request, tmp_path_factory):
    return write_release(tmp_path_factory.mktemp("release"), compress=request.param)


@pytest.fixture(scope="module")
def frame(small):
    return read_responses(small).frame


def test_every_record_is_one_row(frame):
    assert len(frame) == 2 * 2 * 2 * len(ITEMS)
    assert not frame.duplicated(["model", "item", "wording", "option_order"]).any()
    assert sorted(frame["model"].unique()) == ["model:one", "two_v1-lite"]
    assert set(frame["item"]) == {"7-1", "7-2", "12-1"}
    assert frame.groupby("item")["cluster"].first().to_dict() == {"7-1": "7", "7-2": "7", "12-1": "12"}
    assert set(frame["provider"]) == {"alpha", "beta"}
    assert frame["status"].value_counts().loc[lambda n: n > 0].to_dict() == {
        "valid": 15,
        "unparsable": 6,
        "refusal": 1,
        "api_error": 1,
        "empty": 1,
    }


def test_failed_calls_keep_their_message_and_unread_texts_are_recovered(frame):
    failed = frame[frame["source_file"].astype(str).str.endswith("model:one_v1_results.json")]
    assert failed["status"].tolist() == ["api_error", "refusal", "empty"]
    assert failed["raw"].isna().tolist() == [True, False, False]
    assert failed["error"].tolist() == ["API error: Insufficient credits", vp.NOT_PARSED, vp.NOT_PARSED]
    assert failed["raw"].tolist()[1] == "I'm sorry, but I can't help with that."
    recovered = frame[(frame["error"] == vp.NOT_PARSED) & (frame["status"] == "valid")]
    assert recovered[["raw", "answer"]].to_numpy().tolist() == [["not at all like me", 1]]


def test_the_order_is_read_from_the_prompt(frame):
    backwards = frame["source_file"].astype(str).str.contains("_reversed_")
    assert (frame.loc[backwards, "option_order"] == "ascending").all()
    assert (frame.loc[~backwards, "option_order"] == "descending").all()


def test_hashes_are_of_the_uncompressed_content(small, frame):
    row = frame.iloc[0]
    path = small / row["source_file"]
    content = (
        path.read_bytes()
        if path.exists()
        else gzip.decompress(path.with_name(path.name + ".gz").read_bytes())
    )
    assert row["source_file"].startswith(FINAL)
    assert row["source_sha256"] == hashlib.sha256(content).hexdigest()
    prompt = json.loads(content)[row["source_row"]]["prompt"]
    assert row["prompt_sha256"] == hashlib.sha256(prompt.encode()).hexdigest()
    assert "prompt" not in frame.columns


def test_published_parser(small):
    frame = read_responses(small, compat="published").frame
    asked = frame["published_answer"].notna()
    assert (frame.loc[asked, "answer"] == frame.loc[asked, "published_answer"]).all()
    one = frame[frame["raw"] == "not at all like me"].iloc[0]
    assert (one["answer"], one["rule"]) == (5, "published contained")


def test_a_folder_inside_single_files_and_a_list_give_the_same_rows(small, frame):
    inner = small / FINAL / "alpha"
    files = sorted(inner.iterdir())
    whole = frame[frame["provider"] == "alpha"]
    for given in (inner, files, [str(f) for f in files]):
        part = vp.read_responses(given).frame
        assert part["source_file"].astype(str).tolist() == whole["source_file"].astype(str).tolist()
        assert part["raw"].fillna("").tolist() == whole["raw"].fillna("").tolist()
    assert len(read_responses(files[0])) == len(ITEMS)


def test_a_file_that_stands_plain_and_compressed_is_read_once(tmp_path):
    for compress in (False, True):
        write_release(tmp_path, compress=compress)
    assert len(read_responses(tmp_path)) == 24


def test_people(small):
    ratings = read_ratings(small)
    assert ratings.frame[["respondent", "item", "rating", "group"]].astype(object).to_numpy().tolist() == [
        ["P1", "7-1", 5.0, "0"],
        ["P2", "7-1", 2.0, "0"],
        ["P1", "7-2", 1.0, "0"],
        ["P1", "12-1", 6.0, "1"],
        ["P3", "12-1", 3.0, "1"],
    ]
    assert ratings.frame["source_row"].tolist() == list(range(5))
    assert ratings.scale == (1, 6)
    assert len(ratings.values) == 12
    assert any("respondent P1 rates in groups 0, 1" in line for line in ratings.conflicts)
    assert any("P4" in line and "no ratings" in line for line in ratings.conflicts)
    assert ratings.matrix()[0].shape == (3, 3)


def test_items_and_published_numbers(small):
    assert vp.read_items(small).frame.iloc[0].tolist() == ["7-1", "7", "Reply 1 to 7."]
    correlations = vp.read_published_correlations(small)
    assert correlations.iloc[0].tolist() == ["7-1", "bfi", "Openness", 0.5, 0.01]
    assert set(correlations["family"]) == {"bfi", "pvq", "higher_pvq"}
    scores = vp.read_published_scores(small)
    assert scores.iloc[0].tolist() == ["model:one", "pvq", "Power", -0.5, 4.0, 0.25, 2]


def _file(tmp_path, records, name="m_v1_results.json"):
    return write_json(tmp_path / FINAL / "p" / name, records, compress=False)


def test_an_item_with_two_texts_is_told_apart_by_hash(tmp_path):
    _file(tmp_path, [record(7, 1, "like me")])
    other = record(7, 1, "like me")
    other["content"] = {"text": "Another question?", "output_text": "Another reply."}
    _file(tmp_path, [other], "m_v2_results.json")
    assert read_responses(tmp_path).frame["item_text_sha256"].nunique() == 2


def test_a_question_that_stands_twice(tmp_path):
    file = _file(tmp_path, [record(7, 1, "like me"), record(7, 2, "like me"), record(7, 1, "not like me")])
    with pytest.raises(InputError, match="a question stands twice") as caught:
        read_responses(tmp_path)
    assert (caught.value.row, file.name in caught.value.file, "row 0" in str(caught.value)) == (2, True, True)
    assert len(read_responses(tmp_path, duplicates="report")) == 3
    with pytest.raises(SpecificationError, match="no such duplicates"):
        read_responses(tmp_path, duplicates="drop")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"option_id": None}, "lacks its identifier"),
        ({"raw_response": 4}, "wrong type"),
        ({"prompt": 4}, "wrong type"),
        ({"error": 4, "raw_response": None}, "wrong type"),
        ({"portrait_id": [1]}, "wrong type"),
    ],
)
def test_a_bad_record_is_named_by_file_and_row(tmp_path, change, message):
    file = _file(tmp_path, [record(7, 1, "like me"), record(7, 2, "like me") | change])
    with pytest.raises(InputError, match=message) as caught:
        read_responses(tmp_path)
    assert (caught.value.file, caught.value.row) == (str(file), 1)


def test_half_a_character_in_an_identifier_is_read_as_the_mark_for_it(tmp_path):
    _file(tmp_path, [record("7\ud800", 1, "like me"), record("7\udfff", 1, "not like me")])
    found = read_responses(tmp_path, duplicates="report").frame
    assert found["item"].tolist() == ["7\ufffd-1"] * 2
    assert found["cluster"].tolist() == ["7\ufffd"] * 2


def test_a_missing_identifier(tmp_path):
    bad = record(7, 1, "like me")
    del bad["portrait_id"]
    _file(tmp_path, [bad])
    with pytest.raises(InputError, match="lacks its identifier") as caught:
        read_responses(tmp_path)
    assert caught.value.parameter == "portrait_id"


@pytest.mark.parametrize("compress", [False, True], ids=["plain", "gz"])
@pytest.mark.parametrize("keep", [0.5, 0.9, -1])
def test_a_file_that_ends_early(tmp_path, compress, keep):
    path = write_json(tmp_path / "m_v1_results.json", [record(7, 1, "like me")], compress=compress)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)] if keep > 0 else data[:-1])
    with pytest.raises(InputError, match="ends early") as caught:
        vp.read_responses(path)
    assert caught.value.file == str(path)
    assert "byte" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "a PNG image"),
        (b"PK\x03\x04" + bytes(64), "a ZIP archive"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "a web page"),
        (b'{"portrait_id": 1}', "not a list of records"),
        (b"[1, 2]", "not a record"),
        (b"[]", "no records"),
        (b"portrait_id,option_id\n1,2\n", "not JSON"),
        (b'[{"portrait_id": 7, "raw_response": "caf\xe9"}]', "not UTF-8"),
        (b"[" * 100_000, "nested too deep|ends early|not JSON"),
        (gzip.compress(b"[]")[:-9], "ends early"),
        (gzip.compress(b""), "the file is empty"),
    ],
    ids=[
        "empty",
        "png",
        "zip",
        "html",
        "object",
        "numbers",
        "none",
        "csv",
        "latin1",
        "deep",
        "cut gz",
        "empty gz",
    ],
)
def test_a_file_that_is_something_else(tmp_path, content, message):
    path = tmp_path / "m_v1_results.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        vp.read_responses(path)
    assert "m_v1_results.json" in caught.value.file


def test_gzip_in_several_members(tmp_path):
    data = json.dumps([record(7, 1, "like me")]).encode()
    path = tmp_path / "m_v1_results.json.gz"
    path.write_bytes(gzip.compress(data[:50]) + gzip.compress(data[50:]))
    assert vp.read_responses(path).frame["source_sha256"].iloc[0] == hashlib.sha256(data).hexdigest()


def test_folders_without_results(tmp_path):
    with pytest.raises(InputError, match="no Value Portrait result files"):
        vp.read_responses(tmp_path)
    with pytest.raises(InputError, match="no such folder"):
        vp.read_responses(tmp_path / "absent")
    (tmp_path / "other_name.json").write_text("[]")
    with pytest.raises(InputError, match="not the name of a result file"):
        vp.read_responses([tmp_path / "other_name.json"])
    with pytest.raises(InputError, match="the release lacks a file"):
        vp.read_ratings(tmp_path)


@pytest.mark.parametrize(
    ("rating", "message"),
    [(9, "not a number on the scale"), (None, "not a number on the scale"), ("5", "not as released")],
)
def test_a_rating_that_is_none(tmp_path, rating, message):
    write_release(tmp_path)
    survey = [{"7": [{"option_id": 1, "data": [[5, "P1"], [rating, "P2"]]}]}]
    write_json(tmp_path / "data/prolific/survey/main/survey.json", survey, compress=False)
    with pytest.raises(InputError, match=message) as caught:
        read_ratings(tmp_path)
    assert caught.value.row == 1
    assert caught.value.file.endswith("survey.json")


def test_a_rating_that_stands_twice(tmp_path):
    write_release(tmp_path)
    survey = [{"7": [{"option_id": 1, "data": [[5, "P1"], [4, "P1"]]}]}]
    write_json(tmp_path / "data/prolific/survey/main/survey.json", survey, compress=False)
    with pytest.raises(InputError, match="same key") as caught:
        read_ratings(tmp_path)
    assert caught.value.row == 1


def test_value_portrait_takes_no_column_map(tmp_path):
    write_release(tmp_path)
    with pytest.raises(SpecificationError, match="no such argument"):
        read_responses(tmp_path, reader="value_portrait", columns={"item": "portrait_id"})
    with pytest.raises(SpecificationError, match="brings its own"):
        read_ratings(tmp_path, scale=(0, 10))
