"""`engine="ml"` against `ordinal::clm` and `clmm` (tests/r/formulas.R, ordinal_families.R) and statsmodels."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.stats import chi2, norm
from statsmodels.miscmodels.ordinal_model import OrderedModel

from valuestats.base.errors import SpecificationError
from valuestats.latent.likelihoods.family_probabilities import log_probabilities
from valuestats.latent.sampling import Sampling
from valuestats.regression.checks import prior_sensitivity
from valuestats.regression.effects_design import build_effects
from valuestats.regression.effects_draws import EffectPriors
from valuestats.regression.effects_formula import OrdinalSpec
from valuestats.regression.effects_latent import effects_posterior, latent_effect_draws
from valuestats.regression.effects_report import reported_terms
from valuestats.regression.fit import fit_ordinal
from valuestats.regression.loo import compare_fits, leave_group_out, leave_one_out
from valuestats.regression.maximum_likelihood import Likelihood
from valuestats.regression.maximum_tests import likelihood_ratio_test, profile_intervals
from valuestats.regression.population import poststratified_scores
from valuestats.regression.predictions import expected_score, marginal_effects, predicted_probabilities
from valuestats.results.storage import read_artifact, write_artifact

HERE = Path(__file__).parents[1] / "r"
SAME = 2e-6  # of estimates at the optimum, where R's gradient is below 1e-10
NEAR = 1e-4  # of clmm, which stops at gradients of 1e-3 at most; a standard error is .06 or more


def read(name):
    return pd.read_csv(HERE / name, comment="#")


WINE, FAMILIES, DATA = read("wine.csv"), read("ordinal_families_data.csv"), read("formula_data.csv")
KNOWN = {label: part.set_index("name") for label, part in read("formula_fits.csv").groupby("fit")}
FITS = {
    "wine logit": (WINE, "rating ~ temp + contact", {}),
    "wine probit": (WINE, "rating ~ temp + contact", {"link": "probit"}),
    "wine cloglog": (WINE, "rating ~ temp + contact", {"link": "cloglog"}),
    "wine temp": (WINE, "rating ~ temp", {}),
    "wine product": (WINE, "rating ~ temp * contact", {}),
    "offset": (DATA, "y ~ a + offset(x)", {}),
    "offsets": (DATA, "y ~ a + offset(log(z)) + offset(0.5 * x)", {}),
    "nested": (DATA, "y ~ a/x", {}),
    "polynomial": (DATA, "y ~ poly(x, 2) + log(z)", {}),
}
MIXED = {
    "wine judge": (WINE, "rating ~ temp + contact + (1|judge)", {}),
    "wine judge bottle": (WINE, "rating ~ temp + contact + (1|judge) + (1|bottle)", {}),
    "wine judge temp": (WINE, "rating ~ temp + (1|judge)", {}),
    "families crossed": (FAMILIES, "answer ~ model + x + (1|item) + (1|persona)", {}),
    "families probit": (FAMILIES, "answer ~ model + x + (1|item)", {"link": "probit"}),
    "families slope": (FAMILIES, "answer ~ model + x + (x||item)", {}),
}


def name_in_r(term):
    """``temp[warm]`` is ``tempwarm``, ``sd[Intercept|judge]`` is ``sd (Intercept) judge``."""
    if term.startswith("poly("):
        return f"poly(x 2){int(term[-2]) + 1}"
    if term.startswith("sd["):
        effect, factor = term[3:-1].split("|")
        return f"sd {'(Intercept)' if effect == 'Intercept' else effect} {factor}"
    return term.removeprefix("threshold[").replace("[", "").replace("]", "")


@pytest.fixture(scope="module")
def fits():
    return {
        label: fit_ordinal(formula, data, engine="ml", sampling=Sampling(draws=250), seed=1, **options)
        for label, (data, formula, options) in (FITS | MIXED).items()
    }


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


def test_what_has_no_maximum_is_said_by_name():
    rng = np.random.default_rng(4)
    x, w = rng.normal(size=(2, 60))
    answer = np.digitize(x + w, [-0.7, 0.6]) + 1
    frame = pd.DataFrame({"x": x, "w": w, "v": rng.normal(size=60), "answer": answer})
    with pytest.raises(SpecificationError, match="separated, so the likelihood has no maximum") as caught:
        fit_ordinal("answer ~ x + w + v", frame, engine="ml")
    assert "x, w" in str(caught.value)
    fit_ordinal(
        "answer ~ x + v", frame, engine="ml", sampling=Sampling(draws=25)
    )  # one of them alone does not separate
    quasi = pd.DataFrame({"g": list("aabb") * 5, "h": list("cdcd") * 5, "answer": [1, 2, 2, 3] * 5})
    quasi.loc[0, "answer"] = 2
    for family in ("cumulative", "sequential", "adjacent"):
        with pytest.raises(SpecificationError, match="separated"):
            fit_ordinal("answer ~ g * h", quasi, engine="ml", family=family)
    with pytest.raises(SpecificationError, match="never used") as caught:
        fit_ordinal("answer ~ x", frame.assign(answer=frame["answer"].replace(3, 4)), engine="ml")
    assert "a Bayesian engine has a prior" in str(caught.value)


@pytest.mark.parametrize("family", ["cumulative", "sequential", "adjacent"])
def test_separation_is_found_where_the_estimates_of_a_general_optimiser_run_away(family):
    """Over random small tables: the likelihood's maximum is at infinity exactly where the linear programme says so."""
    from valuestats.regression.maximum import separating

    rng, both = np.random.default_rng(9), set()
    for _ in range(12):
        frame = pd.DataFrame(
            {"x": rng.integers(0, 3, 7), "w": rng.integers(0, 2, 7), "answer": rng.integers(1, 4, 7)}
        )
        if (
            frame.nunique().min() < 2
            or set(frame["answer"]) != {1, 2, 3}
            or frame[["x", "w"]].corr().abs().iloc[0, 1] > 0.99
        ):
            continue
        likelihood = Likelihood(
            build_effects(frame, OrdinalSpec("answer ~ x + w", family=family), unidentified="warn")
        )
        psi = likelihood.start()
        for _ in range(
            400
        ):  # plain Newton steps with a tiny ridge: they stop at a maximum, and go on without one
            now = likelihood.evaluate(psi)
            step = np.linalg.solve(
                likelihood.information(psi)[0] + 1e-9 * np.eye(likelihood.size), now.gradient
            )
            size = 1.0
            while not likelihood.evaluate(psi + size * step).value >= now.value and size > 1e-9:
                size /= 2
            psi = psi + size * step
        runs_away = bool(np.abs(psi).max() > 12)
        both.add(runs_away)
        assert bool(separating(likelihood)) == runs_away
    assert both == {True, False}


@pytest.mark.parametrize(
    ("formula", "options", "said"),
    [
        ("answer ~ model + (x|item)", {}, "correlated effects"),
        ("answer ~ mo(persona)", {}, "mo()"),
        ("answer ~ 1 + (1|item)", {"discrimination": "item"}, "discrimination"),
        ("answer ~ model", {"priors": EffectPriors()}, "no priors"),
        ("answer ~ model", {"unidentified": "warn"}, "no priors"),
        ("answer ~ model", {"sensitivity": True}, "no priors"),
    ],
)
def test_what_maximum_likelihood_does_not_offer_is_refused_by_name(formula, options, said):
    with pytest.raises(SpecificationError) as caught:
        fit_ordinal(formula, FAMILIES, engine="ml", **options)
    assert said in str(caught.value)


def test_what_needs_a_posterior_is_refused_and_the_other_way_round(fits):
    fit = fits["wine judge"]
    for verb in (
        leave_one_out,
        prior_sensitivity,
        lambda f: leave_group_out(f, "judge"),
        lambda f: compare_fits({"a": f, "b": f}),
    ):
        with pytest.raises(SpecificationError, match="needs a posterior"):
            verb(fit)
    with pytest.raises(SpecificationError, match="needs a posterior"):
        fit.to_datatree()
    bayes = fit_ordinal("rating ~ temp", WINE, sampling=Sampling(draws=50), engine="laplace")
    for verb in (profile_intervals, lambda f: likelihood_ratio_test({"a": f, "b": f})):
        with pytest.raises(SpecificationError, match="not by maximum likelihood"):
            verb(bayes)


def test_a_stored_fit_is_the_same_fit(fits, tmp_path):
    fit = fits["families slope"]
    write_artifact(fit, tmp_path)
    again = read_artifact(tmp_path)
    assert again.log_likelihood == fit.log_likelihood
    pd.testing.assert_frame_equal(again.estimates, fit.estimates)
    for verb in (lambda f: expected_score(f, by="model").estimates, lambda f: profile_intervals(f, "x")):
        pd.testing.assert_frame_equal(verb(again), verb(fit))


def test_sentence_and_summary_name_wald_intervals(fits):
    said = fits["wine judge"].summary()
    assert "Wald intervals" in said
    assert "posterior" not in said
    assert "maximum likelihood" in said


def test_scores_of_a_population_stand_at_the_estimates():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(
        {"source": ["people"] * 60 + ["m"] * 60, "sex": list("fm") * 60, "item": list("aabbcc") * 20}
    )
    frame = frame.assign(answer=rng.integers(1, 4, 120), respondent=[*map(str, range(60)), *["m"] * 60])
    fit = fit_ordinal(
        "answer ~ source + sex + item", frame, engine="ml", sampling=Sampling(draws=200), seed=1
    )
    found = poststratified_scores(fit, pd.DataFrame({"sex": ["f", "m"], "count": [3.0, 1.0]})).estimates
    rows = pd.DataFrame(
        [(s, i, x) for s in "fm" for i in "abc" for x in ("people",)], columns=["sex", "item", "source"]
    )
    scores = expected_score(fit, rows).estimates["estimate"].to_numpy().reshape(2, 3).mean(axis=1)
    assert found.set_index("source").loc["people", "estimate"] == pytest.approx(
        0.75 * scores[0] + 0.25 * scores[1]
    )


@pytest.mark.parametrize("formula", ["answer ~ model + x", "answer ~ model + x + offset(0.5 * x)"])
def test_the_mode_of_a_bayesian_fit_is_that_of_the_latent_engine(formula):
    spec, priors = OrdinalSpec(formula), EffectPriors(effect=0.3, concentration=3.0)
    fit = fit_ordinal(spec, FAMILIES, engine="laplace", priors=priors, sampling=Sampling(draws=50))
    posterior = effects_posterior(fit.design, priors)
    mode = posterior.conditional_mode(np.zeros(posterior.design.size), np.zeros(0))[0]
    drawn = latent_effect_draws(fit.design, posterior, mode[:, None, None], np.zeros((0, 1, 1)))
    np.testing.assert_allclose(fit.mode, reported_terms(fit.design, drawn).values[0], atol=1e-5)
    at = fit_ordinal(spec, FAMILIES, engine="ml", sampling=Sampling(draws=50))
    assert fit.log_likelihood < at.log_likelihood
    assert (fit.mode[:3].abs() < at.mode[:3].abs()).all()


def test_the_mode_of_spreads_is_that_of_likelihood_times_prior(fits):
    """Flat but for the half-normal of one spread: the maximum over a grid of spreads with the rest at its best."""
    priors = EffectPriors(effect=1e3, concentration=1e-3, group=0.3)
    fit = fit_ordinal(
        "answer ~ model + x + (1|item)",
        FAMILIES,
        engine="laplace",
        priors=priors,
        sampling=Sampling(draws=50),
    )
    likelihood = Likelihood(fit.design)
    from valuestats.regression.maximum import climb

    start, _, _ = climb(likelihood, likelihood.start())
    basis = np.eye(likelihood.size)[:, :-1]

    def height(tau):
        return climb(likelihood, np.append(start[:-1], tau), basis=basis)[2] - 0.5 * (tau / 0.3) ** 2

    tau = fit.mode["sd[Intercept|item]"]
    assert height(tau) > max(height(tau - 0.02), height(tau + 0.02))
