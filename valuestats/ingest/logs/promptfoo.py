"""promptfoo: the JSON that ``promptfoo eval -o FILE.json`` or ``promptfoo export`` writes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from valuestats.base.errors import InputError
from valuestats.base.progress import say, track
from valuestats.ingest.answers.letters import listed_options
from valuestats.ingest.answers.parse import Compat
from valuestats.ingest.answers.scales import ScaleLike
from valuestats.ingest.identity import Duplicates
from valuestats.ingest.logs.fields import Record, canonical
from valuestats.ingest.logs.rows import (
    LogRow,
    any_file,
    check_fields,
    head_of,
    log_files,
    responses_of,
    with_fields,
)
from valuestats.ingest.sources import Source, plain_name, read_json, read_source
from valuestats.tables import Responses

_START = re.compile(rb'\s*\{\s*"evalId"\s*:|"promptIdx"|"results"\s*:\s*\{\s*"version"')
_COPY = "a cached copy, no answer of its own"


def is_promptfoo_log(path: str | Path) -> bool:
    """Whether a path is a promptfoo output, a folder or a pattern with one."""
    return any_file(Path(path), _is_output)


def _is_output(path: Path) -> bool:
    return plain_name(path.name).endswith(".json") and _START.search(head_of(path)) is not None


def read_promptfoo_logs(
    path: str | Path,
    *,
    scale: ScaleLike | None = None,
    fields: Mapping[str, str] | None = None,
    compat: Compat | None = None,
    duplicates: Duplicates = "error",
) -> Responses:
    """Read promptfoo outputs; every result is one row.

    ``model`` is the provider's label, else its id; ``wording`` the prompt's number. ``item`` is the variable
    ``id`` or ``item`` of the test, else ``test-N`` with the number of the first test that has the same
    variables. Repeats, which have tests of their own, become epochs. A repeat that came from the cache is no
    independent answer: its row is kept as ``not_administered`` with the rule ``cached copy``, and said on
    standard error.

    Parameters
    ----------
    path
        An output file, a folder, or a glob pattern.
    scale
        Answer scale, instrument, or its name.
    fields
        Our name to a path into the result, e.g. ``{"persona": "vars.persona"}``.
    compat, duplicates
        See `valuestats.ingest.readers.read_responses`.

    Raises
    ------
    InputError
        A damaged file or a field of the wrong type; with file and record.
    """
    declared = check_fields(fields)
    files = log_files(path, _is_output, "promptfoo outputs")
    rows: list[LogRow] = []
    for file, name in track(files, "reading promptfoo outputs", total=len(files), unit="file"):
        found = _rows(read_source(file, name=name), declared)
        copies = sum(row.rule == "cached copy" for row in found)
        if copies:
            say(f"{name}: {copies:,} of {len(found):,} rows are cached copies and no answers of their own")
        rows += found
    return responses_of(rows, scale=scale, compat=compat, duplicates=duplicates, path=path)


def _rows(source: Source, fields: Mapping[str, str]) -> list[LogRow]:
    content = read_json(source)
    outer = content.get("results") if isinstance(content, dict) else None
    results = outer.get("results") if isinstance(outer, dict) else outer
    if not isinstance(results, list):
        raise InputError("not a promptfoo output", parameter="results", got="no list", file=source.path)
    names: dict[str, str] = {}
    asked: dict[tuple[str, str, str], int] = {}
    rows = []
    for number, result in enumerate(results):
        if not isinstance(result, dict):
            raise InputError("not a record", got=type(result).__name__, file=source.path, row=number)
        record = Record(result, source, number)
        row = with_fields(_row(record, names), record, fields)
        cell = (row.model, canonical(record.record("vars").value), str(row.wording))
        epoch = asked[cell] = asked.get(cell, 0) + 1
        row = replace(row, epoch=epoch)
        if epoch > 1 and record.any("response.cached") is True:
            row = replace(row, status="not_administered", rule="cached copy", error=row.error or _COPY)
        rows.append(row)
    return rows


def _row(record: Record, names: dict[str, str]) -> LogRow:
    variables = record.record("vars").value
    named = next((variables[k] for k in ("id", "item") if isinstance(variables.get(k), str | int)), None)
    test = record.whole("testIdx")
    item = str(named) if named not in (None, "") else names.setdefault(canonical(variables), f"test-{test}")
    output = record.any("response.output")
    prompt = record.text("prompt.raw")
    prompt_number = record.whole("promptIdx")
    error = record.text("response.error")
    # The record's own error may be that of an assertion, which says nothing about the call.
    if error is None and output is None:
        error = record.text("error") or "no output"
    refused = record.any("response.isRefusal") is True
    return LogRow(
        source=record.source, source_row=record.row, item=item, epoch=1,
        model=record.text("provider.label") or record.identifier("provider.id"),
        raw=output if isinstance(output, str) or output is None else canonical(output),
        wording=None if prompt_number is None else f"prompt-{prompt_number}",
        prompt=prompt, item_text=canonical(variables), options=listed_options(_plain(prompt)),
        stop_reason="refusal" if refused else record.text("response.finishReason"), error=error,
        logprobs=record.any("response.logProbs"),
    )  # fmt: skip


def _plain(prompt: Any) -> str:
    """The prompt with the line breaks that a chat prompt in JSON writes as an escape."""
    return (prompt or "").replace("\\n", "\n")
