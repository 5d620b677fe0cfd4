"""Verbs of the ordinal models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from valuestats.results.result import Result
from valuestats.tables import Responses


def _ordinal(
    responses: Responses,
    keyed: pd.DataFrame,
    family: str,
    level: float,
    seed: int,
    **options: Any,
) -> Result:
    from valuestats.regression.profiles import ordinal

    return ordinal(responses, keyed[keyed["family"] == family], level=level, seed=seed, **options)


def _recovery(**arguments: Any) -> pd.DataFrame:
    from valuestats.simulation.recovery import recovery

    return recovery(**arguments)


VERBS: dict[str, Callable[..., Any]] = {
    "ordinal": _ordinal,
    "recovery": _recovery,
}
