"""Files of any reader to partitioned Parquet, one file and one batch at a time."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.boundary import one_error
from valuestats.base.errors import InputError, SpecificationError
from valuestats.base.files import raise_disk_error, to_disk
from valuestats.base.progress import say, track
from valuestats.base.scratch import sweep
from valuestats.counting.layout import (
    RECORDS,
    STAGING,
    read_records,
    require_no_links,
    sole_writer,
    write_record,
)
from valuestats.counting.partitions import PartitionWriter
from valuestats.counting.plan import Opened, Plan, planned_files
from valuestats.ingest.answers.many_texts import shared_readers
from valuestats.ingest.answers.texts import visible
from valuestats.ingest.findings import told
from valuestats.ingest.item_scales import Scales
from valuestats.ingest.readers import Reader
from valuestats.ingest.tabular.batches import BATCH_ROWS

_LISTED = 10


@dataclass(frozen=True)
class Ingested:
    """What `write_responses` did.

    Attributes
    ----------
    folder
        The folder of Parquet, to be given to `open_answers`, `count_answers`, `score` or `value_profile`.
    sources
        One row per file: ``name``, ``sha256``, ``outcome`` (``written``; ``known``: ingested before; ``same
        content``: an earlier file of this call holds the same bytes; ``left out``: it can't be read, for the ``reason``
        that stands beside it), ``rows`` read, ``rows_written`` now and
        ``left_out`` (columns that the folder doesn't keep), and ``findings``: how many records or codes were left out or
        stand in doubt; the file's record in the folder names them.
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
            why = group.loc[group["reason"] != "", ["name", "reason"]].to_numpy(dtype=object)
            lines += [visible(f"    {name}: {reason}", limit=300) for name, reason in why[:_LISTED]]
        left = sorted({name for names in self.sources["left_out"] for name in names.split(", ") if name})
        if left:
            lines.append(f"  columns left out: {', '.join(left)}")
        if found := int(self.sources["findings"].sum()):
            lines.append(f"  records or codes left out or in doubt: {found:,}")
        return "\n".join(lines)


@checked
def write_responses(
    paths: str | Path | Iterable[str | Path],
    folder: str | Path,
    *,
    reader: str = "auto",
    columns: Mapping[str, str] | None = None,
    constants: Mapping[str, object] | None = None,
    scale: Scales | None = None,
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
        What `valuestats.read_responses` raises, with file and row, where no file can be read. Or a file of the
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
    plan = Plan(reader, dict(columns or {}), dict(constants or {}), scale, batch_rows, options)
    try:
        _require_own(target)
        require_no_links(target)
        listed = planned_files(paths, plan)
        with sole_writer(target), shared_readers():
            sweep(target / RECORDS)
            rows = _ingest(target, listed, plan)
            shutil.rmtree(target / STAGING, ignore_errors=True)
    except OSError as error:
        raise_disk_error(error, target)
    return Ingested(target, pd.DataFrame(rows))


def _ingest(target: Path, listed: list[tuple[Path, str, Reader]], plan: Plan) -> list[dict[str, Any]]:
    known = _recover(target)
    seen: set[str] = set()
    rows: list[dict[str, Any]] = []
    faults: list[InputError] = []
    for path, name, kind in track(listed, "ingesting", total=len(listed), unit="file"):
        try:
            with one_error(path):
                source = plan.open(path, name, kind)
        except InputError as error:
            faults.append(error)
            rows.append(_unread(name, error))
            continue
        record = known.get(source.sha256)
        settings = plan.fingerprint(kind)
        if record is None:
            _require_new_name(target, known, source)
            try:
                record = _write(target, source, settings)
            except _Unreadable as unreadable:
                faults.append(unreadable.error)
                rows.append(_unread(name, unreadable.error))
                continue
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
                "findings": len(record.get("findings", [])),
                "reason": "",
            }
        )
    if len(faults) == len(listed):
        raise faults[0]
    return rows


class _Unreadable(Exception):
    """A file that can't be read to its end."""

    def __init__(self, error: InputError) -> None:
        super().__init__(str(error))
        self.error = error


def _unread(name: str, error: InputError) -> dict[str, Any]:
    reason = told(error)
    say(visible(f"{name} is left out: {reason}", limit=1000))
    empty = {"sha256": "", "rows": 0, "rows_written": 0, "left_out": "", "findings": 1}
    return {"name": name, "outcome": "left out", "reason": reason, **empty}


def _frames(source: Opened) -> Iterator[pd.DataFrame]:
    try:
        with one_error(source.path):
            yield from source.frames()
    except InputError as error:
        raise _Unreadable(error) from None


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


def _require_new_name(folder: Path, known: dict[str, dict[str, Any]], source: Opened) -> None:
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
    places = set()
    for name in record["files"]:
        waiting = staged / f"{name}.staged"
        if waiting.exists():
            places.add((folder / name).parent)
            (folder / name).parent.mkdir(exist_ok=True)
            waiting.replace(folder / name)
    for place in sorted(places):
        to_disk(place)


def _write(folder: Path, source: Opened, settings: str) -> dict[str, Any]:
    staged = folder / STAGING / source.sha256
    shutil.rmtree(staged, ignore_errors=True)
    writer = PartitionWriter(staged, source.sha256[:16])
    read = 0
    left_out: set[str] = set()
    try:
        for frame in _frames(source):
            read += len(frame)
            left_out |= set(frame.columns) - set(writer.names)
            writer.add(frame)
        writer.close()
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    expected = None if source.rows is None else source.rows - source.findings.lost
    if writer.rows != read or (expected is not None and read != expected):
        raise InputError(
            "rows were lost on the way",
            got=f"{writer.rows:,} written",
            expected=f"{read if expected is None else expected:,} read",
            file=source.path,
        )
    record = {
        "name": source.name,
        "sha256": source.sha256,
        "settings": settings,
        "rows": read,
        "columns": [name for name in writer.names if name in writer.filled],
        "left_out": sorted(left_out),
        "findings": [list(row) for row in source.findings.rows],
        "files": writer.files,
    }
    write_record(folder, record)
    _move(folder, record)
    shutil.rmtree(staged, ignore_errors=True)
    return record
