"""Prior sensitivity, rootograms and output of `fit_ordinal`; figures, sentences, study verbs."""

import arviz_stats
import numpy as np
import pandas as pd
import pytest

from valuestats.base.errors import SpecificationError
from valuestats.latent.likelihoods.family_probabilities import log_probabilities
from valuestats.latent.sampling import Sampling
from valuestats.regression.checks import prior_sensitivity, prior_shares, rootogram
from valuestats.regression.effects_design import Matrices
from valuestats.regression.effects_draws import EffectDraws, EffectPriors, distances, locations
from valuestats.regression.figures import prior_shares_chart, rootogram_chart
from valuestats.regression.fit import fit_ordinal
from valuestats.regression.predictions import expected_score, marginal_effects, predicted_probabilities
from valuestats.results.result import Result
from valuestats.study import run_study

FEW = {"sampling": Sampling(draws=250), "seed": 1}


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
    tree = fits["differ"].to_datatree(by="cell", most=5000)
    assert {"posterior", "log_likelihood", "log_prior", "posterior_predictive", "observed_data"} <= set(
        tree.children
    )
    summary = arviz_stats.summary(tree, var_names=["coefficient"])
    row = fits["differ"].estimates.set_index("term").loc["model[b]"]
    assert float(summary.loc["coefficient[model[b]]", "mean"]) == pytest.approx(row["estimate"], abs=0.01)
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
        assert "95% posterior intervals" in said
    assert "model[b]" in results[0].sentence()
    assert "1 of 1" in results[0].sentence()
    assert "highest for model b" in results[1].sentence()
    assert rootogram_chart(rootogram(fit, "item")).to_dict()["columns"] == 4
    assert prior_shares_chart(prior_shares(4, draws=200)).to_dict()["columns"] == 5
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
    rows = pd.DataFrame({"model": "a", "item": [98, 99, 99]})
    new = expected_score(fit, rows).replicates().to_numpy()
    assert np.array_equal(new[:, 1], new[:, 2])  # one new item, twice
    assert (
        abs(np.corrcoef(new[:, 0], new[:, 1])[0, 1]) < 0.3
    )  # two new items share what is known of all, no more
    with pytest.raises(SpecificationError, match="was not fitted"):
        expected_score(fit, pd.DataFrame({"model": ["z"], "item": [0]}))


def test_the_induced_prior_is_near_the_dirichlet_it_aims_at():
    table = prior_shares(5).pivot(index="code", columns="prior", values="q50")
    aim = table["Dirichlet(1)"]
    for name in ("cumulative", "sequential logit", "adjacent logit"):
        assert (table[name] - aim).abs().max() < 0.08, name


STUDY = """
study: fits
title: Fits
seed: 1
level: 0.9
steps:
  data: {verb: read_table, path: {file: data.csv}}
  fit:
    verb: fit_ordinal
    data: "@data"
    formula: answer ~ model
    priors: {effect: 1.0}
    scale: [1, 4]
    sampling: {draws: 200}
  scores: {verb: expected_score, fit: "@fit", by: [model]}
  effects: {verb: marginal_effects, fit: "@fit", variable: model}
"""


def test_results_round_trip_and_study_verbs(fits, data, tmp_path):
    again = Result.load(fits["differ"].result.save(tmp_path / "fit"))
    pd.testing.assert_frame_equal(again.estimates, fits["differ"].estimates)
    assert again.replicates().sizes["term"] == len(again.estimates)
    data.to_csv(tmp_path / "data.csv", index=False)
    (tmp_path / "study.yml").write_text(STUDY)
    run = run_study(tmp_path / "study.yml", results=tmp_path / "results")
    fit = run.load("fit").result
    assert (fit.kind, fit.meta["specification"]["priors"]["effect"]) == ("ordinal_fit", 1.0)
    assert run.load("scores").keys == ("model",)
    assert run.load("effects").estimates["level"].iloc[0] == 0.9
    options = {
        "priors": EffectPriors(effect=1.0),
        "scale": (1, 4),
        "level": 0.9,
        "seed": 1,
        "sampling": Sampling(draws=200),
    }
    direct = fit_ordinal("answer ~ model", data, **options)
    pd.testing.assert_frame_equal(
        run.load("scores").estimates, expected_score(direct, by=["model"], level=0.9).estimates
    )


def test_unequal_discriminations_and_monotonic_steps_enter_the_distances():
    """By hand: two rows, one draw."""
    rows = Matrices(
        np.zeros((2, 0)), np.zeros(2, int), (), (), np.array([[0.0], [1.0]]), np.array([0, 1]),
        np.array([[0.0], [2.0]]), np.array([[0], [2]]), np.zeros(2),
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
