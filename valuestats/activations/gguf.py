"""The GGUF format as control vectors use it: typed metadata, then arrays such as ``direction.12``."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from valuestats.activations.tensors import BFLOAT16, MOST_BYTES, Tensor, TensorFile, mapped, of_mapped
from valuestats.base.boundary import one_error
from valuestats.base.errors import InputError

_SCALARS = {
    0: "<u1",
    1: "<i1",
    2: "<u2",
    3: "<i2",
    4: "<u4",
    5: "<i4",
    6: "<f4",
    7: "?",
    10: "<u8",
    11: "<i8",
    12: "<f8",
}
_TEXT, _ARRAY = 8, 9
_KINDS = {0: "<f4", 1: "<f2", 24: "<i1", 25: "<i2", 26: "<i4", 27: "<i8", 28: "<f8", 30: "<u2"}
_BF16 = 30
_DEEPEST = 4
_MOST_HEADER = 1 << 28
_LEAST_ENTRY = 13
"""Bytes of the shortest entry of metadata: the length of a name, a type, a value."""


class _Reader:
    """Numbers and texts one after the other, never beyond the end of the file or of what a header may take."""

    def __init__(self, path: Path, handle: BinaryIO) -> None:
        self.path, self.handle = path, handle
        self.length = path.stat().st_size
        self.at = 0

    @property
    def left(self) -> int:
        """Bytes that the header may still take."""
        return min(self.length, _MOST_HEADER) - self.at

    def take(self, size: int) -> bytes:
        if size > self.left:
            raise InputError(
                "the file ends inside its header",
                file=self.path,
                got=f"{size} bytes wanted at byte {self.at}",
                expected=f"at most {self.left}",
                hint="the file was cut short, or its header is wrong",
            )
        self.at += size
        return self.handle.read(size)

    def number(self, form: str) -> int:
        return int(struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))[0])

    def text(self) -> str:
        content = self.take(self.number("Q"))
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InputError("a text that is no UTF-8", file=self.path, got=str(error)) from error

    def value(self, kind: int, depth: int = 0) -> Any:
        if kind in _SCALARS:
            dtype = np.dtype(_SCALARS[kind])
            return np.frombuffer(self.take(dtype.itemsize), dtype)[0].item()
        if kind == _TEXT:
            return self.text()
        if kind != _ARRAY or depth >= _DEEPEST:
            raise InputError(
                "metadata of an unknown type, or lists in lists",
                file=self.path,
                got=f"type {kind} at byte {self.at}",
            )
        inner, count = self.number("I"), self.number("Q")
        if inner in _SCALARS:
            dtype = np.dtype(_SCALARS[inner])
            return np.frombuffer(self.take(count * dtype.itemsize), dtype).tolist()
        if count * 8 > self.left:
            self.take(count * 8)
        return [self.value(inner, depth + 1) for _ in range(count)]


def open_gguf(path: Path) -> TensorFile:
    """The arrays of a ``.gguf`` file with its metadata, memory-mapped.

    Version 2 or 3, little-endian; arrays of floating-point or whole numbers. Quantised arrays, which models have and control
    vectors have not, are refused. Shapes are as numpy has them, the last axis running fastest.
    """
    with one_error(path), path.open("rb") as handle:
        reader = _Reader(path, handle)
        if reader.take(4) != b"GGUF":
            raise InputError("not a GGUF file", file=path, got="other first bytes", expected="GGUF")
        version = reader.number("I")
        if version not in (2, 3):
            raise InputError(
                "an unknown version of GGUF", file=path, got=version, expected="2 or 3, little-endian"
            )
        arrays, entries = reader.number("Q"), reader.number("Q")
        if max(arrays, entries) * _LEAST_ENTRY > reader.length:
            raise InputError(
                "more entries than the file has room for",
                file=path,
                got=f"{arrays} arrays, {entries} of metadata",
            )
        said: dict[str, Any] = {}
        for _ in range(entries):
            name = reader.text()
            if name in said:
                raise InputError("metadata twice", file=path, parameter=name)
            said[name] = reader.value(reader.number("I"))
        found = [_entry(reader) for _ in range(arrays)]
        align = said.get("general.alignment", 32)
        if not isinstance(align, int) or align < 1 or align & (align - 1) or align > 1 << 20:
            raise InputError("an impossible alignment", file=path, parameter="general.alignment", got=align)
        begin = -(-reader.at // align) * align
        tensors: dict[str, Tensor] = {}
        for name, shape, kind, offset in found:
            if name in tensors:
                raise InputError("an array twice", file=path, parameter=name)
            if offset % align:
                raise InputError(
                    "an array that begins between its places", file=path, parameter=name, got=offset
                )
            place = mapped(path, _KINDS[kind], begin + offset, shape, name)
            tensors[name] = of_mapped(name, place, BFLOAT16 if kind == _BF16 else None)
    return TensorFile(path, "gguf", tensors, said)


def _entry(reader: _Reader) -> tuple[str, tuple[int, ...], int, int]:
    name = reader.text()
    axes = reader.number("I")
    if axes > 8:
        raise InputError("an impossible shape", file=reader.path, parameter=name, got=f"{axes} axes")
    shape = tuple(reader.number("Q") for _ in range(axes))[::-1]
    kind, offset = reader.number("I"), reader.number("Q")
    if kind not in _KINDS:
        raise InputError(
            "a quantised array, or one of an unknown type",
            file=reader.path,
            parameter=name,
            got=f"type {kind}",
            expected="floating-point or whole numbers",
            hint="write control vectors as F32",
        )
    if offset > MOST_BYTES:
        raise InputError("an impossible place", file=reader.path, parameter=name, got=offset)
    return name, shape, kind, offset
