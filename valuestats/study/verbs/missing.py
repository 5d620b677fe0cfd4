"""Verbs of answers that are missing: refusal rates, worst-case bounds, declared differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from valuestats.results.result import Result


def _refusal_rates(
    responses: Any, level: float, seed: int, by: Sequence[str] = ("model",), **options: Any
) -> Result:
    from valuestats.missing.refusal_rates import refusal_rates

    return refusal_rates(responses, by, level=level, seed=seed, **options)


def _of(keyed: pd.DataFrame | None, family: str | None) -> pd.DataFrame | None:
    return keyed if keyed is None or family is None else keyed[keyed["family"] == family]


def _missing_bounds(
    responses: Any,
    scale: Sequence[int],
    level: float,
    seed: int,
    keyed: pd.DataFrame | None = None,
    family: str | None = None,
    **options: Any,
) -> Result:
    from valuestats.missing.bounds import missing_bounds

    ends = int(scale[0]), int(scale[1])
    return missing_bounds(responses, _of(keyed, family), scale=ends, level=level, seed=seed, **options)


def _missing_sensitivity(
    responses: Any,
    scale: Sequence[int],
    level: float,
    seed: int,
    keyed: pd.DataFrame | None = None,
    family: str | None = None,
    **options: Any,
) -> Result:
    from valuestats.missing.sensitivity import missing_sensitivity

    ends = int(scale[0]), int(scale[1])
    return missing_sensitivity(responses, _of(keyed, family), scale=ends, level=level, seed=seed, **options)


def _missing_joint(
    responses: Any,
    scale: Sequence[int],
    level: float,
    seed: int,
    keyed: pd.DataFrame | None = None,
    family: str | None = None,
    prior: Sequence[float] | None = None,
    **options: Any,
) -> Result:
    from valuestats.missing.joint import missing_joint

    ends = int(scale[0]), int(scale[1])
    given = None if prior is None else (float(prior[0]), float(prior[1]))
    keys = _of(keyed, family)
    return missing_joint(responses, keys, scale=ends, prior=given, level=level, seed=seed, **options)


def _tipping_points(sensitivity: Result, level: float, pairs: Any = None) -> pd.DataFrame:
    from valuestats.missing.tipping import tipping_points

    chosen = None if pairs is None else [(str(a), str(b)) for a, b in pairs]
    return tipping_points(sensitivity, chosen, level=level)


def _simulate_refusals(seed: int, **options: Any) -> pd.DataFrame:
    from valuestats.missing.simulate import simulate_refusals

    return simulate_refusals(seed=seed, **options)


def _refusal_truth(counts: pd.DataFrame, rates: Result) -> pd.DataFrame:
    from valuestats.missing.simulate import refusal_truth

    return refusal_truth(counts, rates)


VERBS: dict[str, Callable[..., Any]] = {
    "missing_bounds": _missing_bounds,
    "missing_joint": _missing_joint,
    "missing_sensitivity": _missing_sensitivity,
    "refusal_rates": _refusal_rates,
    "refusal_truth": _refusal_truth,
    "simulate_refusals": _simulate_refusals,
    "tipping_points": _tipping_points,
}
