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
def test_fields_that_cannot_be_taken_stop_nothing(tmp_path, field, value):
    content = json.loads(FILE.read_text())
    content["results"]["results"][4][field] = value
    file = tmp_path / "out.json"
    file.write_text(json.dumps(content))
    read = read_responses(file, scale="pvq21")
    if field == "testIdx":  # the test is named by its variables
        assert len(read) == 12
        return
    row = read.findings.iloc[0]
    assert (row["file"], row["row"]) == ("out.json", 4)
    assert len(read) == (12 if field in ("response", "prompt") else 11)
    if len(read) == 12:
        assert read.frame["status"][4] == "unparsable"
    assert read.frame["epoch"].tolist()[-3:] == [2, 3, 3]


def older(version, results=None, table=None):
    content = {"version": version, "timestamp": "2024-01-01", "results": results, "stats": {}, "table": table}
    return {
        "results": {k: v for k, v in content.items() if v is not None},
        "config": {},
        "shareableUrl": None,
    }


@pytest.mark.parametrize("bare", [False, True])
def test_exports_of_version_2_number_neither_tests_nor_prompts(tmp_path, bare):
    # The fields are those of promptfoo's EvaluateSummaryV2.
    results = [
        {"provider": {"id": provider, "label": ""}, "prompt": {"raw": f"{template} {topic}?", "label": template},
         "vars": {"topic": topic}, "response": {"output": text}, "success": True}
        for topic, text in (("taxes", "Like me"), ("war", "Not like me"))
        for template in ("How much", "And how")
        for provider in ("openai:a", "openai:b")
    ] * 2  # fmt: skip
    content = older(2, results)
    file = tmp_path / "out.json"
    file.write_text(json.dumps(content["results"] if bare else content))
    frame = read_responses(file, scale="pvq21").frame
    assert len(frame) == 16
    assert frame["item"].tolist()[::4] == ["test-0", "test-1"] * 2
    assert frame["wording"].tolist()[:4] == ["prompt-0", "prompt-0", "prompt-1", "prompt-1"]
    assert frame["epoch"].tolist() == [1] * 8 + [2] * 8
    assert frame["answer"].tolist() == [5] * 4 + [2] * 4 + [5] * 4 + [2] * 4


def test_exports_of_version_1(tmp_path):
    file = tmp_path / "out.json"
    result = {"prompt": {"raw": "How much?", "display": "How much?"}, "vars": {"id": "q1"},
              "response": {"output": "Like me"}, "success": True}  # fmt: skip
    file.write_text(json.dumps(older(1, [result])))
    with pytest.raises(InputError, match="can't be taken") as caught:
        read_responses(file, scale="pvq21")
    assert "say model=" in caught.value.expected
    frame = read_responses(file, scale="pvq21", model="m").frame
    assert frame[["model", "item", "answer"]].iloc[0].tolist() == ["m", "q1", 5]
    prompt = {"raw": "How much?", "display": "d", "provider": "openai:a"}
    body = [{"outputs": ["Like me"], "vars": ["q1"]}, {"outputs": [{"text": "Not like me"}], "vars": ["q2"]}]
    table = {"head": {"prompts": [prompt], "vars": ["item"]}, "body": body}
    file.write_text(json.dumps(older(1, table=table)))
    frame = read_responses(file, scale="pvq21").frame
    assert frame[["model", "item", "answer"]].to_numpy().tolist() == [
        ["openai:a", "q1", 5],
        ["openai:a", "q2", 2],
    ]
    file.write_text(json.dumps(older(2)))
    with pytest.raises(InputError, match="a promptfoo export of version 2 without results"):
        read_responses(file, reader="promptfoo", scale="pvq21")
