"""Compiled and rounded passes against the plain formulas that they stand for."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from valuestats.latent.arrow import ArrowFactor
from valuestats.latent.design import Block, Hyper, LatentDesign, Scale, index_term
from valuestats.latent.hmc import Whitening, sample_whitened
from valuestats.latent.laplace import fit_laplace
from valuestats.latent.likelihoods.logit_slopes import LogitSlopes
from valuestats.latent.posterior import LatentPosterior
from valuestats.latent.shared_spreads import SharedSpreads
from valuestats.latent.sparse_times import solved_rows, spread_rows
from valuestats.statistics.ordinal import cell_log_likelihood


def nested_design(seed=0, models=3, items=8):
    rng = np.random.default_rng(seed)
    model, item = np.repeat(np.arange(models), items), np.tile(np.arange(items), models)
    return LatentDesign(
        counts=rng.integers(0, 6, (models * items, 4)).astype(float),
        group=model,
        sets=models,
        terms={
            "cell": index_term(np.arange(models * items), models * items),
            "pair": index_term(model * (items // 2) + item // 2, models * items // 2),
            "item": index_term(item, items),
        },
        blocks=(
            Block("cell", "cell", None, (models * items,), 1.0, (Scale("own", model),), leaf=True),
            Block("pair", "pair", None, (models * items // 2,), 0.7, (Scale("pair"),), leaf=True),
            Block("item", "item", None, (items,), 1.0, (Scale("item"),)),
            Block("cut", "thresholds", None, (models * 3,), 1.5),
        ),
        hypers=(
            Hyper("own", models, "half_normal"),
            Hyper("pair", 1, "half_normal"),
            Hyper("item", 1, "half_normal"),
        ),
    )


@pytest.mark.parametrize("columns", [1, 3, 4, 40])
def test_rows_are_solved_and_spread_as_by_dense_algebra(columns):
    rng = np.random.default_rng(columns)
    dense = np.where(rng.random((7, 5)) < 0.5, rng.normal(size=(7, 5)), 0.0)
    known, given, root = rng.normal(size=(5, columns)), rng.normal(size=(7, columns)), 1.0 + rng.random(7)
    out, carried = np.empty((7, columns)), rng.normal(size=(5, columns))
    solved_rows(csr_array(dense), known, given, root, out)
    np.testing.assert_allclose(out, (given - dense @ known) / root[:, None], rtol=1e-13)
    before = carried.copy()
    spread_rows(csr_array(dense), given, root, out, carried)
    np.testing.assert_allclose(out, given / root[:, None], rtol=1e-15)
    np.testing.assert_allclose(carried, before - dense.T @ (given / root[:, None]), rtol=1e-12, atol=1e-13)


def test_the_factor_in_single_precision_is_that_in_double():
    posterior = LatentPosterior(nested_design())
    factor: ArrowFactor = fit_laplace(posterior).factor
    w = np.random.default_rng(1).normal(size=(posterior.design.size, 4))
    rounded = factor.rounded()
    for name in ("back", "forward"):
        exact, single = getattr(factor, name)(w), getattr(rounded, name)(w.astype(np.float32))
        assert single.dtype == np.float32
        np.testing.assert_allclose(single, exact, rtol=2e-5, atol=2e-6)


def test_forward_turns_back_around():
    posterior = LatentPosterior(nested_design())
    factor = fit_laplace(posterior).factor
    one, two = np.random.default_rng(2).normal(size=(2, posterior.design.size, 4))
    np.testing.assert_allclose((factor.back(one) * two).sum(), (one * factor.forward(two)).sum(), rtol=1e-11)


def test_gradients_without_the_value_are_those_with_it_to_single_precision():
    posterior = LatentPosterior(nested_design())
    to = Whitening(posterior, fit_laplace(posterior))
    q = np.random.default_rng(3).normal(size=(posterior.design.size + posterior.design.hyper_size, 4))
    exact, single = to.density(q)[1], to.density(q, valued=False)[1]
    assert 0.0 < np.abs(single - exact).max() < 2e-4


def test_orbits_in_single_precision_leave_the_posterior_as_it_is():
    """Held against the same sampler with every gradient in double precision, on other random numbers."""
    posterior = LatentPosterior(nested_design())
    fit = fit_laplace(posterior)

    class Exact(LatentPosterior):
        pass

    rounded = sample_whitened(posterior, fit, draws=1500, tune=300, chains=6, seed=1)
    exact = sample_whitened(Exact(posterior.design), fit, draws=1500, tune=300, chains=6, seed=2)
    one, two = (np.concatenate([d.x, d.phi]).reshape(-1, 9000) for d in (rounded, exact))
    # errors of means of some 2,000 effective draws each, times five
    assert (np.abs(one.mean(axis=1) - two.mean(axis=1)) / two.std(axis=1)).max() < 5 * np.sqrt(2 / 2000)
    assert np.abs(np.log(one.std(axis=1) / two.std(axis=1))).max() < 0.15


def test_the_prior_of_shared_spreads_is_that_of_every_coefficient():
    design = nested_design()
    shared, rng = SharedSpreads(design), np.random.default_rng(4)
    u = design.unconstrained(rng.normal(size=(design.hyper_size, 3)))
    log_sd = design.log_sd(u)
    np.testing.assert_allclose(shared.log_sd(u)[shared.rows], log_sd, rtol=1e-15)
    x, d_x = rng.normal(size=(2, design.size, 3))
    scaled = rng.random((design.size, 1)) * np.ones(3)
    factor = np.exp(scaled * log_sd)
    value, d_w, sums = shared.prior(x, factor, scaled[:, 0], shared.log_sd(u), d_x.copy())
    away = x * np.exp(-2.0 * log_sd)
    slope = d_x - away
    np.testing.assert_allclose(value, -(0.5 * away * x + (1 - scaled) * log_sd).sum(axis=0), rtol=1e-12)
    np.testing.assert_allclose(d_w, factor * slope, rtol=1e-12)
    by_sd = away * x - 1.0 + scaled * (slope * x + 1.0)
    np.testing.assert_allclose(shared.by_hyper(u, sums), design.by_hyper(u, by_sd), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("scale", [1.0, 0.5, 40.0])
def test_values_by_products_are_the_sums_of_logarithms(scale):
    """Whole and other counts, small and large ones, locations up to some hundred logits away."""
    rng = np.random.default_rng(5)
    counts = scale * rng.integers(0, 4, (60, 5)) * (rng.random((60, 5)) < 0.6)
    group = np.sort(rng.integers(0, 3, 60))
    cut = np.sort(rng.normal(size=(9, 3, 4)), axis=-1)
    eta = rng.normal(size=(60, 9)) * np.array([1.0, 3.0, 30.0] * 3)
    eta[7, 4] = 300.0
    found = LogitSlopes(counts, group, 3).values(cut, eta)
    wanted = [cell_log_likelihood(counts, cut[d][group], eta[:, d]).sum() for d in range(9)]
    np.testing.assert_allclose(found[np.isfinite(found)], np.array(wanted)[np.isfinite(found)], rtol=1e-11)
    assert np.isfinite(found).sum() >= 5
    # where a product overflows the posterior sums logarithms
    design = LatentDesign(
        counts,
        group,
        3,
        {"cell": index_term(np.arange(60), 60)},
        (Block("cell", "cell", None, (60,)), Block("cut", "thresholds", None, (12,))),
        (),
        threshold_map="direct",
    )
    x = np.concatenate([eta, np.moveaxis(cut, 0, -1).reshape(12, 9)])
    np.testing.assert_allclose(LatentPosterior(design).log_likelihoods(x), wanted, rtol=1e-11)
