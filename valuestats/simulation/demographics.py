"""A simulated survey of single people in demographic groups, and models that answer for those groups by known rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

from valuestats.statistics.distances import Array, jensen_shannon_distance

OPTIONS = ("Agree strongly", "Agree", "Disagree", "Disagree strongly")
LEVELS: dict[str, tuple[str, ...]] = {
    "age": ("18 to 34", "35 to 54", "55 and over"),
    "gender": ("women", "men"),
    "region": ("North", "South"),
}
"""The factors of the population and their levels; all combinations are its cells."""

GROUPED_BY = ("age", "gender")
"""The factors that make the groups which the models answer for."""

RULES: dict[str, dict[str, float]] = {
    "model-faithful": {"contrast": 1.0, "sharpness": 1.0},
    "model-flat": {"contrast": 0.3, "sharpness": 1.0},
    "model-caricature": {"contrast": 1.8, "sharpness": 1.0},
    "model-certain": {"contrast": 1.0, "sharpness": 2.0},
}
"""How models answer for a group: its differences from everybody times ``contrast``, certainty times ``sharpness``."""

RESPONDENTS, QUESTIONS, TRUTH_QUESTIONS = 900, 24, 4000
_EFFECT_SD = {"age": 0.5, "gender": 0.35, "region": 0.25}
_MEAN_SD, _CELL_SD, _ERROR_SD = 0.8, 0.12, 0.25
_CUTS = np.array([-1.4, 0.0, 1.4])
_PEOPLE = (2600, 2400, 2500, 2400, 1900, 2100, 1800, 2000, 2700, 1500, 2200, 900)
"""People of the population (thousands) in each cell, in the order of `cells`."""
_ANSWERING = (1.6, 1.4, 1.3, 1.1, 1.0, 1.0, 0.9, 0.9, 0.7, 0.6, 0.6, 0.5)
"""How readily people of each cell answer surveys: why weights are needed."""
_SILENT = 0.03


@dataclass(frozen=True)
class SimulatedSurvey:
    """A survey of people, models' answers for its groups, and the truth.

    Attributes
    ----------
    people
        One row per respondent: ``respondent``, the factors, ``weight``, and a column of codes 1 to 4 per question, empty
        where there is no answer.
    frame
        The population: the factors and ``count``.
    answers
        ``group`` (model), ``persona`` (group, null: default), ``question``, ``option``, ``position``, ``share``.
    truth
        What made them.
    """

    people: pd.DataFrame
    frame: pd.DataFrame
    answers: pd.DataFrame
    truth: dict[str, Any]


def cells() -> pd.DataFrame:
    """The population's cells and how many thousand people stand in each.

    Examples
    --------
    >>> len(cells()), int(cells()["count"].sum())
    (12, 25000)
    """
    frame = pd.DataFrame(list(product(*LEVELS.values())), columns=list(LEVELS))
    return frame.assign(count=np.array(_PEOPLE))


def simulate_survey(
    *, seed: int, respondents: int = RESPONDENTS, questions: int = QUESTIONS, rules: Mapping[str, Any] = RULES
) -> SimulatedSurvey:
    r"""Simulate people in cells of age, gender and region, and models that answer for age by gender.

    The latent opinion of cell c on question q is :math:`\mu_{cq} = m_q + \sum_f e_{f(c)q} + u_{cq}`; an answer is
    in option k with the probability that :math:`\mu_{cq}` plus a logistic error stands between the cuts. A group's opinion
    is the mean over its people; a model with contrast c and sharpness s gives for group g the options' probabilities at
    :math:`s\,(\bar\mu_q + c\,(\mu_{gq} - \bar\mu_q) + \varepsilon)`, cuts and all times s; by default those at
    :math:`s\,(\bar\mu_q + \varepsilon)`.

    Parameters
    ----------
    seed
        Of all random numbers.
    respondents, questions
        How many people are asked how many questions.
    rules
        As `RULES`.

    Returns
    -------
    SimulatedSurvey

    Examples
    --------
    >>> survey = simulate_survey(seed=1, respondents=100, questions=3)
    >>> len(survey.people), survey.people.columns.tolist()[:5], len(survey.answers)
    (100, ['respondent', 'age', 'gender', 'region', 'weight'], 336)
    """
    rng = np.random.default_rng([seed, 2])
    population = cells()
    opinion = _opinions(questions, population, rng)
    shares = _shares(opinion)
    people = _people(population, shares, respondents, rng)
    groups, member = _groups(population)
    answers = _answers(opinion, population, member, rules, rng)
    names = [f"G{q + 1:02d}" for q in range(questions)]
    people = people.rename(columns=dict(enumerate(names)))
    rows = []
    for (model, persona), given in answers.items():
        rows.append(
            pd.DataFrame(
                {
                    "group": model,
                    "persona": groups[persona] if persona is not None else None,
                    "question": np.repeat(names, len(OPTIONS)),
                    "option": np.tile(np.array(OPTIONS, dtype=object), questions),
                    "position": np.tile(np.arange(len(OPTIONS)), questions),
                    "share": np.round(given, 4).ravel(),
                }
            )
        )
    weights = member * population["count"].to_numpy()
    exact = np.einsum("gc,cqk->gqk", weights / weights.sum(axis=1, keepdims=True), shares)
    truth = {
        "statement": "simulated data; every number below generated them and none was estimated from them",
        "options": list(OPTIONS),
        "rules": {name: dict(rule) for name, rule in rules.items()},
        "groups": groups,
        "shares": {
            group: {name: exact[g, q].tolist() for q, name in enumerate(names)}
            for g, group in enumerate(groups)
        },
        **_expected(population, member, groups, rules, rng),
    }
    return SimulatedSurvey(people, population, pd.concat(rows, ignore_index=True), truth)


def _groups(population: pd.DataFrame) -> tuple[list[str], Array]:
    names = population[list(GROUPED_BY)].agg(" × ".join, axis=1)
    groups = list(dict.fromkeys(names))
    return groups, np.array([(names == g).to_numpy(dtype=float) for g in groups])


def _opinions(questions: int, population: pd.DataFrame, rng: np.random.Generator) -> Array:
    """Latent opinions, shape ``(cells, questions)``."""
    found = np.zeros((len(population), questions)) + rng.normal(0, _MEAN_SD, questions)
    for factor, levels in LEVELS.items():
        effect = rng.normal(0, _EFFECT_SD[factor], (len(levels), questions))
        found += effect[population[factor].map(levels.index).to_numpy()]
    return found + rng.normal(0, _CELL_SD, found.shape)


def _shares(opinion: Array, sharpness: float = 1.0) -> Array:
    """Probabilities of the options; a new last axis."""
    below = expit(sharpness * (_CUTS - opinion[..., None]))
    return np.diff(below, axis=-1, prepend=0.0, append=1.0)


def _people(
    population: pd.DataFrame, shares: Array, respondents: int, rng: np.random.Generator
) -> pd.DataFrame:
    drawn = population["count"].to_numpy() * np.array(_ANSWERING)
    cell = np.sort(rng.choice(len(population), size=respondents, p=drawn / drawn.sum()))
    inverse = 1 / np.array(_ANSWERING)[cell]
    u = rng.random((respondents, shares.shape[1], 1))
    codes = 1 + (u > shares[cell].cumsum(axis=-1)[..., :-1]).sum(axis=-1)
    table = pd.DataFrame(codes).astype("Int64").mask(rng.random(codes.shape) < _SILENT)
    head = population[list(LEVELS)].iloc[cell].reset_index(drop=True)
    head.insert(0, "respondent", [f"P{i + 1:04d}" for i in range(respondents)])
    head["weight"] = np.round(inverse / inverse.mean(), 4)
    return pd.concat([head, table], axis=1)


def _answers(
    opinion: Array,
    population: pd.DataFrame,
    member: Array,
    rules: Mapping[str, Any],
    rng: np.random.Generator,
) -> dict[tuple[str, int | None], Array]:
    """The options' probabilities by model and group (None: default answers), shape ``(questions, options)``."""
    count = population["count"].to_numpy(dtype=float)
    everybody = count @ opinion / count.sum()
    weights = member * count
    own = weights / weights.sum(axis=1, keepdims=True) @ opinion
    found: dict[tuple[str, int | None], Array] = {}
    for model, rule in rules.items():
        for g in (None, *range(len(member))):
            apart = 0.0 if g is None else rule["contrast"] * (own[g] - everybody)
            place = everybody + apart + rng.normal(0, _ERROR_SD, len(everybody))
            found[model, g] = _shares(place, rule["sharpness"])
    return found


def _expected(
    population: pd.DataFrame,
    member: Array,
    groups: list[str],
    rules: Mapping[str, Any],
    rng: np.random.Generator,
) -> dict[str, Any]:
    """Expectations over the population of questions, by drawing a great many of them."""
    opinion = _opinions(TRUTH_QUESTIONS, population, rng)
    weights = member * population["count"].to_numpy()
    shares = np.einsum("gc,cqk->gqk", weights / weights.sum(axis=1, keepdims=True), _shares(opinion))
    answers = _answers(opinion, population, member, rules, rng)
    similarity, variety = [], []
    for model in rules:
        given = np.stack([answers[model, g] for g in range(len(groups))])
        similar = 1 - jensen_shannon_distance(given, shares)
        similarity += [
            {
                "model": model,
                "group": group,
                "similarity": float(similar[g].mean()),
                "monte_carlo_error": float(similar[g].std() / np.sqrt(TRUTH_QUESTIONS)),
            }
            for g, group in enumerate(groups)
        ]
        (within, between), (people_within, people_between) = _variety(given), _variety(shares)
        variety.append(
            {
                "model": model,
                "within groups": within / people_within,
                "between groups": between / people_between,
            }
        )
    return {
        "similarity_definition": "expectation over the population of questions of 1 - base-2 Jensen-Shannon distance to the "
        f"group's true shares; by {TRUTH_QUESTIONS} simulated questions",
        "similarity": similarity,
        "variety_definition": "variance of the model's answers (options at places 0 to 1) over the people's, summed over "
        "the same questions",
        "variety": variety,
    }


def _variety(shares: Array) -> tuple[float, float]:
    places = np.linspace(0, 1, shares.shape[-1])
    mean = shares @ places
    return float((shares @ places**2 - mean**2).mean()), float(mean.var(axis=0, ddof=1).mean())
