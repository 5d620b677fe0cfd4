"""How a folder of partitioned answers is laid out, and what tells that it is whole."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from valuestats.base.errors import InputError
from valuestats.base.files import atomic_file

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


@contextmanager
def sole_writer(folder: Path) -> Iterator[None]:
    """Hold the folder's lock while the block runs, so that no other ingest writes into it.

    The operating system gives the lock back when the process ends, however it ends: none can be left behind. The
    lock's file stays, and says who held it last. Where a file system has no locks, the block runs without.

    Raises
    ------
    InputError
        Another ingest holds the lock.
    """
    file = folder / RECORDS / "lock"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+", encoding="utf-8") as handle:
        try:
            _lock(handle.fileno())
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
                handle.seek(0)
                raise InputError(
                    "another ingest is writing into this folder",
                    got=handle.read(200).strip() or None,
                    hint="wait until it has ended, then run this one again, or write to another folder",
                    file=folder,
                ) from None
            if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL):
                raise
        handle.truncate(0)
        handle.write(f"process {os.getpid()} since {datetime.now(UTC).isoformat(timespec='seconds')}\n")
        handle.flush()
        yield  # closing the file gives the lock back


if sys.platform == "win32":

    def _lock(number: int) -> None:
        import msvcrt

        os.lseek(number, 1 << 20, os.SEEK_SET)  # beyond the text, which others may then still read
        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)

else:

    def _lock(number: int) -> None:
        import fcntl

        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)


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
