"""Answers and groups left out: by weights and by refits against fits that never saw them; comparisons by stacking."""

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import dblquad, quad
from scipy.special import logsumexp
from scipy.stats import multivariate_normal, norm

from valuestats.base.errors import SpecificationError
from valuestats.latent.likelihoods.family_probabilities import log_probabilities
from valuestats.latent.sampling import Sampling
from valuestats.regression.effects_draws import distances, locations, row_log_probabilities
from valuestats.regression.effects_loo import group_log_likelihood
from valuestats.regression.fit import fit_ordinal
from valuestats.regression.loo import _rows, compare_fits, leave_group_out, leave_one_out
from valuestats.regression.predictions import predicted_probabilities

FEW = {"sampling": Sampling(draws=250), "seed": 1}
REFIT = 0.1  # two fits of 2,000 draws: Monte Carlo error of a log density, some 0.03 each


def drawn(rng, eta):
    """Answers 1 to 4 at the locations `eta`."""
    p = np.exp(log_probabilities(np.array([-1.0, 0.0, 1.2]) - np.asarray(eta)[:, None]))
    return 1 + (rng.random(len(p))[:, None] > p.cumsum(axis=1)[:, :-1]).sum(axis=1)


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        {"model": np.repeat(["a", "b"], 160), "item": np.tile(np.repeat(np.arange(8), 20), 2)}
    )
    return frame.assign(
        answer=drawn(rng, 1.2 * (frame["model"] == "b") + rng.normal(0, 0.8, 8)[frame["item"]])
    )


@pytest.fixture(scope="module")
def fits(data):
    return {
        "alike": fit_ordinal("answer ~ 1 + (1|item)", data.assign(model=data["model"]), **FEW),
        "differ": fit_ordinal("answer ~ model + (1|item)", data, **FEW),
    }


def test_leave_one_out_is_what_a_fit_without_the_answer_predicts():
    data = pd.DataFrame({"answer": [1, 2, 3], "count": [9, 14, 5]})
    found = leave_one_out(fit_ordinal("answer ~ 1", data, sampling=Sampling(draws=1000), seed=1), most=4000)
    assert found.n_data_points == 28
    for k, (first, n) in enumerate(zip([0, 9, 23], [9, 14, 5], strict=True)):
        less = data.assign(count=data["count"].where(data["answer"] != k + 1, n - 1))
        without = predicted_probabilities(
            fit_ordinal("answer ~ 1", less, sampling=Sampling(draws=1000), seed=2), most=4000
        )
        expected = float(np.log(without.estimates["estimate"].iloc[k]))
        assert float(found.elpd_i[first]) == pytest.approx(expected, abs=0.02)


def test_the_effect_of_a_left_out_group_is_integrated_exactly(fits):
    fit = fits["differ"]
    draws, design = fit.draws.thinned(3), fit.design
    inside = np.flatnonzero(design.matrices.index[0] == 2)
    counts, rows = design.counts[inside], _rows(design.matrices, inside)
    found = group_log_likelihood(design, draws, counts, rows, (0,))
    z = distances(draws, rows, locations(draws, rows, skip=(0,)))
    for s in range(3):
        peak = found[s]

        def integrand(u, s=s, peak=peak):
            inner = (counts * log_probabilities(z[s] - u)).sum()
            return np.exp(inner - peak) * norm.pdf(u, scale=draws.sds[0][s, 0])

        assert np.log(quad(integrand, -8, 8, points=[-1, 0, 1], limit=200)[0]) == pytest.approx(0.0, abs=1e-6)


def test_groups_are_left_out_one_by_one(fits):
    fit = fits["differ"]
    found = leave_group_out(fit, "item")
    assert list(found["group"]) == [str(i) for i in range(8)]
    assert found["reliable"].all()
    with pytest.raises(SpecificationError, match="varies over"):
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


def test_an_influential_answer_is_left_out_by_a_refit():
    """One answer far out in x against a strong effect of x: importance weights can't take it away."""
    rng = np.random.default_rng(8)
    data = pd.DataFrame({"x": np.tile([-1.0, -0.5, 0.0, 0.5, 1.0], 6)})
    data["answer"] = drawn(rng, 2.0 * data["x"])
    data = pd.concat([data, pd.DataFrame({"x": [4.0], "answer": [1]})], ignore_index=True)
    fit = fit_ordinal("answer ~ x", data, sampling=Sampling(draws=500), seed=1)
    weighted = leave_one_out(fit, most=2000, refits=0)
    assert weighted.warning
    assert float(weighted.pareto_k[-1]) > 0.7
    found = leave_one_out(fit, most=2000)
    assert not found.warning
    assert float(found.pareto_k[-1]) == 0.0
    # So small a probability is made by few of the draws: with 20,000 its log is known to about .05.
    without = fit_ordinal("answer ~ x", data.iloc[:-1], sampling=Sampling(draws=5000), seed=4)
    expected = np.log(
        predicted_probabilities(without, data.iloc[-1:], most=20_000).estimates["estimate"].iloc[0]
    )
    # The weights are off by far more than the refit is.
    assert float(found.elpd_i[-1]) == pytest.approx(expected, abs=3 * REFIT)
    assert abs(float(weighted.elpd_i[-1]) - expected) > 5 * REFIT
    others = np.asarray(weighted.pareto_k) < 0.7
    np.testing.assert_allclose(np.asarray(found.elpd_i)[others], np.asarray(weighted.elpd_i)[others])


def one_item_far_out():
    """Answers to five items, one far from the others: it makes most of their spread."""
    rng = np.random.default_rng(2)
    data = pd.DataFrame({"item": np.repeat([f"i{k}" for k in range(5)], 40)})
    data["answer"] = drawn(rng, np.repeat([-1.0, -0.4, 0.4, 1.0, 6.0], 40))
    return data


def elpd_by_hand(data, draws):
    """The log density of that item under a fit that never saw it, its effect integrated by quadrature."""
    rest = data[data["item"] != "i4"]
    draws = fit_ordinal(
        "answer ~ 1 + (1|item)", rest, scale=(1, 4), sampling=Sampling(draws=draws), seed=3
    ).draws
    u = np.linspace(-12, 12, 481)
    counts = (
        data[data["item"] == "i4"].groupby("answer").size().reindex([1, 2, 3, 4], fill_value=0).to_numpy()
    )
    log_p = log_probabilities(draws.cut[:, 0][:, None] - u[:, None])
    inside = (counts * log_p).sum(axis=2) + norm.logpdf(u, scale=draws.sds[0])
    return logsumexp(inside + np.log(u[1] - u[0])) - np.log(len(draws.cut))


def test_a_group_far_out_is_left_out_by_a_refit():
    """With few draws, which know a log density of the spread's tail to some .2."""
    data = one_item_far_out()
    fit = fit_ordinal("answer ~ 1 + (1|item)", data, sampling=Sampling(draws=300), seed=1)
    found = leave_group_out(fit, "item").set_index("group")
    assert found.loc["i4", "refitted"]
    assert found["reliable"].all()
    assert found.loc["i4", "elpd"] == pytest.approx(elpd_by_hand(data, 300), abs=1.0)


@pytest.mark.slow
def test_a_group_is_left_out_by_a_refit():
    """A refit against a fit that never saw the item, and weights of few draws, which can't say it."""
    data = one_item_far_out()
    # The log density is one of the tail of the spread: 16,000 draws know it to about .05.
    fit = fit_ordinal("answer ~ 1 + (1|item)", data, sampling=Sampling(draws=4000), seed=1)
    found = leave_group_out(fit, "item", most=16_000).set_index("group")
    assert found.loc["i4", "pareto_k"] > 0.7
    assert found.loc["i4", "refitted"]
    assert found["reliable"].all()
    assert not leave_group_out(fit, "item", refit=False).set_index("group").loc["i4", "reliable"]
    expected = elpd_by_hand(data, 4000)
    assert found.loc["i4", "elpd"] == pytest.approx(expected, abs=3 * REFIT)
    # Weights of few draws, which hardly reach that tail, are off by far more; one set of them may be lucky.
    few = [fit_ordinal("answer ~ 1 + (1|item)", data, sampling=Sampling(draws=50), seed=k) for k in range(7)]
    weighted = [leave_group_out(f, "item", refit=False).set_index("group").loc["i4", "elpd"] for f in few]
    assert abs(np.median(weighted) - expected) > 10 * REFIT


def test_groups_with_several_effects_are_integrated_together():
    """By item, by model and with a slope, against cubature; and by weights against a fit without the group."""
    rng = np.random.default_rng(3)
    data = pd.DataFrame(
        {"item": np.repeat(np.arange(12), 30), "model": np.tile(np.repeat(["a", "b", "c"], 10), 12)}
    )
    data["x"] = np.tile([-1.0, 0.0, 1.0, 0.0, 1.0], 72)
    own = rng.normal(0, 0.6, (12, 3))
    data["answer"] = drawn(
        rng, rng.normal(0, 0.6, 12)[data["item"]] + own[data["item"], data.groupby("model").ngroup()]
    )
    fit = fit_ordinal("answer ~ x + (1|item) + (1|model) + (1|item:model) + (0 + x||item)", data, **FEW)
    design, draws = fit.design, fit.draws.thinned(4)
    inside = np.flatnonzero((design.cells["item"] == 3) & (design.cells["model"] == "a"))
    counts, rows = design.counts[inside], _rows(design.matrices, inside)
    terms = (0, 3)
    value = group_log_likelihood(design, draws, counts, rows, terms)
    z = distances(draws, rows, locations(draws, rows, skip=terms))
    for s in range(2):
        covariance = np.diag([draws.sds[0][s, 0] ** 2, draws.sds[3][s, 0] ** 2])

        def integrand(slope, place, s=s, covariance=covariance):
            eta = place + slope * rows.z[3][:, 0]
            inner = (counts * log_probabilities(z[s] - eta[:, None])).sum()
            return np.exp(inner - value[s]) * multivariate_normal.pdf([place, slope], cov=covariance)

        assert dblquad(integrand, -3, 3, -2, 2, epsabs=1e-3)[0] == pytest.approx(1.0, abs=0.02)
    by_item, by_model = leave_group_out(fit, "item"), leave_group_out(fit, "model")
    assert by_item["answers"].sum() == by_model["answers"].sum() == len(data)
    assert by_item["reliable"].all()
    assert by_model["reliable"].all()
    alone = fit_ordinal(fit.design.spec, data[data["item"] != 3], sampling=Sampling(draws=500), seed=2)
    cells = np.flatnonzero(design.cells["item"] == 3)
    at = alone.design.evaluate(design.cells.iloc[cells])
    new = [
        design.counts[cells] * row_log_probabilities(alone.design, alone.draws, at, seed=k) for k in range(20)
    ]
    by_hand = logsumexp([v.sum(axis=(1, 2)) for v in new]) - np.log(20 * alone.draws.size)
    assert by_item.set_index("group").loc["3", "elpd"] == pytest.approx(by_hand, abs=2 * REFIT)
