"""Batch files, each record checked by openai 3.52.0 and anthropic 2.11.0 (logs/make_batches.py).

The services themselves can't be asked here: file layout as in the vendors' documentation.
"""

import json
import shutil
from pathlib import Path

import pytest

from valuestats.base.errors import InputError, SpecificationError
from valuestats.ingest import describe, logprob_distributions, read_responses

LOGS = Path(__file__).parent / "logs"
OPENAI, ANTHROPIC = LOGS / "openai_batch", LOGS / "anthropic_batch"


def test_openai_results_are_joined_with_their_requests():
    read = read_responses(OPENAI, scale="pvq21")
    frame = read.frame.set_index(["item", "epoch"])
    assert set(frame["model"]) == {"model-x"}
    assert frame["model_served"].dropna().unique().tolist() == ["model-x-2026-01-01"]
    assert frame["status"].to_dict() == {
        ("q1-1", 1): "valid", ("q2-1", 1): "valid", ("q2-1", 2): "valid", ("q3-1", 1): "refusal",
        ("q4-1", 1): "truncated", ("q5-1", 1): "api_error", ("q6-1", 1): "truncated", ("q7-1", 1): "not_administered",
    }  # fmt: skip
    assert frame["answer"].dropna().to_dict() == {("q1-1", 1): 5, ("q2-1", 1): 5, ("q2-1", 2): 2}
    assert frame["error"].loc[("q5-1", 1)] == "Rate limit reached"
    assert frame["prompt_sha256"].notna().all()
    assert logprob_distributions(read, "pvq21").iloc[0][[5, 2]].tolist() == pytest.approx(
        [0.60653066, 0.13533528]
    )


def test_anthropic_results_come_in_any_order():
    frame = read_responses(ANTHROPIC, scale="pvq21").frame
    assert dict(zip(frame["item"], frame["status"], strict=True)) == {
        "q1": "valid", "q2": "refusal", "q3": "api_error", "q4": "not_administered", "q5": "not_administered",
    }  # fmt: skip
    assert frame["rule"].tolist()[0] == "expired"
    assert set(frame["model"]) == {"model-y"}


def test_identifiers_are_read_from_the_custom_id():
    frame = read_responses(OPENAI, scale="pvq21", custom_id=r"(?P<item>q\d)-(?P<epoch>\d)").frame
    assert sorted(set(frame["item"])) == [f"q{n}" for n in range(1, 8)]
    with pytest.raises(InputError, match="can't be taken"):
        read_responses(OPENAI, scale="pvq21", custom_id=r"(?P<item>q1)-1")
    for pattern in ("(", "q.*", "(?P<item>.*)(?P<answer>)"):
        with pytest.raises(SpecificationError, match="pattern"):
            read_responses(OPENAI, scale="pvq21", custom_id=pattern)


def test_part_of_a_batch_tells_what_is_not_in_it():
    frame = read_responses(OPENAI / "batch_1_error.jsonl", scale="pvq21").frame
    assert frame["status"].value_counts()[["api_error", "not_administered"]].tolist() == [1, 6]


def test_without_the_requests_the_model_must_be_said(tmp_path):
    alone = Path(shutil.copy(OPENAI / "batch_1_output.jsonl", tmp_path))
    with pytest.raises(InputError, match="don't name the requested model"):
        read_responses(alone, scale="pvq21")
    assert len(read_responses(alone, scale="pvq21", model="x")) == 6
    assert len(read_responses(alone, scale="pvq21", inputs=OPENAI / "requests.jsonl")) == 8


def test_requests_that_do_not_fit(tmp_path):
    alone = Path(shutil.copy(ANTHROPIC / "results.jsonl", tmp_path))
    lines = (ANTHROPIC / "requests.jsonl").read_text().splitlines()
    requests = tmp_path / "sent.jsonl"
    requests.write_text("\n".join(lines[1:]))
    with pytest.raises(InputError, match="can't be taken") as caught:
        read_responses(alone, scale="pvq21")
    assert caught.value.row == 2  # q1, the third result
    other = json.loads(lines[0]) | {"params": {"model": "other"}}
    requests.write_text("\n".join([*lines, json.dumps(other)]))
    with pytest.raises(InputError, match="can't be taken") as caught:
        read_responses(alone, scale="pvq21")
    assert caught.value.row == 5


def test_results_that_stand_twice(tmp_path):
    shutil.copytree(ANTHROPIC, tmp_path, dirs_exist_ok=True)
    shutil.copy(ANTHROPIC / "results.jsonl", tmp_path / "again.jsonl")
    with pytest.raises(InputError, match="stands twice"):
        read_responses(tmp_path, scale="pvq21")
    assert len(describe(read_responses(tmp_path, scale="pvq21", duplicates="report")).duplicates) == 5


@pytest.mark.parametrize(
    "line",
    [
        {"custom_id": "q1", "result": {"type": "vanished"}},
        {"custom_id": 3.5, "result": {"type": "expired"}},
        {"custom_id": "q1", "result": []},
        {"custom_id": "q1", "response": {"status_code": "200", "body": {}}},
        {"custom_id": "q1", "response": {"status_code": 200, "body": {"choices": [3]}}},
        {"custom_id": "q1", "response": {"status_code": 200, "body": {"choices": [{"message": "?"}]}}},
    ],
)
def test_lines_that_cannot_be_taken(tmp_path, line):
    file = tmp_path / "out.jsonl"
    file.write_text(json.dumps({"custom_id": "q0", "result": {"type": "expired"}}) + "\n" + json.dumps(line))
    with pytest.raises(InputError, match="can't be taken") as caught:
        read_responses(file, scale="pvq21", model="m")
    assert (caught.value.file, caught.value.row) == (str(file), 1)
