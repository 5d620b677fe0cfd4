"""Answers written as tables of every format."""

import gzip
import io
import json

import pandas as pd

ROWS = [
    {"model": "m", "item": "1", "raw": "Like me."},
    {"model": "m", "item": "2", "raw": "NA"},
    {"model": "m", "item": "3", "raw": ""},
    {"model": "m", "item": "4", "raw": 'a "quoted", somewhat\nlike me'},
]


def write(folder, name, rows):
    frame = pd.DataFrame(rows)
    kind = name.removesuffix(".gz").rsplit(".", 1)[1]
    if kind in ("csv", "tsv"):
        data = frame.to_csv(index=False, sep="," if kind == "csv" else "\t").encode()
    elif kind == "parquet":
        buffer = io.BytesIO()
        frame.to_parquet(buffer)
        data = buffer.getvalue()
    elif kind == "jsonl":
        data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    else:
        data = json.dumps(rows).encode()
    path = folder / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path
