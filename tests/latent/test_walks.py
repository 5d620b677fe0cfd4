"""Bases of random walks and splines against smoothers that other libraries have."""

import numpy as np
import pytest
from scipy.interpolate import make_smoothing_spline

from valuestats.latent.walks import walk_basis, walk_beyond, walk_precision

UNEVEN = np.array([0.0, 1.0, 1.5, 4.0, 4.2, 7.0, 9.0])


def smoothed(kind, knots, y, spread, noise):
    """Posterior mean of a curve with a free constant (and line) by the basis alone."""
    basis = walk_basis(kind, knots)[0] * spread
    free = np.vander(knots - knots.mean(), 1 if kind == "rw1" else 2)
    x = np.hstack([basis, free])
    ridge = np.diag([1.0] * basis.shape[1] + [0.0] * free.shape[1])
    return x @ np.linalg.solve(x.T @ x / noise**2 + ridge, x.T @ y / noise**2)


@pytest.mark.parametrize("kind", ["rw1", "rw2", "s"])
@pytest.mark.parametrize("knots", [np.arange(12.0), UNEVEN])
def test_the_basis_has_the_inverse_of_the_scaled_precision(kind, knots):
    basis, factor = walk_basis(kind, knots)
    np.testing.assert_allclose(
        basis @ basis.T, np.linalg.pinv(factor * walk_precision(kind, knots)), atol=1e-9
    )
    assert np.exp(np.log(np.diag(basis @ basis.T)).mean()) == pytest.approx(1.0)
    assert np.abs(basis.sum(axis=0)).max() < 1e-9
    if kind != "rw1":
        flat = basis.T @ knots if kind == "s" else basis.T @ np.arange(len(knots))
        assert np.abs(flat).max() < 1e-8


@pytest.mark.parametrize(("kind", "power"), [("rw1", 1), ("rw2", 3)])
def test_spreads_mean_the_same_for_any_number_of_steps(kind, power):
    # Sorbye and Rue (2014): unscaled variances grow with the steps (to the power 1 and 3), scaled ones stay what they are.
    few, many = (walk_basis(kind, np.arange(n)) for n in (10.0, 80.0))
    assert (many[0] ** 2).sum(axis=1).mean() / (few[0] ** 2).sum(axis=1).mean() == pytest.approx(
        1.0, abs=0.15
    )
    assert many[1] / few[1] == pytest.approx(8.0**power, rel=0.2)


def test_a_first_order_walk_is_the_local_level_of_statsmodels():
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    rng, n = np.random.default_rng(1), 25
    y = np.cumsum(rng.normal(0, 0.6, n)) + rng.normal(0, 1.0, n)
    spread, noise = 0.8, 1.0
    factor = walk_basis("rw1", np.arange(float(n)))[1]
    model = UnobservedComponents(y, "llevel", use_exact_diffuse=True)
    kalman = model.smooth([noise**2, spread**2 / factor])
    np.testing.assert_allclose(
        smoothed("rw1", np.arange(float(n)), y, spread, noise), kalman.level.smoothed, atol=1e-6
    )


def test_a_first_order_walk_over_gaps_is_one_with_steps_that_were_not_seen():
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    rng = np.random.default_rng(2)
    seen, y = np.array([0, 1, 2, 5, 6, 9]), np.full(10, np.nan)
    y[seen] = rng.normal(size=6)
    knots, spread = seen.astype(float), 0.7
    step = spread**2 / walk_basis("rw1", knots)[1]
    kalman = UnobservedComponents(y, "llevel", use_exact_diffuse=True).smooth([1.0, step])
    found = smoothed("rw1", knots, y[seen], spread, 1.0)
    np.testing.assert_allclose(found, kalman.level.smoothed[seen], atol=1e-6)
    mean, root = walk_beyond("rw1", knots, np.array([3.0, 4.0, 11.0]))
    np.testing.assert_allclose(
        (mean @ found)[:2], kalman.level.smoothed[[3, 4]], atol=1e-6
    )  # a bridge is straight
    assert (mean @ found)[2] == pytest.approx(found[-1])
    # Brownian motion: between 2 and 5 the variance at 3 is 1 * 2 / 3 of a step's, two steps beyond the end it is 2.
    covariance = spread**2 * root @ root.T
    assert covariance[0, 0] == pytest.approx(step * 2 / 3)
    assert covariance[0, 1] == pytest.approx(step * 1 / 3)
    assert covariance[2, 2] == pytest.approx(step * 2)
    assert abs(covariance[0, 2]) < 1e-9


def test_a_second_order_walk_is_the_filter_of_hodrick_and_prescott():
    from statsmodels.tsa.filters.hp_filter import hpfilter

    rng, n = np.random.default_rng(3), 30
    y = np.sin(np.arange(n) / 4) + rng.normal(0, 0.3, n)
    spread, noise = 0.9, 0.5
    factor = walk_basis("rw2", np.arange(float(n)))[1]
    trend = hpfilter(y, lamb=factor * noise**2 / spread**2)[1]
    np.testing.assert_allclose(smoothed("rw2", np.arange(float(n)), y, spread, noise), trend, atol=1e-8)


def test_a_second_order_walk_goes_on_straight_with_the_variance_of_summed_steps():
    knots = np.arange(8.0)
    mean, root = walk_beyond("rw2", knots, np.array([8.0, 9.0, 10.0]))
    np.testing.assert_allclose(mean @ knots**2, 49 + 13 * np.arange(1, 4), atol=1e-7)
    step = 1.0 / walk_basis("rw2", knots)[1]
    # f(T + h) - its mean = sum_j (h - j + 1) e_j
    np.testing.assert_allclose(np.diag(root @ root.T), step * np.array([1, 5, 14]), rtol=1e-8)


def test_a_spline_of_a_knot_at_each_place_is_scipys_smoothing_spline():
    rng = np.random.default_rng(4)
    y = rng.normal(size=len(UNEVEN))
    spread, noise = 0.6, 0.4
    factor = walk_basis("s", UNEVEN)[1]
    other = make_smoothing_spline(UNEVEN, y, lam=factor * noise**2 / spread**2)
    np.testing.assert_allclose(smoothed("s", UNEVEN, y, spread, noise), other(UNEVEN), atol=1e-8)
