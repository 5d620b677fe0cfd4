"""valuestats: statistics and reporting for measuring the values of language models.

Public names are loaded when first used, so that ``import valuestats`` stays quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_PUBLIC = {
    "Items": "valuestats.tables",
    "Population": "valuestats.tables",
    "Ratings": "valuestats.tables",
    "Responses": "valuestats.tables",
    "Survey": "valuestats.tables",
    "Instrument": "valuestats.instruments",
    "Result": "valuestats.result",
    "ValuestatsError": "valuestats.errors",
    "EffectPriors": "valuestats.models.effects_draws",
    "OrdinalSpec": "valuestats.models.effects_formula",
    "agreement": "valuestats.rater_agreement",
    "as_population": "valuestats.survey_shares",
    "compare_fits": "valuestats.ordinal_checks",
    "country_similarity": "valuestats.similarity",
    "describe": "valuestats.ingest",
    "expected_score": "valuestats.ordinal_predictions",
    "fetch": "valuestats.ingest",
    "fit_ordinal": "valuestats.ordinal_formula",
    "icc": "valuestats.stability",
    "item_values": "valuestats.keying",
    "keys": "valuestats.keying",
    "leave_group_out": "valuestats.ordinal_checks",
    "leave_one_out": "valuestats.ordinal_checks",
    "load_instrument": "valuestats.instruments",
    "marginal_effects": "valuestats.ordinal_predictions",
    "merge_responses": "valuestats.ingest",
    "ordinal": "valuestats.ordinal_regression",
    "perspective_diversity": "valuestats.perspectives",
    "population_shares": "valuestats.survey_shares",
    "predicted_probabilities": "valuestats.ordinal_predictions",
    "prior_sensitivity": "valuestats.ordinal_checks",
    "rake": "valuestats.survey_weighting",
    "read_ratings": "valuestats.ingest",
    "read_responses": "valuestats.ingest",
    "read_survey": "valuestats.ingest",
    "reliability": "valuestats.scale_reliability",
    "render": "valuestats.reporting",
    "retest": "valuestats.stability",
    "rootogram": "valuestats.ordinal_checks",
    "run_study": "valuestats.study",
    "scale_check": "valuestats.survey_scales",
    "score": "valuestats.scoring",
    "simulate": "valuestats.simulation",
}

__all__ = ["__version__", *sorted(_PUBLIC)]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'valuestats' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)


if TYPE_CHECKING:
    from valuestats.errors import ValuestatsError as ValuestatsError
    from valuestats.ingest import describe as describe
    from valuestats.ingest import fetch as fetch
    from valuestats.ingest import merge_responses as merge_responses
    from valuestats.ingest import read_ratings as read_ratings
    from valuestats.ingest import read_responses as read_responses
    from valuestats.ingest import read_survey as read_survey
    from valuestats.instruments import Instrument as Instrument
    from valuestats.instruments import load_instrument as load_instrument
    from valuestats.keying import item_values as item_values
    from valuestats.keying import keys as keys
    from valuestats.models.effects_draws import EffectPriors as EffectPriors
    from valuestats.models.effects_formula import OrdinalSpec as OrdinalSpec
    from valuestats.ordinal_checks import compare_fits as compare_fits
    from valuestats.ordinal_checks import leave_group_out as leave_group_out
    from valuestats.ordinal_checks import leave_one_out as leave_one_out
    from valuestats.ordinal_checks import prior_sensitivity as prior_sensitivity
    from valuestats.ordinal_checks import rootogram as rootogram
    from valuestats.ordinal_formula import fit_ordinal as fit_ordinal
    from valuestats.ordinal_predictions import expected_score as expected_score
    from valuestats.ordinal_predictions import marginal_effects as marginal_effects
    from valuestats.ordinal_predictions import predicted_probabilities as predicted_probabilities
    from valuestats.ordinal_regression import ordinal as ordinal
    from valuestats.perspectives import perspective_diversity as perspective_diversity
    from valuestats.rater_agreement import agreement as agreement
    from valuestats.reporting.render import render as render
    from valuestats.result import Result as Result
    from valuestats.scale_reliability import reliability as reliability
    from valuestats.scoring import score as score
    from valuestats.similarity import country_similarity as country_similarity
    from valuestats.simulation import simulate as simulate
    from valuestats.stability import icc as icc
    from valuestats.stability import retest as retest
    from valuestats.study import run_study as run_study
    from valuestats.survey_scales import scale_check as scale_check
    from valuestats.survey_shares import as_population as as_population
    from valuestats.survey_shares import population_shares as population_shares
    from valuestats.survey_weighting import rake as rake
    from valuestats.tables import Items as Items
    from valuestats.tables import Population as Population
    from valuestats.tables import Ratings as Ratings
    from valuestats.tables import Responses as Responses
    from valuestats.tables import Survey as Survey
