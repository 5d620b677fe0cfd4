"""Verbs of logs: several put together, keys as an instrument declares them, parsers held beside each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from valuestats.tables import Responses


def _merge(parts: Sequence[Responses], found: str = "error") -> Responses:
    """All rows of several reads; ``found: report`` keeps what stands twice, for `merge_report` to list."""
    from valuestats.base.errors import SpecificationError
    from valuestats.ingest import merge_responses

    if found not in ("error", "report"):
        raise SpecificationError("unknown choice", parameter="found", got=found, expected="error or report")
    merged = merge_responses(parts)
    return merged.require_clean() if found == "error" else merged.responses


def _merge_report(parts: Sequence[Responses]) -> pd.DataFrame:
    from valuestats.ingest import merge_responses

    return merge_responses(parts).report()


def _instrument_keys(instrument: str | Path, prefix: str = "") -> pd.DataFrame:
    from valuestats.keying.declared import instrument_keys

    return instrument_keys(instrument, prefix=prefix)


def _compare_parsers(
    responses: Responses, scale: str | Path, parsers: Sequence[Any] | None = None
) -> dict[str, Any]:
    from valuestats.raters.parsers import compare_parsers

    return compare_parsers(responses, scale, parsers=parsers).to_content()


VERBS: dict[str, Callable[..., Any]] = {
    "compare_parsers": _compare_parsers,
    "instrument_keys": _instrument_keys,
    "merge": _merge,
    "merge_report": _merge_report,
}
