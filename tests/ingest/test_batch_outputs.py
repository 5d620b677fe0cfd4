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
    read = read_responses(OPENAI, scale="pvq21", custom_id=r"(?P<item>q1)-1")
    assert read.items == ["q1"]
    assert len(read.findings) == 6
    with pytest.raises(InputError, match="can't be taken"):
        read_responses(OPENAI, scale="pvq21", custom_id=r"(?P<item>x1)-1")
    for pattern in ("(", "q.*", "(?P<item>.*)(?P<answer>)"):
        with pytest.raises(SpecificationError, match="pattern"):
            read_responses(OPENAI, scale="pvq21", custom_id=pattern)


def test_a_broken_first_line_hides_no_batch(tmp_path):
    file = tmp_path / "out.jsonl"
    line = json.dumps({"custom_id": "q1", "result": {"type": "expired"}})
    file.write_text("{broken\n" + line + "\n")
    read = read_responses(file, scale="pvq21", model="m")
    assert read.items == ["q1"]
    assert read.findings[["kind", "row"]].to_numpy().tolist() == [["record without a row", 0]]


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
    read = read_responses(alone, scale="pvq21")
    assert read.findings["row"].tolist() == [2]  # q1, the third result
    assert "q1" not in read.items
    other = json.loads(lines[0]) | {"params": {"model": "other"}}
    requests.write_text("\n".join([*lines, json.dumps(other)]))
    read = read_responses(alone, scale="pvq21")
    assert read.findings["row"].tolist() == [5, 2]  # the request, and the result that it leaves without one
    assert "q1" not in read.items


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
    read = read_responses(file, scale="pvq21", model="m")
    assert (read.findings["file"][0], read.findings["row"][0]) == ("out.jsonl", 1)
    assert read.frame["status"].tolist() == [
        "not_administered",
        *(["unparsable"] if "q1" in read.items else []),
    ]
    file.write_text(json.dumps(line))
    with pytest.raises(InputError, match="can't be taken") as caught:
        read_responses(file, scale="pvq21", model="m")
    assert (caught.value.file, caught.value.row) == (str(file), 0)


def candidate(*texts, reason="STOP", **more):
    return {
        "content": {"role": "model", "parts": [{"text": t} for t in texts]},
        "finishReason": reason,
        **more,
    }


def gemini(key, *candidates, **more):
    return {"key": key, "response": {"candidates": list(candidates), "modelVersion": "gemini-x-001", **more}}


def test_gemini_batches(tmp_path):
    # The fields are those of the vendor's reference of GenerateContentResponse; the service can't be asked here.
    thought = {"content": {"parts": [{"text": "Not like me", "thought": True}, {"text": "Like me"}]}}
    top = [
        {"candidates": [{"token": "Like", "logProbability": -0.5}, {"token": "Not", "logProbability": -2.0}]}
    ]
    chosen = {"topCandidates": top, "chosenCandidates": [{"token": "Like", "logProbability": -0.5}]}
    lines = [
        gemini("q1", candidate("Like ", "me", logprobsResult=chosen)),
        gemini("q2", candidate("Like me"), candidate("Not like me")),
        gemini("q3", thought),
        gemini("q4", candidate("I would say", reason="MAX_TOKENS")),
        gemini("q5", {"finishReason": "SAFETY"}),
        gemini("q6", promptFeedback={"blockReason": "PROHIBITED_CONTENT"}),
        {"key": "q7", "error": {"code": 429, "message": "quota"}},
    ]
    (tmp_path / "results.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    read = read_responses(tmp_path, scale="pvq21")
    frame = read.frame.set_index(["item", "epoch"])
    assert set(frame["model"]) == {"gemini-x-001"} or "q7" not in read.items
    assert frame["answer"].dropna().to_dict() == {("q1", 1): 5, ("q2", 1): 5, ("q2", 2): 2, ("q3", 1): 5}
    assert frame["status"].tolist()[4:7] == ["truncated", "refusal", "refusal"]
    assert "the requested model isn't in the file" in read.findings["kind"].tolist()
    requests = [{"key": f"q{n}", "request": {"contents": [{"parts": [{"text": "?"}]}]}} for n in range(1, 9)]
    (tmp_path / "sent.jsonl").write_text("".join(json.dumps(line) + "\n" for line in requests))
    frame = read_responses(tmp_path, scale="pvq21", model="gemini-x").frame.set_index(["item", "epoch"])
    assert frame["status"].loc[("q7", 1)] == "api_error"
    assert frame["status"].loc[("q8", 1)] == "not_administered"
    assert frame["prompt_sha256"].notna().all()


def test_gemini_batches_of_vertex_repeat_their_request(tmp_path):
    request = {"contents": [{"parts": [{"text": "?"}]}], "labels": {"item": "q1"}}
    line = {
        "status": "",
        "request": request,
        "response": {"candidates": [candidate("Like me")], "modelVersion": "g"},
    }
    file = tmp_path / "predictions.jsonl"
    file.write_text(json.dumps(line))
    frame = read_responses(file, scale="pvq21", fields={"item": "request.labels.item"}).frame
    assert frame[["model", "item", "answer"]].iloc[0].tolist() == ["g", "q1", 5]
