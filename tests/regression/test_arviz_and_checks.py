"""Fits as ArviZ reads them, and predictive checks that a planted misfit makes fire."""

import arviz as az
import numpy as np
import pandas as pd
import pytest
from arviz_base import rcParams

from valuestats import Sampling, fit_ordinal, leave_one_out, pp_check
from valuestats.base.errors import SpecificationError


def answers(seed=3, n=240):
    rng = np.random.default_rng(seed)
    model, item = rng.choice(["a", "b"], n), rng.choice(12, n)
    eta = 0.9 * (model == "b") + np.random.default_rng(1).normal(0, 0.7, 12)[item]
    code = 1 + (eta[:, None] + rng.logistic(size=(n, 1)) > [-1.0, 0.5, 1.5]).sum(axis=1)
    return pd.DataFrame({"model": model, "item": [f"i{k}" for k in item], "answer": code})


@pytest.fixture(scope="module")
def fit():
    return fit_ordinal(
        "answer ~ model + (1|item)", answers(), engine="hmc", seed=2, sampling=Sampling(draws=300)
    )


def test_arviz_summarises_named_terms_with_r_hat(fit):
    summary = az.summary(fit.to_datatree(), ci_prob=0.95)
    assert {
        "coefficient[model[b]]",
        "threshold[threshold[1|2]]",
        "standard_deviation[sd[Intercept|item]]",
    } <= set(summary.index)
    row = fit.estimates.set_index("term").loc["model[b]"]
    assert float(summary.loc["coefficient[model[b]]", "mean"]) == pytest.approx(row["estimate"], abs=0.03)
    rhat = summary["r_hat"].astype(float)
    assert rhat.between(0.99, 1.05).all()
    tree = fit.to_datatree(most=200)
    assert dict(tree["posterior"].sizes)["chain"] == 4
    assert dict(tree["posterior"].sizes)["draw"] == 50


def test_arviz_leaves_out_the_same_answers_as_the_package(fit):
    tree = fit.to_datatree(most=1200)
    theirs, own = az.loo(tree), leave_one_out(fit, most=1200, refits=0)
    assert theirs.n_data_points == own.n_data_points == 240
    assert theirs.elpd == pytest.approx(own.elpd, abs=0.3)
    assert theirs.se == pytest.approx(own.se, rel=0.02)


def test_arviz_draws_its_rootogram_of_answers(fit):
    tree = fit.to_datatree()
    with_none = rcParams["plot.backend"]
    rcParams["plot.backend"] = "none"
    try:
        drawn = az.plot_ppc_rootogram(tree)
    finally:
        rcParams["plot.backend"] = with_none
    assert drawn is not None
    seen = tree["observed_data"]["answer"].to_numpy()
    made = tree["posterior_predictive"]["answer"].to_numpy()
    assert set(np.unique(made)) <= {1, 2, 3, 4}
    shares = np.array([(made == k).mean() for k in (1, 2, 3, 4)])
    np.testing.assert_allclose(shares, [(seen == k).mean() for k in (1, 2, 3, 4)], atol=0.03)
    assert (tree["constant_data"]["model"].to_numpy() == answers()["model"].to_numpy()).all()


def test_cells_stand_for_very_many_answers(fit):
    tree = fit.to_datatree(by="cell")
    replicated = tree["posterior_predictive"]["counts"].sum("code")
    assert (replicated == tree["observed_data"]["counts"].sum("code")).all()
    single = fit.to_datatree()
    np.testing.assert_allclose(
        tree["log_likelihood"]["counts"].sum("cell"), single["log_likelihood"]["answer"].sum("answer_id")
    )
    counted = fit_ordinal(
        "answer ~ model",
        pd.DataFrame(
            {
                "model": ["a", "a", "b", "b"],
                "answer": [1, 2, 1, 2],
                "count": [200_000, 100_000, 50_000, 50_000],
            }
        ),
        engine="laplace",
        seed=1,
    )
    with pytest.raises(SpecificationError, match="too many answers"):
        counted.to_datatree()
    assert counted.to_datatree(by="cell")["observed_data"]["counts"].sum() == 400_000


def test_a_check_of_a_right_model_leaves_zero_inside(fit):
    found = pp_check(fit, "model")
    assert found.keys == ("model", "statistic")
    assert not found.estimates["outside"].any()
    assert 0.05 < found.meta["p_value"] < 0.95
    frame = answers()
    means = found.estimates.query("statistic == 'mean'").set_index("model")["observed"]
    for model, part in frame.groupby("model"):
        assert means[model] == pytest.approx(part["answer"].mean())
    spreads = found.estimates.query("statistic == 'standard deviation'").set_index("model")["observed"]
    assert spreads["a"] == pytest.approx(frame.loc[frame["model"] == "a", "answer"].std(ddof=0))
    assert "the model fits" in found.sentence()
    assert len(found.plot().to_dict()["vconcat"]) >= 4
    assert fit.pp_check("model").estimates.equals(found.estimates)


def test_a_planted_misfit_is_named():
    """Models that answer oppositely spread, with one set of thresholds: the spread of each is what can't be made."""
    counts = pd.DataFrame(
        {
            "model": np.repeat(["a", "b"], 4),
            "answer": [1, 2, 3, 4] * 2,
            "count": [200, 5, 5, 200, 5, 200, 200, 5],
        }
    )
    found = pp_check(fit_ordinal("answer ~ model", counts, engine="ml", seed=1), "model")
    out = found.estimates[found.estimates["outside"]]
    assert set(zip(out["model"], out["statistic"], strict=True)) >= {
        ("a", "standard deviation"),
        ("b", "standard deviation"),
    }
    assert "mean" not in set(out["statistic"])
    assert found.meta["p_value"] < 0.001
    assert "does not fit (p < 0.001" in found.sentence()
    right = pp_check(fit_ordinal("answer ~ 1", counts, thresholds="model", engine="laplace", seed=1), "model")
    assert not right.estimates["outside"].any()


def test_a_column_that_is_not_there_is_refused(fit):
    with pytest.raises(SpecificationError) as caught:
        pp_check(fit, "size")
    assert caught.value.parameter == "by"
