"""The words of the profile: what front matter, cells and divisions may say, and of which type."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from valuestats.base.errors import RenderError
from valuestats.reporting.faults import source_error

CALLOUTS = ("note", "tip", "important", "warning")
FORMATS = ("html", "typst")
PLAIN_CLASSES = ("lead", "small", "table-note", "unnumbered", "unlisted")

Check = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _output(value: Any) -> bool:
    return isinstance(value, bool) or value == "asis"


def _texts(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(v, str) for v in value))


def _depth(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 6


def _mapping(value: Any) -> bool:
    return isinstance(value, dict)


def _date(value: Any) -> bool:
    if isinstance(value, dt.date):
        return True
    return isinstance(value, str) and (value == "today" or _is_iso(value))


def _is_iso(value: str) -> bool:
    try:
        dt.date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _authors(value: Any) -> bool:
    entries = value if isinstance(value, list) else [value]
    return all(
        isinstance(e, str)
        or (isinstance(e, dict) and isinstance(e.get("name"), str) and set(e) <= {"name", "affiliation"})
        for e in entries
    )


def _formats(value: Any) -> bool:
    names = [value] if isinstance(value, str) else value
    return isinstance(names, (list, dict)) and set(names) <= set(FORMATS)


FRONT: dict[str, tuple[Check, str]] = {
    "title": (_text, "text"),
    "subtitle": (_text, "text"),
    "author": (_authors, "a name, or a list of names or of {name, affiliation}"),
    "date": (_date, "YYYY-MM-DD or today"),
    "abstract": (_text, "text"),
    "abstract-title": (_text, "text"),
    "description": (_text, "text"),
    "lang": (_text, "a language code"),
    "toc": (_flag, "true or false"),
    "toc-depth": (_depth, "a number from 1 to 6"),
    "toc-title": (_text, "text"),
    "number-sections": (_flag, "true or false"),
    "params": (_mapping, "a mapping"),
    "format": (_formats, "html and typst"),
    "execute": (_mapping, "a mapping"),
    "jupyter": (lambda v: v == "python3", "python3"),
    "study": (_text, "text"),
    "provenance": (_texts, "text, or a list of it"),
}
"""Front matter keys; ``study`` and ``provenance`` are ours, the rest are Quarto's."""

MARKDOWN_KEYS = (
    "title",
    "subtitle",
    "author",
    "abstract",
    "abstract-title",
    "toc-title",
    "study",
    "provenance",
    "params",
)
"""Keys whose text is read as markdown."""

EXECUTE: dict[str, tuple[Check, str]] = {
    "echo": (_flag, "true or false"),
    "eval": (_flag, "true or false"),
    "include": (_flag, "true or false"),
    "output": (_output, "true, false or asis"),
    "warning": (_flag, "true or false"),
}

CELL: dict[str, tuple[Check, str]] = {
    **EXECUTE,
    "label": (lambda v: isinstance(v, str) and bool(re.fullmatch(r"[a-z][a-z0-9-]*", v)), "a-z, 0-9 and -"),
    "fig-cap": (_text, "text"),
    "fig-alt": (_text, "text"),
    "tbl-cap": (_text, "text"),
    "classes": (_texts, "text, or a list of it"),
    "tags": (lambda v: isinstance(v, list) and _texts(v), "a list of texts"),
}

_EXECUTE_DEFAULTS = {"echo": True, "eval": True, "include": True, "output": True, "warning": True}
_INHERITED = ("lang", "toc", "toc-depth", "toc-title", "number-sections", "author", "execute")


def project_defaults(document: Path) -> dict[str, Any]:
    """What the project's ``_quarto.yml`` and the folder's ``_metadata.yml`` say for every document."""
    defaults: dict[str, Any] = {}
    folders = [document.parent, *document.parent.parents]
    root = next((f for f in folders if (f / "_quarto.yml").is_file()), None)
    if root is None:
        return defaults
    inside = [f for f in folders if f == root or root in f.parents]
    files = [root / "_quarto.yml", *(f / "_metadata.yml" for f in reversed(inside))]
    for file in files:
        if not file.is_file():
            continue
        try:
            said = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        except yaml.YAMLError as error:
            raise RenderError("this is not valid YAML", got=str(error), file=file) from error
        for key in _INHERITED:
            if key in said:
                both = isinstance(said[key], dict) and isinstance(defaults.get(key), dict)
                defaults[key] = {**defaults[key], **said[key]} if both else said[key]
    return defaults


def front_matter(said: Mapping[str, Any], file: Path, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Front matter with the project's defaults, every key checked.

    Raises
    ------
    RenderError
        For a key that is not in the profile or has the wrong type.
    """
    lines = file.read_text(encoding="utf-8").splitlines()
    places = {line.split(":")[0]: i for i, line in enumerate(lines, 1) if re.match(r"[a-z-]+:", line)}
    front = {**defaults, **said}
    for key, value in front.items():
        _check(key, value, FRONT, "front matter key", file, places.get(key, 1))
    if not front.get("title"):
        raise source_error("a report needs a title", file, 1, expected="title: … in the front matter")
    execute = {**defaults.get("execute", {}), **(said.get("execute") or {})}
    execute.pop("enabled", None)
    for key, value in execute.items():
        _check(key, value, EXECUTE, "execute option", file, places.get("execute", 1))
    front["execute"] = {**_EXECUTE_DEFAULTS, **execute}
    front.setdefault("lang", "en")
    return front


def cell_options(
    said: Mapping[str, Any],
    file: Path,
    line: int,
    places: Mapping[str, int],
    execute: Mapping[str, Any],
) -> dict[str, Any]:
    """Options of one cell over the document's defaults, every one checked.

    Raises
    ------
    RenderError
        For an unknown option, a wrong type, or a figure or table without its caption or alternative text.
    """
    for key, value in said.items():
        _check(key, value, CELL, "cell option", file, places.get(str(key), line))
    label = said.get("label", "")
    needs = {"fig-": ("fig-cap", "fig-alt"), "tbl-": ("tbl-cap",)}.get(label[:4], ())
    for key in needs:
        if not said.get(key):
            raise source_error(f"the cell '{label}' has no {key}", file, line, expected=f"#| {key}: …")
    for key in ("fig-cap", "tbl-cap"):
        if key in said and not label.startswith(key[:4]):
            raise source_error(
                f"a cell with {key} needs a label that starts with {key[:4]}",
                file,
                places.get(key, line),
                got=label or "no label",
            )
    options = {**execute, **said}
    if isinstance(options.get("classes"), str):
        options["classes"] = options["classes"].split()
    return options


def _check(
    key: Any, value: Any, known: Mapping[str, tuple[Check, str]], kind: str, file: Path, line: int
) -> None:
    if key not in known:
        raise source_error(f"unknown {kind}", file, line, got=key, expected=", ".join(sorted(known)))
    check, expected = known[key]
    if not check(value):
        raise source_error(f"{kind} '{key}' has the wrong value", file, line, got=value, expected=expected)
