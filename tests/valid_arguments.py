"""Smallest valid arguments of each public verb, for tests that walk them all."""

import importlib
import inspect
import tempfile
from functools import cache
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd
from small_tables import (
    CIRCLE,
    KEYS,
    ONE,
    asked,
    biographies,
    by_maximum,
    chain,
    contrasted,
    controlled,
    counted,
    countries,
    dosed,
    edited,
    egos,
    judged_pairs,
    law,
    many_models,
    moved,
    moving,
    neurons,
    option_labels,
    people,
    preferred,
    probed,
    profiles,
    rankings,
    ratings,
    respondents,
    responses,
    scored_models,
    shares,
    sloped,
    survey,
    tastes,
    two_judges,
    votes,
    walk,
    walked,
)

from valuestats.auditing.declared import Holds
from valuestats.base.registry import public_names
from valuestats.latent.sampling import Sampling
from valuestats.tables import Population


@cache
def result(verb):
    """The result of one verb on its valid arguments, for verbs that start from it."""
    return run(verb)


def call(*args, **options):
    return args, options


FEW = {"replicates": 20, "seed": 1}
VALID = {
    "audit_findings": lambda: call(result("audit_table")),
    "audit_table": lambda: call(
        pd.DataFrame({"a": [70, 72]}), Holds("percent", n=50), threshold=0.05, draws=99, seed=1
    ),
    "agreement": lambda: call(people().rename(columns={"respondent": "item", "item": "respondent"}), **FEW),
    "rater_effects": lambda: call(
        people().rename(columns={"respondent": "item", "item": "respondent"}), **FEW
    ),
    "as_population": lambda: call(result("population_shares")),
    "best_of_k": lambda: call(contrasted()),
    "change_points": lambda: call(moving(), permutations=20, seed=1),
    "changed_answers": lambda: call(responses(), over=["wording", "epoch"], **FEW),
    "choice_classes": lambda: call(tastes(), ["price", "speed"], unit="model", starts=2, **FEW),
    "choice_strengths": lambda: call(result("pair_choices")),
    "chosen_scores": lambda: call(
        result("pair_choices"), pd.DataFrame({"option": ["x", "y", "z"], "score": [1.0, 0.0, -1.0]})
    ),
    "circumplex": lambda: call(people(), CIRCLE, order=list("ABCD"), starts=2, permutations=5, **FEW),
    "compare_fits": lambda: call({"a": result("fit_ordinal")}),
    "compare_groups": lambda: call(result("score")),
    "compare_judges": lambda: call(two_judges()),
    "compare_strengths": lambda: call(two_judges(), "judge", draws=50),
    "compare_laws": lambda: call(law(), "loss", "size", starts=5, folds=3, **FEW),
    "compare_parsers": lambda: call(responses(), "value_portrait", **FEW),
    "contrast_power": lambda: call(result("generalizability_study"), 0.3),
    "control_success": lambda: call(controlled(), **FEW),
    "correlate_items": lambda: call(np.eye(4), np.eye(4)),
    "count_answers": lambda: call(responses()),
    "count_choices": lambda: call(
        pd.DataFrame({"option_a": list("xyz"), "option_b": list("yzx"), "winner": "a"})
    ),
    "counterbalancing": lambda: call(responses()),
    "answer_shares": lambda: call(responses()),
    "country_similarity": lambda: call(asked(), countries(), **FEW),
    "decision_study": lambda: call(result("generalizability_study")),
    "degenerate_answers": lambda: call(pd.DataFrame({"raw": ["a b c d e", ""]})),
    "demographic_alignment": lambda: call(Population(shares("m", 0.5)), respondents(), ["sex"], **FEW),
    "describe": lambda: call(responses()),
    "dif": lambda: call(people(), KEYS, by="group"),
    "drift_trend": lambda: call(moving(), **FEW),
    "elo_ratings": lambda: call(result("pair_choices"), shuffles=3),
    "expected_score": lambda: call(result("fit_ordinal")),
    "multiverse": lambda: call(
        [{"most": k, "result": run("expected_score", by="model", most=k)} for k in (50, 100)],
        {"b above a": {"along": "model", "first": "b", "second": "a"}},
    ),
    "pp_check": lambda: call(result("fit_ordinal"), "model"),
    "datagrid": lambda: call(result("fit_ordinal"), "model"),
    "predictions": lambda: call(result("fit_ordinal"), by="model"),
    "comparisons": lambda: call(result("fit_ordinal"), "model"),
    "slopes": lambda: call(
        VERBS["fit_ordinal"]("answer ~ length", sloped(), engine="laplace", seed=1), "length"
    ),
    "hypotheses": lambda: call(run("expected_score", by="model")),
    "feature_weights": lambda: call(tastes(), ["price", "speed"], sampling=Sampling(draws=60)),
    "fetch": lambda: call("no_such_name"),
    "fit_choice": lambda: call("utility ~ 0 + option", result("pair_choices"), engine="ml"),
    "fit_ordinal": lambda: call("answer ~ model", counted(), engine="laplace", seed=1),
    "generalizability_study": lambda: call(
        responses(), KEYS, facets=["item", "wording"], scale=(1, 6), draws=20
    ),
    "graded_response": lambda: call(people(), KEYS),
    "group_contrasts": lambda: call(result("opposed_values"), {"x": ["m"], "y": ["n", "o"]}, first="x"),
    "group_shares": lambda: call(respondents(), ["sex"]),
    "homogenisation": lambda: call(asked(), countries(), **FEW),
    "icc": lambda: call(people()),
    "informativeness": lambda: call(many_models(), **FEW),
    "instrument_keys": lambda: call("pvq21"),
    "item_information": lambda: call(result("score")),
    "item_values": lambda: call(ratings()),
    "judge_quality": lambda: call(
        pd.DataFrame({"item": range(9), "judge": list("abababbba"), "label": list("abaabb") + [None] * 3}),
    ),
    "judged_means": lambda: call(
        pd.DataFrame({"item": range(9), "judge": range(9), "label": [1, 2, 2, 3, 5] + [None] * 4}), draws=20
    ),
    "judged_shares": lambda: call(
        pd.DataFrame({"item": range(9), "judge": list("abababbba"), "label": list("abaabb") + [None] * 3}),
        draws=200,
    ),
    "judged_strengths": lambda: call(judged_pairs(), judged_pairs(60), draws=20, imputations=3),
    "key_stability": lambda: call(ratings(), splits=3),
    "key_validity": lambda: call(ratings(), splits=3),
    "keys": lambda: call(result("item_values")),
    "label_columns": lambda: call(result("pair_choices"), option_labels()),
    "fit_labels": lambda: call(result("pair_choices"), option_labels(), engine="laplace"),
    "label_outcomes": lambda: call(result("pair_choices"), option_labels()),
    "label_preference": lambda: call(preferred(), option_labels(), **FEW),
    "language_effect": lambda: call(
        asked("language", ("es", "tr")), countries(), {"A": "es", "B": "tr"}, **FEW
    ),
    "learning_curve": lambda: call(tastes(), ["price"], sizes=[20], splits=3),
    "leave_group_out": lambda: call(result("fit_ordinal"), "model"),
    "leave_one_out": lambda: call(result("fit_ordinal")),
    "likelihood_ratio_test": lambda: call({f: by_maximum(f) for f in ("1", "model")}),
    "linear_probe": lambda: call(probed(), permutations=3, **FEW),
    "load_instrument": lambda: call("pvq21"),
    "marginal_effects": lambda: call(result("fit_ordinal"), "model"),
    "mean_over_models": lambda: call(
        VERBS["country_similarity"](
            Population(pd.concat([shares("m", 0.5), shares("n", 0.6)])), countries(), **FEW
        )
    ),
    "measurement_invariance": lambda: call(people(), ONE, by="group"),
    "merge_responses": lambda: call([responses()]),
    "minimal_shift": lambda: call(probed(), result("value_directions")),
    "missing_bounds": lambda: call(responses(), KEYS, scale=(1, 6), **FEW),
    "missing_joint": lambda: call(responses(), KEYS, scale=(1, 6)),
    "missing_sensitivity": lambda: call(responses(), KEYS, scale=(1, 6), **FEW),
    "neuron_stability": lambda: call(neurons(), top=3, splits=5),
    "next_items": lambda: call(result("score")),
    "noise_ceiling": lambda: call(respondents(), ["sex"], splits=2, **FEW),
    "open_answers": lambda: call(responses().frame),
    "opinionqa_measures": lambda: call(biographies(), countries(), **FEW),
    "opposed_values": lambda: call(result("score"), first=["A"], second=["B"]),
    "value_profile": lambda: call(responses(), KEYS),
    "orientation_correlations": lambda: call(
        pd.DataFrame({"model": "m", "country": list("abcdefgh"), "value": "A", "estimate": np.arange(8.0)}),
        pd.DataFrame({"country": list("abcdefgh"), "hierarchy": [3.0, 1, 4, 1, 5, 9, 2, 6]}),
        **FEW,
    ),
    "paired_contrast": lambda: call(contrasted(), against="a", **FEW),
    "pair_choices": lambda: call(
        pd.DataFrame({"option_a": list("xyz"), "option_b": list("yzx"), "winner": "a"})
    ),
    "people_and_models": lambda: call(
        pd.DataFrame({"respondent": [1], "item": "1", "answer": 3, "sex": "f"}), responses(), ["sex"]
    ),
    "perspective_diversity": lambda: call(
        pd.DataFrame(
            {
                "model": "m",
                "condition": "plain",
                "question": [1, 2, 3, 4],
                "references": [["west"], ["west", "east"], [], ["east"]],
            }
        ),
        perspectives=["west", "east"],
        **FEW,
    ),
    "placebo_neurons": lambda: call(neurons(), result("select_neurons"), sets=3),
    "placebo_rank": lambda: call(edited()),
    "plausible_values": lambda: call(result("score")),
    "population_cells": lambda: call(
        pd.DataFrame({"respondent": [1, 2], "sex": ["f", "m"], "weight": [1.0, 2.0]}), ["sex"]
    ),
    "population_shares": lambda: call(survey(), "q"),
    "poststratified_scores": lambda: call(
        result("fit_ordinal"), pd.DataFrame({"sex": ["f"], "share": [1.0]})
    ),
    "poststratified_shares": lambda: call(
        respondents(),
        ["sex"],
        pd.DataFrame({"sex": ["f", "m"], "count": [1, 1]}),
        sampling=Sampling(draws=50),
    ),
    "graph_holdout": lambda: call(
        profiles(), ["care", "rank", "trust"], cluster="role", folds=3, permutations=2, **FEW
    ),
    "counterfactual_profiles": lambda: call(profiles(), chain(), {"care": 1.0}, cluster="role"),
    "refute_effect": lambda: call(
        profiles(), chain(), "care", "trust", cluster="role", permutations=20, seed=1
    ),
    "steer_values": lambda: call(profiles(), chain(), {"trust": 1.0}, most=1, cluster="role", **FEW),
    "value_effects": lambda: call(profiles(), chain(), {"care": 1.0}, cluster="role", **FEW),
    "graph_prediction": lambda: call(
        profiles()[["care", "rank", "trust", "role"]].round(0),
        chain(),
        cluster="role",
        permutations=50,
        **FEW,
    ),
    "value_graph": lambda: call(profiles(), ["care", "rank", "trust"], cluster="role", **FEW),
    "intervention_effects": lambda: call(moved(), control="plain", draws=20, permutations=99, seed=1),
    "dose_response": lambda: call(dosed(), folds=4, permutations=19, **FEW),
    "opinion_dynamics": lambda: call(*egos(), intervals="resampled", permutations=9, draws=100, **FEW),
    "opinion_forecast": lambda: call(*egos(), rules=["degroot"], folds=3, support_vector=False, **FEW),
    "power_law": lambda: call(law(), "loss", "size", starts=5, unit="family", **FEW),
    "predicted_probabilities": lambda: call(result("fit_ordinal")),
    "prior_sensitivity": lambda: call(result("fit_ordinal")),
    "profile_intervals": lambda: call(by_maximum("model")),
    "rank_by_values": lambda: call(
        pd.DataFrame({"item": 1, "option": list("xxyy"), "value": list("abab"), "score": [1, 0, 0, 1]}),
        pd.DataFrame({"respondent": "p", "value": list("ab"), "weight": [2, 1], "std_error": 0.5}),
        draws=50,
        seed=1,
    ),
    "ranking_agreement": lambda: call(rankings(model="m"), rankings(), draws=50),
    "rake": lambda: call(survey(), {"g": {"a": 0.5, "b": 0.5}}),
    "read_model_answers": lambda: call("no such file"),
    "read_neuron_counts": lambda: call("no such file"),
    "read_people": lambda: call("no such file"),
    "read_ratings": lambda: call("no such file"),
    "read_responses": lambda: call("no such file"),
    "read_survey": lambda: call("no such file"),
    "read_tensors": lambda: call("no such file"),
    "ranking_choices": lambda: call(pd.DataFrame({"choice": [1, 1], "option": ["x", "y"], "chosen": [1, 0]})),
    "refusal_rates": lambda: call(responses(), sampling=Sampling(draws=50)),
    "reliability": lambda: call(people(), KEYS, coefficients=["alpha"], **FEW),
    "render": lambda: call("no such page"),
    "required_sizes": lambda: call(result("generalizability_study"), vary=("wording", "item")),
    "response_style": lambda: call(responses(), scale=(1, 6), keyed=KEYS, **FEW),
    "response_drift": lambda: call(moving(), **FEW),
    "retest": lambda: call(responses(), over="wording", **FEW),
    "rootogram": lambda: call(result("fit_ordinal")),
    "run_study": lambda: call("no such study"),
    "scale_answers": lambda: call(survey(), "pvq21", {"q": "1"}),
    "scale_check": lambda: call(survey(), "pvq21", {"q": "1"}),
    "save_figure": lambda: call(alt.Chart(ONE).mark_point(), Path(tempfile.mkdtemp(), "x"), formats=["svg"]),
    "score": lambda: call(responses(), KEYS, family="f", scale=(1, 6), **FEW),
    "select_items": lambda: call(many_models(), size=2, splits=5, seed=1),
    "select_neurons": lambda: call(neurons(), shuffles=3),
    "select_keys": lambda: call(KEYS, family="f"),
    "sensitivity": lambda: call(responses(), over="wording", permutations=5, **FEW),
    "shrink_correlations": lambda: call(result("item_values")),
    "simulate": lambda: call(seed=1),
    "simulate_ego_networks": lambda: call(people=3, seed=1),
    "simulate_opinions": lambda: call(
        pd.DataFrame({"person": ["a", "b"], "opinion": [0.0, 1.0]}),
        pd.DataFrame({"person": ["a"], "other": ["b"]}),
        seed=1,
    ),
    "social_alignment": lambda: call(asked(), countries(), **FEW),
    "step_slopes": lambda: call(contrasted(), **FEW),
    "option_curves": lambda: call(
        moving().rename(columns={"stance": "answer"}), along="step", unit=None, seed=1
    ),
    "stance_curve": lambda: call(moving(), draws=200, seed=1),
    "stance_drift": lambda: call(moving(), **FEW),
    "steering_effect": lambda: call(asked(), countries(), **FEW),
    "mixed_logit": lambda: call(
        tastes(), ["price", "speed"], unit="model", random=["price"], points=64, draws=20
    ),
    "plan_weights": lambda: call(walk(), walked(), ["care"], horizon=3, draws=100),
    "value_system_measures": lambda: call(
        tastes(), ["price", "speed"], unit="model", classes=result("choice_classes"), **FEW
    ),
    "stated_revealed": lambda: call(scored_models(), scored_models(), by="model"),
    "value_gaps": lambda: call(scored_models(), scored_models(), by="model", draws=20),
    "norm_distances": lambda: call(
        scored_models(),
        pd.DataFrame(
            {"group": "g", "dimension": list("abc"), "mean": [0.1, 0.2, 0.0], "sd": [1.0, 0.9, 1.1]}
        ),
        draws=20,
    ),
    "style_controlled": lambda: call(tastes(), ["speed"], ["price"], unit="model", splits=1, draws=20),
    "stereotype_check": lambda: call(asked(levels=("A",)), countries(), **FEW),
    "survey_answers": lambda: call(survey(), ["q"]),
    "target_profile": lambda: call(
        pd.DataFrame({"model": "m", "item": range(8), "dimension": "d", "score": [1, 2, 3, 1, 2, 3, 1, 1]}),
        pd.DataFrame({"dimension": ["d"], "target": [2]}),
        **FEW,
    ),
    "tipping_points": lambda: call(result("missing_sensitivity")),
    "trade_off": lambda: call(tastes(), ["price", "speed"], of="speed", per="price", unit="model", **FEW),
    "trust": lambda: call(result("score")),
    "turn_codes": lambda: call(survey(), ["q"], 1, 2),
    "value_directions": lambda: call(probed(), splits=2),
    "vote_choices": lambda: call(votes()),
    "vote_pagerank": lambda: call(votes(), **FEW),
    "votes_to_graph": lambda: call(votes(), **FEW),
    "write_responses": lambda: call("no such file", "no such folder"),
}
"""Smallest valid arguments of each public verb."""

NOT_RUN = {
    **dict.fromkeys(
        (
            "fetch",
            "read_model_answers",
            "read_neuron_counts",
            "read_people",
            "read_ratings",
            "read_responses",
            "read_survey",
            "read_tensors",
            "render",
            "run_study",
        ),
        "reads a file",
    ),
    **dict.fromkeys(("write_responses", "scale_answers", "scale_check"), "needs data of its own"),
    **dict.fromkeys(
        ("graded_response", "measurement_invariance", "missing_joint", "value_profile"), "a fit of its own"
    ),
    **dict.fromkeys(
        ("compare_groups", "item_information", "next_items", "plausible_values"), "starts from such a fit"
    ),
    **dict.fromkeys(
        ("leave_group_out", "poststratified_scores", "compare_fits"), "needs a fit with groups or two"
    ),
    "simulate": "has tests of its own",
    "people_and_models": "has tests of its own",
}
"""Verbs whose arguments in `VALID` are of the right kinds, but which are not run here, and why."""


def verbs():
    found = {}
    for name, module in public_names().items():
        one = getattr(importlib.import_module(module), name)
        if callable(one) and not inspect.isclass(one):
            found[name] = one
    return found


VERBS = verbs()


def run(name, **changed):
    """What a verb gives for its valid arguments, some of them changed."""
    args, options = VALID[name]()
    return VERBS[name](*args, **{**options, **changed})
