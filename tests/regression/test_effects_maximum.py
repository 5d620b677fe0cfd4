"""Location-scale, nominal and category-specific effects at their maximum likelihood: `ordinal::clm`, glm, nnet, statsmodels.

Unlike the other parts these have no engine without PyMC, so the likelihood of the named draws is maximised here
(`test_effects_formula` holds PyMC's likelihood against that of the named draws).
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from statsmodels.miscmodels.ordinal_model import OrderedModel

from valuestats.regression.effects_design import build_effects
from valuestats.regression.effects_draws import EffectDraws, EffectPriors, row_log_probabilities
from valuestats.regression.effects_formula import OrdinalSpec
from valuestats.regression.effects_latent import effects_posterior, latent_effect_draws
from valuestats.regression.effects_report import reported_terms

HERE = Path(__file__).parents[1] / "r"
SAME = 2e-4  # estimates at the optimum of a numerical gradient; a standard error is 0.1
FLAT = EffectPriors(concentration=1e-3, effect=1e4, thresholds=1e4)


@pytest.fixture(scope="module")
def data():
    return pd.read_csv(HERE / "ordinal_families_data.csv")


@pytest.fixture(scope="module")
def reference():
    return pd.read_csv(HERE / "ordinal_families.csv", comment="#")


def _maximum(design):
    """Reported terms at the maximum of the likelihood, their standard errors, and the log-likelihood."""
    steps = design.counts.shape[1] - 1
    parts = [steps, len(design.names), len(design.disc_names), len(design.specific_names) * steps]

    def draws(p):
        cut, beta, disc, specific = np.split(p[None], np.cumsum(parts)[:-1], axis=1)
        return EffectDraws(
            1,
            cut[:, None],
            beta,
            disc=disc if parts[2] else None,
            specific=specific.reshape(1, -1, steps) if parts[3] else None,
        )

    def loss(p):
        log_p = row_log_probabilities(design, draws(p))[0]
        return -float(np.where(design.counts > 0, design.counts * log_p, 0.0).sum())

    start = np.concatenate([np.linspace(-1, 1, steps), np.zeros(sum(parts[1:]))])
    at = minimize(loss, minimize(loss, start, method="BFGS").x, method="BFGS", options={"gtol": 1e-7}).x
    terms = reported_terms(design, draws(at))
    h = 1e-3 * np.eye(len(at))
    hessian = [
        [(loss(at + a + b) - loss(at + a - b) - loss(at - a + b) + loss(at - a - b)) / 4e-6 for b in h]
        for a in h
    ]
    moved = (
        np.stack([reported_terms(design, draws(at + a)).values[0] - terms.values[0] for a in h], axis=1)
        / 1e-3
    )
    errors = np.sqrt(np.diag(moved @ np.linalg.inv(hessian) @ moved.T))
    return pd.DataFrame({"estimate": terms.values[0], "se": errors}, index=terms.names), -loss(at)


@pytest.mark.parametrize(("label", "link"), [("clm scale", "logit"), ("clm probit scale", "probit")])
def test_unequal_variances_are_those_of_clm(data, reference, label, link):
    """Its log standard deviations are minus our log discriminations."""
    known = reference[reference["fit"] == label].set_index("name")
    found, value = _maximum(build_effects(data, OrdinalSpec("answer ~ model + x", link=link, disc="~ model")))
    assert value == pytest.approx(known.loc["loglik", "estimate"], abs=1e-5)
    for term, row in found.iterrows():
        name = (
            term.removeprefix("threshold[")
            .removesuffix("]")
            .replace("model[", "model")
            .replace("disc[", "log scale ")
        )
        sign = -1.0 if "scale" in name else 1.0
        assert sign * row["estimate"] == pytest.approx(
            known.loc[name.replace("]", ""), "estimate"], abs=SAME
        ), term
        assert row["se"] == pytest.approx(known.loc[name.replace("]", ""), "se"], rel=0.01), term


def test_thresholds_of_each_model_are_the_nominal_effects_of_clm(data, reference):
    """Spreads of thresholds so wide that they don't pool."""
    known = reference[reference["fit"] == "clm nominal"].set_index("name")["estimate"]
    design = build_effects(data, OrdinalSpec("answer ~ x", thresholds="model"))
    posterior = effects_posterior(design, FLAT)
    phi = np.array([-1.0])
    mode = posterior.conditional_mode(np.zeros(posterior.design.size), phi)[0]
    terms = reported_terms(
        design, latent_effect_draws(design, posterior, mode[:, None, None], phi[:, None, None])
    )
    found = dict(zip(terms.names, terms.values[0], strict=True))
    assert found["sd[threshold|model]"] > 1000
    assert found["x"] == pytest.approx(known["x"], abs=SAME)
    for step in ("1|2", "2|3", "3|4"):
        for model in "abc":
            more = 0.0 if model == "a" else known[f"{step}.model{model}"]
            expected = known[f"{step}.(Intercept)"] + more
            assert found[f"threshold[model={model}, {step}]"] == pytest.approx(expected, abs=SAME)


def test_category_specific_effects_of_the_sequential_family_are_those_of_stacked_regressions(data, reference):
    known = reference[reference["fit"] == "sequential specific"].set_index("name")
    spec = OrdinalSpec("answer ~ model + cs(x)", family="sequential")
    found, value = _maximum(build_effects(data, spec))
    assert value == pytest.approx(known.loc["loglik", "estimate"], abs=1e-5)
    names = {"model[b]": "modelb", "model[c]": "modelc"}
    for k, step in enumerate(("1|2", "2|3", "3|4"), start=1):
        names |= {f"threshold[{step}]": f"k{k}", f"cs(x)[{step}]": f"k{k}:x"}
    assert set(names) == set(found.index)
    expected = known.loc[list(names.values())]
    np.testing.assert_allclose(found.loc[list(names), "estimate"], expected["estimate"], atol=SAME)
    np.testing.assert_allclose(found.loc[list(names), "se"], expected["se"], rtol=0.01)


def test_an_adjacent_family_with_category_specific_effects_only_is_the_multinomial_logit(data, reference):
    known = reference[reference["fit"] == "adjacent specific"].set_index("name")["estimate"]
    spec = OrdinalSpec("answer ~ cs(model) + cs(x)", family="adjacent")
    found, value = _maximum(build_effects(data, spec))
    assert value == pytest.approx(known["loglik"], abs=1e-5)
    for k, step in enumerate(("1|2", "2|3", "3|4"), start=1):
        for term, name in {
            "threshold": "cut",
            "cs(model[b])": "modelb",
            "cs(model[c])": "modelc",
            "cs(x)": "x",
        }.items():
            assert found.loc[f"{term}[{step}]", "estimate"] == pytest.approx(
                known[f"{name} {k}"], abs=SAME
            ), term


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_cumulative_modes_under_flat_priors_are_those_of_statsmodels(data, link):
    dummies = pd.get_dummies(data["model"], drop_first=True, dtype=float).assign(x=data["x"])
    model = OrderedModel(data["answer"], dummies, distr=link)
    fit = model.fit(method="bfgs", disp=False, gtol=1e-8)
    design = build_effects(data, OrdinalSpec("answer ~ model + x", link=link))
    posterior = effects_posterior(design, FLAT)
    mode, factor, _ = posterior.conditional_mode(np.zeros(posterior.design.size), np.zeros(0))
    terms = reported_terms(
        design, latent_effect_draws(design, posterior, mode[:, None, None], np.zeros((0, 1, 1)))
    )
    found = dict(zip(terms.names, terms.values[0], strict=True))
    slopes = [found[name] for name in ("model[b]", "model[c]", "x")]
    np.testing.assert_allclose(slopes, fit.params.iloc[:3], atol=1e-3)
    cut = model.transform_threshold_params(fit.params.to_numpy())[1:-1]
    np.testing.assert_allclose([found[f"threshold[{s}]"] for s in ("1|2", "2|3", "3|4")], cut, atol=1e-3)
    many = (
        factor.back(np.random.default_rng(0).normal(size=(posterior.design.size, 20_000)))[:, None]
        + mode[:, None, None]
    )
    drawn = latent_effect_draws(design, posterior, many, np.zeros((0, 1, 20_000)))
    np.testing.assert_allclose(drawn.beta.std(axis=0), fit.bse.iloc[:3], rtol=0.02)
