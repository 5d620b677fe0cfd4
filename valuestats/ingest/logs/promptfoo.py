"""promptfoo: the JSON that ``promptfoo eval -o FILE.json`` or ``promptfoo export`` writes."""

from __future__ import annotations

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
from valuestats.ingest.logs.fields import Record, canonical, records_in
from valuestats.ingest.logs.loop import Asked, LogFormat, file_by_file, head_of, read_logs
from valuestats.ingest.logs.rows import LogRow
from valuestats.ingest.sources import Source, plain_name, read_json
from valuestats.ingest.tabular.nested import what_json_is
from valuestats.tables import Responses

_START = re.compile(
    rb'\s*\{\s*"evalId"\s*:|"promptIdx"|"results"\s*:\s*\{\s*"(?:version|timestamp|results|table|stats)"'
    rb'|\s*\{\s*"version"\s*:\s*\d+\s*,\s*(?:"timestamp"\s*:\s*"[^"]*"\s*,\s*)?"(?:prompts|results|table|stats)"\s*:'
)
_COPY = "a cached copy, no answer of its own"


def _is_output(path: Path) -> bool:
    return plain_name(path.name).endswith(".json") and _START.search(head_of(path)) is not None


def read_promptfoo_logs(
    path: str | Path,
    *,
    scale: Scales | None = None,
    model: str | None = None,
    fields: Mapping[str, str] | None = None,
    compat: Compat | None = None,
    duplicates: Duplicates = "error",
) -> Responses:
    """Read promptfoo outputs of versions 1 to 3; every result is one row.

    ``model`` is the provider's label, else its id; ``wording`` the prompt's number. ``item`` is the variable
    ``id`` or ``item`` of the test, else ``test-N`` with the number of the first test that has the same
    variables. Repeats, which have tests of their own, become epochs. A repeat that came from the cache is no
    independent answer: its row is kept as ``not_administered`` with the rule ``cached copy``, and is a finding.
    Exports of versions 1 and 2 number neither tests nor prompts: tests are told apart by their variables, prompts by
    their template, each in the order in which they come; an export with no results but a table is read by the table.

    Parameters
    ----------
    path
        An output file, a folder, or a glob pattern.
    scale
        Answer scale, instrument, or its name.
    model
        The model, where results name no provider (version 1).
    fields
        Our name to a path into the result, e.g. ``{"persona": "vars.persona"}``.
    compat, duplicates
        See `valuestats.ingest.readers.read_responses`.

    Raises
    ------
    InputError
        Nothing that can be read; the first fault, with file and record.
    """
    return read_logs(
        path, PROMPTFOO, scale=scale, model=model, fields=fields, compat=compat, duplicates=duplicates
    )


def _rows(source: Source, asked: Asked) -> Iterator[LogRow]:
    summary = _summary(source)
    numbers = _Numbers(asked)
    times: dict[tuple[str, str, str], int] = {}
    copies = total = 0

    def rows_of(record: Record) -> list[LogRow]:
        nonlocal copies, total
        total += 1
        row = _row(record, numbers, asked)
        cell = (row.model, canonical(record.record("vars").value), str(row.wording))
        times[cell] = times.get(cell, 0) + 1
        row = replace(row, epoch=times[cell])
        if row.epoch > 1 and record.any("response.cached") is True:
            copies += 1
            row = replace(row, status="not_administered", rule="cached copy", error=row.error or _COPY)
        return [row]

    def named(record: Record) -> LogRow:
        row = numbers.row(record)
        cell = (row.model, canonical(record.record("vars").value), str(row.wording))
        times[cell] = times.get(cell, 0) + 1
        return replace(row, epoch=times[cell])

    yield from asked.each(records_in(_results(summary, source), source), rows_of, named)
    if copies:
        told = f"{copies:,} of {total:,} rows are cached copies and no answers of their own"
        asked.findings.add("cached copies", source.path, None, told)


PROMPTFOO = LogFormat("promptfoo", "promptfoo outputs", _is_output, file_by_file(_rows))


def _summary(source: Source) -> dict[str, Any]:
    content = read_json(source)
    outer = content.get("results") if isinstance(content, dict) else None
    summary = outer if isinstance(outer, dict) else content
    if not isinstance(summary, dict):
        raise InputError(
            "not a promptfoo output", parameter="results", got=what_json_is(content), file=source.path
        )
    if "version" not in summary and not {"results", "table"} & set(summary):
        raise InputError(
            "not a promptfoo output", parameter="results", got=what_json_is(content), file=source.path
        )
    return summary


def _results(summary: dict[str, Any], source: Source) -> list[Any]:
    """The results; of an export that has none, those that its table shows."""
    results = summary.get("results")
    if isinstance(results, list) and results:
        return results
    shown = _of_table(Record(summary, source, 0).record("table"))
    if shown:
        return shown
    raise InputError(
        f"a promptfoo export of version {summary.get('version', '?')} without results",
        parameter="results",
        got="none" if isinstance(results, list) else "no list",
        file=source.path,
    )


def _of_table(table: Record) -> list[Any]:
    names = [str(name) for name in table.entries("head.vars")]
    prompts = [p if isinstance(p, dict) else {"display": str(p)} for p in table.entries("head.prompts")]
    results = []
    for row in table.records("body"):
        values = dict(zip(names, row.entries("vars"), strict=False))
        for prompt, output in zip(prompts, row.entries("outputs"), strict=False):
            cell = output if isinstance(output, dict) else {"text": output}
            results.append(
                {
                    "provider": cell.get("provider") or prompt.get("provider"),
                    "prompt": {**prompt, "raw": cell.get("prompt") or prompt.get("raw")},
                    "vars": values,
                    "response": cell.get("response") or {"output": cell.get("text")},
                    "error": cell.get("error"),
                }
            )
    return results


class _Numbers:
    """Who answered what: the model, and the numbers of tests and prompts where the results don't say them."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.items: dict[str, str] = {}
        self.prompts: dict[str, int] = {}

    def row(self, record: Record) -> LogRow:
        """The row of a result without its answer."""
        model = self._model(record)
        return LogRow(
            source=record.source,
            source_row=record.row,
            model=model,
            item=self._item(record),
            wording=self._wording(record, model),
        )

    def _model(self, record: Record) -> str:
        provider = record.any("provider")
        if isinstance(provider, str) and provider:
            return provider
        if provider is None:
            if self.asked.model is None:
                raise record.fault("provider", "nothing", "the provider, or say model=…")
            return self.asked.model
        return record.text("provider.label") or record.identifier("provider.id")

    def _item(self, record: Record) -> str:
        variables = record.record("vars").value
        named = next((variables[k] for k in ("id", "item") if isinstance(variables.get(k), str | int)), None)
        if named not in (None, ""):
            return str(named)
        test = record.whole("testIdx")
        number = len(self.items) if test is None else test
        return self.items.setdefault(canonical(variables), f"test-{number}")

    def _wording(self, record: Record, model: str) -> str | None:
        number = record.whole("promptIdx")
        if number is None:
            template = record.text("prompt.label") or record.text("prompt.display")
            if template is None:
                return None
            template = template.removeprefix(f"[{model}] ")
            number = self.prompts.setdefault(template, len(self.prompts))
        return f"prompt-{number}"


def _row(record: Record, numbers: _Numbers, asked: Asked) -> LogRow:
    output = record.any("response.output")
    prompt = record.text("prompt.raw")
    error = record.text("response.error")
    # The record's own error may be that of an assertion, which says nothing about the call.
    if error is None and output is None:
        error = record.text("error") or "no output"
    refused = record.any("response.isRefusal") is True
    row = replace(
        numbers.row(record),
        raw=output if isinstance(output, str) or output is None else canonical(output),
        prompt=prompt,
        item_text=canonical(record.record("vars").value),
        options=listed_options(_plain(prompt)),
        stop_reason="refusal" if refused else record.text("response.finishReason"),
        error=error,
        logprobs=record.any("response.logProbs"),
    )
    return asked.with_fields(row, record)


def _plain(prompt: Any) -> str:
    """The prompt with the line breaks that a chat prompt in JSON writes as an escape."""
    return (prompt or "").replace("\\n", "\n")
