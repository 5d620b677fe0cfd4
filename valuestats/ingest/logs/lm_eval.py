"""lm-evaluation-harness: `samples_<task>_<date>.jsonl`, with the model from the results file beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from valuestats.base.errors import InputError
from valuestats.ingest.answers.letters import listed_options
from valuestats.ingest.answers.parse import Compat
from valuestats.ingest.findings import FILE, NOT_READ, readable
from valuestats.ingest.identity import Duplicates
from valuestats.ingest.item_scales import Scales
from valuestats.ingest.logs.fields import Record, canonical, json_lines
from valuestats.ingest.logs.loop import Asked, LogFormat, file_by_file, read_logs
from valuestats.ingest.logs.rows import LogRow, most_likely
from valuestats.ingest.sources import Source, plain_name, read_json, read_source
from valuestats.tables import Responses

_NAME = re.compile(r"samples_(?P<task>.+)_(?P<date>\d{4}-\d\d-\d\dT[\d.:-]+)\.jsonl(?:\.gz)?", re.DOTALL)


def _is_samples(path: Path) -> bool:
    return _NAME.fullmatch(path.name) is not None


def read_lm_eval_logs(
    path: str | Path,
    *,
    scale: Scales | None = None,
    model: str | None = None,
    fields: Mapping[str, str] | None = None,
    compat: Compat | None = None,
    duplicates: Duplicates = "error",
) -> Responses:
    """Read the samples files of lm-evaluation-harness; every repeat of every document is one row.

    A file holds each document once per filter, with the same raw answers: these lines become one set of rows,
    and ``source_rows`` names all lines behind each. ``item`` is the ``doc_id``, ``condition`` the task, ``epoch``
    the repeat. Where options were scored instead of text generated, ``answer`` is the most likely one (rule
    ``most likely``), ``raw`` its text, and ``logprobs`` holds all of them.

    Parameters
    ----------
    path
        A samples file, the folder of a run or of several, or a glob pattern.
    scale
        Answer scale, instrument, or its name.
    model
        The model, where there is no ``results_<date>.json`` beside the samples and the folder isn't called
        ``org__model``.
    fields
        Our name to a path into the record, e.g. ``{"item": "doc.id"}``.
    compat, duplicates
        See `valuestats.ingest.readers.read_responses`.

    Raises
    ------
    InputError
        Nothing that can be read; the first fault, with file and record: no results file and no `model`, a task that scores
        one text alone (``loglikelihood``, ``loglikelihood_rolling``) and so holds no answer, a damaged file. Where
        something can be read, a log-likelihood that is no number and lines of one document that contradict each other
        make rows without an answer, and findings.
    """
    return read_logs(
        path, LM_EVAL, scale=scale, model=model, fields=fields, compat=compat, duplicates=duplicates
    )


def _rows(source: Source, asked: Asked) -> Iterator[LogRow]:
    file = source.path
    parts = _NAME.fullmatch(file.name)
    task = parts["task"] if parts else Path(plain_name(file.name)).stem
    date = parts["date"] if parts else None
    model = asked.model or _model_of(file, date, asked)
    items = set()

    def named(records: list[Record]) -> LogRow:
        return LogRow(
            source=source, source_row=records[0].row, model=model, item=records[0].identifier("doc_id"),
            condition=task, source_rows=" ".join(str(record.row) for record in records),
        )  # fmt: skip

    for row in asked.each(_documents(source, asked), lambda r: _document(r, named(r), asked), named):
        items.add(row.item)
        yield row
    _find_missing(file, date, task, len(items), asked)


LM_EVAL = LogFormat("lm_eval", "samples files of lm-evaluation-harness", _is_samples, file_by_file(_rows))


def _model_of(file: Path, date: str | None, asked: Asked) -> str:
    found = sorted(file.parent.glob("results_*.json*"))
    same = [p for p in found if date and plain_name(p.name) == f"results_{date}.json"]
    names = set()
    for results in same or found:
        try:
            names.add(_model_in(results))
        except InputError as error:
            asked.findings.left_out(FILE, error)
    if len(names) == 1:
        return names.pop()
    folder = file.absolute().parent.name
    if not names and "__" in folder.strip("_"):  # the harness writes org/model as org__model
        model = folder.replace("__", "/")
        asked.findings.add("model taken from the folder's name", file, None, model)
        return model
    raise InputError(
        "the samples don't name their model",
        got="no results file beside them" if not names else f"several: {', '.join(sorted(names))}",
        expected=f"results_{date or '<date>'}.json",
        hint="put the results file beside the samples, or say model=…",
        file=file,
    )


def _find_missing(file: Path, date: str | None, task: str, found: int, asked: Asked) -> None:
    """A finding where the results file counts more documents than the samples hold: a file cut between two lines."""
    results = file.parent / f"results_{date}.json"
    if date is None or not results.is_file():
        return
    try:
        source = read_source(results)
        content = read_json(source)
        record = Record(content if isinstance(content, dict) else {}, source, 0)
        counts = record.record("n-samples").value.get(task)
    except InputError:  # said where the model was looked for
        return
    stated = counts.get("effective") if isinstance(counts, dict) else None
    if isinstance(stated, int) and stated > found:
        told = f"{stated - found:,} of {stated:,} documents of the run have no row"
        asked.findings.add("samples without a row", file, None, told)


def _model_in(path: Path) -> str:
    source = read_source(path)
    content = read_json(source)
    record = Record(content if isinstance(content, dict) else {}, source, 0)
    for place in ("model_name", "config.model_name", "model_name_sanitized"):
        if name := record.text(place):
            return name
    arguments = record.any("config.model_args")
    if isinstance(arguments, str):
        for argument in arguments.split(","):
            key, _, value = argument.partition("=")
            if key.strip() in ("pretrained", "model", "path", "engine") and value:
                return value
    raise InputError("the results file names no model", parameter="model_name", file=path)


def _documents(source: Source, asked: Asked) -> Iterator[list[Record]]:
    """The lines of each run of each document, one for each filter."""
    documents: dict[tuple[str, str], list[Record]] = {}
    for record in readable(json_lines(source), asked.findings, NOT_READ):
        try:
            key = (record.identifier("doc_id"), str(record.text("doc_hash") or ""))
        except InputError as error:
            asked.findings.left_out(NOT_READ, error)
            continue
        documents.setdefault(key, []).append(record)
    for records in documents.values():
        by_filter: dict[str, int] = {}
        for record in records:
            name = str(record.any("filter") or "")
            by_filter[name] = by_filter.get(name, 0) + 1
        # A document that stands more often than once per filter was run more than once: that is no repeat.
        runs = max(by_filter.values())
        for run in range(runs):
            yield records if runs == 1 else records[run::runs]


def _require_agreement(records: list[Record]) -> None:
    for record in records:
        if canonical(record.entries("resps")) != canonical(records[0].entries("resps")):
            raise record.fault(
                "resps", "other answers than an earlier line of this document", "the same under each filter"
            )


def _document(records: list[Record], named: LogRow, asked: Asked) -> list[LogRow]:
    first = records[0]
    requests = _requests(first)
    answers = first.entries("resps")
    if not answers or not all(isinstance(request, list) and request for request in answers):
        raise first.fault("resps", canonical(answers)[:80], "[request][repeat]")
    prompt = requests[0][0] if requests else None
    shared = replace(named, prompt=prompt, item_text=canonical(first.any("doc")))
    shared = asked.with_fields(shared, first)
    _require_agreement(records)
    _require_choice(first, answers)
    if isinstance(answers[0][0], str):
        if len(answers) > 1:
            raise first.fault("resps", f"{len(answers)} requests", "one request with texts")
        options = listed_options(prompt or "")
        return [
            replace(shared, epoch=n, raw=_generated(first, text), options=options)
            for n, text in enumerate(answers[0], start=1)
        ]
    return [_scored(shared, first, requests, answers, n) for n in range(len(answers[0]))]


def _require_choice(record: Record, answers: list[list[Any]]) -> None:
    """Refuse what holds no answer: the log-likelihood of a whole text, or of one continuation alone."""
    listed = record.any("arguments")
    arguments = list(listed.values()) if isinstance(listed, dict) else record.entries("arguments")
    lone = (
        len(arguments) == 1 and len(arguments[0]) == 1
        if all(isinstance(a, dict | list) for a in arguments)
        else False
    )
    scored = not isinstance(answers[0][0], str)
    if (lone and _is_number(answers[0][0])) or (scored and len(answers) == 1):
        raise record.fault(
            "resps",
            "the log-likelihood of one text",
            "generated texts, or the log-likelihoods of several options: tasks of type loglikelihood and "
            "loglikelihood_rolling hold no answer",
        )


def _is_number(value: Any) -> bool:
    try:
        float(value[0] if isinstance(value, list) and value else value)
    except (TypeError, ValueError):
        return False
    return True


def _generated(record: Record, text: Any) -> str:
    if not isinstance(text, str):
        raise record.fault("resps", f"JSON {type(text).__name__}", "texts")
    return text


def _scored(
    shared: LogRow, record: Record, requests: list[tuple[str, str]], answers: list[list[Any]], repeat: int
) -> LogRow:
    if len(requests) != len(answers) or any(repeat >= len(request) for request in answers):
        raise record.fault("resps", f"{len(answers)} requests", f"{len(requests)}, as in arguments")
    if len({prompt for prompt, _ in requests}) > 1:
        raise record.fault("arguments", "options after different contexts", "one context for all options")
    numbers, greedy = [], []
    for request in answers:
        value = request[repeat]
        try:
            number, flag = (value[0], value[1]) if isinstance(value, list) else (value, None)
            numbers.append(float(number))
        except (TypeError, ValueError, IndexError):
            raise record.fault("resps", canonical(value)[:80], "[log-probability, is_greedy]") from None
        greedy.append(None if flag is None else str(flag) == "True")
    wrong = [number for number in numbers if not number <= 1e-3]
    if wrong or all(number == float("-inf") for number in numbers):
        got = wrong[0] if wrong else "-inf for every option"
        raise record.fault("resps", got, "log-probabilities: numbers not above 0")
    if not all(option.strip() for _, option in requests):
        raise record.fault("arguments", "a request without an option", "the option's text as arg_1")
    scored = tuple(option.strip() for _, option in requests)
    shown = listed_options(requests[0][0]) if scored else ()
    return most_likely(replace(shared, epoch=repeat + 1), scored, numbers, shown=shown, greedy=greedy)


def _requests(record: Record) -> list[tuple[str, str]]:
    """Context and continuation of each request; in old files a list, in new ones named records."""
    arguments = record.any("arguments")
    found: list[Any] = (
        list(arguments.values()) if isinstance(arguments, dict) else record.entries("arguments")
    )
    pairs = []
    for argument in found:
        both = [argument.get("arg_0"), argument.get("arg_1")] if isinstance(argument, dict) else argument
        if not isinstance(both, list) or not both:
            raise record.fault("arguments", canonical(argument)[:80], "arg_0, arg_1")
        context = both[0] if isinstance(both[0], str) else canonical(both[0])
        second = both[1] if len(both) > 1 else ""
        pairs.append((context, second if isinstance(second, str) else ""))
    return pairs
