"""Batches of OpenAI, Anthropic and Gemini: results joined with their requests on ``custom_id`` or ``key``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from valuestats.base.errors import InputError
from valuestats.ingest.answers.letters import listed_options
from valuestats.ingest.answers.parse import Compat
from valuestats.ingest.findings import FILE, NOT_READ, readable
from valuestats.ingest.identifiers import identifier_pattern
from valuestats.ingest.identity import Duplicates
from valuestats.ingest.item_scales import Scales
from valuestats.ingest.logs.batch_pairs import (
    answering_model,
    find_other_models,
    name_of,
    name_or_none,
    paired,
)
from valuestats.ingest.logs.fields import Record, canonical, json_lines
from valuestats.ingest.logs.gemini_batches import gemini_rows, is_gemini_result
from valuestats.ingest.logs.loop import Asked, LogFormat, head_of, read_logs
from valuestats.ingest.logs.rows import LogRow, choices_as_epochs
from valuestats.ingest.sources import Source, parse_json, plain_name, read_source
from valuestats.tables import Responses

_Inputs = str | Path | Iterable[str | Path] | None
_FIRST_LINE, _LINES = 1 << 22, 10
_PROMPT = (
    "system", "messages", "instructions", "input", "prompt", "contents", "systemInstruction", "system_instruction",
)  # fmt: skip


def _is_output(path: Path) -> bool:
    first = _first(path)
    if "custom_id" in first:
        return "result" in first or ("response" in first and "body" not in first)
    return is_gemini_result(first)


def _is_input(path: Path) -> bool:
    first = _first(path)
    if "custom_id" in first:
        return "params" in first or "body" in first
    return "key" in first and "request" in first and "response" not in first


def _first(path: Path) -> dict[str, Any]:
    """The first record of a file of JSON lines that can be read; broken lines may stand before it."""
    if not plain_name(path.name).endswith((".jsonl", ".ndjson")):
        return {}
    for line in head_of(path, _FIRST_LINE).lstrip().split(b"\n", _LINES)[:_LINES]:
        try:
            record = parse_json(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            return record
    return {}


def read_batch_outputs(
    path: str | Path,
    *,
    inputs: str | Path | Iterable[str | Path] | None = None,
    scale: Scales | None = None,
    model: str | None = None,
    custom_id: str | None = None,
    fields: Mapping[str, str] | None = None,
    compat: Compat | None = None,
    duplicates: Duplicates = "error",
) -> Responses:
    r"""Read batch results of OpenAI, Anthropic or Gemini; every result (and each of its choices) is one row.

    The requested model and the prompt stand only in the file that was sent in; it is joined on ``custom_id`` (Gemini:
    ``key``). Of several batches with the same names each file of results goes with the file sent in of its own folder, of
    the model that answered, and of its names. A request without a result is a row too: ``not_administered``. Without the
    file sent in and without `model` the model is the one that answered, which is a finding, as is an answer of another
    model than was asked. Thoughts are no part of an answer.

    Parameters
    ----------
    path
        A result file (JSON Lines), a folder, or a glob pattern; several parts of one batch together.
    inputs
        The files sent in. By default those beside the results that share a ``custom_id`` with them and fit them.
    scale
        Answer scale, instrument, or its name.
    model
        The requested model, where there is no input file.
    custom_id
        Pattern with named groups that reads identifiers from the ``custom_id``, e.g.
        ``r"(?P<item>.+)-(?P<epoch>\d+)"``; with a group ``model`` where nothing else names the one that was asked, as in
        calls that failed. Runs from 0 are numbered from 1. By default it is the item.
    fields
        Our name to a path into the request, e.g. ``{"persona": "body.metadata.persona"}``.
    compat, duplicates
        See `valuestats.ingest.readers.read_responses`.

    Raises
    ------
    InputError
        Nothing that can be read; the first fault, with file and record: a damaged file, a result whose request isn't in
        the input files, one ``custom_id`` with two requests, files sent in that can't be told apart, no model anywhere.
    """
    pattern = None if custom_id is None else identifier_pattern(custom_id, "custom_id", ("model",))
    rows = partial(_rows, inputs=inputs, pattern=pattern)
    return read_logs(
        path, replace(BATCH, rows=rows), scale=scale, model=model, fields=fields, compat=compat,
        duplicates=duplicates,
    )  # fmt: skip


def _rows(
    sources: Iterator[Source],
    asked: Asked,
    *,
    inputs: _Inputs = None,
    pattern: re.Pattern[str] | None = None,
) -> Iterator[LogRow]:
    results: dict[Path, list[Record]] = {}
    for source in sources:
        try:
            results[source.path] = list(readable(json_lines(source), asked.findings, NOT_READ))
        except InputError as error:
            asked.findings.left_out(FILE, error)
    given = inputs is not None
    pairs = paired(results, _requests(list(results), inputs, asked), asked.findings, given=given)

    def rows_of(result: Record) -> list[LogRow]:
        shared = shared_of(result)
        if is_gemini_result(result.value):
            return gemini_rows(result, shared)
        return _openai(result, shared) if "result" not in result.value else _anthropic(result, shared)

    def shared_of(result: Record) -> LogRow:
        requests = pairs.requests[result.source.path]
        request = requests.get(name_of(result))
        if request is None and (requests or given):
            raise result.fault(
                "custom_id", name_of(result), "one of the input files: name them all in inputs=…"
            )
        return _shared(result, request, pattern, asked, results[result.source.path])

    taken = [record for file, records in results.items() if file in pairs.requests for record in records]

    def undone(request: Record) -> LogRow:
        return replace(
            _shared(request, request, pattern, asked, []),
            status="not_administered", rule="no result", error="no result in the files read",
        )  # fmt: skip

    found = list(asked.each(taken, rows_of, shared_of))
    lost = list(asked.each(pairs.lost, lambda request: [undone(request)], undone))
    first = min((row.epoch for row in (*found, *lost)), default=1)
    if first == 0:
        found, lost = ([replace(row, epoch=row.epoch + 1) for row in part] for part in (found, lost))
    rows = choices_as_epochs(found)
    find_other_models(rows, asked.findings)
    yield from rows
    yield from lost


BATCH = LogFormat("batch", "batch results", _is_output, _rows)


def _requests(outputs: list[Path], inputs: _Inputs, asked: Asked) -> dict[Path, dict[str, Record]]:
    """The requests of each file that was sent in, by name; those beside the results where none are named."""
    if inputs is None:
        beside = {p for file in outputs for p in file.parent.iterdir() if p.is_file() and p not in outputs}
        files = [p for p in sorted(beside) if _is_input(p)]
    else:
        files = [Path(inputs)] if isinstance(inputs, str | Path) else [Path(p) for p in inputs]
    return {file: _requests_in(file, asked) for file in files}


def _requests_in(file: Path, asked: Asked) -> dict[str, Record]:
    records: dict[str, Record] = {}
    twofold: set[str] = set()
    source = read_source(file, name=plain_name(file.name))
    for record in readable(json_lines(source), asked.findings, NOT_READ):
        identifier = name_or_none(record)
        if identifier is None:
            asked.findings.add(NOT_READ, file, record.row, "a request without an identifier")
            continue
        earlier = records.setdefault(identifier, record)
        if canonical(earlier.value) != canonical(record.value):
            fault = record.fault(
                "custom_id", f"{identifier!r} with two requests", "one request for each custom_id"
            )
            asked.findings.left_out(NOT_READ, fault)
            twofold.add(identifier)
    return {name: record for name, record in records.items() if name not in twofold}


def _shared(
    result: Record,
    request: Record | None,
    pattern: re.Pattern[str] | None,
    asked: Asked,
    of_file: Sequence[Record],
) -> LogRow:
    identifier = name_of(result)
    sent = Record({}, result.source, result.row)
    if request is not None:
        place = next((name for name in ("params", "body") if name in request.value), "request")
        sent = request.record(place)
    elif is_gemini_result(result.value):
        sent = result.record("request")  # Vertex repeats the request beside its response
    read: dict[str, Any] = {"item": identifier}
    if pattern is not None:
        match = pattern.fullmatch(identifier)
        if match is None:
            raise result.fault("custom_id", identifier, f"a text like {pattern.pattern}")
        read = {name: value for name, value in match.groupdict().items() if value is not None}
    named = read.pop("model", None)
    requested = (
        sent.text("model")
        or asked.model
        or named
        or answering_model(result, of_file, asked.findings, asked.said)
    )
    if requested is None:
        raise InputError(
            "neither the result nor its request names a model",
            expected="a model that answered, or the file that was sent in, beside the results or in inputs=…",
            hint="say which it was with model=…, or where the identifier says so with custom_id=r'(?P<model>…)…(?P<item>…)'",
            file=result.source.path,
            row=result.row,
        )
    epoch = read.pop("epoch", "1")
    if not epoch.isdecimal():
        raise result.fault("custom_id", identifier, "a whole number as epoch")
    prompt = {k: sent.any(k) for k in _PROMPT if sent.any(k)}
    row = LogRow(
        source=result.source, source_row=result.row, model=requested.removeprefix("models/"), epoch=int(epoch),
        prompt=canonical(prompt) if prompt else None, options=listed_options(_text_of(prompt)),
        **read,
    )  # fmt: skip
    holder = result if request is None and "request" in result.value else request
    return row if holder is None else asked.with_fields(row, holder)


def _text_of(value: Any) -> str:
    if isinstance(value, str):
        return value
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return "\n".join(filter(None, map(_text_of, parts)))


def _openai(result: Record, shared: LogRow) -> list[LogRow]:
    error = result.any("error")
    body = result.record("response.body")
    status = result.whole("response.status_code")
    if error is None and status is not None and status >= 400:
        error = body.any("error") or f"status code {status}"
    served = body.text("model")
    if error is not None:
        said = error.get("message") if isinstance(error, dict) else error
        return [
            replace(shared, error=said if isinstance(said, str) else canonical(error), model_served=served)
        ]
    if "output" in body.value:
        return [_response(body, replace(shared, model_served=served))]
    choices = body.records("choices")
    if not choices:
        return [replace(shared, error="no choices in the response", model_served=served)]
    return [
        replace(
            shared,
            choice=n,
            model_served=served,
            **_answer(choice.text("message.content"), choice.text("message.refusal")),
            stop_reason="refusal" if choice.text("message.refusal") else choice.text("finish_reason"),
            logprobs=choice.entries("logprobs.content") or None,
        )
        for n, choice in enumerate(choices, start=1)
    ]


def _answer(text: str | None, refusal: str | None) -> dict[str, Any]:
    if refusal is None:
        return {"raw": text}
    return {"raw": text or refusal, "status": "refusal", "rule": "refusal in the log"}


def _response(body: Record, shared: LogRow) -> LogRow:
    parts = [part for message in body.records("output") for part in message.records("content")]
    texts = [part.text("text") or "" for part in parts if part.text("type") == "output_text"]
    refusals = [part.text("refusal") or "" for part in parts if part.text("type") == "refusal"]
    return replace(
        shared,
        **_answer("".join(texts) if texts else None, "".join(refusals) if refusals else None),
        stop_reason=body.text("incomplete_details.reason") or body.text("status"),
        error=body.text("error.message"),
    )


def _anthropic(result: Record, shared: LogRow) -> list[LogRow]:
    kind = result.text("result.type")
    if kind == "succeeded":
        message = result.record("result.message")
        texts = [
            block.text("text") or "" for block in message.records("content") if block.text("type") == "text"
        ]
        stop = message.text("stop_reason")
        return [replace(shared, raw="".join(texts), model_served=message.text("model"), stop_reason=stop)]
    if kind == "errored":
        error = result.record("result.error")
        said = error.text("error.message") or error.text("message") or canonical(error.value)
        return [replace(shared, error=said)]
    if kind in ("canceled", "expired"):
        return [replace(shared, status="not_administered", rule=kind, error=f"the request {kind}")]
    raise result.fault("result.type", kind, "succeeded, errored, canceled or expired")
