"""Files of any reader to partitioned Parquet, one file and one batch at a time."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError, SpecificationError
from valuestats.base.progress import track
from valuestats.counting.answer_tables import KEYS
from valuestats.counting.layout import (
    RECORDS,
    STAGING,
    partition_name,
    read_records,
    sole_writer,
    write_record,
)
from valuestats.ingest.answers.scales import ScaleLike, as_scale
from valuestats.ingest.readers import Reader, choose_reader, read_responses
from valuestats.ingest.sources import plain_name
from valuestats.ingest.tabular.batches import (
    BATCH_ROWS,
    ScannedTable,
    scan_table,
    sha256_plain,
    table_batches,
)
from valuestats.ingest.tabular.columns import COLUMNS, ColumnMap, table_frame
from valuestats.ingest.tabular.files import table_files
from valuestats.tables import Responses
from valuestats.tables.responses import SCHEMA

if TYPE_CHECKING:
    import pyarrow as pa

_EXTRA = (
    "provider",
    "rule",
    "stop_reason",
    "logprobs",
    "options",
    "item_text_sha256",
    "source_rows",
    "published_answer",
)
_WHOLE = ("epoch", "answer", "source_row", "published_answer")
_REPEATED = (
    *KEYS,
    "status",
    "rule",
    "provider",
    "stop_reason",
    "source_file",
    "source_sha256",
    "item_text_sha256",
)
_FILE_BYTES, _HELD_BYTES = 16 << 20, 32 << 20


@dataclass(frozen=True)
class Ingested:
    """What `write_responses` did.

    Attributes
    ----------
    folder
        The folder of Parquet, to be given to `open_answers`, `count_answers`, `score` or `ordinal`.
    sources
        One row per file: ``name``, ``sha256``, ``outcome`` (``written``; ``known``: ingested before; ``same
        content``: an earlier file of this call holds the same bytes), ``rows`` read, ``rows_written`` now and
        ``left_out`` (columns that the folder doesn't keep).
    """

    folder: Path
    sources: pd.DataFrame

    @property
    def rows(self) -> int:
        """Rows in all sources named, each counted once per file."""
        return int(self.sources["rows"].sum())

    @property
    def rows_written(self) -> int:
        """Rows written by this call."""
        return int(self.sources["rows_written"].sum())

    def to_text(self) -> str:
        """The outcome in a few lines."""
        lines = [
            f"{self.folder}: {self.rows_written:,} rows written, of {self.rows:,} in {len(self.sources):,} files"
        ]
        for outcome, group in self.sources.groupby("outcome", sort=True):
            lines.append(f"  {outcome}: {len(group):,} files, {int(group['rows'].sum()):,} rows")
        left = sorted({name for names in self.sources["left_out"] for name in names.split(", ") if name})
        if left:
            lines.append(f"  columns left out: {', '.join(left)}")
        return "\n".join(lines)


@checked
def write_responses(
    paths: str | Path | Iterable[str | Path],
    folder: str | Path,
    *,
    reader: str = "auto",
    columns: Mapping[str, str] | None = None,
    constants: Mapping[str, object] | None = None,
    scale: ScaleLike | None = None,
    batch_rows: int = BATCH_ROWS,
    **options: Any,
) -> Ingested:
    r"""Read files one at a time and write their answers as Parquet, partitioned by model.

    CSV, TSV, JSON Lines and Parquet are read in batches, so that a file need not fit into memory, whatever the size of
    the files; a log of an evaluation tool, or a JSON list, is held whole while it is read. A file is in the
    folder whole or not at all: its Parquet is staged, recorded, and then moved into place. A call that was
    broken off is finished by the same call; files whose content the folder has already (by SHA-256) are not
    read again. Whether a question stands twice is not looked at; `count_answers` by all its keys tells.

    Parameters
    ----------
    paths
        A file, a folder, a glob pattern, or several of these.
    folder
        Where to write; new, empty, or one that this function has written.
    reader, columns, constants, scale
        See `valuestats.read_responses`; the same for all files of a folder.
    batch_rows
        Rows read at a time.
    **options
        Further arguments of the reader, as in `valuestats.read_responses`.

    Returns
    -------
    Ingested
        Which files were written, known, or the same as another, with their rows.

    Raises
    ------
    InputError
        What `valuestats.read_responses` raises, with file and row: files before it are kept. Or a file of the
        same name was ingested with other content; or a file that another program wrote stands in `folder`; or
        another ingest is writing into it.
    SpecificationError
        The folder holds this file read with other arguments.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> here = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (here / "answers.csv").write_text("model,item,raw\nm,1,Like me.\nm,2,I cannot answer that.\n")
    >>> done = write_responses(here / "answers.csv", here / "parquet", scale="value_portrait")
    >>> done.rows_written, write_responses(here / "answers.csv", here / "parquet",
    ...     scale="value_portrait").rows_written
    (2, 0)
    """
    target = Path(folder)
    _require_own(target)
    plan = _Plan(reader, dict(columns or {}), dict(constants or {}), scale, batch_rows, options)
    listed = _sources(paths, plan)
    with sole_writer(target):
        rows = _ingest(target, listed, plan)
        shutil.rmtree(target / STAGING, ignore_errors=True)
    return Ingested(target, pd.DataFrame(rows))


def _ingest(target: Path, listed: list[tuple[Path, str, Reader]], plan: _Plan) -> list[dict[str, Any]]:
    known = _recover(target)
    seen: set[str] = set()
    rows = []
    for path, name, kind in track(listed, "ingesting", total=len(listed), unit="file"):
        source = plan.open(path, name, kind)
        record = known.get(source.sha256)
        settings = plan.fingerprint(kind)
        if record is None:
            _require_new_name(target, known, source)
            record = _write(target, source, settings)
            known[source.sha256] = record
            outcome = "written"
        elif record["settings"] != settings:
            raise SpecificationError(
                "the folder holds this file read with other arguments",
                got=f"now {settings}",
                expected=record["settings"],
                hint="write to another folder",
            )
        else:
            outcome = "same content" if source.sha256 in seen else "known"
        seen.add(source.sha256)
        rows.append(
            {
                "name": name,
                "sha256": source.sha256,
                "outcome": outcome,
                "rows": record["rows"],
                "rows_written": record["rows"] if outcome == "written" else 0,
                "left_out": ", ".join(record["left_out"]),
            }
        )
    return rows


@dataclass(frozen=True)
class _Opened:
    """One file that is ready to be read: its hash, and what gives its rows."""

    path: Path
    name: str
    sha256: str
    frames: Callable[[], Iterator[pd.DataFrame]]
    rows: int | None


@dataclass(frozen=True)
class _Plan:
    """How all files of one call are read."""

    reader: str
    columns: dict[str, str]
    constants: dict[str, object]
    scale: ScaleLike | None
    batch_rows: int
    options: dict[str, Any]

    @property
    def is_mapped(self) -> bool:
        return bool(self.columns or self.constants)

    def fingerprint(self, kind: Reader) -> str:
        scale = (
            None
            if self.scale is None
            else hashlib.sha256(repr(as_scale(self.scale)).encode()).hexdigest()[:16]
        )
        settings = {
            "reader": kind.name,
            "columns": self.columns,
            "constants": self.constants,
            "scale": scale,
            **self.options,
        }
        return json.dumps(settings, sort_keys=True, default=str, ensure_ascii=False)

    def open(self, path: Path, name: str, kind: Reader) -> _Opened:
        if kind.name != "table":
            return _Opened(path, name, sha256_plain(path), lambda: self._log(path, name, kind), None)
        mapping, encoding, compat = self._mapping()
        wanted = [mapping.columns.get(ours, ours) for ours in COLUMNS]
        scanned = scan_table(path, name=name, wanted=wanted, encoding=encoding)
        answer_scale = None if self.scale is None else as_scale(self.scale)

        def frames() -> Iterator[pd.DataFrame]:
            return _table_frames(
                scanned, self.batch_rows, lambda t: table_frame(t, mapping, answer_scale, compat)
            )

        return _Opened(path, name, scanned.source.sha256, frames, scanned.rows)

    def _mapping(self) -> tuple[ColumnMap, str, Any]:
        known = {"statuses", "missing", "encoding", "compat"}
        unknown = sorted(set(self.options) - known)
        if unknown:
            raise SpecificationError("the table reader has no such argument", parameter=", ".join(unknown))
        missing = tuple(self.options.get("missing", ("",)))
        mapping = ColumnMap(self.columns, self.constants, self.options.get("statuses") or {}, missing)
        return mapping, self.options.get("encoding", "utf-8"), self.options.get("compat")

    def _log(self, path: Path, name: str, kind: Reader) -> Iterator[pd.DataFrame]:
        frame = read_responses(
            path,
            reader=kind.name,
            columns=self.columns,
            constants=self.constants,
            scale=self.scale,
            duplicates="report",
            **self.options,
        ).frame
        own = frame["source_file"].astype("str")
        yield frame.assign(source_file=own.where(own != plain_name(path.name), name))


def _table_frames(
    scanned: ScannedTable, rows: int, read: Callable[[Any], pd.DataFrame]
) -> Iterator[pd.DataFrame]:
    done = 0
    for table in table_batches(scanned, rows=rows):
        if not table.length:
            continue
        try:
            frame = read(table)
            frame["source_row"] = frame["source_row"].to_numpy() + done
            yield Responses(frame).frame
        except InputError as error:
            if error.row is not None and error.row < done:  # counted within the batch
                error.row += done
            raise
        done += table.length
    if not done:
        raise InputError("no records", file=scanned.source.path)


def _sources(paths: str | Path | Iterable[str | Path], plan: _Plan) -> list[tuple[Path, str, Reader]]:
    several = [paths] if isinstance(paths, str | Path) else list(paths)
    if not several:
        raise SpecificationError("nothing to ingest", parameter="paths", expected="one or more paths")
    found: list[tuple[Path, str, Reader]] = []
    for path in several:
        kind = choose_reader(Path(path), plan.reader, is_mapped=plan.is_mapped)
        files = table_files(path) if kind.name == "table" else _log_files(Path(path), kind)
        found += [(file, name, kind) for file, name in files]
    twice = pd.Series([name for _, name, _ in found]).duplicated(keep=False).to_numpy()
    # Names that two paths share are told apart by where the files are.
    return [
        (file, plain_name(file) if repeated else name, kind)
        for (file, name, kind), repeated in zip(found, twice, strict=True)
    ]


def _log_files(path: Path, kind: Reader) -> list[tuple[Path, str]]:
    if kind.files is not None:
        return kind.files(path)
    from valuestats.ingest.logs.rows import log_files

    return log_files(path, kind.detect, f"{kind.name} logs")


def _require_own(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise InputError("a file stands where the folder should be", file=folder)
    if (
        folder.is_dir()
        and any(folder.iterdir())
        and not any((folder / n).is_dir() for n in (RECORDS, STAGING))
    ):
        raise InputError(
            "the folder holds something else",
            file=folder,
            expected="a new folder, or one that write_responses has written",
        )


def _require_new_name(folder: Path, known: dict[str, dict[str, Any]], source: _Opened) -> None:
    if any(record["name"] == source.name for record in known.values()):
        raise InputError(
            "a file of this name was ingested with other content",
            got=source.name,
            hint=f"if it has changed, write all files to a new folder; if it is another file, give it another name "
            f"(the folder is {folder})",
            file=source.path,
        )


def _recover(folder: Path) -> dict[str, dict[str, Any]]:
    """Finish what was recorded but not yet moved into place; what was not recorded is thrown away."""
    known = read_records(folder)
    for record in known.values():
        _move(folder, record)
    shutil.rmtree(folder / STAGING, ignore_errors=True)
    return known


def _move(folder: Path, record: dict[str, Any]) -> None:
    staged = folder / STAGING / record["sha256"]
    for name in record["files"]:
        waiting = staged / f"{name}.staged"
        if waiting.exists():
            (folder / name).parent.mkdir(exist_ok=True)
            waiting.replace(folder / name)


def _write(folder: Path, source: _Opened, settings: str) -> dict[str, Any]:
    staged = folder / STAGING / source.sha256
    shutil.rmtree(staged, ignore_errors=True)
    writer = _PartitionWriter(staged, source.sha256[:16])
    read = 0
    left_out: set[str] = set()
    try:
        for frame in source.frames():
            read += len(frame)
            left_out |= set(frame.columns) - set(writer.names)
            writer.add(frame)
        writer.close()
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    if writer.rows != read or (source.rows is not None and read != source.rows):
        raise InputError(
            "rows were lost on the way",
            got=f"{writer.rows:,} written",
            expected=f"{read if source.rows is None else source.rows:,} read",
            file=source.path,
        )
    record = {
        "name": source.name,
        "sha256": source.sha256,
        "settings": settings,
        "rows": read,
        "columns": [name for name in writer.names if name in writer.filled],
        "left_out": sorted(left_out),
        "files": writer.files,
    }
    write_record(folder, record)
    _move(folder, record)
    shutil.rmtree(staged, ignore_errors=True)
    return record


class _PartitionWriter:
    """Rows held by model until there are enough of them for a file of its own.

    No file stays open, so the number of models isn't bounded by that of open files, and what is held is.
    """

    def __init__(self, folder: Path, prefix: str) -> None:
        self.names = (*SCHEMA.columns, *_EXTRA)
        self.files: list[str] = []
        self.filled: set[str] = set()
        self.rows = 0
        self._folder, self._prefix = folder, prefix
        self._held: dict[str, list[pa.Table]] = {}
        self._bytes: dict[str, int] = {}

    def add(self, frame: pd.DataFrame) -> None:
        table = self._table(frame)
        models, codes = np.unique(frame["model"].astype(str).to_numpy(dtype=object), return_inverse=True)
        order = np.argsort(codes, kind="stable")
        ends = np.cumsum(np.bincount(codes, minlength=len(models)))
        for model, rows in zip(models, np.split(order, ends[:-1]), strict=True):
            part = table.take(rows)  # a copy, so that a rare model doesn't keep a whole batch in memory
            self._held.setdefault(model, []).append(part)
            self._bytes[model] = self._bytes.get(model, 0) + part.nbytes
            if self._bytes[model] >= _FILE_BYTES:
                self._flush(model)
        while sum(self._bytes.values()) > _HELD_BYTES:
            self._flush(max(sorted(self._bytes), key=self._bytes.__getitem__))

    def close(self) -> None:
        for model in sorted(self._held):
            self._flush(model)

    def _table(self, frame: pd.DataFrame) -> pa.Table:
        import pyarrow as pa

        columns = {}
        for name in self.names:
            if name not in frame.columns:
                continue
            column = frame[name]
            # What repeats is held by its codes: hashes and names would else be most of the bytes.
            if name not in _WHOLE and name in _REPEATED:
                columns[name] = pa.array(column.astype("category"), from_pandas=True).cast(
                    pa.dictionary(pa.int32(), pa.string())
                )
            else:
                kind = pa.int64() if name in _WHOLE else pa.string()
                values = pa.array(column, from_pandas=True)
                columns[name] = values if values.type == kind else values.cast(kind)
            if columns[name].null_count < len(frame):
                self.filled.add(name)
        return pa.table(columns)

    def _flush(self, model: str) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        held = pa.concat_tables(self._held.pop(model), promote_options="default")
        del self._bytes[model]
        table = pa.table({name: self._column(held, name) for name in self.names}).unify_dictionaries()
        name = f"{partition_name(model)}/{self._prefix}-{len(self.files):05d}.parquet"
        file = self._folder / f"{name}.staged"
        file.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, file, compression="zstd", row_group_size=122_880, store_schema=False)
        self.files.append(name)
        self.rows += pq.read_metadata(file).num_rows
        del held, table
        pa.default_memory_pool().release_unused()

    @staticmethod
    def _column(held: pa.Table, name: str) -> pa.ChunkedArray:
        import pyarrow as pa

        kind = pa.int64() if name in _WHOLE else pa.string()
        if name not in held.column_names:
            return pa.chunked_array([pa.nulls(held.num_rows, kind)])
        return held[name]
