"""The one loop that reads logs: find the files, read each, take its rows, read their answers by a scale.

What a tool's logs look like is a `LogFormat` in the tool's own module; nothing else is to be said there. One record never
stops a file and one file never a folder: a record that can't be taken is a row without an answer where its model and item
are known (rule ``damaged record``), and a finding in any case; a file that can't be read is a finding. Reading stops where
nothing at all could be read.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from valuestats.base.boundary import one_error, place_of
from valuestats.base.errors import InputError, SpecificationError
from valuestats.base.progress import track
from valuestats.ingest.answers.parse import Compat
from valuestats.ingest.findings import FILE, NOT_READ, Findings, told
from valuestats.ingest.identity import Duplicates
from valuestats.ingest.item_scales import Scales
from valuestats.ingest.logs.fields import Record
from valuestats.ingest.logs.rows import LogRow, responses_of
from valuestats.ingest.paths import any_file, files_at, named, names_one_file
from valuestats.ingest.sources import Source, read_source, require_no_pointer
from valuestats.tables import Responses

DAMAGED = "damaged record"
"""Rule of a row whose record can't be taken; the row's error, and a finding, say why."""

FIELDS = ("item", "cluster", "condition", "persona", "language", "wording", "seed")
"""What a log's own metadata may say: the names that ``fields`` may map."""


@dataclass(frozen=True)
class Asked:
    """What a call asks of every record: the paths of the declared fields, and the model where no log names it.

    ``findings`` is where a format puts down what it can't take; ``said`` what it says once for a file.
    """

    fields: Mapping[str, str]
    model: str | None = None
    findings: Findings = field(default_factory=Findings)
    said: set[tuple[str, str]] = field(default_factory=set)

    def each[T](
        self,
        units: Iterable[T | InputError],
        rows: Callable[[T], Iterable[LogRow]],
        named: Callable[[T], LogRow],
    ) -> Iterator[LogRow]:
        """Rows of each record, or group of records.

        Parameters
        ----------
        units
            The records; an error in place of one that isn't even a record.
        rows
            The rows of one; it may raise `InputError`.
        named
            The row of a record whose answer can't be taken: model, item, epoch. It may raise `InputError` too: then there
            is no row.
        """
        for unit in units:
            if isinstance(unit, InputError):
                self.findings.left_out(NOT_READ, unit)
                continue
            try:
                with one_error(*place_of(unit)):
                    found = [_with_epoch(row) for row in rows(unit)]
            except InputError as error:
                yield from self._damaged(error, lambda unit=unit: named(unit))  # type: ignore[misc]
            else:
                yield from found

    def _damaged(self, error: InputError, named: Callable[[], LogRow]) -> Iterator[LogRow]:
        try:
            with one_error(error.file or "", error.row):
                row = _with_epoch(named())
        except InputError:
            self.findings.left_out(NOT_READ, error)
            return
        self.findings.left_out(DAMAGED, error)
        yield replace(row, raw=None, status="unparsable", rule=DAMAGED, error=told(error))

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
            try:
                with one_error(source.path):
                    yield from rows(source, asked)
            except InputError as error:
                asked.findings.left_out(FILE, error)

    return of_all


def read_logs(
    path: str | Path,
    kind: LogFormat,
    *,
    scale: Scales | None,
    fields: Mapping[str, str] | None,
    compat: Compat | None,
    duplicates: Duplicates,
    model: str | None = None,
) -> Responses:
    """Read all logs of one format below a path; the arguments are those of the tool's own reader.

    Raises
    ------
    InputError
        No such files, nothing in them that could be read (the first error), or what
        `valuestats.ingest.logs.rows.responses_of` raises.
    SpecificationError
        A field that can't be mapped, or no scale.
    """
    asked = Asked(check_fields(fields), model)
    files = log_files(path, kind.is_file, kind.files)
    asked.findings.names.update((str(file), name) for file, name in files)
    _find_pointers(path, {file for file, _ in files}, asked.findings)
    listed = track(files, f"reading {kind.files}", total=len(files), unit="file")
    rows = _without_twins(list(kind.rows(_sources(listed, asked.findings), asked)))
    if all(row.rule == DAMAGED for row in rows):
        asked.findings.raise_first()
    asked.findings.say()
    return responses_of(
        rows, scale=scale, compat=compat, duplicates=duplicates, path=path, findings=asked.findings
    )


def _find_pointers(path: str | Path, read: set[Path], findings: Findings) -> None:
    """Put down the files below a folder that only point to what may be a log."""
    for file in files_at(path) if Path(path).is_dir() else []:
        if file in read:
            continue
        try:
            require_no_pointer(head_of(file, 200), file)
        except InputError as error:
            findings.add(FILE, file.relative_to(path), None, told(error))


def _sources(files: Iterable[tuple[Path, str]], findings: Findings) -> Iterator[Source]:
    for file, name in files:
        try:
            source = read_source(file, name=name)
        except InputError as error:
            findings.left_out(FILE, error)
        else:
            yield source


def _with_epoch(row: LogRow) -> LogRow:
    if row.epoch < 0:
        raise Record({}, row.source, row.source_row).fault("epoch", row.epoch, "a whole number from 0")
    return row


def _without_twins(rows: list[LogRow]) -> list[LogRow]:
    """Rows without those of damaged records whose question another row has too: the finding tells of them."""
    asked = {_question(row) for row in rows if row.rule != DAMAGED}
    kept = []
    for row in rows:
        if row.rule == DAMAGED:
            if _question(row) in asked:
                continue
            asked.add(_question(row))
        kept.append(row)
    return kept


def _question(row: LogRow) -> tuple[object, ...]:
    return row.model, row.item, row.condition, row.persona, row.language, row.wording, row.epoch


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
