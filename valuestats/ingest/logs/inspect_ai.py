"""inspect_ai: evaluation logs, `.eval` archives and `.json`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from valuestats.base.errors import InputError
from valuestats.ingest.answers.letters import listed_options
from valuestats.ingest.answers.parse import Compat
from valuestats.ingest.identity import Duplicates
from valuestats.ingest.item_scales import Scales
from valuestats.ingest.logs.archives import Archive
from valuestats.ingest.logs.fields import Record, canonical, records_in
from valuestats.ingest.logs.inspect_chunks import member, samples_of
from valuestats.ingest.logs.loop import Asked, LogFormat, file_by_file, head_of, read_logs
from valuestats.ingest.logs.rows import LogRow, choices_as_epochs
from valuestats.ingest.sources import Source, plain_name, read_json
from valuestats.ingest.tabular.nested import what_json_is
from valuestats.tables import Responses

_ATTACHMENT = "attachment://"
_START = re.compile(rb'"eval"\s*:\s*\{\s*"(?:eval_id|run_id|created|task)"')


def _is_log(path: Path) -> bool:
    name = plain_name(path.name)
    return name.endswith(".eval") or (name.endswith(".json") and _START.search(head_of(path)) is not None)


def read_inspect_logs(
    path: str | Path,
    *,
    scale: Scales | None = None,
    fields: Mapping[str, str] | None = None,
    compat: Compat | None = None,
    duplicates: Duplicates = "error",
) -> Responses:
    """Read inspect_ai logs; every choice of every sample of every epoch is one row.

    ``item`` is the sample's id, ``condition`` the task, ``epoch`` the epoch; several choices of one sample are epochs of
    their own. Letters of a multiple choice are
    mapped by the options as the prompt shows them. The deprecated ``multiple_choice(shuffle=True)`` rewrites
    prompt and answer as if it hadn't shuffled: the answers are right, but the order that was shown isn't in the
    log, so ``option_order`` and ``options`` are null. Samples that a broken-off run never came to, manifests beside the
    logs and what can't be read are ``findings`` of the result.

    Parameters
    ----------
    path
        A log (`.eval`, or `.json`, plain or ``.gz``), a folder of logs, or a glob pattern.
    scale
        Answer scale, instrument, or its name.
    fields
        Our name to a path into the sample, e.g. ``{"persona": "metadata.persona"}``.
    compat, duplicates
        See `valuestats.ingest.readers.read_responses`.

    Raises
    ------
    InputError
        Nothing that can be read: the first file that is no log or is damaged, or field of the wrong type, by name.
    """
    return read_logs(path, INSPECT, scale=scale, fields=fields, compat=compat, duplicates=duplicates)


def _rows(source: Source, asked: Asked) -> Iterator[LogRow]:
    header, samples = _contents(source)
    found: set[int] = set()

    def rows_of(sample: Record) -> list[LogRow]:
        found.add(sample.row)
        return _choices(header, sample, asked)

    rows = list(asked.each(samples, rows_of, partial(_named, header)))
    yield from choices_as_epochs(rows)
    _find_missing(header, len(found), asked)


INSPECT = LogFormat("inspect", "inspect_ai logs", _is_log, file_by_file(_rows))


def _contents(source: Source) -> tuple[Record, Iterator[Record | InputError]]:
    if source.content.startswith(b"PK") or plain_name(source.path.name).endswith(".eval"):
        archive = Archive(source)
        start = next((n for n in ("header.json", "_journal/start.json") if n in archive.names), None)
        if start is None:
            raise InputError("not an inspect_ai log", got="no header.json in it", file=source.path)
        return _header(Record(member(archive, start), source, 0)), samples_of(archive)
    content = read_json(source)
    if not isinstance(content, dict):
        raise InputError("not an inspect_ai log", got=f"JSON {type(content).__name__}", file=source.path)
    if content and all(isinstance(value, dict) and "eval" in value for value in content.values()):
        raise InputError(
            "a manifest of inspect_ai logs, which holds no answers",
            got=f"headers of {len(content)} logs",
            expected="the logs themselves",
            file=source.path,
        )
    header = _header(Record(content, source, 0))
    return header, records_in(header.entries("samples"), source)


def _header(record: Record) -> Record:
    if not isinstance(record.any("eval"), dict) or record.text("eval.model") is None:
        raise InputError(
            "not an inspect_ai log",
            parameter="eval.model",
            got=what_json_is(record.value),
            file=record.source.path,
        )
    return record


def _named(header: Record, sample: Record) -> LogRow:
    epoch = sample.whole("epoch")
    return LogRow(
        source=sample.source, source_row=sample.row, model=str(header.text("eval.model")),
        item=sample.identifier("id"), epoch=1 if epoch is None else epoch, condition=header.text("eval.task"),
    )  # fmt: skip


def _choices(header: Record, sample: Record, asked: Asked) -> list[LogRow]:
    """One row for each choice of the output; one where there is none."""
    output = sample.record("output")
    choices = output.records("choices")
    attachments = sample.record("attachments").value
    shared = _shared(header, sample, attachments, asked)
    if not choices:
        text = output.text("completion") or None
        error = shared.error if shared.error is not None else output.text("error")
        return [
            replace(shared, raw=_resolve(text, attachments), stop_reason=_stop(None, sample), error=error)
        ]
    rows = []
    for number, choice in enumerate(choices, start=1):
        text = output.text("completion") if number == 1 else None
        if text is None:
            text = _text_of(choice.record("message").any("content"))
        logprobs = choice.record("logprobs").records("content")
        row = replace(
            shared,
            choice=number,
            model_served=output.text("model"),
            raw=_resolve(text, attachments),
            stop_reason=_stop(choice.text("stop_reason"), sample),
            error=shared.error if shared.error is not None else output.text("error"),
            logprobs=[_token(token) for token in logprobs] or None,
        )
        rows.append(row)
    return rows


def _stop(said: str | None, sample: Record) -> str | None:
    limit = sample.record("limit").text("type")
    return "max_tokens" if limit is not None and said in (None, "stop") else said


def _shared(header: Record, sample: Record, attachments: Mapping[str, Any], asked: Asked) -> LogRow:
    messages = [_resolve(message.value, attachments) for message in sample.records("messages")]
    before = _before_the_answer(messages)
    prompt = "\n".join(filter(None, (_text_of(m.get("content")) for m in before if m.get("role") == "user")))
    choices = sample.entries("choices")
    if not all(isinstance(option, str) for option in choices):
        raise sample.fault("choices", "something else", "a list of texts")
    shown = listed_options(prompt)
    named = _named(header, sample)
    return asked.row(
        sample,
        model=named.model,
        item=named.item,
        epoch=named.epoch,
        condition=named.condition,
        prompt=canonical([{"role": m.get("role"), "content": m.get("content")} for m in before])
        if before
        else canonical(sample.any("input")),
        item_text=canonical(_resolve(sample.any("input"), attachments)),
        # The prompt tells the order in which the options were shown; the list, which options they are.
        options=shown if set(shown) == set(choices) else tuple(choices),
        order_known=not _shuffled_unseen(header),
        error=sample.record("error").text("message"),
    )


def _token(token: Record) -> dict[str, Any]:
    return {
        "token": token.text("token") or "",
        "logprob": token.number("logprob"),
        "top_logprobs": [
            {"token": top.text("token") or "", "logprob": top.number("logprob")}
            for top in token.records("top_logprobs")
        ],
    }


def _before_the_answer(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Messages before the model's last one."""
    last = next((n for n in range(len(messages) - 1, -1, -1) if messages[n].get("role") == "assistant"), None)
    return messages if last is None else messages[:last]


def _text_of(content: Any) -> str | None:
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = [p.get("text") for p in content if isinstance(p, dict) and p.get("type") == "text"]
        return "\n".join(part for part in parts if isinstance(part, str))
    return None


def _resolve(value: Any, attachments: Mapping[str, Any]) -> Any:
    if isinstance(value, str) and value.startswith(_ATTACHMENT):
        return attachments.get(value.removeprefix(_ATTACHMENT), value)
    if isinstance(value, list):
        return [_resolve(part, attachments) for part in value]
    if isinstance(value, dict):
        return {key: _resolve(part, attachments) for key, part in value.items()}
    return value


def _shuffled_unseen(header: Record) -> bool:
    return any(
        step.text("solver") == "multiple_choice" and bool(step.any("params.shuffle"))
        for step in header.records("plan.steps")
    )


def _find_missing(header: Record, found: int, asked: Asked) -> None:
    epochs = header.whole("eval.config.epochs") or 1
    ids = header.entries("eval.dataset.sample_ids")
    missing = len(ids) * epochs - found
    if missing > 0:
        status = header.text("status") or "unknown"
        asked.findings.add(
            "samples without a row",
            header.source.path,
            None,
            f"the run's status is {status!r}; {missing:,} of {len(ids) * epochs:,} samples were never run or can't "
            "be read, and have no row",
        )
