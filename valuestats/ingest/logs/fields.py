"""Fields of a log's records, each of the type it must have or one clear error."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from valuestats.base.errors import InputError
from valuestats.ingest.sources import Source, decode, json_records_or_errors, require_text

_KINDS = {str: "a text", dict: "a record", list: "a list", int: "a whole number", float: "a number"}


@dataclass(frozen=True)
class Record:
    """One record of a log and where it stands.

    Examples
    --------
    >>> from pathlib import Path
    >>> record = Record({"output": {"model": "m"}, "epoch": 2}, Source(Path("a.json"), "a.json", b"", ""), 0)
    >>> record.text("output.model"), record.whole("epoch"), record.text("output.error")
    ('m', 2, None)
    """

    value: dict[str, Any]
    source: Source
    row: int

    def text(self, path: str) -> str | None:
        """A text, or None where there is none."""
        return self._field(path, str)

    def number(self, path: str) -> float | None:
        """A number, or None."""
        found = self._field(path, int, float)
        try:
            return None if found is None else float(found)
        except OverflowError:
            raise self.fault(path, "a whole number of hundreds of digits", "a number") from None

    def whole(self, path: str) -> int | None:
        """A whole number of at most 53 bits, or None."""
        found = self._field(path, int)
        if found is not None and abs(found) > 2**53:
            raise self.fault(path, str(found)[:40], "a whole number of at most 53 bits")
        return found

    def record(self, path: str) -> Record:
        """The record below a path; an empty one where there is none."""
        return Record(self._field(path, dict) or {}, self.source, self.row)

    def entries(self, path: str) -> list[Any]:
        """A list; an empty one where there is none."""
        return self._field(path, list) or []

    def records(self, path: str) -> list[Record]:
        """A list of records; an empty one where there is none."""
        found = self.entries(path)
        for value in found:
            if not isinstance(value, dict):
                raise self.fault(path, type(value).__name__, "a list of records")
        return [Record(value, self.source, self.row) for value in found]

    def identifier(self, path: str) -> str:
        """A text or whole number that must be there, as text."""
        found = self.any(path)
        if isinstance(found, bool) or not isinstance(found, str | int) or found == "":
            raise self.fault(
                path, "nothing" if found is None else repr(found), "an identifier: a text or a whole number"
            )
        return str(found)

    def any(self, path: str) -> Any:
        """Whatever stands below a path, or None."""
        value: Any = self.value
        for step in path.split("."):
            if value is None:
                return None
            if not isinstance(value, dict):
                raise self.fault(path, f"JSON {type(value).__name__} above {step!r}", "a record")
            value = value.get(step)
        return value

    def fault(self, path: str, got: object, expected: str) -> InputError:
        """The error for a field that can't be taken."""
        return InputError(
            "a record's field can't be taken",
            parameter=path,
            got=got,
            expected=expected,
            file=self.source.path,
            row=self.row,
        )

    def _field(self, path: str, *kinds: type) -> Any:
        value = self.any(path)
        if value is None:
            return None
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise self.fault(path, f"JSON {type(value).__name__}", " or ".join(_KINDS[k] for k in kinds))
        return value


def json_lines(source: Source) -> Iterator[Record | InputError]:
    """Each line of a JSON Lines file that isn't blank, as a record, or the error that says why it is none.

    Raises
    ------
    InputError
        Not UTF-8 text.
    """
    require_text(source, "JSON Lines")
    lines = decode(source).encode("utf-8", "surrogatepass").split(b"\n")
    for row, (value, _) in enumerate(json_records_or_errors(lines, source.path)):
        yield value if isinstance(value, InputError) else Record(value, source, row)


def records_in(values: Iterable[Any], source: Source) -> Iterator[Record | InputError]:
    """Each value of a JSON list, as a record, or the error that says why it is none."""
    for row, value in enumerate(values):
        yield (
            Record(value, source, row)
            if isinstance(value, dict)
            else InputError(
                "not a record", got=f"JSON {type(value).__name__}", expected="{…}", file=source.path, row=row
            )
        )


def canonical(value: Any) -> str:
    """One text for one JSON value, whatever the order of its keys.

    Examples
    --------
    >>> canonical({"b": 1, "a": [2]})
    '{"a":[2],"b":1}'
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
