"""Verbs of the Portrait Values Questionnaire: simulated studies, people's answers, opposed poles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from valuestats.results.result import Result
from valuestats.tables import Responses


def _simulated_portraits(
    part: Literal["responses", "keys", "truth"], seed: int, **options: Any
) -> pd.DataFrame:
    from valuestats.systems.schwartz_pvq.simulate import simulate_portraits

    study = simulate_portraits(seed=seed, **options)
    return {"responses": study.responses, "keys": study.keys, "truth": study.truth}[part]


def _opposed_values(result: Result, level: float, **options: Any) -> Result:
    from valuestats.circle.opposed_values import opposed_values

    return opposed_values(result, level=level, **options)


def _group_contrasts(
    result: Result, groups: Mapping[str, Sequence[str]], first: str, level: float
) -> pd.DataFrame:
    from valuestats.circle.opposed_values import group_contrasts

    return group_contrasts(result, groups, first=first, level=level)


def _pole_ranks(poles: Result, pole: str, level: float) -> pd.DataFrame:
    ranks = poles.rank(poles.keys[0], level=level)
    return ranks[ranks["pole"] == pole].reset_index(drop=True)


def _select_models(responses: Responses, models: Sequence[str]) -> Responses:
    from valuestats.systems.schwartz_pvq.comparison import select_models

    return select_models(responses, models)


def _portrait_recovery(**arguments: Any) -> pd.DataFrame:
    from valuestats.systems.schwartz_pvq.comparison import portrait_recovery

    return portrait_recovery(**arguments)


def _schwartz_claims(published_csv: Path) -> pd.DataFrame:
    from valuestats.systems.schwartz_pvq.comparison import claims

    return claims(published_csv)


VERBS: dict[str, Callable[..., Any]] = {
    "group_contrasts": _group_contrasts,
    "opposed_values": _opposed_values,
    "pole_ranks": _pole_ranks,
    "portrait_recovery": _portrait_recovery,
    "schwartz_claims": _schwartz_claims,
    "select_models": _select_models,
    "simulated_portraits": _simulated_portraits,
}
