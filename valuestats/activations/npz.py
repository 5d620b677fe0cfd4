"""Numpy's archives of arrays: a zip file of ``.npy`` members, memory-mapped where they are stored as they are."""

from __future__ import annotations

import io
import math
import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from valuestats.activations.tensors import Mapped, Tensor, TensorFile, mapped, of_mapped
from valuestats.base.archives import DAMAGED_ARCHIVE
from valuestats.base.boundary import one_error
from valuestats.base.errors import InputError

_LOCAL = 30
_HEADER = 1 << 16
_UNPACKED = 1 << 31
"""Bytes that a compressed archive may unfold to; beyond it memory is at risk, and it is refused."""


def open_npz(path: Path) -> TensorFile:
    """The arrays of an ``.npz`` file.

    Members that are stored (``numpy.savez``) are memory-mapped; compressed ones (``savez_compressed``) are read whole, and
    refused where they unfold to more than 2 GiB together. Arrays of Python objects are pickles, and refused.
    """
    tensors, left, length = {}, _UNPACKED, path.stat().st_size
    with one_error(path), _archive(path) as archive:
        for member in archive.infolist():
            if member.is_dir():
                continue
            if not member.filename.endswith(".npy"):
                raise InputError(
                    "a member of the archive is no array of numpy's",
                    file=path,
                    parameter=member.filename,
                    hint="an archive of torch.save holds pickles, and is not read: see valuestats.read_tensors",
                )
            name = member.filename.removesuffix(".npy")
            if name in tensors:
                raise InputError("an array twice in the archive", file=path, parameter=name)
            if not 0 <= member.header_offset < length:
                raise InputError(
                    "a member of the archive is not where it should be", file=path, parameter=name
                )
            if member.compress_type == zipfile.ZIP_STORED and not member.flag_bits & 1:
                tensors[name] = of_mapped(name, _stored(path, member, name))
            else:
                left -= member.file_size
                if left < 0:
                    raise InputError(
                        "a compressed archive that unfolds to more than memory should hold",
                        file=path,
                        parameter=name,
                        got=f"{member.file_size} bytes",
                        expected=f"{_UNPACKED} bytes at most in all",
                        hint="write it with numpy.savez, which can be memory-mapped",
                    )
                array = _unpacked(path, archive, member, name)
                tensors[name] = Tensor(name, array.shape, str(array.dtype), array)
    return TensorFile(path, "npz", tensors)


def _archive(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except DAMAGED_ARCHIVE as error:
        raise InputError("not an archive of arrays (no zip file)", file=path, got=str(error)) from error


def open_npy(path: Path) -> TensorFile:
    """The one array of an ``.npy`` file, under the name of the file."""
    name = path.stem
    with one_error(path), path.open("rb") as handle:
        dtype, shape, order = _header(handle, path, name)
        place = mapped(path, dtype, handle.tell(), shape, name, order)
    return TensorFile(path, "npy", {name: of_mapped(name, place)})


def _stored(path: Path, member: zipfile.ZipInfo, name: str) -> Mapped:
    with path.open("rb") as handle:
        handle.seek(member.header_offset)
        local = handle.read(_LOCAL)
        if len(local) < _LOCAL or local[:4] != b"PK\x03\x04":
            raise InputError("a member of the archive is not where it should be", file=path, parameter=name)
        skip = int.from_bytes(local[26:28], "little") + int.from_bytes(local[28:30], "little")
        begin = member.header_offset + _LOCAL + skip
        handle.seek(begin)
        dtype, shape, order = _header(handle, path, name)
        offset = handle.tell()
    _require_whole(offset - begin, dtype, shape, member.file_size, path, name)
    return mapped(path, dtype, offset, shape, name, order)


def _unpacked(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> NDArray[Any]:
    try:
        with archive.open(member) as handle:
            content = handle.read(member.file_size + 1)
    except DAMAGED_ARCHIVE as error:
        raise InputError(
            "a member of the archive can't be unpacked", file=path, parameter=name, got=str(error)[:200]
        ) from error
    if len(content) != member.file_size:
        raise InputError("a member unfolds to another size than it says", file=path, parameter=name)
    buffer = io.BytesIO(content)
    dtype, shape, order = _header(buffer, path, name)
    offset = buffer.tell()
    _require_whole(offset, dtype, shape, len(content), path, name)
    flat = np.frombuffer(content, dtype=dtype, offset=offset, count=math.prod(shape))
    return flat.reshape(shape, order="F" if order == "F" else "C")


def _header(handle: IO[bytes], path: Path, name: str) -> tuple[np.dtype[Any], tuple[int, ...], str]:
    try:
        version = np.lib.format.read_magic(handle)
        if version == (1, 0):
            shape, fortran, dtype = np.lib.format.read_array_header_1_0(handle, max_header_size=_HEADER)
        elif version == (2, 0):
            shape, fortran, dtype = np.lib.format.read_array_header_2_0(handle, max_header_size=_HEADER)
    except OSError:
        raise
    except Exception as error:  # numpy takes the header for Python and raises what Python's parser does
        first = next(iter(str(error).splitlines()), "")
        raise InputError("no header of a numpy array", file=path, parameter=name, got=first[:200]) from error
    if version not in ((1, 0), (2, 0)):
        raise InputError("an unknown version of numpy's format", file=path, parameter=name, got=version)
    if dtype.kind not in "biufUSO":
        raise InputError(
            "an array of neither numbers nor texts", file=path, parameter=name, got=str(dtype)[:100]
        )
    if dtype.hasobject:
        raise InputError(
            "an array of Python objects is a pickle, and may run anything that its author liked",
            file=path,
            parameter=name,
            got="dtype object",
            expected="numbers or texts",
        )
    return dtype, tuple(shape), "F" if fortran else "C"


def _require_whole(
    header: int, dtype: np.dtype[Any], shape: tuple[int, ...], size: int, path: Path, name: str
) -> None:
    needs = header + math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or needs != size:
        raise InputError(
            "an array of another size than its member of the archive",
            file=path,
            parameter=name,
            got=f"shape {shape} of {dtype}, {needs} bytes with its header",
            expected=f"{size} bytes",
        )
