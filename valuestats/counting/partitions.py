"""Rows to Parquet files partitioned by model, with bounded memory and no file kept open."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from valuestats.counting.answer_tables import KEYS
from valuestats.counting.layout import partition_name
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


class PartitionWriter:
    """Rows held by model until there are enough of them for a file of its own.

    No file stays open, so the number of models isn't bounded by that of open files, and what is held is.
    """

    def __init__(self, folder: Path, prefix: str) -> None:
        self.names = (*SCHEMA.columns, *_EXTRA)
        self.files: list[str] = []
        self.filled: set[str] = set()
        self.rows = 0
        self._folder, self._prefix = folder, prefix
        self._held: dict[str, list[pa.Table]] = {}
        self._bytes: dict[str, int] = {}

    def add(self, frame: pd.DataFrame) -> None:
        """Take rows, and write the file of each model that has enough of them."""
        table = self._table(frame)
        models, codes = np.unique(frame["model"].astype(str).to_numpy(dtype=object), return_inverse=True)
        order = np.argsort(codes, kind="stable")
        ends = np.cumsum(np.bincount(codes, minlength=len(models)))
        for model, rows in zip(models, np.split(order, ends[:-1]), strict=True):
            part = table.take(rows)  # a copy, so that a rare model doesn't keep a whole batch in memory
            self._held.setdefault(model, []).append(part)
            self._bytes[model] = self._bytes.get(model, 0) + part.nbytes
            if self._bytes[model] >= _FILE_BYTES:
                self._flush(model)
        while sum(self._bytes.values()) > _HELD_BYTES:
            self._flush(max(sorted(self._bytes), key=self._bytes.__getitem__))

    def close(self) -> None:
        """Write what is still held."""
        for model in sorted(self._held):
            self._flush(model)

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

    def _flush(self, model: str) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        held = pa.concat_tables(self._held.pop(model), promote_options="default")
        del self._bytes[model]
        table = pa.table({name: self._column(held, name) for name in self.names}).unify_dictionaries()
        name = f"{partition_name(model)}/{self._prefix}-{len(self.files):05d}.parquet"
        file = self._folder / f"{name}.staged"
        file.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, file, compression="zstd", row_group_size=122_880, store_schema=False)
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
