"""OpenAI and Anthropic batches: results joined with their requests on ``custom_id``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from valuestats.base.errors import InputError, SpecificationError
from valuestats.ingest.answers.letters import listed_options
from valuestats.ingest.answers.parse import Compat
from valuestats.ingest.answers.scales import ScaleLike
from valuestats.ingest.identity import Duplicates
from valuestats.ingest.logs.fields import Record, canonical, json_lines
from valuestats.ingest.logs.loop import FIELDS, Asked, LogFormat, head_of, read_logs
from valuestats.ingest.logs.rows import LogRow
from valuestats.ingest.sources import Source, parse_json, plain_name, read_source
from valuestats.tables import Responses

_Inputs = str | Path | Iterable[str | Path] | None
_FIRST_LINE = 1 << 22


def _is_output(path: Path) -> bool:
    first = _first(path)
    return "custom_id" in first and ("result" in first or ("response" in first and "body" not in first))


def _is_input(path: Path) -> bool:
    first = _first(path)
    return "custom_id" in first and ("params" in first or "body" in first)


def _first(path: Path) -> dict[str, Any]:
    if not plain_name(path.name).endswith((".jsonl", ".ndjson")):
        return {}
    try:
        record = parse_json(head_of(path, _FIRST_LINE).lstrip().split(b"\n", 1)[0])
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def read_batch_outputs(
    path: str | Path,
    *,
    inputs: str | Path | Iterable[str | Path] | None = None,
    scale: ScaleLike | None = None,
    model: str | None = None,
    custom_id: str | None = None,
    fields: Mapping[str, str] | None = None,
    compat: Compat | None = None,
    duplicates: Duplicates = "error",
) -> Responses:
    r"""Read batch results of OpenAI or Anthropic; every result (and each of its choices) is one row.

    The requested model and the prompt stand only in the file that was sent in; it is joined on ``custom_id``.
    A request without a result is a row too: ``not_administered``.

    Parameters
    ----------
    path
        A result file (JSON Lines), a folder, or a glob pattern; several parts of one batch together.
    inputs
        The files sent in. By default those beside the results that share a ``custom_id`` with them.
    scale
        Answer scale, instrument, or its name.
    model
        The requested model, where there is no input file.
    custom_id
        Pattern with named groups that reads identifiers from the ``custom_id``, e.g.
        ``r"(?P<item>.+)-(?P<epoch>\d+)"``. By default it is the item.
    fields
        Our name to a path into the request, e.g. ``{"persona": "body.metadata.persona"}``.
    compat, duplicates
        See `valuestats.ingest.readers.read_responses`.

    Raises
    ------
    InputError
        A damaged file, a result whose request isn't in the input files, one ``custom_id`` with two requests, no
        input file and no `model`; with file and record.
    """
    rows = partial(_rows, inputs=inputs, pattern=_pattern(custom_id))
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
    results: list[Record] = []
    files = []
    for source in sources:
        files.append(source.path)
        results += json_lines(source)
    answered = {result.identifier("custom_id") for result in results}
    requests = _requests(files, inputs, answered)
    for result in results:
        request = requests.get(result.identifier("custom_id"))
        if requests and request is None:
            raise result.fault(
                "custom_id",
                result.text("custom_id"),
                "a custom_id of the input files: name them all in inputs=…",
            )
        shared = _shared(result, request, pattern, asked)
        yield from _openai(result, shared) if "result" not in result.value else _anthropic(result, shared)
    for identifier, request in requests.items():
        if identifier not in answered:
            yield replace(
                _shared(request, request, pattern, asked),
                status="not_administered", rule="no result", error="no result in the files read",
            )  # fmt: skip


BATCH = LogFormat("batch", "batch results", _is_output, _rows)


def _pattern(custom_id: str | None) -> re.Pattern[str] | None:
    if custom_id is None:
        return None
    try:
        pattern = re.compile(custom_id, re.DOTALL)
    except re.error as error:
        raise SpecificationError("not a pattern", parameter="custom_id", got=str(error)) from None
    allowed = {*FIELDS, "epoch"}
    if "item" not in pattern.groupindex or set(pattern.groupindex) - allowed:
        raise SpecificationError(
            "the pattern doesn't name what it reads",
            parameter="custom_id",
            got=custom_id,
            expected=f"a group (?P<item>…) and perhaps others of {', '.join(sorted(allowed - {'item'}))}",
        )
    return pattern


def _requests(outputs: list[Path], inputs: _Inputs, wanted: set[str]) -> dict[str, Record]:
    if inputs is None:
        beside = {p for file in outputs for p in file.parent.iterdir() if p.is_file() and p not in outputs}
        files = [p for p in sorted(beside) if _is_input(p)]
    else:
        files = [Path(inputs)] if isinstance(inputs, str | Path) else [Path(p) for p in inputs]
    found: dict[str, Record] = {}
    for file in files:
        records: dict[str, Record] = {}
        for record in json_lines(read_source(file, name=plain_name(file.name))):
            identifier = record.identifier("custom_id")
            earlier = records.get(identifier, found.get(identifier))
            if earlier is not None and canonical(earlier.value) != canonical(record.value):
                raise record.fault(
                    "custom_id", f"{identifier!r} with two requests", "one request for each custom_id"
                )
            records[identifier] = record
        if inputs is not None or wanted & set(records):
            found |= records
    return found


def _shared(
    result: Record,
    request: Record | None,
    pattern: re.Pattern[str] | None,
    asked: Asked,
) -> LogRow:
    identifier = result.identifier("custom_id")
    sent = Record({}, result.source, result.row)
    if request is not None:
        sent = request.record("params") if "params" in request.value else request.record("body")
    requested = sent.text("model") or asked.model
    if requested is None:
        raise InputError(
            "the results don't name the requested model",
            expected="the file that was sent in, beside the results or in inputs=…",
            hint="or say model=…",
            file=result.source.path,
            row=result.row,
        )
    read: dict[str, Any] = {"item": identifier}
    if pattern is not None:
        match = pattern.fullmatch(identifier)
        if match is None:
            raise result.fault("custom_id", identifier, f"a text like {pattern.pattern}")
        read = {name: value for name, value in match.groupdict().items() if value is not None}
    epoch = read.pop("epoch", "1")
    if not epoch.isdecimal():
        raise result.fault("custom_id", identifier, "a whole number as epoch")
    prompt = {
        k: sent.any(k) for k in ("system", "messages", "instructions", "input", "prompt") if sent.any(k)
    }
    row = LogRow(
        source=result.source, source_row=result.row, model=requested, epoch=int(epoch),
        prompt=canonical(prompt) if prompt else None, options=listed_options(_text_of(prompt)),
        **read,
    )  # fmt: skip
    return row if request is None else asked.with_fields(row, request)


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
    width = len(choices)
    return [
        replace(
            shared,
            epoch=(shared.epoch - 1) * width + n,
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
