"""The counted ordinal likelihood against closed forms, SciPy and statsmodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime, minimize
from scipy.stats import logistic, multinomial, norm

from valuestats.base.errors import SpecificationError
from valuestats.statistics.ordinal import (
    agreement_of_cells,
    category_probabilities,
    cell_log_likelihood,
    cutpoints_from_shares,
    expected_answer,
)

EXACT = 1e-10  # closed forms in double precision
GRADIENT = 2e-5  # forward differences of step 1e-7
DISTRIBUTIONS = {"logit": logistic, "probit": norm}


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_cell_equals_scipy_multinomial(link):
    cut, eta, counts = np.array([-1.2, 0.1, 0.9, 2.5]), 0.7, np.array([3, 0, 5, 2, 1])
    shares = np.diff(DISTRIBUTIONS[link].cdf(np.concatenate([[-np.inf], cut - eta, [np.inf]])))
    coefficient = multinomial.logpmf(counts, counts.sum(), shares) - (counts * np.log(shares)).sum()
    ours = cell_log_likelihood(counts, cut, eta, link=link) + coefficient
    assert ours == pytest.approx(multinomial.logpmf(counts, counts.sum(), shares), abs=EXACT)
    assert category_probabilities(cut, eta, link=link) == pytest.approx(shares, abs=EXACT)


@pytest.mark.parametrize("link", ["logit", "probit"])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_rows_equal_counted_cells(link, data):
    answers = np.array(data.draw(st.lists(st.integers(0, 3), min_size=1, max_size=12)))
    eta = data.draw(st.floats(-4, 4))
    cut = np.array([-1.0, 0.3, 2.0])
    rows = cell_log_likelihood(np.eye(4)[answers], cut, np.full(len(answers), eta), link=link).sum()
    cell = cell_log_likelihood(np.bincount(answers, minlength=4), cut, eta, link=link)
    assert cell == pytest.approx(rows, abs=1e-9)


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_reversing_the_scale_mirrors_the_likelihood(link):
    counts, cut, eta = (
        np.array([[2, 1, 0, 4], [0, 0, 3, 1]]),
        np.array([-0.5, 0.4, 1.9]),
        np.array([0.3, -2.0]),
    )
    mirrored = cell_log_likelihood(counts[:, ::-1], -cut[::-1], -eta, link=link)
    assert mirrored == pytest.approx(cell_log_likelihood(counts, cut, eta, link=link), abs=EXACT)


def test_far_tails_stay_finite_and_ordered():
    for link in ("logit", "probit"):
        far = cell_log_likelihood([0, 1, 0], [-1.0, 1.0], np.array([8.0, 20.0, 35.0]), link=link)
        assert np.isfinite(far).all()
        assert (np.diff(far) < 0).all()


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_cutpoints_give_back_the_shares(link):
    shares = np.array([[0.02, 0.5, 0.08, 0.4], [1e-7, 0.3, 0.4, 0.3 - 1e-7]])
    cut = cutpoints_from_shares(np.log(shares), link=link)
    assert category_probabilities(cut, np.zeros(2), link=link) == pytest.approx(shares, rel=1e-8)


def test_expected_answer_by_hand_and_by_brute_force():
    cut, codes = np.array([-1.0, 0.5]), np.array([1, 3, 4])
    assert expected_answer(cut, 0.2, codes) == pytest.approx(
        float(category_probabilities(cut, 0.2) @ codes), abs=EXACT
    )
    draws = 0.2 + 0.8 * np.random.default_rng(0).normal(size=400_000)
    brute = (category_probabilities(cut, draws) @ codes).mean()
    assert expected_answer(cut, 0.2, codes, spread=0.8) == pytest.approx(brute, abs=0.005)


def test_agreement_of_cells():
    assert np.isnan(agreement_of_cells([[1, 0]])).all()
    assert agreement_of_cells([[2, 2]]) == pytest.approx([1 / 3])


def test_unknown_link_is_refused():
    with pytest.raises(SpecificationError, match="unknown link"):
        cell_log_likelihood([1, 0], [0.0], 0.0, link="cloglog")


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_compiled_pass_agrees_with_numpy_and_its_own_gradient(link):
    from valuestats.latent.likelihoods.ordinal_passes import compiled_pass

    rng = np.random.default_rng(3)
    cut = np.sort(rng.normal(size=(3, 4)) * 1.5, axis=1)
    eta, group = rng.normal(size=20) * 2, rng.integers(0, 3, 20)
    counts = rng.integers(0, 4, (20, 5)).astype(float)
    compiled = compiled_pass(link)
    value, d_cut, d_eta = compiled(cut, eta, counts, group)
    assert value == pytest.approx(cell_log_likelihood(counts, cut[group], eta, link=link).sum(), rel=1e-12)
    by_eta = approx_fprime(eta, lambda e: float(compiled(cut, e, counts, group)[0]), 1e-7)
    by_cut = approx_fprime(
        cut.ravel(), lambda c: float(compiled(c.reshape(3, 4), eta, counts, group)[0]), 1e-7
    )
    assert d_eta == pytest.approx(by_eta, rel=GRADIENT, abs=GRADIENT * 10)
    assert d_cut.ravel() == pytest.approx(by_cut, rel=GRADIENT, abs=GRADIENT * 10)


def test_posterior_mode_with_flat_priors_is_the_maximum_likelihood_of_statsmodels():
    """Model x value effects without random effects: our mode under near-flat priors against OrderedModel."""
    import xarray as xr
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    from valuestats.regression.cells import build_design
    from valuestats.regression.profile_estimands import structural_draws
    from valuestats.regression.profile_pymc import build_model
    from valuestats.regression.simulate import simulate_answers
    from valuestats.regression.structure import OrdinalPriors, structure_of

    study = simulate_answers(
        n_models=1,
        n_items=3,
        n_values=3,
        n_prompts=150,
        item_sd=0.0,
        interaction_sd=0.0,
        categories=4,
        seed=4,
    )
    # Items are put exactly where their value says, which leaves the fixed-effects model.
    answers = study.responses.drop(columns="cluster")
    design = build_design(answers, study.keys, scale=(1, 4))
    model = build_model(design, priors=OrdinalPriors(shares=100.0, value=100.0))
    logp = model.compile_logp(mode="FAST_COMPILE")
    start = model.initial_point()

    free = ["shares", "beta"]
    sizes = [start[n].size for n in free]

    def point(x):
        parts = np.split(x, np.cumsum(sizes)[:-1])
        at = {**start, **{n: p.reshape(start[n].shape) for n, p in zip(free, parts, strict=True)}}
        at["item_location"] = _item_contrasts(design) @ at["beta"]
        return at

    found = minimize(lambda x: -float(logp(point(x))), np.zeros(sum(sizes)), method="BFGS")
    at = point(found.x)
    posterior = xr.Dataset(
        {n: (("draw", *(f"{n}{i}" for i in range(at[n].ndim))), at[n][None]) for n in ("shares", "beta")}
    )
    ours = structural_draws(posterior, design, structure_of(design), "logit")

    table = answers.merge(study.keys, on="item")
    dummies = pd.get_dummies(table["dimension"]).astype(float).iloc[:, 1:]
    endog = pd.Series(pd.Categorical(table["answer"].astype(int), ordered=True))
    fit = OrderedModel(endog, dummies, distr="logit").fit(method="bfgs", disp=False)
    effects = np.concatenate([[0.0], fit.params.iloc[:2].to_numpy()])
    assert ours.profile[0, 0] == pytest.approx(effects - effects.mean(), abs=2e-3)
    thresholds = OrderedModel(endog, dummies, distr="logit").transform_threshold_params(fit.params.to_numpy())
    assert ours.cutpoints[0, 0] == pytest.approx(thresholds[1:-1] - effects.mean(), abs=2e-3)


def _item_contrasts(design):
    from valuestats.regression.profile_pymc import zero_sum_basis

    values = zero_sum_basis(len(design.values)).T @ design.membership.T
    return (values @ zero_sum_basis(len(design.items))).T
