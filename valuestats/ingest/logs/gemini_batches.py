"""Gemini's batch results: of its own API (``key``, ``response``), and of Vertex, which repeats the request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from valuestats.ingest.answers.texts import sha256_text
from valuestats.ingest.logs.fields import Record, canonical
from valuestats.ingest.logs.rows import LogRow

_FILTERED = frozenset(
    {"safety", "prohibited_content", "blocklist", "recitation", "spii", "image_safety", "other"}
)


def is_gemini_result(record: Mapping[str, Any]) -> bool:
    """Whether a line of a batch is a result of Gemini.

    Examples
    --------
    >>> is_gemini_result({"key": "q1", "response": {"candidates": []}}), is_gemini_result({"custom_id": "q1"})
    (True, False)
    """
    response = record.get("response")
    has_answer = isinstance(response, dict) and bool(
        {"candidates", "promptFeedback", "usageMetadata", "modelVersion"} & set(response)
    )
    if "custom_id" in record:
        return False
    if "key" in record:
        return has_answer or (isinstance(record.get("error"), dict) and "request" not in record)
    return "request" in record and (has_answer or bool(record.get("status")))


def gemini_name(record: Record) -> str:
    """The ``key`` of a request; Vertex has none, so it is the request's own hash."""
    if record.any("key") is not None:
        return record.identifier("key")
    if record.any("id") is not None:
        return record.identifier("id")
    request = record.record("request").value
    if not request:
        raise record.fault("key", "nothing", "the request's key")
    return str(sha256_text(canonical(request)))[:16]


def gemini_rows(result: Record, shared: LogRow) -> list[LogRow]:
    """One row for each candidate."""
    error = result.any("error") or result.any("response.error") or result.any("status")
    response = result.record("response")
    served = response.text("modelVersion")
    shared = replace(shared, model_served=served)
    candidates = response.records("candidates")
    if not candidates:
        blocked = response.text("promptFeedback.blockReason")
        if blocked is not None:
            return [replace(shared, status="refusal", rule="refusal in the log", error=f"blocked: {blocked}")]
        message = error.get("message") if isinstance(error, dict) else error
        return [replace(shared, error=str(message or "no candidates in the response"))]
    return [
        replace(
            shared,
            choice=number,
            raw=_text(candidate),
            stop_reason=_stop(candidate.text("finishReason")),
            logprobs=_tokens(candidate) or None,
        )
        for number, candidate in enumerate(candidates, start=1)
    ]


def _text(candidate: Record) -> str | None:
    parts = candidate.record("content").records("parts")
    texts = [part.text("text") for part in parts if part.any("thought") is not True]
    said = [text for text in texts if text is not None]
    return "".join(said) if said else None


def _stop(reason: str | None) -> str | None:
    known = None if reason is None else reason.lower()
    return "content_filter" if known in _FILTERED else known


def _tokens(candidate: Record) -> list[dict[str, Any]]:
    chosen = candidate.records("logprobsResult.chosenCandidates")
    tops = candidate.records("logprobsResult.topCandidates")
    return [
        {
            "token": token.text("token") or "",
            "logprob": token.number("logProbability"),
            "top_logprobs": [
                {"token": top.text("token") or "", "logprob": top.number("logProbability")}
                for top in (tops[n].records("candidates") if n < len(tops) else [])
            ],
        }
        for n, token in enumerate(chosen)
    ]
