"""Tables in files read batch by batch, so that memory doesn't grow with the file."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.errors import InputError
from valuestats.ingest.findings import NOT_READ, Findings
from valuestats.ingest.sources import (
    MAX_UNPACKED,
    Source,
    decode,
    json_records_or_errors,
    require_no_pointer,
    require_text,
)
from valuestats.ingest.tabular.csv_pieces import LIMIT, csv_pieces
from valuestats.ingest.tabular.dialects import HEAD, Dialect, dialect_of, encoding_of, names_in
from valuestats.ingest.tabular.files import (
    Table,
    parse_csv,
    read_table,
    require_closed_quotes,
    require_distinct_names,
    table_format,
    value_at,
)
from valuestats.ingest.tabular.parquet import open_parquet

BATCH_ROWS, _BATCH_BYTES = 20_000, 8 << 20
_CHUNK = 1 << 20


@dataclass(frozen=True)
class ScannedTable:
    """A table's file after its first reading: what has to be known before a batch of it can be read.

    Attributes
    ----------
    source
        The file, its name and the SHA-256 of its uncompressed content; ``content`` is empty.
    kind
        ``"csv"``, ``"tsv"``, ``"jsonl"``, ``"json"``, ``"parquet"`` or ``"xlsx"``.
    encoding, dialect
        How a text file is written, as found.
    names
        Columns; of JSON Lines those of the names asked for that any record has.
    rows
        Records, where the first reading counts them.
    """

    source: Source
    kind: str
    encoding: str
    names: tuple[str, ...]
    rows: int | None
    is_zipped: bool
    dialect: Dialect


@dataclass(frozen=True)
class _Batch(Table):
    # A name that no record of this batch has may stand in another one: then it is null here, not absent.
    known: frozenset[str] = field(default_factory=frozenset)

    def column(self, name: str) -> pd.Series | None:
        found = super().column(name)
        if found is None and name in self.known:
            return pd.Series([None] * self.length, dtype=object)
        return found


def sha256_plain(path: Path) -> str:
    """SHA-256 of a file's uncompressed content, read in pieces."""
    digest = hashlib.sha256()
    for chunk in _raw_chunks(path):
        digest.update(chunk)
    return digest.hexdigest()


def scan_table(path: Path, *, name: str, wanted: Iterable[str] = (), encoding: str = "utf-8") -> ScannedTable:
    """Read a table's file once, in pieces: its hash, its columns, and whether it can be read to its end.

    Parameters
    ----------
    path, name
        The file, and the name it goes by.
    wanted
        Names, or dotted paths, to look for in the records of JSON Lines.
    encoding
        Of a text file.

    Raises
    ------
    InputError
        No such file, an empty one, another format than its name promises, bytes that the encoding doesn't
        have, a line that isn't JSON, a quoted field that is never closed.
    """
    kind = table_format(path)
    if kind is None:
        raise InputError("the file's name promises no table", file=path)
    with _opened(path) as handle:
        zipped = handle.read(2) == b"\x1f\x8b"
    digest, size = hashlib.sha256(), 0
    empty = Source(path, name, b"", "")

    def hashed() -> Iterator[bytes]:
        nonlocal size
        for chunk in _raw_chunks(path):
            if size == 0 and kind not in ("parquet", "xlsx"):
                require_text(
                    replace(empty, content=chunk[:4096]), "CSV" if kind in ("csv", "tsv") else "JSON"
                )
            digest.update(chunk)
            size += len(chunk)
            yield chunk

    names: tuple[str, ...] = ()
    rows = None
    dialect = Dialect(",", 0)
    start = next(_raw_chunks(path), b"")
    require_no_pointer(start, path)
    encoding = encoding_of(start, encoding)
    if kind == "jsonl":
        names, rows = _scan_records(_lines(_as_utf8(hashed(), encoding, empty), path), path, tuple(wanted))
    elif kind in ("csv", "tsv"):
        quotes = sum(chunk.count(b'"') for chunk in _as_utf8(hashed(), encoding, empty))
        if size:
            dialect = _dialect(empty, kind, encoding)
            with _text(empty, encoding) as text:
                names = names_in(text, dialect)
            require_distinct_names(names, empty)
            if quotes % 2:  # the only case in which one can be left open
                with _text(empty, encoding) as text:
                    require_closed_quotes(text, dialect.delimiter, path, limit=LIMIT)
    else:
        for _ in hashed():
            pass
    if not size:
        raise InputError("the file is empty", got="0 bytes", file=path)
    source = replace(empty, sha256=digest.hexdigest())
    if kind == "parquet" and not zipped:
        file = open_parquet(path, path, size)
        names, rows = file.names, file.rows
        require_distinct_names(names, source)
    return ScannedTable(source, kind, encoding, names, rows, zipped, dialect)


def table_batches(
    scanned: ScannedTable, *, rows: int = BATCH_ROWS, findings: Findings | None = None
) -> Iterator[Table]:
    """The table's rows in order, at most about `rows` at a time.

    JSON lists, spreadsheets and Parquet that was compressed once more can't be read in pieces and come as one batch.
    Records that can't be read are put down in `findings`; without it the first one is an error.

    Raises
    ------
    InputError
        A row doesn't fit into 128 MB.
    """
    source, kind = scanned.source, scanned.kind
    if kind == "jsonl":
        known = frozenset(scanned.names)
        for records, places in _record_batches(scanned, rows, findings):
            names = tuple(dict.fromkeys(key for record in records for key in record))
            yield _Batch(source, len(records), names, records, places, None, known)
    elif kind in ("csv", "tsv"):
        for part, places in _csv_batches(scanned, findings):
            for start in range(0, part.num_rows, rows):
                piece = part.slice(start, rows)
                yield Table(
                    source, piece.num_rows, scanned.names, piece, places[start : start + rows],
                    scanned.dialect.delimiter,
                )  # fmt: skip
    elif kind == "parquet" and not scanned.is_zipped:
        done = 0
        for part in open_parquet(source.path, source.path, source.path.stat().st_size).pieces(rows):
            yield Table(source, part.num_rows, scanned.names, part, np.arange(done, done + part.num_rows))
            done += part.num_rows
    else:
        yield read_table(source.path, name=source.name, encoding=scanned.encoding, findings=findings)


def _opened(path: Path) -> Any:
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise InputError("no such file", file=path) from None
    except OSError as error:
        raise InputError("the file can't be read", got=error.strerror, file=path) from None


def _raw_chunks(path: Path) -> Iterator[bytes]:
    with _opened(path) as handle:
        zipped = handle.read(2) == b"\x1f\x8b"
        handle.seek(0)
        stream: Any = gzip.GzipFile(fileobj=handle) if zipped else handle
        try:
            while chunk := stream.read(_CHUNK):
                yield chunk
        except (zlib.error, EOFError, gzip.BadGzipFile) as error:
            raise InputError(
                "the gzip stream is damaged or ends early",
                got=str(error),
                hint="fetch the file again",
                file=path,
            ) from None
        except OSError as error:
            raise InputError("the file can't be read", got=error.strerror, file=path) from None


def _as_utf8(chunks: Iterable[bytes], encoding: str, source: Source) -> Iterator[bytes]:
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError:
        decode(replace(source, content=b" "), encoding)
        raise
    start, before = True, 0
    for chunk in _with_end(chunks):
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            raise InputError(
                f"the text is not {encoding.upper()}",
                got=f"byte 0x{error.object[error.start]:02x} near byte {before + error.start}",
                expected=encoding.upper(),
                hint="name its encoding (e.g. encoding='latin-1') or save it as UTF-8",
                file=source.path,
            ) from None
        before += len(chunk)
        if start and text:
            text, start = text.removeprefix("\ufeff"), False
        if text:
            yield text.encode("utf-8", "surrogatepass")


def _with_end(chunks: Iterable[bytes]) -> Iterator[bytes]:
    yield from chunks
    yield b""  # tells the decoder that nothing follows


def _lines(chunks: Iterable[bytes], path: Path) -> Iterator[bytes]:
    rest: list[bytes] = []  # pieces, so that one very long line is joined once
    size = 0
    for chunk in chunks:
        first, *others = chunk.split(b"\n")
        rest.append(first)
        size = len(others[-1]) if others else size + len(first)
        if size > MAX_UNPACKED:  # a gzip stream of nothing else would fill the memory
            raise InputError("a line is too long", expected=f"at most {MAX_UNPACKED:,} bytes", file=path)
        if others:
            whole, rest = b"".join(rest), [others[-1]]
            yield whole
            del whole  # what is read of a very long line needs the room
            yield from others[:-1]
    yield b"".join(rest)


def _scan_records(lines: Iterable[bytes], path: Path, wanted: tuple[str, ...]) -> tuple[tuple[str, ...], int]:
    found: set[str] = set()
    dotted = [name for name in wanted if "." in name]
    rows = 0
    for record, _ in json_records_or_errors(lines, path):
        if isinstance(record, InputError):
            continue
        rows += 1
        found.update(record)
        for name in dotted:
            if name not in found and value_at(record, name.split("."))[0]:
                found.add(name)
    return tuple(sorted(found)), rows


def _record_batches(
    scanned: ScannedTable, rows: int, findings: Findings | None
) -> Iterator[tuple[list[dict[str, Any]], NDArray[np.int64]]]:
    text = _as_utf8(_raw_chunks(scanned.source.path), scanned.encoding, scanned.source)
    records: list[dict[str, Any]] = []
    places: list[int] = []
    size = 0
    lines = json_records_or_errors(_lines(text, scanned.source.path), scanned.source.path)
    for place, (record, length) in enumerate(lines):
        if isinstance(record, InputError):
            if findings is None:
                raise record
            findings.left_out(NOT_READ, record)
            continue
        records.append(record)
        places.append(place)
        size += length
        if len(records) >= rows or size >= _BATCH_BYTES:
            yield records, np.array(places, dtype=np.int64)
            records, places, size = [], [], 0
    if records:
        yield records, np.array(places, dtype=np.int64)


class _Stream(io.RawIOBase):
    """Chunks of bytes as a file that can be read once."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._rest = chunks, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = chunk
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size


def _text_stream(source: Source, encoding: str) -> io.BufferedReader:
    def ended() -> Iterator[bytes]:
        yield from _as_utf8(_raw_chunks(source.path), encoding, source)
        yield b"\n"  # a header without a line end is still a table

    return io.BufferedReader(_Stream(ended()), _CHUNK)


def _text(source: Source, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(_text_stream(source, encoding), "utf-8", "surrogatepass", newline="")


def _dialect(source: Source, kind: str, encoding: str) -> Dialect:
    with _text(source, encoding) as text:
        head = text.read(HEAD + 1)
    return dialect_of(head[:HEAD], "," if kind == "csv" else "\t", is_whole=len(head) <= HEAD)


def _csv_batches(scanned: ScannedTable, findings: Findings | None) -> Iterator[tuple[Any, NDArray[np.int64]]]:
    """Tables of whole rows of a CSV file, each with the numbers of its rows.

    Arrow's own reader of streams calls back into Python from threads that outlive it, which a row that is too long has
    made it leave behind: rows are cut here, and each piece is parsed by itself.
    """
    done = 0
    with _text(scanned.source, scanned.encoding) as text:
        for _ in range(scanned.dialect.skipped):
            text.readline()
        for number, piece in enumerate(csv_pieces(text, scanned.dialect.delimiter, scanned.source.path)):
            found, lost = parse_csv(
                piece.encode("utf-8", "surrogatepass"), scanned.names, scanned.dialect.delimiter, scanned.source,
                findings, has_header=number == 0, before=done,
            )  # fmt: skip
            places = np.setdiff1d(np.arange(done, done + found.num_rows + len(lost)), lost)
            done += found.num_rows + len(lost)
            if found.num_rows:
                yield found, places
