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
    "compare_parsers": "valuestats.parser_agreement",
    "correlate_items": "valuestats.keying",
    "count_answers": "valuestats.counting",
    "contrast_power": "valuestats.decisions",
    "counterbalancing": "valuestats.presentation_effects",
    "circumplex": "valuestats.circumplex_fit",
    "compare_groups": "valuestats.invariance_check",
    "compare_fits": "valuestats.ordinal_loo",
    "country_similarity": "valuestats.similarity",
    "decision_study": "valuestats.decisions",
    "describe": "valuestats.ingest",
    "dif": "valuestats.item_bias",
    "fetch": "valuestats.ingest",
    "generalizability_study": "valuestats.generalizability",
    "expected_score": "valuestats.ordinal_predictions",
    "fit_ordinal": "valuestats.ordinal_formula",
    "icc": "valuestats.stability",
    "instrument_keys": "valuestats.keying",
    "group_contrasts": "valuestats.value_oppositions",
    "graded_response": "valuestats.latent_traits",
    "item_information": "valuestats.latent_traits",
    "item_values": "valuestats.keying",
    "key_stability": "valuestats.keying",
    "key_validity": "valuestats.keying",
    "keys": "valuestats.keying",
    "leave_group_out": "valuestats.ordinal_loo",
    "leave_one_out": "valuestats.ordinal_loo",
    "load_instrument": "valuestats.instruments",
    "measurement_invariance": "valuestats.invariance_check",
    "marginal_effects": "valuestats.ordinal_predictions",
    "merge_responses": "valuestats.ingest",
    "opposed_values": "valuestats.value_oppositions",
    "open_answers": "valuestats.counting",
    "ordinal": "valuestats.ordinal_regression",
    "people_and_models": "valuestats.population_scores",
    "perspective_diversity": "valuestats.perspectives",
    "population_cells": "valuestats.population_scores",
    "population_shares": "valuestats.survey_shares",
    "poststratified_scores": "valuestats.population_scores",
    "predicted_probabilities": "valuestats.ordinal_predictions",
    "prior_sensitivity": "valuestats.ordinal_checks",
    "rake": "valuestats.survey_weighting",
    "plausible_values": "valuestats.latent_traits",
    "read_ratings": "valuestats.ingest",
    "read_responses": "valuestats.ingest",
    "read_survey": "valuestats.ingest",
    "reliability": "valuestats.scale_reliability",
    "render": "valuestats.reporting",
    "required_sizes": "valuestats.decisions",
    "response_style": "valuestats.response_styles",
    "retest": "valuestats.stability",
    "rootogram": "valuestats.ordinal_checks",
    "run_study": "valuestats.study",
    "scale_check": "valuestats.survey_scales",
    "scale_answers": "valuestats.survey_scales",
    "score": "valuestats.scoring",
    "score_instrument": "valuestats.instrument_scores",
    "sensitivity": "valuestats.presentation_effects",
    "shrink_correlations": "valuestats.keying",
    "simulate": "valuestats.simulation",
    "write_responses": "valuestats.counting",
    "survey_answers": "valuestats.alignment",
    "poststratified_shares": "valuestats.alignment",
    "orientation_correlations": "valuestats.alignment",
    "missing_bounds": "valuestats.missing_answers",
    "missing_joint": "valuestats.missing_answers",
    "missing_sensitivity": "valuestats.missing_answers",
    "tipping_points": "valuestats.missing_answers",
    "refusal_rates": "valuestats.refusals",
    "noise_ceiling": "valuestats.alignment",
    "homogenisation": "valuestats.alignment",
    "group_shares": "valuestats.alignment",
    "demographic_alignment": "valuestats.alignment",
    "stereotype_check": "valuestats.similarity",
    "steering_effect": "valuestats.similarity",
    "opinionqa_measures": "valuestats.similarity",
    "language_effect": "valuestats.similarity",
}

__all__ = ["__version__", *sorted(_PUBLIC)]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'valuestats' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)


if TYPE_CHECKING:
    from valuestats.alignment import demographic_alignment as demographic_alignment
    from valuestats.alignment import group_shares as group_shares
    from valuestats.alignment import homogenisation as homogenisation
    from valuestats.alignment import noise_ceiling as noise_ceiling
    from valuestats.alignment import orientation_correlations as orientation_correlations
    from valuestats.alignment import poststratified_shares as poststratified_shares
    from valuestats.alignment import survey_answers as survey_answers
    from valuestats.circumplex_fit import circumplex as circumplex
    from valuestats.counting import count_answers as count_answers
    from valuestats.counting import open_answers as open_answers
    from valuestats.counting import write_responses as write_responses
    from valuestats.decisions import contrast_power as contrast_power
    from valuestats.decisions import decision_study as decision_study
    from valuestats.decisions import required_sizes as required_sizes
    from valuestats.errors import ValuestatsError as ValuestatsError
    from valuestats.generalizability import generalizability_study as generalizability_study
    from valuestats.ingest import describe as describe
    from valuestats.ingest import fetch as fetch
    from valuestats.ingest import merge_responses as merge_responses
    from valuestats.ingest import read_ratings as read_ratings
    from valuestats.ingest import read_responses as read_responses
    from valuestats.ingest import read_survey as read_survey
    from valuestats.instrument_scores import score_instrument as score_instrument
    from valuestats.instruments import Instrument as Instrument
    from valuestats.instruments import load_instrument as load_instrument
    from valuestats.invariance_check import compare_groups as compare_groups
    from valuestats.invariance_check import measurement_invariance as measurement_invariance
    from valuestats.item_bias import dif as dif
    from valuestats.keying import correlate_items as correlate_items
    from valuestats.keying import instrument_keys as instrument_keys
    from valuestats.keying import item_values as item_values
    from valuestats.keying import key_stability as key_stability
    from valuestats.keying import key_validity as key_validity
    from valuestats.keying import keys as keys
    from valuestats.keying import shrink_correlations as shrink_correlations
    from valuestats.latent_traits import graded_response as graded_response
    from valuestats.latent_traits import item_information as item_information
    from valuestats.latent_traits import plausible_values as plausible_values
    from valuestats.missing_answers import missing_bounds as missing_bounds
    from valuestats.missing_answers import missing_joint as missing_joint
    from valuestats.missing_answers import missing_sensitivity as missing_sensitivity
    from valuestats.missing_answers import tipping_points as tipping_points
    from valuestats.models.effects_draws import EffectPriors as EffectPriors
    from valuestats.models.effects_formula import OrdinalSpec as OrdinalSpec
    from valuestats.ordinal_checks import prior_sensitivity as prior_sensitivity
    from valuestats.ordinal_checks import rootogram as rootogram
    from valuestats.ordinal_formula import fit_ordinal as fit_ordinal
    from valuestats.ordinal_loo import compare_fits as compare_fits
    from valuestats.ordinal_loo import leave_group_out as leave_group_out
    from valuestats.ordinal_loo import leave_one_out as leave_one_out
    from valuestats.ordinal_predictions import expected_score as expected_score
    from valuestats.ordinal_predictions import marginal_effects as marginal_effects
    from valuestats.ordinal_predictions import predicted_probabilities as predicted_probabilities
    from valuestats.ordinal_regression import ordinal as ordinal
    from valuestats.parser_agreement import compare_parsers as compare_parsers
    from valuestats.perspectives import perspective_diversity as perspective_diversity
    from valuestats.population_scores import people_and_models as people_and_models
    from valuestats.population_scores import population_cells as population_cells
    from valuestats.population_scores import poststratified_scores as poststratified_scores
    from valuestats.presentation_effects import counterbalancing as counterbalancing
    from valuestats.presentation_effects import sensitivity as sensitivity
    from valuestats.rater_agreement import agreement as agreement
    from valuestats.refusals import refusal_rates as refusal_rates
    from valuestats.reporting.render import render as render
    from valuestats.response_styles import response_style as response_style
    from valuestats.result import Result as Result
    from valuestats.scale_reliability import reliability as reliability
    from valuestats.scoring import score as score
    from valuestats.similarity import country_similarity as country_similarity
    from valuestats.similarity import language_effect as language_effect
    from valuestats.similarity import opinionqa_measures as opinionqa_measures
    from valuestats.similarity import steering_effect as steering_effect
    from valuestats.similarity import stereotype_check as stereotype_check
    from valuestats.simulation import simulate as simulate
    from valuestats.stability import icc as icc
    from valuestats.stability import retest as retest
    from valuestats.study import run_study as run_study
    from valuestats.survey_scales import scale_answers as scale_answers
    from valuestats.survey_scales import scale_check as scale_check
    from valuestats.survey_shares import as_population as as_population
    from valuestats.survey_shares import population_shares as population_shares
    from valuestats.survey_weighting import rake as rake
    from valuestats.tables import Items as Items
    from valuestats.tables import Population as Population
    from valuestats.tables import Ratings as Ratings
    from valuestats.tables import Responses as Responses
    from valuestats.tables import Survey as Survey
    from valuestats.value_oppositions import group_contrasts as group_contrasts
    from valuestats.value_oppositions import opposed_values as opposed_values
