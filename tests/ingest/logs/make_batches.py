"""Write the batch files of this folder, each record checked by the vendors' own client libraries.

Made with openai and anthropic (see VERSIONS in the output of this script); their services are not asked. Run in an
environment of its own: ``python make_batches.py FOLDER``.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

from anthropic.types.messages import MessageBatchIndividualResponse
from openai.types.chat import ChatCompletion
from openai.types.responses import Response

LETTERS = "How much like you?\nA) Like me\nB) Not like me"


def chat(texts, reason="stop", refusal=None, logprobs=None):
    body = {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1790000000, "model": "model-x-2026-01-01",
        "choices": [
            {"index": n, "finish_reason": reason, "logprobs": logprobs,
             "message": {"role": "assistant", "content": text, "refusal": refusal}}
            for n, text in enumerate(texts)
        ],
    }  # fmt: skip
    ChatCompletion.model_validate(body)
    return body


def response(text):
    body = {
        "id": "resp_1", "object": "response", "created_at": 1790000000, "model": "model-x-2026-01-01",
        "status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}, "parallel_tool_calls": True,
        "tool_choice": "auto", "tools": [],
        "output": [
            {"id": "msg_1", "type": "message", "role": "assistant", "status": "incomplete",
             "content": [{"type": "output_text", "text": text, "annotations": []}]}
        ],
    }  # fmt: skip
    Response.model_validate(body)
    return body


def lines(path, records):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


def openai(folder):
    ids = ["q1-1", "q2-1", "q3-1", "q4-1", "q5-1", "q6-1", "q7-1"]
    lines(folder / "requests.jsonl", [
        {"custom_id": i, "method": "POST", "url": "/v1/chat/completions",
         "body": {"model": "model-x", "messages": [{"role": "user", "content": f"{i}: {LETTERS}"}], "n": 1}}
        for i in ids
    ])  # fmt: skip
    top = {
        "token": "A",
        "logprob": -0.5,
        "bytes": [65],
        "top_logprobs": [
            {"token": "A", "logprob": -0.5, "bytes": [65]},
            {"token": " b", "logprob": -2.0, "bytes": [32, 98]},
        ],
    }
    bodies = {
        "q3-1": chat([None], refusal="I'm sorry, I can't help with that."),
        "q1-1": chat(["A"], logprobs={"content": [top], "refusal": None}),
        "q2-1": chat(["Like me.", "B) Not like me"]),
        "q4-1": chat(["Let me think"], "length"),
        "q6-1": response("Let me think about"),
    }
    lines(folder / "batch_1_output.jsonl", [
        {"id": f"batch_req_{n}", "custom_id": i, "error": None,
         "response": {"status_code": 200, "request_id": "r", "body": body}}
        for n, (i, body) in enumerate(bodies.items())
    ])  # fmt: skip
    lines(folder / "batch_1_error.jsonl", [
        {"id": "batch_req_9", "custom_id": "q5-1", "error": None, "response": {
            "status_code": 429, "request_id": "r",
            "body": {"error": {"message": "Rate limit reached", "type": "requests", "code": "rate_limit"}}}},
    ])  # fmt: skip


def anthropic(folder):
    ids = ["q1", "q2", "q3", "q4", "q5"]
    lines(folder / "requests.jsonl", [
        {"custom_id": i, "params": {"model": "model-y", "max_tokens": 20, "messages": [
            {"role": "user", "content": [{"type": "text", "text": f"{i}: {LETTERS}"}]}]}} for i in ids
    ])  # fmt: skip

    def succeeded(text, stop):
        return {"type": "succeeded", "message": {
            "id": "msg_1", "type": "message", "role": "assistant", "model": "model-y-2026-01-01", "stop_reason": stop,
            "stop_sequence": None, "content": [{"type": "text", "text": text}] if text else [],
            "usage": {"input_tokens": 10, "output_tokens": 5}}}  # fmt: skip

    error = {
        "type": "error",
        "request_id": None,
        "error": {"type": "overloaded_error", "message": "Overloaded"},
    }
    results = {
        "q4": {"type": "expired"}, "q2": succeeded("", "refusal"), "q1": succeeded("B", "end_turn"),
        "q3": {"type": "errored", "error": error}, "q5": {"type": "canceled"},
    }  # fmt: skip
    records = [{"custom_id": i, "result": result} for i, result in results.items()]
    for record in records:
        MessageBatchIndividualResponse.model_validate(record)
    lines(folder / "results.jsonl", records)


if __name__ == "__main__":
    print("VERSIONS", *(f"{name} {version(name)}" for name in ("openai", "anthropic")))
    openai(Path(sys.argv[1]) / "openai_batch")
    anthropic(Path(sys.argv[1]) / "anthropic_batch")
