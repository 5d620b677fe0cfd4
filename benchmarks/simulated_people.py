"""A simulated survey of people in countries, and models that answer the same items, plain and as personas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

CUTS = np.array([-1.6, -0.5, 0.5, 1.6])


@dataclass(frozen=True)
class PeopleAndModels:
    """People's answers with weights, a model's answers, the personas, the population, and the true expected answers.

    ``truth`` holds ``source`` and ``expected``, averaged over the population and items of the study.
    """

    people: pd.DataFrame
    models: pd.DataFrame
    personas: pd.DataFrame
    population: pd.DataFrame
    truth: pd.DataFrame


def simulate_people_and_models(
    *, countries: int = 6, people: int = 25, items: int = 10, epochs: int = 3, gap: float = 0.5, seed: int = 0
) -> PeopleAndModels:
    """Simulate it; ages are surveyed unlike their shares in the population, so that raw means of people are wrong.

    Parameters
    ----------
    countries, people, items, epochs
        Number of countries, people per country, items, and answers of the model per item and persona.
    gap
        How much higher (logits) the model stands than people do.
    seed
        Of the random numbers.

    Examples
    --------
    >>> simulate_people_and_models(countries=2, people=5, items=3).truth["source"].tolist()
    ['people', 'model', 'model as persona']
    """
    rng = np.random.default_rng(seed)
    ages, shares, surveyed = ("young", "old"), np.array([0.35, 0.65]), np.array([0.7, 0.3])
    names = [f"country {k + 1}" for k in range(countries)]
    country, item = rng.normal(0, 0.5, countries), rng.normal(0, 0.7, items)
    own = rng.normal(0, 0.3, (2, items))  # what people and model add to an item
    age = np.array([-0.5, 0.5])
    person = 0.6
    size = rng.uniform(0.5, 2.0, countries)
    joint = size[:, None] / size.sum() * shares
    c, _ = np.indices((countries, people))
    a = (rng.random(c.shape) < surveyed[1]).astype(int)
    base = country[c] + age[a] + rng.normal(0, person, c.shape)
    codes = _answers(base[..., None] + item + own[0], rng)
    weight = (joint / (surveyed / countries))[c, a]
    frame = pd.DataFrame(
        {
            "respondent": np.repeat(np.arange(c.size), items),
            "item": np.tile([f"q{k}" for k in range(items)], c.size),
            "answer": codes.ravel(),
            "country": np.repeat(np.array(names)[c.ravel()], items),
            "age": np.repeat(np.array(ages)[a.ravel()], items),
            "weight": np.repeat(weight.ravel(), items),
        }
    )
    plain = gap + item + own[1]
    told = (
        plain + 0.5 * (country[:, None] + age)[..., None]
    )  # a persona moves the model half as far as people differ
    rows = [(None, plain), *[((i, j), told[i, j]) for i in range(countries) for j in (0, 1)]]
    parts = []
    for who, eta in rows:
        parts.append(
            pd.DataFrame(
                {
                    "model": "model",
                    "persona": None if who is None else f"{ages[who[1]]}, {names[who[0]]}",
                    "item": np.repeat([f"q{k}" for k in range(items)], epochs),
                    "answer": _answers(np.repeat(eta, epochs), rng),
                    "status": "valid",
                }
            )
        )
    cells = [(i, j) for i in range(countries) for j in (0, 1)]
    personas = pd.DataFrame(
        {
            "persona": [f"{ages[j]}, {names[i]}" for i, j in cells],
            "country": [names[i] for i, _ in cells],
            "age": [ages[j] for _, j in cells],
        }
    )
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    at = (country[:, None] + age)[..., None] + item + own[0]
    human = (_expected(at[..., None] + person * nodes) @ weights / weights.sum()).mean(axis=-1)
    truth = [(joint * human).sum(), _expected(plain).mean(), (joint * _expected(told).mean(axis=-1)).sum()]
    return PeopleAndModels(
        frame,
        pd.concat(parts, ignore_index=True),
        personas,
        personas.drop(columns="persona").assign(count=[1e6 * joint[i, j] for i, j in cells]),
        pd.DataFrame({"source": ["people", "model", "model as persona"], "expected": truth}),
    )


def _answers(eta: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return 1 + np.searchsorted(CUTS, eta + rng.logistic(size=eta.shape))


def _expected(eta: np.ndarray) -> np.ndarray:
    return 1 + expit(eta[..., None] - CUTS).sum(axis=-1)
