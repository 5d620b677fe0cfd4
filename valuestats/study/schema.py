"""The format of study files as a JSON schema, made of the verbs' signatures, by which editors complete and check them."""

from __future__ import annotations

import dataclasses
import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from valuestats.base.docstrings import read_docstring
from valuestats.base.registry import load, verbs
from valuestats.study.arguments import annotation, unaliased

Schema = dict[str, Any]

_REFERENCE = {"$ref": "#/$defs/reference"}
_SOURCE = {"$ref": "#/$defs/source"}
_SHARED = ("seed", "level")
_FIELDS: dict[str, Schema] = {
    "study": {
        "type": "string",
        "pattern": "^[a-z][a-z0-9_]*$",
        "description": "Identifier, and name of the folder of its results.",
    },
    "title": {"type": ["string", "number"], "description": "Heading of its pages."},
    "description": {"type": ["string", "number"], "description": "What it is about."},
    "seed": {
        "type": "integer",
        "minimum": 0,
        "description": "Handed to every verb that takes one and does not set its own.",
    },
    "level": {
        "type": "number",
        "exclusiveMinimum": 0,
        "exclusiveMaximum": 1,
        "description": "Probability inside intervals, handed to every verb that takes one; .95 if not given.",
    },
    "system": {"type": "string", "description": "Identifier of the published system it analyses, if any."},
    "notice": {
        "type": ["string", "null"],
        "description": "What a reader must be told first, e.g. that data are simulated.",
    },
    "fallback": {
        "type": "string",
        "description": "Another study file to run where the data of this one can't be had.",
    },
    "steps": {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": "^[a-z][a-z0-9_]*$", "not": {"const": "reports"}},
        "additionalProperties": {"$ref": "#/$defs/step"},
        "description": "What is done, by name of the step: a verb and its arguments.",
    },
    "formats": {
        "type": "array",
        "items": {"enum": ["html", "pdf", "docx"]},
        "contains": {"const": "html"},
        "description": "Formats of its pages: html, and pdf and docx (Word); html and pdf if not given.",
    },
    "reports": {
        "type": ["array", "null"],
        "items": {"type": "string"},
        "description": "Templates of the pages: of reports/, or a .qmd file beside the study, without its ending.",
    },
}


def study_schema() -> Schema:
    """JSON schema (2020-12) of a study file: its fields, and for each step the arguments of its verb.

    Examples
    --------
    >>> found = study_schema()
    >>> found["required"], "score" in found["$defs"]["verbs"]
    (['study', 'title', 'seed', 'steps'], True)
    """
    known = {name: load(path) for name, path in sorted(verbs().items())}
    chosen = [{"const": name, "description": _summary(verb)} for name, verb in known.items()]
    step = {
        "type": "object",
        "required": ["verb"],
        "properties": {"verb": {"oneOf": chosen}},
        "allOf": [
            {
                "if": {"properties": {"verb": {"const": name}}, "required": ["verb"]},
                "then": {"$ref": f"#/$defs/verbs/{name}"},
            }
            for name in known
        ],
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "valuestats study",
        "description": "A study file: what is read, what is estimated, with which seed, and which pages are made of it.",
        "type": "object",
        "properties": _FIELDS,
        "required": ["study", "title", "seed", "steps"],
        "additionalProperties": False,
        "$defs": {
            "reference": {
                "type": "string",
                "pattern": "^@[a-z]",
                "description": "What another step made: @NAME.",
            },
            "source": {
                "type": "object",
                "description": "A file or folder: {file: PATH}, {demo: NAME}, {dataset: NAME, path: PATH}.",
                "properties": {name: {"type": "string"} for name in ("file", "demo", "dataset", "path")},
                "minProperties": 1,
                "additionalProperties": False,
            },
            "step": step,
            "verbs": {name: _verb(name, verb) for name, verb in known.items()},
        },
    }


def _summary(verb: Callable[..., Any]) -> str:
    return read_docstring(inspect.getdoc(verb) or "").summary


def _verb(name: str, verb: Callable[..., Any]) -> Schema:
    said = _documented(verb)
    properties: Schema = {
        "verb": {"const": name},
        "evidence": {
            "type": "array",
            "items": _REFERENCE,
            "description": "Steps that speak for or against its result.",
        },
        "otherwise": {"type": "object", "description": "Arguments instead, where a dataset can't be had."},
    }
    required, others = ["verb"], False
    for parameter in inspect.signature(verb).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            others = True
            continue
        shape = _shape(annotation(verb, parameter.annotation))
        text = said.get(parameter.name)
        properties[parameter.name] = {**_anything(shape), **({"description": text} if text else {})}
        if parameter.default is parameter.empty and parameter.name not in _SHARED:
            required.append(parameter.name)
    # With `otherwise` an argument may stand there and not in the step itself.
    return {
        "description": _summary(verb),
        "properties": properties,
        "additionalProperties": others,
        "anyOf": [{"required": required}, {"required": ["verb", "otherwise"]}],
    }


def _documented(verb: Callable[..., Any]) -> dict[str, str]:
    """What a docstring says of each parameter; ``a, b`` names several at once."""
    found = {}
    for entry in read_docstring(inspect.getdoc(verb) or "").lists.get("Parameters", ()):
        for name in entry.name.split(", "):
            found[name.lstrip("*")] = " ".join(entry.text.split())
    return found


def _anything(shape: Schema) -> Schema:
    """A value, or what stands for one: a step's product, a file."""
    if not shape or shape in (_REFERENCE, _SOURCE):
        return {"anyOf": [_REFERENCE, _SOURCE]} if shape else {}
    return {"anyOf": [shape, _REFERENCE, _SOURCE]}


def _shape(hint: Any) -> Schema:
    """The values of a study file that `valuestats.study.arguments.convert` takes for an annotation."""
    hint = unaliased(hint)
    if hint is Any or hint is inspect.Parameter.empty:
        return {}
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _shape(inner[0])
    if origin in (Union, types.UnionType):
        shapes = [_shape(h) for h in inner]
        return {} if {} in shapes else {"anyOf": [s for i, s in enumerate(shapes) if s not in shapes[:i]]}
    if hint is None or hint is type(None):
        return {"type": "null"}
    if origin is Literal:
        return {"enum": list(inner)}
    scalar = {str: "string", int: "integer", float: "number", bool: "boolean"}.get(hint)
    if scalar:
        return {"type": scalar}
    kind = hint if origin is None else origin
    if not isinstance(kind, type):
        return {}
    if issubclass(kind, Path):
        return {"type": "string"}
    if kind is tuple and inner and inner[-1] is not Ellipsis:
        size = len(inner)
        return {"type": "array", "prefixItems": [_item(h) for h in inner], "minItems": size, "maxItems": size}
    if kind in (list, tuple, Sequence):
        return {"type": "array", "items": _item(inner[0] if inner else Any)}
    if kind in (dict, Mapping):
        return {"type": "object", "additionalProperties": _item(inner[1] if inner else Any)}
    if dataclasses.is_dataclass(kind) and not any(m in kind.__module__ for m in (".tables", ".results")):
        return {"type": "object", "properties": {f.name: {} for f in dataclasses.fields(kind) if f.init}}
    return _REFERENCE


def _item(hint: Any) -> Schema:
    return _anything(_shape(hint))
