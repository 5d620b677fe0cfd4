"""What the views of a Vega-Lite specification draw of which data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Spec = dict[str, Any]
_JOINED = ("hconcat", "vconcat", "concat")


def views_of(spec: Spec, data: Any) -> Iterator[tuple[Spec, Any]]:
    """The views that have axes of their own, with the data that they inherit."""
    data = spec.get("data", data)
    parts = [part for name in _JOINED for part in spec.get(name, [])]
    parts += [spec["spec"]] if "spec" in spec else []  # panels
    if not parts:
        yield spec, data
    for part in parts:
        yield from views_of(part, data)


def units_of(view: Spec, data: Any, shared: Spec) -> Iterator[tuple[Any, Spec]]:
    """Data and encodings of the marks of a view."""
    data = view.get("data", data)
    own = {**shared, **view.get("encoding", {})}
    for layer in view.get("layer", []):
        yield from units_of(layer, data, own)
    if "layer" not in view:
        yield data, own


def values_of(data: Any, field: str, datasets: Spec) -> list[Any]:
    """What stands in a field, nulls aside; one text where that can't be seen."""
    rows = data.get("values", datasets.get(str(data.get("name")))) if isinstance(data, dict) else None
    if not isinstance(rows, list):
        return ["not seen"]
    values = [row.get(field) for row in rows]
    return [v for v in values if v is not None and v == v]
