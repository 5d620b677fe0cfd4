"""JSON files whose records stand under a key of the file, beside what holds for all of them."""

from __future__ import annotations

from typing import Any

from valuestats.base.errors import InputError
from valuestats.ingest.sources import Source, decode, read_json, read_text_json


def records_under(
    source: Source, encoding: str = "utf-8", key: str | None = None
) -> list[dict[str, Any] | InputError]:
    """The records of a JSON file, each as a record or as the error that says why it is none.

    A file is a list of records, or an object that holds one such list (``{"model": …, "questions": [{…}, …]}``). Texts and
    numbers beside the list are columns of every record that doesn't have them itself.

    Parameters
    ----------
    source, encoding
        The file.
    key
        Under which key the list stands, where there are several.

    Raises
    ------
    InputError
        Neither; or several lists of records, by their keys, and none is named.
    """
    content = read_json(source) if encoding == "utf-8" else read_text_json(decode(source, encoding), source)
    if isinstance(content, list):
        return [_record(value, source, row) for row, value in enumerate(content)]
    lists = (
        {key: value for key, value in content.items() if _holds_records(value)}
        if isinstance(content, dict)
        else {}
    )
    if key is not None:
        lists = {name: value for name, value in lists.items() if name == key}
    if len(lists) != 1:
        raise InputError(
            "not a list of records" if not lists else "several lists of records in one file",
            got=what_json_is(content) if not lists else ", ".join(map(repr, lists)),
            expected="[{…}, …], or an object with one such list",
            hint=f"say which with records={next(iter(lists))!r}" if lists else None,
            file=source.path,
        )
    rows = next(iter(lists.values()))
    shared = {key: value for key, value in content.items() if isinstance(value, str | int | float | bool)}
    found: list[dict[str, Any] | InputError] = []
    for row, value in enumerate(rows):
        record = _record(value, source, row)
        found.append(record if isinstance(record, InputError) else {**shared, **record})
    return found


def _holds_records(value: Any) -> bool:
    return (
        isinstance(value, list) and bool(value) and sum(isinstance(v, dict) for v in value) * 2 > len(value)
    )


def _record(value: Any, source: Source, row: int) -> dict[str, Any] | InputError:
    if isinstance(value, dict):
        return value
    return InputError("not a record", got=f"JSON {_kind(value)}", expected="{…}", file=source.path, row=row)


def what_json_is(content: Any) -> str:
    """What a JSON file is, as far as its keys tell.

    Examples
    --------
    >>> what_json_is({"results": {"version": 2, "results": []}}), what_json_is({"a": 1})
    ('a promptfoo export of version 2', 'JSON object')
    """
    if not isinstance(content, dict):
        return f"JSON {_kind(content)}"
    keys = set(content)
    inner = content.get("results")
    summary = inner if isinstance(inner, dict) else content
    if "version" in summary and {"results", "table", "stats"} & set(summary) and "eval" not in keys:
        return f"a promptfoo export of version {summary['version']}"
    if {"eval", "status"} <= keys or ("eval" in keys and "samples" in keys):
        return "an inspect_ai log"
    if content and all(isinstance(value, dict) and "eval" in value for value in content.values()):
        return "a manifest of inspect_ai logs, which holds no answers"
    if "request_states" in keys:
        return "a scenario state of HELM"
    if {"adapter_spec", "scenario_spec"} & keys:
        return "a run specification of HELM; the answers stand in scenario_state.json"
    if {"results", "configs"} <= keys:
        return "results of lm-evaluation-harness, which hold scores; the answers stand in samples_*.jsonl"
    if "config_general" in keys:
        return "results of lighteval, which hold scores; the answers stand in details_*.parquet"
    return "JSON object"


def _kind(value: object) -> str:
    kinds = {dict: "object", list: "list", str: "string", bool: "boolean", type(None): "null"}
    return kinds.get(type(value), "number")
