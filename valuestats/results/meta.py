"""How a result came about."""

from __future__ import annotations

import datetime as dt
import functools
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
import numpy as np
import orjson
import pandas as pd
from valuestats.base import registry
from valuestats.base.errors import SpecificationError
from valuestats.base.files import Later, Readable, atomic_folder
from valuestats.statistics.ranking import posterior_ranks
from valuestats.statistics.resampling import (
    bootstrap_standard_error,
    equal_tailed,
    expanded_interval,
)
if TYPE_CHECKING:
    import great_tables as gt
    import xarray as xr

    from valuestats.base.figure import Figure


_STAMPED = ("valuestats", "numpy", "scipy", "pandas", "xarray", "pymc", "nutpie", "arviz-stats")


def make_meta(
    method: str,
    specification: Mapping[str, Any],
    *,
    citations: Sequence[str] = (),
    seed: int | None = None,
    inputs: Mapping[str, str] | None = None,
    warnings: Sequence[str] = (),
    gate: Mapping[str, Any] | None = None,
    seconds: float | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Everything that is needed to say how a result came about.

    Parameters
    ----------
    method
        One line in the field's terms.
    specification
        Every argument that shaped the result, defaults included.
    citations
        Sources of the method (author, year, title).
    seed
        Seed of the random numbers, if any were drawn.
    inputs
        Name of each input and its SHA-256.
    warnings
        What a reader must know.
    gate
        Verdict of the diagnostics gate: ``{"passed": bool, "reasons": [...], ...}``.
    seconds
        Wall time of the computation.
    """
    return {
        "method": method,
        "specification": dict(specification),
        "citations": list(citations),
        "seed": seed,
        "inputs": dict(inputs or {}),
        "warnings": list(warnings),
        "gate": None if gate is None else dict(gate),
        "seconds": seconds,
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "versions": dict(_versions()),
        **more,
    }


@functools.cache
def _versions() -> dict[str, str]:
    found = {}
    for name in _STAMPED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
