"""What the room offers: ordinal regressions."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Ordinal regression": {
            "value_profile": "valuestats.regression.profiles",
            "fit_ordinal": "valuestats.regression.fit",
            "Sampling": "valuestats.latent.sampling",
            "OrdinalSpec": "valuestats.regression.effects_formula",
            "OrdinalPriors": "valuestats.regression.structure",
            "EffectPriors": "valuestats.regression.effects_draws",
            "predicted_probabilities": "valuestats.regression.predictions",
            "option_curves": "valuestats.regression.option_curves",
            "expected_score": "valuestats.regression.predictions",
            "marginal_effects": "valuestats.regression.predictions",
            "datagrid": "valuestats.regression.grids",
            "predictions": "valuestats.regression.grid_effects",
            "comparisons": "valuestats.regression.grid_effects",
            "slopes": "valuestats.regression.grid_effects",
            "leave_one_out": "valuestats.regression.loo",
            "leave_group_out": "valuestats.regression.loo",
            "compare_fits": "valuestats.regression.loo",
            "likelihood_ratio_test": "valuestats.regression.maximum_tests",
            "profile_intervals": "valuestats.regression.maximum_tests",
            "prior_sensitivity": "valuestats.regression.checks",
            "rootogram": "valuestats.regression.checks",
            "pp_check": "valuestats.regression.predictive_checks",
        },
        "Survey statistics": {
            "people_and_models": "valuestats.regression.population",
            "population_cells": "valuestats.regression.population",
            "poststratified_scores": "valuestats.regression.population",
        },
    },
    former={"ordinal": "value_profile"},
    products={
        "OrdinalFit": "valuestats.regression.stored:FIT",
        "ELPDDataLOO": "valuestats.regression.stored:LOO",
    },
    kinds=(
        Kind(
            "pp_check",
            figure="valuestats.regression.predictive_checks:pp_check_chart",
            sentence="valuestats.regression.predictive_checks:pp_check_sentence",
        ),
        Kind(
            "ordinal",
            figure="valuestats.figures.profiles:profile_chart",
            sentence="valuestats.regression.sentences:ordinal_sentence",
            summary="valuestats.regression.profile_shrinkage:shrinkage_lines",
        ),
        Kind(
            "ordinal_effect",
            figure="valuestats.regression.figures:prediction_chart",
            sentence="valuestats.regression.sentences:ordinal_effect_sentence",
            trust="valuestats.regression.trust:regression_reasons",
        ),
        Kind(
            "ordinal_fit",
            figure="valuestats.regression.figures:coefficient_chart",
            sentence="valuestats.regression.sentences:ordinal_fit_sentence",
            trust="valuestats.regression.trust:regression_reasons",
        ),
        Kind(
            "ordinal_prediction",
            figure="valuestats.regression.figures:prediction_chart",
            sentence="valuestats.regression.sentences:ordinal_prediction_sentence",
            trust="valuestats.regression.trust:regression_reasons",
        ),
        Kind(
            "option_curves",
            figure="valuestats.regression.figures:prediction_chart",
            sentence="valuestats.regression.sentences:option_curves_sentence",
        ),
        Kind(
            "poststratified_scores",
            figure="valuestats.regression.figures:prediction_chart",
            sentence="valuestats.regression.sentences:poststratified_scores_sentence",
        ),
    ),
)
