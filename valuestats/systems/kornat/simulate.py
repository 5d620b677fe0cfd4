"""A simulated national survey on five-point questions, and models that answer it by rules which are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.ingest.surveys.globalopinionqa import ModelAnswers
from valuestats.tables import Population

OPTIONS = ("Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree")
RULES = ("the mode", "a person", "always neutral", "uniform", "half mode, half person")
"""How the simulated models answer: the people's most frequent option; one drawn person's; the middle; any option."""
GROUP = "Korea (simulated)"


def simulate_national_survey(
    *, questions: int = 400, responses: int = 219, answers: int = 30, seed: int = 0
) -> tuple[Population, ModelAnswers, pd.DataFrame]:
    r"""People's shares of answers, models' shares, and the true social value alignment of each model.

    True shares of a question come from a normal latent opinion with mean :math:`N(0, 0.8^2)` and deviation uniform in
    [.6, 1.4], cut at -1.2, -.4, .4, 1.2. People's shares are those of `responses` draws; a model's are those of `answers`
    draws by its rule. True SVA of a rule with answer probabilities a is the mean of :math:`\sum_k a_k p_k` over questions.

    Parameters
    ----------
    questions, responses, answers
        How many questions, people's answers to each, and a model's answers to each.
    seed
        Of the random numbers.

    Returns
    -------
    tuple
        `Population` of the people (with ``n``), `ModelAnswers`, and a frame ``model``, ``truth``.

    Examples
    --------
    >>> people, models, truth = simulate_national_survey(questions=5, seed=1)
    >>> people.groups, len(truth)
    (['Korea (simulated)'], 5)
    """
    rng = np.random.default_rng(seed)
    mean, spread = rng.normal(0, 0.8, questions), rng.uniform(0.6, 1.4, questions)
    cuts = np.array([-np.inf, -1.2, -0.4, 0.4, 1.2, np.inf])
    below = stats.norm.cdf((cuts[None, :] - mean[:, None]) / spread[:, None])
    shares = np.diff(below, axis=1)
    seen = rng.multinomial(responses, shares) / responses
    people = _long(seen, GROUP).assign(n=float(responses))
    mode = np.eye(5)[shares.argmax(axis=1)]
    rules = {
        "the mode": mode,
        "a person": shares,
        "always neutral": np.eye(5)[np.full(questions, 2)],
        "uniform": np.full(shares.shape, 0.2),
        "half mode, half person": (mode + shares) / 2,
    }
    given = [_long(rng.multinomial(answers, rules[name]) / answers, f"model: {name}") for name in RULES]
    truth = pd.DataFrame(
        {
            "model": [f"model: {name}" for name in RULES],
            "truth": [float((rules[name] * shares).sum(axis=1).mean()) for name in RULES],
        }
    )
    return Population(people), ModelAnswers(pd.concat(given, ignore_index=True)), truth


def simulated_people(
    *, questions: int = 400, responses: int = 219, answers: int = 30, seed: int = 0
) -> Population:
    """The people of `simulate_national_survey`.

    Examples
    --------
    >>> simulated_people(questions=5, seed=1).groups
    ['Korea (simulated)']
    """
    return simulate_national_survey(questions=questions, responses=responses, answers=answers, seed=seed)[0]


def simulated_model_answers(
    *, questions: int = 400, responses: int = 219, answers: int = 30, seed: int = 0
) -> ModelAnswers:
    """The models of `simulate_national_survey`.

    Examples
    --------
    >>> len(simulated_model_answers(questions=5, seed=1).groups)
    5
    """
    return simulate_national_survey(questions=questions, responses=responses, answers=answers, seed=seed)[1]


def simulated_alignment_truth(
    *, questions: int = 400, responses: int = 219, answers: int = 30, seed: int = 0
) -> pd.DataFrame:
    """The true social value alignment of each model of `simulate_national_survey`.

    Examples
    --------
    >>> simulated_alignment_truth(questions=5, seed=1).columns.tolist()
    ['model', 'truth']
    """
    return simulate_national_survey(questions=questions, responses=responses, answers=answers, seed=seed)[2]


def _long(shares: np.ndarray[Any, Any], group: str) -> pd.DataFrame:
    size = len(OPTIONS)
    return pd.DataFrame(
        {
            "group": group,
            "question": np.repeat([f"q{k + 1:04d}" for k in range(len(shares))], size),
            "option": np.tile(np.array(OPTIONS, dtype=object), len(shares)),
            "position": np.tile(np.arange(size), len(shares)),
            "share": shares.ravel(),
            "ordered": True,
        }
    )
