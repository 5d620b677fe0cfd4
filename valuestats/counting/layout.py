"""How a folder of partitioned answers is laid out, and what tells that it is whole."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from valuestats.errors import InputError
from valuestats.files import atomic_file

PARTITION = "model_folder"
"""The Hive key of the partitions; the model's own name stands in the files' column ``model``."""

RECORDS, STAGING = "_sources", "_staging"


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
    return f"{PARTITION}={plain}--{hashlib.sha256(model.encode('utf-8', 'surrogatepass')).hexdigest()[:10]}"


def read_records(folder: Path) -> dict[str, dict[str, Any]]:
    """What has been ingested into a folder: the record of each source, by its SHA-256."""
    records = [
        json.loads(file.read_text(encoding="utf-8")) for file in sorted((folder / RECORDS).glob("*.json"))
    ]
    return {record["sha256"]: record for record in records}


def write_record(folder: Path, record: dict[str, Any]) -> None:
    """Write the record of one source; from then on its staged files count as ingested."""
    with atomic_file(folder / RECORDS / f"{record['sha256']}.json") as temporary:
        temporary.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def require_finished(folder: Path) -> None:
    """Raise where an ingest into this folder was broken off while it moved its files into place.

    Raises
    ------
    InputError
        A recorded source has staged files, or files that are gone.
    """
    for record in read_records(folder).values():
        gone = [name for name in record["files"] if not (folder / name).is_file()]
        if gone:
            raise InputError(
                "the folder isn't whole: a file of an ingested source is not in its place",
                got=f"{len(gone)} of {len(record['files'])} files of {record['name']}, e.g. {gone[0]}",
                hint="run the same ingest again: it finishes what was broken off",
                file=folder,
            )
