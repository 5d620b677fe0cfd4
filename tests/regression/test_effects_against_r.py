"""`fit_ordinal` against `ordinal::clm`, `clmm`, stacked binomial regressions and direct optimisation (tests/r)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuestats.regression.effects_design import build_effects
from valuestats.regression.effects_draws import EffectPriors
from valuestats.regression.effects_formula import OrdinalSpec
from valuestats.regression.effects_latent import effects_posterior, latent_effect_draws
from valuestats.regression.effects_report import reported_terms
from valuestats.regression.fit import fit_ordinal
from valuestats.regression.predictions import expected_score, marginal_effects, predicted_probabilities

HERE = Path(__file__).parents[1] / "r"
FLAT = EffectPriors(concentration=1e-3, effect=1e4)
MODE = 1e-3  # about a hundredth of a standard error: the pull of priors that are not quite flat
DRAWS = 0.2  # posterior mean against maximum likelihood, in standard errors: skewness and Monte Carlo error
ORDER = {"model[b]": "modelb", "model[c]": "modelc", "x": "x"}


@pytest.fixture(scope="module")
def data():
    return pd.read_csv(HERE / "ordinal_families_data.csv")


@pytest.fixture(scope="module")
def reference():
    return pd.read_csv(HERE / "ordinal_families.csv", comment="#")


@pytest.fixture(scope="module")
def plain(data):
    return fit_ordinal("answer ~ model + x", data, priors=EffectPriors(effect=20, concentration=0.5), seed=2)


def _named(reference, fit):
    return reference[reference["fit"] == fit].set_index("name")


@pytest.mark.parametrize(
    "label",
    ["clm logit", "clm probit", "clm cloglog", "sequential logit", "sequential probit", "sequential cloglog",
     "adjacent logit"],
)  # fmt: skip
def test_posterior_modes_under_flat_priors_are_the_maximum_likelihood(data, reference, label):
    family, link = label.replace("clm", "cumulative").split()
    design = build_effects(data, OrdinalSpec("answer ~ model + x", family=family, link=link))
    posterior = effects_posterior(design, FLAT)
    mode = posterior.conditional_mode(np.zeros(posterior.design.size), np.zeros(0))[0]
    terms = reported_terms(
        design, latent_effect_draws(design, posterior, mode[:, None, None], np.zeros((0, 1, 1)))
    )
    expected = _named(reference, label)["estimate"]
    names = [ORDER.get(n, n.removeprefix("threshold[").removesuffix("]")) for n in terms.names]
    if family == "sequential":
        names = [{"1|2": "k1", "2|3": "k2", "3|4": "k3"}.get(n, n) for n in names]
    np.testing.assert_allclose(terms.values[0], expected[names], atol=MODE)


@pytest.mark.parametrize(
    ("label", "formula"),
    [
        ("clmm item", "answer ~ model + x + (1|item)"),
        ("clmm crossed", "answer ~ model + x + (1|item) + (1|persona)"),
    ],
)
def test_varying_intercepts_agree_with_clmm(data, reference, label, formula):
    fit = fit_ordinal(formula, data, seed=1)
    assert fit.passed
    assert fit.result.meta["engine"] == "laplace"
    expected, frame = _named(reference, label), fit.estimates.set_index("term")
    for term, name in ORDER.items():
        away = frame.loc[term, "estimate"] - expected.loc[name, "estimate"]
        assert abs(away) < DRAWS * expected.loc[name, "se"], term
        assert frame.loc[term, "std_error"] == pytest.approx(expected.loc[name, "se"], rel=0.1)
    # The posterior mean of a spread lies above its maximum likelihood, the more the fewer the groups.
    for factor in ("item", "persona")[: 1 + ("crossed" in label)]:
        row = frame.loc[f"sd[Intercept|{factor}]"]
        ratio = row["estimate"] / expected.loc[f"sd {factor}", "estimate"]
        assert 1.0 < ratio < 1.25
        assert row["lower"] < expected.loc[f"sd {factor}", "estimate"] < row["upper"]


def test_marginal_effects_agree_with_those_of_clm(plain, reference):
    expected = _named(reference, "effect model")["estimate"]
    found = marginal_effects(plain, "model", outcome="probabilities").estimates
    for row in found.itertuples():
        assert row.estimate == pytest.approx(
            expected[f"{row.contrast} at {row.code}"], abs=0.1 * row.std_error
        )
    expected = _named(reference, "effect x")["estimate"]
    for row in marginal_effects(plain, "x", outcome="probabilities").estimates.itertuples():
        assert row.estimate == pytest.approx(expected[f"slope at {row.code}"], abs=0.1 * row.std_error)
    scores = expected_score(plain, by="model").estimates
    for row in scores.itertuples():
        assert row.estimate == pytest.approx(
            _named(reference, "score model").loc[row.model, "estimate"], abs=0.1 * row.std_error
        )


def test_a_saturated_model_predicts_the_observed_shares():
    counts = np.array([[200, 500, 300], [400, 400, 200]])
    data = pd.DataFrame({"model": np.repeat(["a", "b"], 3), "answer": [1, 2, 3] * 2, "count": counts.ravel()})
    fit = fit_ordinal("answer ~ model", data, thresholds="model", unidentified="warn", seed=3)
    found = predicted_probabilities(fit, by="model").estimates.sort_values(["model", "code"])
    np.testing.assert_allclose(found["estimate"], (counts / 1000).ravel(), atol=0.006)
    np.testing.assert_allclose(
        found["std_error"], np.sqrt((counts / 1000 * (1 - counts / 1000) / 1000).ravel()), rtol=0.2
    )
    effect = marginal_effects(fit, "model").estimates.iloc[0]
    assert effect["estimate"] == pytest.approx(1.8 - 2.1, abs=0.01)


def test_contrasts_and_ranks_come_from_the_same_draws(plain):
    scores = expected_score(plain, by="model")
    effects = marginal_effects(plain, "model", reference="a").estimates.set_index("contrast")
    contrast = scores.contrast("model", "b", "a").iloc[0]
    assert contrast["estimate"] == pytest.approx(effects.loc["b - a", "estimate"], abs=1e-9)
    assert contrast["lower"] == pytest.approx(effects.loc["b - a", "lower"], abs=1e-9)
    assert scores.rank("model").set_index("model")["rank"].to_dict() == {"b": 1, "a": 2, "c": 3}
