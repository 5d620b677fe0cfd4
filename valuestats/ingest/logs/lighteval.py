"""lighteval: `details_<task>_<date>.parquet`."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from valuestats.base.errors import InputError
from valuestats.ingest.answers.letters import listed_options
from valuestats.ingest.answers.parse import Compat
from valuestats.ingest.identity import Duplicates
from valuestats.ingest.item_scales import Scales
from valuestats.ingest.logs.fields import Record, canonical
from valuestats.ingest.logs.loop import Asked, LogFormat, file_by_file, read_logs
from valuestats.ingest.logs.rows import LogRow, most_likely
from valuestats.ingest.sources import Source
from valuestats.ingest.tabular.parquet import open_parquet
from valuestats.tables import Responses

_OLD = {"full_prompt", "choices", "predictions"}
_LITERAL = 10_000_000  # characters of one value
_NAME = re.compile(r"details_(?P<task>.+)_(?P<date>\d{4}-\d\d-\d\dT[\d.:-]+)\.parquet", re.DOTALL)


def _is_details(path: Path) -> bool:
    return _NAME.fullmatch(path.name) is not None


def read_lighteval_logs(
    path: str | Path,
    *,
    scale: Scales | None = None,
    model: str | None = None,
    fields: Mapping[str, str] | None = None,
    compat: Compat | None = None,
    duplicates: Duplicates = "error",
) -> Responses:
    """Read lighteval's details; every generated text of every document is one row.

    ``item`` is the document's id, else its number in the file; ``condition`` the task; ``epoch`` the sample.
    Where options were scored instead of text generated, ``answer`` is the most likely one (rule
    ``most likely``), ``raw`` its text, and ``logprobs`` holds all of them. The columns of versions before 0.10, which
    hold every value as Python writes it, are read as literals and never run.

    Parameters
    ----------
    path
        A details file, a folder, or a glob pattern.
    scale
        Answer scale, instrument, or its name.
    model
        The model, where the file doesn't stand in ``details/<model>/<date>/`` or below ``details_<org>__<model>``.
    fields
        Our name to a path into the record, e.g. ``{"item": "doc.specific.id"}``.
    compat, duplicates
        See `valuestats.ingest.readers.read_responses`.

    Raises
    ------
    InputError
        Nothing that can be read; the first fault, with file and record: a damaged file or one that only points to the
        details (git-lfs), other columns, no model, a field of the wrong type.
    """
    return read_logs(
        path, LIGHTEVAL, scale=scale, model=model, fields=fields, compat=compat, duplicates=duplicates
    )


def _rows(source: Source, asked: Asked) -> Iterator[LogRow]:
    parts = _NAME.fullmatch(source.path.name)
    task = parts["task"] if parts else source.path.stem
    model = asked.model or _model_of(source.path)

    def named(record: Record) -> LogRow:
        known = record.value.get("doc")
        item = known.get("id") if isinstance(known, dict) else None
        return LogRow(
            source=source, source_row=record.row, model=model, condition=task,
            item=str(item) if isinstance(item, str | int) and item != "" else str(record.row),
        )  # fmt: skip

    yield from asked.each(_records(source), lambda r: _document(_as_new(r), named(r), asked), named)


LIGHTEVAL = LogFormat("lighteval", "details files of lighteval", _is_details, file_by_file(_rows))


def _model_of(file: Path) -> str:
    parts = file.absolute().parts
    if "details" in parts[:-2]:
        start = len(parts) - 1 - parts[::-1].index("details")
        if model := "/".join(parts[start + 1 : -2]):
            return model
    for part in reversed(parts[:-1]):  # a published set of details: details_org__model
        if part.startswith("details_") and "__" in part:
            return part.removeprefix("details_").removesuffix("_private").replace("__", "/", 1)
    raise InputError(
        "the details don't name their model",
        got=file.name,
        expected="a file in details/<model>/<date>/",
        hint="read it where lighteval wrote it, or say model=…",
        file=file,
    )


def _records(source: Source) -> list[Record]:
    import pyarrow as pa

    try:
        table = open_parquet(io.BytesIO(source.content), source.path, len(source.content)).whole()
        values = table.to_pylist()
    except InputError:
        raise
    except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
        raise InputError(
            "not a Parquet file that can be read", got=str(error)[:200], file=source.path
        ) from None
    names = set(table.column_names)
    if not names >= _OLD and not {"doc", "model_response"} <= names:
        raise InputError(
            "not the details of lighteval",
            got=f"columns {', '.join(table.column_names[:20])}",
            expected="doc, model_response; before 0.10 full_prompt, choices, predictions",
            hint="read other files as a table, with reader='table' and columns={…}",
            file=source.path,
        )
    return [Record(value, source, row) for row, value in enumerate(values)]


def _as_new(record: Record) -> Record:
    """A record of versions before 0.10 under the names of today; one of today as it is."""
    value = record.value
    if not set(value) >= _OLD:
        return record
    old = {name: _literal(record, name) for name in ("choices", "predictions", "specifics")}
    predictions, choices = old["predictions"] or [], old["choices"] or []
    if not isinstance(predictions, list) or not isinstance(choices, list):
        raise record.fault("predictions, choices", str(value)[:80], "lists")
    flat = predictions[0] if len(predictions) == 1 and isinstance(predictions[0], list) else predictions
    scored = [p[0] if isinstance(p, list | tuple) and p else p for p in flat]
    texts = flat if flat and all(isinstance(p, str) for p in flat) else []
    query = value.get("example")
    known = {"query": query, "choices": choices, "id": None, "specific": old["specifics"]}
    response = {"input": value.get("full_prompt"), "text": texts, "logprobs": [] if texts else scored}
    return Record({"doc": known, "model_response": response}, record.source, record.row)


def _literal(record: Record, name: str) -> Any:
    value = record.value.get(name)
    if not isinstance(value, str):
        return value
    try:
        if len(value) > _LITERAL:
            raise ValueError
        return ast.literal_eval(value)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        raise record.fault(name, repr(value[:80]), "a list as Python writes it") from None


def _document(record: Record, named: LogRow, asked: Asked) -> list[LogRow]:
    document, response = record.record("doc"), record.record("model_response")
    given = response.any("input")
    prompt = given if isinstance(given, str) else document.text("query")
    choices = document.entries("choices")
    if not all(isinstance(choice, str) for choice in choices):
        raise document.fault("choices", "something else", "a list of texts")
    shared = replace(
        named,
        prompt=canonical(given) if given is not None else prompt,
        item_text=document.text("query"),
        options=listed_options(prompt or ""),
    )
    shared = asked.with_fields(shared, record)
    texts, logprobs = response.entries("text"), response.entries("logprobs")
    if texts:
        if not all(isinstance(text, str) for text in texts):
            raise response.fault("text", "something else", "a list of texts")
        return [replace(shared, epoch=n, raw=text) for n, text in enumerate(texts, start=1)]
    if not logprobs:
        return [replace(shared, error="neither text nor log-probabilities in the record")]
    numbers = [v for v in logprobs if isinstance(v, int | float) and v == v]
    if len(numbers) != len(logprobs) or len(numbers) != len(choices):
        raise response.fault("logprobs", f"{len(numbers)} numbers", f"one for each of {len(choices)} choices")
    return [most_likely(shared, [choice.strip() for choice in choices], numbers, shown=shared.options)]
