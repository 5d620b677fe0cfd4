"""Verbs of ordinal regressions by formula."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from valuestats.results.result import Result
from valuestats.tables import Responses


def _fit(
    data: Responses | pd.DataFrame, formula: str, level: float, seed: int, options: dict[str, Any]
) -> Any:
    from valuestats.regression.effects_draws import EffectPriors
    from valuestats.regression.fit import fit_ordinal

    given = dict(options)
    if isinstance(given.get("priors"), dict):
        given["priors"] = EffectPriors(**given["priors"])
    if isinstance(given.get("scale"), list):
        given["scale"] = tuple(given["scale"])
    return fit_ordinal(formula, data, level=level, seed=seed, **given)


def _fit_ordinal(
    responses: Responses | pd.DataFrame, formula: str, level: float, seed: int, **options: Any
) -> Result:
    return _fit(responses, formula, level, seed, options).result


def _ordinal_scores(
    responses: Responses | pd.DataFrame,
    formula: str,
    by: list[str] | str,
    level: float,
    seed: int,
    **options: Any,
) -> Result:
    from valuestats.regression.predictions import expected_score

    return expected_score(_fit(responses, formula, level, seed, options), by=by, level=level)


def _ordinal_effects(
    responses: Responses | pd.DataFrame,
    formula: str,
    variable: str,
    level: float,
    seed: int,
    by: list[str] | str = (),  # type: ignore[assignment]
    outcome: str = "score",
    **options: Any,
) -> Result:
    from valuestats.regression.predictions import marginal_effects

    fit = _fit(responses, formula, level, seed, options)
    return marginal_effects(fit, variable, by=by, outcome=outcome, level=level)  # type: ignore[arg-type]


def _people_and_models(
    people: pd.DataFrame,
    models: Responses | pd.DataFrame,
    factors: list[str],
    personas: pd.DataFrame | None = None,
) -> pd.DataFrame:
    from valuestats.regression.population import people_and_models

    return people_and_models(people, models, factors, personas=personas)


def _population_cells(people: pd.DataFrame, factors: list[str], weight: str = "weight") -> pd.DataFrame:
    from valuestats.regression.population import population_cells

    return population_cells(people, factors, weight=weight)


def _poststratified_scores(
    responses: Responses | pd.DataFrame,
    formula: str,
    population: pd.DataFrame,
    level: float,
    seed: int,
    source: str = "source",
    respondent: str = "respondent",
    **options: Any,
) -> Result:
    from valuestats.regression.population import poststratified_scores

    fit = _fit(responses, formula, level, seed, options)
    return poststratified_scores(fit, population, source=source, respondent=respondent, level=level)


VERBS: dict[str, Callable[..., Any]] = {
    "fit_ordinal": _fit_ordinal,
    "ordinal_effects": _ordinal_effects,
    "ordinal_scores": _ordinal_scores,
    "people_and_models": _people_and_models,
    "population_cells": _population_cells,
    "poststratified_scores": _poststratified_scores,
}
