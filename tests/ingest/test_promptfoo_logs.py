"""promptfoo, as version 0.118.0 itself wrote it with a mock provider (logs/make_promptfoo.py)."""

import json
from pathlib import Path

import pytest

from valuestats.base.errors import InputError
from valuestats.ingest import read_responses

FILE = Path(__file__).parent / "logs" / "promptfoo_repeats.json"


def test_every_result_is_a_row_and_repeats_are_epochs():
    frame = read_responses(FILE, scale="pvq21").frame
    assert len(frame) == len(json.loads(FILE.read_text())["results"]["results"]) == 12
    assert frame["epoch"].tolist() == [1, 1, 2, 2, 3, 3] * 2
    assert frame["item"].tolist() == ["q1"] * 6 + ["q2"] * 6
    assert set(frame["wording"]) == {"prompt-0", "prompt-1"}
    assert frame["status"].tolist()[:6] == ["valid", "valid", "refusal", "truncated", "api_error", "empty"]
    assert set(frame["model"]) == {"mock-1"}


def test_cached_repeats_are_kept_but_are_no_answers(capsys):
    frame = read_responses(FILE, scale="pvq21").frame
    copies = frame[frame["rule"] == "cached copy"]
    assert copies["source_row"].tolist() == [9, 11]
    assert set(copies["status"]) == {"not_administered"}
    assert copies["raw"].notna().all()
    assert copies["answer"].isna().all()
    assert frame["status"].iloc[7] == "valid"  # cached too, but the first of its question
    assert "2 of 12 rows are cached copies" in capsys.readouterr().err


def test_tests_without_a_name_are_told_apart_by_their_variables(tmp_path):
    content = json.loads(FILE.read_text())
    for result in content["results"]["results"]:
        del result["vars"]["id"]
        result["error"] = "an assertion failed"
    file = tmp_path / "out.json"
    file.write_text(json.dumps(content))
    frame = read_responses(file, scale="pvq21").frame
    assert frame["item"].tolist() == ["test-0"] * 6 + ["test-3"] * 6
    assert frame["status"].tolist()[0] == "valid"  # the call went well


@pytest.mark.parametrize(
    ("field", "value"), [("testIdx", "a"), ("vars", 3), ("provider", {}), ("response", []), ("prompt", 1)]
)
def test_fields_that_cannot_be_taken(tmp_path, field, value):
    content = json.loads(FILE.read_text())
    content["results"]["results"][4][field] = value
    file = tmp_path / "out.json"
    file.write_text(json.dumps(content))
    with pytest.raises(InputError, match="can't be taken") as caught:
        read_responses(file, scale="pvq21")
    assert (caught.value.file, caught.value.row) == (str(file), 4)
