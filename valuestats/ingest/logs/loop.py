"""The one loop that reads logs: find the files, read each, take its rows, read their answers by a scale.

What a tool's logs look like is a `LogFormat` in the tool's own module; nothing else is to be said there. A record that
fails but can be named (its model and item are known) is a `LogRow` with a status. One that can't be taken stops the
reading: Responses has no row without an item, and a row left out is a row lost.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from valuestats.base.errors import InputError, SpecificationError
from valuestats.base.progress import track
from valuestats.ingest.answers.parse import Compat
from valuestats.ingest.answers.scales import ScaleLike
from valuestats.ingest.identity import Duplicates
from valuestats.ingest.logs.fields import Record
from valuestats.ingest.logs.rows import LogRow, responses_of
from valuestats.ingest.paths import any_file, files_at, named, names_one_file
from valuestats.ingest.sources import Source, read_source
from valuestats.tables import Responses

FIELDS = ("item", "cluster", "condition", "persona", "language", "wording", "seed")
"""What a log's own metadata may say: the names that ``fields`` may map."""


@dataclass(frozen=True)
class Asked:
    """What a call asks of every record: the paths of the declared fields, and the model where no log names it."""

    fields: Mapping[str, str]
    model: str | None = None

    def row(self, record: Record, **known: Any) -> LogRow:
        """The row of a record, of what the tool's module read from it and what the declared fields say."""
        return self.with_fields(LogRow(source=record.source, source_row=record.row, **known), record)

    def with_fields(self, row: LogRow, record: Record) -> LogRow:
        """The row with what a record says under the declared paths; every record must say it."""
        if not self.fields:
            return row
        said: dict[str, Any] = {name: record.identifier(path) for name, path in self.fields.items()}
        return replace(row, **said)


@dataclass(frozen=True)
class LogFormat:
    """How the logs of one tool look.

    Attributes
    ----------
    name
        What ``reader=`` calls it.
    files
        What its files are called in a sentence.
    is_file
        Whether a file is one of them.
    rows
        The rows of all files, read one after the other; `file_by_file` makes it of the rows of one.
    """

    name: str
    files: str
    is_file: Callable[[Path], bool]
    rows: Callable[[Iterator[Source], Asked], Iterable[LogRow]]

    def detect(self, path: str | Path) -> bool:
        """Whether a path is such a file, a folder or a pattern with one."""
        return any_file(path, self.is_file)


def file_by_file(
    rows: Callable[[Source, Asked], Iterable[LogRow]],
) -> Callable[[Iterator[Source], Asked], Iterator[LogRow]]:
    """Rows of all files, where no file needs another."""

    def of_all(sources: Iterator[Source], asked: Asked) -> Iterator[LogRow]:
        for source in sources:
            yield from rows(source, asked)

    return of_all


def read_logs(
    path: str | Path,
    kind: LogFormat,
    *,
    scale: ScaleLike | None,
    fields: Mapping[str, str] | None,
    compat: Compat | None,
    duplicates: Duplicates,
    model: str | None = None,
) -> Responses:
    """Read all logs of one format below a path; the arguments are those of the tool's own reader.

    Raises
    ------
    InputError
        No such files, no rows in them, or what the format and `valuestats.ingest.logs.rows.responses_of` raise.
    SpecificationError
        A field that can't be mapped, or no scale.
    """
    asked = Asked(check_fields(fields), model)
    files = log_files(path, kind.is_file, kind.files)
    listed = track(files, f"reading {kind.files}", total=len(files), unit="file")
    rows = kind.rows((read_source(file, name=name) for file, name in listed), asked)
    return responses_of(rows, scale=scale, compat=compat, duplicates=duplicates, path=path)


def check_fields(fields: Mapping[str, str] | None) -> dict[str, str]:
    """The map of our names to paths into the records, or an error for a name that isn't one of `FIELDS`."""
    found = dict(fields or {})
    unknown = sorted(set(found) - set(FIELDS))
    if unknown:
        raise SpecificationError(
            "unknown field",
            parameter="fields",
            got=", ".join(unknown),
            expected=f"some of {', '.join(FIELDS)}",
        )
    return found


def log_files(path: str | Path, detect: Callable[[Path], bool], kind: str) -> list[tuple[Path, str]]:
    """Files of one kind meant by a path, a folder or a glob pattern, each with the name it goes by.

    Raises
    ------
    InputError
        None is there.
    """
    if names_one_file(path):
        return named([Path(path)])
    files = [p for p in files_at(path) if detect(p)]
    if not files:
        raise InputError(f"no {kind} here", file=path)
    return named(files, path if Path(path).is_dir() else None)


def head_of(path: Path, size: int = 8192) -> bytes:
    """First bytes of a file, unzipped where it is gzip-compressed; none where it can't be read."""
    try:
        with path.open("rb") as handle:
            start = handle.read(size)
        if start.startswith(b"\x1f\x8b"):
            with gzip.open(path) as unzipped:
                start = unzipped.read(size)
    except (OSError, EOFError, zlib.error):
        return b""
    return start.removeprefix(b"\xef\xbb\xbf")
