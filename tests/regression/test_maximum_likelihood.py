"""`engine="ml"` against `ordinal::clm` and `clmm` (tests/r/formulas.R, ordinal_families.R) and statsmodels."""

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.stats import chi2, norm
from statsmodels.miscmodels.ordinal_model import OrderedModel

from tests.regression.clm_fits import DATA, FAMILIES, FITS, KNOWN, MIXED, WINE, read
from valuestats.base.errors import SpecificationError
from valuestats.latent.likelihoods.family_probabilities import log_probabilities
from valuestats.latent.sampling import Sampling
from valuestats.regression.effects_design import build_effects
from valuestats.regression.effects_draws import EffectPriors
from valuestats.regression.effects_formula import OrdinalSpec
from valuestats.regression.fit import fit_ordinal
from valuestats.regression.maximum_likelihood import Likelihood
from valuestats.regression.maximum_tests import likelihood_ratio_test, profile_intervals
from valuestats.regression.predictions import expected_score, marginal_effects, predicted_probabilities

SAME = 2e-6  # of estimates at the optimum, where R's gradient is below 1e-10
NEAR = 1e-4  # of clmm, which stops at gradients of 1e-3 at most; a standard error is .06 or more


def name_in_r(term):
    """``temp[warm]`` is ``tempwarm``, ``sd[Intercept|judge]`` is ``sd (Intercept) judge``."""
    if term.startswith("poly("):
        return f"poly(x 2){int(term[-2]) + 1}"
    if term.startswith("sd["):
        effect, factor = term[3:-1].split("|")
        return f"sd {'(Intercept)' if effect == 'Intercept' else effect} {factor}"
    return term.removeprefix("threshold[").replace("[", "").replace("]", "")


@pytest.mark.parametrize("label", FITS)
def test_estimates_errors_and_likelihood_are_those_of_clm(fits, label):
    fit, known = fits[label], KNOWN[label]
    for row in fit.estimates.itertuples():
        expected = known.loc[name_in_r(row.term)]
        assert row.estimate == pytest.approx(expected["estimate"], abs=SAME), row.term
        assert row.std_error == pytest.approx(expected["se"], rel=1e-5), row.term
        reach = norm.ppf(0.975) * row.std_error
        assert (row.lower, row.upper) == pytest.approx((row.estimate - reach, row.estimate + reach))
    meta = fit.result.meta
    for name in ("log_likelihood", "aic", "parameters"):
        assert meta[name] == pytest.approx(
            known.loc[name.replace("log_likelihood", "loglik"), "estimate"], abs=1e-6
        )
    assert fit.log_likelihood == meta["log_likelihood"]


def test_the_published_numbers_of_the_wine_data(fits):
    """As printed in the vignettes of package ordinal."""
    plain, judged = fits["wine logit"], fits["wine judge"]
    assert plain.mode.iloc[:2].round(4).tolist() == [2.5031, 1.5278]
    assert round(plain.log_likelihood, 3) == -86.492
    assert judged.mode.iloc[:2].round(4).tolist() == [3.0630, 1.8349]
    assert round(judged.log_likelihood, 2) == -81.57


@pytest.mark.parametrize("label", MIXED)
def test_estimates_with_groups_are_those_of_clmm(fits, label):
    fit, known = fits[label], KNOWN[label]
    for row in fit.estimates.itertuples():
        expected = known.loc[name_in_r(row.term)]
        assert row.estimate == pytest.approx(expected["estimate"], abs=NEAR), row.term
        if np.isfinite(expected["se"]):
            assert row.std_error == pytest.approx(expected["se"], rel=1e-3), row.term
    assert fit.log_likelihood == pytest.approx(known.loc["close loglik", "estimate"], abs=1e-6)
    assert fit.result.meta["parameters"] == known.loc["parameters", "estimate"]


def test_a_standard_deviation_of_0_is_said_and_not_a_small_number(fits):
    fit = fits["wine judge bottle"]
    row = fit.estimates.set_index("term").loc["sd[Intercept|bottle]"]
    assert (row["estimate"], row["lower"]) == (0.0, 0.0)
    assert row["upper"] > 0.1
    assert any("sd[Intercept|bottle] is estimated at 0" in note for note in fit.result.meta["warnings"])


@pytest.mark.parametrize("label", ["wine logit", "wine probit", "wine cloglog", "offset"])
def test_profile_intervals_are_those_of_confint(fits, label):
    """R interpolates its profile, to some 1e-4 of an end."""
    for row in profile_intervals(fits[label]).itertuples():
        expected = KNOWN[label].loc[name_in_r(row.term)]
        assert (row.lower, row.upper) == pytest.approx((expected["lower"], expected["upper"]), abs=2e-4), (
            row.term
        )


def test_the_profile_of_a_standard_deviation_ends_where_the_deviance_is_that_of_chi_squared(fits):
    """Against the deviance with the spread fixed and all else maximised by a general optimiser."""
    from scipy.optimize import minimize

    fit = fits["wine judge"]
    found = profile_intervals(fit, "sd[Intercept|judge]", level=0.9).iloc[0]
    likelihood = Likelihood(fit.design)
    for end in (found["lower"], found["upper"]):

        def loss(free, end=end):
            at = likelihood.evaluate(np.append(free, end))
            return -at.value, -at.gradient[:-1]

        best = minimize(loss, fit.maximum.psi[:-1], jac=True, method="BFGS", options={"gtol": 1e-6})
        assert 2 * (fit.log_likelihood + best.fun) == pytest.approx(chi2.ppf(0.9, 1), abs=1e-4)
    bounded = profile_intervals(fits["wine judge bottle"], "sd[Intercept|bottle]").iloc[0]
    assert bounded["lower"] == 0.0
    assert 0.3 < bounded["upper"] < 1.5


def test_the_laplace_likelihood_is_near_the_integral():
    """One effect, one group at a time, by adaptive quadrature; Laplace's error is a few thousandths here."""
    design = build_effects(WINE, OrdinalSpec("rating ~ temp + (1|judge)"))
    likelihood = Likelihood(design)
    psi = likelihood.start() + np.linspace(-0.2, 0.3, likelihood.size)
    total, judges = 0.0, design.matrices.index[0]
    plain = np.append(psi[:-1], 0.0)
    for judge in np.unique(judges):
        own = judges == judge

        def density(u, own=own):
            cells = likelihood.cells(plain, psi[-1] * u)
            return np.exp(cells.value[own].sum()) * norm.pdf(u)

        total += np.log(quad(density, -8, 8)[0])
    assert likelihood.evaluate(psi).value == pytest.approx(total, abs=0.1)
    # With many answers to each level Laplace's method is exact.
    many = build_effects(WINE.assign(count=1000), OrdinalSpec("rating ~ temp + (1|judge)"))
    larger, value = Likelihood(many), 0.0
    mode = larger.mode(psi, np.zeros(9))[0]
    for judge in np.unique(judges):
        own = judges == judge
        at = larger.cells(plain, psi[-1] * mode[judges])
        top = at.value[own].sum()

        def ratio(u, own=own, top=top):
            return np.exp(larger.cells(plain, psi[-1] * u).value[own].sum() - top) * norm.pdf(u)

        value += top + np.log(quad(ratio, mode[judge] - 0.5, mode[judge] + 0.5, points=[mode[judge]])[0])
    assert larger.evaluate(psi).value == pytest.approx(value, abs=0.01)


@pytest.mark.parametrize(
    ("formula", "options"),
    [
        ("answer ~ model + x", {"disc": "~ model"}),
        ("answer ~ model + (x||item) + (1|persona)", {}),
        ("answer ~ x + (1|item) + (1|item:model)", {"disc": "~ model", "thresholds": "model"}),
        ("answer ~ model + cs(x) + (1|item)", {"family": "adjacent"}),
        ("answer ~ model + cs(x) + (1|item)", {"family": "sequential", "link": "cloglog"}),
    ],
)
def test_the_gradient_and_the_exact_hessian_are_those_of_differences(formula, options):
    likelihood = Likelihood(build_effects(FAMILIES, OrdinalSpec(formula, **options)))
    rng = np.random.default_rng(0)
    psi = likelihood.start()
    psi[likelihood.parts["cut"].stop :] += 0.1 * rng.normal(
        size=likelihood.size - likelihood.parts["cut"].stop
    )
    moves = 1e-5 * np.eye(likelihood.size)
    up, down = ([likelihood.evaluate(psi + s * m) for m in moves] for s in (1, -1))
    by_value = [(a.value - b.value) / 2e-5 for a, b in zip(up, down, strict=True)]
    np.testing.assert_allclose(likelihood.evaluate(psi).gradient, by_value, atol=2e-5)
    if not likelihood.groups.effects:
        by_gradient = [-(a.gradient - b.gradient) / 2e-5 for a, b in zip(up, down, strict=True)]
        np.testing.assert_allclose(likelihood.information(psi)[0], by_gradient, atol=1e-5)


@pytest.mark.parametrize(
    ("label", "spec"),
    [
        ("clm scale", OrdinalSpec("answer ~ model + x", disc="~ model")),
        ("clm probit scale", OrdinalSpec("answer ~ model + x", link="probit", disc="~ model")),
        ("sequential logit", OrdinalSpec("answer ~ model + x", family="sequential")),
        ("sequential cloglog", OrdinalSpec("answer ~ model + x", family="sequential", link="cloglog")),
        ("adjacent logit", OrdinalSpec("answer ~ model + x", family="adjacent")),
        ("sequential specific", OrdinalSpec("answer ~ model + cs(x)", family="sequential")),
    ],
)
def test_other_families_unequal_variances_and_category_specific_effects(label, spec):
    known = read("ordinal_families.csv")
    known = known[known["fit"] == label].set_index("name")
    fit = fit_ordinal(spec, FAMILIES, engine="ml", sampling=Sampling(draws=50))
    for row in fit.estimates.itertuples():
        name = name_in_r(row.term)
        if row.part == "log discrimination":
            name = "log scale " + row.term[5:-1].replace("[", "").replace("]", "")
        if spec.family == "sequential":
            names = {f"{k}|{k + 1}": f"k{k}" for k in (1, 2, 3)} | {
                f"cs(x){k}|{k + 1}": f"k{k}:x" for k in (1, 2, 3)
            }
            name = names.get(name, name)
        sign = -1.0 if name.startswith("log scale") else 1.0
        assert sign * row.estimate == pytest.approx(known.loc[name, "estimate"], abs=2e-5), row.term
        if (
            "cloglog" not in label
        ):  # of a link that is not canonical glm's errors are from the expected information
            assert row.std_error == pytest.approx(known.loc[name, "se"], rel=2e-3), row.term
    if "loglik" in known.index:
        assert fit.log_likelihood == pytest.approx(known.loc["loglik", "estimate"], abs=1e-6)


def test_thresholds_of_each_level_are_the_nominal_effects_of_clm():
    known = read("ordinal_families.csv")
    known = known[known["fit"] == "clm nominal"].set_index("name")["estimate"]
    fit = fit_ordinal("answer ~ x", FAMILIES, thresholds="model", engine="ml", sampling=Sampling(draws=50))
    assert fit.log_likelihood == pytest.approx(known["loglik"], abs=1e-6)
    for step in ("1|2", "2|3", "3|4"):
        for model in "abc":
            more = 0.0 if model == "a" else known[f"{step}.model{model}"]
            expected = known[f"{step}.(Intercept)"] + more
            assert fit.mode[f"threshold[model={model}, {step}]"] == pytest.approx(expected, abs=1e-5)


def test_estimates_are_those_of_statsmodels_and_counted_answers_are_the_same_answers():
    dummies = pd.get_dummies(FAMILIES["model"], drop_first=True, dtype=float).assign(x=FAMILIES["x"])
    known = OrderedModel(FAMILIES["answer"], dummies, distr="logit").fit(method="bfgs", disp=False, gtol=1e-8)
    fit = fit_ordinal("answer ~ model + x", FAMILIES, engine="ml", sampling=Sampling(draws=50))
    np.testing.assert_allclose(fit.estimates["estimate"][:3], known.params.iloc[:3], atol=1e-4)
    np.testing.assert_allclose(fit.estimates["std_error"][:3], known.bse.iloc[:3], rtol=1e-3)
    assert fit.log_likelihood == pytest.approx(known.llf, abs=1e-6)
    counted = (
        FAMILIES.groupby(["model", "x", "answer"], as_index=False).size().rename(columns={"size": "count"})
    )
    again = fit_ordinal("answer ~ model + x", counted, engine="ml", sampling=Sampling(draws=50))
    np.testing.assert_allclose(again.estimates["estimate"], fit.estimates["estimate"], atol=1e-9)


def test_a_natural_spline_fits_as_that_of_r(fits):
    """Other columns of the same span: the likelihood is the same."""
    fit = fit_ordinal("y ~ cr(x, df=3)", DATA, engine="ml", sampling=Sampling(draws=50))
    assert fit.log_likelihood == pytest.approx(KNOWN["natural spline"].loc["loglik", "estimate"], abs=1e-6)


def test_likelihood_ratios_are_those_of_anova(fits):
    table = likelihood_ratio_test({name: fits[f"wine {name}"] for name in ("product", "temp", "logit")})
    assert table["fit"].tolist() == ["temp", "logit", "product"]
    for at, test in ((1, "test contact"), (2, "test product")):
        for ours, theirs in (("lr", "LR"), ("df", "df"), ("p", "p")):
            assert table[ours][at] == pytest.approx(KNOWN[test].loc[theirs, "estimate"], abs=1e-6)
    judged = likelihood_ratio_test(
        {name: fits[name] for name in ("wine judge", "wine judge temp", "wine temp")}
    )
    known = {name: KNOWN[name].loc["close loglik", "estimate"] for name in judged["fit"][1:]}
    assert judged["lr"][2] == pytest.approx(2 * (known["wine judge"] - known["wine judge temp"]), abs=1e-4)
    assert judged["note"][1] == "conservative: sd[Intercept|judge] may be 0"


def test_only_nested_fits_of_the_same_answers_are_compared(fits):
    other = fit_ordinal("rating ~ contact", WINE, engine="ml", sampling=Sampling(draws=50))
    more = fit_ordinal("rating ~ temp + (1|bottle)", WINE, engine="ml", sampling=Sampling(draws=50))
    probit = fits["wine probit"]
    less = fit_ordinal("rating ~ temp + offset(judge)", WINE, engine="ml", sampling=Sampling(draws=50))
    product = fits["wine product"]
    cases = {
        "not nested": [
            {"a": other, "b": more},
            {"a": fits["wine judge temp"], "b": product},
            {"a": less, "b": product},
        ],
        "different families or links": [{"a": other, "b": probit}],
        "different answers": [{"a": fits["nested"], "b": fits["families crossed"]}],
        "needs two fits": [{"a": other}],
    }
    for said, groups in cases.items():
        for each in groups:
            with pytest.raises(SpecificationError, match=said):
                likelihood_ratio_test(each)


def test_predictions_stand_at_the_estimates_and_their_errors_are_those_of_the_delta_method(fits):
    fit = fits["wine logit"]
    found = predicted_probabilities(fit, pd.DataFrame({"temp": ["warm"], "contact": ["no"]})).estimates
    b, cut = fit.mode["temp[warm]"], fit.mode.iloc[2:].to_numpy()
    np.testing.assert_allclose(found["estimate"], np.exp(log_probabilities((cut - b)[None]))[0], atol=1e-9)
    assert found["code"].tolist() == [1, 2, 3, 4, 5]
    by = predicted_probabilities(fit, by="temp")
    pd.testing.assert_frame_equal(by.contrast("code", 1, 2), by.contrast("code", "1", "2"))
    likelihood = Likelihood(fit.design)

    def score(psi):
        at = likelihood.draws(psi[None], np.zeros((1, 0)))
        z = at.cut[0, 0] - fit.design.matrices.x @ at.beta[0][:, None]
        weights = fit.design.counts.sum(axis=1) / fit.design.counts.sum()
        return weights @ np.exp(log_probabilities(z)) @ np.arange(1, 6)

    psi = fit.maximum.psi
    slope = np.array([(score(psi + h) - score(psi - h)) / 2e-5 for h in 1e-5 * np.eye(len(psi))])
    whole = expected_score(fit).estimates.iloc[0]
    assert whole["estimate"] == pytest.approx(score(psi), abs=1e-9)
    assert whole["std_error"] == pytest.approx(np.sqrt(slope @ fit.maximum.covariance @ slope), rel=0.08)
    effect = marginal_effects(fit, "temp").estimates.iloc[0]
    rows = expected_score(fit, by="temp").estimates["estimate"]
    assert effect["estimate"] == pytest.approx(rows[1] - rows[0], abs=1e-9)
    assert effect["interval"] == "Wald, simulated"


def test_effects_of_groups_are_drawn_around_their_mode_with_their_spread(fits):
    """The posterior of the effects given the estimates, of `laplace` under flat priors, is nearly the same."""
    fit = fits["families crossed"]
    spec, priors = fit.design.spec, EffectPriors(effect=50, concentration=0.01, group=20)
    bayes = fit_ordinal(spec, FAMILIES, engine="laplace", priors=priors, seed=1)
    for ours, theirs in zip(fit.draws.effects, bayes.draws.effects, strict=True):
        np.testing.assert_allclose(ours.mean(axis=0), theirs.mean(axis=0), atol=0.12)
        np.testing.assert_allclose(ours.std(axis=0), theirs.std(axis=0), rtol=0.25)
