"""Arrays that lie in a file and are read where they are asked for: what all readers of activation files return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from valuestats.base.errors import InputError

MOST_BYTES = 1 << 46
"""A size that no file has; beyond it a header is wrong, whatever else it says."""


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
        Numpy's name of the type, or ``"bfloat16"``, which is given as float32.
    raw
        The array as it lies in the file (of ``bfloat16`` its bits), memory-mapped where the format allows.
    """

    name: str
    shape: tuple[int, ...]
    kind: str
    raw: NDArray[Any]

    def read(self, rows: slice | int | None = None) -> NDArray[Any]:
        """The array, or these entries of its first axis; nothing is copied of types that numpy has.

        Examples
        --------
        >>> import numpy as np
        >>> Tensor("a", (2,), "bfloat16", np.array([16256, 49152], dtype="<u2")).read()
        array([ 1., -2.], dtype=float32)
        """
        part = self.raw if rows is None else self.raw[rows]
        if self.kind != "bfloat16":
            return np.asarray(part) if not isinstance(part, np.memmap) else part
        return np.asarray((np.asarray(part).astype("<u4") << 16).view("<f4"))

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
        ``"npz"``, ``"safetensors"``, ``"gguf"``, ``"sae_lens"`` or ``"arrow"``.
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
) -> NDArray[Any]:
    """The memory-mapped array at a place of a file, refused where it would reach beyond its end.

    Raises
    ------
    InputError
        A shape or place that the file does not hold.
    """
    dtype = np.dtype(kind)
    count = 1
    for size in shape:
        if not 0 <= size < MOST_BYTES:
            raise InputError("an impossible shape", file=path, parameter=name, got=shape)
        count *= size
    length = path.stat().st_size
    if offset < 0 or count * dtype.itemsize > length - offset:
        raise InputError(
            "the file ends before the array does",
            file=path,
            parameter=name,
            got=f"{count * dtype.itemsize} bytes from byte {offset} on, shape {shape}",
            expected=f"at most {max(length - offset, 0)} bytes",
            hint="the file was cut short, or its header is wrong",
        )
    if count == 0:
        return np.zeros(shape, dtype=dtype)
    return np.memmap(
        path, dtype=dtype, mode="r", offset=offset, shape=shape, order="F" if order == "F" else "C"
    )
