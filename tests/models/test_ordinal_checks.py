"""Cross-validation, prior sensitivity, rootograms and output of `fit_ordinal`; figures, sentences, study verbs."""

import arviz_stats
import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from valuestats.charts.ordinal_fits import prior_shares_chart, rootogram_chart
from valuestats.errors import SpecificationError
from valuestats.kernels.family_probabilities import log_probabilities
from valuestats.models.effects_draws import EffectDraws, EffectPriors, distances, locations
from valuestats.models.effects_formula import Matrices
from valuestats.models.effects_loo import group_log_likelihood
from valuestats.ordinal_checks import (
    _rows,
    _without,
    compare_fits,
    leave_group_out,
    leave_one_out,
    prior_sensitivity,
    prior_shares,
    rootogram,
)
from valuestats.ordinal_formula import fit_ordinal
from valuestats.ordinal_predictions import expected_score, marginal_effects, predicted_probabilities
from valuestats.result import Result
from valuestats.study.verbs import VERBS

FEW = {"draws": 250, "seed": 1}


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        {"model": np.repeat(["a", "b"], 160), "item": np.tile(np.repeat(np.arange(8), 20), 2)}
    )
    eta = 1.2 * (frame["model"] == "b") + rng.normal(0, 0.8, 8)[frame["item"]]
    z = np.array([-1.0, 0.0, 1.2]) - eta.to_numpy()[:, None]
    p = np.exp(log_probabilities(z))
    frame["answer"] = 1 + (rng.random(len(frame))[:, None] > p.cumsum(axis=1)[:, :-1]).sum(axis=1)
    return frame


@pytest.fixture(scope="module")
def fits(data):
    return {
        "alike": fit_ordinal("answer ~ 1 + (1|item)", data.assign(model=data["model"]), **FEW),
        "differ": fit_ordinal("answer ~ model + (1|item)", data, **FEW),
    }


def test_leave_one_out_is_what_a_fit_without_the_answer_predicts():
    data = pd.DataFrame({"answer": [1, 2, 3], "count": [9, 14, 5]})
    found = leave_one_out(fit_ordinal("answer ~ 1", data, draws=1000, seed=1), most=4000)
    assert found.n_data_points == 28
    for k, (first, n) in enumerate(zip([0, 9, 23], [9, 14, 5], strict=True)):
        less = data.assign(count=data["count"].where(data["answer"] != k + 1, n - 1))
        without = predicted_probabilities(fit_ordinal("answer ~ 1", less, draws=1000, seed=2), most=4000)
        expected = float(np.log(without.estimates["estimate"].iloc[k]))
        assert float(found.elpd_i[first]) == pytest.approx(expected, abs=0.02)


def test_the_effect_of_a_left_out_group_is_integrated_exactly(fits):
    fit = fits["differ"]
    draws, design = fit.draws.thinned(3), fit.design
    inside = np.flatnonzero(design.matrices.index[0] == 2)
    counts, rows = design.counts[inside], _rows(design.matrices, inside)
    found = group_log_likelihood(design, draws, counts, rows, 0)
    z = distances(draws, rows, locations(draws, rows, skip=0))
    for s in range(3):
        peak = found[s]

        def integrand(u, s=s, peak=peak):
            inner = (counts * log_probabilities(z[s] - u)).sum()
            return np.exp(inner - peak) * norm.pdf(u, scale=draws.sds[0][s, 0])

        assert np.log(quad(integrand, -8, 8, points=[-1, 0, 1], limit=200)[0]) == pytest.approx(0.0, abs=1e-6)


def test_groups_left_out_by_weights_and_by_refit_agree(fits):
    fit = fits["differ"]
    found = leave_group_out(fit, "item")
    assert list(found["group"]) == [str(i) for i in range(8)]
    assert found["reliable"].all()
    inside = np.flatnonzero(fit.design.matrices.index[0] == 3)
    assert found["elpd"][3] == pytest.approx(_without(fit, inside, 0, 400), abs=0.35)
    with pytest.raises(SpecificationError, match="left out"):
        leave_group_out(fit, "model")


def test_the_model_that_made_the_answers_wins(fits, data):
    table = compare_fits(fits)
    assert table.index[0] == "differ"
    assert table.loc["differ", "weight"] > 0.9
    # Below a difference of 4 the comparison is noise (Sivula, Magnusson and Vehtari 2020).
    assert table.loc["alike", "elpd_diff"] < -4.0
    other = fit_ordinal("answer ~ model", data.head(200), **FEW)
    with pytest.raises(SpecificationError, match="different answers"):
        compare_fits({**fits, "other": other})


def test_a_prior_against_the_data_is_flagged(data):
    loose = prior_sensitivity(fit_ordinal("answer ~ model", data, **FEW)).set_index("term")
    assert loose.loc["model[b]", "diagnosis"] == "none"
    tight = fit_ordinal("answer ~ model", data, priors=EffectPriors(effect=0.1), sensitivity=True, **FEW)
    assert any("prior and data disagree" in w and "model[b]" in w for w in tight.result.meta["warnings"])


def test_rootograms_show_what_a_model_leaves_out(fits, data):
    both = rootogram(fits["differ"], "model")
    assert both["observed"].sum() == len(data)
    counts = data.groupby(["model", "answer"]).size()
    assert both.set_index(["group", "code"])["observed"].to_dict() == counts.astype(float).to_dict()
    assert not both["outside"].any()
    with pytest.raises(SpecificationError, match="no such column"):
        rootogram(fits["differ"], "wording")
    blind = fit_ordinal("answer ~ 1", data.assign(one="x"), **FEW)
    assert not rootogram(blind)["outside"].any()


def test_a_misfit_closes_the_gate(data):
    """One location for models that answer oppositely spread: the thresholds can't follow both."""
    counts = pd.DataFrame(
        {
            "model": np.repeat(["a", "b"], 4),
            "answer": [1, 2, 3, 4] * 2,
            "count": [200, 5, 5, 200, 5, 200, 200, 5],
        }
    )
    fit = fit_ordinal("answer ~ model", counts, **FEW)
    assert not fit.passed
    assert "predictive" in fit.result.meta["gate"]["reasons"][0]
    assert "no finding" in fit.result.sentence()
    assert fit_ordinal("answer ~ model", counts, disc=None, thresholds="model", **FEW).passed


def test_the_datatree_is_arviz_own(fits):
    tree = fits["differ"].to_datatree(most=5000)
    assert {"posterior", "log_likelihood", "log_prior", "posterior_predictive", "observed_data"} <= set(
        tree.children
    )
    summary = arviz_stats.summary(tree, var_names=["reported"])
    row = fits["differ"].estimates.set_index("term").loc["model[b]"]
    assert float(summary.loc["reported[model[b]]", "mean"]) == pytest.approx(row["estimate"], abs=0.01)
    replicated = tree["posterior_predictive"]["counts"].sum("code")
    assert (replicated == tree["observed_data"]["counts"].sum("code")).all()


def test_figures_and_sentences(fits):
    fit = fits["differ"]
    results = [
        fit.result,
        expected_score(fit, by="model"),
        predicted_probabilities(fit, by=("model",)),
        marginal_effects(fit, "model"),
        marginal_effects(fit, "model", outcome="probabilities", by="item"),
    ]
    for result in results:
        assert result.plot().to_dict()["$schema"]
        said = result.sentence()
        assert "320 of 320 answers were scored" in said
        assert "95 % posterior intervals" in said
    assert "model[b]" in results[0].sentence()
    assert "1 of 1" in results[0].sentence()
    assert "highest for b" in results[1].sentence()
    assert rootogram_chart(rootogram(fit, "item")).to_dict()["columns"] == 4
    assert prior_shares_chart(prior_shares(4, draws=200)).to_dict()["columns"] == 3
    with pytest.raises(SpecificationError, match="no such part"):
        results[0].plot(part="slopes")


def test_new_rows_and_new_groups(fits):
    fit = fits["differ"]
    rows = pd.DataFrame({"model": ["a", "b", "a"], "item": [0, 0, 99]})
    found = expected_score(fit, rows).estimates
    assert found["estimate"][1] > found["estimate"][0]
    assert found["std_error"][2] > 1.5 * found["std_error"][0]  # an item that was never asked
    typical = expected_score(fit, rows, groups="zero").estimates
    assert typical["estimate"][0] == pytest.approx(typical["estimate"][2])
    with pytest.raises(SpecificationError, match="was not fitted"):
        expected_score(fit, pd.DataFrame({"model": ["z"], "item": [0]}))


def test_the_induced_prior_is_near_the_dirichlet_it_aims_at():
    table = prior_shares(5).pivot(index="code", columns="prior", values="q50")
    aim = table["Dirichlet(1)"]
    for name in ("cumulative", "sequential logit", "adjacent logit"):
        assert (table[name] - aim).abs().max() < 0.08, name


def test_results_round_trip_and_study_verbs(fits, data, tmp_path):
    again = Result.load(fits["differ"].result.save(tmp_path / "fit"))
    pd.testing.assert_frame_equal(again.estimates, fits["differ"].estimates)
    assert again.replicates().sizes["term"] == len(again.estimates)
    options = {"formula": "answer ~ model", "level": 0.9, "seed": 1, "draws": 200}
    fit = VERBS["fit_ordinal"](data, priors={"effect": 1.0}, scale=[1, 4], **options)
    assert (fit.kind, fit.meta["specification"]["priors"]["effect"]) == ("ordinal_fit", 1.0)
    assert VERBS["ordinal_scores"](data, by=["model"], **options).keys == ("model",)
    assert VERBS["ordinal_effects"](data, variable="model", **options).estimates["level"].iloc[0] == 0.9


def test_unequal_discriminations_and_monotonic_steps_enter_the_distances():
    """By hand: two rows, one draw."""
    rows = Matrices(
        np.zeros((2, 0)), np.zeros(2, int), (), (), np.array([[0.0], [1.0]]), np.array([0, 1]),
        np.array([[0.0], [2.0]]), np.array([[0], [2]]),
    )  # fmt: skip
    draws = EffectDraws(
        1,
        np.array([[[-1.0, 1.0]]]),
        np.zeros((1, 0)),
        disc=np.array([[np.log(2.0)]]),
        log_disc=np.array([[0.0, np.log(1.5)]]),
        specific=np.array([[[0.1, -0.2]]]),
        monotonic=np.array([[0.6]]),
        steps=(np.array([[0.0, 0.5, 1.0]]),),
    )
    z = distances(draws, rows, locations(draws, rows))
    np.testing.assert_allclose(z[0], [[-1.0, 1.0], [3.0 * (-1 - 0.6 - 0.2), 3.0 * (1 - 0.6 + 0.4)]])
