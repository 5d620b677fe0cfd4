"""The format of instrument files as a JSON schema, by which editors complete and check them."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

from valuestats.instruments.instrument import Instrument
from valuestats.instruments.loading import DIMENSION, REQUIRED, SCALE, TOP
from valuestats.instruments.scale import AnswerScale

_CODE = r"^-?\d+$"
_TEXTS = {"type": "array", "items": {"type": "string"}}
_WORDS = {
    "id": "Identifier: lower-case letters, digits and underscores.",
    "name": "What it is called.",
    "citation": "Where it was published.",
    "licence": "The terms under which the keys and the scale stand; wording under copyright is never shipped.",
    "notes": "What a user must know, e.g. in which direction others code the same items.",
    "scale": "The answer scale: its options, and the words by which an answer is recognised.",
    "families": "Families of dimensions: by family, by dimension, the items keyed to it.",
    "circumplex": "By family, its dimensions in the order in which they stand round a circle.",
    "usual_order": "By family, its dimensions from most to least important among people.",
}
_SCALE_TYPES: dict[str, dict[str, Any]] = {
    "options": {"type": "object", "patternProperties": {_CODE: {"type": "string"}}, "minProperties": 2},
    "languages": {"type": "object", "additionalProperties": {"type": "object"}},
    "aliases": {"type": "object", "additionalProperties": {"type": "integer"}},
    "published_aliases": {"type": "object", "additionalProperties": {"type": "integer"}},
    "qualifiers": _TEXTS,
    "negations": _TEXTS,
    "followers": _TEXTS,
    "numeric": {"type": "boolean"},
    "contains": {"type": "boolean"},
    "codes_shown": {"type": "boolean"},
    "direction": {"enum": ["ascending", "descending"]},
    "parser": {"type": "string"},
}
_DIMENSION_TYPES: dict[str, dict[str, Any]] = {
    "label": {"type": "string", "description": "How it is written."},
    "items": {"type": "array", "items": {"type": ["integer", "string"]}, "description": "Items keyed to it."},
    "reversed": {
        "type": "array",
        "items": {"type": ["integer", "string"]},
        "description": "Those of them that speak against it.",
    },
    "parents": {**_TEXTS, "description": "Dimensions of a higher order that it belongs to."},
}


def instrument_schema() -> dict[str, Any]:
    """JSON schema (2020-12) of an instrument file, of the fields that the loader knows.

    Examples
    --------
    >>> found = instrument_schema()
    >>> found["required"]
    ['id', 'name', 'citation', 'licence', 'scale', 'families']
    """
    dimension = _object({name: _DIMENSION_TYPES[name] for name in sorted(DIMENSION)}, [])
    said = _documented(AnswerScale)
    scale = _object(
        {name: {**_SCALE_TYPES[name], **_described(said.get(name))} for name in sorted(SCALE)}, ["options"]
    )
    shapes: dict[str, dict[str, Any]] = {
        "scale": scale,
        "families": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"type": "object", "additionalProperties": dimension},
        },
        "circumplex": {"type": "object", "additionalProperties": _TEXTS},
        "usual_order": {"type": "object", "additionalProperties": _TEXTS},
    }
    fields = {
        name: {**shapes.get(name, {"type": "string"}), "description": _WORDS[name]}
        for name in _WORDS
        if name in TOP
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "valuestats instrument",
        "description": (inspect.getdoc(Instrument) or "").split("\n")[0],
        **_object(fields, list(REQUIRED)),
    }


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _described(text: str | None) -> dict[str, str]:
    return {"description": text} if text else {}


def _documented(kind: type) -> dict[str, str]:
    """What the docstring of a dataclass says of its fields; ``a, b`` name several at once."""
    found: dict[str, str] = {}
    names: list[str] = []
    known = {f.name for f in dataclasses.fields(kind)}
    for line in (inspect.getdoc(kind) or "").splitlines():
        if set(line.split(", ")) <= known:
            names = line.split(", ")
        elif names and line.startswith("    "):
            for name in names:
                found[name] = f"{found.get(name, '')} {line.strip()}".strip()
        elif line.strip():
            names = []
    return found
