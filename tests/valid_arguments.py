"""Smallest valid arguments of each public verb, for tests that walk them all."""

import importlib
import inspect
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd

from valuestats.activations.counts import NeuronCounts
from valuestats.activations.rows import Activations
from valuestats.auditing.declared import Holds
from valuestats.base.registry import public_names
from valuestats.graphs.graph import Graph
from valuestats.ingest.surveys.globalopinionqa import ModelAnswers
from valuestats.latent.sampling import Sampling
from valuestats.opinions.simulate import simulate_ego_networks
from valuestats.regression.fit import fit_ordinal
from valuestats.results.meta import make_meta
from valuestats.results.result import Result, draws_tree
from valuestats.tables import Choices, OptionLabels, Population, Ratings, Responses, Survey
from valuestats.tables.choices import ranking_choices
from valuestats.tables.comparisons import pair_choices
from valuestats.tables.survey import Variable

ITEMS = [str(k) for k in range(1, 9)]
KEYS = pd.DataFrame(
    {"item": ITEMS, "family": "f", "dimension": ["A"] * 4 + ["B"] * 4, "sign": [1, 1, 1, -1] * 2}
)
ONE = KEYS[:4]
CIRCLE = KEYS.assign(dimension=list("AABBCCDD"))


def responses(**columns):
    rng = np.random.default_rng(1)
    keys = pd.MultiIndex.from_product(
        [list("mno"), ITEMS, ["w1", "w2"], [1, 2]], names=["model", "item", "wording", "epoch"]
    )
    frame = keys.to_frame(index=False)
    frame = frame.assign(
        cluster="q" + frame["item"],
        raw="x",
        answer=rng.integers(1, 7, len(frame)),
        status="valid",
        source_file="f",
        source_sha256="0",
        source_row=range(len(frame)),
    )
    frame["answer"] = frame["answer"].astype("Int64").mask(frame.index % 9 == 0)
    frame["status"] = frame["status"].mask(frame.index % 9 == 0, "refusal")
    return Responses(frame.assign(**columns))


def people(**columns):
    rng = np.random.default_rng(2)
    keys = pd.MultiIndex.from_product([[f"p{k:02d}" for k in range(40)], ITEMS], names=["respondent", "item"])
    frame = keys.to_frame(index=False)
    trait = np.repeat(rng.normal(size=40), len(ITEMS)) * np.tile(KEYS["sign"], 40)
    code = np.clip(np.round(3.5 + trait + rng.normal(size=len(frame))), 1, 6)
    number = frame["respondent"].str[1:].astype(int)
    return frame.assign(
        rating=code, group=np.where(number % 2, "a", "b"), cluster="c" + (number // 4).astype(str)
    ).assign(**columns)


@cache
def ratings():
    rng = np.random.default_rng(3)
    frame = people().drop(columns=["group", "cluster"])
    own = pd.MultiIndex.from_product(
        [frame["respondent"].unique(), ["f"], ["A", "B"]], names=["respondent", "family", "dimension"]
    ).to_frame(index=False)
    trait = (
        frame[frame["item"] == "1"].set_index("respondent")["rating"].reindex(own["respondent"]).to_numpy()
    )
    score = np.where(own["dimension"] == "A", trait, 0.0) + rng.normal(size=len(own))
    return Ratings(frame, own.assign(score=score), scale=(1, 6))


def shares(group, yes, **columns):
    frame = pd.DataFrame(
        {
            "group": group,
            "question": np.repeat(["q1", "q2", "q3", "q4"], 2),
            "option": ["yes", "no"] * 4,
            "position": [0, 1] * 4,
            "share": [yes, 1 - yes, 0.3, 0.7, 0.2 + yes / 2, 0.8 - yes / 2, 1 - yes / 3, yes / 3],
            "ordered": True,
        }
    )
    return frame.assign(**columns)


def countries():
    return Population(pd.concat([shares("A", 0.7), shares("B", 0.3)]))


def asked(column="persona", levels=("A", "B")):
    parts = [shares("m", 0.6, **{column: level}) for level in levels]
    return ModelAnswers(pd.concat([shares("m", 0.5, **{column: None}), *parts]))


def biographies():
    own = {"persona": "A", "condition": "bio"}
    return ModelAnswers(pd.concat([shares("m", 0.5, persona=None, condition=None), shares("m", 0.6, **own)]))


def respondents():
    rng = np.random.default_rng(4)
    return pd.DataFrame(
        {
            "respondent": np.repeat(np.arange(80), 4),
            "question": np.tile(["q1", "q2", "q3", "q4"], 80),
            "sex": np.repeat(rng.choice(["f", "m"], 80), 4),
            "option": rng.choice(["no", "yes"], 320),
        }
    )


def survey():
    frame = pd.DataFrame({"q": [1.0, 2, 1, 2], "g": ["a", "a", "b", "b"]})
    return Survey(frame, {"q": Variable("q", labels={1.0: "yes", 2.0: "no"})})


def inventory():
    rng = np.random.default_rng(5)
    names = [str(k) for k in range(1, 22)]
    index = pd.MultiIndex.from_product([range(12), names], names=["respondent", "item"])
    frame = index.to_frame(index=False)
    return frame.assign(rating=rng.integers(1, 7, len(frame)), cluster=frame["respondent"] // 3)


def rankings(**columns):
    rng = np.random.default_rng(6)
    index = pd.MultiIndex.from_product([list("pqrst"), list("12345"), list("xyz")])
    frame = index.to_frame(index=False, name=["respondent", "item", "option"])
    return frame.assign(rank=rng.random(len(frame)), **columns)


def profiles(**columns):
    rng = np.random.default_rng(8)
    role = np.repeat(rng.normal(size=(30, 3)), 4, axis=0)
    scores = role + 0.5 * rng.normal(size=role.shape)
    scores[:, 2] += scores[:, 0]
    frame = pd.DataFrame(scores, columns=["care", "rank", "trust"])
    return frame.assign(role=[f"r{k // 4}" for k in range(120)], **columns)


def chain():
    return Graph.of(["care", "rank", "trust"], [("care", "trust")])


def votes():
    rng = np.random.default_rng(7)
    pair = rng.integers(0, 3, 90)
    told = rng.choice(["wiser", "less wise", "equal", "unsure"], 90, p=[0.5, 0.2, 0.2, 0.1])
    ends = {"from": np.array(list("abc"))[pair], "to": np.array(list("bca"))[pair]}
    return pd.DataFrame({"respondent": np.arange(90), "vote": told, **ends})


@cache
def result(verb):
    """The result of one verb on its valid arguments, for verbs that start from it."""
    return run(verb)


def counted():
    return pd.DataFrame(
        {"model": ["a"] * 3 + ["b"] * 3, "answer": [1, 2, 3] * 2, "count": [20, 30, 10, 8, 25, 27]}
    )


def sloped():
    return pd.DataFrame(
        {
            "length": [0, 1, 2] * 3,
            "answer": [1] * 3 + [2] * 3 + [3] * 3,
            "count": [30, 20, 10, 20, 20, 20, 10, 20, 30],
        }
    )


def judged_pairs(n=150):
    k = np.arange(n)
    first = (k % 3 != 0) if n == 60 else (k % 4 != 0)
    frame = pd.DataFrame({"option_a": np.array(list("xyz"))[k % 3], "option_b": np.array(list("yzx"))[k % 3]})
    return pair_choices(
        frame.assign(choice=k, winner=np.where(first ^ (k % 7 == 0), "a", "b")), reads="places"
    )


def two_judges():
    frame = judged_pairs().frame
    return Choices(frame.assign(judge=np.where(frame["choice"] % 2, "p", "q")))


def many_models():
    index = pd.MultiIndex.from_product([list("abcdefgh"), ITEMS, [1, 2]], names=["model", "item", "answer"])
    rng = np.random.default_rng(6)
    return index.to_frame(index=False).assign(status="valid", count=rng.integers(1, 9, len(index)))


def by_maximum(terms):
    return fit_ordinal(f"answer ~ {terms}", counted(), engine="ml", sampling=Sampling(draws=25))


def tastes():
    rng = np.random.default_rng(8)
    x = rng.normal(size=(120, 2, 2))
    u = x @ [-1.5, 1.0] + rng.gumbel(size=(120, 2))
    frame = pd.DataFrame(
        {
            "choice": np.repeat(range(120), 2),
            "option": ["a", "b"] * 120,
            "model": np.repeat([f"m{k:02d}" for k in range(24)], 10),
            "price": x[..., 0].ravel(),
            "speed": x[..., 1].ravel(),
            "chosen": (u == u.max(axis=1, keepdims=True)).astype(int).ravel(),
        }
    )
    return ranking_choices(frame)


def law():
    rng = np.random.default_rng(6)
    size = np.repeat(np.logspace(6, 10, 8), 3)
    loss = (1.5 + 60 * size**-0.25) * np.exp(0.02 * rng.normal(size=24))
    return pd.DataFrame({"size": size, "loss": loss, "family": [f"f{k:02d}" for k in range(24)]})


@cache
def moved():
    rng = np.random.default_rng(9)
    item = np.arange(24)
    parts = [
        pd.DataFrame(
            {
                "item": item,
                "condition": c,
                "dimension": np.where(item % 2, "a", "b"),
                "value": e + rng.normal(size=24),
            }
        )
        for c, e in (("plain", 0.0), ("steered", 1.0))
    ]
    return pd.concat(parts, ignore_index=True)


@cache
def dosed():
    item, dose = np.repeat(np.arange(24), 4), np.tile([0.0, 1, 2, 4], 24)
    return pd.DataFrame(
        {"item": item, "dose": dose, "value": dose + np.random.default_rng(2).normal(size=96)}
    )


@cache
def egos():
    return simulate_ego_networks(people=40, friends=4, influence=0.6, seed=1)


def contrasted():
    rng = np.random.default_rng(6)
    keys = pd.MultiIndex.from_product([range(24), ["a", "b", "c"]], names=["item", "condition"])
    frame = keys.to_frame(index=False)
    frame["step"] = frame["condition"].map({"a": 1, "b": 2, "c": 3})
    return frame.assign(value=rng.random(len(frame)), cluster=frame["item"] // 2)


def moving():
    rng = np.random.default_rng(6)
    keys = pd.MultiIndex.from_product([range(24), [0, 1, 2, 3]], names=["item", "step"])
    frame = keys.to_frame(index=False).assign(cluster=lambda d: d["item"] // 2)
    late = rng.random(len(frame)) < np.where(frame["step"] > 1, 0.8, 0.2)
    return frame.assign(stance=np.where(rng.random(len(frame)) < 0.1, None, np.where(late, "for", "against")))


def preferred():
    rng = np.random.default_rng(8)
    frame = pd.DataFrame({"option_a": ["x", "y", "x", "z"] * 12, "option_b": ["y", "x", "z", "y"] * 12})
    return pair_choices(frame.assign(winner=rng.choice(["first", "second"], 48)), reads="places")


def option_labels():
    return OptionLabels(pd.DataFrame({"option": ["x", "y"], "label": ["care", "power"]}))


def neurons():
    rng = np.random.default_rng(9)
    support, conflict = rng.binomial(40, 0.2, (2, 2, 30, 24))
    support[1, 7] = rng.binomial(40, 0.5, 24)
    return NeuronCounts(support, conflict, np.full(24, 40))


def probed():
    rng = np.random.default_rng(10)
    table = pd.DataFrame({"label": [1, 0] * 24, "group": np.repeat(np.arange(24), 2)})
    return Activations(rng.normal(size=(1, 48, 8)) + 0.5 * table["label"].to_numpy()[:, None], table)


def controlled():
    rng = np.random.default_rng(11)
    keys = pd.MultiIndex.from_product([range(48), ["plain", "up"]], names=["item", "condition"])
    frame = keys.to_frame(index=False)
    return frame.assign(keyed=np.where(frame["item"] % 2, 1, -1), judge=rng.integers(0, 2, len(frame)))


def edited():
    frame = pd.DataFrame(
        {"item": np.tile(range(6), 5), "condition": np.repeat(["plain", "up", *["placebo"] * 3], 6)}
    )
    number = np.repeat([None, None, 0, 1, 2], 6)
    return frame.assign(set=number, value=np.arange(30) % 7)


def walk():
    ways = [("x", "stay", "x", 0.2), ("x", "go", "y", 0.8), ("y", "stay", "y", 0.6), ("y", "go", "x", 0.1)]
    return pd.DataFrame(ways, columns=["state", "action", "next", "care"]).assign(probability=1.0)


def walked():
    steps = [(k, t, "x" if t == 0 else "y", "go" if t == 0 else "stay") for k in range(24) for t in range(3)]
    return pd.DataFrame(steps, columns=["trajectory", "step", "state", "action"])


def scored_models():
    rng = np.random.default_rng(9)
    keys = pd.MultiIndex.from_product([["m", "n"], list("abc")], names=["model", "dimension"])
    frame = keys.to_frame(index=False).assign(estimand="s", estimate=rng.normal(size=6), std_error=0.1)
    frame = frame.assign(
        lower=np.nan, upper=np.nan, level=0.95, interval="none", n_scored=9, n_asked=9, n_units=30
    )
    drawn = frame["estimate"].to_numpy().reshape(2, 3) + 0.1 * rng.normal(size=(50, 2, 3))
    tree = draws_tree("bootstrap", drawn, {"model": ["m", "n"], "dimension": list("abc")})
    return Result("scores", frame, ("model", "dimension"), make_meta("mean", {}), tree)


def call(*args, **options):
    return args, options


FEW = {"replicates": 20, "seed": 1}
VALID = {
    "audit_findings": lambda: call(result("audit_table")),
    "audit_table": lambda: call(
        pd.DataFrame({"a": [70, 72]}), Holds("percent", n=50), threshold=0.05, draws=99, seed=1
    ),
    "agreement": lambda: call(people().rename(columns={"respondent": "item", "item": "respondent"}), **FEW),
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


OWN_WORDS = {
    "change_points": "fewer than four clusters are refused, so that there always is a test",
    "linear_probe": "says that it was not held against permuted labels",
    "select_neurons": "what is selected is what a rule selects, with a test or without",
    "dose_response": "its tests are of shapes and stand in the meta data",
}
"""Verbs whose estimates have adjusted p-values, and which say in their own way that there was none."""
CLAIMS = (
    "can be told",
    "can't be told",
    "no finding",
    "No finding",
    "sound",
    "0 of ",
    "None of ",
    "none of ",
)


def untested_forms(name, found):
    """A result as it would be had its effects not been tested: without p-values, and with none that could be small."""
    if not isinstance(found, Result) or "p_adjusted" not in found.estimates or name in OWN_WORDS:
        return
    frame = found.estimates
    chances = [c for c in frame.columns if c.startswith("p_")]
    tested = frame["p_adjusted"].notna() if "p_least" in frame else frame["estimate"].notna()
    nothing = dict.fromkeys([*chances, "lower", "upper", "std_error"], np.nan)
    yield replace(found, estimates=frame.assign(**nothing, interval="none")), tested.to_numpy()
    if "p_least" in frame:
        out_of_reach = {"p_adjusted": frame["p_adjusted"].where(~tested, 1.0), "p_least": 0.5}
        yield replace(found, estimates=frame.assign(**out_of_reach)), tested.to_numpy()
