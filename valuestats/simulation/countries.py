"""Countries that answer survey questions, and models that answer for them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.simulation.design import Design
from valuestats.statistics.distances import Array, jensen_shannon_distance

SIZES = (2, 3, 4, 5)
"""Numbers of substantive options, equally frequent."""

DONT_KNOW = 1 / 3
"""Share of the questions that also offer "Don't know", as their last option."""

COUNTRY_NOISE = 0.45
"""SD (logits) of what is peculiar to one country on one option."""

TRUTH_QUESTIONS = 20_000
"""Questions drawn to work out the true similarities."""

_WIDEST = max(SIZES) + 1
_BASE_SD, _LOADING_SD, _DONT_KNOW_LOGIT = 0.8, 0.7, -2.0

ORDERED = {
    2: ("Yes", "No"),
    3: ("A lot", "A little", "Nothing at all"),
    4: ("Agree strongly", "Agree", "Disagree", "Disagree strongly"),
    5: ("Agree strongly", "Agree", "Neither agree nor disagree", "Disagree", "Disagree strongly"),
}


@dataclass(frozen=True)
class World:
    """Where countries and models stand.

    Attributes
    ----------
    country
        Places of countries in a plane of cultures, shape ``(countries, 2)``.
    model
        Places the models are drawn to, shape ``(models, 2)``.
    pull
        How far a model's idea of a country is drawn from the country to the model's own place, 0 to 1.
    sharpness
        Factor on a model's logits: above 1 its distributions are more concentrated than people's.
    noise
        SD (logits) of a model's errors on one option.
    """

    country: Array
    model: Array
    pull: Array
    sharpness: Array
    noise: Array


@dataclass(frozen=True)
class Questions:
    """Questions with everybody's answer distributions.

    Attributes
    ----------
    size
        Number of substantive options, shape ``(questions,)``.
    dont_know, ordered
        Whether "Don't know" is offered, and whether the others form a scale; shape ``(questions,)``.
    people
        Shares, shape ``(countries, questions, 6)``; exactly zero beyond a question's options.
    answers
        Shares models give for countries, shape ``(models, countries, questions, 6)``.
    """

    size: NDArray[np.intp]
    dont_know: NDArray[np.bool_]
    ordered: NDArray[np.bool_]
    people: Array
    answers: Array


def draw_world(design: Design, rng: np.random.Generator) -> World:
    """Draw countries' places (around a circle) and the models' faults."""
    angle = 2 * np.pi * (np.arange(design.n_countries) + rng.uniform(-0.3, 0.3, design.n_countries))
    angle /= design.n_countries
    radius = rng.uniform(0.7, 1.3, design.n_countries)
    return World(
        country=np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1),
        model=rng.normal(0.0, 0.7, (design.n_models, 2)),
        pull=np.round(np.linspace(0.15, 0.85, design.n_models), 4),
        sharpness=np.round(rng.uniform(0.8, 1.6, design.n_models), 4),
        noise=np.round(rng.uniform(0.4, 0.9, design.n_models), 4),
    )


def draw_questions(world: World, n_questions: int, rng: np.random.Generator) -> Questions:
    """Draw questions from the population of questions.

    An option's logit in a country is its base, plus its loadings times the country's place, plus the
    country's own noise. On an ordered scale the loadings rise evenly over the options. A model answering
    for a country uses a place between the country's and its own, its own noise, and sharpens the logits.
    """
    size = rng.choice(np.array(SIZES), n_questions)
    dont_know = rng.random(n_questions) < DONT_KNOW
    ordered = (rng.random(n_questions) < 0.5) | (size == 2)
    place = np.arange(_WIDEST)
    substantive = place < size[:, None]
    last = (place == size[:, None]) & dont_know[:, None]

    base = rng.normal(0.0, _BASE_SD, (n_questions, _WIDEST))
    free = rng.normal(0.0, _LOADING_SD, (n_questions, _WIDEST, 2))
    slope = (place / (size[:, None] - 1) - 0.5)[:, :, None]
    even = 3 * slope * rng.normal(0.0, _LOADING_SD, (n_questions, 1, 2))
    loading = np.where(ordered[:, None, None], even, free)
    loading = np.where(last[:, :, None], 0.0, loading)
    base = np.where(last, _DONT_KNOW_LOGIT, base)
    offered = substantive | last

    n_countries, n_models = len(world.country), len(world.model)
    own = rng.normal(0.0, COUNTRY_NOISE, (n_countries, n_questions, _WIDEST))
    people = _softmax(base + np.einsum("qkd,cd->cqk", loading, world.country) + own, offered)
    pull = world.pull[:, None, None]
    seen = (1 - pull) * world.country + pull * world.model[:, None, :]
    error = world.noise[:, None, None, None] * rng.normal(size=(n_models, n_countries, n_questions, _WIDEST))
    logits = base + np.einsum("qkd,mcd->mcqk", loading, seen) + error
    answers = _softmax(world.sharpness[:, None, None, None] * logits, offered)
    return Questions(size, dont_know, ordered, people, answers)


def _softmax(logits: Array, offered: NDArray[np.bool_]) -> Array:
    shifted = np.where(offered, logits, -np.inf)
    weights = np.exp(shifted - shifted.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def sample_people(people: Array, n_people: int, rng: np.random.Generator) -> Array:
    """Shares among `n_people` people asked in each country."""
    return rng.multinomial(n_people, people) / n_people


def true_similarity(
    world: World, n_people: int, rng: np.random.Generator, n_questions: int = TRUTH_QUESTIONS
) -> tuple[Array, Array, Array]:
    """Expected similarity over the population of questions, by drawing a great many of them.

    Similarity is one minus the base-2 Jensen–Shannon distance. (Options beyond a question's own have
    exactly zero on both sides here, and add nothing to it.)

    Returns
    -------
    tuple of numpy.ndarray
        With the countries' exact shares; with shares among `n_people` people asked, the estimand of a study
        that takes observed shares as known; the Monte Carlo standard error of the latter; each
        ``(models, countries)``.
    """
    exact, observed, square = np.zeros((3, len(world.model), len(world.country)))
    step = 1000
    parts = -(-n_questions // step)
    for _ in range(parts):
        drawn = draw_questions(world, step, rng)
        exact += (1 - jensen_shannon_distance(drawn.answers, drawn.people[None])).sum(axis=2)
        sampled = sample_people(drawn.people, n_people, rng)
        similarity = 1 - jensen_shannon_distance(drawn.answers, sampled[None])
        observed += similarity.sum(axis=2)
        square += np.square(similarity).sum(axis=2)
    total = parts * step
    mean = observed / total
    return exact / total, mean, np.sqrt((square / total - mean**2) / total)


def population_frame(design: Design, questions: Questions, shares: Array) -> pd.DataFrame:
    """``group, question, option, position, share, n`` with one row per country, question and option."""
    frame = _long(questions, {"group": design.countries}, shares.reshape(-1, *shares.shape[-2:]))
    frame["n"] = design.n_people
    return frame


def answers_frame(design: Design, questions: Questions) -> pd.DataFrame:
    """``group`` (model), ``persona`` (country), ``question, option, position, share``."""
    models = np.repeat(np.array(design.models, dtype=object), design.n_countries).tolist()
    units = {"group": models, "persona": design.countries * design.n_models}
    return _long(questions, units, np.round(questions.answers, 4).reshape(-1, *questions.answers.shape[-2:]))


def _long(questions: Questions, units: dict[str, list[str]], shares: Array) -> pd.DataFrame:
    names = [f"Q{i + 1:02d}" for i in range(len(questions.size))]
    options = [
        option_texts(int(size), bool(ordered), bool(dont_know))
        for size, ordered, dont_know in zip(
            questions.size, questions.ordered, questions.dont_know, strict=True
        )
    ]
    question = np.repeat(np.arange(len(names)), [len(o) for o in options])
    position = np.concatenate([np.arange(len(o)) for o in options])
    n_units = len(shares)
    frame = {name: np.repeat(np.array(labels, dtype=object), len(question)) for name, labels in units.items()}
    frame["question"] = np.tile(np.array([names[i] for i in question], dtype=object), n_units)
    frame["option"] = np.tile(np.array([t for o in options for t in o], dtype=object), n_units)
    frame["position"] = np.tile(position, n_units)
    frame["share"] = shares[:, question, position].ravel()
    return pd.DataFrame(frame)


def option_texts(size: int, ordered: bool, dont_know: bool) -> tuple[str, ...]:
    """The texts of a question's options.

    Examples
    --------
    >>> option_texts(2, True, True)
    ('Yes', 'No', "Don't know")
    """
    texts = ORDERED[size] if ordered else tuple(f"Option {letter}" for letter in "ABCDE"[:size])
    return (*texts, "Don't know") if dont_know else texts
