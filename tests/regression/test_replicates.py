"""Replicated answers of the predictive checks: their distribution is the model's."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from scipy.stats import binom, chi2

from valuestats.latent.sampling import Sampling
from valuestats.regression import replicated_groups
from valuestats.regression.effects_design import build_effects
from valuestats.regression.effects_draws import EffectDraws, row_log_probabilities
from valuestats.regression.effects_formula import OrdinalSpec
from valuestats.regression.fit import fit_ordinal
from valuestats.regression.profile_predictive import _Answers
from valuestats.regression.replicated_groups import added_replicates, cumulative_probabilities

BELOW = expit(np.array([[-1.0, 0.2, 1.5], [-2.5, -0.5, 0.1]]))
SHARES = np.diff(np.concatenate([np.zeros((2, 1)), BELOW, np.ones((2, 1))], axis=1), axis=1)


def fits(counts, draws_of_one):
    """Chi-squared test of summed counts against the shares, at 1 in 10,000."""
    expected = draws_of_one * SHARES
    return ((counts - expected) ** 2 / expected).sum() < chi2.ppf(0.9999, SHARES.size - 2)


@pytest.mark.parametrize("many", [3, 40])
def test_replicated_cells_have_the_models_shares(many):
    totals, rng = np.array([many, many]), np.random.default_rng(many)
    distance = np.log(BELOW / (1 - BELOW))
    made = [_Answers(totals, 4, "logit").replicate(distance, rng) for _ in range(3000)]
    assert all((one.sum(axis=1) == many).all() for one in made)
    assert fits(np.sum(made, axis=0), 3000 * many)
    first = np.array([one[0, 0] for one in made])
    assert first.var() == pytest.approx(binom(many, SHARES[0, 0]).var(), rel=0.15)


def two_cells(draws):
    """2 and 3.4 answers of two groups whose thresholds are those of `BELOW` in each draw."""
    data = pd.DataFrame(
        {"answer": [1, 2, 3, 4] * 2, "g": ["a"] * 4 + ["b"] * 4, "count": [0.5] * 4 + [0.85] * 4}
    )
    design = build_effects(data, OrdinalSpec("answer ~ 1", thresholds="g"))
    cut = np.repeat(np.log(BELOW / (1 - BELOW))[None], draws, axis=0)
    return design, EffectDraws(1, cut, np.zeros((draws, 0)))


@pytest.mark.parametrize("far", [False, True])
def test_added_replicates_share_one_replicate_and_add_up_expectations(far, monkeypatch):
    if far:  # locations so far that odds are not multiplied
        monkeypatch.setattr(replicated_groups, "_MOST_EXPONENT", 1.0)
    design, draws = two_cells(4000)
    both = (np.array([0, 1]), 2), (np.zeros(2, dtype=np.int64), 1)
    apart, whole = added_replicates(design, draws, both, np.random.default_rng(0))
    np.testing.assert_allclose(apart[0][0], SHARES * np.array([[2.0], [3.4]]), rtol=1e-12)
    np.testing.assert_allclose(whole[0], apart[0].sum(axis=1, keepdims=True), rtol=1e-12)
    np.testing.assert_array_equal(whole[1], apart[1].sum(axis=1, keepdims=True))
    assert (apart[1].sum(axis=2) == [2, 3]).all()
    assert fits(apart[1].sum(axis=0) / np.array([[2], [3]]) * 2, 8000)


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_replicates_of_a_fit_with_groups_have_its_expectations(link):
    rng = np.random.default_rng(3)
    data = pd.DataFrame(
        {"answer": rng.integers(1, 5, 240), "g": rng.choice(list("abc"), 240), "x": rng.normal(size=240)}
    )
    fit = fit_ordinal("answer ~ x + (1|g)", data, link=link, sampling=Sampling(draws=50), seed=1)
    few = fit.draws.thinned(30)
    level, names = pd.factorize(fit.design.cells["g"], sort=True)
    expected, replicated = added_replicates(
        fit.design, few, ((level, len(names)),), np.random.default_rng(4)
    )[0]
    p = np.exp(row_log_probabilities(fit.design, few)) * fit.design.counts.sum(axis=1)[:, None]
    wanted = np.stack([p[:, level == k].sum(axis=1) for k in range(3)], axis=1)
    np.testing.assert_allclose(expected, wanted, rtol=1e-10)
    # 30 draws of some 20 answers a level and category: within five standard errors
    assert (np.abs((replicated - expected).mean(axis=0)) < 5 * np.sqrt(wanted.mean(axis=0) / 30)).all()


@pytest.mark.parametrize(
    ("family", "link"), [("cumulative", "logit"), ("cumulative", "cloglog"), ("adjacent", "logit")]
)
def test_cumulative_probabilities_are_those_of_the_categories(family, link):
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"answer": rng.integers(1, 5, 120), "g": rng.choice(["a", "b"], 120)})
    fit = fit_ordinal("answer ~ g", data, family=family, link=link, sampling=Sampling(draws=50), seed=1)
    few = fit.draws.thinned(20)
    wanted = np.cumsum(np.exp(row_log_probabilities(fit.design, few)), axis=-1)[..., :-1]
    np.testing.assert_allclose(cumulative_probabilities(fit.design, few), wanted, rtol=1e-10)


def test_nuts_samples_what_the_latent_engine_expresses_without_pymc():
    rng = np.random.default_rng(2)
    data = pd.DataFrame({"answer": rng.integers(1, 4, 400), "g": rng.choice(["a", "b"], 400)})
    nuts = fit_ordinal(
        "answer ~ g", data, engine="nuts", sampling=Sampling(draws=400, tune=200), seed=1
    ).result
    laplace = fit_ordinal("answer ~ g", data, engine="laplace", sampling=Sampling(draws=1000), seed=1).result
    assert nuts.meta["engine"] == "nuts"
    away = (nuts.estimates["estimate"] - laplace.estimates["estimate"]).abs() / laplace.estimates["std_error"]
    assert away.max() < 0.15  # Monte Carlo errors of some 1,000 and 4,000 draws, times four
