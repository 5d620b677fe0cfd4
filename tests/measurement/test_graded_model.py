"""The graded response model's likelihoods: against direct sums and integrals, gradients against differences."""

import numpy as np
import pytest
from scipy import integrate, stats

from valuestats.latent.hamiltonian import NormalCoordinates, sample_hamiltonian
from valuestats.latent.likelihoods.graded import conditional_pass, mixture_pass
from valuestats.measurement.graded.correlations import correlation_factor, factor_jacobian
from valuestats.measurement.graded.design import GradedDesign
from valuestats.measurement.graded.estimands import graded_draws, item_information_curve, standardised_loading
from valuestats.measurement.graded.marginal import nodes, patterns, trait_draws
from valuestats.measurement.graded.model import GradedPriors
from valuestats.measurement.graded.posterior import GradedPosterior
from valuestats.measurement.graded.traits import TraitPosterior, WhitenedTraits
from valuestats.statistics.ordinal import category_probabilities

CODES = np.array([[0, 1, 2], [2, 2, 2], [0, 1, 2], [1, -1, 0]])
A, CUT = np.array([0.7, 1.5, 2.2]), np.array([[-1.0, 0.5], [-0.2, 0.4], [0.0, 2.0]])


def integral(row, cut, slope, link, mean=0.0, sd=1.0):
    seen = np.flatnonzero(row >= 0)

    def density(z):
        p = category_probabilities(cut, slope * (mean + sd * z), link=link)
        return stats.norm.pdf(z) * p[seen, row[seen]].prod()

    return np.log(integrate.quad(density, -9, 9, epsabs=1e-12)[0])


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_marginal_likelihood_is_the_integral_over_the_trait(link):
    t, log_weight = nodes()
    index, count, of = patterns(CODES, np.zeros(4, dtype=int), 3)
    assert sorted(count.tolist()) == [1.0, 1.0, 2.0]
    found = mixture_pass(CUT[None], A[None], t[None], log_weight, index, count, link == "probit")[0]
    expected = sum(integral(row, CUT, A, link) for row in CODES)
    assert found == pytest.approx(expected, abs=1e-5)  # nodes end at 4.5
    assert (index[of] >= 0).tolist() == (CODES >= 0).tolist()


def slopes(density, x, h=1e-5):
    steps = h * np.eye(len(x))
    return np.array([(density(x + s)[0] - density(x - s)[0]) / (2 * h) for s in steps])


@pytest.mark.parametrize(("link", "groups"), [("logit", 1), ("probit", 1), ("logit", 3), ("probit", 2)])
def test_gradient_of_one_trait_is_the_slope(link, groups):
    rng = np.random.default_rng(0)
    codes = rng.integers(-1, 5, (40, 4))
    design = GradedDesign(codes, np.zeros(4, dtype=int), np.sort(rng.integers(0, groups, 40)), 5, 1, groups)
    posterior = GradedPosterior(design, link=link)
    x = posterior.start(rng) + 0.5 * rng.normal(size=posterior.size)
    value, gradient = posterior.log_density(x)
    assert np.isfinite(value)
    np.testing.assert_allclose(gradient, slopes(posterior.log_density, x), rtol=1e-5, atol=1e-5)


@pytest.fixture(scope="module")
def several():
    rng = np.random.default_rng(3)
    trait = np.arange(9) % 3
    truth = GradedPriors().draw(rng, 9, 4, trait=trait)
    theta = rng.multivariate_normal(np.zeros(3), truth.correlation, 150)
    latent = truth.discrimination * theta[:, trait] + rng.logistic(size=(150, 9))
    codes = (latent[..., None] > truth.threshold).sum(axis=-1)
    codes[rng.random(codes.shape) < 0.1] = -1
    return TraitPosterior(GradedDesign(codes, trait, np.zeros(150, dtype=int), 4, 3))


def test_several_traits_in_whitened_coordinates_are_the_same_density(several):
    rng = np.random.default_rng(1)
    whitened = WhitenedTraits(several, several.reference(rng))
    q = whitened.start(rng)
    value, gradient = whitened.log_density(q)
    chosen = np.concatenate([np.arange(several.layout.size), rng.integers(several.layout.size, len(q), 20)])
    for k in chosen:
        step = np.zeros(len(q))
        step[k] = 1e-3
        # traits move in single precision
        slope = (whitened.log_density(q + step)[0] - whitened.log_density(q - step)[0]) / 2e-3
        assert gradient[k] == pytest.approx(slope, rel=0.02, abs=0.02)
    size = several.layout.size
    # Far out the traits correlate 1 to the last digit: no density, and no error that would end the chain.
    reference = whitened.reference
    x = reference.centre.copy()
    x[several.layout.slices["partial"]] = 40.0
    far = np.concatenate([np.linalg.solve(reference.root, x - reference.centre), q[size:]])
    assert whitened.log_density(far)[0] == -np.inf

    def direct(q):
        x = whitened.parameters(q[:size])
        theta = whitened.traits(q[:size], q[size:].reshape(150, 3))
        found = several.layout.parameters(x)
        p = category_probabilities(
            found.cut[0], found.slope[0] * theta[:, several.design.trait], link="logit"
        )
        codes = several.design.codes
        rows, items = np.nonzero(codes >= 0)
        prior = stats.multivariate_normal(np.zeros(3), found.factor @ found.factor.T).logpdf(theta).sum()
        return np.log(p[rows, items, codes[rows, items]]).sum() + prior + several.layout.log_prior(x)[0]

    other = whitened.start(rng)
    gain = value - whitened.log_density(other)[0]
    assert gain == pytest.approx(direct(q) - direct(other), rel=1e-4)


def test_conditional_pass_is_the_likelihood():
    theta = np.array([[0.3], [-0.5], [1.0], [0.1]])
    trait = np.zeros(3, dtype=int)
    value, *_ = conditional_pass(CUT, A, theta, trait, CODES, False)
    p = category_probabilities(CUT, A * theta, link="logit")
    rows, items = np.nonzero(CODES >= 0)
    assert value == pytest.approx(np.log(p[rows, items, CODES[rows, items]]).sum())


def test_draws_of_a_known_density_have_its_moments():
    covariance = np.array([[4.0, 1.5], [1.5, 1.0]])
    precision = np.linalg.inv(covariance)

    def density(x):
        away = x - [1.0, -2.0]
        return -0.5 * float(away @ precision @ away), -precision @ away

    settings = {"draws": 800, "tune": 100, "chains": 2, "seed": 4, "progress": False}
    frame = NormalCoordinates.around(density, np.zeros(2))
    for keep, tree in (
        (
            frame.point,
            sample_hamiltonian(frame.log_density, frame.start, lambda q: {"x": frame.point(q)}, **settings),
        ),
        (
            None,
            sample_hamiltonian(
                density, lambda r: r.normal(size=2), lambda q: {"x": q}, adapted=2, **settings
            ),
        ),
    ):
        x = tree["posterior"]["x"].to_numpy().reshape(-1, 2)
        np.testing.assert_allclose(x.mean(axis=0), [1.0, -2.0], atol=0.2)
        np.testing.assert_allclose(np.cov(x.T), covariance, rtol=0.25, err_msg=str(keep))
        assert not tree["sample_stats"]["diverging"].any()


def test_traits_are_drawn_from_their_posterior():
    draws = 4000
    found = trait_draws(
        np.broadcast_to(A, (draws, 1, 3)),
        np.broadcast_to(CUT, (draws, 1, 3, 2)),
        np.full((draws, 1), 0.4),
        np.full((draws, 1), 1.3),
        GradedDesign(CODES, np.zeros(3, dtype=int), np.zeros(4, dtype=int), 3, 1),
        "logit",
        np.random.default_rng(1),
    )
    grid = np.linspace(-8, 8, 4001)
    for person, row in enumerate(CODES):
        p = category_probabilities(CUT, A * grid[:, None], link="logit")
        seen = np.flatnonzero(row >= 0)
        weight = stats.norm.pdf(grid, 0.4, 1.3) * np.prod([p[:, j, row[j]] for j in seen], axis=0)
        weight /= weight.sum()
        mean = (weight * grid).sum()
        sd = np.sqrt((weight * (grid - mean) ** 2).sum())
        assert found[:, person].mean() == pytest.approx(mean, abs=4 * sd / np.sqrt(draws))
        assert found[:, person].std() == pytest.approx(sd, rel=0.06)


def test_groups_alike_have_the_likelihood_of_one_group():
    one = GradedDesign(CODES, np.zeros(3, dtype=int), np.zeros(4, dtype=int), 3, 1, 1)
    two = GradedDesign(CODES, np.zeros(3, dtype=int), np.array([0, 0, 1, 1]), 3, 1, 2)
    value = []
    for posterior in (GradedPosterior(one), GradedPosterior(two)):
        x = np.zeros(posterior.size)
        value.append(posterior.log_density(x)[0] - posterior.layout.log_prior(x)[0])
    assert value[0] == pytest.approx(value[1], abs=1e-10)


@pytest.mark.parametrize("categories", [2, 3, 5])
def test_grouped_model_and_its_estimands_mean_the_same(categories):
    rng = np.random.default_rng(4)
    codes = rng.integers(-1, categories, (6, 3))
    design = GradedDesign(codes, np.zeros(3, dtype=int), np.array([0, 0, 1, 1, 2, 2]), categories, 1, 3)
    posterior = GradedPosterior(design)
    x = posterior.layout.draw(rng)
    found = graded_draws(posterior.layout, x[None, None], "logit")
    a, loading = found.discrimination[0, 0], found.loading[0, 0]
    shift, residual = found.shift[0, 0], found.residual[0, 0]
    assert loading.sum(axis=0) == pytest.approx(0, abs=1e-12)
    assert loading.sum(axis=1) == pytest.approx(0, abs=1e-12)
    assert shift.sum(axis=0) == pytest.approx(0, abs=1e-12)
    assert shift.mean(axis=2).sum(axis=1) == pytest.approx(0, abs=1e-12)
    assert residual.sum(axis=0) == pytest.approx(0, abs=1e-12)
    assert (np.diff(found.cut, axis=-1) > 0).all()
    total = 0.0
    for row, g in zip(codes, design.group, strict=True):
        cut = (found.threshold[0, 0] + a[:, None] * shift[g]) * np.exp(-residual[g])[:, None]
        slope = a * np.exp(loading[g] - residual[g])
        total += integral(row, cut, slope, "logit", found.mean[0, 0, g], found.sd[0, 0, g])
    value = posterior.log_density(x)[0] - posterior.layout.log_prior(x)[0]
    assert value == pytest.approx(total, abs=1e-2)  # nodes end at 4.5 standard deviations


def test_partial_correlations_give_correlation_matrices_of_the_lkj_prior():
    # every correlation of LKJ(eta) in d dimensions is Beta(eta - 1 + d/2) stretched to (-1, 1) (Lewandowski et al. 2009)
    rng, d, eta = np.random.default_rng(0), 4, 2.0
    trait = np.arange(8) % d
    prior = GradedPriors(lkj=eta)
    r = np.array([prior.draw(rng, 8, 3, trait=trait).correlation for _ in range(4000)])
    np.testing.assert_allclose(np.diagonal(r, axis1=1, axis2=2), 1.0)
    expected = stats.beta(eta - 1 + d / 2, eta - 1 + d / 2, -1, 2)
    for i, j in zip(*np.tril_indices(d, -1), strict=True):
        assert r[:, i, j].std() == pytest.approx(expected.std(), rel=0.06)
    y = rng.normal(size=6)
    jacobian = factor_jacobian(np.tanh(y), correlation_factor(np.tanh(y), d))
    for k in range(6):
        step = 1e-6 * np.eye(6)[k]
        ends = [correlation_factor(np.tanh(y + s * step), d).ravel() for s in (1, -1)]
        np.testing.assert_allclose(jacobian[:, k], (ends[0] - ends[1]) / 2e-6, atol=1e-8)


def test_information_is_the_expected_squared_score():
    theta, h = np.array([-1.2, 0.0, 0.8]), 1e-5
    for link in ("logit", "probit"):
        found = item_information_curve(A, CUT, theta, link)
        for k, value in enumerate(theta):
            up, down, p = (
                category_probabilities(CUT, A * t, link=link) for t in (value + h, value - h, value)
            )
            score = (np.log(up) - np.log(down)) / (2 * h)
            np.testing.assert_allclose(found[k], (p * score**2).sum(axis=1), rtol=1e-6)
    assert standardised_loading(np.array([np.pi / np.sqrt(3)]), "logit")[0] == pytest.approx(np.sqrt(0.5))
