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


def test_without_the_requests_the_model_is_the_one_that_answered(tmp_path):
    alone = Path(shutil.copy(OPENAI / "batch_1_output.jsonl", tmp_path))
    read = read_responses(alone, scale="pvq21")
    assert read.models == ["model-x-2026-01-01"]
    assert read.findings["kind"].tolist() == ["the requested model isn't in the file"]
    assert len(read_responses(alone, scale="pvq21", model="x")) == 6
    assert len(read_responses(alone, scale="pvq21", inputs=OPENAI / "requests.jsonl")) == 8
    claude = Path(shutil.copy(ANTHROPIC / "results.jsonl", tmp_path / "claude"))
    read = read_responses(claude, reader="batch", scale="pvq21")
    served = json.loads((ANTHROPIC / "results.jsonl").read_text().splitlines()[2])["result"]["message"][
        "model"
    ]
    assert read.models == [served]
    failed = tmp_path / "failed.jsonl"
    failed.write_text((OPENAI / "batch_1_error.jsonl").read_text())
    with pytest.raises(InputError, match="names a model"):
        read_responses(failed, scale="pvq21")


def batch(folder, model, name=None, *, answered=None, texts="q", ids=("pvq-1", "pvq-2", "pvq-3"), error=()):
    """A batch of one model as OpenAI gives it back, with the file that was sent in."""
    folder.mkdir(exist_ok=True)
    name = name or model
    requests = [
        {"custom_id": i, "method": "POST", "url": "/v1/chat/completions",
         "body": {"model": model, "messages": [{"role": "user", "content": f"{texts} {i}"}]}}
        for i in ids
    ]  # fmt: skip
    body = {"model": answered or model, "choices": [{"message": {"content": f"I say {len(name) % 6 + 1}"}}]}
    results = [
        {"custom_id": i, "response": {"status_code": 200, "body": body}, "error": None}
        for i in ids
        if i not in error
    ]
    for file, lines in ((f"{name}_sent.jsonl", requests), (f"{name}_out.jsonl", results)):
        (folder / file).write_text("".join(json.dumps(line) + "\n" for line in lines))
    if error:
        failed = [{"custom_id": i, "response": None, "error": {"message": "no"}} for i in error]
        (folder / f"{name}_error.jsonl").write_text("".join(json.dumps(line) + "\n" for line in failed))


def test_batches_with_the_same_names_are_told_apart_by_model(tmp_path):
    for model in ("gpt-a-2026-01-01", "gpt-a-mini-2026-01-01", "o3"):
        batch(tmp_path / "in", model, error=("pvq-2",) if model == "o3" else ())
    read = read_responses(tmp_path / "in", scale="pvq21")
    assert read.frame.groupby("model", observed=True).size().to_dict() == {
        "gpt-a-2026-01-01": 3, "gpt-a-mini-2026-01-01": 3, "o3": 3,
    }  # fmt: skip
    assert read.findings.empty
    assert read.frame.loc[read.frame["status"] == "api_error", ["model", "item"]].to_numpy().tolist() == [
        ["o3", "pvq-2"]
    ]
    assert describe(read).conflicts["kind"].tolist() == []
    one = read_responses(tmp_path / "in" / "o3_out.jsonl", scale="pvq21")
    assert one.models == ["o3"]
    assert len(one) == 3  # the request in the error file, which was not asked for, is not administered


def test_results_whose_requests_are_missing_are_not_those_of_another_batch(tmp_path):
    for model in ("gpt-a", "o3"):
        batch(tmp_path, model)
    (tmp_path / "o3_sent.jsonl").unlink()
    read = read_responses(tmp_path, scale="pvq21")
    assert read.models == ["gpt-a", "o3"]
    assert read.findings[["kind", "file"]].to_numpy().tolist() == [
        ["the requested model isn't in the file", "o3_out.jsonl"]
    ]
    assert read.frame.loc[read.frame["model"] == "o3", "prompt_sha256"].isna().all()


def test_batches_of_one_model_go_by_their_folder_or_are_refused(tmp_path):
    batch(tmp_path / "a", "m", "first", texts="plain")
    batch(tmp_path / "b", "m", "second", texts="polite")
    read = read_responses(tmp_path, scale="pvq21", duplicates="report")
    assert read.frame.groupby("item", observed=True)["prompt_sha256"].nunique().tolist() == [2, 2, 2]
    batch(tmp_path / "a", "m", "second", texts="polite")
    with pytest.raises(InputError, match="which requests these results answer") as caught:
        read_responses(tmp_path / "a", scale="pvq21", duplicates="report")
    assert "folder of its own" in caught.value.hint
    (tmp_path / "a" / "first_out.jsonl").unlink()
    with pytest.raises(InputError, match="which requests these results answer"):
        read_responses(tmp_path / "a", scale="pvq21")
    assert (
        len(read_responses(tmp_path / "a", scale="pvq21", inputs=tmp_path / "a" / "second_sent.jsonl")) == 3
    )


def test_another_model_than_was_asked_is_a_finding(tmp_path):
    batch(tmp_path, "my-deployment", answered="gpt-a-2026-01-01")
    read = read_responses(tmp_path, scale="pvq21")
    assert read.models == ["my-deployment"]
    assert read.findings["kind"].tolist() == ["another model answered than was asked"]
    assert "answered gpt-a-2026-01-01 (3 rows)" in read.findings["found"][0]


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


def failing_batch(folder):
    """Two models of two runs from 0 without the file sent in; one call of each failed and names no model."""
    lines = []
    for model in ("m-one", "m-two"):
        for run in (0, 1):
            message = {"message": {"role": "assistant", "content": "5"}, "finish_reason": "stop"}
            response = {"status_code": 200, "body": {"model": f"{model}-2026", "choices": [message]}}
            failed = run == 1
            lines.append(
                {
                    "id": f"b{model}{run}",
                    "custom_id": f"{model}|q1|{run}",
                    "response": None if failed else response,
                    "error": {"code": "rate_limit", "message": "too many"} if failed else None,
                }
            )
    (folder / "out.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return folder / "out.jsonl"


def test_a_call_that_failed_is_a_row_where_its_identifier_names_the_model(tmp_path):
    file = failing_batch(tmp_path)
    for option in ("custom_id", "item_pattern"):
        pattern = {option: r"(?P<model>[^|]+)\|(?P<item>q\d)\|(?P<epoch>\d)"}
        read = read_responses(file, scale="pvq21", **pattern)
        frame = read.frame.sort_values(["model", "epoch"])
        assert frame[["model", "item", "epoch", "status"]].astype(object).to_numpy().tolist() == [
            ["m-one", "q1", 1, "valid"], ["m-one", "q1", 2, "api_error"],
            ["m-two", "q1", 1, "valid"], ["m-two", "q1", 2, "api_error"],
        ]  # fmt: skip
    without = read_responses(file, scale="pvq21", item_pattern=r".*\|(?P<item>q\d)\|(?P<epoch>\d)")
    assert len(without) == 2
    assert without.findings["found"].str.contains("names a model").sum() == 2
