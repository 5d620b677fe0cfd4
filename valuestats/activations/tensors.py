"""Arrays that lie in a file and are read where they are asked for: what all readers of activation files return."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from valuestats.base.errors import InputError, SpecificationError

MOST_BYTES = 1 << 46
"""A size that no file has; beyond it a header is wrong, whatever else it says."""
BFLOAT16 = "bfloat16"


@dataclass(frozen=True)
class Mapped:
    """A place in a file that holds an array: rows are mapped when they are read, and let go with the array.

    Attributes
    ----------
    path, offset
        Where it begins.
    dtype, shape, order
        How it lies there: row by row (``"C"``) or column by column (``"F"``).
    """

    path: Path
    offset: int
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    order: str = "C"

    def read(self, rows: slice | int | None) -> NDArray[Any]:
        """All rows, or some; of one that lies row by row only these are mapped."""
        if 0 in self.shape or not self.dtype.itemsize:
            empty = np.zeros(self.shape, dtype=self.dtype)
            return empty if rows is None else empty[rows]
        if self.order == "F" or not self.shape:
            whole = np.memmap(
                self.path, self.dtype, "r", self.offset, self.shape, "F" if self.order == "F" else "C"
            )
            return whole if rows is None else whole[rows]
        if isinstance(rows, int):
            start = range(self.shape[0])[rows]
            return self.read(slice(start, start + 1))[0]
        start, stop, step = (slice(None) if rows is None else rows).indices(self.shape[0])
        if step < 1 or stop <= start:
            return np.zeros((0, *self.shape[1:]), dtype=self.dtype) if step > 0 else self.read(None)[rows]
        each = math.prod(self.shape[1:]) * self.dtype.itemsize
        part = (stop - start, *self.shape[1:])
        found = np.memmap(self.path, self.dtype, "r", self.offset + start * each, part)
        return found[::step] if step > 1 else found


@dataclass(frozen=True)
class Chunks:
    """An array that lies in several parts, one below the other.

    Attributes
    ----------
    part
        Gives the part of a number.
    ends
        Rows up to the end of each part.
    """

    part: Callable[[int], NDArray[Any]]
    ends: Sequence[int]

    def read(self, rows: slice | int | None) -> NDArray[Any]:
        """All rows, or some; only the parts that hold them are read."""
        total = self.ends[-1] if self.ends else 0
        if isinstance(rows, int):
            start = range(total)[rows]
            return self.read(slice(start, start + 1))[0]
        start, stop, step = (slice(None) if rows is None else rows).indices(total)
        begins = [0, *self.ends[:-1]]
        kept = [
            self.part(k)[max(start - a, 0) : stop - a]
            for k, (a, b) in enumerate(zip(begins, self.ends, strict=True))
            if a < stop and b > start
        ]
        found = kept[0] if len(kept) == 1 else np.concatenate(kept) if kept else self.part(0)[:0]
        return found[::step] if step != 1 else found


@dataclass(frozen=True, repr=False)
class Tensor:
    """One array of a file.

    Attributes
    ----------
    name
        As the file calls it.
    shape
        Its shape.
    kind
        Numpy's name of the type, or ``"bfloat16"``, which is read as float32.
    source
        Where it is: in the file, in parts, or in memory.
    """

    name: str
    shape: tuple[int, ...]
    kind: str
    source: Mapped | Chunks | NDArray[Any]

    def read(self, rows: slice | int | None = None) -> NDArray[Any]:
        """The array, or these entries of its first axis; nothing else of the file is read.

        Examples
        --------
        >>> import numpy as np
        >>> Tensor("a", (2,), "bfloat16", np.array([16256, 49152], dtype="<u2")).read()
        array([ 1., -2.], dtype=float32)
        """
        if rows is not None and not self.shape:
            raise SpecificationError(
                "an array of one number has no rows", parameter="rows", got=rows, expected="None"
            )
        if isinstance(self.source, np.ndarray):
            part = self.source if rows is None else self.source[rows]
        else:
            part = self.source.read(rows)
        if self.kind != BFLOAT16:
            return np.asarray(part) if np.ndim(part) == 0 else part
        return np.asarray((np.asarray(part).astype("<u4") << 16).view("<f4"))

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of what `read` gives."""
        return np.dtype("f4" if self.kind == BFLOAT16 else self.kind)

    @property
    def ndim(self) -> int:
        """Number of its axes."""
        return len(self.shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice | int) -> NDArray[Any]:
        return self.read(rows)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self.read(), dtype=dtype)

    def __repr__(self) -> str:
        return f"<Tensor {self.name}: {self.kind} of shape {self.shape}>"


@dataclass(frozen=True, repr=False)
class TensorFile:
    """The arrays of a file by name, and what else it says.

    Attributes
    ----------
    path
        Of the file or folder.
    format
        ``"npz"``, ``"npy"``, ``"safetensors"``, ``"gguf"``, ``"sae_lens"`` or ``"arrow"``.
    tensors
        By name.
    said
        Metadata of the file.

    Examples
    --------
    >>> TensorFile("a.npz", "npz", {})
    <TensorFile a.npz: npz, no arrays>
    """

    path: str | Path
    format: str
    tensors: Mapping[str, Tensor]
    said: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Tensor:
        """The array of this name; `InputError` names those there are."""
        if name not in self.tensors:
            names = list(self.tensors)
            more = f" and {len(names) - 12} more" if len(names) > 12 else ""
            raise InputError(
                "no such array in the file",
                file=self.path,
                parameter="name",
                got=name,
                expected=", ".join(names[:12]) + more,
            )
        return self.tensors[name]

    def __repr__(self) -> str:
        arrays = ", ".join(f"{t.name} {t.shape}" for t in list(self.tensors.values())[:6]) or "no arrays"
        return f"<TensorFile {Path(self.path).name}: {self.format}, {arrays}>"


def mapped(
    path: Path, kind: str | np.dtype[Any], offset: int, shape: tuple[int, ...], name: str, order: str = "C"
) -> Mapped:
    """The place of an array in a file, refused where it would reach beyond its end.

    Raises
    ------
    InputError
        A shape or place that the file does not hold.
    """
    dtype = np.dtype(kind)
    if len(shape) > 32 or any(not 0 <= size < MOST_BYTES for size in shape):
        raise InputError("an impossible shape", file=path, parameter=name, got=shape)
    size, length = math.prod(shape) * dtype.itemsize, path.stat().st_size
    if offset < 0 or size > length - offset:
        raise InputError(
            "the file ends before the array does",
            file=path,
            parameter=name,
            got=f"{size} bytes from byte {offset} on, shape {shape}",
            expected=f"at most {max(length - offset, 0)} bytes",
            hint="the file was cut short, or its header is wrong",
        )
    return Mapped(path, offset, dtype, shape, order)


def of_mapped(name: str, source: Mapped, kind: str | None = None) -> Tensor:
    """A tensor at a place of a file."""
    return Tensor(name, source.shape, kind or str(source.dtype), source)
