"""Arrow files (also Feather, version 2): columns of numbers, of lists of one length, and of texts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from valuestats.activations.tensors import Chunks, Tensor, TensorFile
from valuestats.base.boundary import one_error
from valuestats.base.errors import InputError


def open_arrow(path: Path) -> TensorFile:
    """The columns of an Arrow file, memory-mapped batch by batch where they are not compressed.

    A column of numbers is a vector, a column of lists of one length a matrix with a row per row, a column of texts a vector
    of texts. A null is refused, with its row.
    """
    with one_error(path), _sound(path):
        reader = pa.ipc.open_file(pa.memory_map(str(path)))
        rows = [reader.get_batch(k).num_rows for k in range(reader.num_record_batches)]
        ends = list(accumulate(rows))
        tensors: dict[str, Tensor] = {}
        for number, column in enumerate(reader.schema):
            if column.name in tensors:
                raise InputError("a column twice", file=path, parameter=column.name)
            tail, kind = _form(path, column)
            chunks = Chunks(_part(path, reader, number, column, ends), ends)
            source: Any = chunks if rows else np.zeros((0, *tail), dtype=kind)
            tensors[column.name] = Tensor(column.name, (ends[-1] if ends else 0, *tail), kind, source)
        said = {
            k.decode("utf-8", "replace"): v.decode("utf-8", "replace")
            for k, v in (reader.schema.metadata or {}).items()
        }
    return TensorFile(path, "arrow", tensors, said)


@contextmanager
def _sound(path: Path, column: str | None = None) -> Iterator[None]:
    """What Arrow finds wrong with a file; it calls some of that an error of the disk, which has a number where it is one."""
    try:
        yield
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        first = next(iter(str(error).splitlines()), "")
        raise InputError("not a sound Arrow file", file=path, parameter=column, got=first[:200]) from error


def _form(path: Path, column: pa.Field) -> tuple[tuple[int, ...], str]:
    """Shape of one entry, and type of the numbers."""
    kind, tail = column.type, []
    while pa.types.is_fixed_size_list(kind):
        tail.append(int(kind.list_size))
        kind = kind.value_type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return tuple(tail), "object"
    if not (pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind)):
        raise InputError(
            "a column that is neither numbers, texts nor lists of one length",
            file=path,
            parameter=column.name,
            got=str(column.type)[:100],
            expected="numbers, texts, or fixed-size lists of numbers",
        )
    return tuple(tail), str(np.dtype(kind.to_pandas_dtype()))


def _part(path: Path, reader: Any, number: int, column: pa.Field, ends: list[int]) -> Any:
    tail, kind = _form(path, column)

    def part(batch: int) -> NDArray[Any]:
        with one_error(path), _sound(path, column.name):
            array = reader.get_batch(batch).column(number)
            array.validate(full=True)
            begin = ends[batch - 1] if batch else 0
            while True:
                if array.null_count:
                    row = int(np.asarray(array.is_null()).argmax()) // max(
                        1, len(array) // max(1, ends[batch] - begin)
                    )
                    raise InputError(
                        "a null among the values", file=path, parameter=column.name, row=begin + row
                    )
                if not pa.types.is_fixed_size_list(array.type):
                    break
                array = array.flatten()
            flat = array.to_numpy(zero_copy_only=False)
            return np.asarray(flat, dtype=kind).reshape(ends[batch] - begin, *tail)

    return part
