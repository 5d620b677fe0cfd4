"""A complete study with a stated truth."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.simulation import answers as model_answers
from valuestats.simulation import countries as world_of
from valuestats.simulation import wording
from valuestats.simulation.design import (
    OPTIONS,
    ORDER_EFFECTS,
    ORDERS,
    THRESHOLDS,
    VALUES,
    WORDING_EFFECTS,
    WORDINGS,
    Design,
    value_correlations,
)
from valuestats.simulation.raters import Raters, simulate_raters
from valuestats.statistics.distances import Array


@dataclass(frozen=True)
class SimulatedStudy:
    """Tables of a simulated study, and its truth.

    Attributes
    ----------
    design
        Sizes and variances.
    truth
        Everything that generated the tables, as written to ``truth.json``.
    responses
        Raw answers: ``model, item, cluster, wording, option_order, epoch, raw, error``.
    intended
        Status and answer code behind each row of `responses`, in the same order.
    ratings, respondent_values, items
        People's ratings of items, the people's own values, and the items.
    population, model_answers
        Countries' shares, and the shares that models gave for countries.
    """

    design: Design
    truth: dict[str, Any]
    responses: pd.DataFrame
    intended: pd.DataFrame
    ratings: pd.DataFrame
    respondent_values: pd.DataFrame
    items: pd.DataFrame
    population: pd.DataFrame
    model_answers: pd.DataFrame


@checked
def simulate(
    *,
    seed: int,
    n_models: int = 6,
    n_queries: int = 24,
    responses_per_query: int = 5,
    items_per_value: int = 8,
    n_raters: int = 300,
    n_groups: int = 2,
    n_countries: int = 8,
    n_questions: int = 60,
    n_people: int = 1000,
) -> SimulatedStudy:
    """Simulate a study in the form of Value Portrait, with countries beside it.

    Models answer items on a six-point scale by a cumulative-logit model with model intercepts, value
    profiles, item difficulties, wording and order effects and a model x item interaction; the answers come
    as raw texts with refusals, empty texts and failed calls among them. People with correlated values rate
    the items. Countries answer survey questions, and the models answer for them.

    Parameters
    ----------
    seed
        Seed of all random numbers; the same seed and sizes give the same study.
    n_models, n_queries, responses_per_query, items_per_value, n_raters, n_groups
        See `Design`.
    n_countries, n_questions, n_people
        See `Design`.

    Returns
    -------
    SimulatedStudy
        Tables and truth.

    Raises
    ------
    SpecificationError
        A size that can't be met.

    Examples
    --------
    >>> study = simulate(seed=3, n_models=2, n_queries=10, items_per_value=4, n_raters=20, n_questions=5)
    >>> len(study.responses)  # 2 models x 50 items x 3 wordings x 2 orders
    600
    """
    design = Design(
        seed, n_models, n_queries, responses_per_query, items_per_value, n_raters, n_groups, n_countries,
        n_questions, n_people,
    )  # fmt: skip
    # One stream per part: a change to one part leaves the others as they were.
    streams = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(6)]
    clusters = [f"D{q + 1:02d}" for q in range(n_queries) for _ in range(responses_per_query)]
    items = [f"{c}-{i % responses_per_query + 1}" for i, c in enumerate(clusters)]
    keyed = np.full(design.n_items, -1)
    keyed[: len(VALUES) * items_per_value] = np.repeat(np.arange(len(VALUES)), items_per_value)
    keyed = streams[0].permutation(keyed)

    raters = simulate_raters(design, items, clusters, keyed, streams[1])
    truth = model_answers.draw_truth(design, keyed, streams[2])
    eta = model_answers.linear_predictor(truth, keyed)
    codes = model_answers.draw_codes(eta, streams[2])
    responses, intended = _responses(design, items, clusters, codes, truth.refusal, streams[3])

    world = world_of.draw_world(design, streams[4])
    questions = world_of.draw_questions(world, n_questions, streams[4])
    shares = world_of.sample_people(questions.people, n_people, streams[4])
    similarity = world_of.true_similarity(world, n_people, streams[5])

    stated = {
        **_general(design),
        **_models_truth(design, truth, eta, keyed, intended, responses),
        **_items_truth(items, keyed, truth, raters),
        **_world_truth(design, world, similarity),
    }
    return SimulatedStudy(
        design=design,
        truth=plain(stated),
        responses=responses,
        intended=intended,
        ratings=raters.ratings,
        respondent_values=raters.scores,
        items=pd.DataFrame({"item": items, "cluster": clusters}),
        population=world_of.population_frame(design, questions, shares),
        model_answers=world_of.answers_frame(design, questions),
    )


def _responses(
    design: Design,
    items: list[str],
    clusters: list[str],
    codes: NDArray[np.intp],
    refusal: Array,
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    model, item, worded, order = (axis.ravel() for axis in np.indices(codes.shape))
    texts = wording.draw_texts(codes.ravel(), refusal[model], rng)
    frame = pd.DataFrame(
        {
            "model": [design.models[i] for i in model],
            "item": [items[i] for i in item],
            "cluster": [clusters[i] for i in item],
            "wording": [WORDINGS[i] for i in worded],
            "option_order": [ORDERS[i] for i in order],
            "epoch": 1,
            "raw": texts["raw"],
            "error": texts["error"],
        }
    )
    return frame, texts[["status", "answer"]]


def _general(design: Design) -> dict[str, Any]:
    return {
        "statement": "simulated data; every number below generated them and none was estimated from them",
        "design": asdict(design),
        "scale": {str(i + 1): text for i, text in enumerate(OPTIONS)},
        "family": "pvq",
        "values": list(VALUES),
        "value_correlations": value_correlations(),
        "answer_model": "logit P(answer > k) = alpha_m + theta_mv(i) + b_i + gamma_wording + kappa_order "
        "+ u_mi - c_k; theta is 0 for items keyed to no value",
        "thresholds": list(THRESHOLDS),
        "wording_effects": dict(zip(WORDINGS, WORDING_EFFECTS, strict=True)),
        "order_effects": dict(zip(ORDERS, ORDER_EFFECTS, strict=True)),
        "interaction_sd": design.interaction_sd,
        "failures": {
            "api_error": wording.API_ERROR,
            "empty": wording.EMPTY,
            "unparsable": wording.UNPARSABLE,
        },
    }


def _models_truth(
    design: Design,
    truth: model_answers.ModelTruth,
    eta: Array,
    keyed: NDArray[np.intp],
    intended: pd.DataFrame,
    responses: pd.DataFrame,
) -> dict[str, Any]:
    expected = model_answers.expected_scores(eta, keyed)
    counts = pd.crosstab(responses["model"], intended["status"])
    models = {
        name: {
            "alpha": truth.intercept[m],
            "theta": dict(zip(VALUES, truth.profile[m], strict=True)),
            "expected_score": dict(zip(VALUES, expected[m], strict=True)),
            "refusal_rate": truth.refusal[m],
            "status_counts": dict(
                zip(map(str, counts.columns), counts.loc[name].to_numpy().tolist(), strict=True)
            ),
        }
        for m, name in enumerate(design.models)
    }
    return {
        "expected_score_definition": "mean expected code over the items keyed to the value, minus the mean "
        "over all keyed items, over wordings and orders alike",
        "models": models,
    }


def _items_truth(
    items: list[str], keyed: NDArray[np.intp], truth: model_answers.ModelTruth, raters: Raters
) -> dict[str, Any]:
    return {
        "item_value_correlation_definitions": {
            "latent": "latent rating with the rater's true value, centred on the rater's mean of ten values",
            "observed": "six-point rating with the rater's centred score, errors and categories included "
            "(Pearson, in the population of raters)",
        },
        "items": {
            name: {
                "value": VALUES[keyed[i]] if keyed[i] >= 0 else None,
                "b": truth.item[i],
                "u": truth.interaction[:, i],
                "latent": raters.latent_correlations[i],
                "observed": raters.rating_correlations[i],
            }
            for i, name in enumerate(items)
        },
    }


def _world_truth(
    design: Design, world: world_of.World, similarity: tuple[Array, Array, Array]
) -> dict[str, Any]:
    exact, observed, error = similarity
    return {
        "countries": {name: {"place": world.country[c]} for c, name in enumerate(design.countries)},
        "country_models": {
            name: {
                "place": world.model[m],
                "pull": world.pull[m],
                "sharpness": world.sharpness[m],
                "noise": world.noise[m],
            }
            for m, name in enumerate(design.models)
        },
        "similarity_definition": "expectation over the population of questions of 1 - base-2 Jensen-Shannon "
        "distance, all options kept; exact: the countries' true shares; observed: shares among "
        f"{design.n_people} people asked, the estimand of a study that takes observed shares as known; by "
        f"{world_of.TRUTH_QUESTIONS} simulated questions",
        "similarity": [
            {
                "model": model,
                "group": country,
                "exact": exact[m, c],
                "observed": observed[m, c],
                "monte_carlo_error": error[m, c],
            }
            for m, model in enumerate(design.models)
            for c, country in enumerate(design.countries)
        ],
    }


def plain(value: Any) -> Any:
    """Numbers rounded to six decimals, arrays as lists: what a JSON file can hold."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(v) for v in value]
    if isinstance(value, float | np.floating):
        return round(float(value), 6) + 0.0
    return int(value) if isinstance(value, np.integer) else value
