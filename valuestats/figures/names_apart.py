"""Names that are cut for want of room stay apart, in pictures; on pages `report.js` does the same for the room there is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from valuestats.figures.spec_views import Spec, units_of, values_of, views_of
from valuestats.figures.theme import theme_config

_LETTER = 6.4  # pixels of a letter, at the size of labels
_GUIDES = {
    **dict.fromkeys(("x", "y"), "axis"),
    **dict.fromkeys(("row", "column", "facet"), "header"),
    **dict.fromkeys(("color", "fill", "stroke", "shape", "opacity", "size"), "legend"),
}
_SIGNS = " -_/."
_NEAR = 12


def with_names_apart(spec: Spec) -> Spec:
    """A Vega-Lite specification in which names that would look the same when they are cut are cut elsewhere.

    Examples
    --------
    >>> names = ["a questionnaire of long names, part one", "a questionnaire of long names, part two"]
    >>> chart = {"mark": "bar", "data": {"values": [{"name": name} for name in names]},
    ...          "encoding": {"y": {"field": "name", "type": "nominal", "axis": {"labelLimit": 160}}}}
    >>> axis = with_names_apart(chart)["encoding"]["y"]["axis"]
    >>> axis["labelLimit"], axis["labelExpr"][-28:]
    (0, '[datum.label] || datum.label')
    """
    for view, data in views_of(spec, None):
        for rows, encoding in units_of(view, data, {}):
            for channel, told in encoding.items():
                _mend(channel, told, rows, spec.get("datasets", {}))
    for channel, told, rows in _panels(spec, None):
        _mend(channel, told, rows, spec.get("datasets", {}))
    return spec


def _panels(spec: Spec, data: Any) -> Iterator[tuple[str, Any, Any]]:
    data = spec.get("data", data)
    facet = spec.get("facet", {})
    if isinstance(facet, dict):
        yield from ((name, facet[name], data) for name in ("row", "column") if name in facet)
        if "field" in facet:
            yield "facet", facet, data
    for part in [*spec.get("hconcat", []), *spec.get("vconcat", []), *spec.get("concat", [])]:
        yield from _panels(part, data)


def _mend(channel: str, told: Any, data: Any, datasets: Spec) -> None:
    guide = _GUIDES.get(channel)
    if guide is None or not isinstance(told, dict) or told.get("type") not in ("nominal", "ordinal"):
        return
    own = told.get(guide, {})
    if own is None or "field" not in told or "labelExpr" in own or "format" in own:
        return
    limit = own.get("labelLimit", theme_config()[guide]["labelLimit"])
    names = list(dict.fromkeys(str(v) for v in values_of(data, told["field"], datasets)))
    cut = cut_apart(names, int(limit / _LETTER)) if limit else names
    ends = [ended(name, int(limit / _LETTER)) for name in names] if limit else names
    if cut == ends:
        return
    table = json.dumps({name: short for name, short in zip(names, cut, strict=True) if name != short})
    told[guide] = {**own, "labelLimit": 0, "labelExpr": f"({table})[datum.label] || datum.label"}


def cut_apart(names: Sequence[str], letters: int) -> list[str]:
    """Names of so many letters at most: cut at the end, and where they begin alike, by what they share.

    Examples
    --------
    >>> cut_apart(["Meta-Llama-3.1-70B-Instruct", "Meta-Llama-3.1-70B-Turbo", "gpt-4o"], 16)
    ['Meta-L…-Instruct', 'Meta-Llam…-Turbo', 'gpt-4o']
    """
    shown = [ended(name, letters) for name in names]
    cut = []
    for name, short in zip(names, shown, strict=True):
        begun = short.removesuffix("…")
        alike = (
            [other for other in names if other.startswith(begun) and other != name] if short != name else []
        )
        cut.append(_middle(name, alike, letters) if alike else short)
    return [name if cut.count(short) > 1 else short for name, short in zip(names, cut, strict=True)]


def ended(name: str, letters: int) -> str:
    """A name cut at its end."""
    return name if len(name) <= letters else f"{name[: letters - 1].rstrip()}…"


def _shared(one: str, other: str) -> int:
    """How many letters two names begin with alike."""
    return next(
        (k for k, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _middle(name: str, alike: Sequence[str], letters: int) -> str:
    shared = max(_shared(name, other) for other in alike)
    word = max(name.rfind(sign, 0, shared) for sign in _SIGNS)
    start = word if shared - word < _NEAR and word > 0 else shared
    tail = name[start:].lstrip()
    if len(tail) + 2 > letters:
        return f"{name[:3].rstrip()}…{ended(tail, letters - 4)}"
    return f"{name[: letters - len(tail) - 1].rstrip()}…{tail}"
