"""Where `engine="ml"` has no maximum or offers nothing, what is kept of it, and the modes of Bayesian fits."""

import numpy as np
import pandas as pd
import pytest

from tests.regression.clm_fits import FAMILIES, WINE
from valuestats.base.errors import SpecificationError
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
from valuestats.regression.predictions import expected_score
from valuestats.results.storage import read_artifact, write_artifact


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
