"""promptfoo: the JSON that ``promptfoo eval -o FILE.json`` or ``promptfoo export`` writes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from valuestats.base.errors import InputError
from valuestats.base.progress import say
from valuestats.ingest.answers.letters import listed_options
from valuestats.ingest.answers.parse import Compat
from valuestats.ingest.answers.scales import ScaleLike
from valuestats.ingest.identity import Duplicates
from valuestats.ingest.logs.fields import Record, canonical, records_in
from valuestats.ingest.logs.loop import Asked, LogFormat, file_by_file, head_of, read_logs
from valuestats.ingest.logs.rows import LogRow
from valuestats.ingest.sources import Source, plain_name, read_json
from valuestats.tables import Responses

_START = re.compile(rb'\s*\{\s*"evalId"\s*:|"promptIdx"|"results"\s*:\s*\{\s*"version"')
_COPY = "a cached copy, no answer of its own"


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
    return read_logs(path, PROMPTFOO, scale=scale, fields=fields, compat=compat, duplicates=duplicates)


def _rows(source: Source, asked: Asked) -> Iterator[LogRow]:
    content = read_json(source)
    outer = content.get("results") if isinstance(content, dict) else None
    results = outer.get("results") if isinstance(outer, dict) else outer
    if not isinstance(results, list):
        raise InputError("not a promptfoo output", parameter="results", got="no list", file=source.path)
    names: dict[str, str] = {}
    times: dict[tuple[str, str, str], int] = {}
    copies = 0
    for record in records_in(results, source):
        row = _row(record, names, asked)
        cell = (row.model, canonical(record.record("vars").value), str(row.wording))
        epoch = times[cell] = times.get(cell, 0) + 1
        row = replace(row, epoch=epoch)
        if epoch > 1 and record.any("response.cached") is True:
            copies += 1
            row = replace(row, status="not_administered", rule="cached copy", error=row.error or _COPY)
        yield row
    if copies:
        say(
            f"{source.name}: {copies:,} of {len(results):,} rows are cached copies and no answers of their own"
        )


PROMPTFOO = LogFormat("promptfoo", "promptfoo outputs", _is_output, file_by_file(_rows))


def _row(record: Record, names: dict[str, str], asked: Asked) -> LogRow:
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
    return asked.row(
        record, item=item, model=record.text("provider.label") or record.identifier("provider.id"),
        raw=output if isinstance(output, str) or output is None else canonical(output),
        wording=None if prompt_number is None else f"prompt-{prompt_number}",
        prompt=prompt, item_text=canonical(variables), options=listed_options(_plain(prompt)),
        stop_reason="refusal" if refused else record.text("response.finishReason"), error=error,
        logprobs=record.any("response.logProbs"),
    )  # fmt: skip


def _plain(prompt: Any) -> str:
    """The prompt with the line breaks that a chat prompt in JSON writes as an escape."""
    return (prompt or "").replace("\\n", "\n")
