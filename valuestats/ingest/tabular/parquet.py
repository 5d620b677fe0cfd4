"""Parquet read within limits: a few bytes of it can stand for any number of rows and texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from valuestats.base.errors import InputError
from valuestats.ingest import sources

if TYPE_CHECKING:
    import pyarrow as pa

MAX_RATIO = 1000
"""A Parquet file may unpack to `sources.MAX_UNPACKED` bytes, or to so many times its size."""

MAX_PIECE = 64 << 20
"""Bytes unpacked at a time, where more than one row is read."""

_ROWS = 10_000


@dataclass(frozen=True)
class ParquetTable:
    """A Parquet file whose footer has been read and found within limits.

    Texts are read by their codes first, since a dictionary of one long text and many codes for it is small in the
    file and in its metadata alike; they are written out only where that stays within the limit.
    """

    path: Path
    names: tuple[str, ...]
    rows: int
    limit: int
    _schema: Any
    _coded: Any

    def pieces(self, rows: int) -> Iterator[pa.RecordBatch]:
        """The rows in order, at most `rows` at a time, and at most about `MAX_PIECE` bytes.

        Raises
        ------
        InputError
            One row unpacks to more than the limit, or a page is damaged.
        """
        for batch in self._batches(rows):
            yield from self._within(batch, MAX_PIECE)

    def whole(self) -> pa.Table:
        """All rows at once.

        Raises
        ------
        InputError
            They unpack to more than the limit, or a page is damaged.
        """
        import pyarrow as pa

        size, parts = 0, []
        for batch in self._batches(_ROWS):
            size += _unpacked(batch)
            if size > self.limit:
                raise self._refused(size)
            parts.append(self._written_out(batch))
        return pa.Table.from_batches(parts, schema=self._schema)

    def _batches(self, rows: int) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        try:
            for batch in self._coded.iter_batches(batch_size=rows, use_threads=False):
                batch.validate(
                    full=True
                )  # read by codes, neither these nor the texts' UTF-8 have been looked at
                yield batch
        except (pa.ArrowException, OSError) as error:
            raise _damaged(error, self.path) from None

    def _within(self, batch: pa.RecordBatch, limit: int) -> Iterator[pa.RecordBatch]:
        size = _unpacked(batch)
        if batch.num_rows > 1 and size > limit:
            half = batch.num_rows // 2
            yield from self._within(batch.slice(0, half), limit)
            yield from self._within(batch.slice(half), limit)
        elif size > self.limit:
            raise self._refused(size)
        elif batch.num_rows:
            yield self._written_out(batch)

    def _written_out(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        import pyarrow as pa

        try:
            return batch if batch.schema.types == self._schema.types else batch.cast(self._schema)
        except pa.ArrowException as error:
            raise _damaged(error, self.path) from None

    def _refused(self, size: int) -> InputError:
        return _too_much(size, self.limit, self.path)


def open_parquet(where: Path | IO[bytes], path: Path, size: int) -> ParquetTable:
    """Read the footer of a Parquet file of `size` bytes, `path` being the name it has in errors.

    Raises
    ------
    InputError
        Not Parquet, or a row group says that it unpacks to more than the limit.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    limit = max(sources.MAX_UNPACKED, MAX_RATIO * size)
    try:
        file = pq.ParquetFile(where, memory_map=False)
        schema, metadata = file.schema_arrow, file.metadata
        for group in range(metadata.num_row_groups):
            if (told := metadata.row_group(group).total_byte_size) > limit:
                raise _too_much(told, limit, path)
        leaves = [metadata.schema.column(number) for number in range(metadata.num_columns)]
        plain = {name for name, kind in zip(schema.names, schema.types, strict=True) if _can_be_coded(kind)}
        coded = [
            leaf.path
            for leaf in leaves
            if leaf.physical_type == "BYTE_ARRAY"
            and leaf.logical_type.type in ("STRING", "NONE")
            and leaf.path.split(".")[0] in plain
        ]
        table = pq.ParquetFile(where, memory_map=False, read_dictionary=coded) if coded else file
    except (pa.ArrowException, OSError, KeyError, UnicodeDecodeError) as error:  # also in names of columns
        raise _damaged(error, path) from None
    return ParquetTable(path, tuple(schema.names), metadata.num_rows, limit, schema, table)


def _can_be_coded(kind: pa.DataType) -> bool:
    import pyarrow as pa

    if pa.types.is_struct(kind):
        return all(_can_be_coded(kind.field(number).type) for number in range(kind.num_fields))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _can_be_coded(kind.value_type)
    return not isinstance(kind, pa.BaseExtensionType) and not pa.types.is_nested(kind)


def _unpacked(batch: pa.RecordBatch) -> int:
    """Bytes of the rows with their texts written out, and a reference to each row."""
    return 8 * batch.num_rows + sum(_size(column) for column in batch.columns)


def _size(values: Any) -> int:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not len(values):
        return 0
    if isinstance(values, pa.ExtensionArray):
        return _size(values.storage)
    if pa.types.is_dictionary(values.type):
        if not _has_bytes(values.type.value_type):
            return int(values.nbytes)
        lengths = pc.cast(pc.binary_length(values.dictionary), pa.int64())
        return int(values.indices.nbytes) + int(pc.sum(pc.take(lengths, values.indices)).as_py() or 0)
    if pa.types.is_struct(values.type):
        return sum(_size(part) for part in values.flatten())
    if pa.types.is_list(values.type) or pa.types.is_large_list(values.type):
        return 8 * len(values) + _size(values.flatten())
    return int(values.nbytes)


def _has_bytes(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return any(
        test(kind)
        for test in (
            pa.types.is_string,
            pa.types.is_large_string,
            pa.types.is_binary,
            pa.types.is_large_binary,
        )
    )


def _damaged(error: Exception, path: Path) -> InputError:
    return InputError("not a Parquet file that can be read", got=str(error)[:200], file=path)


def _too_much(size: int, limit: int, path: Path) -> InputError:
    return InputError(
        "the Parquet file unpacks to far more than it should",
        got=f"{size:,} bytes or more",
        expected=f"at most {limit:,}",
        hint="write it in parts if it is meant to be so large, or read it in batches with write_responses",
        file=path,
    )
