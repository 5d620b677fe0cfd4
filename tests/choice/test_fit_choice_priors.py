"""Priors of choice models, and the engines where effects are many."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from tests.choice.test_choice_strengths import baseball
from tests.choice.test_fit_choice import four_outcomes
from valuestats import (
    ChoicePriors,
    Sampling,
    fit_choice,
    pair_choices,
    ranking_choices,
)
from valuestats.base.errors import SpecificationError
from valuestats.choice.fit_design import choice_design
from valuestats.choice.fit_draws import choice_posterior
from valuestats.choice.fit_rows import choice_rows
from valuestats.choice.simulate import ChoiceTruth, simulate_pairs
from valuestats.choice.spec import ChoiceSpec


def test_priors_are_checked():
    with pytest.raises(SpecificationError, match="positive"):
        ChoicePriors(option=0.0)
    with pytest.raises(SpecificationError, match="no priors"):
        fit_choice("utility ~ option", baseball(), engine="ml", priors="wide")
    with pytest.raises(SpecificationError, match="clustered errors"):
        fit_choice("utility ~ option", baseball(), cluster="model")


def test_the_prior_alone_is_what_it_says():
    """With one choice between two of three options the third's utility keeps its prior."""
    choices = ranking_choices(pd.DataFrame({"choice": 1, "option": ["x", "y"], "chosen": [1, 0]}))
    spec = ChoiceSpec("utility ~ 0 + option")
    posterior = choice_posterior(choice_design(spec, choice_rows(choices, spec)), ChoicePriors(option=0.5))
    x, _, value = posterior.conditional_mode(np.zeros(2), np.zeros(0), tolerance=1e-20)
    gap = x[0] - x[1]
    # The mode solves gap = 2 * 0.25 * (1 - expit(gap)).
    assert gap == pytest.approx(0.5 * expit(-gap), abs=1e-9)
    assert value == pytest.approx(np.log(expit(gap)) - gap**2 / 4 / 0.25 - 2 * np.log(0.5), abs=1e-9)


def test_more_effects_than_one_factor_holds_are_refused_by_name(monkeypatch):
    monkeypatch.setattr("valuestats.choice.fit_draws.MOST_IN_CLUSTERS", 10)
    choices = pair_choices(four_outcomes(np.random.default_rng(8), 100))
    with pytest.raises(SpecificationError, match="too many effects") as refused:
        fit_choice("utility ~ 0 + option + (1|judge:option)", choices, ties="davidson", engine="laplace")
    assert "18 levels" in str(refused.value)


def test_judges_of_their_own_utilities_are_fitted_one_after_the_other_as_by_the_sampler(monkeypatch):
    """Both of the same posterior: by clusters with their weights, and by orbits in a dense factor's coordinates."""
    rng = np.random.default_rng(11)
    truth = ChoiceTruth(
        rng.normal(size=4), 0.8 * rng.normal(size=(14, 4)), np.full(14, 0.3), {"tie": rng.normal(-1, 0.5, 14)}
    )
    choices = pair_choices(simulate_pairs(truth, 420, rng), reads="places")
    formula = "utility ~ 0 + option + position + (1|judge:option)"
    options = {"ties": "davidson", "thresholds": "judge", "seed": 3}
    sampled = fit_choice(
        formula, choices, engine="hmc", sampling=Sampling(draws=1500, target_accept=0.95), **options
    )
    monkeypatch.setattr("valuestats.latent.posterior.DENSE", 50)
    weighted = fit_choice(formula, choices, engine="laplace", **options)
    assert weighted.passed, weighted.result.meta["gate"]
    assert sampled.passed, sampled.result.meta["gate"]
    one, two = weighted.estimates, sampled.estimates
    gap = np.abs(one["estimate"] - two["estimate"]) / two["std_error"]
    # four Monte Carlo errors of 500 and as many effective draws
    assert gap.max() < 4 * np.sqrt(2 / 500)
    assert np.abs(np.log(one["std_error"] / two["std_error"])).max() < 0.2
