"""What reading could not take: which record or file was left out or stands in doubt, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from valuestats.base.errors import InputError
from valuestats.base.progress import say
from valuestats.ingest.answers.texts import text_series, visible
from valuestats.ingest.sources import plain_name
from valuestats.tables.responses import FINDINGS, no_findings

NOT_READ = "record without a row"
FILE = "file left out"
_SHOWN = 3


@dataclass
class Findings:
    """A list of findings that readers add to, and the first error behind them.

    One record never stops a file and one file never a folder: the reader names it here and goes on. Where nothing at all
    could be read, `raise_first` gives the error that would have stopped it. ``lost`` counts the rows of tables that were
    read but have no name.
    """

    rows: list[tuple[str, str, int | None, str]] = field(default_factory=list)
    errors: list[InputError] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    lost: int = 0

    def add(self, kind: str, file: str | Path | None, row: int | None, found: str) -> None:
        """One finding; the file goes by the name that it has in the rows."""
        path = "" if file is None else str(file)
        self.rows.append((kind, self.names.get(path, plain_name(path)), row, found))

    def left_out(self, kind: str, error: InputError) -> None:
        """What an error would have said, of a record or a file that is left out or kept without an answer."""
        if not self.errors:
            self.errors.append(error)
        self.add(kind, error.file, error.row, told(error))

    def raise_first(self) -> None:
        """Raise the first error that was put down here, if there is one."""
        if self.errors:
            raise self.errors[0]

    def frame(self) -> pd.DataFrame:
        """The findings as a table of `valuestats.tables.responses.FINDINGS`."""
        if not self.rows:
            return no_findings()
        columns = dict(zip(FINDINGS, zip(*self.rows, strict=True), strict=True))
        rows = pd.array(list(columns.pop("row")), dtype="Int64")
        texts = {name: text_series(map(str, column)) for name, column in columns.items()}
        return pd.DataFrame({name: rows if name == "row" else texts[name] for name in FINDINGS})

    def say(self) -> None:
        """The count of each kind of finding, with the first ones, on standard error."""
        for kind in dict.fromkeys(kind for kind, *_ in self.rows):
            same = [row for row in self.rows if row[0] == kind]
            places = [file if row is None else f"{file}, row {row}" for _, file, row, _ in same[:_SHOWN]]
            more = f" and {len(same) - _SHOWN:,} more" if len(same) > _SHOWN else ""
            say(visible(f"{kind}: {len(same):,} ({'; '.join(places)}{more}): {same[0][3]}", limit=1000))


def told(error: InputError) -> str:
    """An error on one line, without the place where it stands."""
    parts = [error.message]
    if error.parameter is not None:
        parts.append(str(error.parameter))
    if error.got is not None:
        parts.append(f"got {str(error.got)[:200]}")
    if error.expected is not None:
        parts.append(f"expected {str(error.expected)[:200]}")
    return "; ".join(" ".join(part.split()) for part in parts)


def readable[T](units: Iterable[T | InputError], findings: Findings, kind: str) -> Iterator[T]:
    """The units that could be read; the error of each other one is put down."""
    for unit in units:
        if isinstance(unit, InputError):
            findings.left_out(kind, unit)
        else:
            yield unit


def findings_as_rows(frame: pd.DataFrame) -> list[tuple[str, str, int | None, str]]:
    """The rows of a table of findings; None where a finding is about a whole file."""
    return [
        (str(kind), str(file), None if pd.isna(row) else int(row), str(found))
        for kind, file, row, found in frame[list(FINDINGS)].to_numpy(dtype=object)
    ]
