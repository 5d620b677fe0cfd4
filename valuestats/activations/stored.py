"""Counts of neurons, activations and directions, kept by a study as arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson
import pandas as pd

from valuestats.activations.counts import NeuronCounts
from valuestats.activations.directions import Directions
from valuestats.activations.rows import Activations
from valuestats.results.result import Result
from valuestats.results.storage import Store

_ARRAYS = ("support", "conflict", "tokens", "degenerate")


def write_counts(counts: NeuronCounts, folder: Path) -> None:
    """Write counts as arrays that can be memory-mapped."""
    for name in _ARRAYS:
        np.save(folder / f"{name}.npy", getattr(counts, name), allow_pickle=False)
    (folder / "questions.json").write_bytes(orjson.dumps(list(counts.questions)))


def read_counts(folder: Path) -> NeuronCounts:
    """Read what `write_counts` wrote, memory-mapped."""
    arrays = {n: np.load(folder / f"{n}.npy", mmap_mode="r", allow_pickle=False) for n in _ARRAYS}
    return NeuronCounts(questions=orjson.loads((folder / "questions.json").read_bytes()), **arrays)


COUNTS = Store(write_counts, read_counts)


def write_rows(rows: Activations, folder: Path) -> None:
    """Write activations as an array that can be memory-mapped, and their table."""
    np.save(folder / "values.npy", rows.values, allow_pickle=False)
    rows.table.to_parquet(folder / "table.parquet", index=False)
    (folder / "layers.json").write_bytes(orjson.dumps(list(rows.layers)))


def read_rows(folder: Path) -> Activations:
    """Read what `write_rows` wrote, memory-mapped."""
    values = np.load(folder / "values.npy", mmap_mode="r", allow_pickle=False)
    layers = orjson.loads((folder / "layers.json").read_bytes())
    return Activations(values, pd.read_parquet(folder / "table.parquet"), layers)


ROWS = Store(write_rows, read_rows)
_DIRECTIONS = ("weights", "intercepts", "calibration")


def write_directions(directions: Directions, folder: Path) -> None:
    """Write directions and their result."""
    (folder / "result").mkdir()
    directions.result.write_into(folder / "result")
    for name in _DIRECTIONS:
        np.save(folder / f"{name}.npy", getattr(directions, name), allow_pickle=False)
    (folder / "layers.json").write_bytes(orjson.dumps(list(directions.layers)))


def read_directions(folder: Path) -> Directions:
    """Read what `write_directions` wrote."""
    arrays = {name: np.load(folder / f"{name}.npy", allow_pickle=False) for name in _DIRECTIONS}
    layers = tuple(orjson.loads((folder / "layers.json").read_bytes()))
    return Directions(layers=layers, result=Result.load(folder / "result"), **arrays)


DIRECTIONS = Store(write_directions, read_directions)
