"""Samples of an inspect_ai archive: one member each, or a folder of members that hold a sample in chunks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from valuestats.base.errors import InputError
from valuestats.ingest.logs.archives import Archive
from valuestats.ingest.logs.fields import Record
from valuestats.ingest.sources import parse_json

_SAMPLE = re.compile(r"samples/.+\.json", re.DOTALL)
_SHELL, _METADATA = "/sample.json", "/metadata.json"


def samples_of(archive: Archive) -> Iterator[Record | InputError]:
    """Each sample of an archive in the order of its members, or the error that says why it can't be read.

    A sample in chunks is a folder with ``sample.json``: its messages and attachments stand in files named by the number of
    their first entry, ``message_refs`` lists ranges of messages, and a text ``attachment://3`` is the attachment of that
    number (log version 3).
    """
    shells = {name.removesuffix(_SHELL) for name in archive.names if _is_shell(name)}
    names = [
        name
        for name in archive.names
        if _SAMPLE.fullmatch(name) and (_is_shell(name) or not _is_below(name, shells))
    ]
    for row, name in enumerate(names):
        try:
            prefix = name.removesuffix(_SHELL)
            content = _whole_sample(archive, prefix, row) if prefix in shells else member(archive, name, row)
        except InputError as error:
            error.row = row
            yield error
            continue
        yield Record(content, archive.source, row)


def member(archive: Archive, name: str, row: int | None = None) -> Any:
    """One member as JSON.

    Raises
    ------
    InputError
        It is damaged, no JSON, or no record.
    """
    content = _json(archive, name, row)
    if not isinstance(content, dict):
        raise InputError(
            "not a record",
            got=f"{name!r}: JSON {type(content).__name__}",
            expected="{…}",
            file=archive.source.path,
            row=row,
        )
    return content


def _json(archive: Archive, name: str, row: int | None) -> Any:
    try:
        return parse_json(archive.read(name))
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(
            "a member of the log is not JSON",
            got=f"{name!r}: {str(error)[:200]}",
            file=archive.source.path,
            row=row,
        ) from None


def _is_shell(name: str) -> bool:
    # A sample in one member always ends in "_epoch_1.json", whatever the item is called.
    return name.startswith("samples/") and name.endswith(_SHELL) and name.count("/") > 1


def _is_below(name: str, shells: set[str]) -> bool:
    parts = name.split("/")
    return any("/".join(parts[:end]) in shells for end in range(2, len(parts)))


def _whole_sample(archive: Archive, prefix: str, row: int) -> dict[str, Any]:
    sample = dict(member(archive, prefix + _SHELL, row))
    if prefix + _METADATA in archive.names:
        sample["metadata"] = member(archive, prefix + _METADATA, row)
    messages = _sequence(archive, f"{prefix}/messages/", row)
    ranges = sample.get("message_refs") or []
    try:
        sample["messages"] = [message for start, end in ranges for message in messages[start:end]]
        wanted = sum(end - start for start, end in ranges)
    except (TypeError, ValueError):
        raise Record(sample, archive.source, row).fault(
            "message_refs", str(ranges)[:80], "[[first, end], …]"
        ) from None
    if len(sample["messages"]) != wanted:
        raise Record(sample, archive.source, row).fault(
            "message_refs", f"{len(messages)} messages", f"the {wanted} that it names"
        )
    attachments = _sequence(archive, f"{prefix}/attachments/", row)
    sample["attachments"] = {str(number): text for number, text in enumerate(attachments)}
    return sample


def _sequence(archive: Archive, folder: str, row: int) -> list[Any]:
    chunks: list[tuple[int, str]] = []
    for name in archive.names:
        stem = name.removeprefix(folder).removesuffix(".json")
        if name.startswith(folder) and stem.isdecimal():
            chunks.append((int(stem), name))
    found: list[Any] = []
    for start, name in sorted(chunks):
        content = _json(archive, name, row)
        if not isinstance(content, list) or start != len(found):
            raise InputError(
                "a chunk of a sample is missing",
                got=f"{name!r} after {len(found)} entries",
                expected="a list that goes on where the one before ends",
                file=archive.source.path,
                row=row,
            )
        found += content
    return found
