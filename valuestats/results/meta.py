"""How a result came about."""

from __future__ import annotations

import datetime as dt
import functools
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    pass


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
