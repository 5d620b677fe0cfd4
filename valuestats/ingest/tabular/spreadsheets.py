"""Spreadsheets (``.xlsx``): the first sheet that holds anything, as records."""

from __future__ import annotations

import datetime
import io
import zipfile
from typing import Any

from valuestats.base.errors import InputError
from valuestats.ingest import sources
from valuestats.ingest.findings import Findings
from valuestats.ingest.sources import Source

OTHER_SHEETS = "sheets left out"


def sheet_records(source: Source, findings: Findings | None) -> list[dict[str, Any]]:
    """The rows below the first row that isn't blank, by the names that stand there; blank rows are no records.

    Texts stay as they are ("007" is one); numbers are numbers, dates texts in ISO form.

    Raises
    ------
    InputError
        No spreadsheet, one with a password, or one that unpacks to far more than it should.
    """
    import python_calamine

    _require_size(source)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(source.content))
        sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    except (
        python_calamine.CalamineError,
        python_calamine.PasswordError,
        python_calamine.XmlError,
        python_calamine.ZipError,
        OSError,
        ValueError,
    ) as error:
        raise InputError(
            "not a spreadsheet that can be read", got=str(error)[:200], file=source.path
        ) from None
    filled = {name: rows for name, rows in sheets.items() if any(_cells(row) for row in rows)}
    if not filled:
        raise InputError("no records", got=f"{len(sheets)} empty sheets", file=source.path)
    first, *others = filled
    if others and findings is not None:
        told = f"read is {first!r}, not {', '.join(map(repr, others))}"
        findings.add(OTHER_SHEETS, source.path, None, told)
    header, *rows = [row for row in filled[first] if _cells(row)]
    names = ["" if name == "" else str(_plain(name)).strip() for name in header]
    used = [n for n, name in enumerate(names) if name or any(row[n] != "" for row in rows if n < len(row))]
    twice = sorted({names[n] for n in used if [names[m] for m in used].count(names[n]) > 1})
    if twice:
        raise InputError(
            "two columns have one name", parameter=", ".join(map(repr, twice[:10])), file=source.path
        )
    return [{names[n]: _plain(row[n]) if n < len(row) else None for n in used} for row in rows]


def _cells(row: list[Any]) -> bool:
    return any(cell != "" for cell in row)


def _plain(cell: Any) -> Any:
    if cell == "":
        return None
    if isinstance(cell, datetime.datetime | datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell) if isinstance(cell, datetime.timedelta) else cell


def _require_size(source: Source) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(source.content)) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError) as error:
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
