"""Verbs of measurement models: circumplex, differential item functioning, traits, invariance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from valuestats.results.result import Result


def _keyed(
    keyed: pd.DataFrame | None, instrument: str | None, family: str | None, dimension: str | None = None
) -> pd.DataFrame | None:
    """Keys as given, or those of an instrument; of one family, or one dimension, where it is named."""
    if instrument is not None:
        from valuestats.instruments import load_instrument

        table = load_instrument(instrument).keys()
        keyed = table.assign(sign=1 - 2 * table["reversed"].astype(int))
    if keyed is not None and family is not None:
        keyed = keyed[keyed["family"] == family]
    if keyed is not None and dimension is not None:
        keyed = keyed[keyed["dimension"] == dimension]
    return keyed


def _circumplex(
    answers: Any,
    level: float,
    seed: int,
    keyed: pd.DataFrame | None = None,
    instrument: str | None = None,
    family: str | None = "pvq",
    **options: Any,
) -> Result:
    from valuestats.circle.circumplex import circumplex

    return circumplex(answers, _keyed(keyed, instrument, family), level=level, seed=seed, **options)


def _dif(
    answers: Any,
    group: str,
    level: float,
    keyed: pd.DataFrame | None = None,
    instrument: str | None = None,
    family: str | None = None,
    dimension: str | None = None,
    **options: Any,
) -> Result:
    from valuestats.measurement.dif import dif

    table = _keyed(keyed, instrument, family, dimension)
    return dif(answers, table, group=group, level=level, **options)


def _graded_response(
    answers: Any,
    level: float,
    seed: int,
    keyed: pd.DataFrame | None = None,
    instrument: str | None = None,
    family: str | None = None,
    scale: Sequence[int] | None = None,
    **options: Any,
) -> Result:
    from valuestats.measurement.graded_response import graded_response

    table = _keyed(keyed, instrument, family)
    return graded_response(answers, table, scale=_bounds(scale), level=level, seed=seed, **options)


def _measurement_invariance(
    answers: Any,
    group: str,
    level: float,
    seed: int,
    keyed: pd.DataFrame | None = None,
    instrument: str | None = None,
    family: str | None = None,
    dimension: str | None = None,
    scale: Sequence[int] | None = None,
    **options: Any,
) -> Result:
    from valuestats.measurement.invariance import measurement_invariance

    table = _keyed(keyed, instrument, family, dimension)
    return measurement_invariance(
        answers, table, group=group, scale=_bounds(scale), level=level, seed=seed, **options
    )


def _compare_groups(found: Result) -> Result:
    from valuestats.measurement.invariance import compare_groups

    return compare_groups(found)


def _bounds(scale: Sequence[int] | None) -> tuple[int, int] | None:
    return None if scale is None else (int(scale[0]), int(scale[1]))


VERBS: dict[str, Callable[..., Any]] = {
    "circumplex": _circumplex,
    "compare_groups": _compare_groups,
    "dif": _dif,
    "graded_response": _graded_response,
    "measurement_invariance": _measurement_invariance,
}
