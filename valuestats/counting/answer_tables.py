"""Answers as one Ibis table, wherever they are: a frame, Parquet files, or a table of any Ibis backend."""

from __future__ import annotations

import glob
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError
from valuestats.base.scratch import process_scratch
from valuestats.counting.layout import read_records, require_finished
from valuestats.tables import IDENTITY, Responses
from valuestats.tables.responses import SCHEMA

if TYPE_CHECKING:
    import ibis.expr.types as ir

type AnswerSource = Responses | pd.DataFrame | str | Path | ir.Table
"""What holds answers: `Responses`, such a frame, a Parquet file, folder or glob pattern, or an Ibis table."""

_WHOLE = ("epoch", "answer", "source_row")
KEYS = (*(name for name in IDENTITY if name != "epoch"), "cluster", "model_served")
"""Columns that may name a cell, in the order in which they are sorted."""

MEMORY_LIMIT = "512MB"


@checked
def open_answers(
    source: AnswerSource, *, threads: int | None = None, memory_limit: str = MEMORY_LIMIT
) -> ir.Table:
    """Open answers as an Ibis table whose columns are those of `Responses`, without reading them.

    Frames and Parquet are read by an embedded DuckDB that holds no more than `memory_limit` and spills to disk
    beyond it. An Ibis table stays with its own backend (PySpark, DuckDB, …), so what is asked of it runs there.

    Parameters
    ----------
    source
        `Responses` or such a frame; a Parquet file, a folder of Parquet files (e.g. one written by
        `write_responses`) or a glob pattern; or an Ibis table.
    threads, memory_limit
        Of the embedded DuckDB; all cores, and 512MB, by default.

    Returns
    -------
    ibis.Table
        The table, its schema checked. Values are checked where they are counted (`count_answers`).

    Raises
    ------
    InputError
        No Parquet there, a column of `Responses` is missing or of another type, an ingest into the folder
        was broken off; or the source is none of these.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> frame = pd.DataFrame({"model": ["m"], "item": ["q1"], "epoch": [1], "raw": ["like me"], "answer": [5],
    ...     "status": ["valid"], "source_file": ["a.csv"], "source_sha256": ["0" * 64], "source_row": [0]})
    >>> file = pathlib.Path(tempfile.mkdtemp(), "answers.parquet")
    >>> frame.to_parquet(file)
    >>> open_answers(file).columns[:3]
    ('model', 'item', 'epoch')
    """
    import ibis

    if isinstance(source, ibis.expr.types.Table):
        return _checked(source, None)
    if isinstance(source, pd.DataFrame):
        source = Responses(source)
    if isinstance(source, Responses):
        return _checked(_from_frame(source.frame, threads, memory_limit), None)
    if not isinstance(source, str | Path):
        raise InputError(
            "not a table of responses, and no place where one is",
            parameter="source",
            got=type(source).__name__,
            expected="Responses, a frame, a Parquet file, folder or glob pattern, or an Ibis table",
        )
    files = parquet_files(source)
    folder = Path(source)
    records = read_records(folder) if folder.is_dir() else {}
    with quiet_engines():
        # The files of one write_responses have one schema; to compare those of all files costs a read of each.
        table = embedded_engine(threads, memory_limit).read_parquet(
            files, hive_partitioning=False, union_by_name=not records
        )
    return _checked(_filled(table, records), source)


@contextmanager
def quiet_engines() -> Iterator[None]:
    """Leave out warnings of what Ibis and PySpark call in DuckDB and pandas, which is not for the user to mend."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="fetch_arrow_table", category=DeprecationWarning)
        warnings.filterwarnings("ignore", message="The copy keyword is deprecated")
        warnings.filterwarnings("ignore", message="The .future.infer_string. option is deprecated")
        yield


def _filled(table: ir.Table, records: dict[str, dict[str, Any]]) -> ir.Table:
    # write_responses gives every file all columns; one that is null in all of them isn't there.
    required = {name for name, column in SCHEMA.columns.items() if column.required}
    filled = required.union(*(record["columns"] for record in records.values()))
    return table.select([name for name in table.columns if name in filled]) if records else table


def parquet_files(source: str | Path) -> list[str]:
    """Parquet files meant by a file, a folder or a glob pattern, sorted.

    Files and folders whose name begins with ``_`` or ``.`` are no data, as Hive and Spark have it.

    Raises
    ------
    InputError
        There is none, or an ingest into the folder was broken off.
    """
    path = Path(source)
    if path.is_dir():
        require_finished(path)
        found = [
            p
            for p in sorted(path.rglob("*.parquet"))
            if p.is_file() and not any(part[0] in "_." for part in p.relative_to(path).parts)
        ]
    elif path.exists() or not glob.has_magic(str(source)):
        if not path.exists():
            raise InputError("no such file or folder", file=path)
        found = [path] if path.suffix == ".parquet" else []
    else:
        found = [Path(p) for p in sorted(glob.glob(str(source), recursive=True)) if p.endswith(".parquet")]  # noqa: PTH207
    if not found:
        raise InputError(
            "no Parquet here",
            file=path,
            expected="files that end in .parquet",
            hint="turn other files into such a folder with write_responses, or `valuestats ingest`",
        )
    return [str(p) for p in found]


def embedded_engine(threads: int | None, memory_limit: str) -> Any:
    """A DuckDB of its own, which spills beyond its memory to where temporary files go."""
    import ibis

    connection = ibis.duckdb.connect()
    settings = {
        "threads": threads or os.cpu_count() or 1,
        "memory_limit": f"'{memory_limit}'",
        "preserve_insertion_order": "false",
        "enable_progress_bar": "false",
        # What is spilled goes where temporary files go, not into the working folder.
        "temp_directory": f"'{_quoted(process_scratch())}'",
    }
    for name, value in settings.items():
        connection.raw_sql(f"SET {name} = {value}")
    return connection


def _quoted(path: Path) -> str:
    return path.as_posix().replace("'", "''")


def _from_frame(frame: pd.DataFrame, threads: int | None, memory_limit: str) -> ir.Table:
    import ibis
    import pyarrow as pa

    # The raw texts stay behind: they are most of the bytes, and nothing is counted by them.
    kept = frame[[name for name in SCHEMA.columns if name in frame.columns and name != "raw"]]
    fields = {}
    for name in kept.columns:
        column = pa.array(kept[name], from_pandas=True) if name in _WHOLE else _texts(kept[name])
        fields[name] = column.cast(pa.int64()) if name in _WHOLE else column
    fields["raw"] = pa.nulls(len(kept), pa.string())
    with quiet_engines():
        return embedded_engine(threads, memory_limit).create_table(
            "answers", ibis.memtable(pa.table(fields)), temp=True
        )


def _texts(column: pd.Series) -> Any:
    import pyarrow as pa

    if isinstance(column.dtype, pd.CategoricalDtype):
        names = pa.array([None if pd.isna(c) else str(c) for c in column.cat.categories], pa.string())
        codes = column.cat.codes.to_numpy()
        return names.take(pa.array(codes, mask=codes < 0))
    if isinstance(column.dtype, pd.StringDtype):
        return pa.array(column, type=pa.string(), from_pandas=True)
    return pa.array([None if pd.isna(v) else str(v) for v in column], pa.string())


def _checked(table: ir.Table, source: str | Path | None) -> ir.Table:
    schema = table.schema()
    required = [name for name, column in SCHEMA.columns.items() if column.required]
    missing = [name for name in required if name not in schema]
    if missing:
        raise InputError(
            "answers: a column is missing",
            parameter=", ".join(missing),
            got=f"columns {', '.join(list(schema)[:30])}",
            expected=", ".join(required),
            hint="read the files with a column map and write them with write_responses",
            file=source,
        )
    for name in [n for n in SCHEMA.columns if n in schema]:
        kind = schema[name]
        if name in _WHOLE:
            fits, expected = kind.is_integer() or (name == "answer" and kind.is_null()), "whole numbers"
        else:
            fits, expected = kind.is_string() or kind.is_null(), "text"
            fits = fits or (kind.is_integer() and name not in ("raw", "status"))
        if not fits:
            raise InputError(
                f"answers: the column {name!r} has the wrong type",
                parameter=name,
                got=str(kind),
                expected=expected,
                file=source,
            )
    return table
