"""Verbs of generalizability and decision studies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from valuestats.results.result import Result
from valuestats.tables import Responses


def _generalizability_study(
    responses: Responses,
    level: float,
    seed: int,
    keyed: pd.DataFrame | None = None,
    scale: Sequence[float] | None = None,
    **options: Any,
) -> Result:
    from valuestats.generalizability.study import generalizability_study

    bounds = None if scale is None else (float(scale[0]), float(scale[1]))
    return generalizability_study(responses, keyed, scale=bounds, level=level, seed=seed, **options)


def _decision_study(study: Result, **options: Any) -> Result:
    from valuestats.generalizability.decisions import decision_study

    return decision_study(study, **options)


def _required_sizes(
    study: Result, vary: Sequence[str] = ("wording", "epoch"), **options: Any
) -> pd.DataFrame:
    from valuestats.generalizability.decisions import required_sizes

    return required_sizes(study, vary=(vary[0], vary[1]), **options)


def _contrast_power(study: Result, difference: float, level: float, **options: Any) -> pd.DataFrame:
    from valuestats.generalizability.decisions import contrast_power

    return contrast_power(study, difference, level=level, **options)


VERBS: dict[str, Callable[..., Any]] = {
    "contrast_power": _contrast_power,
    "decision_study": _decision_study,
    "generalizability_study": _generalizability_study,
    "required_sizes": _required_sizes,
}
