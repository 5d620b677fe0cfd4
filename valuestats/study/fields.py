"""The fields of a study file, which may come from anyone: each is of its type, or one clear error names it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from valuestats.base.errors import StudyError
from valuestats.results.receipts import REPORT

_DEEPEST, _LARGEST = 50, 2**63


def require_plain(value: Any, file: Path, where: str = "", depth: int = 0) -> None:
    """Raise unless a study's content is made of texts, numbers, dates, yes and no, lists and mappings.

    Raises
    ------
    StudyError
        Something else (YAML knows binaries and sets too), a text that is no Unicode, a number beyond 63 bits, a key
        that is no text or number, or nesting deeper than 50.
    """
    fault = _fault(value)
    if fault is None and depth > _DEEPEST:
        fault = f"it is nested deeper than {_DEEPEST}"
    if fault is not None:
        raise StudyError(
            "a value that a study can't hold", file=file, parameter=where or None, got=fault,
            expected="texts, numbers, dates, true and false, null, lists and mappings of these",
        )  # fmt: skip
    if isinstance(value, Mapping):
        for key, part in value.items():
            place = f"{where}.{key}" if where else f"{key}"
            if not isinstance(key, str | int | float) or _fault(key) is not None:
                raise StudyError(
                    "a key is no text or number", file=file, parameter=place[:200], got=repr(key)
                )
            require_plain(part, file, place, depth + 1)
    elif isinstance(value, list):
        for number, part in enumerate(value):
            require_plain(part, file, f"{where}[{number}]", depth + 1)


def _fault(value: Any) -> str | None:
    if isinstance(value, str):
        if "\0" in value:
            return "a text with a null character"
        try:
            value.encode()
        except UnicodeEncodeError:
            return "a text with half a character"
        return None
    if isinstance(value, int):
        return None if abs(value) < _LARGEST else "a number beyond 63 bits"
    known = isinstance(value, float | dict | list | dt.date | None)
    return None if known else f"YAML's {type(value).__name__}"


def text_field(content: Mapping[str, Any], name: str, file: Path) -> str | None:
    """A field that is a text, or a number that is read as one; None where it is not there.

    Raises
    ------
    StudyError
        It is something else.
    """
    value = content.get(name)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise StudyError("not a text", file=file, parameter=name, got=repr(value)[:200], expected="a text")
    return str(value)


def report_names(content: Mapping[str, Any], file: Path) -> tuple[str, ...]:
    """Names of the reports that a study asks for.

    Raises
    ------
    StudyError
        No list of names.
    """
    given = content.get("reports") or []
    if not isinstance(given, list) or not all(isinstance(n, str) and REPORT.fullmatch(n) for n in given):
        raise StudyError(
            "not a list of reports", file=file, parameter="reports", got=repr(given)[:200],
            expected="a list of names: letters, digits, underscores and hyphens",
        )  # fmt: skip
    return tuple(given)


PAGE_FORMATS = ("html", "pdf")
"""Formats of the pages of a study that names none."""


def page_formats(content: Mapping[str, Any], file: Path) -> tuple[str, ...]:
    """Formats in which a study's pages are made; the index of the pages links to the HTML ones.

    Raises
    ------
    StudyError
        No list of formats, or one without ``html``.
    """
    given = content.get("formats", list(PAGE_FORMATS))
    known = (*PAGE_FORMATS, "docx")
    if (
        not isinstance(given, list)
        or not given
        or not set(map(str, given)) <= set(known)
        or "html" not in given
    ):
        raise StudyError(
            "not a list of formats", file=file, parameter="formats", got=repr(given)[:200],
            expected=f"html, and others of {', '.join(known)}",
        )  # fmt: skip
    return tuple(dict.fromkeys(given))
