"""Verbs of the perspectives that free answers refer to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from valuestats.results.result import Result


def _simulate_references(seed: int, **options: Any) -> pd.DataFrame:
    from valuestats.systems.worldview.simulate import simulate_references

    return simulate_references(seed=seed, **options)


def _perspective_diversity(answers: pd.DataFrame, level: float, seed: int, **options: Any) -> Result:
    from valuestats.diversity.perspectives import perspective_diversity

    return perspective_diversity(answers, level=level, seed=seed, **options)


def _perspective_shares(answers: pd.DataFrame, level: float, seed: int, **options: Any) -> pd.DataFrame:
    from valuestats.diversity.perspectives import perspective_shares

    return perspective_shares(answers, level=level, seed=seed, **options)


def _diversity_contrast(diversity: Result, first: str, second: str, level: float) -> pd.DataFrame:
    return diversity.contrast("condition", first, second, level=level)


def _diversity_recovery(rates: Any, first: Result, second: Result | None = None) -> pd.DataFrame:
    from valuestats.systems.worldview.comparison import diversity_recovery

    return diversity_recovery(rates, first, second)


def _worldview_comparison(published_csv: Path) -> pd.DataFrame:
    from valuestats.systems.worldview.comparison import comparison

    return comparison(published_csv)


VERBS: dict[str, Callable[..., Any]] = {
    "diversity_contrast": _diversity_contrast,
    "diversity_recovery": _diversity_recovery,
    "perspective_diversity": _perspective_diversity,
    "perspective_shares": _perspective_shares,
    "simulate_references": _simulate_references,
    "worldview_comparison": _worldview_comparison,
}
