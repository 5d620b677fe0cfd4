"""Likelihoods that come in by the protocol alone, held against statsmodels and quadrature."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.linalg import block_diag
from scipy.sparse import csr_array, eye_array, kron
from scipy.special import expit, gammaln, log_expit

from valuestats.latent.design import Block, Hyper, LatentDesign, Scale, index_term
from valuestats.latent.engines import LatentDraws, draw_latent
from valuestats.latent.likelihoods.ordered import OrderedAnswers
from valuestats.latent.likelihoods.protocol import Likelihood, RowCurvature
from valuestats.latent.posterior import LatentPosterior

WIDE = 1e4  # a prior that a dozen digits do not notice


class PoissonCounts:
    """Counts with log means ``eta + a``: one own parameter."""

    own, rounds = 1, False

    def __init__(self, counts):
        self.counts, self.rows = counts, len(counts)

    def gradient(self, eta, own, *, valued=True):
        mean = np.exp(eta + own)
        slope = self.counts[:, None] - mean
        value = (self.counts[:, None] * (eta + own) - mean).sum(axis=0) - gammaln(self.counts + 1).sum()
        return value, slope, slope.sum(axis=0, keepdims=True)

    def values(self, eta, own):
        return self.gradient(eta, own)[0]

    def curvature(self, eta, own):
        mean = np.exp(eta + own[0])
        return RowCurvature(mean, csr_array(mean[:, None]), np.array([[[mean.sum()]]]))


class Events:
    """Events of trials with logits ``eta``: no own parameter."""

    own, rounds = 0, False

    def __init__(self, events, trials):
        self.events, self.trials, self.rows = events, trials, len(events)

    def gradient(self, eta, own, *, valued=True):
        y, n = self.events[:, None], self.trials[:, None]
        return (y * log_expit(eta) + (n - y) * log_expit(-eta)).sum(axis=0), y - n * expit(eta), own

    def values(self, eta, own):
        return self.gradient(eta, own)[0]

    def curvature(self, eta, own):
        p = expit(eta)
        return RowCurvature(self.trials * p * (1 - p))


class Choices:
    """One of K options per cell, by logits: K rows a cell, curved together."""

    own, rounds = 0, False

    def __init__(self, chosen, options):
        self.picked = np.eye(options)[chosen]
        self.rows = self.picked.size

    def shares(self, eta):
        logits = eta.reshape(*self.picked.shape, -1)
        e = np.exp(logits - logits.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    def gradient(self, eta, own, *, valued=True):
        p = self.shares(eta)
        value = np.log((p * self.picked[..., None]).sum(axis=1)).sum(axis=0)
        return value, (self.picked[..., None] - p).reshape(eta.shape), own

    def values(self, eta, own):
        return self.gradient(eta, own)[0]

    def curvature(self, eta, own):
        p = self.shares(eta[:, None])[..., 0]
        return RowCurvature(csr_array(block_diag(*(np.diag(one) - np.outer(one, one) for one in p))))


def mode_of(design):
    posterior = LatentPosterior(design)
    x, factor, value = posterior.conditional_mode(
        np.zeros(design.size), np.zeros(design.hyper_size), tolerance=1e-20
    )
    covariance = factor.solve(np.eye(design.size))
    return x, covariance, value


def test_counts_have_the_mode_and_covariance_of_statsmodels():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 2))
    y = rng.poisson(np.exp(0.7 + x @ [0.5, -0.3])).astype(float)
    design = LatentDesign.around(
        PoissonCounts(y),
        {"x": csr_array(x)},
        (Block("x", "x", None, (2,), WIDE), Block("level", "thresholds", None, (1,), WIDE)),
    )
    mode, covariance, value = mode_of(design)
    fit = sm.GLM(y, sm.add_constant(x), family=sm.families.Poisson()).fit(tol=1e-14)
    np.testing.assert_allclose(mode, fit.params[[1, 2, 0]], rtol=1e-6)
    np.testing.assert_allclose(covariance, fit.cov_params()[np.ix_([1, 2, 0], [1, 2, 0])], rtol=1e-6)
    assert value == pytest.approx(fit.llf - 3 * np.log(WIDE), rel=1e-9)


def test_choices_have_the_mode_and_covariance_of_statsmodels():
    rng = np.random.default_rng(1)
    n, options = 150, 3
    x = np.column_stack([np.ones(n), rng.normal(size=n)])
    chosen = (x @ [[0.0, 0.4, -0.2], [0.0, 0.8, -0.5]] + rng.gumbel(size=(n, options))).argmax(axis=1)
    # effects of options 2 and 3, the first's being 0
    term = csr_array(np.concatenate([np.kron(row, np.eye(options)[:, 1:]) for row in x]))
    design = LatentDesign.around(Choices(chosen, options), {"x": term}, (Block("x", "x", None, (4,), WIDE),))
    mode, covariance, _ = mode_of(design)
    fit = sm.MNLogit(chosen, x).fit(disp=False, tol=1e-14, method="newton")
    np.testing.assert_allclose(mode.reshape(2, 2), fit.params, rtol=1e-6)
    order = [0, 2, 1, 3]  # statsmodels has an option's effects together
    np.testing.assert_allclose(covariance, np.asarray(fit.cov_params())[np.ix_(order, order)], rtol=1e-6)


EVENTS, TRIALS = np.array([3.0, 10, 6, 1, 8, 5, 0, 7]), np.full(8, 12.0)


def varying_events():
    """Groups with a spread: an intercept, and an effect of each group that is eliminated one by one."""
    none = np.zeros(8, dtype=np.int64)
    return LatentDesign.around(
        Events(EVENTS, TRIALS),
        {"group": index_term(np.arange(8), 8), "all": index_term(none, 1)},
        (
            Block("group", "group", None, (8,), 1.0, (Scale("sd"),), leaf=True),
            Block("all", "all", None, (1,), 1.5),
        ),
        (Hyper("sd", 1, "half_normal", 1.0),),
    )


def by_quadrature():
    """Posterior means of the intercept and the spread, each effect integrated on 61 nodes."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(61)
    sds, level = np.linspace(0.005, 5, 400), np.linspace(-5, 5, 301)
    eta = level[None, :, None] + sds[:, None, None] * nodes
    log = -0.5 * sds[:, None] ** 2 - 0.5 * (level / 1.5) ** 2
    for y, n in zip(EVENTS, TRIALS, strict=True):
        log = log + np.log(np.exp(y * log_expit(eta) + (n - y) * log_expit(-eta)) @ weights)
    mass = np.exp(log - log.max())
    mass /= mass.sum()
    return float((mass * level).sum()), float((mass * sds[:, None]).sum())


# Four Monte Carlo errors of some 2,000 (nuts: 500) effective draws.
@pytest.mark.parametrize(
    ("engine", "draws", "error"), [("laplace", 2000, 0.05), ("hmc", 1500, 0.05), ("nuts", 400, 0.1)]
)
def test_every_engine_draws_from_a_plugged_posterior(engine, draws, error):
    design = varying_events()
    drawn = draw_latent(LatentPosterior(design), engine, draws=draws, tune=300, seed=3, target_accept=0.9)
    assert isinstance(drawn, LatentDraws)
    level, sd = by_quadrature()
    assert drawn.x[8].mean() == pytest.approx(level, abs=error)
    assert np.exp(design.unconstrained(drawn.phi.reshape(1, -1))).mean() == pytest.approx(sd, abs=error)


def test_gradients_are_those_of_differences_with_and_without_own_parameters():
    rng = np.random.default_rng(4)
    counts = LatentDesign.around(
        PoissonCounts(rng.poisson(3.0, 12).astype(float)),
        {"g": index_term(np.arange(12) % 4, 4)},
        (Block("g", "g", None, (4,), 1.0, (Scale("sd"),)), Block("a", "thresholds", None, (1,))),
        (Hyper("sd", 1, "half_normal"),),
    )
    options = LatentDesign.around(
        Choices(rng.integers(0, 3, 9), 3),
        {"option": csr_array(kron(np.ones((9, 1)), eye_array(3)))},
        (Block("option", "option", None, (3,)),),
    )
    for design in (counts, varying_events(), options):
        posterior = LatentPosterior(design)
        point = 0.5 * rng.normal(size=design.size + design.hyper_size)

        def at(q, posterior=posterior, size=design.size):
            return posterior.log_density(q[:size, None], q[size:, None])

        h = 1e-5 * np.eye(len(point))
        slopes = np.array([(at(point + s)[0][0] - at(point - s)[0][0]) / 2e-5 for s in h])
        gradient = np.concatenate(at(point)[1:])[:, 0]
        np.testing.assert_allclose(gradient, slopes, rtol=1e-6, atol=1e-7)


def test_likelihoods_keep_the_protocol():
    ordered = OrderedAnswers(np.ones((3, 4)), np.zeros(3, dtype=np.int64), 1)
    for one in (
        ordered,
        PoissonCounts(np.ones(2)),
        Events(EVENTS, TRIALS),
        Choices(np.zeros(2, dtype=int), 3),
    ):
        assert isinstance(one, Likelihood)
    assert not isinstance(object(), Likelihood)
