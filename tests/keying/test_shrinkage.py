"""Shrinkage against closed forms and a simulation with a known truth."""

import numpy as np
import pytest
from scipy import integrate, stats

from valuestats.keying.spread_of_correlations import Prior, mixture_prior, normal_prior, posterior


def test_one_normal_is_the_closed_form():
    """z ~ N(zeta, s^2), zeta ~ N(m, t^2): precision-weighted mean (Efron and Morris 1973)."""
    z, s, m, t = np.array([0.1, 0.6]), np.array([0.15, 0.3]), 0.05, 0.2
    found = posterior(z, s, Prior(m, np.array([t]), np.ones(1)))
    precision = 1 / s**2 + 1 / t**2
    mean, sd = (z / s**2 + m / t**2) / precision, precision**-0.5
    np.testing.assert_allclose(found.mean[:, 0], mean, atol=1e-14)
    np.testing.assert_allclose(found.sd[:, 0], sd, atol=1e-14)
    np.testing.assert_allclose(found.above(0.3), stats.norm.sf(0.3, mean, sd), atol=1e-12)
    np.testing.assert_allclose(found.below(-0.1), stats.norm.cdf(-0.1, mean, sd), atol=1e-12)
    np.testing.assert_allclose(found.quantile(0.9), stats.norm.ppf(0.9, mean, sd), atol=1e-8)
    r, spread = found.correlation()
    for k in range(2):
        density = stats.norm(mean[k], sd[k]).pdf
        first = integrate.quad(lambda x, f=density: np.tanh(x) * f(x), -3, 3)[0]
        second = integrate.quad(lambda x, f=density: np.tanh(x) ** 2 * f(x), -3, 3)[0]
        assert r[k] == pytest.approx(first, abs=1e-9)
        assert spread[k] == pytest.approx(np.sqrt(second - first**2), abs=1e-7)


def test_a_point_at_zero_has_no_sign():
    """Two groups: zero with weight 3/4, else N(0, 1); Bayes' rule by hand."""
    z, s = np.array([1.5]), np.array([1.0])
    found = posterior(z, s, Prior(0.0, np.array([0.0, 1.0]), np.array([0.75, 0.25])))
    null, other = 0.75 * stats.norm.pdf(1.5), 0.25 * stats.norm.pdf(1.5, scale=np.sqrt(2))
    alive = other / (null + other)
    positive = alive * stats.norm.sf(0, 0.75, np.sqrt(0.5))
    assert found.above(0.0)[0] == pytest.approx(positive, abs=1e-12)
    assert found.false_sign_rate()[0] == pytest.approx(1 - positive, abs=1e-12)
    assert found.quantile(0.5)[0] == pytest.approx(0.0, abs=1e-8)


def test_estimates_no_wider_than_their_errors_shrink_to_one_value():
    z = np.array([0.1, -0.1, 0.05])
    assert normal_prior(z, np.full(3, 0.5)).sd[0] == 0
    found = posterior(z, np.full(3, 0.5), normal_prior(z, np.full(3, 0.5)))
    np.testing.assert_allclose(found.correlation()[0], np.tanh(z.mean()), atol=1e-9)


def test_maximum_likelihood_of_the_normal_prior():
    rng = np.random.default_rng(3)
    s = rng.uniform(0.1, 0.3, 400)
    z = rng.normal(0.05, 0.2, 400) + s * rng.normal(size=400)
    prior = normal_prior(z, s)

    def log_likelihood(centre, sd):
        return stats.norm.logpdf(z, centre, np.sqrt(sd**2 + s**2)).sum()

    best = log_likelihood(prior.centre, prior.sd[0])
    for step in (-0.01, 0.01):
        assert best > log_likelihood(prior.centre + step, prior.sd[0])
        assert best > log_likelihood(prior.centre, prior.sd[0] + step)


def test_known_truth_intervals_cover_and_probabilities_are_calibrated():
    rng = np.random.default_rng(8)
    n = 20_000
    truth = np.where(rng.random(n) < 0.7, 0.0, rng.normal(0, 0.3, n))
    s = rng.uniform(0.12, 0.2, n)
    z = truth + s * rng.normal(size=n)
    found = posterior(z, s, mixture_prior(z, s))
    low, high = found.quantile(0.025), found.quantile(0.975)
    assert ((low <= truth + 1e-9) & (truth - 1e-9 <= high)).mean() == pytest.approx(0.95, abs=0.012)
    above = found.above(0.3)
    likely = above > 0.5
    assert (truth[likely] > 0.3).mean() == pytest.approx(above[likely].mean(), abs=0.06)
    r, _ = found.correlation()
    assert ((r - np.tanh(truth)) ** 2).mean() < 0.6 * ((np.tanh(z) - np.tanh(truth)) ** 2).mean()
