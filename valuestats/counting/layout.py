"""How a folder of partitioned answers is laid out, and what tells that it is whole."""

from __future__ import annotations

import hashlib
import json
import os
import re
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from valuestats.base.errors import InputError
from valuestats.base.files import atomic_file
from valuestats.base.locks import sole_process

PARTITION = "model_folder"
"""The Hive key of the partitions; the model's own name stands in the files' column ``model``."""

RECORDS, STAGING = "_sources", "_staging"
SHARED_FOLDERS = 28
"""Folders of models that stand beside each other, where there are too many models for a folder each."""

_FILE = re.compile(rf"{PARTITION}=[A-Za-z0-9-]+/[0-9a-f]+-[0-9]+\.parquet")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FIELDS: dict[str, type] = {
    "name": str, "sha256": str, "settings": str, "rows": int, "columns": list, "left_out": list, "files": list,
}  # fmt: skip


def partition_name(model: str) -> str:
    """Folder of one model: a readable part, and a hash that tells apart what reads the same.

    Model names hold ``/``, ``:`` and anything else, file systems fold case, and Hive's own escapes are not
    read alike by every engine.

    Examples
    --------
    >>> partition_name("meta-llama/Llama-3:8b")
    'model_folder=meta-llama-Llama-3-8b--5c15805991'
    """
    plain = re.sub(r"[^A-Za-z0-9]+", "-", model).strip("-")[:60] or "model"
    return f"{PARTITION}={plain}--{_hash(model)[:10]}"


def shared_partition_name(model: str) -> str:
    """Folder that a model shares with others, where there are too many for a folder each.

    Examples
    --------
    >>> shared_partition_name("meta-llama/Llama-3:8b")
    'model_folder=several--21'
    """
    return f"{PARTITION}=several--{int(_hash(model)[:8], 16) % SHARED_FOLDERS:02d}"


def _hash(model: str) -> str:
    return hashlib.sha256(model.encode("utf-8", "surrogatepass")).hexdigest()


def read_records(folder: Path) -> dict[str, dict[str, Any]]:
    """What has been ingested into a folder: the record of each source, by its SHA-256.

    Raises
    ------
    InputError
        A record that `write_record` can't have written, one that names a file outside of the folder among them.
    """
    records = [_record(file) for file in sorted((folder / RECORDS).glob("*.json"))]
    return {record["sha256"]: record for record in records}


def _record(file: Path) -> dict[str, Any]:
    why: str | None
    try:
        record = json.loads(file.read_bytes())
        why = _fault(record, file)
    except (ValueError, RecursionError) as error:
        record, why = {}, str(error)[:200]
    if why is not None:
        raise InputError(
            "the record of an ingested source is damaged, or of another program",
            got=why,
            hint="write the sources to a new folder",
            file=file,
        )
    return dict(record)


def _fault(record: object, file: Path) -> str | None:
    """What is wrong with a record; nothing it says is believed before this is None."""
    if not isinstance(record, dict):
        return f"JSON {type(record).__name__}, not an object"
    for name, kind in _FIELDS.items():
        if not isinstance(record.get(name), kind):
            return f"{name} is {record.get(name)!r}"
    if not _SHA256.fullmatch(record["sha256"]) or file.stem != record["sha256"]:
        return f"sha256 is {record['sha256']!r}"
    texts = [*record["columns"], *record["left_out"], *record["files"]]
    if not all(isinstance(text, str) for text in texts):
        return "a name that is no text"
    strange = [name for name in record["files"] if not _FILE.fullmatch(name)]
    return f"a file named {strange[0]!r}" if strange else None


def require_no_links(folder: Path) -> None:
    """Raise where a link stands in a folder of ingested answers: what is written through it would land elsewhere.

    Raises
    ------
    InputError
        A link.
    """
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            if Path(place, name).is_symlink():
                raise InputError(
                    "a link stands in a folder of ingested answers, where none is ever made",
                    file=Path(place, name),
                    hint="write to a new folder",
                )


def write_record(folder: Path, record: dict[str, Any]) -> None:
    """Write the record of one source; from then on its staged files count as ingested."""
    with atomic_file(folder / RECORDS / f"{record['sha256']}.json") as temporary:
        temporary.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def sole_writer(folder: Path) -> AbstractContextManager[None]:
    """Hold the folder's lock while a block runs, so that no other ingest writes into it.

    Raises
    ------
    InputError
        Another ingest holds the lock.
    """
    return sole_process(
        folder / RECORDS / "lock", folder=folder, doing="another ingest is writing into this folder"
    )


def require_finished(folder: Path) -> None:
    """Raise where the files of a folder are not those that its records name.

    Raises
    ------
    InputError
        A recorded source has staged files, or files that are gone; or a file is there that no record names.
    """
    records = read_records(folder)
    for record in records.values():
        gone = [name for name in record["files"] if not (folder / name).is_file()]
        if gone:
            raise InputError(
                "the folder isn't whole: a file of an ingested source is not in its place",
                got=f"{len(gone)} of {len(record['files'])} files of {record['name']}, e.g. {gone[0]}",
                hint="run the same ingest again: it finishes what was broken off",
                file=folder,
            )
    if records:
        named = {name for record in records.values() for name in record["files"]}
        there = (p.relative_to(folder).as_posix() for p in folder.glob(f"{PARTITION}=*/*.parquet"))
        strange = sorted(set(there) - named)
        if strange:
            raise InputError(
                "the folder holds answers that no record of an ingested source names",
                got=f"{len(strange)} files, e.g. {strange[0]}",
                hint="remove them, or write the sources to a new folder",
                file=folder,
            )
