"""The child process of `valuestats.ingest.tabular.spreadsheets`: reads one spreadsheet, in no more memory than it is given.

Run as a program, which imports neither this package nor pandas: ``python spreadsheets_program.py FOLDER``. The folder holds
``content`` and ``request.json``; ``said.json`` is written, or ``error.json``, and told by a line of standard output.
"""

import contextlib
import datetime
import json
import sys
from pathlib import Path


def plain(cell: object) -> object:
    """A cell as JSON has it: blank as null, dates and times as texts."""
    if cell == "":
        return None
    if isinstance(cell, datetime.datetime | datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell) if isinstance(cell, datetime.timedelta) else cell


def limit(memory: int) -> None:
    """Refuse more memory, where the system can."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def main(folder: Path) -> None:
    """Answer one request."""
    import python_calamine

    def answer(name: str, content: object) -> None:
        (folder / f"{name}.json").write_text(json.dumps(content), "utf-8")
        print(name, flush=True)

    try:
        limit(json.loads((folder / "request.json").read_text("utf-8"))["memory"])
        book = python_calamine.CalamineWorkbook.from_filelike((folder / "content").open("rb"))
        filled: dict[str, list[list[object]]] = {}
        for name in book.sheet_names:
            rows = book.get_sheet_by_name(name).to_python()
            rows = [row for row in rows if any(cell != "" for cell in row)]
            if rows:
                filled[name] = [] if filled else [[plain(cell) for cell in row] for row in rows]
        first = next(iter(filled.values()), [])
        width = max(map(len, first), default=0)
        for row in first:
            row.extend([None] * (width - len(row)))
        answer("said", {"sheets": len(book.sheet_names), "filled": list(filled), "rows": first})
    except Exception as error:  # whatever a damaged file makes of it: the library raises errors of many kinds
        answer("error", str(error) or type(error).__name__)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
