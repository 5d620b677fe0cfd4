"""Rows to Parquet files partitioned by model, with bounded memory and no file kept open."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from valuestats.base.files import to_disk
from valuestats.counting.answer_tables import KEYS
from valuestats.counting.layout import partition_name, shared_partition_name
from valuestats.tables.responses import SCHEMA

if TYPE_CHECKING:
    import pyarrow as pa

_EXTRA = (
    "provider",
    "rule",
    "stop_reason",
    "logprobs",
    "options",
    "item_text_sha256",
    "source_rows",
    "published_answer",
)
_WHOLE = ("epoch", "answer", "source_row", "published_answer")
_REPEATED = (
    *KEYS,
    "status",
    "rule",
    "provider",
    "stop_reason",
    "source_file",
    "source_sha256",
    "item_text_sha256",
)
_FILE_BYTES, _HELD_BYTES = 16 << 20, 32 << 20
OWN_FOLDERS = 100
"""Models of one source that get a folder each, in the order in which they come; further ones share folders."""


class PartitionWriter:
    """Rows held by folder until there are enough of them for a file of its own.

    A model has its own folder, up to `OWN_FOLDERS` models; further ones share `SHARED_FOLDERS` of them, so that the
    number of files, and what it costs to write them, is bounded by that of the rows. No file stays open, and what is
    held is bounded.
    """

    def __init__(self, folder: Path, prefix: str) -> None:
        self.names = (*SCHEMA.columns, *_EXTRA)
        self.files: list[str] = []
        self.filled: set[str] = set()
        self.rows = 0
        self._folder, self._prefix = folder, prefix
        self._own: dict[str, str] = {}
        self._held: dict[str, list[pa.Table]] = {}
        self._bytes: dict[str, int] = {}

    def add(self, frame: pd.DataFrame) -> None:
        """Take rows, and write the file of each folder that has enough of them."""
        table = self._table(frame)
        if not len(frame):
            return
        models, codes = np.unique(frame["model"].astype(str).to_numpy(dtype=object), return_inverse=True)
        first = np.full(len(models), len(codes))
        np.minimum.at(first, codes, np.arange(len(codes)))
        by_model = np.empty(len(models), dtype=object)
        for m in np.argsort(first):
            by_model[m] = self._place(models[m])
        places, inverse = np.unique(by_model, return_inverse=True)
        codes = inverse[codes]
        order = np.argsort(codes, kind="stable")
        ends = np.cumsum(np.bincount(codes, minlength=len(places)))
        for place, rows in zip(places, np.split(order, ends[:-1]), strict=True):
            part = _compact(table.take(rows))
            self._held.setdefault(place, []).append(part)
            self._bytes[place] = self._bytes.get(place, 0) + part.nbytes
            if self._bytes[place] >= _FILE_BYTES:
                self._flush(place)
        while sum(self._bytes.values()) > _HELD_BYTES:
            self._flush(max(sorted(self._bytes), key=self._bytes.__getitem__))

    def _place(self, model: str) -> str:
        """The folder of a model; the same for all rows of a source."""
        if model not in self._own and len(self._own) < OWN_FOLDERS:
            self._own[model] = partition_name(model)
        return self._own.get(model) or shared_partition_name(model)

    def close(self) -> None:
        """Write what is still held."""
        for place in sorted(self._held):
            self._flush(place)

    def _table(self, frame: pd.DataFrame) -> pa.Table:
        import pyarrow as pa

        columns = {}
        for name in self.names:
            if name not in frame.columns:
                continue
            column = frame[name]
            # What repeats is held by its codes: hashes and names would else be most of the bytes.
            if name not in _WHOLE and name in _REPEATED:
                columns[name] = pa.array(column.astype("category"), from_pandas=True).cast(
                    pa.dictionary(pa.int32(), pa.string())
                )
            else:
                kind = pa.int64() if name in _WHOLE else pa.string()
                values = pa.array(column, from_pandas=True)
                columns[name] = values if values.type == kind else values.cast(kind)
            if columns[name].null_count < len(frame):
                self.filled.add(name)
        return pa.table(columns)

    def _flush(self, place: str) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        held = pa.concat_tables(self._held.pop(place), promote_options="default")
        del self._bytes[place]
        table = pa.table({name: self._column(held, name) for name in self.names}).unify_dictionaries()
        name = f"{place}/{self._prefix}-{len(self.files):05d}.parquet"
        file = self._folder / f"{name}.staged"
        file.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, file, compression="zstd", row_group_size=122_880, store_schema=False)
        to_disk(file)
        self.files.append(name)
        self.rows += pq.read_metadata(file).num_rows
        del held, table
        pa.default_memory_pool().release_unused()

    @staticmethod
    def _column(held: pa.Table, name: str) -> pa.ChunkedArray:
        import pyarrow as pa

        kind = pa.int64() if name in _WHOLE else pa.string()
        if name not in held.column_names:
            return pa.chunked_array([pa.nulls(held.num_rows, kind)])
        return held[name]


def _compact(part: pa.Table) -> pa.Table:
    """A part of a batch without what only the rest needs: it would keep the whole batch's dictionaries in memory."""
    import pyarrow as pa

    columns = {
        name: pa.chunked_array([_own_dictionary(chunk) for chunk in part[name].chunks], part[name].type)
        if pa.types.is_dictionary(part[name].type)
        else part[name]
        for name in part.column_names
    }
    return pa.table(columns)


def _own_dictionary(chunk: pa.DictionaryArray) -> pa.DictionaryArray:
    import pyarrow as pa

    codes = (
        chunk.indices.dictionary_encode()
    )  # codes of codes: of the texts, only those of the part are looked at
    return pa.DictionaryArray.from_arrays(codes.indices, chunk.dictionary.take(codes.dictionary))
