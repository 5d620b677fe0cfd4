"""How the files of one ingest are read: which reader, with which arguments, and the rows in batches."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from valuestats.base.errors import InputError, SpecificationError
from valuestats.ingest.answers.scales import as_scale
from valuestats.ingest.findings import Findings, findings_as_rows
from valuestats.ingest.item_scales import ItemScales, Scales
from valuestats.ingest.logs.loop import log_files
from valuestats.ingest.readers import Reader, choose_reader, read_responses
from valuestats.ingest.sources import plain_name
from valuestats.ingest.tabular.batches import ScannedTable, scan_table, sha256_plain, table_batches
from valuestats.ingest.tabular.codes import OFF_SCALE
from valuestats.ingest.tabular.column_map import COLUMNS, ColumnMap
from valuestats.ingest.tabular.columns import table_frame
from valuestats.ingest.tabular.files import table_files
from valuestats.tables import Responses


@dataclass(frozen=True)
class Opened:
    """One file that is ready to be read: its hash, what gives its rows, and what was found once it has."""

    path: Path
    name: str
    sha256: str
    frames: Callable[[], Iterator[pd.DataFrame]]
    rows: int | None
    findings: Findings


@dataclass(frozen=True)
class Plan:
    """How all files of one call are read."""

    reader: str
    columns: dict[str, str]
    constants: dict[str, object]
    scale: Scales | None
    batch_rows: int
    options: dict[str, Any]

    @property
    def is_mapped(self) -> bool:
        """Whether a column map says that the files are tables."""
        return bool(self.columns or self.constants)

    def fingerprint(self, kind: Reader) -> str:
        """What the rows of a file depend on beside the file itself, as one text."""
        scale = (
            None
            if self.scale is None
            else hashlib.sha256(repr(_plain_scale(self.scale)).encode()).hexdigest()[:16]
        )
        settings = {
            "reader": kind.name,
            "columns": self.columns,
            "constants": self.constants,
            "scale": scale,
            **self.options,
        }
        return json.dumps(settings, sort_keys=True, default=str, ensure_ascii=False)

    def open(self, path: Path, name: str, kind: Reader) -> Opened:
        """A file ready to be read: hashed, and a table looked through once."""
        if kind.name != "table":
            findings = Findings()
            return Opened(
                path, name, sha256_plain(path), lambda: self._log(path, name, kind, findings), None, findings
            )
        mapping, encoding, compat = self._mapping()
        findings = Findings(names={str(path): name})
        wanted = [theirs for ours in COLUMNS if (theirs := mapping.theirs(ours)) is not None]
        scanned = scan_table(path, name=name, wanted=wanted, encoding=encoding)
        answer_scale = None if self.scale is None else ItemScales.of(self.scale)

        def frames() -> Iterator[pd.DataFrame]:
            return _table_frames(
                scanned,
                self.batch_rows,
                lambda t: table_frame(t, mapping, answer_scale, compat, findings),
                findings,
            )

        return Opened(path, name, scanned.source.sha256, frames, scanned.rows, findings)

    def _mapping(self) -> tuple[ColumnMap, str, Any]:
        known = {"statuses", "missing", "encoding", "compat", "model_from"}
        unknown = sorted(set(self.options) - known)
        if unknown:
            raise SpecificationError("the table reader has no such argument", parameter=", ".join(unknown))
        mapping = ColumnMap(
            self.columns,
            self.constants,
            self.options.get("statuses") or {},
            self.options.get("missing", ("",)),
            self.options.get("model_from"),
        )
        return mapping, self.options.get("encoding", "utf-8"), self.options.get("compat")

    def _log(self, path: Path, name: str, kind: Reader, findings: Findings) -> Iterator[pd.DataFrame]:
        read = read_responses(
            path,
            reader=kind.name,
            columns=self.columns,
            constants=self.constants,
            scale=self.scale,
            duplicates="report",
            **self.options,
        )
        findings.rows += findings_as_rows(read.findings)
        own = read.frame["source_file"].astype("str")
        yield read.frame.assign(source_file=own.where(own != plain_name(path.name), name))


def _plain_scale(scale: Scales) -> object:
    return ItemScales.of(scale).patterns if isinstance(scale, Mapping) else as_scale(scale)


def _table_frames(
    scanned: ScannedTable, rows: int, read: Callable[[Any], pd.DataFrame], findings: Findings
) -> Iterator[pd.DataFrame]:
    kept = 0
    for table in table_batches(scanned, rows=rows, findings=findings):
        if not table.length:
            continue
        frame = read(table)
        kept += int((frame["rule"] != OFF_SCALE).sum())
        yield Responses(frame).frame
    if not kept:
        findings.raise_first()
        raise InputError("no records", file=scanned.source.path)
    findings.say()


def planned_files(paths: str | Path | Iterable[str | Path], plan: Plan) -> list[tuple[Path, str, Reader]]:
    """Each file to be read, the name it goes by and its reader; no two of one name."""
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
    return log_files(path, kind.detect, f"{kind.name} logs")
