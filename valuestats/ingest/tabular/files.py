"""Tables in files: CSV, TSV, JSON Lines, JSON, Parquet and spreadsheets, plain or gzip-compressed, as columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.errors import InputError
from valuestats.ingest.answers.texts import text_series
from valuestats.ingest.findings import NOT_READ, Findings
from valuestats.ingest.paths import files_at, named, names_one_file
from valuestats.ingest.sources import (
    Source,
    decode,
    json_records_or_errors,
    plain_name,
    read_source,
    require_text,
)
from valuestats.ingest.tabular.dialects import HEAD, Dialect, dialect_of, encoding_of, names_in
from valuestats.ingest.tabular.nested import records_under
from valuestats.ingest.tabular.parquet import open_parquet
from valuestats.ingest.tabular.spreadsheets import sheet_records

FORMATS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".parquet": "parquet",
    ".xlsx": "xlsx",
}


@dataclass(frozen=True)
class Table:
    """One table: its source, its number of rows, and its columns, read when they are asked for.

    ``places`` are the numbers of the rows in the file, where some were left out; ``delimiter`` is that of a text file.
    """

    source: Source
    length: int
    names: tuple[str, ...]
    _columns: Any
    places: NDArray[np.int64] | None = None
    delimiter: str | None = None

    @property
    def rows(self) -> NDArray[np.int64]:
        """Number of each row in the file, from 0."""
        return np.arange(self.length) if self.places is None else self.places

    def has(self, name: str) -> bool:
        """Whether there is such a column, or path into records."""
        return name in self.names or ("." in name and self.column(name) is not None)

    def column(self, name: str) -> pd.Series | None:
        """The values of one column; for records also of a path into them (``"output.model"``); or None."""
        if isinstance(self._columns, list):
            return column_of_records(self._columns, name)
        if name not in self.names:
            return None
        column = self._columns.column(name)
        if str(column.type) in ("string", "large_string"):
            return text_series(column.to_pylist())
        return pd.Series(column.to_pylist(), dtype=object)


def table_format(path: str | Path) -> str | None:
    """Format that a file's name promises, or None.

    Examples
    --------
    >>> table_format("runs/a.jsonl.gz"), table_format("a.sav")
    ('jsonl', None)
    """
    return FORMATS.get(Path(plain_name(path)).suffix.lower())


def table_files(path: str | Path | Iterable[str | Path]) -> list[tuple[Path, str]]:
    """Files meant by a path, a folder, a glob pattern or a list, each with the name it goes by.

    Raises
    ------
    InputError
        Nothing is there.
    """
    if not isinstance(path, str | Path):
        files = [Path(p) for p in path]
    elif names_one_file(path):
        files = [Path(path)]
    else:
        files = files_at(path)
        if Path(path).is_dir():
            files = [p for p in files if table_format(p)]
    if not files:
        raise InputError(
            "no tables here",
            got=path,
            expected=f"files that end in {', '.join(FORMATS)}, plain or .gz",
        )
    return named(files, path if isinstance(path, str | Path) and Path(path).is_dir() else None)


def read_table(
    path: str | Path,
    *,
    name: str | None = None,
    encoding: str = "utf-8",
    records: str | None = None,
    findings: Findings | None = None,
) -> Table:
    """Read one table; every record of the file is one row.

    Texts stay as they are: "NA", "None" and "null" are texts. Blank lines are no records. A byte order mark of UTF-16 or
    UTF-32 goes before the encoding; the delimiter is found by `valuestats.ingest.tabular.dialects.dialect_of`.

    Parameters
    ----------
    path, name
        The file, and the name it goes by.
    encoding
        Of a text file.
    records
        Under which key of a JSON file the records stand, where several lists of records are in it.
    findings
        Where records that can't be read are put down; without it the first one is an error.

    Raises
    ------
    InputError
        The file can't be read as what its name promises, with the byte, line or record at fault.
    """
    kind = table_format(path)
    if kind is None:
        raise InputError(
            "the file's name promises no table", expected=f"{', '.join(FORMATS)}, plain or .gz", file=path
        )
    source = read_source(path, name=name)
    if kind == "parquet":
        return _read_parquet(source)
    if kind == "xlsx":
        rows = sheet_records(source, findings)
        return Table(source, len(rows), tuple(rows[0]) if rows else (), rows)
    require_text(source, "CSV" if kind in ("csv", "tsv") else "JSON")
    encoding = encoding_of(source.content, encoding)
    if kind == "json":
        return _record_table(source, enumerate(records_under(source, encoding, records)), findings)
    if kind == "jsonl":
        content = io.BytesIO(decode(source, encoding).encode("utf-8", "surrogatepass"))
        lines = (record for record, _ in json_records_or_errors(content, source.path))
        return _record_table(source, enumerate(lines), findings)
    return _read_csv(source, "," if kind == "csv" else "\t", encoding, findings)


def _record_table(
    source: Source, listed: Iterable[tuple[int, dict[str, Any] | InputError]], findings: Findings | None
) -> Table:
    records, places = kept_records(listed, findings)
    names = tuple(dict.fromkeys(key for record in records for key in record))
    # The bytes have been read: a million answers and their records need not stand in memory twice.
    return Table(replace(source, content=b""), len(records), names, records, places)


def kept_records(
    listed: Iterable[tuple[int, dict[str, Any] | InputError]], findings: Findings | None
) -> tuple[list[dict[str, Any]], NDArray[np.int64] | None]:
    """The records that could be read, and their numbers where others could not.

    Raises
    ------
    InputError
        None could be read; or one could not, and there are no findings to put it down in.
    """
    kept: list[dict[str, Any]] = []
    places: list[int] = []
    lost: list[InputError] = []
    shared = SharedTexts()
    for place, record in listed:
        if isinstance(record, InputError):
            if findings is None:
                raise record
            lost.append(record)
        else:
            kept.append(shared.in_record(record))
            places.append(place)
    if lost and not kept:
        raise lost[0]
    if findings is not None:
        for error in lost:
            findings.left_out(NOT_READ, error)
    return kept, np.array(places, dtype=np.int64) if lost else None


class SharedTexts:
    """Texts of records that stand in memory once where they repeat, as names of models and items do.

    A name under which more than `MOST` different texts stand is one of texts that differ, which there is no use in keeping.
    """

    MOST = 20_000

    def __init__(self) -> None:
        self._seen: dict[str, dict[str, str] | None] = {}

    def in_record(self, record: dict[str, Any]) -> dict[str, Any]:
        """The record, with the texts of earlier records in place of its own where they are equal."""
        for name, value in record.items():
            if type(value) is str and (seen := self._seen.setdefault(name, {})) is not None:
                record[name] = seen.setdefault(value, value)
                if len(seen) > self.MOST:
                    self._seen[name] = None
        return record


def column_of_records(records: list[dict[str, Any]], name: str) -> pd.Series | None:
    """What records have under a name, or at a dotted path into them; None where none has it."""
    if any(name in record for record in records):
        return pd.Series([record.get(name) for record in records], dtype=object)
    if "." not in name:
        return None
    values = [value_at(record, name.split(".")) for record in records]
    found = any(present for present, _ in values)
    return pd.Series([value for _, value in values], dtype=object) if found else None


def value_at(value: Any, path: list[str]) -> tuple[bool, Any]:
    """Whether a record has something at a path into it, and what."""
    for step in path:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return False, None
    return True, value


def _read_parquet(source: Source) -> Table:
    file = open_parquet(io.BytesIO(source.content), source.path, len(source.content))
    require_distinct_names(file.names, source)
    table = file.whole()
    return Table(source, table.num_rows, file.names, table)


def _read_csv(source: Source, expected: str, encoding: str, findings: Findings | None) -> Table:

    text = decode(source, encoding)
    dialect = dialect_of(text[:HEAD], expected, is_whole=len(text) <= HEAD)
    delimiter = dialect.delimiter
    if dialect.skipped:
        lines = io.StringIO(text, newline="")
        text = "".join(islice(lines, dialect.skipped, None))
    names = names_in(io.StringIO(text, newline=""), Dialect(delimiter, 0))
    require_distinct_names(names, source)
    # pyarrow takes the rest of the file as one field; only an odd number of quotes can be such a case.
    if text.count('"') % 2:
        require_closed_quotes(io.StringIO(text, newline=""), delimiter, source.path, limit=len(text) + 1)
    table, lost = parse_csv(text.encode("utf-8", "surrogatepass"), names, delimiter, source, findings)
    places = np.setdiff1d(np.arange(table.num_rows + len(lost)), lost) if lost else None
    return Table(source, table.num_rows, tuple(table.column_names), table, places, delimiter)


def parse_csv(
    content: bytes,
    names: Sequence[str],
    delimiter: str,
    source: Source,
    findings: Findings | None,
    *,
    has_header: bool = True,
    before: int = 0,
) -> tuple[Any, list[int]]:
    """All of a CSV text, or a piece of whole rows, as texts; and the numbers of the rows that are too short or too long.

    `before` is how many rows stand before the piece. Nothing but text is ever made of a cell, whatever the header.
    """
    import pyarrow as pa
    import pyarrow.csv as pacsv

    if not names:
        return pa.table({}), []
    lost: list[int] = []

    def skipped(row: Any) -> str:
        place = (
            before + row.number - (2 if has_header else 1)
        )  # rows are counted from 1, the header among them
        error = InputError(
            "a row has the wrong number of fields",
            got=f"Expected {row.expected_columns} columns, got {row.actual_columns}",
            file=source.path,
            row=place,
        )
        lost.append(place)
        if findings is not None:
            findings.left_out(NOT_READ, error)
            return "skip"
        first.append(error)
        return "error"

    first: list[InputError] = []
    try:
        table = pacsv.read_csv(
            io.BytesIO(content + b"\n"),  # a header without a line end is still a table
            read_options=pacsv.ReadOptions(
                use_threads=False,
                block_size=max(1 << 20, len(content) + 2),
                column_names=list(names),
                skip_rows_after_names=1 if has_header else 0,
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=skipped
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
            ),
        )
    except pa.ArrowException as error:
        raise (first[0] if first else csv_error(str(error), source)) from None
    return table, lost


def require_closed_quotes(text: Iterable[str], delimiter: str, path: Path, *, limit: int) -> None:
    """Raise where a quoted field is never closed, or is longer than `limit` because it isn't."""
    before, row = csv.field_size_limit(limit), -1
    try:
        for _ in csv.reader(text, delimiter=delimiter, strict=True):
            row += 1
    except csv.Error as error:
        if "unexpected end of data" in str(error) or "field limit" in str(error):
            raise InputError(
                "a quoted field is never closed", hint="the file may have been cut off", file=path, row=row
            ) from None
    finally:
        csv.field_size_limit(before)


def csv_error(message: str, source: Source) -> InputError:
    """What pyarrow says of a CSV row, as an error of ours."""
    # pyarrow counts rows from 1, the header among them: "CSV parse error: Row #3: Expected 2 columns, got 1: …"
    head, _, tail = message.partition("Row #")
    number, _, rest = tail.partition(":")
    row = int(number) - 2 if number.isdigit() else None
    told = rest.split(":", maxsplit=1)[0].strip() if row is not None else head.strip()[:200]
    return InputError("a row has the wrong number of fields", got=told, file=source.path, row=row)


def require_distinct_names(names: Sequence[str], source: Source) -> None:
    """Raise where two columns have one name."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(
            "two columns have one name", parameter=", ".join(map(repr, twice[:10])), file=source.path
        )
