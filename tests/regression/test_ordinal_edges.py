"""Hard data through the public verbs `fit_ordinal` and `value_profile`: right, or refused with the reason."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from valuestats.base.errors import SpecificationError
from valuestats.latent.sampling import Sampling
from valuestats.regression.checks import prior_sensitivity, rootogram
from valuestats.regression.fit import fit_ordinal
from valuestats.regression.loo import leave_one_out
from valuestats.regression.predictions import expected_score, marginal_effects, predicted_probabilities
from valuestats.regression.profiles import value_profile
from valuestats.regression.simulate import simulate_answers

QUICK = {"sampling": Sampling(draws=300), "seed": 1}
WARN = {**QUICK, "unidentified": "warn"}
PROFILE = {"sampling": Sampling(draws=200, tune=150), "seed": 1, "progress": False}


@pytest.fixture(scope="module")
def data():
    return pd.DataFrame(
        {
            "model": np.repeat(["a", "b"], 4),
            "item": np.tile(["i", "j"], 4),
            "answer": [1, 2, 3, 4, 2, 3, 4, 1],
            "count": [5, 9, 8, 3, 4, 6, 9, 7],
        }
    )


@pytest.fixture(scope="module")
def study():
    return simulate_answers(n_models=2, n_items=8, n_values=2, n_prompts=5, seed=2)


def sound(result):
    """All estimates finite, in order, with room between them."""
    frame = result.estimates.dropna(subset=["estimate"])
    assert len(frame)
    assert (frame["lower"] < frame["estimate"]).all()
    assert (frame["estimate"] < frame["upper"]).all()
    assert np.isfinite(frame[["lower", "upper", "std_error"]]).all(axis=None)
    return result


def warned(result, text):
    return any(text in w for w in result.meta["warnings"])


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        ({"answer": 3}, {}, "at least two categories"),
        ({"answer": 3}, {"scale": (1, 4)}, "never used"),
        ({"answer": 2.5}, {}, "whole numbers"),
        ({"answer": "often"}, {}, "codes"),
        ({"answer": None}, {}, "no valid answer"),
        ({"count": 0}, {}, "no valid answer"),
        ({"count": -1}, {}, "numbers of answers"),
        ({"count": np.inf}, {}, "numbers of answers"),
        ({"count": np.nan}, {}, "numbers of answers"),
        ({"count": "many"}, {}, "numbers of answers"),
        ({"model": "a"}, {}, "one level"),
        ({}, {"scale": (4, 1)}, "downwards"),
        ({}, {"scale": (1, 3)}, "off the scale"),
        ({}, {"level": 1.0}, "impossible level"),
        ({}, {"engine": "magic"}, "no such engine"),
    ],
)
def test_what_fit_ordinal_refuses(data, change, options, said):
    with pytest.raises(SpecificationError, match=said):
        fit_ordinal("answer ~ model", data.assign(**change), **QUICK, **options)


@pytest.mark.parametrize(
    ("x", "said"),
    [
        ([1.0, 2.0, None, 3.0, 4.0, 5.0, 6.0, 7.0], "nulls"),
        ([1.0, 2.0, np.inf, 3.0, 4.0, 5.0, 6.0, 7.0], "finite"),
        ([3.0] * 8, "told apart"),
        ([10.0, 20.0, 30.0, 40.0, 20.0, 30.0, 40.0, 10.0], "x orders the answers without overlap"),
        ([4.0, 3.0, 2.0, 1.0, 3.0, 2.0, 1.0, 4.0], "x orders the answers without overlap"),
    ],
)
def test_covariates_that_fit_ordinal_refuses(data, x, said):
    with pytest.raises(SpecificationError, match=said):
        fit_ordinal("answer ~ model + x", data.assign(x=x), **QUICK)


@pytest.mark.parametrize("engine", ["laplace", "hmc"])
def test_all_equal_answers_are_told_by_the_prior(data, engine):
    """50 answers "3" of four: the share of "3" is that of a Dirichlet with 51 there and 1 elsewhere, roughly."""
    equal = data.assign(answer=3)
    fit = fit_ordinal("answer ~ 1", equal, scale=(1, 4), engine=engine, **WARN)
    assert warned(sound(fit.result), "never used (1, 2, 4)")
    share = predicted_probabilities(fit).estimates.set_index("code")["estimate"]
    total = equal["count"].sum()
    assert share[3] == pytest.approx((total + 1) / (total + 4), abs=0.02)
    assert 1 - share[3] < 0.08
    assert not rootogram(fit)["outside"].any()


@pytest.mark.parametrize(
    ("family", "link", "never"),
    [("cumulative", "logit", 1), ("cumulative", "probit", 3), ("cumulative", "cloglog", 4), ("sequential", "logit", 3),
     ("sequential", "cloglog", 4), ("adjacent", "logit", 1)],
)  # fmt: skip
def test_a_category_never_used(data, family, link, never):
    """At an end or inside: refused, or with a share below that of one answer, the others as observed."""
    rest = data[data["answer"] != never]
    with pytest.raises(SpecificationError, match="never used"):
        fit_ordinal("answer ~ 1", rest, scale=(1, 4), family=family, link=link, **QUICK)
    fit = fit_ordinal("answer ~ 1", rest, scale=(1, 4), family=family, link=link, **WARN)
    assert warned(sound(fit.result), f"never used ({never})")
    share = predicted_probabilities(fit).estimates.set_index("code")["estimate"]
    observed = rest.groupby("answer")["count"].sum() / rest["count"].sum()
    assert 0.0 < share[never] < 1.5 / rest["count"].sum()
    np.testing.assert_allclose(share[observed.index], observed, atol=0.04)


@pytest.mark.parametrize("engine", ["laplace", "hmc"])
def test_a_model_that_always_answers_at_the_top(data, engine):
    apart = data.assign(answer=data["answer"].where(data["model"] != "b", 4))
    with pytest.raises(SpecificationError, match="separated"):
        fit_ordinal("answer ~ model", apart, **QUICK)
    fit = fit_ordinal("answer ~ model", apart, engine=engine, **{**WARN, "sampling": Sampling(draws=600)})
    assert fit.passed
    assert warned(sound(fit.result), "model[b] has answers in the highest category only")
    scores = expected_score(fit, by="model").estimates.set_index("model")
    assert 3.5 < scores.loc["b", "estimate"] < 4.0
    assert scores.loc["a", "estimate"] == pytest.approx(
        np.average([1, 2, 3, 4], weights=[5, 9, 8, 3]), abs=0.25
    )
    # The likelihood has no maximum in the effect; the prior (standard deviation 1.5) holds it.
    assert 1.5 < fit.estimates.set_index("term").loc["model[b]", "estimate"] < 6.0
    assert (prior_sensitivity(fit)["diagnosis"] != "none").any()


@pytest.mark.parametrize("family", ["cumulative", "sequential", "adjacent"])
def test_two_categories_are_a_logistic_regression(family):
    """Every family with two categories is the binomial one: P(y = 2) = expit(eta - c)."""
    counts = np.array([[30, 70], [55, 45]])
    data = pd.DataFrame(
        {"model": np.repeat(["a", "b"], 2), "answer": [0, 1] * 2, "count": 10 * counts.ravel()}
    )
    fit = fit_ordinal("answer ~ model", data, family=family, **QUICK)
    assert fit.passed
    term = sound(fit.result).estimates.set_index("term")["estimate"]
    assert term["model[b]"] == pytest.approx(np.log(45 / 55) - np.log(70 / 30), abs=0.03)
    assert expit(-term["threshold[0|1]"]) == pytest.approx(0.7, abs=0.01)
    found = marginal_effects(fit, "model").estimates["estimate"].iloc[0]
    assert found == pytest.approx(0.45 - 0.7, abs=0.01)


@pytest.mark.parametrize(
    ("family", "link"), [("cumulative", "probit"), ("sequential", "logit"), ("adjacent", "logit")]
)
def test_eleven_categories_with_huge_counts_are_known_exactly(family, link):
    """1e7 answers per count of shares that the family makes itself: the shares and the effect come back."""
    from valuestats.latent.likelihoods.family_probabilities import log_probabilities, thresholds_of_shares

    cut = thresholds_of_shares(
        np.array([4, 7, 9, 12, 15, 13, 12, 11, 8, 6, 3]) / 100, family=family, link=link
    )
    p = np.exp([log_probabilities(cut - eta, family=family, link=link) for eta in (0.0, 0.3)])
    data = pd.DataFrame(
        {
            "model": np.repeat(["a", "b"], 11),
            "answer": list(range(11)) * 2,
            "count": np.round(1e8 * p.ravel()),
        }
    )
    fit = fit_ordinal("answer ~ model", data, family=family, link=link, **QUICK)
    row = sound(fit.result).estimates.set_index("term").loc["model[b]"]
    assert row["estimate"] == pytest.approx(0.3, abs=2e-3)
    assert row["std_error"] < 1e-3
    np.testing.assert_allclose(
        predicted_probabilities(fit, by="model").estimates["estimate"], p.ravel(), atol=5e-4
    )
    found = predicted_probabilities(fit, pd.DataFrame({"model": ["a"]})).estimates
    assert list(found["code"]) == list(range(11))


def test_one_answer_one_item_one_model(data):
    with pytest.raises(SpecificationError, match="never used"):
        fit_ordinal("answer ~ 1", pd.DataFrame({"answer": [2]}), scale=(1, 4), **QUICK)
    fit = fit_ordinal("answer ~ 1", pd.DataFrame({"answer": [2]}), scale=(1, 4), **WARN)
    share = predicted_probabilities(fit).estimates["estimate"]
    # Log shares are normal with the variance of a log exponential, pi^2 / 6: the posterior by draws of the prior.
    logs = np.random.default_rng(0).normal(scale=np.pi / 6**0.5, size=(400_000, 4))
    prior = np.exp(logs) / np.exp(logs).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(share, np.average(prior, axis=0, weights=prior[:, 1]), atol=0.025)
    assert leave_one_out(fit).elpd == pytest.approx(np.log(0.25), abs=0.15)
    with pytest.raises(SpecificationError, match="nothing varies"):
        fit_ordinal("answer ~ model + (1|item)", data[data["item"] == "i"], **QUICK)
    one = fit_ordinal("answer ~ 1 + (1|item)", data[data["model"] == "a"], **QUICK)
    assert sound(one.result).estimates["n_scored"].eq(25).all()


def test_rows_without_answers_are_asked_and_named(data):
    silent = pd.DataFrame({"model": ["c", "c"], "item": ["i", "j"], "answer": [None, None], "count": [4, 5]})
    fit = fit_ordinal("answer ~ model", pd.concat([data, silent, data.assign(count=0)]), **QUICK)
    alone = fit_ordinal("answer ~ model", data, **QUICK)
    pd.testing.assert_frame_equal(
        fit.estimates.drop(columns="n_asked"), alone.estimates.drop(columns="n_asked")
    )
    assert (fit.estimates["n_asked"] == 60).all()
    assert warned(fit.result, "no valid answer, so no estimate: model c")
    for rows, said in [({"model": ["c"]}, "not fitted"), ({"item": ["i"]}, "lack columns")]:
        with pytest.raises(Exception, match=said):
            expected_score(fit, pd.DataFrame(rows))


@pytest.mark.parametrize("unit", [1e9, 1e-9])
def test_the_unit_of_a_covariate_does_not_matter(data, unit):
    x = pd.Series([0.0, 1.0, 2.0, 3.0, 1.0, 4.0, 2.0, 0.0])
    one = fit_ordinal("answer ~ x", data.assign(x=x), **QUICK)
    other = fit_ordinal("answer ~ x", data.assign(x=x * unit), **QUICK)
    for column in ("estimate", "lower", "upper"):
        a, b = one.estimates.set_index("term")[column], other.estimates.set_index("term")[column]
        assert b["x"] * unit == pytest.approx(a["x"], rel=1e-6)
        np.testing.assert_allclose(b.drop("x"), a.drop("x"), rtol=1e-6)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"answer": 3}, "at least two categories"),
        ({"answer": "often"}, "codes"),
        ({"answer": 2.5}, "whole numbers"),
        ({"answer": None}, "no valid answer"),
        ({"model": None}, "without a model"),
        ({"count": 0}, "no valid answer"),
        ({"count": -1}, "numbers of answers"),
        ({"count": np.inf}, "numbers of answers"),
        ({"item": "item 001", "cluster": "q"}, "at least two values"),
    ],
)
def test_what_ordinal_refuses(study, change, said):
    with pytest.raises(SpecificationError, match=said):
        value_profile(study.responses.assign(**change), study.keys, **PROFILE)


@pytest.mark.parametrize("engine", ["laplace", "hmc"])
def test_hard_data_of_ordinal_carry_a_warning(study, engine):
    responses, options = study.responses, {**PROFILE, "scale": (1, 6), "engine": engine}
    top = responses.assign(answer=responses["answer"].where(responses["model"] != "model 01", 6))
    found = sound(value_profile(top, study.keys, **options))
    assert warned(found, "model 01 gave no other answer than 6")
    profile = found.estimates[found.estimates["model"] == "model 01"]
    # Nothing tells its values apart: all intervals hold 0, and the expected answer is near the top.
    assert ((profile["lower"] < 0) & (profile["upper"] > 0)).all()
    # Or it is refused: a sampler has trouble with thresholds that only their prior holds.
    assert (profile["expected_score"] > 5.2).all() or not found.passed
    if engine == "laplace":
        never = sound(value_profile(responses[responses["answer"] != 3], study.keys, **options))
        assert warned(never, "never used, so known from the prior only: the answer 3")
        equal = sound(value_profile(responses.assign(answer=3), study.keys, **options))
        assert warned(equal, "model 02 gave no other answer than 3")
        assert ((equal.estimates["lower"] < 0) & (equal.estimates["upper"] > 0)).all()
        assert (equal.estimates["expected_score"] - 3).abs().max() < 0.5


def test_codes_as_text_and_eleven_categories(study):
    options = {**PROFILE, "scale": (0, 10), "engine": "laplace"}
    plain = value_profile(study.responses, study.keys, **options)
    text = value_profile(
        study.responses.assign(answer=study.responses["answer"].astype(str)), study.keys, **options
    )
    pd.testing.assert_frame_equal(text.estimates, plain.estimates)
    assert sound(plain).estimates["expected_score"].between(0, 10).all()
    assert warned(plain, "the answer 0, 7, 8, 9, 10")
