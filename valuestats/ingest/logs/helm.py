"""HELM: `scenario_state.json`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from valuestats.base.errors import InputError
from valuestats.ingest.answers.letters import LETTERS, listed_options
from valuestats.ingest.answers.parse import Compat
from valuestats.ingest.findings import NOT_READ, readable
from valuestats.ingest.identity import Duplicates
from valuestats.ingest.item_scales import Scales
from valuestats.ingest.logs.fields import Record, canonical, records_in
from valuestats.ingest.logs.helm_references import scored_references
from valuestats.ingest.logs.helm_runs import Run, run_of
from valuestats.ingest.logs.loop import Asked, LogFormat, file_by_file, read_logs
from valuestats.ingest.logs.rows import LogRow, choices_as_epochs
from valuestats.ingest.sources import Source, plain_name, read_json
from valuestats.ingest.tabular.nested import what_json_is
from valuestats.tables import Responses


def _is_state(path: Path) -> bool:
    return plain_name(path.name) == "scenario_state.json"


def read_helm_logs(
    path: str | Path,
    *,
    scale: Scales | None = None,
    fields: Mapping[str, str] | None = None,
    compat: Compat | None = None,
    duplicates: Duplicates = "error",
) -> Responses:
    """Read HELM scenario states; every completion of every request is one row.

    ``item`` is the scenario and the instance's id (``mmlu:subject=law/id3``: HELM numbers instances anew in each),
    ``condition`` the run (the file's folder) without its model, ``wording`` the perturbation.
    ``epoch`` counts the training trials and, within them, the completions. Letters are mapped by the request's
    ``output_mapping``.

    The adapters ``multiple_choice_separate_original`` and ``…_calibrated`` ask once for each reference: all
    requests of an instance become one row (``source_rows`` names them), whose ``answer`` is the reference that HELM
    takes: of the highest mean log-probability of its tokens; calibrated, of the highest log-probability less
    that of the reference without the question. ``logprobs`` holds the sums after the question.

    Parameters
    ----------
    path
        A ``scenario_state.json``, a folder of runs, or a glob pattern.
    scale
        Answer scale, instrument, or its name.
    fields
        Our name to a path into the request state, e.g. ``{"cluster": "instance.split"}``.
    compat, duplicates
        See `valuestats.ingest.readers.read_responses`.

    Raises
    ------
    InputError
        Nothing that can be read: the first fault, with file and record. Where something can, scored references that are
        not all there, or whose tokens don't spell them, are rows without an answer, and findings.
    """
    return read_logs(path, HELM, scale=scale, fields=fields, compat=compat, duplicates=duplicates)


def _rows(source: Source, asked: Asked) -> Iterator[LogRow]:
    content = read_json(source)
    states = content.get("request_states") if isinstance(content, dict) else None
    if not isinstance(states, list):
        got = what_json_is(content)
        raise InputError("not a scenario state", parameter="request_states", got=got, file=source.path)
    run = run_of(source.path)
    records = list(readable(records_in(states, source), asked.findings, NOT_READ))
    apart = [record for record in records if record.value.get("reference_index") is not None]
    together = [record for record in records if record.value.get("reference_index") is None]
    named = partial(_named, run)
    rows = list(asked.each(together, lambda record: _state(record, named(record), asked), named))
    yield from choices_as_epochs(rows)
    yield from scored_references(apart, named, asked)


HELM = LogFormat("helm", "scenario_state.json", _is_state, file_by_file(_rows))


def _named(run: Run, record: Record) -> LogRow:
    perturbation = record.record("instance.perturbation").value
    return LogRow(
        source=record.source, source_row=record.row, model=record.identifier("request.model"),
        item=run.item(record.identifier("instance.id")), epoch=(record.whole("train_trial_index") or 0) + 1,
        condition=run.condition, wording=canonical(perturbation) if perturbation else None,
    )  # fmt: skip


def _state(record: Record, named: LogRow, asked: Asked) -> list[LogRow]:
    prompt = record.text("request.prompt") or None
    messages = record.entries("request.messages")
    request = {"messages": messages} if messages else prompt
    shared = replace(
        named,
        prompt=canonical(request) if request is not None else None,
        item_text=record.text("instance.input.text"),
        options=_options(record, prompt),
    )
    shared = asked.with_fields(shared, record)
    result = record.record("result")
    completions = result.records("completions")
    error = result.text("error")
    if not result.value:
        return [
            replace(shared, status="not_administered", rule="no result", error="the request was not executed")
        ]
    if result.any("success") is False or not completions:
        return [replace(shared, error=error or "the request failed")]
    return [
        replace(
            shared,
            choice=n,
            raw=completion.text("text") or "",
            stop_reason=completion.text("finish_reason.reason"),
            error=error,
            logprobs=_tokens(completion),
        )
        for n, completion in enumerate(completions, start=1)
    ]


def _options(record: Record, prompt: str | None) -> tuple[str, ...]:
    mapping = record.record("output_mapping").value
    letters = sorted(mapping)
    if (
        letters
        and letters == list(LETTERS[: len(letters)])
        and all(isinstance(v, str) for v in mapping.values())
    ):
        return tuple(mapping[letter] for letter in letters)
    return listed_options(prompt or "")


def _tokens(completion: Record) -> list[dict[str, Any]] | None:
    """Tokens; old files have their alternatives, as one record each or as a list of them."""
    found = []
    for token in completion.records("tokens"):
        top = token.any("top_logprobs")
        pairs = top.items() if isinstance(top, dict) else ()
        found.append(
            {
                "token": token.text("text") or "",
                "logprob": token.number("logprob"),
                "top_logprobs": [{"token": t, "logprob": v} for t, v in pairs],
            }
        )
    return found or None
