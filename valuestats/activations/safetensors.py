"""The safetensors format: a length, a JSON header of names, types, shapes and places, then one array after the other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from valuestats.activations.tensors import BFLOAT16, Tensor, TensorFile, mapped, of_mapped
from valuestats.base.boundary import one_error
from valuestats.base.errors import InputError

_MOST_HEADER = 100_000_000
_KINDS = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "u1",
    "BOOL": "?",
}


def open_safetensors(path: Path) -> TensorFile:
    """The arrays of a ``.safetensors`` file, memory-mapped.

    As the format asks: the header is at most 100 MB of JSON that names each array once, with places that follow each other
    from the first byte of the data to its last, each as long as type and shape say.
    """
    with one_error(path):
        header, begin = _header(path)
        said = header.pop("__metadata__", {})
        if not isinstance(said, dict):
            raise InputError("metadata that are no mapping", file=path, parameter="__metadata__")
        tensors: dict[str, Tensor] = {}
        places = []
        for name, entry in header.items():
            kind, shape, (first, last) = _entry(path, name, entry)
            place = mapped(path, _KINDS[kind], begin + first, shape, name)
            size = place.dtype.itemsize
            for length in shape:
                size *= length
            if last - first != size:
                raise InputError(
                    "an array of another length than its type and shape",
                    file=path,
                    parameter=name,
                    got=f"{last - first} bytes for {kind} of shape {shape}",
                    expected=f"{size} bytes",
                )
            places.append((first, last, name))
            tensors[name] = of_mapped(name, place, BFLOAT16 if kind == "BF16" else None)
        _require_seamless(path, places, path.stat().st_size - begin)
    return TensorFile(path, "safetensors", tensors, said)


def _header(path: Path) -> tuple[dict[str, Any], int]:
    length = path.stat().st_size
    with path.open("rb") as handle:
        size = int.from_bytes(handle.read(8), "little")
        if length < 8 or size > min(_MOST_HEADER, length - 8):
            raise InputError(
                "a header that is longer than the file",
                file=path,
                got=f"{size} bytes",
                expected=f"at most {min(_MOST_HEADER, max(length - 8, 0))}",
                hint="not a safetensors file, or cut short",
            )
        content = handle.read(size)
    try:
        header = json.loads(content, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise InputError("the header is not valid JSON", file=path, got=str(error)[:200]) from error
    if not isinstance(header, dict):
        raise InputError("the header holds no mapping", file=path, got=type(header).__name__)
    return header, 8 + size


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice in the header")
    return found


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _entry(path: Path, name: str, entry: Any) -> tuple[str, tuple[int, ...], tuple[int, int]]:
    where: dict[str, Any] = {"file": path, "parameter": name}
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise InputError(
            "an array's entry lacks a part",
            **where,
            got=str(entry)[:100],
            expected="dtype, shape, data_offsets",
        )
    kind, shape, places = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(kind, str) or kind not in _KINDS:
        raise InputError("an unknown type", **where, got=str(kind)[:40], expected=", ".join(_KINDS))
    if not isinstance(shape, list) or not all(_whole(x) for x in shape):
        raise InputError("a shape is a list of whole numbers", **where, got=str(shape)[:100])
    if (
        not isinstance(places, list)
        or len(places) != 2
        or not all(_whole(x) for x in places)
        or places[0] > places[1]
    ):
        raise InputError(
            "places are the first byte and the one behind the last", **where, got=str(places)[:100]
        )
    return kind, tuple(shape), (places[0], places[1])


def _require_seamless(path: Path, places: list[tuple[int, int, str]], length: int) -> None:
    """Arrays that overlap, or bytes that belong to none."""
    end = 0
    for first, last, name in sorted(places):
        if first != end:
            raise InputError(
                "arrays overlap" if first < end else "bytes that belong to no array",
                file=path,
                parameter=name,
                got=f"begins at byte {first} of the data",
                expected=f"byte {end}",
            )
        end = last
    if end != length:
        raise InputError(
            "bytes that belong to no array", file=path, got=f"{length} bytes of data", expected=f"{end}"
        )
