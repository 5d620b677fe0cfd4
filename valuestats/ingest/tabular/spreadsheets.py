"""Spreadsheets (``.xlsx``): the first sheet that holds anything, as records.

The library that reads them is written in Rust and holds a sheet as the whole rectangle between its first and last cells: a
damaged file of some kilobytes made it ask for 1.3 TB, which ends its process. So that is one of its own, with a limit.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

from valuestats.base.archives import DAMAGED_ARCHIVE
from valuestats.base.errors import InputError
from valuestats.ingest import sources
from valuestats.ingest.children import DamagedFile, child
from valuestats.ingest.findings import Findings
from valuestats.ingest.sources import Source

OTHER_SHEETS = "sheets left out"
PROGRAM = Path(__file__).with_name("spreadsheets_program.py")
_ROOM, _PER_BYTE = 2 << 30, 40  # bytes of memory for any spreadsheet, and for each byte that it unpacks to


def sheet_records(source: Source, findings: Findings | None) -> list[dict[str, Any]]:
    """The rows below the first row that isn't blank, by the names that stand there; blank rows are no records.

    Texts stay as they are ("007" is one); numbers are numbers, dates texts in ISO form.

    Raises
    ------
    InputError
        No spreadsheet, one with a password, or one that unpacks to far more than it should.
    """
    unpacked = _require_size(source)
    room = _ROOM + _PER_BYTE * unpacked
    try:
        with child(PROGRAM, {"memory": room}, source.content) as process:
            said = process.answer("said")
    except DamagedFile as error:
        raise InputError(
            "not a spreadsheet that can be read",
            got=str(error)[:200],
            hint=f"a cell far from all others makes a sheet that takes more than {room >> 30} GiB: delete it, or save as CSV"
            if "ended by the file" in str(error)
            else None,
            file=source.path,
        ) from None
    filled = said["filled"]
    if not filled:
        raise InputError("no records", got=f"{said['sheets']} empty sheets", file=source.path)
    first, *others = filled
    if others and findings is not None:
        told = f"read is {first!r}, not {', '.join(map(repr, others))}"
        findings.add(OTHER_SHEETS, source.path, None, told)
    header, *rows = said["rows"]
    names = ["" if name is None else str(name).strip() for name in header]
    used = [n for n, name in enumerate(names) if name or any(row[n] is not None for row in rows)]
    twice = sorted({names[n] for n in used if [names[m] for m in used].count(names[n]) > 1})
    if twice:
        raise InputError(
            "two columns have one name", parameter=", ".join(map(repr, twice[:10])), file=source.path
        )
    return [{names[n]: row[n] for n in used} for row in rows]


def _require_size(source: Source) -> int:
    """Bytes that the spreadsheet unpacks to."""
    try:
        with zipfile.ZipFile(io.BytesIO(source.content)) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except DAMAGED_ARCHIVE as error:
        raise InputError(
            "not a spreadsheet that can be read", got=str(error)[:200], file=source.path
        ) from None
    limit = max(sources.MAX_UNPACKED, sources.MAX_RATIO * len(source.content))
    if size > limit:
        raise InputError(
            "the spreadsheet unpacks to far more than it should",
            got=f"{size:,} bytes",
            expected=f"at most {limit:,}",
            file=source.path,
        )
    return size
