"""The measures of OpinionQA: whom a model represents, how far it can be steered, how consistent it is."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.former import formerly
from valuestats.ingest.surveys.globalopinionqa import ModelAnswers
from valuestats.results.meta import make_meta
from valuestats.results.result import Result
from valuestats.similarity.answer_shares import as_shares
from valuestats.similarity.chosen import named
from valuestats.similarity.conditions import conditioned, mean_parts, resampled_result
from valuestats.similarity.cube import similarity_cube, uniform_answers
from valuestats.similarity.options import RefusalPolicy
from valuestats.similarity.reports import data_warnings
from valuestats.similarity.steering import mean_of_known
from valuestats.statistics.distances import Array
from valuestats.statistics.ratios import ratio
from valuestats.statistics.resampling import cluster_weights
from valuestats.tables import Population, Responses

CITATIONS = (
    "Santurkar et al. (2023), Whose opinions do language models reflect?",
    "Efron (1979), Bootstrap methods: another look at the jackknife",
    "Hesterberg (2015), What teachers should know about the bootstrap",
)
PERMUTATIONS = 400
"""Exchanges of the groups' labels behind the chance level of the consistency."""


@formerly(people="population")
@checked
def opinionqa_measures(
    answers: Population | Responses,
    population: Population,
    *,
    topics: Mapping[str, str] | None = None,
    attributes: Mapping[str, str] | None = None,
    refusal_options: RefusalPolicy = "drop",
    replicates: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""Representativeness, steerability and consistency (Santurkar et al. 2023), with intervals.

    With :math:`A(m, g, q) = 1 - W_1/(K-1)` on questions whose options form a declared ordered scale, reported are per
    model m and group g

    - ``representativeness``: mean over questions of A of the default answers;
    - ``steerability, published``: mean over questions of the largest A over the contexts in which the model was asked
      to answer as the group. The largest of several noisy numbers is too large;
    - ``steerability``: the context is chosen for each question by its mean over the *other* questions, so that
      the choice and the value do not share their noise;
    - ``gain``: steerability minus representativeness on the same questions;

    and per model and attribute (a family of groups, such as religion), where topics are given,

    - ``consistency``: share of topics whose best represented group is the one that is best represented in the mean
      over topics. Its baseline is the mean over exchanges of the groups' labels within questions: with few groups, or
      groups that are alike, a model without any leaning is consistent too.

    Intervals resample questions (within topics for the consistency, whose replicates are a description of
    its stability: resampled topics disagree more often than the topics themselves do).

    Parameters
    ----------
    answers
        Answers of models (shares, or `Responses`): ``persona`` names the group (null: default answers),
        ``condition`` the context by which the model was told so (null where there is one only).
    population
        Distributions of groups.
    topics
        Topic of each question identifier; questions of no topic are left out of the consistency.
    attributes
        Attribute of each group, "all groups" where None.
    refusal_options, replicates, level, seed
        As in `country_similarity`.

    Returns
    -------
    Result
        Kind ``"representation"``, keys ``("model", "group", "quantity")``; ``baseline`` is what uniform answers reach
        on the same questions, for the gain 0, for the consistency see above.

    Raises
    ------
    SpecificationError
        No question on a declared ordered scale, no shared question.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.ingest.surveys.globalopinionqa import ModelAnswers
    >>> def table(name, shares, persona=None, condition=None):
    ...     return pd.DataFrame({"group": name, "question": "q", "option": ["Good", "Middling", "Bad"],
    ...         "persona": persona, "condition": condition, "position": [0, 1, 2], "share": shares, "ordered": True})
    >>> people = table("Left", [0.5, 0.5, 0.0]).drop(columns=["persona", "condition"])
    >>> asked = pd.concat([table("m", [0.0, 0.5, 0.5]), table("m", [0.5, 0.0, 0.5], "Left", "bio"),
    ...     table("m", [0.5, 0.4, 0.1], "Left", "portray")])
    >>> result = opinionqa_measures(ModelAnswers(asked), Population(people), replicates=0)
    >>> dict(zip(result.estimates["quantity"], result.estimates["estimate"].round(3), strict=True))
    {'representativeness': 0.5, 'steerability, published': 0.95}
    """
    answers = as_shares(answers, population)
    began = time.perf_counter()
    flat, contexts_alone = _flat(answers)
    found = conditioned(
        flat,
        population,
        "condition",
        measure="wasserstein",
        refusal_options=refusal_options,
        need_conditions=False,
    )
    ready = found.ready
    ready.reports["not_compared"] += contexts_alone
    cube = similarity_cube(ready.found, ready.shape, "wasserstein", 2.0)
    even = uniform_answers(ready.people, len(ready.catalogue), "wasserstein", 2.0)
    rng = np.random.default_rng(seed)
    asked = found.asked()
    rows: list[dict[str, Any]] = []
    parts: list[tuple[Array, Array]] = []
    drawn: dict[int, Array] = {}

    def add(quantity: str, model: str, group: str, values: Array, baseline: float, put: int) -> None:
        known = ~np.isnan(values)
        if not known.any():
            return
        rows.append(
            {
                "estimand": quantity,
                "model": model,
                "group": group,
                "quantity": quantity,
                "estimate": float(values[known].mean()),
                "baseline": baseline,
                "n_scored": int(known.sum()),
                "n_asked": put,
            }
        )
        parts.append(mean_parts(values))

    for model in found.models:
        default = found.default(model)
        contexts = _contexts(found.steered(model))
        for place, group in enumerate(ready.groups):
            plain = cube[default, place] if default is not None else np.full(cube.shape[2], np.nan)
            put = int(asked[default, place]) if default is not None else 0
            add("representativeness", model, group, plain, _over(even[place], plain), put)
            units = contexts.get(group, [])
            if not units:
                continue
            steered = cube[units, place]
            put = int(asked[units, place].max())
            best = steered.max(axis=0, where=~np.isnan(steered), initial=-1.0)
            best = np.where(best < 0, np.nan, best)
            add("steerability, published", model, group, best, _over(even[place], best), put)
            chosen = chosen_elsewhere(steered)
            add("steerability", model, group, chosen, _over(even[place], chosen), put)
            add("gain", model, group, chosen - plain, 0.0, put)
        if default is not None and topics is not None:
            labels = [topics.get(name) for name in ready.catalogue.names]
            for attribute, members in _families(ready.groups, attributes).items():
                outcome = _consistency(cube[default, members], labels, replicates, rng)
                if outcome is None:
                    continue
                rows.append(
                    {
                        "estimand": "consistency",
                        "model": model,
                        "group": attribute,
                        "quantity": "consistency",
                        "estimate": outcome.share,
                        "baseline": outcome.chance,
                        "n_scored": outcome.n_topics,
                        "n_asked": len({label for label in labels if label is not None}),
                    }
                )
                drawn[len(parts)] = outcome.draws
                parts.append(mean_parts(np.full(cube.shape[2], np.nan)))
    if not rows:
        raise SpecificationError(
            "no model answered by default or for a group of the table of people",
            parameter="answers",
            got=f"personas {', '.join(sorted({c for _, c in found.units})[:8])}",
            expected=f"groups such as {', '.join(ready.groups[:8])}",
        )
    strangers = sorted({json.loads(c)[0] for c in found.unmatched()} - set(ready.groups))
    told = ready.reports["not_compared"]
    told += [f"answers given for {', '.join(strangers)}, whom no group is called by"] if strangers else []
    said = data_warnings(ready.reports) + [f"left out: {what}" for what in ready.reports["left_out"]]
    said.append("the people's shares are taken as known: the interval covers the choice of questions only")
    meta = make_meta(
        "OpinionQA measures on 1 - Wasserstein distance over its maximum; questions resampled",
        {
            "refusal_options": refusal_options,
            "not_compared": told,
            "replicates": replicates,
            "level": level,
            "topics": None if topics is None else len(set(topics.values())),
        },
        citations=CITATIONS,
        seed=seed,
        warnings=said,
        seconds=time.perf_counter() - began,
        reports=ready.reports,
    )
    keys = ("model", "group", "quantity")
    return resampled_result(
        "representation", rows, parts, keys, level, meta, replicates=replicates, rng=rng, drawn=drawn
    )


def _flat(answers: Population) -> tuple[Population, list[str]]:
    """Persona and context as one condition, written as JSON; contexts without a persona are left out, and said to be."""
    frame = answers.frame
    if "persona" not in frame.columns:
        frame = frame.assign(persona=None)
    context = frame["condition"] if "condition" in frame.columns else pd.Series(None, index=frame.index)
    keep = frame["persona"].notna() | context.isna()
    both = [
        None if pd.isna(p) else json.dumps([str(p), "" if pd.isna(c) else str(c)], ensure_ascii=False)
        for p, c in zip(frame["persona"], context, strict=True)
    ]
    flat = frame.drop(columns="persona").assign(condition=pd.Series(both, index=frame.index, dtype=object))
    alone = context[~keep].dropna()
    told = [f"answers under {named(alone, 'condition')} without a persona"] if len(alone) else []
    return ModelAnswers(flat[keep], answers.rounding), told


def _contexts(steered: Mapping[str, int]) -> dict[str, list[int]]:
    """Positions of the contexts of each persona."""
    contexts: dict[str, list[int]] = {}
    for name, unit in steered.items():
        contexts.setdefault(json.loads(name)[0], []).append(unit)
    return contexts


def chosen_elsewhere(values: Array) -> Array:
    """Value of each question in the context whose mean over all other questions is largest.

    Parameters
    ----------
    values
        Shape ``(contexts, questions)``, NaN where missing.

    Returns
    -------
    numpy.ndarray
        Shape ``(questions,)``; NaN where the chosen context has no answer, or nothing else to choose by.

    Examples
    --------
    >>> import numpy as np
    >>> chosen_elsewhere(np.array([[0.9, 0.1, 0.8], [0.5, 0.4, 0.6]])).tolist()
    [0.5, 0.1, 0.8]
    """
    there = ~np.isnan(values)
    filled = np.where(there, values, 0.0)
    rest = ratio(
        filled.sum(axis=1, keepdims=True) - filled, there.sum(axis=1, keepdims=True) - there.astype(int)
    )
    best = np.where(np.isnan(rest), -np.inf, rest)
    found = np.take_along_axis(values, best.argmax(axis=0)[None], axis=0)[0]
    return np.asarray(np.where(np.isinf(best).all(axis=0), np.nan, found))


@dataclass(frozen=True)
class Consistency:
    """Share of topics with the overall best group, its chance level, replicates and number of topics."""

    share: float
    chance: float
    draws: Array
    n_topics: int


def _consistency(
    values: Array, labels: list[str | None], replicates: int, rng: np.random.Generator
) -> Consistency | None:
    """Consistency of one model within one family of groups; `values` of shape ``(groups, questions)``."""
    # All groups must be judged by the same questions: the best group must not be the one with the easy ones.
    usable = ~np.isnan(values).any(axis=0) & np.array([label is not None for label in labels])
    if len(values) < 2 or not usable.any():
        return None
    values = values[:, usable]
    topics, topic = np.unique([str(label) for label in np.array(labels)[usable]], return_inverse=True)
    share = _agreeing(values, topic, np.ones((1, values.shape[1])))[0]
    weights = np.zeros((replicates, values.shape[1]))
    for place in range(len(topics)):
        member = np.flatnonzero(topic == place)
        weights[:, member] = cluster_weights(len(member), replicates, rng)
    chance = [
        _agreeing(rng.permuted(values, axis=0), topic, np.ones((1, values.shape[1])))[0]
        for _ in range(PERMUTATIONS)
    ]
    return Consistency(float(share), float(np.mean(chance)), _agreeing(values, topic, weights), len(topics))


def _agreeing(values: Array, topic: NDArray[np.intp], weights: Array) -> Array:
    """Share of topics whose best group is the best in the mean over topics, per row of weights."""
    indicator = np.equal.outer(topic, np.arange(topic.max() + 1)).astype(float)
    below = weights @ indicator
    means = np.stack([(weights * row) @ indicator for row in values]) / below
    best = means.mean(axis=2).argmax(axis=0)
    return np.asarray((means.argmax(axis=0) == best[:, None]).mean(axis=1))


def _families(groups: list[str], attributes: Mapping[str, str] | None) -> dict[str, list[int]]:
    families: dict[str, list[int]] = {}
    for place, group in enumerate(groups):
        name = "all groups" if attributes is None else attributes.get(group)
        if name is not None:
            families.setdefault(name, []).append(place)
    return families


def _over(even: Array, values: Array) -> float:
    """Mean of what uniform answers reach on the questions that are scored."""
    return float(mean_of_known(np.where(np.isnan(values), np.nan, even), axis=0))
