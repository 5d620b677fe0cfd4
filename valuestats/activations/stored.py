"""Counts of neurons, kept by a study as arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson

from valuestats.activations.counts import NeuronCounts
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
