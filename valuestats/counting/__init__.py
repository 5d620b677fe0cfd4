"""Counting raw answers at any size: a Parquet folder, a frame or an Ibis table to counts per cell."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_PUBLIC = {
    "count_answers": "valuestats.counting.grouped",
    "open_answers": "valuestats.counting.answer_tables",
    "write_responses": "valuestats.counting.streaming",
}

__all__ = ["count_answers", "open_answers", "write_responses"]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'valuestats.counting' has no attribute {name!r}")
    return getattr(importlib.import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return __all__


if TYPE_CHECKING:
    from valuestats.counting.answer_tables import open_answers as open_answers
    from valuestats.counting.grouped import count_answers as count_answers
    from valuestats.counting.streaming import write_responses as write_responses
