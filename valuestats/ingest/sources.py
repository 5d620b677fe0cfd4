"""Source files: bytes, hashes and one clear error for whatever isn't what it is said to be."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from valuestats.base.errors import InputError
from valuestats.ingest.limits import MAX_RATIO as MAX_RATIO
from valuestats.ingest.limits import require_few_parts, unpacked_limit

_MAGIC = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"PK\x03\x04", "a ZIP archive (or a spreadsheet)"),
    (b"%PDF", "a PDF"),
    (b"(\xb5/\xfd", "a Zstandard archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "an SQLite database"),
)
_POINTERS = (
    (b"version https://git-lfs.github.com/spec/", "a git-lfs pointer", "fetch the file itself: git lfs pull"),
    (b"/annex/objects/", "a git-annex pointer", "fetch the file itself: git annex get"),
)
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_LONG = b"0" * 20
_AS_ZEROS = bytes(b"0"[0] if byte in b"0123456789" else b" "[0] for byte in range(256))
_AT_ONCE = 1 << 20
_MOST_DIGITS = 4000
"""Digits of a whole number; Python itself refuses to read or write more than 4300."""

MAX_UNPACKED = 1 << 30
"""Bytes of one line, and of one Parquet file whatever its own size."""


@dataclass(frozen=True)
class Source:
    """One file as read: where it is, what it is called, its uncompressed bytes and their SHA-256."""

    path: Path
    name: str
    content: bytes
    sha256: str


def plain_name(path: str | Path) -> str:
    """A path without the ``.gz`` that a mirror may add.

    Examples
    --------
    >>> plain_name("runs/a.json.gz"), plain_name("a.json")
    ('runs/a.json', 'a.json')
    """
    return Path(path).as_posix().removesuffix(".gz")


def read_source(path: str | Path, *, name: str | None = None) -> Source:
    """Read a file, plain or gzip-compressed, and hash its uncompressed content.

    Raises
    ------
    InputError
        No such file, a folder, no bytes, or a gzip stream that is damaged or ends early.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError("no such file", file=path) from None
    except IsADirectoryError:
        raise InputError("a folder stands where a file was expected", file=path) from None
    except OSError as error:
        raise InputError("the file can't be read", got=error.strerror, file=path) from None
    if content.startswith(_GZIP):
        content = _gunzip(content, path)
    if not content:
        raise InputError("the file is empty", got="0 bytes", file=path)
    require_no_pointer(content, path)
    return Source(
        path, plain_name(path) if name is None else name, content, hashlib.sha256(content).hexdigest()
    )


def require_no_pointer(content: bytes, path: str | Path) -> None:
    """Raise where the bytes only point to a file that is kept elsewhere."""
    for start, kind, hint in _POINTERS:
        if content.startswith(start):
            raise InputError(f"{kind} stands in place of the file", got=kind, hint=hint, file=path)


def _gunzip(data: bytes, path: Path) -> bytes:
    limit = unpacked_limit(len(data))
    parts: list[bytes] = []
    rest, size = data, 0
    try:
        while rest:
            stream = zlib.decompressobj(31)
            parts.append(stream.decompress(rest, limit - size + 1))
            size += len(parts[-1])
            if size > limit:
                raise InputError(
                    "the gzip stream unpacks to far more than it should",
                    got=f"more than {limit:,} bytes from {len(data):,}",
                    hint="unpack it yourself if it is meant to be so large",
                    file=path,
                )
            if not stream.eof:
                raise EOFError("no end mark")
            rest = stream.unused_data.lstrip(b"\0")  # tapes pad with zeros
    except (zlib.error, EOFError) as error:
        raise InputError(
            "the gzip stream is damaged or ends early",
            got=f"{len(data)} bytes: {error}",
            hint="fetch the file again",
            file=path,
        ) from None
    return parts[0] if len(parts) == 1 else b"".join(parts)


def require_text(source: Source, expected: str) -> None:
    """Raise where the bytes are plainly of another format than `expected`."""
    head = source.content[:512].removeprefix(_BOM).lstrip().lower()
    kind = next((what for magic, what in _MAGIC if source.content.startswith(magic)), None)
    if kind is None and head.startswith((b"<!doctype", b"<html", b"<?xml")):
        kind = "a web page or XML"
    if kind is not None:
        raise InputError("the file is of another format", got=kind, expected=expected, file=source.path)


def decode(source: Source, encoding: str = "utf-8") -> str:
    """Content as text, without a byte order mark.

    Raises
    ------
    InputError
        A byte that the encoding doesn't have, named by its place and line; an unknown encoding.
    """
    content = source.content
    try:
        return content.decode(encoding).removeprefix("\ufeff")
    except LookupError:
        raise InputError("unknown encoding", parameter="encoding", got=encoding, file=source.path) from None
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
        raise InputError(
            f"the text is not {encoding.upper()}",
            got=f"byte 0x{content[error.start]:02x} at byte {error.start}, line {line}",
            expected=encoding.upper(),
            hint="it starts like UTF-16: name encoding='utf-16'"
            if marked
            else "name its encoding (e.g. encoding='latin-1') or save it as UTF-8",
            file=source.path,
        ) from None


def parse_json(text: bytes) -> Any:
    """Parse JSON; what Python's own writer allows beyond the standard (NaN, lone surrogates) is read too.

    Whole numbers keep all their digits: those of more than `_MOST_DIGITS` as text.

    Raises
    ------
    json.JSONDecodeError
        Not JSON.
    UnicodeDecodeError
        Not UTF-8.

    Examples
    --------
    >>> parse_json(b'[123456789012345678901234567890, 2]')
    [123456789012345678901234567890, 2]
    """
    if not _has_long_number(text):  # beyond 64 bits orjson makes a float of it
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            pass
    return json.loads(text.decode("utf-8"), parse_int=_whole)


def _has_long_number(text: bytes) -> bool:
    """Whether so many digits stand in a row: a search of equal bytes, ten times as quick as one by a pattern."""
    return any(
        _LONG in text[start : start + _AT_ONCE + len(_LONG) - 1].translate(_AS_ZEROS)
        for start in range(0, len(text), _AT_ONCE)
    )


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) <= _MOST_DIGITS else digits


def read_json(source: Source) -> Any:
    """Parse a JSON file; bad syntax is an `InputError` that names the byte."""
    require_text(source, "JSON")
    content = source.content.removeprefix(_BOM)
    require_few_parts(content, source.path)
    try:
        return _parsed(content, source)
    except UnicodeDecodeError:
        decode(source)
        raise


def read_text_json(text: str, source: Source) -> Any:
    """Parse the text of a JSON file in another encoding than UTF-8; as `read_json`."""
    return _parsed(text.encode("utf-8", "surrogatepass"), source)


def _parsed(content: bytes, source: Source) -> Any:
    try:
        return parse_json(content)
    except RecursionError:
        raise InputError("the JSON is nested too deep", file=source.path) from None
    except json.JSONDecodeError as error:
        place = len(error.doc[: error.pos].encode()) + max(0, len(source.content) - len(content))
        cut = place >= len(source.content.rstrip()) - 1 or "Unterminated string" in error.msg
        raise InputError(
            "the JSON ends early" if cut else "not JSON",
            got=f"{error.msg} at byte {place} of {len(source.content)}, line {error.lineno}",
            hint="the file may have been cut off: fetch or write it again" if cut else None,
            file=source.path,
        ) from None


def read_records(source: Source) -> list[dict[str, Any]]:
    """Parse a JSON file that holds a list of records."""
    content = read_json(source)
    if not isinstance(content, list):
        raise InputError(
            "not a list of records", got=f"JSON {_json_kind(content)}", expected="[{…}, …]", file=source.path
        )
    for row, record in enumerate(content):
        if type(record) is not dict:
            raise InputError(
                "not a record", got=f"JSON {_json_kind(record)}", expected="{…}", file=source.path, row=row
            )
    return content


def json_records(lines: Iterable[bytes], path: Path) -> Iterator[tuple[dict[str, Any], int]]:
    """Records of the lines of a JSON Lines file, each with the length of its line; blank lines are none.

    Raises
    ------
    InputError
        A line that isn't JSON, or isn't a record; with its number.
    """
    for record, length in json_records_or_errors(lines, path):
        if isinstance(record, InputError):
            raise record
        yield record, length


def json_records_or_errors(
    lines: Iterable[bytes], path: Path
) -> Iterator[tuple[dict[str, Any] | InputError, int]]:
    """As `json_records`, with the error in place of a record where a line holds none."""
    row, following = 0, iter(enumerate(lines, start=1))
    waiting = next(following, None)
    while waiting is not None:
        number, line = waiting
        waiting = next(following, None)
        if not line.strip():
            continue
        found, length = _record_or_error(line, number, row, path, is_last=waiting is None), len(line)
        del line  # a very long one need not stand beside its record
        yield found, length
        row += 1


def _record_or_error(
    line: bytes, number: int, row: int, path: Path, *, is_last: bool
) -> dict[str, Any] | InputError:
    try:
        require_few_parts(line, path)
    except InputError as error:
        return error
    try:
        record = parse_json(line)
    except (ValueError, RecursionError) as error:
        return InputError(
            "a line is not JSON",
            got=f"line {number}: {error}",
            hint="the file may have been cut off" if is_last else None,
            file=path,
            row=row,
        )
    if isinstance(record, dict):
        return record
    return InputError(
        "a line is not a record",
        got=f"line {number}: JSON {type(record).__name__}",
        expected="{…}",
        file=path,
        row=row,
    )


def _json_kind(value: object) -> str:
    kinds = {dict: "object", list: "list", str: "string", bool: "boolean", type(None): "null"}
    return kinds.get(type(value), "number")


def read_ahead(
    paths: Iterable[tuple[Path, str]], *, read: Callable[..., Source] = read_source, workers: int = 2
) -> Iterator[Source]:
    """Read (path, name) pairs in order, a few files ahead of their use.

    Unzipping and hashing release the interpreter, so they go on while the caller parses; no more than
    ``2 * workers`` files are held at once.
    """
    waiting = iter(paths)
    with ThreadPoolExecutor(workers, thread_name_prefix="valuestats-read") as pool:
        ahead: list[Future[Source]] = [
            pool.submit(read, path, name=name) for path, name in islice(waiting, 2 * workers)
        ]
        try:
            while ahead:
                source = ahead.pop(0).result()
                ahead.extend(pool.submit(read, path, name=name) for path, name in islice(waiting, 1))
                yield source
        finally:
            for future in ahead:
                future.cancel()
